// The rows that were not stored, as they stood in the file, each with the reason in a further column: to be corrected and imported again
// with the same map. It makes the bytes; whoever keeps them is told what to copy from the source.
import type { CsvContent } from './csv-layout.ts';
import { UTF8_MARK } from './csv-layout.ts';
import type { CsvRecord } from './csv-records.ts';
import type { Encoding } from './encoding.ts';

/** A row of the error file: `row`, or where that is null the place of `record` in the source, and `tail` behind it. */
export interface ErrorRow {
  readonly row: Uint8Array | null;
  readonly tail: Uint8Array;
}

const LF = 0x0a;
const CR = 0x0d;

export class ErrorRows {
  readonly #source: CsvContent & { readonly encoding: Encoding };
  readonly #column: string;
  /** The file was an error file already: its last column is replaced. */
  readonly #again: boolean;

  /** `column`: name of the one with the reasons. */
  constructor(source: CsvContent & { readonly encoding: Encoding }, column: string) {
    this.#source = source;
    this.#column = column;
    this.#again = source.header.at(-1) === column;
  }

  /** What the file begins with. */
  header(): readonly Uint8Array[] {
    const { byteOrderMark, headerRecord, delimiter, lineEnd } = this.#source;
    return [
      Uint8Array.from(byteOrderMark ? UTF8_MARK : []),
      ...(headerRecord.bytes === null ? [] : [this.#withoutReason(headerRecord, headerRecord.bytes)]),
      this.#text(delimiter + this.#column + lineEnd),
    ];
  }

  row(record: CsvRecord, reason: string): ErrorRow {
    const { delimiter, quote, lineEnd, header } = this.#source;
    const columns = header.length - (this.#again ? 1 : 0);
    const own = record.cells - (this.#again && record.cells === header.length ? 1 : 0);
    const broken = record.problem !== null && record.bytes !== null;
    const cut = broken ? this.#requoted(record.bytes) : { bytes: record.bytes, cells: own };
    const row = cut.bytes === null || broken ? cut.bytes : this.#withoutReason(record, cut.bytes);
    const padding = delimiter.repeat(Math.max(0, columns - cut.cells));
    // In quotes always, so that the reason is one cell whatever it says.
    const cell = quote + reason.replaceAll(/[\r\n]+/g, ' ').replaceAll(quote, quote + quote) + quote;
    return { row, tail: this.#text(padding + delimiter + cell + lineEnd) };
  }

  #withoutReason(record: CsvRecord, bytes: Uint8Array): Uint8Array {
    const again = this.#again && record.cells === this.#source.header.length && record.problem === null;
    return again ? bytes.subarray(0, record.lastCell - this.#source.delimiter.length) : bytes;
  }

  /** A line whose quotes do not fit: cut at the delimiters, each cell quoted anew, so that the file can be read. Byte for byte. */
  #requoted(bytes: Uint8Array): { bytes: Uint8Array; cells: number } {
    const delimiter = this.#source.delimiter.charCodeAt(0);
    const quote = this.#source.quote.charCodeAt(0);
    const written: number[] = [];
    let cells = 0;
    for (let start = 0; start <= bytes.length; cells += 1) {
      const next = bytes.indexOf(delimiter, start);
      const cell = bytes.subarray(start, next < 0 ? bytes.length : next);
      if (cells > 0) written.push(delimiter);
      const needed = cell.some((byte) => byte === quote || byte === LF || byte === CR);
      if (needed) written.push(quote);
      for (const byte of cell) written.push(...(needed && byte === quote ? [quote, quote] : [byte]));
      if (needed) written.push(quote);
      start = next < 0 ? bytes.length + 1 : next + 1;
    }
    return { bytes: Uint8Array.from(written), cells };
  }

  #text(text: string): Uint8Array {
    const { encoding } = this.#source;
    const whole = encoding.encode(text);
    if (whole !== null) return whole;
    return Uint8Array.from([...text].flatMap((char) => [...(encoding.encode(char) ?? [0x3f])]));
  }
}
