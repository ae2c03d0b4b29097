// What became of the rows: counts, and the reasons of those that failed, the most frequent ones by name. Bounded, whatever the
// file has.

export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}

/** Reasons that are counted one by one; further ones are counted together. */
const MOST_REASONS = 1000;

export class Outcome {
  readonly counts: Counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  readonly #reasons = new Map<string, number>();

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

  /** The most frequent reasons with their counts. */
  topReasons(most: number): readonly (readonly [string, number])[] {
    return [...this.#reasons].sort(([, a], [, b]) => b - a).slice(0, most);
  }
}
