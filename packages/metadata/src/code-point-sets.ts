// Sets of Unicode code points as sorted, flat ranges [from, to, from, to ...], both ends included.

export const LAST_CODE_POINT = 0x10ffff;

/** Sorts and joins ranges. */
export function normaliseRanges(ranges: readonly number[]): readonly number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const pair of pairs) {
    const last = joined.at(-1);
    if (last !== undefined && pair[0] <= last[1] + 1) last[1] = Math.max(last[1], pair[1]);
    else joined.push([...pair]);
  }
  return joined.flat();
}

/** All code points that are not in the set. */
export function complement(ranges: readonly number[]): readonly number[] {
  const result: number[] = [];
  let next = 0;
  const sorted = normaliseRanges(ranges);
  for (let i = 0; i < sorted.length; i += 2) {
    const from = sorted[i] ?? 0;
    if (from > next) result.push(next, from - 1);
    next = (sorted[i + 1] ?? 0) + 1;
  }
  if (next <= LAST_CODE_POINT) result.push(next, LAST_CODE_POINT);
  return result;
}

/** Whether two normalised sets share a code point. */
export function overlaps(a: readonly number[], b: readonly number[]): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if ((a[i + 1] ?? 0) < (b[j] ?? 0)) i += 2;
    else if ((b[j + 1] ?? 0) < (a[i] ?? 0)) j += 2;
    else return true;
  }
  return false;
}
