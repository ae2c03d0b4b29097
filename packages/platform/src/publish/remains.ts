// What an uninstalled package leaves in the database, and how a later installation gets it back: the kept tables and columns
// count as there already, so that the difference to the new Model makes use of them. Pure.
import type { Model, TableShape } from '@kartoteka/metadata';
import { ownershipsOf } from './fixed-ownership.ts';
import type { Remains, StoredPackage } from './package-store.ts';
import type { StoredColumn } from './store.ts';

export const NOTHING_LEFT: Remains = { tables: [], columns: [], secured: [] };

/** Tables and columns that the Model before has and the one after has not; `before` are the shapes of `model`. */
export function remainsOf(model: Model | null, before: readonly TableShape[], after: readonly TableShape[]): Remains {
  const next = new Map(after.map((table) => [table.name, table]));
  const tables = before.filter(({ name }) => !next.has(name)).map((table) => ({ ...table, foreignKeys: [] }));
  const columns = before.flatMap(({ name: table, entity, columns: all }) => {
    const left = next.get(table);
    if (left === undefined) return [];
    const gone = all.filter(({ name }) => !left.columns.some((other) => other.name === name));
    return gone.map((column) => ({ table, entity, column }));
  });
  const secured = [...(model?.entities.values() ?? [])].flatMap(({ name, properties }) =>
    [...properties.values()].filter((property) => property.secured).map((property) => `${name}.${property.name}`),
  );
  return { tables, columns, secured, ownerships: ownershipsOf(model, tables) };
}

/**
 * Properties that were secured and are not any more: who reads them now could not read what is kept, so that it does not come
 * back with them.
 */
export function openedProperties(
  { tables, columns, secured }: Remains,
  model: Model,
): { readonly entity: string; readonly property: string }[] {
  const kept = [...tables.flatMap((table) => table.columns.map((column) => ({ ...table, column }))), ...columns];
  return kept.flatMap(({ entity, column: { property } }) => {
    if (property === null || !secured.includes(`${entity}.${property}`)) return [];
    return model.entities.get(entity)?.properties.get(property)?.secured === false ? [{ entity, property }] : [];
  });
}

/** What is taken as stored and linked, so that kept values are reached again. */
export interface Revived {
  readonly columns: readonly StoredColumn[];
  readonly shapes: readonly TableShape[];
  /** Tables, and columns as `table.column`, that are offered to the new Model. */
  readonly offered: ReadonlySet<string>;
}

/**
 * `columns` and `shapes` as stored, with what remains of a package in them. Left out is what has been purged meanwhile, or
 * whose place another table or column has taken.
 */
export function revive(columns: readonly StoredColumn[], shapes: readonly TableShape[], remains: Remains): Revived {
  const hidden = new Map(columns.filter((each) => each.hidden).map((each) => [`${each.table}.${each.column}`, each]));
  const isKept = (table: string, column: string, property: string | null): boolean =>
    property === null || hidden.get(`${table}.${column}`)?.property === property;
  const tables = remains.tables.filter(
    (table) =>
      !shapes.some(({ name }) => name === table.name) &&
      table.columns.every(({ name, property }) => isKept(table.name, name, property)),
  );
  const all = [...shapes, ...tables];
  const single = remains.columns.filter(
    ({ table, column }) => all.some(({ name }) => name === table) && isKept(table, column.name, column.property),
  );
  const notNull = new Map(
    tables.flatMap((table) => table.columns.map((column) => [`${table.name}.${column.name}`, column.notNull])),
  );
  const shown = new Set([...notNull.keys(), ...single.map(({ table, column }) => `${table}.${column.name}`)]);
  return {
    columns: columns.map((each) => {
      const key = `${each.table}.${each.column}`;
      return shown.has(key) ? { ...each, hidden: false, notNull: notNull.get(key) ?? false } : each;
    }),
    shapes: all.map((table) => withColumns(table, single)),
    offered: new Set([
      ...tables.map(({ name }) => name),
      ...single.map(({ table, column }) => `${table}.${column.name}`),
    ]),
  };
}

/** A column that was taken out of a table has its type and values still; NOT NULL, default, check and index went. */
function withColumns(table: TableShape, single: Remains['columns']): TableShape {
  const own = single.filter((each) => each.table === table.name);
  if (own.length === 0) return table;
  const bare = own.map(({ column: { name, type, property, derived } }) => {
    // What it is made from may have changed meanwhile: as if it had been made from something else, it is filled anew.
    const stale = derived === undefined ? {} : { derived: '' };
    return { name, type, property, notNull: false, ...stale };
  });
  return { ...table, columns: [...table.columns, ...bare] };
}

/** Packages without those remains whose tables have been taken by others. */
export function withoutReplaced(
  packages: readonly StoredPackage[],
  before: readonly TableShape[],
  after: readonly TableShape[],
): readonly StoredPackage[] {
  const made = new Set(
    after.filter(({ name }) => !before.some((other) => other.name === name)).map(({ name }) => name),
  );
  return packages.map((each) => {
    if (each.remains === null || !each.remains.tables.some(({ name }) => made.has(name))) return each;
    return { ...each, remains: { ...each.remains, tables: each.remains.tables.filter(({ name }) => !made.has(name)) } };
  });
}
