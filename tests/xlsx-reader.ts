// Reads workbooks as others do: the archive by its central directory and checksums, the XML with PostgreSQL's parser (libxml2). It shares
// nothing with what writes them.
import { strict as assert } from 'node:assert';
import { crc32, inflateRawSync } from 'node:zlib';
import type { Platform } from '@kartoteka/platform';

/** Files of an archive by name, in its order; what does not fit its checksums or lengths throws. */
export function unzip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from('504b0506', 'hex'));
  assert(end >= 0, 'there is no end of a central directory');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const lengths = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const [name = 0, extra = 0, comment = 0] = lengths;
    const text = archive.toString('utf8', at + 46, at + 46 + name);
    files.set(text, contentOf(archive, at));
    at += 46 + name + extra + comment;
  }
  assert.equal(at, end);
  return files;
}

/** The content of the file that stands in the central directory at `at`. */
function contentOf(archive: Buffer, at: number): Buffer {
  const local = archive.readUInt32LE(at + 42);
  assert.equal(archive.readUInt32LE(local), 0x04034b50);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
  assert.equal(archive.readUInt16LE(at + 10), 8);
  const content = inflateRawSync(packed);
  assert.equal(content.length, archive.readUInt32LE(at + 24));
  assert.equal(crc32(content), archive.readUInt32LE(at + 16));
  return content;
}

/** A cell as its sheet has it: `t` its type, `s` its format. */
export interface SheetCell {
  readonly type: string | null;
  readonly style: string | null;
  /** Undone from the escapes of SpreadsheetML. */
  readonly text: string;
}

/** Sheets by name, cells by place (`B7`). */
export type Sheets = ReadonlyMap<string, ReadonlyMap<string, SheetCell>>;

const SPACES = `xmlnamespaces('http://schemas.openxmlformats.org/spreadsheetml/2006/main' as m,
  'http://schemas.openxmlformats.org/officeDocument/2006/relationships' as o,
  'http://schemas.openxmlformats.org/package/2006/relationships' as r)`;

/** Follows the relations of the package to its sheets. */
export async function readWorkbook({ database }: Pick<Platform, 'database'>, archive: Buffer): Promise<Sheets> {
  const files = unzip(archive);
  const table = async (
    name: string,
    path: string,
    columns: string,
  ): Promise<readonly Record<string, string | null>[]> => {
    const content = files.get(name)?.toString('utf8');
    assert(content !== undefined, `there is no ${name}`);
    const sql = `select t.* from (select $1::text::xml as x) d, xmltable(${SPACES}, '${path}' passing d.x columns ${columns}) t`;
    return (await database.run(sql, [content])) as never;
  };
  const [main] = await table('_rels/.rels', '//r:Relationship', "target text path '@Target'");
  assert.equal(main?.target, 'xl/workbook.xml');
  const relations = await table(
    'xl/_rels/workbook.xml.rels',
    '//r:Relationship',
    "id text path '@Id', target text path '@Target'",
  );
  const targets = new Map(relations.map(({ id, target }) => [id, target]));
  for (const name of ['[Content_Types].xml', 'xl/styles.xml']) await table(name, '/*', "n text path 'name()'");
  const sheets = await table('xl/workbook.xml', '//m:sheet', "name text path '@name', id text path '@o:id'");
  const cells =
    "place text path '@r', type text path '@t', style text path '@s', v text path 'm:v', t text path 'm:is/m:t'";
  const read = new Map<string, ReadonlyMap<string, SheetCell>>();
  for (const { name = '', id = '' } of sheets) {
    const rows = await table(`xl/${targets.get(id)}`, '//m:c', cells);
    read.set(
      String(name),
      new Map(
        rows.map(({ place, type, style, v, t }) => [
          String(place),
          { type: type ?? null, style: style ?? null, text: unescaped(v ?? t ?? '') },
        ]),
      ),
    );
  }
  return read;
}

const unescaped = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** A sheet as rows of texts; cells that are not there are null. */
export function rowsOf(sheet: ReadonlyMap<string, SheetCell> | undefined): readonly (readonly (string | null)[])[] {
  const rows: (string | null)[][] = [];
  for (const [place, { text }] of sheet ?? []) {
    const [, letters = '', number = ''] = /^([A-Z]+)(\d+)$/.exec(place) ?? [];
    const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
    let row = rows[Number(number) - 1];
    if (row === undefined) {
      row = [];
      rows[Number(number) - 1] = row;
    }
    while (row.length < column) row.push(null);
    row[column] = text;
  }
  return Array.from(rows, (row) => row ?? []);
}
