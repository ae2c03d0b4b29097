// Rows that refer to rows of the same file which are not stored yet: only their places in the file are kept, and they are
// read again when the rest has been sent.
import type { CsvContent } from '../csv/csv-layout.ts';
import type { CsvRecord } from '../csv/csv-records.ts';

/** Places kept at most; a file sorted so that more rows come before those they refer to must be sorted otherwise. */
export const MOST_POSTPONED = 200_000;

type Place = Pick<CsvRecord, 'offset' | 'length' | 'cells' | 'lastCell'>;

export class Postponed {
  #places: Place[] = [];
  /** Later rows of these keys must not overtake. */
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#places.length;
  }

  /** False: no more rows can wait. */
  add({ offset, length, cells, lastCell }: CsvRecord, key: string | null): boolean {
    if (this.#places.length >= MOST_POSTPONED) return false;
    this.#places.push({ offset, length, cells, lastCell });
    if (key !== null) this.#keys.add(key);
    return true;
  }

  has(key: string | null): boolean {
    return key !== null && this.#keys.has(key);
  }

  /** Reads the rows again in the order of the file and forgets them. */
  async *take({ source }: CsvContent): AsyncGenerator<CsvRecord> {
    const places = this.#places.sort((a, b) => a.offset - b.offset);
    this.#places = [];
    this.#keys.clear();
    for (const place of places) {
      yield { ...place, bytes: await source.read(place.offset, place.length), problem: null };
    }
  }
}
