// The functions of the expression language: argument and result types, and the names OData knows that are not served.
// Data only; the evaluator and the SQL printer each hold their own table over these names.
import type { ExpressionType } from './types.ts';

export interface FunctionSignature {
  /** Types that each parameter takes. */
  readonly parameters: readonly (readonly ExpressionType[])[];
  /** How many of the last parameters may be left out. */
  readonly optional: number;
  readonly result: ExpressionType;
}

function signature(
  result: ExpressionType,
  parameters: readonly (ExpressionType | readonly ExpressionType[])[] = [],
  optional = 0,
): FunctionSignature {
  return { parameters: parameters.map((types) => (typeof types === 'string' ? [types] : types)), optional, result };
}

const DAY = ['date', 'datetime'] as const;
const CLOCK = ['datetime', 'time'] as const;

/**
 * Every function an expression may call, by lower-case name. `my_teams` stands only on the right of `in`. `is_stale` takes a property
 * whose process says so, and asks the change log: the evaluator has none of it, and the checker lets it stand in questions only.
 */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map<string, FunctionSignature>([
  ['contains', signature('boolean', ['string', 'string'])],
  ['startswith', signature('boolean', ['string', 'string'])],
  ['endswith', signature('boolean', ['string', 'string'])],
  ['tolower', signature('string', ['string'])],
  ['toupper', signature('string', ['string'])],
  ['trim', signature('string', ['string'])],
  ['length', signature('integer', ['string'])],
  ['indexof', signature('integer', ['string', 'string'])],
  ['substring', signature('string', ['string', 'integer', 'integer'], 1)],
  ['concat', signature('string', ['string', 'string'])],
  ['year', signature('integer', [DAY])],
  ['month', signature('integer', [DAY])],
  ['day', signature('integer', [DAY])],
  ['hour', signature('integer', [CLOCK])],
  ['minute', signature('integer', [CLOCK])],
  ['second', signature('integer', [CLOCK])],
  ['fractionalseconds', signature('decimal', [CLOCK])],
  ['date', signature('date', ['datetime'])],
  ['time', signature('time', ['datetime'])],
  ['totaloffsetminutes', signature('integer', ['datetime'])],
  ['totalseconds', signature('decimal', ['duration'])],
  ['mindatetime', signature('datetime')],
  ['maxdatetime', signature('datetime')],
  ['round', signature('decimal', ['decimal'])],
  ['floor', signature('decimal', ['decimal'])],
  ['ceiling', signature('decimal', ['decimal'])],
  ['me', signature('guid')],
  ['my_teams', signature('guid')],
  ['my_business_unit', signature('guid')],
  ['now', signature('datetime')],
  ['today', signature('date')],
  ['is_stale', signature('boolean', ['string'])],
]);

/** Functions that look at a timestamp in the organization's time zone; of a time of day or a date, none is needed. */
export const ZONED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'date', 'time', 'totaloffsetminutes'],
]);

/** Functions of OData 4.01 that are understood as such and refused as not supported; why, where there is a reason to tell. */
export const UNSERVED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  // PostgreSQL and JavaScript read patterns differently, and some take either of them exponentially long.
  ['matchespattern', 'Matching by a pattern of the client, whose time cannot be bounded,'],
  ['hassubset', 'The function hassubset'],
  ['hassubsequence', 'The function hassubsequence'],
  ['isof', 'The function isof'],
  ['geo.distance', 'The function geo.distance'],
  ['geo.length', 'The function geo.length'],
  ['geo.intersects', 'The function geo.intersects'],
]);

/** Types that a `cast` can name. */
export const EDM_TYPES: ReadonlyMap<string, ExpressionType> = new Map([
  ['Edm.String', 'string'],
  ['Edm.Int16', 'integer'],
  ['Edm.Int32', 'integer'],
  ['Edm.Int64', 'integer'],
  ['Edm.Decimal', 'decimal'],
  ['Edm.Boolean', 'boolean'],
  ['Edm.Date', 'date'],
  ['Edm.DateTimeOffset', 'datetime'],
  ['Edm.TimeOfDay', 'time'],
  ['Edm.Duration', 'duration'],
  ['Edm.Guid', 'guid'],
]);
