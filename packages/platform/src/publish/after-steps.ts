// The statements of a publish that run after its commit: indexes built concurrently, constraints validated. Each may be
// repeated; what a dead process left behind is finished by whoever comes next. It must not change documents or the Model.
import type { Log } from '../platform-types.ts';
import type { AfterKind, DdlStep } from '../sql/ddl.ts';
import { NUMBERING } from '../sql/ddl-rows.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import type { Database, Executor, Row } from '../storage/types.ts';
import { faultPoint } from './fault.ts';
import { AFTER_STEPS_LOCK } from './locks.ts';

/** A step that is not done yet. `error` is the last attempt's, null when there was none. */
export interface PendingStep {
  readonly id: string;
  readonly revision: number;
  readonly kind: AfterKind;
  /** Index or constraint. */
  readonly object: string;
  /** Table in schema `data`. */
  readonly table: string;
  readonly sql: string;
  readonly error: string | null;
}

/** Steps of all revisions that are not done, in the order to run them. */
export async function pendingSteps(executor: Executor): Promise<PendingStep[]> {
  const rows = await executor.run(
    `select id::text as id, revision::text as revision, kind, object, table_name, sql, error
     from kartoteka.publish_step where done_on is null order by id`,
  );
  return rows.map(toStep);
}

/** Records the after steps of a revision; part of the publish transaction. */
export async function recordAfterSteps(tx: Executor, revision: number, steps: readonly DdlStep[]): Promise<void> {
  const rows = steps.flatMap((step, place) =>
    step.after === undefined
      ? []
      : [{ place, kind: step.after.kind, object: step.after.object, table_name: step.after.table, sql: step.sql }],
  );
  if (rows.length === 0) return;
  await tx.run(
    `insert into kartoteka.publish_step (revision, kind, object, table_name, sql)
     select $1::bigint, kind, object, table_name, sql
     from json_to_recordset($2::json) as step(place int, kind text, object text, table_name text, sql text) order by place`,
    [String(revision), JSON.stringify(rows)],
  );
}

const POLL_MS = 100;
const ATTEMPTS = 5;

/**
 * Runs what is pending, one step after the other, one node at a time; waits for another node that is at it, for `waitMs`
 * at most. Returns what is still pending: steps that failed (logged, recorded, tried again next time) and steps another
 * node is still running. Throws only when the database cannot be asked.
 */
export async function runAfterSteps(database: Database, log: Log, waitMs = 600_000): Promise<PendingStep[]> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    if ((await pendingSteps(database)).length === 0) return [];
    if (await runWhileAlone(database, log)) return pendingSteps(database);
    if (Date.now() > deadline) return pendingSteps(database);
    await pause(POLL_MS);
  }
}

/** False when another node runs the steps. */
async function runWhileAlone(database: Database, log: Log): Promise<boolean> {
  return withoutTransaction(database, async (session) => {
    // Tried, not awaited: a statement that waits keeps its snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots.
    const [row] = await session.run(`select pg_try_advisory_lock(${AFTER_STEPS_LOCK}) as locked`);
    if (row?.locked !== true) return false;
    try {
      for (const [index, step] of (await pendingSteps(session)).entries()) {
        faultPoint('before_after_step', index + 1);
        await runStep(session, step, log);
        faultPoint('after_after_step', index + 1);
      }
      return true;
    } finally {
      await session.run(`select pg_advisory_unlock(${AFTER_STEPS_LOCK})`);
    }
  });
}

async function runStep(session: Executor, step: PendingStep, log: Log): Promise<void> {
  const fields = { revision: step.revision, kind: step.kind, object: step.object, table: step.table };
  try {
    await repeatOnContention(() => APPLY[step.kind](session, step));
    await session.run('update kartoteka.publish_step set done_on = now(), error = null where id = $1::bigint', [
      step.id,
    ]);
    log.info(fields, 'publish step done');
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    log.error({ ...fields, code }, 'publish step failed; it will be tried again at the next publish or start');
    await session.run('update kartoteka.publish_step set error = $2::text where id = $1::bigint', [
      step.id,
      `${code ?? ''} ${message}`.trim(),
    ]);
  }
}

const APPLY: Readonly<Record<AfterKind, (session: Executor, step: PendingStep) => Promise<unknown>>> = {
  create_index: createIndex,
  drop_index: (session, step) => session.run(step.sql),
  validate: validateConstraint,
  number_rows: numberRows,
  fill_rows: fillRows,
};

/** Rows that one statement numbers: few, so that whoever writes one of them waits for milliseconds. */
const NUMBERED_AT_ONCE = 1000;

/**
 * Numbers the records that were there before the field, oldest first. An interrupted run left whole batches behind; the next
 * goes on with the rows that have no number. Nothing to do when the table or the column is gone.
 */
async function numberRows(session: Executor, step: PendingStep): Promise<void> {
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
  for (let place = 0; place < Number(found?.rows); place += NUMBERED_AT_ONCE) {
    await repeatOnContention(() => session.run(step.sql, [String(place), String(place + NUMBERED_AT_ONCE)]));
    faultPoint('after_batch', place / NUMBERED_AT_ONCE + 1);
  }
  await session.run(`drop table pg_temp.${NUMBERING}`);
}

/** Gives stored records the value of a column that is made from their others, batch by batch; what has it is left alone. */
async function fillRows(session: Executor, step: PendingStep): Promise<void> {
  if (!(await hasColumn(session, step))) return;
  let last: string | null = null;
  let rows: readonly Row[] = [];
  for (let batch = 1; batch === 1 || rows.length > 0; batch += 1) {
    await repeatOnContention(async () => {
      rows = await session.run(step.sql, [last]);
    });
    last = String(rows[0]?.last);
    faultPoint('after_batch', batch);
  }
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

/** Deadlocks and lock timeouts pass; so does the table being altered by the next publish. */
async function repeatOnContention(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !['40P01', '55P03'].includes((error as { code?: string }).code ?? '')) throw error;
      await pause(POLL_MS * attempt);
    }
  }
}

/**
 * Runs `work` on one session that is in no transaction and under no time limit, as CONCURRENTLY needs. The pool lends a
 * session only as a transaction; so that one is committed at once, and the COMMIT at its end finds nothing to do.
 */
async function withoutTransaction<T>(database: Database, work: (session: Executor) => Promise<T>): Promise<T> {
  return database.transaction(async (session) => {
    await session.run('select');
    await session.run('commit');
    await session.run(`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`);
    try {
      return await work(session);
    } finally {
      await session.run('reset statement_timeout');
      await session.run('reset lock_timeout');
    }
  });
}

function toStep(row: Row): PendingStep {
  return {
    id: String(row.id),
    revision: Number(row.revision),
    kind: row.kind as AfterKind,
    object: String(row.object),
    table: String(row.table_name),
    sql: String(row.sql),
    error: row.error as string | null,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
