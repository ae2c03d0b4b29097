// Numbers that JavaScript's own cannot hold: 64-bit integers and decimals travel and stay as text, each with a type of its own, so that
// nothing rounds them unseen. No arithmetic beyond what it takes to add and compare them exactly.

declare const exact: unique symbol;

/** A 64-bit integer as text: `'9007199254740993'`. Made by int64(). */
export type Int64 = string & { readonly [exact]: 'int64' };

/** A decimal as text, with the digits that were stored: `'900.0000'`. Made by decimal(). */
export type Decimal = string & { readonly [exact]: 'decimal' };

const INTEGER = /^-?\d+$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const MOST = 2n ** 63n;

/**
 * A 64-bit integer from text, a bigint or a number that holds a whole number exactly.
 * Throws RangeError for everything else: a fraction, a number above 2^53, what has no room in 64 bits.
 */
export function int64(value: string | bigint | number): Int64 {
  const text = wholeText(value);
  const number = INTEGER.test(text) ? BigInt(text) : MOST;
  if (number >= MOST || number < -MOST) throw new RangeError(`${text} is no 64-bit integer`);
  return String(number) as Int64;
}

/**
 * A decimal from text, a bigint or a whole number; a fraction has to be given as text, because a number may not hold it exactly.
 * Throws RangeError for what is none, also for text with an exponent.
 */
export function decimal(value: string | bigint | number): Decimal {
  const text = wholeText(value);
  if (!DECIMAL.test(text)) throw new RangeError(`${text} is no decimal such as '-12.50'`);
  return text as Decimal;
}

function wholeText(value: string | bigint | number): string {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return String(value);
  throw new RangeError(`the number ${value} may not be what was meant: give it as text`);
}

/**
 * The value in units of 10^-digits: `scaled('12.5', 2)` is `1250n`. With it amounts are added and compared exactly.
 * Throws RangeError where digits would be lost.
 */
export function scaled(value: Decimal | Int64, digits: number): bigint {
  const [all, sign = '', whole = '', fraction = ''] = DECIMAL.exec(value) ?? [];
  if (all === undefined) throw new RangeError(`${value} is no decimal`);
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  if (/[1-9]/.test(fraction.slice(digits)))
    throw new RangeError(`${value} has more than ${digits} digits after the point`);
  return BigInt(`${sign}${whole}${kept}`);
}

/** The decimal of so many units of 10^-digits: `fromScaled(1250n, 2)` is `'12.50'`. */
export function fromScaled(units: bigint, digits: number): Decimal {
  const text = String(units < 0n ? -units : units).padStart(digits + 1, '0');
  const point = text.length - digits;
  const sign = units < 0n ? '-' : '';
  return `${sign}${text.slice(0, point)}${digits === 0 ? '' : `.${text.slice(point)}`}` as Decimal;
}

/** Negative, zero or positive, as sorting wants it; `'1.50'` and `'1.5'` are equal. */
export function compareExact(one: Decimal | Int64, other: Decimal | Int64): number {
  const digits = Math.max(fractionOf(one), fractionOf(other));
  const [left, right] = [scaled(one, digits), scaled(other, digits)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const fractionOf = (value: string): number => (value.split('.')[1] ?? '').length;
