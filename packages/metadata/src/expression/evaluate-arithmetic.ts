// Arithmetic of the JavaScript evaluator: numbers, durations, and days and moments that a duration moves.
import {
  addDecimals,
  type Decimal,
  divideDecimals,
  divideWhole,
  multiplyDecimals,
  remainder,
  roundDecimal,
  subtractDecimals,
} from './decimal.ts';
import type { Value } from './evaluate.ts';
import { dateOfDay, dateTimeOfMicroseconds, dayOfDate, microsecondsOfDateTime, SECONDS_PER_DAY } from './moments.ts';
import type { ArithmeticOperator, TypedExpression } from './types.ts';

type Arithmetic = Extract<TypedExpression, { kind: 'arithmetic' }>;

/** The value of an operation on two values that are not null; null where there is none. */
export function calculate(node: Arithmetic, left: Exclude<Value, null>, right: Exclude<Value, null>): Value {
  if (typeof left === 'string') return MOMENTS[node.left.type === 'date' ? 'date' : 'datetime'](node, left, right);
  const [one, other] = [left as Decimal, right as Decimal];
  if (node.op === 'div' && node.type === 'integer') return divideWhole(one, other);
  const value = NUMBERS[node.op](one, other);
  return node.type === 'duration' && value !== null ? roundDecimal(value, 6) : value;
}

const NUMBERS: Readonly<Record<ArithmeticOperator, (left: Decimal, right: Decimal) => Decimal | null>> = {
  add: addDecimals,
  sub: subtractDecimals,
  mul: multiplyDecimals,
  div: divideDecimals,
  divby: divideDecimals,
  mod: remainder,
};

type OfMoment = (node: Arithmetic, left: string, right: Exclude<Value, null>) => Value;

/** A day is moved to where its first moment would be: by less than a day forwards not at all, backwards to the day before. */
const MOMENTS: Readonly<Record<'date' | 'datetime', OfMoment>> = {
  date: ({ op }, left, right) => {
    if (typeof right === 'string')
      return { digits: BigInt(dayOfDate(left) - dayOfDate(right)) * SECONDS_PER_DAY, scale: 0 };
    const moved = BigInt(dayOfDate(left)) * SECONDS_PER_DAY * 1_000_000n + microsecondsBy(op, right as Decimal);
    return dateOfDay(floorDivide(moved, SECONDS_PER_DAY * 1_000_000n)) ?? null;
  },
  datetime: ({ op }, left, right) => {
    const from = microsecondsOfDateTime(left);
    if (typeof right === 'string') return { digits: from - microsecondsOfDateTime(right), scale: 6 };
    return dateTimeOfMicroseconds(from + microsecondsBy(op, right as Decimal)) ?? null;
  },
};

function microsecondsBy(op: ArithmeticOperator, duration: Decimal): bigint {
  const { digits } = roundDecimal(duration, 6);
  return op === 'sub' ? -digits : digits;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}
