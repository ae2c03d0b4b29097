// The rows that were not stored, as they stood in the file, each with the reason in a further column: to be corrected and
// imported again with the same map. It is written as the rows fail and removed when none did.

import { type FileHandle, open, rm } from 'node:fs/promises';
import { type CsvRecord, cellText, type FailedRows, TransferError } from '@kartoteka/metadata/transfer';
import type { CsvFile } from '../csv/csv-file.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const CHUNK = 1_048_576;
/** Bytes that are gathered before they are written. */
const GATHERED = 65_536;

export class ErrorFile implements FailedRows {
  readonly path: string;
  readonly #source: CsvFile;
  readonly #target: FileHandle;
  readonly #column: string;
  /** The file was an error file already: its last column is replaced. */
  readonly #again: boolean;
  #gathered: Uint8Array[] = [];
  #size = 0;
  #rows = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, source: CsvFile, target: FileHandle, column: string) {
    this.path = path;
    this.#source = source;
    this.#target = target;
    this.#column = column;
    this.#again = source.header.at(-1) === column;
  }

  /** Makes the file, or empties it. Throws TransferError when that cannot be, or it is the imported file itself. */
  static async create(path: string, source: CsvFile, column: string): Promise<ErrorFile> {
    const target = await openTarget(path);
    const [own, imported] = await Promise.all([target.stat(), source.handle.stat()]);
    if (own.ino === imported.ino && own.dev === imported.dev) {
      await target.close();
      throw new TransferError(`${path} is the imported file: name another one for errors (--errors)`);
    }
    await target.truncate(0);
    const file = new ErrorFile(path, source, target, column);
    file.#header();
    return file;
  }

  /** Adds a row as it stands in the source. Rows are written in the order of the calls. */
  add(record: CsvRecord, reason: string): Promise<void> {
    this.#rows += 1;
    this.#writing = this.#writing.then(() => this.#add(record, reason));
    return this.#writing;
  }

  /** Ends the file; false when it had no rows and is gone. */
  async close(): Promise<boolean> {
    await this.#writing;
    await this.#flush();
    await this.#target.close();
    if (this.#rows === 0) await rm(this.path);
    return this.#rows > 0;
  }

  /** Closes and removes it, whatever is in it. */
  async discard(): Promise<void> {
    await this.#writing;
    await this.#target.close();
    await rm(this.path);
  }

  #header(): void {
    const { byteOrderMark, headerRecord } = this.#source;
    if (byteOrderMark) this.#put(BOM);
    if (headerRecord.bytes !== null) this.#put(this.#withoutReason(headerRecord, headerRecord.bytes));
    this.#put(this.#text(this.#source.delimiter + this.#column + this.#source.lineEnd));
  }

  async #add(record: CsvRecord, reason: string): Promise<void> {
    const { delimiter, quote, lineEnd, header } = this.#source;
    const columns = header.length - (this.#again ? 1 : 0);
    const cells = record.cells - (this.#again && record.cells === header.length ? 1 : 0);
    const broken = record.problem !== null && record.bytes !== null;
    const row = broken ? this.#requoted(record.bytes) : { bytes: record.bytes, cells };
    if (row.bytes === null) await this.#copy(record);
    else this.#put(broken ? row.bytes : this.#withoutReason(record, row.bytes));
    const padding = delimiter.repeat(Math.max(0, columns - row.cells));
    // In quotes always, so that the reason is one cell whatever it says.
    const cell = quote + reason.replaceAll(/[\r\n]+/g, ' ').replaceAll(quote, quote + quote) + quote;
    this.#put(this.#text(padding + delimiter + cell + lineEnd));
    if (this.#size >= GATHERED) await this.#flush();
  }

  #withoutReason(record: CsvRecord, bytes: Uint8Array): Uint8Array {
    const again = this.#again && record.cells === this.#source.header.length && record.problem === null;
    return again ? bytes.subarray(0, record.lastCell - this.#source.delimiter.length) : bytes;
  }

  /** A line whose quotes do not fit: cut at the delimiters, each cell quoted anew, so that the file can be read. */
  #requoted(bytes: Uint8Array): { bytes: Buffer; cells: number } {
    const { delimiter, quote } = this.#source;
    // Byte for byte: what stands between delimiters and quotes is not touched.
    const cells = Buffer.from(bytes).toString('latin1').split(delimiter);
    const text = cells.map((cell) => cellText(cell, delimiter, quote)).join(delimiter);
    return { bytes: Buffer.from(text, 'latin1'), cells: cells.length };
  }

  /** A row that is too long to be held. */
  async #copy({ offset, length }: CsvRecord): Promise<void> {
    await this.#flush();
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
      const { bytesRead } = await this.#source.handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      await this.#target.appendFile(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
  }

  #text(text: string): Buffer {
    const { encoding } = this.#source;
    return encoding.encode(text) ?? Buffer.concat([...text].map((char) => encoding.encode(char) ?? Buffer.from('?')));
  }

  #put(bytes: Uint8Array): void {
    this.#gathered.push(bytes);
    this.#size += bytes.length;
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#size = 0;
    if (bytes.length > 0) await this.#target.appendFile(bytes);
  }
}

async function openTarget(path: string): Promise<FileHandle> {
  try {
    // Not emptied yet: it may be the imported file under another name.
    return await open(path, 'a');
  } catch (error) {
    throw new TransferError(`${path} cannot be written: ${(error as Error).message}`);
  }
}
