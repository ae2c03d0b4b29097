// Adds jobs inside somebody's transaction: they are there if and only if it commits. Needs no connection to the queue's own
// library, so that whoever holds an Executor can do it, in one statement for any number of jobs of a kind.
import type { Executor } from '../storage/types.ts';
import { JOBS_CHANNEL, JOBS_SCHEMA } from './names.ts';

export interface EnqueueOptions {
  /** Not before then; seconds from now as a number. */
  readonly startAfter?: Date | number;
  /** For definitions with a `key`. */
  readonly singletonKey?: string;
}

export interface NewJob extends EnqueueOptions {
  /** JSON; what `run` gets as `job.data`. */
  readonly data: unknown;
}

/** Adds a job. Its id, or null when a job of the same key is there (see `JobDefinition.key`). Throws 23503 for an unknown name. */
export async function enqueue(
  tx: Executor,
  name: string,
  data: unknown,
  options: EnqueueOptions = {},
): Promise<string | null> {
  const [id] = await enqueueMany(tx, name, [{ ...options, data }]);
  return id ?? null;
}

/** The same for many of one kind, in one statement and kept in this order; ids of those that were added. */
export async function enqueueMany(tx: Executor, name: string, jobs: readonly NewJob[]): Promise<readonly string[]> {
  if (jobs.length === 0) return [];
  const given = jobs.map(({ data, startAfter, singletonKey }) => ({
    data,
    at: startAfter instanceof Date ? startAfter.toISOString() : null,
    in: typeof startAfter === 'number' ? startAfter : 0,
    key: singletonKey ?? null,
  }));
  const rows = await tx.run(ADD, [name, JSON.stringify(given)], { prepare: true });
  return rows.map(({ id }) => String(id));
}

/**
 * The insert of pg-boss 12 (schema 46), whose own needs its connection. `created_on` is the order in which jobs are run: the clock,
 * and the place in the list. Nodes that wait are told at commit, unless nothing is due.
 */
const ADD = `with given as (
  select ord, data, key, coalesce(at, now() + make_interval(secs => delay)) as start_after
  from rows from (json_to_recordset($2::text::json) as (data jsonb, at timestamptz, "in" float8, key text)) with ordinality
    as given(data, at, delay, key, ord)
), added as (
  insert into ${JOBS_SCHEMA}.job (name, data, start_after, created_on, singleton_key, policy, retry_limit, retry_delay, retry_backoff,
    retry_delay_max, expire_seconds, deletion_seconds, keep_until, dead_letter, heartbeat_seconds)
  select $1::text, data, start_after, clock_timestamp() + ord * interval '1 microsecond', key, q.policy, coalesce(q.retry_limit, 0),
    coalesce(q.retry_delay, 0), coalesce(q.retry_backoff, false), q.retry_delay_max, coalesce(q.expire_seconds, 900),
    coalesce(q.deletion_seconds, 86400), start_after + make_interval(secs => coalesce(q.retention_seconds, 86400)), q.dead_letter,
    q.heartbeat_seconds
  from given left join ${JOBS_SCHEMA}.queue q on q.name = $1::text order by ord
  on conflict do nothing
  returning id::text as id, start_after
), told as (select pg_notify('${JOBS_CHANNEL}', $1::text) from added where start_after <= now() limit 1)
select id from added where (select count(*) from told) >= 0`;
