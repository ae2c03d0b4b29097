// A CSV file that is opened for reading: its encoding, delimiter and header are found and checked before the first row.

import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ByteSource,
  type CsvContent,
  ENCODINGS,
  type Encoding,
  type EncodingName,
  readLayout,
  TransferError,
  UTF8_MARK,
} from '@kartoteka/metadata/transfer';

export interface CsvSettings {
  /** Null: found out from the first lines. */
  readonly delimiter: string | null;
  readonly quote: string;
  /** Null: UTF-8, and a file that is not is refused. */
  readonly encoding: EncodingName | null;
  /** Names of columns that are expected: they tell delimiters apart. */
  readonly columns: readonly string[];
}

export interface CsvFile extends CsvContent {
  readonly handle: FileHandle;
  readonly encoding: Encoding;
  close(): Promise<void>;
}

const BOM = Buffer.from(UTF8_MARK);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
/** Bytes that are looked at to find the delimiter. */
const SAMPLE = 65_536;
const CHUNK = 1_048_576;

/** Opens the file. Throws TransferError when it cannot be read as CSV at all. */
export async function openCsv(path: string, settings: CsvSettings): Promise<CsvFile> {
  const handle = await openFile(path);
  try {
    return await inspect(handle, path, settings);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new TransferError(`${path}: ${reason}`);
  }
}

async function inspect(handle: FileHandle, path: string, settings: CsvSettings): Promise<CsvFile> {
  const stat = await handle.stat();
  if (!stat.isFile())
    throw new TransferError(`${path} is not a file (rows are read again where needed, so a pipe will not do)`);
  const sample = Buffer.alloc(Math.min(SAMPLE, stat.size));
  await handle.read(sample, 0, sample.length, 0);
  if (UTF16_MARKS.some((mark) => sample.subarray(0, 2).equals(mark))) {
    throw new TransferError(`${path} is encoded in UTF-16: save it as "CSV UTF-8" (or --encoding windows-1251)`);
  }
  const byteOrderMark = sample.subarray(0, 3).equals(BOM);
  const encoding = ENCODINGS[settings.encoding ?? 'utf-8'];
  if (byteOrderMark && encoding.name !== 'utf-8') {
    throw new TransferError(
      `${path} begins with the mark of UTF-8, so it is not ${encoding.name}: leave --encoding out`,
    );
  }
  if (settings.encoding === null) await requireUtf8(handle, path);
  const { columns, delimiter, quote } = settings;
  const source = sourceOf(handle);
  const layout = { name: path, size: stat.size, encoding, byteOrderMark, delimiter, quote, columns };
  const content = await readLayout(source, layout);
  return { ...content, encoding, handle, close: () => handle.close() };
}

/** An open file as the engine of imports reads it. */
export function sourceOf(handle: FileHandle): ByteSource {
  return {
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    },
  };
}

/** A file of another encoding would become rows of wrong letters, so all of it is looked at first. */
async function requireUtf8(handle: FileHandle, path: string): Promise<void> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for (let offset = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK, offset);
    if (bytesRead === 0 && rest.length === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const end = bytesRead === 0 ? bytes.length : wholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) {
      throw new TransferError(
        `${path} is not UTF-8 (line ${line + badLine(whole)}). Files that Excel wrote in Russian are --encoding windows-1251; ` +
          'with --encoding utf-8 the damaged rows go to the error file and the others are imported',
      );
    }
    for (let at = whole.indexOf(0x0a); at >= 0; at = whole.indexOf(0x0a, at + 1)) line += 1;
    offset += bytesRead;
    rest = bytes.subarray(end);
  }
}

/** Length without a last character of which bytes may be missing. */
function wholeCharacters(bytes: Buffer): number {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 4); at -= 1) {
    const byte = bytes[at] as number;
    if (byte >= 0xc0) return at;
    if (byte < 0x80) return bytes.length;
  }
  return bytes.length;
}

/** Number of the first line that is not UTF-8, from 0. */
function badLine(bytes: Buffer): number {
  let line = 0;
  for (let at = 0; at < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(at, end))) return line;
    at = end + 1;
  }
  return line;
}
