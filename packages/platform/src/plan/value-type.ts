// What is known of a value that a request computes: its type in expressions, in answers and in PostgreSQL, and what can be asked of it.
// Types of declared properties are taken over; nothing is computed here.
import {
  type EdmType,
  type ExpressionType,
  expressionType,
  OPERATORS,
  type Property,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { castType } from '../sql/column-types.ts';
import { valueType } from '../sql/expression.ts';

export interface ValueType {
  readonly type: ExpressionType;
  /** In the answer. */
  readonly edm: EdmType;
  /** PostgreSQL type, without a collation. */
  readonly sqlType: string;
  readonly operators: ReadonlySet<string>;
  /** Digits after the point; undefined where nobody knows. */
  readonly scale?: number;
  readonly maxLength?: number;
  readonly sortable?: false;
  readonly values?: readonly string[];
  readonly normalize?: (value: unknown) => unknown;
}

const type = (
  of: ExpressionType,
  edm: EdmType,
  sqlType: string,
  operators: readonly string[],
  scale?: number,
): ValueType => ({
  ...{ type: of, edm, sqlType, operators: new Set(operators) },
  ...(scale === undefined ? {} : { scale }),
});

/** Of values that no property declares. */
const COMPUTED: Readonly<Partial<Record<ExpressionType, ValueType>>> = {
  string: type('string', 'Edm.String', 'text', OPERATORS.text),
  integer: type('integer', 'Edm.Int64', 'bigint', OPERATORS.number, 0),
  decimal: type('decimal', 'Edm.Decimal', 'numeric', OPERATORS.number),
  boolean: type('boolean', 'Edm.Boolean', 'boolean', OPERATORS.boolean),
  date: type('date', 'Edm.Date', 'date', OPERATORS.date),
  datetime: type('datetime', 'Edm.DateTimeOffset', 'timestamptz', OPERATORS.datetime),
  duration: type('duration', 'Edm.Duration', 'interval', OPERATORS.duration),
  guid: type('guid', 'Edm.Guid', 'uuid', OPERATORS.identifier),
};

/** Whole numbers are computed without bound, so that the result of arithmetic is no Int64. */
const WHOLE = type('integer', 'Edm.Decimal', 'numeric', OPERATORS.number, 0);

/** Numbers of instances and of values: a Decimal without digits after the point (Data Aggregation 4.0, 3.1.3). */
export const COUNTED = type('decimal', 'Edm.Decimal', 'numeric', OPERATORS.number, 0);

/** A sum or an average. */
export function decimalOf(scale: number | undefined): ValueType {
  return type('decimal', 'Edm.Decimal', 'numeric', OPERATORS.number, scale);
}

/** Type of an expression's values; `property` is the one that it names, if it is nothing but a path. Throws not_supported. */
export function valueTypeOf(expression: TypedExpression, property: Property | null, option: string): ValueType {
  if (property !== null) return declared(property, option);
  if (expression.type === 'integer' && valueType(expression) === 'numeric') return WHOLE;
  const found = COMPUTED[expression.type];
  if (found === undefined)
    throw new PlatformError(
      'not_supported',
      { what: `A value of type ${expression.type} in ${option}` },
      { target: option },
    );
  return found;
}

/** Throws operator_not_applicable for arrays and JSON values, which expressions only ask for being there. */
function declared(property: Property, option: string): ValueType {
  const { scale, maxLength, sortable, values, normalize, operators } = property;
  const of = expressionType(property.type);
  if (COMPUTED[of] === undefined)
    throw new PlatformError('operator_not_applicable', { operator: option, name: property.name }, { target: option });
  return {
    ...{ type: of, edm: property.type, sqlType: castType(property), operators },
    ...(of === 'integer' ? { scale: 0 } : {}),
    ...Object.fromEntries(Object.entries({ scale, maxLength, sortable, values }).filter(([, v]) => v !== undefined)),
    ...(normalize === undefined || property.type !== 'Edm.String' ? {} : { normalize }),
  };
}
