// Whether a number given as text fits where it is to be stored. Built on the exact decimals of the expression language;
// nothing passes through a binary float.
import { compareDecimals, type Decimal, parseDecimal as parseAny, printDecimal } from './expression/decimal.ts';

export type { Decimal };
export { compareDecimals };

/** What a payload may carry: digits, optional fraction and exponent, no sign `+`, at most this much text. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const LONGEST_TEXT = 400;

/** The number without trailing zeros after the point; undefined for anything else (NaN, INF, blanks, `.5`). */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > LONGEST_TEXT || !NUMBER.test(text)) return undefined;
  const parsed = parseAny(text);
  if (parsed === undefined || parsed.scale === 0) return parsed;
  let { digits, scale } = parsed;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

/** Whether numeric(precision, scale) holds a parsed number without rounding. */
export function decimalFits(value: Decimal, precision: number, scale: number): boolean {
  const size = value.digits < 0n ? -value.digits : value.digits;
  return value.scale <= scale && size < 10n ** BigInt(precision - scale + value.scale);
}

/** Plain digits without exponent: `-12.5`, `0.001`, `0`. */
export function decimalText(value: Decimal): string {
  return printDecimal(value);
}
