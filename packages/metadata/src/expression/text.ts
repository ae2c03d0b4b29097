// Text functions by Unicode code point, equal to PostgreSQL's over UTF-8 (collation "C"; case by ICU's root locale).

/** Negative, zero or positive by code point: the order of UTF-8 bytes, not of UTF-16 units. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above the rest of the basic plane, where their code points sort. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Number of code points. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) if (isLowSurrogate(text.charCodeAt(i))) length--;
  return length;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Zero-based position in code points; -1 when absent. */
export function codePointIndexOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at <= 0 ? at : codePointLength(text.slice(0, at));
}

/**
 * Code points from `start` (zero-based; negative counts from the end, OData 4.01 Part 2, 5.1.1.5.7), at most `length` of them
 * (negative counts as 0).
 */
export function codePointSubstring(text: string, start: bigint, length: bigint | undefined): string {
  const from = unitOffset(text, 0, start < 0n ? BigInt(codePointLength(text)) + start : start);
  return length === undefined ? text.slice(from) : text.slice(from, unitOffset(text, from, length));
}

/** Offset of the code point `count` places after the one at `from`; the text's end at most. */
function unitOffset(text: string, from: number, count: bigint): number {
  let at = from;
  for (let left = count > BigInt(text.length) ? text.length : Number(count); left > 0 && at < text.length; left--) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return at;
}

/** What trim removes at both ends: Unicode White_Space, whatever the engine's version. The SQL printer uses it too. */
export const WHITE_SPACE =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

/** Removes WHITE_SPACE at both ends. */
export function trimText(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && WHITE_SPACE.includes(text.charAt(start))) start++;
  while (end > start && WHITE_SPACE.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
