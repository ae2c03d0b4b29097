// What PostgreSQL types and nulls a typed expression's SQL can have. Facts for the printer; no SQL is written here.
import { childrenOf, type ExpressionType, type TypedExpression } from '@kartoteka/metadata';

/** Types of properties and literals, by the expression's type. */
export const SQL_TYPES: Readonly<Record<ExpressionType, string>> = {
  string: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  duration: 'interval',
  guid: 'uuid',
  json: 'jsonb',
  collection: 'text[]',
  null: 'text',
};

/** Type of the SQL that prints a value: arithmetic is done in numeric, where 64-bit integers cannot overflow. */
export function sqlTypeOf(node: TypedExpression): string {
  return node.kind === 'arithmetic' || node.kind === 'negate' ? 'numeric' : SQL_TYPES[node.type];
}

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
      return true;
    case 'compare':
    case 'in':
    case 'variable':
    case 'lambda':
      return false;
    case 'arithmetic':
      return node.op === 'div' || node.op === 'divby' || node.op === 'mod' || childrenOf(node).some(isNullable);
    default:
      return childrenOf(node).some(isNullable);
  }
}

/** Whether the node is the word null. */
export function isNullLiteral(node: TypedExpression): boolean {
  return node.kind === 'literal' && node.value === null;
}
