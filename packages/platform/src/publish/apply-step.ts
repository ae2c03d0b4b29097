// What each kind of background step does when it is tried, for the first time or again: what an interrupted attempt left behind is
// used or removed. Batches are transactions of their own, in which the step notes how far it has come.
import type { AfterKind } from '../sql/ddl.ts';
import { NUMBERING } from '../sql/ddl-rows.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import type { PendingStep } from './after-steps.ts';
import { faultPoint } from './fault.ts';

const PAUSE_MS = 100;
const ATTEMPTS = 5;
/** deadlock_detected, lock_not_available: they pass; so does the table being altered by the next publish. */
const CONTENTION: ReadonlySet<string> = new Set(['40P01', '55P03']);

/** Longest that a batch waits for a record: shorter than the second after which PostgreSQL looks for a victim of a deadlock. */
const BATCH_LOCK_MS = 200;

/** Ended by whoever wants the process to stop, between two batches; the step goes on another time. */
export class StepsStopped extends Error {}

/** Ended because somebody gave the step up; the batch under way is undone. */
export class StepGivenUp extends Error {}

/** What a step may ask for while it is at it. */
export interface StepContext {
  /** A session in no transaction. */
  readonly session: Executor;
  readonly isStopped: () => boolean;
}

/** Carries a step out. Throws the driver's error, StepsStopped or StepGivenUp. */
export function applyStep(context: StepContext, step: PendingStep): Promise<unknown> {
  return repeatOnContention(() => APPLY[step.kind](context, step));
}

const APPLY: Readonly<Record<AfterKind, (context: StepContext, step: PendingStep) => Promise<unknown>>> = {
  create_index: ({ session }, step) => createIndex(session, step),
  drop_index: ({ session }, step) => session.run(step.sql),
  validate: ({ session }, step) => validateConstraint(session, step),
  number_rows: numberRows,
  fill_rows: fillRows,
  convert_rows: fillRows,
};

/** Rows that one statement numbers: few, so that whoever writes one of them waits for milliseconds. */
const NUMBERED_AT_ONCE = 1000;

/**
 * Numbers the records that were there before the field, oldest first. An interrupted run left whole batches behind; the next
 * goes on with the rows that have no number. Nothing to do when the table or the column is gone.
 */
async function numberRows(context: StepContext, step: PendingStep): Promise<void> {
  const { session } = context;
  const table = `data.${quoteIdentifier(step.table)}`;
  if (!(await hasColumn(session, step))) return;
  await session.run(`drop table if exists pg_temp.${NUMBERING}`);
  await session.run(
    `create temp table ${NUMBERING} as select row_number() over (order by created_on, id) as place, id, created_on
     from ${table} where ${quoteIdentifier(step.object)} is null`,
  );
  await session.run(`alter table pg_temp.${NUMBERING} add primary key (place)`);
  await session.run(`analyze pg_temp.${NUMBERING}`);
  const [found] = await session.run(`select count(*)::text as rows from pg_temp.${NUMBERING}`);
  const total = Number(found?.rows);
  await noteTotal(session, step, `coalesce(rows_done, 0) + ${total}`);
  for (let place = 0; place < total; place += NUMBERED_AT_ONCE) {
    await batch(context, place / NUMBERED_AT_ONCE + 1, async () => {
      await session.run(step.sql, [String(place), String(place + NUMBERED_AT_ONCE)]);
      await noteBatch(session, step, Math.min(NUMBERED_AT_ONCE, total - place), null);
    });
  }
  await session.run(`drop table pg_temp.${NUMBERING}`);
}

/** Gives stored records a value that is made from their others, in the order of ids; an interrupted run goes on behind its last batch. */
async function fillRows(context: StepContext, step: PendingStep): Promise<void> {
  const { session } = context;
  if (!(await hasColumn(session, step))) return;
  await noteTotal(
    session,
    step,
    `(select greatest(reltuples, 0)::bigint from pg_class where oid = to_regclass($2::text))`,
    [`data.${quoteIdentifier(step.table)}`],
  );
  let last = step.place;
  let rows: readonly Row[] = [];
  for (let number = 1; number === 1 || rows.length > 0; number += 1) {
    await batch(context, number, async () => {
      rows = await session.run(step.sql, [last]);
      const [row] = rows;
      if (row !== undefined) await noteBatch(session, step, Number(row.rows), String(row.last));
    });
    last = String(rows[0]?.last);
  }
}

/** One transaction of a long step, repeated where it met others. */
async function batch({ session, isStopped }: StepContext, number: number, work: () => Promise<void>): Promise<void> {
  if (isStopped()) throw new StepsStopped();
  faultPoint('before_batch', number);
  await repeatOnContention(async () => {
    // Who works with a record goes first: where it is held, the batch lets go of all of its own.
    await session.run(`begin; set local lock_timeout = '${BATCH_LOCK_MS}'`, [], { script: true });
    try {
      await work();
      await session.run('commit');
    } catch (error) {
      await session.run('rollback');
      throw error;
    }
  });
  faultPoint('after_batch', number);
}

async function noteTotal(
  session: Executor,
  step: PendingStep,
  total: string,
  more: readonly string[] = [],
): Promise<void> {
  const sql = `update kartoteka.publish_step set rows_done = coalesce(rows_done, 0), rows_total = ${total} where id = $1::bigint`;
  await session.run(sql, [step.id, ...more]);
}

/** Estimates grow with what is done: nobody is told of more rows than there are. */
async function noteBatch(session: Executor, step: PendingStep, rows: number, place: string | null): Promise<void> {
  const noted = await session.run(
    `update kartoteka.publish_step set rows_done = coalesce(rows_done, 0) + $2::bigint,
       rows_total = greatest(rows_total, coalesce(rows_done, 0) + $2::bigint), place = coalesce($3::text, place)
     where id = $1::bigint and given_up_on is null returning id`,
    [step.id, String(rows), place],
  );
  if (noted.length === 0) throw new StepGivenUp();
}

/** False when a later publish has taken the table or the column away. */
async function hasColumn(session: Executor, step: PendingStep): Promise<boolean> {
  const rows = await session.run(
    `select from pg_attribute where attrelid = to_regclass($1::text) and attname = $2::text and not attisdropped`,
    [`data.${quoteIdentifier(step.table)}`, step.object],
  );
  return rows.length > 0;
}

async function createIndex(session: Executor, step: PendingStep): Promise<void> {
  const [index] = await session.run(
    `select x.indisvalid and x.indisready as valid from pg_index x where x.indexrelid = to_regclass($1::text)`,
    [`data.${quoteIdentifier(step.object)}`],
  );
  if (index?.valid === true) return;
  // An invalid index is what an interrupted CREATE INDEX CONCURRENTLY leaves behind.
  if (index !== undefined) await session.run(`drop index concurrently if exists data.${quoteIdentifier(step.object)}`);
  await session.run(step.sql);
}

/** Nothing to do when a later publish has replaced or removed the constraint. */
async function validateConstraint(session: Executor, step: PendingStep): Promise<void> {
  const [constraint] = await session.run(
    `select convalidated from pg_constraint
     where conrelid = to_regclass($1::text) and conname = $2::text`,
    [`data.${quoteIdentifier(step.table)}`, step.object],
  );
  if (constraint !== undefined && constraint.convalidated !== true) await session.run(step.sql);
}

async function repeatOnContention(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !CONTENTION.has((error as { code?: string }).code ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}
