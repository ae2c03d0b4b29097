// The database as an atomic group sees it: one transaction, which everything in it joins. It begins and ends nothing itself.
import type { Model } from '@kartoteka/metadata';
import { TransactionLost } from '../storage/transaction-lost.ts';
import type { Database, Executor, Parameters, PatientStatement, Row, StatementOptions } from '../storage/types.ts';
import { lostItsNumber, lostToOthers } from '../write/database-errors.ts';

/** The group lost against other transactions, or drew a number that is taken: nothing of it is kept, and it may be run again as a whole. */
export class GroupLost extends TransactionLost {}

/** Everything in one transaction. A statement that fails ends it for all: the failure is thrown again whatever comes. */
export class GroupDatabase implements Database {
  readonly inTransaction = true;
  readonly allOrNone = true;
  readonly #tx: Executor;
  readonly #outer: Database;
  readonly #model: Model;
  #failure: unknown;
  #undone: unknown;

  constructor(tx: Executor, outer: Database, model: Model) {
    this.#model = model;
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
      const lost = lostToOthers(error) || lostItsNumber(this.#model, error);
      this.#failure = lost ? new GroupLost('lost', { cause: error }) : error;
      throw this.#failure;
    }
  }

  runTogether({ text }: PatientStatement, parameters: Parameters): Promise<readonly Row[]> {
    return this.run(text, parameters, { prepare: true });
  }

  /** What ends like a rollback cannot be undone alone: the group is to be, whatever its request answers. */
  async transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (error) {
      this.#undone ??= error;
      throw error;
    }
  }

  /** Why nothing of the group may be kept; undefined while all of it was done. */
  get undone(): unknown {
    return this.#failure ?? this.#undone;
  }

  snapshot(): never {
    throw new Error('a group has no snapshot of its own');
  }

  session(): never {
    throw new Error('a group has no session of its own');
  }

  listen(): never {
    throw new Error('a group does not listen');
  }

  async close(): Promise<void> {}
}
