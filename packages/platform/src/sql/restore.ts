// Statements of a restore: lock and judge the deleted record, find what went with it, check or clear what it refers to, bring
// back. (released-lookups.ts sets again the lookups that the delete had cleared.) Each is one statement over an array of ids. No values, no I/O.
import { type EntityType, type Reference, storedProperties } from '@kartoteka/metadata';
import { changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { type CompiledCheck, deleteCheck } from './delete.ts';
import { heldBy, rememberReleased } from './released-lookups.ts';
import { columnOf, holdsSql } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, SlotWriter, tableOf } from './statement.ts';
import { CheckWriter } from './write-checks.ts';
import { accessSql, columnList, type RightsContext, stampSql } from './write-row.ts';

type Authorized = RightsContext['authorized'];

/**
 * Locks the record FOR UPDATE, deleted or not, and judges the right to bring it back. Row: none when there is no readable
 * record; else `version`, `failed`, `delete_id` and `deleted_on` (null: it is not deleted). Parameter: `id`.
 */
export function lockDeletedStatement(authorized: Authorized, entity: EntityType): CompiledCheck {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const checks = new CheckWriter();
  deleteCheck(context, checks, entity);
  const readable = accessSql(context, entity, 'read', 't');
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  const row =
    `select ${columnList(entity, 't')}, t.deleted_on, t.delete_id from ${tableOf(entity)} t ` +
    `where t.id = ${id}${readable === 'true' ? '' : ` and ${readable}`} for update of t`;
  const text =
    `select ${columnOf('o', entity, 'version')}::text as version, ${checks.sql()} as failed, ` +
    `o.delete_id::text as delete_id, o.deleted_on::text as deleted_on from (${row}) o`;
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

/**
 * Locks the records of `entity` that the delete `@delete_id` took along because they refer to one of `@parents`, without those
 * in `@known`. Rows: `id`, `deletable`. The time is the same for all of a delete and finds them through the index.
 */
export function takenAlongStatement(
  authorized: Authorized,
  entity: EntityType,
  reference: Reference,
): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { slots } = context;
  const deletable = accessSql(context, entity, 'delete', 't');
  const conditions = [
    `t.deleted_on = ${slots.use({ from: 'value', name: '@deleted_on' }, 'timestamptz')}`,
    `t.delete_id = ${slots.use({ from: 'value', name: '@delete_id' }, 'uuid')}`,
    `${columnOf('t', entity, reference.property)} = any(${ids(slots, '@parents')})${holdsSql('t', entity, reference)}`,
    `t.id <> all(${ids(slots, '@known')})`,
  ];
  const text =
    `select t.id::text as id, ${deletable} as deletable from ${tableOf(entity)} t ` +
    `where ${conditions.join(' and ')} order by t.id for update of t`;
  return { text, slots: slots.slots };
}

/**
 * The records of `@ids` that refer by a lookup to a deleted record of `parent` which does not come back with them (`@known`).
 * Rows: `id`. Locks what they refer to FOR KEY SHARE, so that none of it is deleted before the restore commits.
 */
export function deletedTargetStatement(
  entity: EntityType,
  reference: Reference,
  parent: EntityType,
): CompiledStatement {
  const slots = new SlotWriter();
  const holder = columnOf('t', entity, reference.property);
  const locked =
    `select t.id, p.deleted_on is not null as gone from ${tableOf(entity)} t join ${tableOf(parent)} p on p.id = ${holder} ` +
    `where t.id = any(${ids(slots, '@ids')})${holdsSql('t', entity, reference)} and ${holder} <> all(${ids(slots, '@known')}) order by p.id for key share of p`;
  const text = `with k as materialized (${locked}) select k.id::text as id from k where k.gone`;
  return { text, slots: slots.slots };
}

/** Lets the delete of what they refer to have taken along the deleted records `@ids`, locked before. */
export function handOverStatement(entity: EntityType, reference: Reference, parent: EntityType): CompiledStatement {
  const slots = new SlotWriter();
  const text =
    `update ${tableOf(entity)} t set deleted_on = p.deleted_on, delete_id = p.delete_id from ${tableOf(parent)} p ` +
    `where t.id = any(${ids(slots, '@ids')}) and p.id = ${columnOf('t', entity, reference.property)}`;
  return { text, slots: slots.slots };
}

/** Clears a lookup of the deleted records `@ids`, locked before, and remembers it. */
export function clearStatement(entity: EntityType, reference: Reference): CompiledStatement {
  const slots = new SlotWriter();
  const cleared = heldBy(entity, reference).map(({ column }) => `${quoteIdentifier(column)} = null`);
  const rows = `select ${columnList(entity, 't')} from ${tableOf(entity)} t where t.id = any(${ids(slots, '@ids')})`;
  const remembered = rememberReleased(entity, reference, `${columnOf('c', entity, 'version')} + 1`);
  const text =
    `with c as materialized (${rows}), n as (${remembered}) ` +
    `update ${tableOf(entity)} t set ${cleared.join(', ')} from c where t.id = c.id`;
  return { text, slots: slots.slots };
}

/** Brings back the records `@ids`, locked before. Rows: `id`, `version`, and `after` when `images`. */
export function bringBackStatement(authorized: Authorized, entity: EntityType, images: boolean): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { slots } = context;
  const update =
    `update ${tableOf(entity)} t set deleted_on = null, delete_id = null, ${stampSql(context, entity)} ` +
    `where t.id = any(${ids(slots, '@ids')}) returning ${columnList(entity, 't')}`;
  const log = changeLogInsert(
    {
      entity,
      operation: 'restore',
      id: 'w.id',
      version: columnOf('w', entity, 'version'),
      before: 'null::jsonb',
      after: imageSql(loggedProperties(storedProperties(entity)), 'w'),
      from: 'w',
    },
    slots,
  );
  const text =
    `with w as (${update}), l as (${log}${images ? ' returning record_id, after' : ''}) ` +
    `select w.id::text as id, ${columnOf('w', entity, 'version')}::text as version${images ? ', l.after::text as after' : ''} ` +
    `from w${images ? ' join l on l.record_id = w.id' : ''}`;
  return { text, slots: slots.slots };
}

function ids(slots: SlotWriter, name: string): string {
  return slots.use({ from: 'value', name }, 'uuid[]');
}
