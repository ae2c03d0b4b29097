// Columns of an export, and a record as one line of them (RFC 4180). Values are written as they are: what a spreadsheet makes of a
// text that begins with "=" is not decided here (docs/rest.md).
import { type EdmType, type EntityType, exactJsonText, type Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { SelectNode } from '../plan/read-plan.ts';

export interface CsvColumn {
  /** `company/name` */
  readonly name: string;
  readonly path: readonly string[];
  readonly type: EdmType;
}

/** Columns of a select, to-one expands flattened; `visible` tells what a select of everything means. Throws not_supported. */
export function csvColumns(
  select: SelectNode,
  visible: (entity: EntityType) => readonly Property[],
  before: readonly string[] = [],
): readonly CsvColumn[] {
  const own = (select.properties ?? visible(select.entity)).map(({ name, type }): CsvColumn => {
    const path = [...before, name];
    return { name: path.join('/'), path, type };
  });
  const computed = (select.computed ?? []).flatMap(({ name, type, shown }): CsvColumn[] => {
    const path = [...before, name];
    return shown ? [{ name: path.join('/'), path, type: type.edm }] : [];
  });
  const expanded = select.expands.flatMap(({ navigation, form, query, select: inner }) => {
    if (query !== null)
      throw new PlatformError('not_supported', { what: 'A collection in CSV' }, { target: '$expand' });
    if (form !== 'records')
      throw new PlatformError('not_supported', { what: `${navigation.name}/$ref in CSV` }, { target: '$expand' });
    return csvColumns(inner, visible, [...before, navigation.name]);
  });
  return [...own, ...computed, ...expanded];
}

const LINE_END = '\r\n';

/** The line that names the columns. */
export function csvHeader(columns: readonly CsvColumn[]): string {
  return columns.map(({ name }) => quoted(name)).join(',') + LINE_END;
}

/** The line of a record as it was read for JSON, its exact numbers as text. */
export function csvLine(columns: readonly CsvColumn[], record: unknown): string {
  return columns.map((column) => cell(column, valueAt(record, column.path))).join(',') + LINE_END;
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const name of path) {
    if (value === null || value === undefined) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Types whose values are no single text. */
const PRINTED: ReadonlyMap<EdmType, (value: unknown) => string> = new Map([
  ['Collection(Edm.String)', (values) => (values as readonly string[]).join(',')],
  ['Edm.Untyped', exactJsonText],
]);

/** Nothing for null; an empty text is told from it by its quotes. */
function cell({ type }: CsvColumn, value: unknown): string {
  if (value === null || value === undefined) return '';
  const print = PRINTED.get(type) ?? String;
  return quoted(print(value));
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
