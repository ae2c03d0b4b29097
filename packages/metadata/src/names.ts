// The only place that derives names: properties of fields, tables, columns, indexes, constraints. Pure text in, text out;
// it must not look at documents or at a database.
import { contentHash } from './content-hash.ts';

/** PostgreSQL keeps this many bytes of an identifier and cuts the rest without an error. */
export const MAX_IDENTIFIER_BYTES = 63;

/** What a name in a document must look like. ASCII only, so that bytes are characters. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_]*$';

/** What the names of one publisher, or of an organization, begin with: `training_`. */
export const PREFIX_PATTERN = '^[a-z][a-z0-9]{0,14}_$';

/** Physical table of an entity, without schema. */
export function tableName(entity: string): string {
  return entity;
}

/** Physical column of a property when no hidden column stands in the way. */
export function columnName(property: string): string {
  return property;
}

/** Property that holds the target's id of a lookup field. */
export function lookupProperty(field: string): string {
  return `${field}_id`;
}

/** Property that holds the name of the target's entity, of a lookup field with several targets. */
export function lookupTypeProperty(field: string): string {
  return `${field}_type`;
}

/** To-one navigation of a lookup field. */
export function lookupNavigation(field: string): string {
  return field;
}

/** To-one navigation of a lookup field with several targets to one of them. */
export function targetNavigation(field: string, target: string): string {
  return `${field}_${target}`;
}

/** Properties beside the main one of a money field. */
export function currencyProperty(field: string): string {
  return `${field}_currency`;
}
export function baseAmountProperty(field: string): string {
  return `${field}_base`;
}

/** Property of one part of an address field. */
export function addressProperty(field: string, part: string): string {
  return `${field}_${part}`;
}

/** Table of the links of a field that leads to many records, without schema. */
export function junctionTable(table: string, field: string): string {
  const whole = `${table}__${field}`;
  if (whole.length <= MAX_IDENTIFIER_BYTES) return whole;
  const hash = `__${contentHash(whole).slice(0, 12)}`;
  return whole.slice(0, MAX_IDENTIFIER_BYTES - hash.length) + hash;
}

/** Its columns: the record on the side of the field, and the one on the other side. */
export const JUNCTION_COLUMNS = { own: 'own_id', other: 'other_id' } as const;

/** Physical index for a set of leading columns; `role` tells apart the indexes that one document index becomes. */
export function indexName(table: string, name: string, role: 'all' | 'owner' | 'unit' = 'all'): string {
  return boundedName([table, name, ...(role === 'all' ? [] : [role]), 'idx']);
}

/** Physical unique index of a key. */
export function keyIndexName(table: string, key: string): string {
  return boundedName([table, key, 'key']);
}

/** Sequence that a column's numbers are drawn from. */
export function sequenceName(table: string, column: string): string {
  return boundedName([table, column, 'seq']);
}

/** CHECK constraint over a column. */
export function checkName(table: string, column: string): string {
  return boundedName([table, column, 'check']);
}

/** Foreign key constraint of a column. */
export function foreignKeyName(table: string, column: string): string {
  return boundedName([table, column, 'fkey']);
}

/** Joins the parts; when longer than an identifier may be, cuts the front and keeps apart by a hash of the whole. */
function boundedName(parts: readonly string[]): string {
  const whole = parts.join('__');
  if (whole.length <= MAX_IDENTIFIER_BYTES) return whole;
  const hash = contentHash(whole).slice(0, 12);
  const suffix = `__${hash}__${parts.at(-1) ?? ''}`;
  return whole.slice(0, MAX_IDENTIFIER_BYTES - suffix.length) + suffix;
}
