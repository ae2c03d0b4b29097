// What a PostgreSQL server must be like for Kartoteka; asked once per connect. It must not change the server.
import type { Executor } from './types.ts';

/** The service cannot start; the message says why in words for an operator and carries no secret. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

const OLDEST_VERSION = 150_000;

const QUESTIONS = `select current_setting('server_version_num') as version_number,
  current_setting('server_version') as version,
  current_setting('server_encoding') as encoding,
  current_setting('TimeZone') as timezone,
  current_setting('DateStyle') as datestyle,
  current_setting('IntervalStyle') as intervalstyle,
  exists(select from pg_catalog.pg_collation where collname = 'und-x-icu') as has_icu`;

/** Throws StartupError when the server is too old, not UTF-8, without ICU, or does not keep the session's settings. */
export async function checkServer(executor: Executor): Promise<void> {
  const [row] = await executor.run(QUESTIONS);
  const reasons = [
    Number(row?.version_number) < OLDEST_VERSION && `it is version ${row?.version}; version 15 or later is needed`,
    row?.encoding !== 'UTF8' && `its database is encoded in ${row?.encoding}; create it with encoding UTF8`,
    row?.has_icu !== true && 'it was built without ICU: the collation "und-x-icu" is missing',
    row?.timezone !== 'UTC' && `it keeps the time zone ${row?.timezone} although UTC was asked for`,
    !`${row?.datestyle}`.startsWith('ISO') && `it keeps the date style ${row?.datestyle} although ISO was asked for`,
    row?.intervalstyle !== 'iso_8601' &&
      `it keeps the interval style ${row?.intervalstyle} although iso_8601 was asked for`,
  ].filter((reason) => reason !== false);
  if (reasons.length === 0 && !(await lowersCyrillic(executor))) {
    reasons.push('its collation "und-x-icu" does not lower Cyrillic letters');
  }
  if (reasons.length > 0) throw new StartupError(`The PostgreSQL server cannot be used: ${reasons.join('; ')}`);
}

async function lowersCyrillic(executor: Executor): Promise<boolean> {
  const [row] = await executor.run(`select lower('Ж' collate "und-x-icu") = 'ж' as lowers`);
  return row?.lowers === true;
}
