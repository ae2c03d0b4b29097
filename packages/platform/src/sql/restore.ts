// Statements of a restore: lock and judge the deleted record, find what went with it, check or clear what it refers to, bring
// back, and set again the lookups that the delete had cleared. Each is one statement over an array of ids. No values, no I/O.
import { type EntityType, type Property, type Reference, storedProperties } from '@kartoteka/metadata';
import { changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { type CompiledCheck, deleteCheck, stampSql } from './delete.ts';
import { columnOf, holdsSql } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, quoteLiteral, SlotWriter, tableOf } from './statement.ts';
import { CheckWriter } from './write-checks.ts';
import { accessSql, columnList, propertyOf, type RightsContext } from './write-row.ts';

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

/** Clears a lookup of the deleted records `@ids`, locked before. */
export function clearStatement(entity: EntityType, reference: Reference): CompiledStatement {
  const slots = new SlotWriter();
  const cleared = heldBy(entity, reference).map(({ column }) => `${quoteIdentifier(column)} = null`);
  const text = `update ${tableOf(entity)} t set ${cleared.join(', ')} where t.id = any(${ids(slots, '@ids')})`;
  return { text, slots: slots.slots };
}

/** The properties of a lookup: its id and, with several targets, the type of its target. */
function heldBy(entity: EntityType, { property, discriminator }: Reference): readonly Property[] {
  const names = discriminator === undefined ? [property] : [property, discriminator.property];
  return names.map((name) => propertyOf(entity, name));
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

/**
 * Sets the lookup again in live records of `entity` where the delete cleared it: those whose change-log row of the delete's
 * transaction took one of `@parents` out, that hold nothing there, and in which nobody changed it since. Rows: `id`, `before`
 * and `after`. Parameters: `@root` and `@root_version` (the record that was deleted, its version since), `@parents`, `@client`.
 */
export function relinkStatement(authorized: Authorized, entity: EntityType, reference: Reference): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { slots } = context;
  const properties = heldBy(entity, reference);
  const name = quoteLiteral(reference.property);
  const holder = columnOf('t', entity, reference.property);
  const cleared =
    `select l.record_id, l.version, (l.before->>${name})::uuid as parent from kartoteka.change_log l ` +
    `where l.xid = ${deletingTransaction(slots)} and l.entity = ${quoteLiteral(entity.name)} and l.operation = 'update' ` +
    `and (l.before->>${name})::uuid = any(${ids(slots, '@parents')}) and l.after ? ${name} and l.after->>${name} is null`;
  const untouched =
    'not exists (select from kartoteka.change_log n where n.record_id = r.record_id and n.version > r.version ' +
    `and n.operation = 'update' and n.after ? ${name})`;
  const locked =
    `select ${columnList(entity, 't')}, r.parent as "@parent" from r join ${tableOf(entity)} t on t.id = r.record_id ` +
    `where t.deleted_on is null and ${holder} is null and ${untouched} order by t.id for no key update of t`;
  const update =
    `update ${tableOf(entity)} t set ${linkedAgain(entity, reference)}, ${stampSql(context, entity)} ` +
    `from c where t.id = c.id returning ${columnList(entity, 't')}`;
  const logged = loggedProperties(properties);
  const log = changeLogInsert(
    {
      entity,
      operation: 'update',
      id: 'w.id',
      version: columnOf('w', entity, 'version'),
      before: imageSql(logged, 'c'),
      after: imageSql(logged, 'w'),
      from: 'w join c on c.id = w.id',
    },
    slots,
  );
  const parts = [
    `r as (${cleared})`,
    `c as materialized (${locked})`,
    `w as (${update})`,
    `l as (${log} returning record_id, before, after)`,
  ];
  return {
    text: `with ${parts.join(', ')} select l.record_id::text as id, l.before::text as before, l.after::text as after from l`,
    slots: slots.slots,
  };
}

function linkedAgain(entity: EntityType, { property, discriminator }: Reference): string {
  const column = (name: string): string => quoteIdentifier(propertyOf(entity, name).column);
  const type =
    discriminator === undefined ? '' : `, ${column(discriminator.property)} = ${quoteLiteral(discriminator.value)}`;
  return `${column(property)} = c."@parent"${type}`;
}

/** The change log knows in which transaction a record became of a version. */
function deletingTransaction(slots: SlotWriter): string {
  const root = slots.use({ from: 'value', name: '@root' }, 'uuid');
  const version = slots.use({ from: 'value', name: '@root_version' }, 'bigint');
  return (
    `(select d.xid from kartoteka.change_log d where d.record_id = ${root} and d.version = ${version} ` +
    `and d.operation = 'delete' limit 1)`
  );
}

function ids(slots: SlotWriter, name: string): string {
  return slots.use({ from: 'value', name }, 'uuid[]');
}
