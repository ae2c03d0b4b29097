// What PostgreSQL types and nulls a typed expression's SQL can have. Facts for the printer; no SQL is written here.
import { childrenOf, type ExpressionType, type TypedExpression, ZONED_FUNCTIONS } from '@kartoteka/metadata';

/** Types of properties and literals, by the expression's type. */
export const SQL_TYPES: Readonly<Record<ExpressionType, string>> = {
  string: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  time: 'time',
  duration: 'interval',
  guid: 'uuid',
  json: 'jsonb',
  collection: 'text[]',
  null: 'text',
};

/**
 * Type of the SQL that prints a value: arithmetic is done in numeric, where 64-bit integers cannot overflow, with durations as
 * seconds. What a `case` gives may be computed.
 */
export function sqlTypeOf(node: TypedExpression): string {
  const isComputed = node.kind === 'arithmetic' || node.kind === 'negate' || node.kind === 'case';
  return isComputed && COMPUTED_AS_NUMERIC.has(node.type) ? 'numeric' : SQL_TYPES[node.type];
}

const COMPUTED_AS_NUMERIC: ReadonlySet<ExpressionType> = new Set(['integer', 'decimal', 'duration']);

/** PostgreSQL type in which two values are compared. */
export function commonType(left: TypedExpression, right: TypedExpression): string {
  const [a, b] = [sqlTypeOf(left), sqlTypeOf(right)];
  if (left.type === 'null') return b;
  if (right.type === 'null' || a === b) return a;
  return 'numeric';
}

/**
 * False where the value cannot be null. Every property may be: a field made required later leaves older records without a
 * value, and knowing better would serve no index.
 */
export function isNullable(node: TypedExpression): boolean {
  switch (node.kind) {
    case 'literal':
      return node.value === null;
    case 'path':
    case 'round':
    case 'case':
      return true;
    case 'compare':
    case 'in':
    case 'variable':
    case 'lambda':
    case 'records_lambda':
    case 'count':
    case 'records_count':
    case 'member':
    case 'has':
      return false;
    case 'call':
      // Near the ends of the calendar a time zone may show a year that there is not.
      return ZONED_FUNCTIONS.has(node.name) || childrenOf(node).some(isNullable);
    case 'arithmetic':
      // A day or moment beyond the calendar is null.
      if (node.type === 'date' || node.type === 'datetime') return true;
      return node.op === 'div' || node.op === 'divby' || node.op === 'mod' || childrenOf(node).some(isNullable);
    default:
      return childrenOf(node).some(isNullable);
  }
}

/** Whether the node is the word null. */
export function isNullLiteral(node: TypedExpression): boolean {
  return node.kind === 'literal' && node.value === null;
}
