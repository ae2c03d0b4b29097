// The background steps of publishes as a person follows them: what is pending and how far it is, and what is done. Reads only.
import type { Executor } from '../storage/types.ts';

/** A background step. Moments are texts of RFC 3339. */
export interface ListedStep {
  readonly id: number;
  readonly revision: number;
  readonly kind: string;
  readonly table: string;
  /** Index, constraint or column. */
  readonly object: string;
  readonly sql: string;
  /** `waiting`: for its next attempt, at `due_on`. `given_up`: a conversion that is over, unfinished (give-up-step.ts). */
  readonly state: 'pending' | 'running' | 'waiting' | 'done' | 'given_up';
  readonly created_on: string;
  readonly started_on: string | null;
  readonly done_on: string | null;
  readonly due_on: string | null;
  readonly given_up_on: string | null;
  readonly given_up_by_id: string | null;
  readonly attempts: number;
  /** Null: not known, or of no use for the kind. */
  readonly rows_done: number | null;
  readonly rows_total: number | null;
  /** What PostgreSQL is at, of an index that is being built. */
  readonly phase: string | null;
  /** Of the last attempt. */
  readonly error: string | null;
}

/** Which steps are listed: up to `most`, the newest first, behind the id `after`. */
export interface StepList {
  /** Undefined: all. */
  readonly done: boolean | undefined;
  readonly after: string | null;
  readonly most: number;
}

// An index that is built tells its progress itself; everything else notes it batch by batch.
const STEPS = `select s.id::text as id, s.revision::text as revision, s.kind, s.table_name, s.object, s.sql,
  to_json(s.created_on)#>>'{}' as created_on, to_json(s.started_on)#>>'{}' as started_on,
  to_json(case when s.given_up_on is null then s.done_on end)#>>'{}' as done_on,
  to_json(s.given_up_on)#>>'{}' as given_up_on, s.given_up_by_id::text as given_up_by_id, case when s.done_on is null then to_json(s.due_on)#>>'{}' end as due_on,
  s.attempts::text as attempts, coalesce(b.done, s.rows_done)::text as rows_done,
  coalesce(b.total, s.rows_total)::text as rows_total, b.phase, s.error,
  case when s.given_up_on is not null then 'given_up' when s.done_on is not null then 'done' when s.started_on is null then 'pending' when s.error is null then 'running'
    when b.phase is not null then 'running' else 'waiting' end as state
from kartoteka.publish_step s
left join lateral (
  select p.phase, greatest(p.tuples_done, p.tuples_total * p.blocks_done / nullif(p.blocks_total, 0)) as done,
    nullif(p.tuples_total, 0) as total
  from pg_stat_progress_create_index p
  where s.done_on is null and s.kind = 'create_index' and p.datname = current_database()
    and p.index_relid = to_regclass(format('data.%I', s.object)) limit 1
) b on true
where ($1::boolean is null or (s.done_on is not null) = $1::boolean) and ($2::bigint is null or s.id < $2::bigint)
order by s.id desc limit $3::bigint`;

/** Steps of all revisions. */
export async function listSteps(executor: Executor, { done, after, most }: StepList): Promise<ListedStep[]> {
  const rows = await executor.run(STEPS, [done === undefined ? null : String(done), after, String(most)]);
  const number = (value: unknown): number | null => (value === null ? null : Number(value));
  return rows.map(({ table_name, ...row }) => ({
    ...(row as unknown as ListedStep),
    id: Number(row.id),
    revision: Number(row.revision),
    table: String(table_name),
    attempts: Number(row.attempts),
    rows_done: number(row.rows_done),
    rows_total: number(row.rows_total),
  }));
}
