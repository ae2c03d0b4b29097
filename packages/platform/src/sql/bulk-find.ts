// Which records the keys of a bulk request name: one statement for many keys. It takes an authorized key only.
import type { AuthorizedKey } from '../plan/write-authorize.ts';
import { castType } from './column-types.ts';
import { ROW_NUMBER, RowSlotWriter } from './row-source.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, tableOf } from './statement.ts';
import { accessSql } from './write-row.ts';

/**
 * Rows: one per key that a record has, with `n` (position of the key, from 1), `id`, and `readable`: the principal may read it
 * and it is not in the recycle bin. Parameters: an array per property of the key (RowSlotWriter).
 */
export function compileFind(authorized: AuthorizedKey): CompiledStatement {
  const { entity, properties } = authorized;
  const slots = new RowSlotWriter(properties.map((property) => ({ name: property.name, cast: castType(property) })));
  const source = slots.source();
  const equal = properties.map((property) => {
    const value = slots.use({ from: 'value', name: property.name }, castType(property));
    return `${columnOf('t', entity, property.name)} = ${value}`;
  });
  // A deleted record gives its key free, but keeps its id.
  const byId = properties.length === 1 && properties[0]?.name === 'id';
  if (!byId) equal.push('t.deleted_on is null');
  const access = accessSql({ authorized, slots }, entity, 'read', 't');
  const readable = byId ? `t.deleted_on is null and ${access}` : access;
  const text =
    `select ${ROW_NUMBER}::text as n, t.id::text as id, ${readable} as readable ` +
    `from ${source} join ${tableOf(entity)} t on ${equal.join(' and ')}`;
  return { text, slots: slots.slots };
}
