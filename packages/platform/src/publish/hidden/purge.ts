// The purge of what removed fields and entities have left: planned with what is lost, then dropped for good in one short transaction.
// It is a revision of its own with the same documents, so that whoever worked out a publish over the dropped columns begins anew.
import { createHash } from 'node:crypto';
import { modelHash } from '@kartoteka/metadata';
import { sqlState } from '../../database-errors.ts';
import { errorDetail, PlatformError } from '../../errors.ts';
import { recordSecurityEvent, type SecurityEvent } from '../../security-log/record.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { Database, Executor } from '../../storage/types.ts';
import { pendingSteps } from '../after-steps.ts';
import { deadlineFromNow, exclusively } from '../exclusively.ts';
import { faultPoint } from '../fault.ts';
import { modelOf } from '../plan.ts';
import { RecordCounter } from '../plan-report/count.ts';
import type { RecordCount } from '../plan-report/types.ts';
import { readStored } from '../read-stored.ts';
import { announceRevision, writeRevision } from '../store.ts';
import { lockTables } from '../table-locks.ts';
import { type HiddenItem, hiddenItems } from './list.ts';

/** Columns and tables that are purged together: each is locked until the end. */
export const MOST_ITEMS = 200;

/** A hidden item with the records that lose a value, or all of themselves. */
export interface PurgedItem extends HiddenItem, RecordCount {}

export interface PurgePlan {
  /** Revision that the plan stands on. */
  readonly revision: number;
  /** Tells this plan from every other; numbers of records are no part of it. */
  readonly fingerprint: string;
  readonly items: readonly PurgedItem[];
  readonly steps: readonly { readonly sql: string; readonly lock: string }[];
}

export interface PurgeInput {
  /** Items to purge; absent: all that is hidden, the first of them where they are more than one purge takes. */
  readonly items?: readonly string[];
  /** Of the plan that was seen. */
  readonly fingerprint: string;
  /** Who asks, for the revision and the security event. */
  readonly actor: Pick<SecurityEvent, 'actorId' | 'callerId' | 'origin'>;
  readonly comment: string;
}

export interface PurgeResult {
  readonly revision: number;
  readonly items: readonly PurgedItem[];
}

/** What a purge would drop. Throws PlatformError `unknown_resource` for an item that is not hidden. */
export async function planPurge(database: Database, items?: readonly string[]): Promise<PurgePlan> {
  return database.snapshot(async (tx) => {
    const counter = await RecordCounter.begin(tx);
    const { revision } = await readStored(tx);
    const chosen = chosenOf(await hiddenItems(tx), items);
    const counted: PurgedItem[] = [];
    for (const item of chosen) counted.push({ ...item, ...(await countOf(counter, item)) });
    const steps = stepsOf(chosen);
    return { revision, fingerprint: fingerprintOf(revision, steps), items: counted, steps };
  });
}

/**
 * Drops what the plan says. Throws PlatformError `unknown_resource`, `plan_moved`, `conflict` (a background step still reads the
 * values) or `overloaded` (no lock for two minutes); nothing is dropped then.
 */
export async function purgeHidden(database: Database, input: PurgeInput): Promise<PurgeResult> {
  const plan = await planPurge(database, input.items);
  if (plan.fingerprint !== input.fingerprint) throw new PlatformError('plan_moved');
  if (plan.items.length === 0) return { revision: plan.revision, items: [] };
  const done = await exclusively(database, plan.revision, deadlineFromNow(), (tx) => drop(tx, plan, input));
  if (!done) throw new PlatformError('plan_moved');
  faultPoint('purge_committed');
  return { revision: plan.revision + 1, items: plan.items };
}

function chosenOf(hidden: readonly HiddenItem[], items: readonly string[] | undefined): readonly HiddenItem[] {
  if (items === undefined) return hidden.slice(0, MOST_ITEMS);
  const unknown = items.filter((name) => !hidden.some(({ item }) => item === name));
  if (unknown.length > 0) {
    const details = unknown.map((name) => errorDetail('unknown_resource', { name }, name));
    throw new PlatformError('unknown_resource', { name: unknown.join(', ') }, { details });
  }
  return hidden.filter(({ item }) => items.includes(item));
}

const placeOf = ({ schema, table }: HiddenItem): string => `${schema}.${quoteIdentifier(table)}`;

function countOf(counter: RecordCounter, item: HiddenItem): Promise<RecordCount> {
  return counter.count(placeOf(item), item.column === null ? 'true' : `${quoteIdentifier(item.column)} is not null`);
}

