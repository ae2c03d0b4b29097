// What the tokenizer looks up: classes of characters, punctuation, words and prefixes with a meaning, and what it says of mistakes.
// Data only.
import type { ExpressionType } from './types.ts';

export type Punctuation = 'open' | 'close' | 'open_list' | 'close_list' | 'comma' | 'colon';

export const [SPACE, LETTER, DIGIT] = [1, 2, 3] as const;
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(128);
  for (const space of ' \t\r\n') table[space.charCodeAt(0)] = SPACE;
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') table[letter.charCodeAt(0)] = LETTER;
  for (const digit of '0123456789') table[digit.charCodeAt(0)] = DIGIT;
  return table;
}

/** Class of a UTF-16 unit; 0 beyond ASCII and past the end (NaN). */
export function classOf(code: number): number {
  return code < 128 ? (CLASSES[code] ?? 0) : 0;
}

export const [QUOTE, MINUS, DOT, SLASH, ZERO, COLON, DOLLAR, AT] = [39, 45, 46, 47, 48, 58, 36, 64] as const;
export const [PLUS, DOUBLE_QUOTE, BACKSLASH] = [43, 34, 92] as const;
export const PUNCTUATION = new Map<number, Punctuation>([
  [40, 'open'],
  [41, 'close'],
  [44, 'comma'],
  [COLON, 'colon'],
  [91, 'open_list'],
  [93, 'close_list'],
]);
/** How many list brackets a token opens. */
export const BRACKETS: Partial<Record<Punctuation, number>> = { open_list: 1, close_list: -1 };
export const WORDS = new Map<string, { readonly type: ExpressionType; readonly value: boolean | null }>([
  ['true', { type: 'boolean', value: true }],
  ['false', { type: 'boolean', value: false }],
  ['null', { type: 'null', value: null }],
]);
/** What people write who know another language. */
export const MISTAKEN = new Map([
  ['=', 'eq'],
  ['!', 'ne or not'],
  ['<', 'lt or le'],
  ['>', 'gt or ge'],
  ['&', 'and'],
  ['|', 'or'],
  ['+', 'add'],
  ['*', 'mul'],
  ['%', 'mod'],
  ['"', "'single quotes'"],
]);
export const UNSUPPORTED_PREFIXES = new Set(['binary', 'geography', 'geometry']);
export const OLD_PREFIXES = new Set(['guid', 'datetime', 'datetimeoffset', 'time', 'x']);
export const DATE = /\d{4}-\d\d-\d\d(?:[Tt][\d:.]*(?:[Zz]|[+-]\d\d:\d\d)?)?/y;
export const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
export const TIME = /\d\d:\d\d(?::\d\d(?:\.\d+)?)?/y;
/** How the filter within a $count begins; the one place where = has a meaning. */
export const FILTER_OPTION = /\$?filter=/iy;

export const DURATION_HINT = "Write days, hours, minutes and seconds: duration'P1DT2H30M'";
export const DATE_HINT =
  'Dates are written 2026-11-22, timestamps 2026-11-22T10:00:00.123456Z, years 0001 to 9999, microseconds at most';
