// Conversions as they are kept for as long as they can be taken back. It takes nothing back itself.
import type { JobDefinition } from '@kartoteka/platform';
import { type Context, type ConversionLog, UNDO_DAYS } from './conversion-types.ts';

export interface KeptConversion {
  readonly id: string;
  readonly log: ConversionLog;
}

export async function keepConversion({ database, id, principal }: Context, kept: KeptConversion): Promise<void> {
  await database.run(
    `insert into kartoteka.conversion (id, entity, record_id, converted_by_id, log) values ($1::uuid, 'lead', $2::uuid, $3::uuid, $4::jsonb)`,
    [kept.id, id, principal.id, JSON.stringify(kept.log)],
  );
}

/** The latest conversion of the lead, if it is young enough and was not taken back. */
export async function latestConversion({ database, id }: Context): Promise<KeptConversion | undefined> {
  const [row] = await database.run(
    `select id::text as id, log::text as log from kartoteka.conversion where record_id = $1::uuid and entity = 'lead' and undone_on is null
       and converted_on > now() - interval '${UNDO_DAYS} days' order by converted_on desc, id desc limit 1`,
    [id],
  );
  return row === undefined ? undefined : { id: String(row.id), log: JSON.parse(String(row.log)) as ConversionLog };
}

export async function markUndone({ database }: Context, id: string): Promise<void> {
  await database.run(`update kartoteka.conversion set undone_on = now() where id = $1::uuid`, [id]);
}

const AT_ONCE = 1_000;
const REMOVE = `with gone as (delete from kartoteka.conversion where id in (
  select id from kartoteka.conversion where converted_on < now() - interval '${UNDO_DAYS} days' limit ${AT_ONCE}) returning 1)
select count(*)::text as total from gone`;

/** Removes what cannot be taken back any more. */
export const conversionJob: JobDefinition = {
  name: 'conversion_purge',
  schedule: '29 3 * * *',
  retry: { limit: 3, delay: 60, backoff: true },
  run: async ({ platform, signal }) => {
    while (!signal.aborted) {
      const [row] = await platform.database.run(REMOVE);
      if (Number(row?.total ?? 0) < AT_ONCE) return;
    }
  },
};
