// Gathers rows into batches and runs several batches at once, but never two with the same key: rows of one key are sent in
// the order of the file. It knows neither rows nor the service.

export interface Keyed {
  readonly key: string | null;
  /** Bytes it will take in a request, about. */
  readonly size: number;
}

export interface InOrderOptions<Row extends Keyed> {
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly parallel: number;
  /** Must not reject. */
  readonly run: (batch: readonly Row[]) => Promise<void>;
}

/** Rows that wait for others of their key, in batches. */
const MOST_WAITING_BATCHES = 5;

export class InOrder<Row extends Keyed> {
  readonly #options: InOrderOptions<Row>;
  readonly #running = new Set<Promise<void>>();
  readonly #runningKeys = new Set<string>();
  #pending: Row[] = [];
  #pendingBytes = 0;
  #waiting: Row[] = [];
  readonly #waitingKeys = new Set<string>();

  constructor(options: InOrderOptions<Row>) {
    this.#options = options;
  }

  /** Takes a row; resolves when there is room for the next. */
  async add(row: Row): Promise<void> {
    if (row.key !== null && (this.#runningKeys.has(row.key) || this.#waitingKeys.has(row.key))) this.#wait(row);
    else this.#take(row);
    const most = this.#options.batchRows * MOST_WAITING_BATCHES;
    while (this.#full || this.#waiting.length >= most) {
      if (this.#running.size >= this.#options.parallel || !this.#full) await this.#oneEnds();
      else this.#start();
    }
  }

  /** Runs what is left; resolves when everything has been run. */
  async end(): Promise<void> {
    while (this.#pending.length > 0 || this.#waiting.length > 0 || this.#running.size > 0) {
      if (this.#pending.length > 0 && this.#running.size < this.#options.parallel) this.#start();
      else await this.#oneEnds();
    }
  }

  get #full(): boolean {
    const { batchRows, batchBytes } = this.#options;
    return this.#pending.length >= batchRows || this.#pendingBytes >= batchBytes;
  }

  #take(row: Row): void {
    this.#pending.push(row);
    this.#pendingBytes += row.size;
  }

  #wait(row: Row): void {
    this.#waiting.push(row);
    if (row.key !== null) this.#waitingKeys.add(row.key);
  }

  #start(): void {
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const { key } of batch) if (key !== null) this.#runningKeys.add(key);
    const running = this.#options.run(batch).then(() => {
      for (const { key } of batch) if (key !== null) this.#runningKeys.delete(key);
      this.#running.delete(running);
      this.#release();
    });
    this.#running.add(running);
  }

  async #oneEnds(): Promise<void> {
    await Promise.race(this.#running);
  }

  /** Rows that waited for a batch go on, in their order, as far as there is room. */
  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingKeys.clear();
    for (const row of waiting) {
      const free = row.key === null || !(this.#runningKeys.has(row.key) || this.#waitingKeys.has(row.key));
      if (free && !this.#full) this.#take(row);
      else this.#wait(row);
    }
  }
}
