// What became of the rows: counts, the reasons of those that failed, the most frequent ones by name, and records that stored rows are
// taken for. Bounded, whatever the file has.
import type { Duplicate } from './bulk-sender.ts';

export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}

/** Reasons that are counted one by one; further ones are counted together. */
const MOST_REASONS = 1000;
/** Records that are told of, of those that rows are taken for. */
const MOST_DUPLICATES = 100;

export class Outcome {
  readonly counts: Counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #rules = new Map<string, number>();
  readonly #duplicates: Duplicate[] = [];
  #warned = 0;

  get rows(): number {
    const { created, updated, unchanged, failed } = this.counts;
    return created + updated + unchanged + failed;
  }

  /** Rows that the service has taken. */
  get stored(): number {
    return this.rows - this.counts.failed;
  }

  failed(reason: string): void {
    this.counts.failed += 1;
    // Values within quotes differ from row to row, the reason does not.
    const kind = reason.replaceAll(/"[^"]*"/g, '"..."');
    const known = this.#reasons.has(kind) || this.#reasons.size < MOST_REASONS;
    const name = known ? kind : 'other reasons';
    this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1);
  }

  /** A row that is stored although duplicate rules take it for these records. */
  warned(duplicates: readonly Duplicate[]): void {
    this.#warned += 1;
    for (const rule of new Set(duplicates.map((each) => each.rule)))
      this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1);
    this.#duplicates.push(...duplicates.slice(0, MOST_DUPLICATES - this.#duplicates.length));
  }

  /** How many stored rows are taken for other records, by which rules, and the first of those records. */
  get duplicates(): {
    readonly rows: number;
    readonly rules: readonly (readonly [rule: string, rows: number])[];
    readonly records: readonly Duplicate[];
  } {
    const rules = [...this.#rules].sort(([, a], [, b]) => b - a);
    return { rows: this.#warned, rules, records: this.#duplicates };
  }

  /** The most frequent reasons with their counts. */
  topReasons(most: number): readonly (readonly [string, number])[] {
    return [...this.#reasons].sort(([, a], [, b]) => b - a).slice(0, most);
  }
}
