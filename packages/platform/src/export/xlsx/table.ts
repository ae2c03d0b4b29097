// Records as a workbook (XLSX), written as they come in constant memory. What is longer than a sheet goes on in another one, and what is
// longer than a cell in the rows below it.
import { PlatformError } from '../../errors.ts';
import { type ExportColumn, type Table, valueAt } from '../table.ts';
import { type Cell, cellOf, cellXml, columnLetters, MOST_CHARACTERS, piecesOf, STYLES } from './cells.ts';
import {
  CONTENT_TYPES,
  PACKAGE_RELATIONS,
  SHEET_BEGIN,
  SHEET_END,
  STYLE_SHEET,
  sheetFile,
  sheetName,
  workbookRelations,
  workbookXml,
} from './parts.ts';
import { wallClockIn } from './wall-clock.ts';
import { ZipStream } from './zip-stream.ts';

/** Of the format, but for `sheetBytes`: more than anything opens, and less than a file in an archive may have. */
const LIMITS = {
  columns: 16_384,
  rows: 1_048_576,
  characters: MOST_CHARACTERS,
  sheetBytes: 2 ** 31,
  archiveBytes: 0xffff_ffff,
};

export interface XlsxOptions {
  readonly columns: readonly ExportColumn[];
  /** What the first sheet is called, as far as a sheet may be called so. */
  readonly title: string;
  /** IANA name: cells hold moments as its clocks show them. */
  readonly timeZone: string;
  readonly limits?: Partial<typeof LIMITS>;
}

/** Throws limit_exceeded for more columns than a sheet has. */
export function xlsxTable(options: XlsxOptions): Table {
  return new XlsxTable(options);
}

class XlsxTable implements Table {
  readonly #columns: readonly (ExportColumn & { readonly letters: string })[];
  readonly #title: string;
  readonly #wallClock: (moment: number) => number;
  readonly #limits: typeof LIMITS;
  readonly #zip: ZipStream;
  readonly #sheets: string[] = [];
  /** Of the sheet that is open. */
  #rows = 0;
  #bytes = 0;

  constructor({ columns, title, timeZone, limits }: XlsxOptions) {
    this.#limits = { ...LIMITS, ...limits };
    if (columns.length > this.#limits.columns) {
      const limit = 'columns of a sheet; name fewer in $select';
      throw new PlatformError('limit_exceeded', { limit, value: String(this.#limits.columns) }, { target: '$select' });
    }
    this.#columns = columns.map((column, number) => ({ ...column, letters: columnLetters(number) }));
    this.#title = title;
    this.#wallClock = wallClockIn(timeZone);
    this.#zip = new ZipStream(this.#limits.archiveBytes);
  }

  async begin(): Promise<Uint8Array> {
    await this.#file('[Content_Types].xml', CONTENT_TYPES);
    await this.#file('_rels/.rels', PACKAGE_RELATIONS);
    await this.#file('xl/styles.xml', STYLE_SHEET);
    await this.#openSheet();
    return this.#zip.take();
  }

  async rows(records: readonly unknown[]): Promise<Uint8Array> {
    let text = '';
    for (const record of records) {
      const lines = this.#linesOf(record);
      const isFull = this.#rows + lines.length > this.#limits.rows || this.#bytes > this.#limits.sheetBytes;
      if (isFull && this.#rows > 1) {
        await this.#zip.write(text);
        text = '';
        await this.#closeSheet();
        await this.#openSheet();
      }
      for (const line of lines) {
        const row = this.#row(line);
        this.#bytes += row.length;
        text += row;
      }
    }
    await this.#zip.write(text);
    return this.#zip.take();
  }

  async end(): Promise<Uint8Array> {
    await this.#closeSheet();
    await this.#file('xl/workbook.xml', workbookXml(this.#sheets));
    await this.#file('xl/_rels/workbook.xml.rels', workbookRelations(this.#sheets.length));
    this.#zip.end();
    return this.#zip.take();
  }

  dispose(): void {
    this.#zip.dispose();
  }

  async #file(name: string, text: string): Promise<void> {
    this.#zip.open(name);
    await this.#zip.write(text);
    await this.#zip.close();
  }

  async #openSheet(): Promise<void> {
    const number = this.#sheets.push(sheetName(this.#title, this.#sheets.length + 1));
    this.#rows = 0;
    this.#bytes = 0;
    this.#zip.open(sheetFile(number));
    const titles = this.#columns.map(({ title }): Cell => ({ kind: 'text', text: title }));
    await this.#zip.write(SHEET_BEGIN + this.#row(titles, STYLES.header));
  }

  async #closeSheet(): Promise<void> {
    await this.#zip.write(SHEET_END);
    await this.#zip.close();
  }

  /** The rows of a record: one, and as many more as its longest text takes. */
  #linesOf(record: unknown): readonly (readonly (Cell | null)[])[] {
    const cells = this.#columns.map(({ type, path }) => cellOf(type, valueAt(record, path), this.#wallClock));
    const { characters } = this.#limits;
    if (!cells.some((cell) => cell?.kind === 'text' && cell.text.length > characters)) return [cells];
    const pieces = cells.map((cell) => (cell?.kind === 'text' ? piecesOf(cell.text, characters) : null));
    const most = Math.max(...pieces.map((texts) => texts?.length ?? 1));
    return Array.from({ length: most }, (_, line) =>
      cells.map((cell, at): Cell | null => {
        const texts = pieces[at];
        if (texts === null || texts === undefined) return line === 0 ? cell : null;
        const text = texts[line];
        return text === undefined ? null : { kind: 'text', text };
      }),
    );
  }

  #row(cells: readonly (Cell | null)[], style?: number): string {
    this.#rows += 1;
    const texts = cells.map((cell, at) =>
      cell === null ? '' : cellXml(`${this.#columns[at]?.letters}${this.#rows}`, cell, style),
    );
    return `<row r="${this.#rows}">${texts.join('')}</row>`;
  }
}
