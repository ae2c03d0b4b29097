// Streams the records of a CSV file with bounded memory, each with its place in the file, and goes on after broken ones: a
// record whose quotes do not fit gives up its first line only, and reading starts again at the next. It decodes nothing.
import type { ByteSource } from './byte-source.ts';
import { RecordScanner } from './record-scanner.ts';

const CHUNK = 262_144;
const LF = 0x0a;
const CR = 0x0d;

/** Longest record that is held in memory, in bytes. */
export const LONGEST_RECORD = 4 * 1_048_576;
/** A quote that is not closed within this many bytes is a mistake. */
export const LONGEST_QUOTED = 64 * 1_048_576;

export type RecordProblem = 'too long' | 'unclosed quote' | 'text after quote';

export interface CsvRecord {
  /** Place in the file, without the line end. */
  readonly offset: number;
  readonly length: number;
  /** Null: longer than LONGEST_RECORD. */
  readonly bytes: Uint8Array | null;
  readonly problem: RecordProblem | null;
  readonly cells: number;
  /** Where the last cell begins within the record. */
  readonly lastCell: number;
}

export interface RecordOptions {
  readonly delimiter: string;
  readonly quote: string;
  /** Offset of the first record. */
  readonly from: number;
}

/** Records of the file in batches, in their order, blank lines left out. */
export async function* readRecords(file: ByteSource, options: RecordOptions): AsyncGenerator<readonly CsvRecord[]> {
  const reader = new RecordReader(file, options);
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) yield batch;
}

class RecordReader {
  readonly #file: ByteSource;
  readonly #scanner: RecordScanner;
  /** Bytes at hand and where they stand in the file. Windows are never written again: records are slices of them. */
  #window: Uint8Array = new Uint8Array(0);
  #offset: number;
  #ended = false;

  constructor(file: ByteSource, { delimiter, quote, from }: RecordOptions) {
    this.#file = file;
    this.#scanner = new RecordScanner(delimiter, quote);
    this.#offset = from;
  }

  /** The records that end in the next window; null at the end of the file. */
  async next(): Promise<readonly CsvRecord[] | null> {
    if (this.#ended) return null;
    await this.#read();
    const records: CsvRecord[] = [];
    let start = 0;
    while (start < this.#window.length) {
      this.#scanner.begin();
      const found = this.#scanner.scan(this.#window, start);
      if (found === 'more') break;
      const end = found === 'text after quote' ? lineEnd(this.#window, start) : found;
      if (end === null) break;
      const record = this.#record(start, end.end, found === 'text after quote' ? found : null);
      if (record !== null) records.push(record);
      start = end.next;
    }
    this.#drop(start);
    if (this.#ended || this.#window.length > LONGEST_RECORD) await this.#finish(records);
    return records;
  }

  /** Reads on behind the window. */
  async #read(): Promise<void> {
    const read = await this.#chunkAt(this.#offset + this.#window.length);
    this.#ended = read.length === 0;
    this.#window = this.#window.length === 0 ? read : joined(this.#window, read);
  }

  #drop(bytes: number): void {
    this.#window = this.#window.subarray(bytes);
    this.#offset += bytes;
  }

  /** Null for a blank line. */
  #record(start: number, end: number, problem: RecordProblem | null): CsvRecord | null {
    const bytes = this.#window.subarray(start, end);
    if (problem === null && this.#scanner.cells === 1 && isBlank(bytes)) return null;
    const { cells, lastCell } = this.#scanner;
    const place = { offset: this.#offset + start, length: bytes.length, cells, lastCell };
    if (bytes.length > LONGEST_RECORD) return { ...place, bytes: null, problem: 'too long' };
    return { ...place, bytes, problem };
  }

  /** What stands in the window is the beginning of one record: the file's last, or one that is too long. */
  async #finish(records: CsvRecord[]): Promise<void> {
    do {
      if (this.#window.length === 0) return;
      const record = await this.#longRecord();
      if (record !== null) records.push(record);
    } while (this.#ended);
  }

  /** Scans the record that begins at the window to its end without keeping it, and stands behind it. */
  async #longRecord(): Promise<CsvRecord | null> {
    const offset = this.#offset;
    const scanner = this.#scanner;
    scanner.begin();
    let window = this.#window;
    let base = offset;
    for (;;) {
      const found = scanner.scan(window, 0);
      if (found === 'text after quote') return this.#firstLine(offset, found);
      if (found !== 'more') return this.#place(offset, base + found.end, base + found.next, null);
      base += window.length;
      if (!scanner.complete && base - offset > LONGEST_QUOTED) return this.#firstLine(offset, 'unclosed quote');
      window = await this.#chunkAt(base);
      if (window.length > 0) continue;
      return scanner.complete ? this.#place(offset, base, base, null) : this.#firstLine(offset, 'unclosed quote');
    }
  }

  /** The line that begins at `offset` as a record that cannot be read. */
  async #firstLine(offset: number, problem: RecordProblem): Promise<CsvRecord | null> {
    let base = offset;
    for (;;) {
      const chunk = await this.#chunkAt(base);
      const newline = chunk.indexOf(LF);
      if (newline >= 0) return this.#place(offset, base + newline, base + newline + 1, problem);
      base += chunk.length;
      if (chunk.length === 0) return this.#place(offset, base, base, problem);
    }
  }

  /** The record from `offset` to `end`, null when it is a blank line; reading goes on at `next`. */
  async #place(offset: number, end: number, next: number, problem: RecordProblem | null): Promise<CsvRecord | null> {
    const { cells, lastCell } = this.#scanner;
    this.#window = await this.#chunkAt(next);
    this.#offset = next;
    this.#ended = this.#window.length === 0;
    const length = end - offset;
    if (length > LONGEST_RECORD) return { offset, length, bytes: null, problem: 'too long', cells, lastCell };
    const bytes = withoutCr(await this.#file.read(offset, length));
    if (problem === null && cells === 1 && isBlank(bytes)) return null;
    return { offset, length: bytes.length, bytes, problem, cells, lastCell };
  }

  #chunkAt(offset: number): Promise<Uint8Array> {
    return this.#file.read(offset, CHUNK);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function lineEnd(bytes: Uint8Array, start: number): { end: number; next: number } | null {
  const newline = bytes.indexOf(LF, start);
  if (newline < 0) return null;
  return { end: newline > start && bytes[newline - 1] === CR ? newline - 1 : newline, next: newline + 1 };
}

function withoutCr(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR);
}
