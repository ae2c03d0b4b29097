// Several requests of the engine in one transaction, which is run again as a whole where it lost against others.
import { PlatformError } from './errors.ts';
import { GROUPS_LOCK } from './publish/locks.ts';
import { JoinedDatabase } from './repeat/joined-database.ts';
import { TransactionLost } from './storage/transaction-lost.ts';
import type { Database, Executor } from './storage/types.ts';
import { lostToOthers } from './write/database-errors.ts';

const TRIES = 6;

/**
 * Runs `work` in a transaction; what it throws undoes all of it. `joined` is the database as requests within see it. Within a
 * transaction that somebody else began it is a part of that. Throws PlatformError conflict where others kept getting in the way.
 */
export async function inOneTransaction<T>(
  database: Database,
  work: (joined: JoinedDatabase, tx: Executor) => Promise<T>,
): Promise<T> {
  const run = async (tx: Executor): Promise<T> => {
    const joined = new JoinedDatabase(tx, database);
    const result = await work(joined, tx);
    if (joined.lost !== undefined) throw joined.lost;
    return result;
  };
  if (database.inTransaction === true) return database.transaction(run);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(async (tx) => {
        // Those that have lost once go one after the other, and with groups of batches, which may be as large.
        if (attempt > 1) await tx.run(`select pg_advisory_xact_lock(${GROUPS_LOCK})`);
        return run(tx);
      });
    } catch (error) {
      if (!(error instanceof TransactionLost) && !lostToOthers(error)) throw error;
      if (attempt === TRIES) {
        const reason = 'Other writes on the same records got in the way; try again';
        throw new PlatformError('conflict', { reason });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
    }
  }
}
