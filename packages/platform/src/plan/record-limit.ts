// How many records one request can take out. Who has the capability export may take all, as CSV; for others a request has an
// end, whatever it is made of: lists, expanded collections, the requests of a batch. It reads no record.
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';

/** Records in one answer, those of all expands together, if every one of them were full. */
export const MOST_RECORDS = { withExport: 500_000, without: 250_000 } as const;

/** What the reads of one batch may still answer together. */
export interface RecordRoom {
  left: number;
}

/** Whether the principal may take records out without end. */
export function mayExport(principal: Principal): boolean {
  return principal.kind === 'system' || principal.capabilities.has('export');
}

/** The room of a batch; undefined where it has no end of its own. */
export function roomOf(principal: Principal): RecordRoom | undefined {
  return mayExport(principal) ? undefined : { left: MOST_RECORDS.without };
}

/** Throws limit_exceeded where an answer could hold more records than that; takes them from the room. */
export function limitRecords(records: number, principal: Principal, room?: RecordRoom): void {
  if (room !== undefined) takeFrom(room, records);
  if (records <= MOST_RECORDS.without) return;
  const most = mayExport(principal) ? MOST_RECORDS.withExport : MOST_RECORDS.without;
  if (records <= most) return;
  const without = most === MOST_RECORDS.without ? ' without the capability export' : '';
  const limit = `records in one answer${without}; give $top, also in $expand`;
  throw new PlatformError('limit_exceeded', { limit, value: String(most) }, { target: '$expand' });
}

function takeFrom(room: RecordRoom, records: number): void {
  if (records > room.left) {
    const limit = 'records in one batch without the capability export; give $top';
    throw new PlatformError('limit_exceeded', { limit, value: String(MOST_RECORDS.without) });
  }
  room.left -= records;
}
