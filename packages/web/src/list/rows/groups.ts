// Where groups begin in a list of which only some pages are held: of each page that was seen, which of its rows differ from the one before.
// What is kept of a page that was dropped is that alone. Pure.

/** Of a page that has rows. */
export interface GroupMarks {
  /** The groups of the first and of the last row. */
  readonly first: string;
  readonly last: string;
  /** Rows within the page, without the first, that begin a group; ascending. */
  readonly begins: readonly number[];
}

/** Undefined for a page without rows. */
export function marksOf<Row>(rows: readonly Row[], groupOf: (row: Row) => string): GroupMarks | undefined {
  const groups = rows.map(groupOf);
  const [first] = groups;
  const last = groups.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return { first, last, begins: groups.flatMap((group, at) => (at > 0 && group !== groups[at - 1] ? [at] : [])) };
}

interface Marked {
  readonly length: number;
  readonly marks?: GroupMarks | undefined;
}

/** How many of the rows before `index` begin a group. */
export function headsBefore(pages: readonly Marked[], index: number): number {
  let [start, heads] = [0, 0];
  let before: string | undefined;
  for (const { length, marks } of pages) {
    if (start >= index) break;
    if (marks !== undefined && length > 0) {
      if (marks.first !== before) heads += 1;
      for (const at of marks.begins) if (start + at < index) heads += 1;
      before = marks.last;
    }
    start += length;
  }
  return heads;
}
