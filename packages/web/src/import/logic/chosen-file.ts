// A file that was chosen in a browser, as the engine of imports reads it: piece by piece wherever a row stands, never as a whole; and the
// file of rows that were not stored, which refers to the rows of the chosen one instead of holding them.
import {
  type ByteSource,
  type CsvContent,
  type CsvRecord,
  DELIMITERS,
  ENCODINGS,
  type Encoding,
  type EncodingName,
  ErrorRows,
  type FailedRows,
  likelyEncoding,
  readLayout,
  readRecords,
  splitRecord,
  TransferError,
  UTF8_MARK,
} from '@kartoteka/metadata/transfer';

/** Bytes that encoding and delimiter are found by. */
const SAMPLE = 262_144;

export interface ChosenFile extends CsvContent {
  readonly name: string;
  readonly encoding: Encoding;
}

/** How to read the file; what is null is found out. */
export interface Dialect {
  readonly encoding: EncodingName | null;
  readonly delimiter: string | null;
  readonly quote: string;
}

const sourceOf = (file: Blob): ByteSource => ({
  read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
});

/** Throws TransferError for what is no CSV: UTF-16, no header, a header that cannot be read. */
export async function openFile(file: File, dialect: Dialect, columns: readonly string[]): Promise<ChosenFile> {
  const { name, size } = file;
  const source = sourceOf(file);
  const sample = await source.read(0, SAMPLE);
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => sample[at] === byte);
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff)) throw new TransferError(`${name}: UTF-16`);
  const byteOrderMark = begins(...UTF8_MARK);
  const encoding = ENCODINGS[byteOrderMark ? 'utf-8' : (dialect.encoding ?? likelyEncoding(sample))];
  const { delimiter, quote } = dialect;
  const content = await readLayout(source, { name, size, encoding, byteOrderMark, delimiter, quote, columns });
  return { ...content, name, encoding };
}

/** Cells of the first rows that can be read. */
export async function firstRows(file: ChosenFile, most: number): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  const { delimiter, quote, start, encoding } = file;
  for await (const batch of readRecords(file.source, { delimiter, quote, from: start })) {
    for (const { bytes, problem } of batch) {
      const text = bytes === null || problem !== null ? null : encoding.decode(bytes);
      if (text !== null) rows.push(splitRecord(text, delimiter, quote));
      if (rows.length === most) return rows;
    }
  }
  return rows;
}

export const KNOWN_DELIMITERS: readonly string[] = DELIMITERS;

/** Rows that are kept with their reasons to be shown. */
export const SHOWN_FAILURES = 200;
/** Parts that are put together to one, so that their number stays small. */
const MOST_PARTS = 2000;

export interface ShownFailure {
  readonly cells: readonly string[];
  readonly reason: string;
}

/** The error file, made of pieces of the chosen one. It holds reasons, not rows; a browser may move its parts to disk. */
export class FailedFile implements FailedRows {
  readonly #file: File;
  readonly #content: ChosenFile;
  readonly #texts: ErrorRows;
  #parts: BlobPart[];
  #rows = 0;
  readonly shown: ShownFailure[] = [];

  constructor(file: File, content: ChosenFile) {
    this.#file = file;
    this.#content = content;
    this.#texts = new ErrorRows(content, 'error');
    this.#parts = [...this.#texts.header()] as BlobPart[];
  }

  get rows(): number {
    return this.#rows;
  }

  async add(record: CsvRecord, reason: string): Promise<void> {
    this.#rows += 1;
    const { row, tail } = this.#texts.row(record, reason);
    // Bytes that stand in the file as they are needed are taken from there when it is saved; others are copied, so that no window is kept.
    const isWhole = row === null || row === record.bytes;
    const body = isWhole ? this.#file.slice(record.offset, record.offset + record.length) : row.slice();
    this.#parts.push(body as BlobPart, tail as BlobPart);
    if (this.#parts.length > MOST_PARTS) this.#parts = [new Blob(this.#parts)];
    if (this.shown.length < SHOWN_FAILURES) this.shown.push({ cells: this.#cells(record), reason });
  }

  /** The file to be corrected and imported again. */
  blob(): Blob {
    return new Blob(this.#parts, { type: 'text/csv' });
  }

  #cells({ bytes, problem }: CsvRecord): readonly string[] {
    const { encoding, delimiter, quote } = this.#content;
    const text = bytes === null ? null : encoding.decode(bytes);
    if (text === null) return [];
    return problem === null ? splitRecord(text, delimiter, quote) : [text];
  }
}
