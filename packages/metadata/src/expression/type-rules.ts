// Which types go with which, and how they are spoken of. Rules for the checker; nothing is resolved here.
import { canonicalDateTime, canonicalDuration, canonicalNumber, canonicalTime, isDate, isGuid } from './literals.ts';
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

/**
 * A text in quotes as what it stands for beside a value of another type (OData 4.01 Part 1, 13.2.1 item 9.1); itself where it is no
 * value of that type. What it becomes follows from `other` alone, so that expressions of one shape mean the same: where another text
 * of the shape is bound, `normalize` answers undefined for what is none.
 */
export function asOther(node: TypedExpression, other: ExpressionType): TypedExpression {
  const read = CASTS[other];
  if (node.kind !== 'literal' || node.type !== 'string' || read === undefined) return node;
  const value = read(String(node.value));
  return value === undefined ? node : { ...node, type: other, value, normalize: (text) => read(String(text)) };
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Canonical texts of the values that a text in quotes can be; undefined for what is none. */
const CASTS: Readonly<Partial<Record<ExpressionType, (text: string) => string | undefined>>> = {
  guid: (text) => (isGuid(text) ? text.toLowerCase() : undefined),
  integer: (text) => {
    const number = NUMBER.test(text) ? canonicalNumber(text) : undefined;
    return number?.type === 'integer' ? number.value : undefined;
  },
  decimal: (text) => (NUMBER.test(text) ? canonicalNumber(text)?.value : undefined),
  boolean: (text) => (/^(?:true|false)$/i.test(text) ? text.toLowerCase() : undefined),
  date: (text) => (isDate(text) ? text : undefined),
  datetime: canonicalDateTime,
  time: canonicalTime,
  duration: canonicalDuration,
};

export function hintFor(types: readonly ExpressionType[]): string | undefined {
  const has = (type: ExpressionType) => types.includes(type);
  if (has('date') && has('datetime'))
    return 'Give a timestamp with offset, e.g. 2026-11-22T00:00:00Z, or compare with a date property';
  if (has('string') && has('duration')) return "A duration is written duration'PT1H30M'";
  if (has('string') && types.some((type) => type !== 'string'))
    return 'What stands in quotes has to be a value of the type that it is compared with';
  return undefined;
}
