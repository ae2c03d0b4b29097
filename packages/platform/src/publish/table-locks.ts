// Takes the table locks of a metadata change, so that whoever works with the tables meanwhile waits for a moment at most: vacuums and
// index builds are waited for under a lock that holds up nobody, and the strong locks are tried for a moment, all together.
import type { TableLock } from '../sql/ddl.ts';
import type { Executor } from '../storage/types.ts';

/**
 * A vacuum that PostgreSQL began by itself gives way to who waits for it for a second (deadlock_timeout). This lock conflicts with no
 * read or write of records, so that nobody queues behind it.
 */
const PATIENCE_MS = 1_200;
/** Longest that the strong locks are waited for, in all: for so long others queue behind them. */
const STRONG_MS = 100;

const STRENGTH: Readonly<Record<TableLock['mode'], number>> = { 'share row exclusive': 1, 'access exclusive': 2 };

/** Throws the driver's error 55P03 (lock_not_available) where a lock is not to be had in time; the transaction is lost then. */
export async function lockTables(tx: Executor, locks: readonly TableLock[]): Promise<void> {
  const strongest = new Map<string, TableLock['mode']>();
  for (const { table, mode } of locks) {
    const known = strongest.get(table);
    if (known === undefined || STRENGTH[known] < STRENGTH[mode]) strongest.set(table, mode);
  }
  if (strongest.size === 0) return;
  // The weaker ones first: they stop writers alone.
  const wanted = [...strongest].sort(([a, x], [b, y]) => STRENGTH[x] - STRENGTH[y] || (a < b ? -1 : 1));
  await tx.run(`select set_config('lock_timeout', '${PATIENCE_MS}', true)`);
  await tx.run(`lock table ${wanted.map(([table]) => table).join(', ')} in share update exclusive mode`);
  const deadline = performance.now() + STRONG_MS;
  for (const [table, mode] of wanted) {
    const left = Math.max(1, Math.floor(deadline - performance.now()));
    await tx.run(`set local lock_timeout = ${left}; lock table ${table} in ${mode} mode`, [], { script: true });
  }
  await tx.run(`select set_config('lock_timeout', '${STRONG_MS}', true)`);
}
