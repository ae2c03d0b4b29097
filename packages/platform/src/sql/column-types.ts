// Column types as text of a column definition: what a value is cast to, and how two of them relate. It must not ask a database.
import type { Property } from '@kartoteka/metadata';

/** PostgreSQL type to cast a bound value to: the column's, without its collation. */
export function castType(property: Pick<Property, 'sqlType'>): string {
  return property.sqlType.replace(/ collate .*$/, '');
}

/** Whether a stored column can take another type in place: `widening` neither rewrites the table nor loses anything. */
export function compareColumnTypes(before: string, after: string): 'same' | 'widening' | 'lossy' {
  if (before === after) return 'same';
  const [from, to] = [numericModifiers(before), numericModifiers(after)];
  if (from === null || to === null) return 'lossy';
  // PostgreSQL rewrites the table when the scale changes; with equal scale and more precision it changes the catalogue only.
  return from.scale === to.scale && to.precision >= from.precision ? 'widening' : 'lossy';
}

function numericModifiers(type: string): { precision: number; scale: number } | null {
  const match = /^numeric\((\d+),\s*(\d+)\)$/.exec(type);
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) };
}
