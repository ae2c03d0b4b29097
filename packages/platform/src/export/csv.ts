// Records as comma-separated values (RFC 4180). No spreadsheet takes a text of it for a formula: such texts carry a mark, which imports
// take off again.
import { type EdmType, withFormulaMark } from '@kartoteka/metadata';
import { type ExportColumn, type Table, valueAt } from './table.ts';
import { TEXTS } from './texts.ts';

const LINE_END = '\r\n';

/** A table in CSV; `header`: its first line names the columns as requests do. */
export function csvTable(columns: readonly ExportColumn[], header: boolean): Table {
  return {
    begin: async () => (header ? columns.map(({ name }) => quoted(name)).join(',') + LINE_END : ''),
    rows: async (records) => records.map((record) => line(columns, record)).join(''),
    end: async () => '',
    dispose: () => {},
  };
}

function line(columns: readonly ExportColumn[], record: unknown): string {
  return columns.map(({ type, path }) => cell(type, valueAt(record, path))).join(',') + LINE_END;
}

/** Values that people write; others are numbers, moments and ids, in which there is no formula. */
const WRITTEN: ReadonlySet<EdmType> = new Set(['Edm.String', 'Collection(Edm.String)', 'Edm.Untyped']);

/** Nothing for null; an empty text is told from it by its quotes. */
function cell(type: EdmType, value: unknown): string {
  if (value === null) return '';
  const text = (TEXTS.get(type) ?? String)(value);
  return quoted(WRITTEN.has(type) ? withFormulaMark(text) : text);
}

/** Quoted also where it holds what other programs take for the end of a cell. */
function quoted(text: string): string {
  return text === '' || /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
