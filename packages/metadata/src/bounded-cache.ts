// A map of bounded size for the hot path: two generations instead of a linked list, so that a hit costs one look-up.
// It never expires entries by time; whoever reads judges what it finds.
export class BoundedCache<T> {
  readonly #limit: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** Keeps at least the `limit` / 2 entries used last and never more than `limit`. */
  constructor(limit: number) {
    this.#limit = Math.ceil(limit / 2);
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
