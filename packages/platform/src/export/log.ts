// The record of exports: who took which records out, and how many. A line is written before the first record leaves, so that
// none leaves without one.
import type { Executor } from '../storage/types.ts';

export interface ExportEntry {
  readonly actorId: string;
  readonly client: string | null;
  readonly entity: string;
  /** Query string as received. */
  readonly query: string;
}

/** Writes the line; gives its id. */
export async function beginExport(executor: Executor, entry: ExportEntry): Promise<string> {
  const rows = await executor.run(
    'insert into kartoteka.export_log (actor_id, client, entity, query) values ($1::uuid, $2::text, $3::text, $4::text) ' +
      'returning id::text as id',
    [entry.actorId, entry.client, entry.entity, entry.query],
    { prepare: true },
  );
  return String(rows[0]?.id);
}

/** Enters how many records were sent, and when these were all; a line without that moment is of an export that broke off. */
export async function endExport(executor: Executor, id: string, records: number, complete: boolean): Promise<void> {
  await executor.run(
    'update kartoteka.export_log set records = $2::bigint, finished_on = case when $3::boolean then clock_timestamp() end ' +
      'where id = $1::bigint',
    [id, String(records), String(complete)],
    { prepare: true },
  );
}
