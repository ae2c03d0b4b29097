// The file an export writes: rows are encoded and written as they come, under another name until the last one is in it.

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { type Encoding, firstMissing, recordText, TransferError } from '@kartoteka/metadata/transfer';

const LINE_END = '\r\n';
const QUOTE = '"';

export class ExportWriter {
  readonly #path: string;
  readonly #part: string;
  readonly #target: FileHandle;
  readonly #encoding: Encoding;
  readonly #delimiter: string;
  #rows = 0;

  private constructor(path: string, target: FileHandle, encoding: Encoding, delimiter: string) {
    this.#path = path;
    this.#part = partOf(path);
    this.#target = target;
    this.#encoding = encoding;
    this.#delimiter = delimiter;
  }

  /** Throws TransferError when the file cannot be written. */
  static async create(path: string, encoding: Encoding, delimiter: string): Promise<ExportWriter> {
    try {
      return new ExportWriter(path, await open(partOf(path), 'w'), encoding, delimiter);
    } catch (error) {
      throw new TransferError(`${path} cannot be written: ${(error as Error).message}`);
    }
  }

  /** Writes rows, the header among them. Throws TransferError for text that the encoding does not have. */
  async write(rows: readonly (readonly string[])[]): Promise<void> {
    const text = rows.map((cells) => recordText(cells, this.#delimiter, QUOTE) + LINE_END).join('');
    const bytes = this.#encoding.encode(text);
    if (bytes === null) throw this.#unencodable(rows);
    await this.#target.appendFile(bytes);
    this.#rows += rows.length;
  }

  /** The file is complete: it gets its name. */
  async finish(): Promise<void> {
    await this.#target.sync();
    await this.#target.close();
    await rename(this.#part, this.#path);
  }

  /** The file is not complete: it is removed. */
  async discard(): Promise<void> {
    await this.#target.close();
    await rm(this.#part, { force: true });
  }

  #unencodable(rows: readonly (readonly string[])[]): TransferError {
    const index = rows.findIndex((cells) => cells.some((cell) => this.#encoding.encode(cell) === null));
    const cell = rows[index]?.find((each) => this.#encoding.encode(each) === null) ?? '';
    const { name } = this.#encoding;
    const char = firstMissing(cell, this.#encoding);
    return new TransferError(
      `Row ${this.#rows + index} has a character (${char}) that ${name} does not have: use utf-8`,
    );
  }
}

const partOf = (path: string): string => `${path}.part`;