/** Columns of one table in one statement; a column takes its sequence along, a table everything of it. */
function stepsOf(items: readonly HiddenItem[]): PurgePlan['steps'] {
  const lock = 'access exclusive, milliseconds: only the catalogue changes';
  const columns = Map.groupBy(
    items.filter(({ kind }) => kind === 'column'),
    placeOf,
  );
  const tables = items.filter(({ kind }) => kind === 'table');
  return [
    ...[...columns].map(([place, dropped]) => {
      const actions = dropped.map(({ column }) => `drop column ${quoteIdentifier(column ?? '')}`);
      return { sql: `alter table ${place} ${actions.join(', ')}`, lock };
    }),
    ...(tables.length === 0 ? [] : [{ sql: `drop table ${tables.map(placeOf).join(', ')}`, lock }]),
  ];
}

function fingerprintOf(revision: number, steps: PurgePlan['steps']): string {
  return createHash('sha256')
    .update(JSON.stringify([revision, steps.map(({ sql }) => sql)]))
    .digest('hex');
}

async function drop(tx: Executor, plan: PurgePlan, input: PurgeInput): Promise<void> {
  const stored = await readStored(tx);
  await refuseWhileRead(tx, plan.items);
  const record = { number: plan.revision + 1, author: input.actor.actorId, comment: input.comment };
  const same = { callerId: input.actor.callerId ?? null, changes: [], modelHash: modelHash(modelOf(stored)) };
  await writeRevision(tx, stored.documents, stored.documents, { ...record, ...same });
  await forget(tx, plan.items);
  const items = plan.items.map(({ item, records, more }) => ({ item, records, more }));
  await recordSecurityEvent(tx, { ...input.actor, kind: 'hidden_data_purged', details: { ...record, items } });
  faultPoint('purge_stored');
  await lockTables(
    tx,
    plan.items.map((item) => ({ table: placeOf(item), mode: 'access exclusive' as const })),
  );
  for (const { sql } of plan.steps) await dropOne(tx, sql);
  for (const schema of new Set(plan.items.map(({ schema }) => schema))) await dropEmptySchema(tx, schema);
  faultPoint('purge_dropped');
  await announceRevision(tx, record.number, stored.baseVersion);
}

/** dependent_objects_still_exist */
const DEPENDED_ON = '2BP01';

async function dropOne(tx: Executor, sql: string): Promise<void> {
  try {
    await tx.run(sql);
  } catch (error) {
    if (sqlState(error) !== DEPENDED_ON) throw error;
    const reason =
      'Something in the database that the product did not make, such as a view, uses what is to be dropped';
    throw new PlatformError('conflict', { reason });
  }
}

/** Values are dropped once nothing brings them over any more. */
async function refuseWhileRead(tx: Executor, items: readonly HiddenItem[]): Promise<void> {
  const pending = await pendingSteps(tx);
  const reading = pending.find(
    ({ kind, table }) => kind === 'convert_rows' && items.some((item) => item.table === table),
  );
  if (reading === undefined) return;
  const reason = `A background step still converts values of ${reading.table}; GET /metadata/steps tells how far it is, and step ${reading.id} can be given up`;
  throw new PlatformError('conflict', { reason });
}

/** The names are free again, but what was logged under them stays out of sight. Nothing is left to do on a table that goes. */
async function forget(tx: Executor, items: readonly HiddenItem[]): Promise<void> {
  const rows = JSON.stringify(items.filter(({ schema }) => schema === 'data'));
  const gone = `json_to_recordset($1::json) as g("table" text, "column" text)`;
  await tx.run(
    `with gone as (
       delete from kartoteka.storage_column s using ${gone}
       where s.table_name = g."table" and (g."column" is null or s.column_name = g."column")
       returning s.entity, s.property, s.hidden_on)
     insert into kartoteka.former_property as f (entity, property, hidden_on)
     select entity, property, max(hidden_on) from gone where hidden_on is not null group by entity, property
     on conflict (entity, property) do update set hidden_on = greatest(f.hidden_on, excluded.hidden_on)`,
    [rows],
  );
  await tx.run(
    `delete from kartoteka.hidden_table h using ${gone} where g."column" is null and h.table_name = g."table"`,
    [rows],
  );
  await tx.run(
    `update kartoteka.publish_step s set done_on = now(), error = 'the table was purged'
     from ${gone} where s.done_on is null and g."column" is null and s.table_name = g."table"`,
    [rows],
  );
}

/** Of tables that made room; `data` stays. */
async function dropEmptySchema(tx: Executor, schema: string): Promise<void> {
  if (schema === 'data') return;
  const rows = await tx.run(`select from pg_class where relnamespace = to_regnamespace($1::text) limit 1`, [schema]);
  if (rows.length === 0) await tx.run(`drop schema ${quoteIdentifier(schema)}`);
}
