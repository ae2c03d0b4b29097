// Headers that make a request of a test repeatable, and what happened to the database.
import { randomUUID } from 'node:crypto';
import type { Answer, Crm } from './crm-kit.ts';

/** Headers of a new repeatable request, first sent now or so many milliseconds ago. */
export function repeatable(id: string = randomUUID(), ageMs = 0): Record<string, string> {
  const firstSent = new Date(Date.now() - ageMs).toUTCString();
  return { 'repeatability-request-id': id, 'repeatability-first-sent': firstSent };
}

/** What has to be equal in the answers to a request and its repetitions. */
export function told({ status, headers, text, json }: Answer): unknown {
  const { 'server-timing': _timing, ...others } = headers;
  return { status, headers: others, text, json };
}

/** Changes of records that were ever logged, security events and shares: what a write leaves behind. */
export async function traces({ platform }: Pick<Crm, 'platform'>): Promise<unknown> {
  const [row] = await platform.database.run(
    `select (select count(*) from kartoteka.change_log)::text as changes, (select count(*) from kartoteka.security_log)::text as events,
      (select coalesce(sum(rights), 0) from kartoteka.share)::text as shares`,
  );
  return row;
}
