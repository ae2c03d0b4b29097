// Exact decimal numbers with the results of PostgreSQL's numeric: digits in a BigInt and a scale. No rounding except in
// division, which keeps DIVISION_SCALE digits in JavaScript and SQL alike.

/** value = digits / 10^scale; scale >= 0. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Digits after the point that a decimal quotient is rounded to, halves away from zero. */
export const DIVISION_SCALE = 20;

const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Exact value of a number's text, as JSON, JavaScript or PostgreSQL write it; undefined when it is not a number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2]}${fraction}`);
  const scale = fraction.length - Number(match[4] ?? 0);
  const signed = match[1] === '-' ? -digits : digits;
  return scale >= 0 ? { digits: signed, scale } : { digits: signed * power(-scale), scale: 0 };
}

/** Plain text with exactly `scale` digits after the point. */
export function printDecimal({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function align(left: Decimal, right: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale);
  return [left.digits * power(scale - left.scale), right.digits * power(scale - right.scale), scale];
}

/** Negative, zero or positive, as for sorting. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const [a, b] = left.scale === right.scale ? [left.digits, right.digits] : align(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function negateDecimal({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale };
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const [a, b, scale] = align(left, right);
  return { digits: a + b, scale };
}

export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  return addDecimals(left, negateDecimal(right));
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

/** Quotient rounded to DIVISION_SCALE digits; null when the divisor is zero. */
export function divideDecimals(left: Decimal, right: Decimal): Decimal | null {
  if (right.digits === 0n) return null;
  const [a, b] = align(left, right);
  // One digit more than is kept, cut off: enough to round halves away from zero exactly.
  const cut = (a * power(DIVISION_SCALE + 1)) / b;
  return { digits: (cut + (cut < 0n ? -5n : 5n)) / 10n, scale: DIVISION_SCALE };
}

/** Whole quotient, cut off towards zero; null when the divisor is zero. */
export function divideWhole(left: Decimal, right: Decimal): Decimal | null {
  if (right.digits === 0n) return null;
  const [a, b] = align(left, right);
  return { digits: a / b, scale: 0 };
}

/** Rounded to `scale` digits after the point, halves away from zero; the result has that scale. */
export function roundDecimal({ digits, scale }: Decimal, to: number): Decimal {
  if (scale <= to) return { digits: digits * power(to - scale), scale: to };
  const unit = power(scale - to);
  const half = digits < 0n ? -unit / 2n : unit / 2n;
  return { digits: (digits + half) / unit, scale: to };
}

/** Remainder with the sign of the dividend; null when the divisor is zero. */
export function remainder(left: Decimal, right: Decimal): Decimal | null {
  if (right.digits === 0n) return null;
  const [a, b, scale] = align(left, right);
  return { digits: a % b, scale };
}
