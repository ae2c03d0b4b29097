// How a CSV is laid out: its delimiter and header, found from its first lines before any row is read. Where the bytes come from, and which
// encodings there are, is the caller's to know.
import { TransferError } from '../transfer-error.ts';
import type { ByteSource, TextEncoding } from './byte-source.ts';
import { splitRecord } from './cells.ts';
import { type CsvRecord, readRecords } from './csv-records.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** A CSV whose rows can be read. */
export interface CsvContent {
  readonly source: ByteSource;
  /** Bytes. */
  readonly size: number;
  readonly encoding: TextEncoding;
  readonly delimiter: string;
  readonly quote: string;
  /** Names of the columns, trimmed, in the file's order. */
  readonly header: readonly string[];
  /** The header's bytes without byte order mark and line end. */
  readonly headerRecord: CsvRecord;
  readonly byteOrderMark: boolean;
  readonly lineEnd: '\n' | '\r\n';
  /** Offset of the first record after the header. */
  readonly start: number;
}

export interface LayoutSettings {
  /** How messages call the file. */
  readonly name: string;
  readonly size: number;
  readonly encoding: TextEncoding;
  readonly byteOrderMark: boolean;
  /** Null: found out from the first lines. */
  readonly delimiter: string | null;
  readonly quote: string;
  /** Names of columns that are expected: they tell delimiters apart. */
  readonly columns: readonly string[];
}

/** Bytes of the mark that a file in UTF-8 may begin with. */
export const UTF8_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** Throws TransferError where there is no header that can be read. */
export async function readLayout(source: ByteSource, settings: LayoutSettings): Promise<CsvContent> {
  const { name, size, encoding, byteOrderMark, quote } = settings;
  const from = byteOrderMark ? UTF8_MARK.length : 0;
  const delimiter = settings.delimiter ?? (await findDelimiter(source, from, settings));
  const { record, next } = await readHeader(source, name, { delimiter, quote, from });
  const text = record.bytes === null ? null : encoding.decode(record.bytes);
  if (text === null) throw new TransferError(`${name}: the first line is not text in ${encoding.name}`);
  return {
    ...{ source, size, encoding, delimiter, quote, byteOrderMark },
    header: splitRecord(text, delimiter, quote).map((column) => column.trim()),
    headerRecord: record,
    lineEnd: next - record.offset - record.length === 2 ? '\r\n' : '\n',
    start: next,
  };
}

interface Cut {
  readonly delimiter: string;
  readonly quote: string;
  readonly from: number;
}

async function readHeader(source: ByteSource, name: string, cut: Cut): Promise<{ record: CsvRecord; next: number }> {
  for await (const [record] of readRecords(source, cut)) {
    if (record === undefined) continue;
    if (record.problem !== null) throw new TransferError(`${name}: the first line cannot be read (${record.problem})`);
    const [after] = await source.read(record.offset + record.length, 2);
    return { record, next: record.offset + record.length + (after === 0x0d ? 2 : 1) };
  }
  throw new TransferError(`${name} is empty: the first line must name the columns`);
}

/** The delimiter under which most expected columns are found; else the one that cuts the first lines most, and alike. */
async function findDelimiter(source: ByteSource, from: number, settings: LayoutSettings): Promise<string> {
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const score = await scoreOf(source, { delimiter, quote: settings.quote, from }, settings);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

const EXPECTED_WEIGHT = 1_000_000;

async function scoreOf(source: ByteSource, cut: Cut, { encoding, columns }: LayoutSettings): Promise<number> {
  for await (const [header, ...records] of readRecords(source, cut)) {
    if (header?.bytes === null || header === undefined || header.problem !== null) return 0;
    const text = encoding.decode(header.bytes) ?? '';
    const names = new Set(splitRecord(text, cut.delimiter, cut.quote).map((name) => name.trim()));
    const found = columns.filter((name) => names.has(name)).length;
    const alike = records.slice(0, 20).every((record) => record.cells === header.cells);
    return found * EXPECTED_WEIGHT + (header.cells - 1) * (alike ? 100 : 1);
  }
  return 0;
}
