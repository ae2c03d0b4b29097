// CSV as files have it: cut as an independent parser cuts it, in windows of any size, and going on after what is broken.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CsvRecord,
  ENCODINGS,
  LONGEST_QUOTED,
  LONGEST_RECORD,
  RecordScanner,
  readRecords,
  recordText,
  splitRecord,
} from '@kartoteka/metadata/transfer';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CsvSettings, openCsv, sourceOf } from './csv-file.ts';
import { readCsvStream } from './csv-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'kartoteka-csv-'));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `${files}.csv`);
  writeFileSync(path, content);
  return path;
}

async function records(content: string | Buffer): Promise<CsvRecord[]> {
  const handle = await open(fileOf(content));
  try {
    const all: CsvRecord[] = [];
    for await (const batch of readRecords(sourceOf(handle), { delimiter: ',', quote: '"', from: 0 }))
      for (const record of batch) all.push(record);
    return all;
  } finally {
    await handle.close();
  }
}

/** Cells of rows that can be read, reasons of the others. */
async function rows(content: string | Buffer): Promise<(string[] | string)[]> {
  const all = await records(content);
  return all.map(({ bytes, problem }) => problem ?? splitRecord(Buffer.from(bytes ?? []).toString('utf8'), ',', '"'));
}

const SETTINGS: CsvSettings = { delimiter: null, quote: '"', encoding: null, columns: [] };

async function inspect(content: string | Buffer, settings: Partial<CsvSettings> = {}) {
  const file = await openCsv(fileOf(content), { ...SETTINGS, ...settings });
  await file.close();
  return file;
}

const cell = fc.string({ unit: fc.constantFrom('a', 'ж', ' ', ',', '"', '\n', '\r', ';', '😀'), maxLength: 8 });
const table = fc
  .integer({ min: 2, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));

describe('records of a CSV', () => {
  it('are cut as an independent parser cuts them, whatever stands in the cells', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (lines, lineEnd, ended) => {
        const text = lines.map((cells) => recordText(cells, ',', '"')).join(lineEnd) + (ended ? lineEnd : '');
        expect(parse(text, { delimiter: ',', record_delimiter: lineEnd })).toEqual(lines);
        expect(await rows(text)).toEqual(lines);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same in windows of any size', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 7 }), (lines, size) => {
        const text = lines.map((cells) => `${recordText(cells, ',', '"')}\r\n`).join('');
        const bytes = Buffer.from(text);
        const scanner = new RecordScanner(',', '"');
        const ends: number[] = [];
        const lastCells: string[] = [];
        let start = 0;
        scanner.begin();
        for (let base = 0; base < bytes.length; base += size) {
          const window = bytes.subarray(base, base + size);
          for (let from = 0; from < window.length; ) {
            const found = scanner.scan(window, from);
            if (found === 'more') break;
            if (found === 'text after quote') throw new Error(found);
            ends.push(base + found.end);
            const record = bytes.subarray(start, base + found.end).toString();
            lastCells.push(
              splitRecord(bytes.subarray(start + scanner.lastCell, base + found.end).toString(), ',', '"')[0] ?? '',
            );
            expect(scanner.cells).toBe(splitRecord(record, ',', '"').length);
            start = base + found.next;
            from = found.next;
            scanner.begin();
          }
        }
        expect(start).toBe(bytes.length);
        expect(ends).toHaveLength(lines.length);
        expect(lastCells).toEqual(lines.map((cells) => cells.at(-1)));
      }),
      { numRuns: 500 },
    );
  });

  it('stream in the same cells, and an answer that ends within a row is refused', async () => {
    const text = 'a,b\r\n"1\r\n2","x ""y"""\r\n';
    const chunks = async function* (end: number) {
      for (let at = 0; at < end; at += 3) yield Buffer.from(text.slice(at, Math.min(at + 3, end)));
    };
    const all: (readonly string[])[] = [];
    for await (const batch of readCsvStream(chunks(text.length))) all.push(...batch);
    expect(all).toEqual([
      ['a', 'b'],
      ['1\r\n2', 'x "y"'],
    ]);
    const cut = async () => {
      for await (const _ of readCsvStream(chunks(text.length - 4)));
    };
    await expect(cut()).rejects.toThrow('ended within a row');
  });

  it('keep a quotation mark within a cell that does not begin with one, and blank lines are no records', async () => {
    expect(await rows('1,ООО "Ромашка"\n\n  \r\n2,"ООО ""Ромашка"""')).toEqual([
      ['1', 'ООО "Ромашка"'],
      ['2', 'ООО "Ромашка"'],
    ]);
  });

  it.each([
    ['1,"Acme\n2,b\n3,c\n', ['unclosed quote', ['2', 'b'], ['3', 'c']]],
    ['1,"Acme" Ltd\n2,b\n', ['text after quote', ['2', 'b']]],
    ['1,"Acme\n2,"Beta"\n3,c', ['text after quote', ['2', 'Beta'], ['3', 'c']]],
    ['1,a\n2,"b', [['1', 'a'], 'unclosed quote']],
    [
      '1,a\r\n"2",b\r\n',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    ['1,"a"\rx\n2,b', ['text after quote', ['2', 'b']]],
    ['1,a\r', [['1', 'a']]],
    ['1,"a"\r\n', [['1', 'a']]],
    ['1,', [['1', '']]],
  ])('go on after what is broken: %j', async (text, expected) => {
    expect(await rows(text)).toEqual(expected);
  });

  it('say where each stands, byte for byte, also after a broken one', async () => {
    const text = '1,"Жук\r\n2,б\r\n3,"в"\r\n';
    const bytes = Buffer.from(text);
    const found = await records(bytes);
    expect(found.map(({ offset, length }) => bytes.subarray(offset, offset + length).toString())).toEqual([
      '1,"Жук',
      '2,б',
      '3,"в"',
    ]);
  });

  it('may be as long as the limit and are passed over when longer, without being held', async () => {
    const longest = 'x'.repeat(LONGEST_RECORD - 2);
    const tooLong = 'x'.repeat(10 * 1_048_576);
    const found = await records(`1,${longest}\n2,${longest}x\n3,"${tooLong}\n,"\r\n4,d\n5,${tooLong}\n6,f`);
    expect(found.map(({ problem, bytes, length }) => [problem, bytes?.length ?? null, length])).toEqual([
      [null, LONGEST_RECORD, LONGEST_RECORD],
      ['too long', null, LONGEST_RECORD + 1],
      ['too long', null, tooLong.length + 6],
      [null, 3, 3],
      ['too long', null, tooLong.length + 2],
      [null, 3, 3],
    ]);
  });

  it('give up one line when a quote is not closed for far too long', async () => {
    const line = `x,${'y'.repeat(97)}\n`;
    const lines = Math.ceil((LONGEST_QUOTED + 1) / line.length);
    const found = await records(`1,"a\n2,b\n${line.repeat(lines)}`);
    expect(found[0]?.problem).toBe('unclosed quote');
    expect(found).toHaveLength(2 + lines);
  }, 60_000);
});

