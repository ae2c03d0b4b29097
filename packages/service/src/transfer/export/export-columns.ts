import {
  type CompiledMap,
  isPlainNumber,
  type LookupFormat,
  type Lookups,
  type MapTarget,
  TransferError,
  withFormulaMark,
  withoutFormulaMark,
} from '@kartoteka/metadata/transfer';

// What an export writes: the properties as they are, or the columns of an import map with its conversions reversed.

type Row = readonly string[];

export interface ExportColumns {
  /** Properties to be asked for; null: all there are. */
  readonly select: readonly string[] | null;
  readonly header: (properties: Row) => Row;
  /** Rows of the file for rows of the service, whose columns are `properties`. */
  readonly rows: (properties: Row, rows: readonly Row[]) => Promise<readonly Row[]>;
}

/** Without a map: every property under its own name, its texts marked as the service marks them. */
export function plainColumns(select: readonly string[] | null): ExportColumns {
  return { select, header: (properties) => properties, rows: async (_properties, rows) => rows };
}

/**
 * With a map: each of its columns from the first property that it is imported into. Templates and constants are made anew by
 * the next import and are no columns.
 */
export function mappedColumns(map: CompiledMap, lookups: Lookups): ExportColumns {
  const columns = new Map<string, MapTarget>();
  for (const target of map.targets) {
    if (target.source.kind === 'column' && !columns.has(target.source.column))
      columns.set(target.source.column, target);
  }
  const targets = [...columns.values()];
  return {
    select: [...new Set(targets.map(({ to }) => to))],
    header: () => [...columns.keys()],
    rows: async (properties, rows) => {
      const cells = await Promise.all(targets.map((target) => columnCells(target, properties, rows, lookups)));
      return rows.map((_row, index) => cells.map((column) => column[index] ?? ''));
    },
  };
}

async function columnCells(
  { to, converter, lookup }: MapTarget,
  properties: Row,
  rows: readonly Row[],
  lookups: Lookups,
): Promise<Row> {
  const place = properties.indexOf(to);
  if (place < 0) throw new TransferError(`The service does not show ${to}`);
  const cells = rows.map((row) => row[place] ?? '');
  const values = cells.map(withoutFormulaMark);
  const texts = lookup === null ? values : await lookedUp(lookup, values, lookups);
  return texts.map((text, index) =>
    text === '' ? '' : markedAs(converter.write(text), values[index] !== cells[index]),
  );
}

/** No spreadsheet takes it for a formula; numbers that the service did not mark stay numbers, however they are written. */
function markedAs(text: string, wasMarked: boolean): string {
  return !wasMarked && isPlainNumber(text) ? text : withFormulaMark(text);
}

/** Texts for ids; an id that leads to a record which may not be read has none. */
async function lookedUp(lookup: LookupFormat, ids: Row, lookups: Lookups): Promise<Row> {
  const found = await lookups.textsOf(lookup, new Set(ids.filter((id) => id !== '')));
  return ids.map((id) => found.get(id) ?? '');
}
