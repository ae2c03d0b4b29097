// A Database over one transaction that is never committed: transactions of requests are savepoints in it, so that a world costs a
// few statements and leaves nothing behind. It must not be imported by product code.
import type { Database, Executor } from '../../storage/types.ts';

/** Runs `work` with a database whose every effect is gone afterwards. */
export async function inScratch<T>(database: Database, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const undo = new Error('undo');
  let result: { readonly value: T } | undefined;
  try {
    await database.transaction(async (tx) => {
      result = { value: await work(new Scratch(tx)) };
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  if (result === undefined) throw new Error('the work gave no result');
  return result.value;
}

export class Scratch implements Database {
  readonly counters = { statements: 0, roundTrips: 0 };
  readonly #tx: Executor;
  #depth = 0;

  constructor(tx: Executor) {
    this.#tx = tx;
  }

  runTogether: Database['runTogether'] = ({ text }, parameters) => this.run(text, parameters);

  /** Not prepared: every world has roles, and so texts, of its own. */
  run: Executor['run'] = (text, parameters = [], { script = false } = {}) => {
    this.counters.statements += 1;
    return this.#tx.run(text, parameters, { script });
  };

  async transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    this.#depth += 1;
    const name = `level_${this.#depth}`;
    await this.run(`savepoint ${name}`, [], { script: true });
    try {
      return await work({ run: this.run });
    } catch (error) {
      await this.run(`rollback to savepoint ${name}`, [], { script: true });
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** What `work` does is undone; its result stays. */
  async undone<T>(work: () => Promise<T>): Promise<T> {
    await this.run('savepoint before', [], { script: true });
    try {
      return await work();
    } finally {
      await this.run('rollback to savepoint before', [], { script: true });
    }
  }

  /** Nobody else writes here. */
  snapshot<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    return work({ run: this.run });
  }

  session(): Promise<never> {
    throw new Error('requests take no session of their own');
  }

  listen(): Promise<never> {
    throw new Error('requests do not listen');
  }

  async close(): Promise<void> {}
}
