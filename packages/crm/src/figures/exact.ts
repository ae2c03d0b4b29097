// Arithmetic of figures, exact to the last digit: numbers are what JSON of the engine holds (numbers, or ExactNumber where a double would
// round), and come out as such.
import {
  addDecimals,
  type Decimal,
  decimalText,
  divideDecimals,
  ExactNumber,
  parseDecimal,
  roundDecimal,
} from '@kartoteka/metadata';

const PLACES = 2;

/** `left - right`. */
export function subtract(left: unknown, right: unknown): number | ExactNumber {
  const { digits, scale } = decimalOf(right);
  return numberOf(addDecimals(decimalOf(left), { digits: -digits, scale }));
}

/** `part / whole`, rounded to two places; null of nothing. */
export function quotientOf(part: unknown, whole: unknown): number | ExactNumber | null {
  const quotient = divideDecimals(decimalOf(part), decimalOf(whole));
  return quotient === null ? null : numberOf(roundDecimal(quotient, PLACES));
}

/** The part in percent of the whole, rounded to two places; null of nothing. */
export function percentOf(part: unknown, whole: unknown): number | ExactNumber | null {
  const { digits, scale } = decimalOf(part);
  const quotient = divideDecimals({ digits: digits * 100n, scale }, decimalOf(whole));
  return quotient === null ? null : numberOf(roundDecimal(quotient, PLACES));
}

function decimalOf(value: unknown): Decimal {
  const decimal = parseDecimal(String(value));
  if (decimal === undefined) throw new Error(`${String(value)} is no number`);
  return decimal;
}

function numberOf(decimal: Decimal): number | ExactNumber {
  const text = decimalText(parseDecimal(decimalText(decimal)) ?? decimal);
  return String(Number(text)) === text ? Number(text) : new ExactNumber(text);
}
