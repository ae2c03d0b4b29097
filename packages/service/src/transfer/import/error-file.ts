// The file of rows that were not stored (the engine's ErrorRows says what stands in it). It is written as the rows fail and removed when
// none did.

import { type FileHandle, open, rm } from 'node:fs/promises';
import { type CsvRecord, ErrorRows, type FailedRows, TransferError } from '@kartoteka/metadata/transfer';
import type { CsvFile } from '../csv/csv-file.ts';

const CHUNK = 1_048_576;
/** Bytes that are gathered before they are written. */
const GATHERED = 65_536;

export class ErrorFile implements FailedRows {
  readonly path: string;
  readonly #source: CsvFile;
  readonly #target: FileHandle;
  readonly #texts: ErrorRows;
  #gathered: Uint8Array[] = [];
  #size = 0;
  #rows = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, source: CsvFile, target: FileHandle, column: string) {
    this.path = path;
    this.#source = source;
    this.#target = target;
    this.#texts = new ErrorRows(source, column);
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
    for (const bytes of file.#texts.header()) file.#put(bytes);
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

  async #add(record: CsvRecord, reason: string): Promise<void> {
    const { row, tail } = this.#texts.row(record, reason);
    if (row === null) await this.#copy(record);
    else this.#put(row);
    this.#put(tail);
    if (this.#size >= GATHERED) await this.#flush();
  }

  /** A row that is too long to be held. */
  async #copy({ offset, length }: CsvRecord): Promise<void> {
    await this.#flush();
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const chunk = await this.#source.source.read(at, Math.min(CHUNK, end - at));
      if (chunk.length === 0) return;
      await this.#target.appendFile(chunk);
      at += chunk.length;
    }
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
