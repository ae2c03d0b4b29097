// Finds where records of a CSV end, in bytes and without keeping them: a state machine that is fed one window of the file
// after the other. It neither reads files nor decodes text; delimiter and quote are ASCII, so that UTF-8 and all single-byte
// encodings look the same to it.

const LF = 0x0a;
const CR = 0x0d;

/** Inside a field that began without a quote; at a field's first byte; between quotes; after the closing quote. */
const [PLAIN, START, QUOTED, CLOSED, CLOSED_CR] = [0, 1, 2, 3, 4];

export interface RecordEnd {
  /** Index after the record's last byte, without its line end. */
  readonly end: number;
  /** Index of the next record. */
  readonly next: number;
}

export type ScanResult = RecordEnd | 'more' | 'text after quote';

export class RecordScanner {
  readonly #delimiter: number;
  readonly #quote: number;
  #state: number = START;
  #endsWithCr = false;
  /** Cells of the record so far. */
  cells = 1;
  /** Where the last cell of the record begins, counted from the record's first byte. */
  lastCell = 0;
  #length = 0;

  constructor(delimiter: string, quote: string) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote.charCodeAt(0);
  }

  /** Must be called before each record. */
  begin(): void {
    this.#state = START;
    this.#endsWithCr = false;
    this.cells = 1;
    this.lastCell = 0;
    this.#length = 0;
  }

  /**
   * Scans `bytes` from `from`, where the record begins or goes on. `more`: the window ends within the record.
   * `text after quote`: the record is broken, something stands between a closing quote and the next delimiter.
   */
  scan(bytes: Uint8Array, from: number): ScanResult {
    const start = from - this.#length;
    let at = from;
    let state = this.#state;
    while (at < bytes.length) {
      if (state === QUOTED) {
        const quote = bytes.indexOf(this.#quote, at);
        if (quote < 0) break;
        at = quote + 1;
        state = CLOSED;
        continue;
      }
      const byte = bytes[at] as number;
      if (byte === LF) return { end: this.#endOf(bytes, at, state), next: at + 1 };
      if (byte === this.#delimiter && state !== CLOSED_CR) {
        this.cells += 1;
        this.lastCell = at + 1 - start;
        state = START;
      } else if (byte === this.#quote && (state === START || state === CLOSED)) state = QUOTED;
      else if (state === CLOSED && byte === CR) state = CLOSED_CR;
      else if (state === CLOSED || state === CLOSED_CR) return 'text after quote';
      else state = PLAIN;
      at += 1;
    }
    this.#state = state;
    this.#length = bytes.length - start;
    this.#endsWithCr = bytes.length > 0 ? bytes[bytes.length - 1] === CR : this.#endsWithCr;
    return 'more';
  }

  /** A CR before the LF belongs to the line end, in whatever window it came. */
  #endOf(bytes: Uint8Array, at: number, state: number): number {
    if (state === CLOSED) return at;
    const cr = at > 0 ? bytes[at - 1] === CR : this.#endsWithCr;
    return cr ? at - 1 : at;
  }

  /** At the end of the file: whether the record is complete without a line end. */
  get complete(): boolean {
    return this.#state !== QUOTED;
  }
}
