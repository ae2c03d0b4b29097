// Writes records together, and where something goes wrong that cannot be told to be the fault of one of them, in halves, down
// to single ones: the fault is then that record's, and the others are not held up by it.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Database, Executor } from '../storage/types.ts';
import { lostToOthers, withRetries, writeError } from '../write/database-errors.ts';
import type { Outcome, WriteItems } from './types.ts';

/** Runs work so that all of its effects last, or none and the error is thrown. */
export type Isolate = <T>(work: (tx: Executor) => Promise<T>) => Promise<T>;

/** Every piece of work in a transaction of its own, repeated when it lost against others. */
export function ownTransactions(model: Model, entity: EntityType, database: Database): Isolate {
  return (work) => withRetries(model, entity, () => database.transaction(work));
}

/**
 * Every piece of work behind a savepoint of one transaction. Where the transaction as a whole has to be run again (it lost
 * against others), the database's error is thrown as it is.
 */
export function savepoints(model: Model, entity: EntityType, tx: Executor): Isolate {
  return async (work) => {
    await tx.run('savepoint bulk', [], { prepare: true });
    try {
      const result = await work(tx);
      await tx.run('release savepoint bulk', [], { prepare: true });
      return result;
    } catch (error) {
      if (lostToOthers(error)) throw error;
      await tx.run('rollback to savepoint bulk', [], { prepare: true });
      throw writeError(model, entity, error);
    }
  };
}

/** Takes the outcomes of records, in their order, as soon as they last. */
export type Settle<Item> = (items: readonly Item[], outcomes: readonly Outcome[]) => void;

/**
 * Writes the records and settles each of them. Throws what is no record's fault: those that were not settled by then have left
 * no trace.
 */
export async function attempt<Item>(
  write: WriteItems<Item>,
  isolate: Isolate,
  items: readonly Item[],
  settle: Settle<Item>,
): Promise<void> {
  let outcomes: readonly Outcome[];
  try {
    outcomes = await isolate((tx) => write(tx, items));
  } catch (error) {
    if (!(error instanceof PlatformError) || NOBODYS_FAULT.has(error.code)) throw error;
    if (items.length > 1) {
      const half = Math.ceil(items.length / 2);
      await attempt(write, isolate, items.slice(0, half), settle);
      return attempt(write, isolate, items.slice(half), settle);
    }
    outcomes = [error];
  }
  settle(items, outcomes);
}

const NOBODYS_FAULT: ReadonlySet<string> = new Set(['overloaded', 'unavailable', 'not_ready', 'internal']);
