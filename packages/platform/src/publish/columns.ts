// Decides the physical column of every property at publish: a column that once belonged to another property, or to the same
// property before it was removed or retyped, is never taken again. Pure.
import type { StorageRecord, TableShape } from '@kartoteka/metadata';
import { compareColumnTypes } from '../sql/column-types.ts';
import type { StoredColumn } from './store.ts';

/** Names are ASCII; PostgreSQL cuts longer ones without an error. */
const MAX_IDENTIFIER_BYTES = 63;

/** Columns that every table has without a property. */
const WITHOUT_PROPERTY = ['deleted_on', 'delete_id'];

/** The columns in use, as the linker wants them. */
export function storageRecord(columns: readonly StoredColumn[]): StorageRecord {
  const byProperty = new Map(
    columns.filter((column) => !column.hidden).map((column) => [keyOf(column), column.column]),
  );
  return { column: (entity, property) => byProperty.get(`${entity}.${property}`) };
}

/** Gives every property a column while the next Model is linked: the one in use, or one that no property ever had. */
export class ColumnAllocator implements StorageRecord {
  readonly #assigned: Map<string, string>;
  readonly #taken = new Map<string, Set<string>>();

  /** `before` holds the shapes of the stored Model: a table that is not among them has been moved away, or will be. */
  constructor(stored: readonly StoredColumn[], before: readonly TableShape[]) {
    const entities = new Set(before.map((shape) => shape.entity));
    const recorded = stored.filter((column) => entities.has(column.entity));
    this.#assigned = new Map(
      recorded.filter((column) => !column.hidden).map((column) => [keyOf(column), column.column]),
    );
    for (const column of recorded) this.#takenOf(column.entity).add(column.column);
  }

  column(entity: string, property: string): string {
    const key = `${entity}.${property}`;
    const column = this.#assigned.get(key) ?? freeName(property, this.#takenOf(entity));
    this.#assigned.set(key, column);
    this.#takenOf(entity).add(column);
    return column;
  }

  /** Leaves the property's column behind; the next link gives it another. */
  release(entity: string, property: string): void {
    this.#assigned.delete(`${entity}.${property}`);
  }

  #takenOf(entity: string): Set<string> {
    const taken = this.#taken.get(entity) ?? new Set(WITHOUT_PROPERTY);
    this.#taken.set(entity, taken);
    return taken;
  }
}

/** Properties whose column cannot take the new type in place, by entity and name. */
export function retypedProperties(
  before: readonly TableShape[],
  after: readonly TableShape[],
): { readonly entity: string; readonly property: string }[] {
  const old = new Map(
    before.flatMap((shape) => shape.columns.map((column) => [`${shape.name}.${column.name}`, column.type])),
  );
  return after.flatMap((shape) =>
    shape.columns.flatMap(({ name, type, property }) => {
      const previous = old.get(`${shape.name}.${name}`);
      const keeps = previous === undefined || compareColumnTypes(previous, type) !== 'lossy';
      return keeps || property === null ? [] : [{ entity: shape.entity, property }];
    }),
  );
}

/**
 * The columns to record after a publish: those in use, then the hidden ones. `before` and `after` are the shapes of the two
 * Models; a table that is in `after` only is new, so that its old namesake's columns (moved away) are forgotten.
 */
export function recordedColumns(
  stored: readonly StoredColumn[],
  before: readonly TableShape[],
  after: readonly TableShape[],
): StoredColumn[] {
  const next: StoredColumn[] = [];
  const tables = new Set(before.map(({ name }) => name));
  const recorded = Map.groupBy(stored, ({ table }) => table);
  for (const table of after) {
    const isNew = !tables.has(table.name);
    const old = new Map((isNew ? [] : (recorded.get(table.name) ?? [])).map((column) => [column.column, column]));
    for (const column of table.columns) {
      if (column.property === null) continue;
      const previous = old.get(column.name);
      // As sql/ddl.ts does it: NOT NULL comes with the table or with a constant that fills the column, and may only go.
      const notNull = column.notNull && (previous?.notNull ?? (isNew || column.fill !== undefined));
      const place = { entity: table.entity, table: table.name, property: column.property, column: column.name };
      next.push({ ...place, hidden: false, notNull });
    }
    const used = new Set(table.columns.map(({ name }) => name));
    for (const column of old.values()) if (!used.has(column.column)) next.push(hide(column));
  }
  const kept = new Set(after.map(({ name }) => name));
  return [...next, ...stored.filter(({ table }) => !kept.has(table)).map(hide)];
}

const hide = (column: StoredColumn): StoredColumn => ({ ...column, hidden: true, notNull: false });

function freeName(property: string, taken: ReadonlySet<string>): string {
  if (!taken.has(property)) return property;
  for (let number = 2; ; number += 1) {
    const suffix = `_${number}`;
    const name = property.slice(0, MAX_IDENTIFIER_BYTES - suffix.length) + suffix;
    if (!taken.has(name)) return name;
  }
}

const keyOf = (of: { readonly entity: string; readonly property: string }): string => `${of.entity}.${of.property}`;
