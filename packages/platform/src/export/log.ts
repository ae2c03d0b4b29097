// The events of an export: who takes which records out, and how many went. The first is written before the first record leaves,
// so that none leaves without it.
import { randomUUIDv7 } from 'node:crypto';
import type { EngineRequest } from '../platform-types.ts';
import type { Principal } from '../security/types.ts';
import { actorOf, originOf, recordSecurityEvent, type SecurityEvent } from '../security-log/record.ts';
import type { Executor } from '../storage/types.ts';

export interface ExportEntry {
  readonly principal: Principal;
  /** Name of the entity; null: what goes out is of none. */
  readonly entity: string | null;
  /** Of the file. */
  readonly format: string;
  /** `path` and `query`: as received. */
  readonly request: Pick<EngineRequest, 'client' | 'headers' | 'sender' | 'path' | 'query'>;
}

/** Records that it begins; gives the id by which its events are known to belong together. */
export async function beginExport(executor: Executor, entry: ExportEntry): Promise<string> {
  const id = randomUUIDv7();
  const { path, query } = entry.request;
  const details = { export_id: id, format: entry.format, path, query };
  await recordSecurityEvent(executor, { ...eventOf(entry), kind: 'export_started', details });
  return id;
}

/** Records how many records were sent, and whether these were all. An export without this event was cut by the end of the process. */
export async function endExport(
  executor: Executor,
  entry: ExportEntry,
  end: {
    readonly id: string;
    readonly records: number;
    readonly complete: boolean;
    /** Why it is not complete; undefined where the client went away or something failed. */
    readonly reason?: 'cut_off' | undefined;
  },
): Promise<void> {
  const { id, records, complete, reason } = end;
  const details = { export_id: id, records, complete, ...(reason === undefined ? {} : { reason }) };
  await recordSecurityEvent(executor, { ...eventOf(entry), kind: 'export_ended', details });
}

function eventOf({ principal, entity, request }: ExportEntry): Omit<SecurityEvent, 'kind'> {
  return {
    ...actorOf(principal),
    origin: originOf(request),
    ...(entity === null ? {} : { target: { entity, id: null } }),
  };
}
