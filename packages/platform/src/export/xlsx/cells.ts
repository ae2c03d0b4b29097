// Values as cells of a sheet (ECMA-376, SpreadsheetML): numbers, dates and truth as such where a spreadsheet keeps them exactly, all
// else as text. No text is ever a formula: it stands where only text can stand.
import type { EdmType } from '@kartoteka/metadata';
import { TEXTS } from '../texts.ts';

/** Numbers of the cell formats in styles.xml (parts.ts). */
export const STYLES = { plain: 0, header: 1, date: 2, moment: 3, quoted: 4 } as const;

/** Characters of one cell. */
export const MOST_CHARACTERS = 32_767;

/** What stands in a cell. */
export type Cell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: string; readonly style?: number }
  | { readonly kind: 'boolean'; readonly value: boolean };

const text = (value: string): Cell => ({ kind: 'text', text: value });

/** The cell of a value; `wallClock` gives the moment as the clocks of the organization show it, in milliseconds since 1970. */
export function cellOf(type: EdmType, value: unknown, wallClock: (moment: number) => number): Cell | null {
  if (value === null) return null;
  const typed = TYPED.get(type)?.(value, wallClock);
  return typed ?? text((TEXTS.get(type) ?? String)(value));
}

type Typed = (value: unknown, wallClock: (moment: number) => number) => Cell | null;

/** Null: the value is written as text, exactly. */
const TYPED: ReadonlyMap<EdmType, Typed> = new Map<EdmType, Typed>([
  ['Edm.Int64', (value) => numberCell(String(value))],
  ['Edm.Decimal', (value) => numberCell(String(value))],
  ['Edm.Boolean', (value) => ({ kind: 'boolean', value: value === true })],
  ['Edm.Date', (value) => dateCell(Date.parse(`${String(value)}T00:00:00Z`), STYLES.date)],
  ['Edm.DateTimeOffset', (value, wallClock) => momentCell(Date.parse(String(value)), wallClock)],
]);

/** Digits that spreadsheets keep. */
const EXACT_DIGITS = 15;
/** Characters; longer ones are out of the range of doubles, or have too many digits in any case. */
const LONGEST_NUMBER = 300;

function numberCell(written: string): Cell | null {
  if (written.length > LONGEST_NUMBER || !/^-?\d+(?:\.\d+)?$/.test(written)) return null;
  const [whole = '', part = ''] = written.replace('-', '').split('.');
  const digits = (whole + part.replace(/0+$/, '')).replace(/^0+/, '');
  const kept = part === '' ? digits.replace(/0+$/, '') : digits;
  return kept.length <= EXACT_DIGITS ? { kind: 'number', value: written } : null;
}

const DAY = 86_400_000;
/** Day 0 of serial dates as they count from March 1900; before, spreadsheets count a day that there was not. */
const EPOCH = Date.UTC(1899, 11, 30);
const FIRST = Date.UTC(1900, 2, 1);
const LAST = Date.UTC(9999, 11, 31) + DAY;

function dateCell(shown: number, style: number): Cell | null {
  if (!(shown >= FIRST && shown < LAST)) return null;
  return { kind: 'number', value: String((shown - EPOCH) / DAY), style };
}

function momentCell(moment: number, wallClock: (moment: number) => number): Cell | null {
  return moment >= FIRST - DAY && moment < LAST + DAY ? dateCell(wallClock(moment), STYLES.moment) : null;
}

/** Pieces of a text that fit a cell each; no character is torn apart. */
export function piecesOf(whole: string, most = MOST_CHARACTERS): readonly string[] {
  if (whole.length <= most) return [whole];
  const pieces: string[] = [];
  for (let at = 0; at < whole.length; ) {
    let end = Math.min(at + most, whole.length);
    const last = whole.charCodeAt(end - 1);
    if (end < whole.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    pieces.push(whole.slice(at, end));
    at = end;
  }
  return pieces;
}

/** The XML of a cell at a place like `B7`. */
export function cellXml(place: string, cell: Cell, style: number = STYLES.plain): string {
  if (cell.kind === 'number') return `<c r="${place}"${styled(cell.style ?? style)}><v>${cell.value}</v></c>`;
  if (cell.kind === 'boolean') return `<c r="${place}"${styled(style)} t="b"><v>${cell.value ? 1 : 0}</v></c>`;
  const own = style === STYLES.plain && FORMULA_LIKE.test(cell.text) ? STYLES.quoted : style;
  const space = /^\s|\s$|[\n\t]/.test(cell.text) ? ' xml:space="preserve"' : '';
  return `<c r="${place}"${styled(own)} t="inlineStr"><is><t${space}>${xmlText(cell.text)}</t></is></c>`;
}

const styled = (style: number): string => (style === STYLES.plain ? '' : ` s="${style}"`);

/** Spreadsheets make a formula of such a text when somebody edits its cell, unless its format says that it is quoted. */
const FORMULA_LIKE = /^[=+\-@]/;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML does not have or does not keep, and what looks like their escape (ECMA-376 Part 1, 22.9.2.19). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be escaped
const UNKEPT = /[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/gu;

/** A text as XML that is read back as exactly this text. */
export function xmlText(value: string): string {
  return value
    .replace(UNKEPT, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

/** `A`, `Z`, `AA` ... of columns counted from 0. */
export function columnLetters(number: number): string {
  const before = Math.floor(number / 26);
  return (before === 0 ? '' : columnLetters(before - 1)) + String.fromCharCode(65 + (number % 26));
}