describe('a CSV file', () => {
  it.each([
    ['a,b;c\n1,2;3\n', ','],
    ['name;amount\nAcme;1,5\nBeta;2,5\n', ';'],
    ['a\tb\n1\t2\n', '\t'],
    ['a|b\n1|2\n', '|'],
    ['a\n1\n', ','],
  ])('shows its delimiter: %j', async (text, delimiter) => {
    expect((await inspect(text)).delimiter).toBe(delimiter);
  });

  it('shows its delimiter by the columns that are expected', async () => {
    expect((await inspect('a,b,c|d\n1,2,3|4\n', { columns: ['a,b,c', 'd'] })).delimiter).toBe('|');
  });

  it('has a header with blanks and a byte order mark taken off, and knows its line ends', async () => {
    const file = await inspect('\ufeff name , "the, amount" \r\nx,1\r\n');
    expect(file.header).toEqual(['name', '"the', 'amount"']);
    expect([file.byteOrderMark, file.lineEnd, file.start]).toEqual([true, '\r\n', 27]);
    expect((await inspect('"a b",c\n')).header).toEqual(['a b', 'c']);
  });

  it.each([
    ['', 'is empty'],
    ['\n\n', 'is empty'],
    ['"a,b\n1,2\n', 'the first line cannot be read (unclosed quote)'],
    [Buffer.from('a,b\r\n1,2\r\n', 'utf16le'), null],
    [Buffer.from('\ufeffa,b\r\n', 'utf16le'), 'is encoded in UTF-16'],
  ])('that cannot be read as a whole is refused: %j', async (content, reason) => {
    if (reason === null) expect((await inspect(content)).header[0]).toContain('a');
    else await expect(inspect(content)).rejects.toThrow(reason);
  });

  it('that is not UTF-8 is refused with the line and what to do, wherever the letters stand', async () => {
    const line = Buffer.from('a,b\n');
    const cyrillic = Buffer.concat([
      Buffer.alloc(3 * 1_048_576, line),
      ENCODINGS['windows-1251'].encode('Ж,б\n') ?? line,
    ]);
    await expect(inspect(cyrillic)).rejects.toThrow(`line ${(3 * 1_048_576) / 4 + 1}). Files that Excel`);
    expect((await inspect(cyrillic, { encoding: 'windows-1251' })).header).toEqual(['a', 'b']);
    expect((await inspect(cyrillic, { encoding: 'utf-8' })).encoding.name).toBe('utf-8');
    // Characters that lie across the pieces that are looked at.
    for (const shift of [0, 1, 2, 3]) await inspect(`${'x'.repeat(1_048_576 - shift - 1)}😀\nжж😀`);
    await expect(inspect(Buffer.from([0x61, 0x0a, 0xd0]))).rejects.toThrow('line 2');
  });

  it('is refused when it begins with the mark of UTF-8 and is said to be of another encoding', async () => {
    await expect(inspect('\ufeffa,b\n', { encoding: 'windows-1251' })).rejects.toThrow('leave --encoding out');
  });

  it('that is not there or no file is refused', async () => {
    await expect(openCsv(join(folder, 'none.csv'), SETTINGS)).rejects.toThrow('there is no such file');
    await expect(openCsv(folder, SETTINGS)).rejects.toThrow('is not a file');
  });
});

describe('encodings', () => {
  it('of one byte give every character back, and refuse what they do not have', () => {
    const { decode, encode } = ENCODINGS['windows-1251'];
    for (let byte = 0; byte < 256; byte += 1) {
      const text = decode(Buffer.of(byte));
      if (byte === 0x98) expect(text).toBeNull();
      else expect(encode(text ?? '')).toEqual(Uint8Array.of(byte));
    }
    expect(decode(Buffer.from([0xc0, 0xff, 0xa8]))).toBe('АяЁ');
    expect(encode('😀')).toBeNull();
    expect(encode('ü')).toBeNull();
  });

  it('refuse bytes that are no UTF-8', () => {
    expect(ENCODINGS['utf-8'].decode(Buffer.from([0x41, 0xff]))).toBeNull();
    expect(ENCODINGS['utf-8'].decode(Buffer.from('Ёж'))).toBe('Ёж');
  });
});
