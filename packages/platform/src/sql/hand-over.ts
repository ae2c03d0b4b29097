// Statements over the records that one user owns: a page of them, and how those that were handed over are called. No values, no I/O.
import type { EntityType, Property } from '@kartoteka/metadata';
import type { AuthorizedKey } from '../plan/write-authorize.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, SlotWriter, tableOf } from './statement.ts';
import { accessSql } from './write-row.ts';

/**
 * Locks the next live records of `@owner` that may be read, `@most` at most, in the order of their ids, after `@after`. Rows: `id`.
 * The lock is that of the update to come (write-update.ts), `followed` says of which.
 */
export function ownedStatement(authorized: AuthorizedKey, followed: boolean): CompiledStatement {
  const { entity, properties } = authorized;
  const slots = new SlotWriter();
  const value = (name: string, cast: string): string => slots.use({ from: 'value', name }, cast);
  const owned = properties.map(({ name }) => `${columnOf('t', entity, name)} = ${value('@owner', 'uuid')}`);
  const readable = accessSql({ authorized, slots }, entity, 'read', 't');
  const tests = [...owned, `t.id > ${value('@after', 'uuid')}`, 't.deleted_on is null', readable];
  const text =
    `select t.id::text as id from ${tableOf(entity)} t where ${tests.join(' and ')} ` +
    `order by t.id limit ${value('@most', 'bigint')} for ${followed ? 'update' : 'no key update'} of t`;
  return { text, slots: slots.slots };
}

/** Rows: `id` and `title` of the records `@ids`, which the principal has been shown to read. */
export function titlesStatement(entity: EntityType, title: Property): CompiledStatement {
  const slots = new SlotWriter();
  const ids = slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const text = `select t.id::text as id, ${columnOf('t', entity, title.name)}::text as title from ${tableOf(entity)} t where t.id = any(${ids})`;
  return { text, slots: slots.slots };
}
