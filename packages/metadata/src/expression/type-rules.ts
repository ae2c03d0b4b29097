// Which types go with which, and how they are spoken of. Rules for the checker; nothing is resolved here.
import { canonicalDuration, isGuid } from './literals.ts';
import type { ArithmeticOperator, ExpressionType, TypedExpression } from './types.ts';

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

/** The type that takes values of both, or undefined. */
export function typeOfBoth(left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  if (left === right || right === 'null') return left;
  if (left === 'null') return right;
  return isNumeric(left) && isNumeric(right) ? 'decimal' : undefined;
}

/** What arithmetic with times gives, by operator and the types of both sides. */
const TEMPORAL: Readonly<Record<string, ExpressionType>> = {
  'datetime add duration': 'datetime',
  'datetime sub duration': 'datetime',
  'datetime sub datetime': 'duration',
  'date add duration': 'date',
  'date sub duration': 'date',
  'date sub date': 'duration',
  'duration add duration': 'duration',
  'duration sub duration': 'duration',
  'duration mul number': 'duration',
  'number mul duration': 'duration',
  'duration div number': 'duration',
  'duration divby number': 'duration',
};

/**
 * Type of the result of arithmetic; undefined when the operator does not take such operands. Null stands for a number, or for a
 * duration where a number is none of what a time takes.
 */
export function arithmeticType(
  op: ArithmeticOperator,
  left: ExpressionType,
  right: ExpressionType,
): ExpressionType | undefined {
  const side = (type: ExpressionType): string => (isAssignable(type, 'decimal') ? 'number' : type);
  const [one, other] = [side(left), side(right)];
  if (one !== 'number' || other !== 'number') {
    const asDuration = (type: ExpressionType, spoken: string): string => (type === 'null' ? 'duration' : spoken);
    return TEMPORAL[`${one} ${op} ${other}`] ?? TEMPORAL[`${asDuration(left, one)} ${op} ${asDuration(right, other)}`];
  }
  return op !== 'divby' && left !== 'decimal' && right !== 'decimal' ? 'integer' : 'decimal';
}

export function withArticle(type: ExpressionType): string {
  if (type === 'null') return 'null';
  if (type === 'json') return 'a JSON value';
  if (type === 'time') return 'a time of day';
  return type === 'integer' ? 'an integer' : `a ${type}`;
}

/** A text in quotes as what it stands for beside a value of another type: a GUID, or a duration. */
export function asOther(node: TypedExpression, other: ExpressionType): TypedExpression {
  if (node.kind !== 'literal' || node.type !== 'string') return node;
  const text = String(node.value);
  if (other === 'guid' && isGuid(text)) return { ...node, type: 'guid', value: text.toLowerCase() };
  const duration = other === 'duration' ? canonicalDuration(text) : undefined;
  return duration === undefined ? node : { ...node, type: 'duration', value: duration, normalize: normalDuration };
}

/** Bound as it is written, a duration may have more of a unit than PostgreSQL takes. */
const normalDuration = (value: unknown): string => canonicalDuration(String(value)) ?? String(value);

export function hintFor(types: readonly ExpressionType[]): string | undefined {
  const has = (type: ExpressionType) => types.includes(type);
  if (has('date') && has('datetime'))
    return 'Give a timestamp with offset, e.g. 2026-11-22T00:00:00Z, or compare with a date property';
  if (has('string') && has('duration')) return "A duration is written duration'PT1H30M'";
  if (has('string') && types.some((type) => type !== 'string'))
    return 'Only strings, GUIDs and durations may stand in quotes';
  return undefined;
}
