// Lower and upper case by Unicode 17, root locale, full mappings (ß -> SS, final sigma), the same in every JavaScript
// engine and on every PostgreSQL server: an ICU knows the case pairs of its own Unicode version only, so the pairs that
// came after Unicode 10 are listed here.

/** First upper-case code point, first lower-case one, and how many pairs follow on: the pairs new since Unicode 10. */
// biome-ignore format: a table
const NEWER_PAIRS: readonly (readonly [upper: number, lower: number, count: number])[] = [
  [0x1c89, 0x1c8a, 1], [0x1c90, 0x10d0, 43], [0x1cbd, 0x10fd, 3], [0x2c2f, 0x2c5f, 1], [0xa7b8, 0xa7b9, 1],
  [0xa7ba, 0xa7bb, 1], [0xa7bc, 0xa7bd, 1], [0xa7be, 0xa7bf, 1], [0xa7c0, 0xa7c1, 1], [0xa7c2, 0xa7c3, 1],
  [0xa7c4, 0xa794, 1], [0xa7c5, 0x282, 1], [0xa7c6, 0x1d8e, 1], [0xa7c7, 0xa7c8, 1], [0xa7c9, 0xa7ca, 1],
  [0xa7cb, 0x264, 1], [0xa7cc, 0xa7cd, 1], [0xa7ce, 0xa7cf, 1], [0xa7d0, 0xa7d1, 1], [0xa7d2, 0xa7d3, 1],
  [0xa7d4, 0xa7d5, 1], [0xa7d6, 0xa7d7, 1], [0xa7d8, 0xa7d9, 1], [0xa7da, 0xa7db, 1], [0xa7dc, 0x19b, 1],
  [0xa7f5, 0xa7f6, 1], [0x10570, 0x10597, 11], [0x1057c, 0x105a3, 15], [0x1058c, 0x105b3, 7], [0x10594, 0x105bb, 2],
  [0x10d50, 0x10d70, 22], [0x16e40, 0x16e60, 32], [0x16ea0, 0x16ebb, 25],
];

/** The newer pairs as PostgreSQL and JavaScript need them to map text before the built-in function does the rest. */
export interface CaseMap {
  /** Character class of a regular expression, without brackets, as \UXXXXXXXX escapes and ranges (PostgreSQL syntax). */
  readonly sqlClass: string;
  /** Characters to replace and, at the same positions, their replacements: arguments of translate(). */
  readonly from: string;
  readonly to: string;
}

export const CASE_MAPS: Readonly<Record<'lower' | 'upper', CaseMap>> = {
  lower: caseMap((upper, lower) => [upper, lower]),
  upper: caseMap((upper, lower) => [lower, upper]),
};

function caseMap(direction: (upper: number, lower: number) => readonly [number, number]): CaseMap {
  const parts = { sqlClass: '', from: '', to: '' };
  for (const [upper, lower, count] of NEWER_PAIRS) {
    const [from, to] = direction(upper, lower);
    parts.sqlClass += count === 1 ? escaped(from) : `${escaped(from)}-${escaped(from + count - 1)}`;
    for (let i = 0; i < count; i++) {
      parts.from += String.fromCodePoint(from + i);
      parts.to += String.fromCodePoint(to + i);
    }
  }
  return parts;
}

function escaped(codePoint: number): string {
  return `\\U${codePoint.toString(16).padStart(8, '0')}`;
}

const MAPPERS = {
  lower: mapper(CASE_MAPS.lower),
  upper: mapper(CASE_MAPS.upper),
};

function mapper({ from, to }: CaseMap): (text: string) => string {
  const pattern = new RegExp(`[${from}]`, 'gu');
  const targets = [...to];
  const map = new Map([...from].map((character, i) => [character, targets[i] ?? character]));
  return (text) => text.replace(pattern, (character) => map.get(character) ?? character);
}

/** tolower of the expression language. */
export function lowerCase(text: string): string {
  return MAPPERS.lower(text).toLowerCase();
}

/** toupper of the expression language. */
export function upperCase(text: string): string {
  return MAPPERS.upper(text).toUpperCase();
}
