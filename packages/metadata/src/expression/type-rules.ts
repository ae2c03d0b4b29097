// Which types go with which, and how they are spoken of. Rules for the checker; nothing is resolved here.
import { isGuid } from './literals.ts';
import type { ExpressionType, TypedExpression } from './types.ts';

export function isNumeric(type: ExpressionType): boolean {
  return type === 'integer' || type === 'decimal';
}

export function isAssignable(type: ExpressionType, expected: ExpressionType): boolean {
  return type === expected || type === 'null' || (type === 'integer' && expected === 'decimal');
}

/** Values of which no two can be compared. */
const OPAQUE: ReadonlySet<ExpressionType> = new Set(['json', 'collection']);

export function areComparable(left: ExpressionType, right: ExpressionType): boolean {
  return (
    (left === right && !OPAQUE.has(left)) ||
    left === 'null' ||
    right === 'null' ||
    (isNumeric(left) && isNumeric(right))
  );
}

export function withArticle(type: ExpressionType): string {
  if (type === 'null') return 'null';
  if (type === 'json') return 'a JSON value';
  return type === 'integer' ? 'an integer' : `a ${type}`;
}

export function asGuid(node: TypedExpression, other: ExpressionType): TypedExpression {
  if (other !== 'guid' || node.kind !== 'literal' || node.type !== 'string' || !isGuid(String(node.value))) return node;
  return { ...node, type: 'guid', value: String(node.value).toLowerCase() };
}

export function hintFor(types: readonly ExpressionType[]): string | undefined {
  const has = (type: ExpressionType) => types.includes(type);
  if (has('date') && has('datetime'))
    return 'Give a timestamp with offset, e.g. 2026-11-22T00:00:00Z, or compare with a date property';
  if (has('string') && has('duration')) return "A duration is written duration'PT1H30M'";
  if (has('string') && types.some((type) => type !== 'string')) return 'Only strings and GUIDs may stand in quotes';
  return undefined;
}
