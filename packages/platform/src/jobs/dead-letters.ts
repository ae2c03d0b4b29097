// Jobs that failed for good: a list, and back into their queue. Who may see them is decided where they are asked for.
import type { PgBoss } from 'pg-boss';
import type { Database } from '../storage/types.ts';
import { DEAD_LETTERS, JOBS_SCHEMA } from './names.ts';
import type { DeadLetter } from './types.ts';

const MOST = 500;

/** The latest first, 100 unless told, 500 at most. */
export async function deadLetters(
  database: Database,
  { limit = 100, after }: { readonly limit?: number; readonly after?: string },
): Promise<readonly DeadLetter[]> {
  const rows = await database.run(LIST, [DEAD_LETTERS, after ?? null, String(Math.min(limit, MOST))]);
  return rows.map((row) => JSON.parse(String(row.letter)) as DeadLetter);
}

/** Only waiting ones: a letter that was replayed has left the queue. */
const LIST = `select json_build_object('id', id, 'job', source_name, 'data', data,
    'reason', coalesce(source_output->>'reason', source_output->'value'->>'message', 'unknown'),
    'attempts', source_retry_count + 1, 'added', source_created_on, 'failed', created_on)::text as letter
  from ${JOBS_SCHEMA}.job d where name = $1::text and state = 'created'
    and ($2::uuid is null or (created_on, id) < (select a.created_on, a.id from ${JOBS_SCHEMA}.job a where a.name = $1::text and a.id = $2::uuid))
  order by created_on desc, id desc limit $3::int`;

/** How many there were: one that is replayed already, or never was, is not counted. */
export async function replay(boss: PgBoss, ids: readonly string[]): Promise<number> {
  return boss.redrive(DEAD_LETTERS, { ids: [...ids], limit: ids.length });
}
