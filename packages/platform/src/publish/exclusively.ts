// The transaction that changes metadata: one at a time over all nodes, over the revision it was worked out for, with locks that are
// tried and given up again, so that nobody's request waits long for it.
import { PlatformError } from '../errors.ts';
import type { Database, Executor } from '../storage/types.ts';
import { faultPoint } from './fault.ts';
import { PUBLISH_LOCK } from './locks.ts';
import { readState } from './store.ts';

/** Longest that a statement of it queues for a lock that it did not take beforehand (table-locks.ts). */
const LOCK_TIMEOUT_MS = 300;
/** How long it tries to get through between other publishes and long transactions. */
const GIVE_UP_MS = 120_000;

/** Another one is under way. */
class Busy extends Error {}
/** Another one has come first. */
class Superseded extends Error {}
/** lock_not_available, deadlock_detected */
const LOCK_ERRORS: ReadonlySet<string> = new Set(['55P03', '40P01']);

/** When somebody who begins now gives up, who has so many milliseconds. */
export function deadlineFromNow(patience = GIVE_UP_MS): number {
  return Date.now() + patience;
}

/**
 * Runs `work` in one transaction, again and again until it gets its locks. False when the stored revision is not `revision` any
 * more: nothing is changed then. Throws PlatformError `overloaded` after the deadline, and what `work` throws.
 */
export async function exclusively(
  database: Database,
  revision: number,
  deadline: number,
  work: (tx: Executor) => Promise<void>,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    faultPoint('before_lock');
    try {
      await database.transaction(async (tx) => {
        await begin(tx, revision);
        await work(tx);
      });
      return true;
    } catch (error) {
      if (error instanceof Superseded) return false;
      if (!(error instanceof Busy) && !LOCK_ERRORS.has(String((error as { code?: string }).code))) throw error;
    }
    if (Date.now() > deadline) throw new PlatformError('overloaded');
    // Jitter, so that two publishers do not meet again; growing, so that those behind the lock get their turn.
    await pause(Math.min(1000, 50 * attempt) * (0.5 + Math.random()));
  }
}

async function begin(tx: Executor, revision: number): Promise<void> {
  await tx.run(
    `select set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true), set_config('statement_timeout', '0', true)`,
  );
  // Tried, not awaited: a waiting statement keeps a snapshot, which would hold up CREATE INDEX CONCURRENTLY elsewhere.
  const [lock] = await tx.run(`select pg_try_advisory_xact_lock(${PUBLISH_LOCK}) as locked`);
  if (lock?.locked !== true) throw new Busy();
  if ((await readState(tx)).revision !== revision) throw new Superseded();
  faultPoint('after_lock');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
