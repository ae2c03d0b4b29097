// Statements of a soft delete: lock and judge the record, find what refers to it, release or mark. Each is one statement over
// an array of ids, so that a cascade costs statements per relation, not per record. No values, no I/O.
import { type EntityType, type Reference, storedProperties } from '@kartoteka/metadata';
import { changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { heldBy, rememberReleased } from './released-lookups.ts';
import { columnOf, holdsSql } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, SlotWriter, tableOf } from './statement.ts';
import { CheckWriter, type WriteCheck } from './write-checks.ts';
import { accessSql, columnList, type RightsContext, stampSql } from './write-row.ts';
import { addAccessCheck } from './write-targets.ts';

type Authorized = RightsContext['authorized'];

export interface CompiledCheck {
  readonly statement: CompiledStatement;
  readonly checks: readonly WriteCheck[];
}

/**
 * Locks the record FOR UPDATE, against which the key-share locks of writers of referring records collide, and judges it.
 * Row: none when there is no readable record; else `version` and `failed`. Parameters: `id`, `@if_match` when versioned.
 */
export function lockStatement(authorized: Authorized, entity: EntityType, versioned: boolean): CompiledCheck {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const checks = new CheckWriter();
  const judged = judgedRow(context, entity, versioned, checks);
  const text = `select ${columnOf('o', entity, 'version')}::text as version, ${checks.sql()} as failed from (${judged}) o`;
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

/**
 * The whole delete of a record nothing can refer to, in one statement. Rows as lockStatement; `version` is the new one when
 * nothing failed. Parameters: as there, `@delete_id`, `@client`.
 */
export function leafDeleteStatement(authorized: Authorized, entity: EntityType, versioned: boolean): CompiledCheck {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const checks = new CheckWriter();
  const judged = judgedRow(context, entity, versioned, checks);
  const text =
    `with c as materialized (select ${columnList(entity, 'o')}, ${checks.sql()} as "@failed" from (${judged}) o), ` +
    `${markParts(context, entity, `and c."@failed" = ''`, false)} ` +
    `select coalesce(w.version, ${columnOf('c', entity, 'version')})::text as version, c."@failed" as failed ` +
    'from c left join w on true';
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

function judgedRow(context: RightsContext, entity: EntityType, versioned: boolean, checks: CheckWriter): string {
  const readable = accessSql(context, entity, 'read', 't');
  deleteCheck(context, checks, entity);
  if (versioned) {
    const versions = context.slots.use({ from: 'value', name: '@if_match' }, 'bigint[]');
    const check = { rank: 'version', code: 'precondition_failed', values: {} } as const;
    checks.failsWhen(`${columnOf('o', entity, 'version')} <> all(${versions})`, check);
  }
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  return (
    `select ${columnList(entity, 't')} from ${tableOf(entity)} t where t.id = ${id} and t.deleted_on is null` +
    `${readable === 'true' ? '' : ` and ${readable}`} for update of t`
  );
}

/** The check of the right to delete, or bring back, the record `o`. */
export function deleteCheck(context: RightsContext, checks: CheckWriter, entity: EntityType): void {
  const deletable = accessSql(context, entity, 'delete', 'o');
  if (deletable === 'true') return;
  addAccessCheck(context, checks, `not ${deletable}`, { entity, privilege: 'delete', rank: 'record' });
}

/**
 * Locks the live records of `entity` that refer to one of `@parents` and are not in `@doomed`. Rows: `id`, `deletable`.
 */
export function childrenStatement(authorized: Authorized, entity: EntityType, reference: Reference): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const deletable = accessSql(context, entity, 'delete', 't');
  const text =
    `select t.id::text as id, ${deletable} as deletable from ${tableOf(entity)} t ` +
    `where ${refersTo(context, entity, reference)} order by t.id for update of t`;
  return { text, slots: context.slots.slots };
}

/** One row when a live record of `entity` refers to one of `@parents` and is not in `@doomed`. */
export function referrerStatement(authorized: Authorized, entity: EntityType, reference: Reference): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const text = `select '1' as found from ${tableOf(entity)} t where ${refersTo(context, entity, reference)} limit 1`;
  return { text, slots: context.slots.slots };
}

