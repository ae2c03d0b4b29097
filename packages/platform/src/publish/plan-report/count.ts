// Counts records for a person who decides: exactly up to a bound, and for no longer than somebody waits.
import { sqlState } from '../../database-errors.ts';
import type { Executor } from '../../storage/types.ts';
import type { RecordCount } from './types.ts';

/** Records that are counted exactly; of more it is said that there are more. */
export const MOST_COUNTED = 100_000;
/** Milliseconds for one count, and for all of a report. */
const ONE_COUNT_MS = 3_000;
const ALL_COUNTS_MS = 15_000;
const QUERY_CANCELED = '57014';
const UNKNOWN: RecordCount = { records: null, more: false };

/** Counts for one report, within a transaction whose first statement has been run. */
export class RecordCounter {
  readonly #tx: Executor;
  readonly #most: number;
  readonly #deadline = Date.now() + ALL_COUNTS_MS;

  /** Sets the statement timeout of the transaction. */
  static async begin(tx: Executor, most = MOST_COUNTED): Promise<RecordCounter> {
    await tx.run(`select set_config('statement_timeout', '${ONE_COUNT_MS}', true)`);
    return new RecordCounter(tx, most);
  }

  private constructor(tx: Executor, most: number) {
    this.#tx = tx;
    this.#most = most;
  }

  /** Rows of `from` (a qualified table, or a subquery with its alias) for which the SQL condition holds. */
  async count(from: string, condition: string): Promise<RecordCount> {
    if (Date.now() > this.#deadline) return UNKNOWN;
    const sql = `select count(*)::text as n from (select from ${from} where ${condition} limit ${this.#most + 1}) counted`;
    try {
      const [row] = await this.#tx.run(sql, [], { isolated: true });
      const found = Number(row?.n);
      return { records: Math.min(found, this.#most), more: found > this.#most };
    } catch (error) {
      if (sqlState(error) === QUERY_CANCELED) return UNKNOWN;
      throw error;
    }
  }
}
