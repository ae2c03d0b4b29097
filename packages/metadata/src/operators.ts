// Filter operators and functions by kind of value, as field types and system properties name them. Data only: what each
// does is known to the expression package.

/** Lower-case OData names of the operators and functions that apply to a value of a kind. */
export const OPERATORS = {
  text: [
    ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'],
    ...['contains', 'startswith', 'endswith', 'length', 'indexof', 'substring', 'tolower', 'toupper', 'trim', 'concat'],
  ],
  number: [
    ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'add', 'sub', 'mul', 'div', 'divby', 'mod'],
    ...['round', 'floor', 'ceiling'],
  ],
  boolean: ['eq', 'ne', 'in'],
  date: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'add', 'sub', 'year', 'month', 'day'],
  datetime: [
    ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'add', 'sub', 'year', 'month', 'day', 'hour', 'minute', 'second'],
    ...['fractionalseconds', 'date', 'time', 'totaloffsetminutes'],
  ],
  duration: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'add', 'sub', 'mul', 'div', 'divby', 'totalseconds'],
  /** Values of a closed set: comparing their order says nothing. */
  code: ['eq', 'ne', 'in', 'contains', 'startswith', 'endswith', 'length', 'tolower', 'toupper', 'concat'],
  identifier: ['eq', 'ne', 'in'],
  /** Values that are nothing but there or not: compared with null only. */
  presence: ['eq', 'ne'],
  /** Collections: compared with null, and asked for their members. */
  members: ['eq', 'ne', 'any', 'all'],
} as const satisfies Record<string, readonly string[]>;
