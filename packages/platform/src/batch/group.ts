// The database as an atomic group sees it: one transaction, which everything in it joins. It begins and ends nothing itself.
import type { Database, Executor, Parameters, Row, StatementOptions } from '../storage/types.ts';
import { lostToOthers } from '../write/database-errors.ts';

/** The group lost against other transactions: nothing of it is kept, and it may be run again as a whole. */
export class GroupLost extends Error {}

/** Everything in one transaction. A statement that fails ends it for all: the failure is thrown again whatever comes. */
export class GroupDatabase implements Database {
  readonly #tx: Executor;
  readonly #outer: Database;
  #failure: unknown;

  constructor(tx: Executor, outer: Database) {
    this.#tx = tx;
    this.#outer = outer;
  }

  get counters(): Database['counters'] {
    return this.#outer.counters;
  }

  async run(text: string, parameters?: Parameters, options: StatementOptions = {}): Promise<readonly Row[]> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      // COMMIT is the group's to send.
      return await this.#tx.run(text, parameters, { ...options, last: false });
    } catch (error) {
      this.#failure = lostToOthers(error) ? new GroupLost('lost', { cause: error }) : error;
      throw this.#failure;
    }
  }

  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    return work(this);
  }

  session(): never {
    throw new Error('a group has no session of its own');
  }

  listen(): never {
    throw new Error('a group does not listen');
  }

  async close(): Promise<void> {}
}
