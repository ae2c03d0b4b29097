// A pg_snapshot as text, `xmin:xmax:xip,...`: transactions from xmax on, and those of the list, were not to be seen. No SQL here.
import { PlatformError } from '../errors.ts';
import type { Row } from '../storage/types.ts';
import { fingerprint } from './token.ts';

export interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  /** Transactions that were in progress, as PostgreSQL prints them: `1,2`. */
  readonly xip: string;
}

export function parseSnapshot(text: string): Snapshot {
  const [, xmin, xmax, xip] = /^(\d+):(\d+):([\d,]*)$/.exec(text) ?? [];
  if (xmin === undefined || xmax === undefined || xip === undefined) throw new Error(`no snapshot: ${text}`);
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), xip };
}

/** Where in the history of the database a statement has read (sql/delta-position.ts). */
export interface Position {
  readonly snapshot: string;
  /** Hash of it; null while stored records are given values that no log tells. */
  readonly epoch: string | null;
}

/** Throws not_supported on a server that is a copy of another: its snapshots do not tell what is in progress. */
export function positionOf({ snapshot, epoch, settled }: Row): Position {
  if (typeof snapshot !== 'string')
    throw new PlatformError('not_supported', { what: 'Change tracking on a read replica' }, { target: 'Prefer' });
  return { snapshot, epoch: settled === true ? fingerprint(epoch) : null };
}
