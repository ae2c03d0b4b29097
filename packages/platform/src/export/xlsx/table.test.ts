// Workbooks longer than a sheet, a cell or an archive may be, with limits that a test can reach.
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import type { ExportColumn } from '../table.ts';
import { type XlsxOptions, xlsxTable } from './table.ts';

const column = (name: string, type: ExportColumn['type'] = 'Edm.String'): ExportColumn => ({
  ...{ name, type, path: [name], title: name.toUpperCase() },
});
const COLUMNS = [column('a'), column('n', 'Edm.Int64')];

/** Sheets as texts. */
async function written(limits: XlsxOptions['limits'], ...parts: readonly (readonly unknown[])[]): Promise<string[]> {
  const table = xlsxTable({
    columns: COLUMNS,
    title: 'Items',
    timeZone: 'UTC',
    ...(limits === undefined ? {} : { limits }),
  });
  const pieces = [await table.begin()];
  for (const part of parts) pieces.push(await table.rows(part));
  pieces.push(await table.end());
  table.dispose();
  const files = unzipSync(Buffer.concat(pieces as Uint8Array[]));
  const text = (name: string): string => new TextDecoder().decode(files[name]);
  const names = [...text('xl/workbook.xml').matchAll(/<sheet name="([^"]*)"/g)].map(([, name]) => name);
  return names.map((name, at) => {
    const rows = [...text(`xl/worksheets/sheet${at + 1}.xml`).matchAll(/<row r="(\d+)">(.*?)<\/row>/g)];
    const cells = rows.map(([, row, xml = '']) =>
      [...xml.matchAll(/<c r="([A-Z]+)\d+"[^>]*>.*?<(?:t|v)[^>]*>([^<]*)</g)].map(
        ([, letters, value]) => `${letters}${row}=${value}`,
      ),
    );
    return `${name}: ${cells.flat().join(' ')}`;
  });
}

const items = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ a: `x${from + n}`, n: String(from + n) }));

it('what is longer than a sheet goes on in the next, under the same titles', async () => {
  const head = 'A1=A B1=N';
  expect(await written({ rows: 4 }, items(1, 2), items(3, 3))).toEqual([
    `Items: ${head} A2=x1 B2=1 A3=x2 B3=2 A4=x3 B4=3`,
  ]);
  expect(await written({ rows: 4 }, items(1, 2), items(3, 7))).toEqual([
    `Items: ${head} A2=x1 B2=1 A3=x2 B3=2 A4=x3 B4=3`,
    `Items (2): ${head} A2=x4 B2=4 A3=x5 B3=5 A4=x6 B4=6`,
    `Items (3): ${head} A2=x7 B2=7`,
  ]);
  expect(await written({ sheetBytes: 1 }, items(1, 2))).toEqual([
    `Items: ${head} A2=x1 B2=1`,
    `Items (2): ${head} A2=x2 B2=2`,
  ]);
});

it('a text longer than a cell goes on below, and its rows stay together', async () => {
  const long = { a: 'abcdefgh', n: '5' };
  expect(await written({ characters: 3, rows: 5 }, [{ a: 'abc', n: '1' }, long, { a: null, n: null }])).toEqual([
    'Items: A1=A B1=N A2=abc B2=1 A3=abc B3=5 A4=def A5=gh',
    'Items (2): A1=A B1=N',
  ]);
  expect(await written({ characters: 3, rows: 4 }, [{ a: 'abc', n: '1' }, long])).toEqual([
    'Items: A1=A B1=N A2=abc B2=1',
    'Items (2): A1=A B1=N A2=abc B2=5 A3=def A4=gh',
  ]);
});

it('has no more columns than a sheet', () => {
  const columns = Array.from({ length: 16_385 }, (_, n) => column(`c${n}`));
  expect(() => xlsxTable({ columns, title: 'Wide', timeZone: 'UTC' })).toThrow(/16384/);
  expect(() => xlsxTable({ columns: columns.slice(1), title: 'Wide', timeZone: 'UTC' })).not.toThrow();
});

it('breaks off where the archive would be too long for its format', async () => {
  await expect(written({ archiveBytes: 2_000 }, items(1, 1_000))).rejects.toThrow(/2000.*CSV|CSV.*2000/);
  await expect(written({ archiveBytes: 100_000 }, items(1, 1_000))).resolves.toHaveLength(1);
});
