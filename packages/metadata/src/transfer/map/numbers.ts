// Numbers as files write them, to and from the plain decimal text that the service takes. Text in, text out: nothing is
// computed in binary fractions, nothing is rounded.
import type { NumberFormat } from './map-schema.ts';

/** Blanks that are typed, or put between thousands by spreadsheets. */
const BLANK = '[ \\u00a0\\u202f]';

export class NumberText {
  readonly #pattern: RegExp;
  readonly #thousands: RegExp | null;
  readonly #separator: string;
  readonly #decimal: string;
  readonly #shift: number;

  constructor({ decimal = '.', thousands, shift = 0 }: NumberFormat) {
    this.#decimal = decimal;
    this.#shift = shift;
    this.#separator = thousands ?? '';
    const separator = thousands === undefined ? null : thousands === ' ' ? BLANK : `\\u{${hex(thousands)}}`;
    const digits = separator === null ? '\\d+' : `(?:\\d{1,3}(?:${separator}\\d{3})+|\\d+)`;
    this.#thousands = separator === null ? null : new RegExp(separator, 'gu');
    this.#pattern = new RegExp(`^([+-]?)(${digits})(?:\\u{${hex(decimal)}}(\\d+))?$`, 'u');
  }

  /** `1 234,56` as `1234.56`; undefined when it is no number in this form. */
  read(text: string): string | undefined {
    const match = this.#pattern.exec(text);
    if (match === null) return undefined;
    const [, sign = '', whole = '', fraction = ''] = match;
    const integer = this.#thousands === null ? whole : whole.replaceAll(this.#thousands, '');
    return (sign === '-' ? '-' : '') + shifted(integer, fraction, this.#shift);
  }

  /** The reverse; the text of a decimal as the service answers it. */
  write(text: string): string {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (match === null) return text;
    const [, sign = '', whole = '', fraction = ''] = match;
    // The service writes every decimal place that a property has.
    const [integer = '', rest] = shifted(whole, fraction.replace(/0+$/, ''), -this.#shift).split('.');
    const grouped = this.#separator === '' ? integer : integer.replaceAll(/\B(?=(\d{3})+$)/g, this.#separator);
    return sign + grouped + (rest === undefined ? '' : this.#decimal + rest);
  }
}

const hex = (char: string): string => char.charCodeAt(0).toString(16);

/** Digits with the point moved to the right by `shift` places, zeros that say nothing taken off where it moved. */
function shifted(integer: string, fraction: string, shift: number): string {
  if (shift === 0) return fraction === '' ? integer : `${integer}.${fraction}`;
  const padding = '0'.repeat(Math.abs(shift) + 1);
  const digits = (shift < 0 ? padding : '') + integer + fraction + (shift > 0 ? padding : '');
  const point = integer.length + shift + (shift < 0 ? padding.length : 0);
  const whole = digits.slice(0, point).replace(/^0+(?=\d)/, '');
  const rest = digits.slice(point).replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}
