// Decides the physical column of every property at publish: a column that once belonged to another property, or to the same
// property before it was removed or retyped, is never taken again. Pure.
import { type Model, type StorageRecord, type TableShape, tableShape } from '@kartoteka/metadata';
import { compareColumnTypes } from '../sql/ddl.ts';
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
  return { column: (entity, property) => byProperty.get(keyOf({ entity, property })) };
}

export interface ColumnAssignment {
  readonly storage: StorageRecord;
  /** Properties (`entity.property`) whose type changes so that the stored values stay behind in the old column. */
  readonly retyped: readonly string[];
}

/**
 * Columns for the properties of `draft`, a Model linked with the columns in use. `before` holds the shapes of the stored
 * Model. A property keeps its column unless its type changes in a way that is not possible in place.
 */
export function assignColumns(
  draft: Model,
  before: readonly TableShape[],
  stored: readonly StoredColumn[],
): ColumnAssignment {
  const assigned = new Map<string, string>();
  const retyped: string[] = [];
  for (const entity of draft.entities.values()) {
    const oldShape = before.find((shape) => shape.entity === entity.name);
    // Without a shape the table is new: one of that name that was kept for a removed entity has been moved away.
    const recorded = oldShape === undefined ? [] : stored.filter((column) => column.entity === entity.name);
    const taken = new Set([...WITHOUT_PROPERTY, ...recorded.map((column) => column.column)]);
    for (const column of tableShape(entity, draft).columns) {
      if (column.property === null) continue;
      const current = recorded.find((other) => other.property === column.property && !other.hidden);
      const old = oldShape?.columns.find((other) => other.property === column.property);
      const key = keyOf({ entity: entity.name, property: column.property });
      if (current !== undefined && (old === undefined || compareColumnTypes(old.type, column.type) !== 'lossy')) {
        assigned.set(key, current.column);
        continue;
      }
      if (current !== undefined) retyped.push(`${entity.name}.${column.property}`);
      const name = freeName(column.property, taken);
      taken.add(name);
      assigned.set(key, name);
    }
  }
  return { storage: { column: (entity, property) => assigned.get(keyOf({ entity, property })) }, retyped };
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
  for (const table of after) {
    const isNew = !before.some((other) => other.name === table.name);
    const old = isNew ? [] : stored.filter((column) => column.table === table.name);
    for (const column of table.columns) {
      if (column.property === null) continue;
      const previous = old.find((other) => other.column === column.name);
      // As sql/ddl.ts does it: NOT NULL comes with the table or with a constant that fills the column, and may only go.
      const notNull = column.notNull && (previous?.notNull ?? (isNew || column.fill !== undefined));
      const place = { entity: table.entity, table: table.name, property: column.property, column: column.name };
      next.push({ ...place, hidden: false, notNull });
    }
    for (const column of old) if (!table.columns.some((other) => other.name === column.column)) next.push(hide(column));
  }
  const removed = stored.filter((column) => !after.some((table) => table.name === column.table));
  return [...next, ...removed.map(hide)];
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
