// A database within a transaction that somebody else began: what would last by itself lasts with that transaction, and what
// fails or is undone leaves the rest of it as it was. It neither begins nor ends the transaction.
import { PlatformError } from '../errors.ts';
import { TransactionLost } from '../storage/transaction-lost.ts';
import type { Database, Executor, Parameters, PatientStatement, Row, StatementOptions } from '../storage/types.ts';
import { lostToOthers } from '../write/database-errors.ts';

const SAVEPOINT = 'savepoint joined';
const RELEASE = 'release savepoint joined';
const UNDO = 'rollback to savepoint joined';
const PREPARED = { prepare: true };

/** Single statements and transactions become parts of the one transaction, each behind a savepoint. */
export class JoinedDatabase implements Database {
  readonly inTransaction = true;
  readonly #tx: Executor;
  readonly #outer: Database;
  #lost: TransactionLost | undefined;
  #used = false;

  constructor(tx: Executor, outer: Database) {
    this.#tx = tx;
    this.#outer = outer;
  }

  get counters(): Database['counters'] {
    return this.#outer.counters;
  }

  /** The transaction lost against others, so that whatever was answered does not last. */
  get lost(): TransactionLost | undefined {
    return this.#lost;
  }

  run(text: string, parameters?: Parameters, options: StatementOptions = {}): Promise<readonly Row[]> {
    return this.#run(text, parameters, { ...options, isolated: true });
  }

  runTogether({ text }: PatientStatement, parameters: Parameters): Promise<readonly Row[]> {
    return this.run(text, parameters, { prepare: true });
  }

  async transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    await this.#run(SAVEPOINT, [], PREPARED);
    try {
      const result = await work({ run: (text, parameters, options) => this.#run(text, parameters, options) });
      await this.#run(RELEASE, [], PREPARED);
      return result;
    } catch (error) {
      await this.#run(UNDO, [], PREPARED);
      throw error;
    }
  }

  /** Beside the transaction, and so only while that has written nothing which would be missed. */
  async snapshot<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    if (this.#used || this.#outer.inTransaction === true) {
      throw new PlatformError('not_supported', { what: 'A preview behind other requests of a repeatable batch' });
    }
    return this.#outer.snapshot(work);
  }

  async #run(text: string, parameters?: Parameters, options?: StatementOptions): Promise<readonly Row[]> {
    if (this.#lost !== undefined) throw this.#lost;
    this.#used = true;
    try {
      // COMMIT is sent by who began.
      return await this.#tx.run(text, parameters, { ...options, last: false });
    } catch (error) {
      if (error instanceof TransactionLost) this.#lost = error;
      else if (lostToOthers(error)) this.#lost = new TransactionLost('lost', { cause: error });
      throw this.#lost ?? error;
    }
  }

  session(): never {
    throw new Error('a transaction has no session of its own');
  }

  listen(): never {
    throw new Error('a transaction does not listen');
  }

  async close(): Promise<void> {}
}
