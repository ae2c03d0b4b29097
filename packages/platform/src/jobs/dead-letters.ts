// Jobs that failed for good: a list, and back into their queue. Who may see them is decided where they are asked for.
import type { PgBoss } from 'pg-boss';
import type { Executor } from '../storage/types.ts';
import { DEAD_LETTERS, JOBS_CHANNEL, JOBS_SCHEMA } from './names.ts';
import type { DeadLetter, DeadLetterOptions } from './types.ts';

/** Most in one answer. */
export const MOST_LETTERS = 500;

/** The latest first. */
export async function deadLetters(
  executor: Executor,
  { limit = 100, after, job }: DeadLetterOptions,
): Promise<readonly DeadLetter[]> {
  const most = String(Math.min(limit, MOST_LETTERS));
  const rows = await executor.run(LIST, [DEAD_LETTERS, after?.failed ?? null, after?.id ?? null, most, job ?? null]);
  return rows.map((row) => JSON.parse(String(row.letter)) as DeadLetter);
}

/** Only waiting ones: a letter that was replayed has left the queue. */
const LIST = `select json_build_object('id', id, 'job', source_name, 'data', data,
    'reason', coalesce(source_output->>'reason', source_output->'value'->>'message', 'unknown'),
    'attempts', source_retry_count + 1, 'added', source_created_on, 'failed', created_on)::text as letter
  from ${JOBS_SCHEMA}.job where name = $1::text and state = 'created'
    and ($2::timestamptz is null or (created_on, id) < ($2::timestamptz, $3::uuid)) and ($5::text is null or source_name = $5::text)
  order by created_on desc, id desc limit $4::int`;

/**
 * How many there were: one that is replayed already, or never was, is not counted, and neither is one beside which a job of the same
 * key waits. Nodes that run jobs are told when the executor's transaction ends.
 */
export async function replay(boss: PgBoss, executor: Executor, ids: readonly string[]): Promise<number> {
  const db = {
    executeSql: async (text: string, values: unknown[] = []) => ({
      rows: [...(await executor.run(text, values.map(asText)))] as never[],
    }),
  };
  const count = await boss.redrive(DEAD_LETTERS, { ids: [...ids], limit: ids.length, db });
  if (count > 0) await executor.run(`select pg_notify('${JOBS_CHANNEL}', '')`, []);
  return count;
}

/** As parameters of statements are given; lists are those of ids. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? `{${value.join(',')}}` : String(value);
}