/**
 * Clears the lookup (with several targets id and type) of the live records of `entity` that refer to one of `@parents` and are not in `@doomed`, as writes of
 * the actor: new version, change-log row; and remembers it for a restore. Rows: `id`, `before`, `after` of each.
 */
export function releaseStatement(authorized: Authorized, entity: EntityType, reference: Reference): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { slots } = context;
  const properties = heldBy(entity, reference);
  const cleared = properties.map(({ column }) => `${quoteIdentifier(column)} = null`);
  const locked = `select ${columnList(entity, 't')} from ${tableOf(entity)} t where ${refersTo(context, entity, reference)} order by t.id for no key update of t`;
  const update = `update ${tableOf(entity)} t set ${cleared.join(', ')}, ${stampSql(context, entity)} from c where t.id = c.id returning ${columnList(entity, 't')}`;
  const logged = loggedProperties(properties);
  const log = changeLogInsert(
    {
      entity,
      operation: 'update',
      id: 'w.id',
      version: 'w.version',
      before: imageSql(logged, 'c'),
      after: imageSql(logged, 'w'),
      from: 'w join c on c.id = w.id',
    },
    slots,
  );
  const parts = [
    `c as materialized (${locked})`,
    `w as (${update})`,
    `l as (${log} returning record_id, before, after)`,
    `n as (${rememberReleased(entity, reference, `${columnOf('c', entity, 'version')} + 1`)})`,
  ];
  return {
    text: `with ${parts.join(', ')} select l.record_id::text as id, l.before::text as before, l.after::text as after from l`,
    slots: slots.slots,
  };
}

/** Marks the records `@ids`, locked before, as deleted by `@delete_id`. Rows: `id`, `version`, and `before` when `images`. */
export function markStatement(authorized: Authorized, entity: EntityType, images: boolean): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const ids = context.slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const rows = `select ${columnList(entity, 't')} from ${tableOf(entity)} t where t.id = any(${ids}) and t.deleted_on is null for update of t`;
  const text =
    `with c as materialized (${rows}), ${markParts(context, entity, '', images)} ` +
    `select w.id::text as id, w.version::text as version${images ? ', l.before::text as before' : ''} ` +
    `from w${images ? ' join l on l.record_id = w.id' : ''}`;
  return { text, slots: context.slots.slots };
}

function markParts(context: RightsContext, entity: EntityType, condition: string, images: boolean): string {
  const { slots } = context;
  const deleteId = slots.use({ from: 'value', name: '@delete_id' }, 'uuid');
  const update =
    `update ${tableOf(entity)} t set deleted_on = now(), delete_id = ${deleteId}, ${stampSql(context, entity)} ` +
    `from c where t.id = c.id ${condition} returning t.id, ${columnOf('t', entity, 'version')} as version`;
  const log = changeLogInsert(
    {
      entity,
      operation: 'delete',
      id: 'w.id',
      version: 'w.version',
      before: imageSql(loggedProperties(storedProperties(entity)), 'c'),
      after: 'null::jsonb',
      from: 'w join c on c.id = w.id',
    },
    slots,
  );
  return `w as (${update}), l as (${log}${images ? ' returning record_id, before' : ''})`;
}

function refersTo(context: RightsContext, entity: EntityType, reference: Reference): string {
  const parents = context.slots.use({ from: 'value', name: '@parents' }, 'uuid[]');
  const doomed = context.slots.use({ from: 'value', name: '@doomed' }, 'uuid[]');
  const holds = holdsSql('t', entity, reference);
  return `${columnOf('t', entity, reference.property)} = any(${parents})${holds} and t.deleted_on is null and t.id <> all(${doomed})`;
}
