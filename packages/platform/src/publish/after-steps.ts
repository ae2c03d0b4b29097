// The statements of a publish that run after its commit: indexes built concurrently, constraints validated. Each may be
// repeated; what a dead process left behind is finished by whoever comes next. It must not change documents or the Model.
import type { Log } from '../platform-types.ts';
import type { AfterKind, DdlStep } from '../sql/ddl.ts';
import type { Database, Executor, Row } from '../storage/types.ts';
import { applyStep, type StepContext, StepGivenUp, StepsStopped } from './apply-step.ts';
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
  /** Id of the last row it has dealt with; null at its beginning. */
  readonly place: string | null;
  /** The time of its next attempt has come. */
  readonly due: boolean;
}

/** Steps of all revisions that are not done, in the order to run them. */
export async function pendingSteps(executor: Executor): Promise<PendingStep[]> {
  const rows = await executor.run(
    `select id::text as id, revision::text as revision, kind, object, table_name, sql, error, place, due_on <= now() as due
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
  await supersede(tx, rows);
  await tx.run(
    `insert into kartoteka.publish_step (revision, kind, object, table_name, sql)
     select $1::bigint, kind, object, table_name, sql
     from json_to_recordset($2::json) as step(place int, kind text, object text, table_name text, sql text) order by place`,
    [String(revision), JSON.stringify(rows)],
  );
}

/** An index that is not built yet and is not wanted any more: its end is the step that drops it, whether it can be built or not. */
async function supersede(
  tx: Executor,
  rows: readonly { readonly kind: AfterKind; readonly object: string }[],
): Promise<void> {
  const dropped = rows.filter(({ kind }) => kind === 'drop_index').map(({ object }) => object);
  if (dropped.length === 0) return;
  await tx.run(
    `update kartoteka.publish_step set done_on = now(), error = 'not wanted any more'
     where done_on is null and kind = 'create_index' and object in (select json_array_elements_text($1::json))`,
    [JSON.stringify(dropped)],
  );
}

const POLL_MS = 100;

export interface RunOptions {
  /** How long to wait for another node that is at it; ten minutes unless given. */
  readonly waitMs?: number;
  /** Leave out steps that are waiting for their next attempt. */
  readonly onlyDue?: boolean;
  /** Asked between batches: true ends the run early. */
  readonly isStopped?: () => boolean;
  /** Told the id of the server process that runs the steps, so that it can be cancelled. */
  readonly onSession?: (pid: string) => void;
}

/**
 * Runs what is pending, one step after the other, one node at a time; waits for another node that is at it. Returns what is
 * still pending: steps that failed (logged, recorded, tried again later) and steps another node is still running. Throws
 * StepsStopped, and what the driver throws when the database cannot be asked.
 */
export async function runAfterSteps(database: Database, log: Log, options: RunOptions = {}): Promise<PendingStep[]> {
  const deadline = Date.now() + (options.waitMs ?? 600_000);
  for (;;) {
    if ((await pendingSteps(database)).length === 0) return [];
    if (await runWhileAlone(database, log, options)) return pendingSteps(database);
    if (Date.now() > deadline) return pendingSteps(database);
    await pause(POLL_MS);
  }
}

/** False when another node runs the steps. */
async function runWhileAlone(database: Database, log: Log, options: RunOptions): Promise<boolean> {
  return withoutTransaction(database, async (session) => {
    // Tried, not awaited: a statement that waits keeps its snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots.
    const [row] = await session.run(
      `select pg_try_advisory_lock(${AFTER_STEPS_LOCK}) as locked, pg_backend_pid()::text as pid`,
    );
    if (row?.locked !== true) return false;
    options.onSession?.(String(row.pid));
    try {
      await runSteps({ session, isStopped: options.isStopped ?? (() => false) }, log, options.onlyDue === true);
      return true;
    } finally {
      await session.run(`select pg_advisory_unlock(${AFTER_STEPS_LOCK})`);
    }
  });
}

async function runSteps(context: StepContext, log: Log, onlyDue: boolean): Promise<void> {
  const failed = new Set<string>();
  for (const [index, step] of (await pendingSteps(context.session)).entries()) {
    if (context.isStopped()) throw new StepsStopped();
    // An index is dropped before it is built anew under its name: what comes later for an object waits for what is before it.
    const object = `${step.table} ${step.object}`;
    if ((onlyDue && !step.due) || failed.has(object)) {
      failed.add(object);
      continue;
    }
    faultPoint('before_after_step', index + 1);
    if (!(await runStep(context, step, log))) failed.add(object);
    faultPoint('after_after_step', index + 1);
  }
}

/** Waits before the next attempts: twice as long each time, up to the last. */
const FIRST_WAIT_S = 5;
const LONGEST_WAIT_S = 3600;

/** False: it failed, which is recorded. Throws StepsStopped. */
async function runStep(context: StepContext, step: PendingStep, log: Log): Promise<boolean> {
  const { session } = context;
  const fields = { revision: step.revision, kind: step.kind, object: step.object, table: step.table };
  const begun = await session.run(
    'update kartoteka.publish_step set started_on = now(), attempts = attempts + 1 where id = $1::bigint and done_on is null returning id',
    [step.id],
  );
  // Given up since the steps were listed, or superseded.
  if (begun.length === 0) return true;
  try {
    await applyStep(context, step);
    await session.run(
      'update kartoteka.publish_step set done_on = now(), error = null where id = $1::bigint and done_on is null',
      [step.id],
    );
    log.info(fields, 'publish step done');
    return true;
  } catch (error) {
    // Whoever stops the process cancels the statement that is under way.
    if (error instanceof StepsStopped || context.isStopped()) throw new StepsStopped();
    if (error instanceof StepGivenUp) return true;
    const { code, message } = error as { code?: string; message: string };
    log.error({ ...fields, code }, 'publish step failed; it will be tried again');
    await session.run(
      `update kartoteka.publish_step set error = $2::text, due_on = now() + make_interval(
         secs => least(${LONGEST_WAIT_S}, ${FIRST_WAIT_S} * 2.0 ^ least(attempts - 1, 20))) where id = $1::bigint and done_on is null`,
      [step.id, `${code ?? ''} ${message}`.trim()],
    );
    return false;
  }
}

/** A session in no transaction and under no time limit, as CONCURRENTLY needs. */
async function withoutTransaction<T>(database: Database, work: (session: Executor) => Promise<T>): Promise<T> {
  return database.session(async (session) => {
    await session.run(`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`);
    return work(session);
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
    place: row.place as string | null,
    due: row.due === true,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
