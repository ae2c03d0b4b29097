// One transaction on one session: BEGIN travels with the first statement and COMMIT, where the caller says so, with the
// last. It must not repeat a statement of which the database may have kept an effect.
import { connectionLost, isStalePlan, type Session } from './session.ts';
import type { Database, Executor, Parameters, Row, StatementOptions } from './types.ts';

/** `over`: the server has ended it together with its last statement. `ended`: the caller has. */
type State = 'unused' | 'open' | 'over' | 'ended';

export class Transaction implements Executor {
  readonly #session: Session;
  readonly #counters: Database['counters'];
  #state: State = 'unused';
  #epoch: number;
  #failure: unknown;
  /** Resolves when the statement before has ended, whichever way. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor(session: Session, counters: Database['counters']) {
    this.#session = session;
    this.#counters = counters;
    this.#epoch = session.epoch;
  }

  run(text: string, parameters: Parameters = [], options: StatementOptions = {}): Promise<readonly Row[]> {
    const result = this.#previous.then(() => this.#next(text, parameters, options));
    this.#previous = result.catch(() => {});
    return result;
  }

  /** Commits what was not committed with its last statement. Throws when the transaction could not be committed. */
  async commit(): Promise<void> {
    await this.#previous;
    const state = this.#state;
    this.#state = 'ended';
    if (state === 'over' && this.#failure) throw this.#failure;
    if (state !== 'open') return;
    this.#requireConnection();
    const { command } = await this.#control('commit');
    if (command !== 'COMMIT') throw this.#failure ?? new Error('The transaction was rolled back by the server');
  }

  /** Rolls back what was not committed. Never throws: a lost connection has rolled back already. */
  async rollback(): Promise<void> {
    await this.#previous;
    const state = this.#state;
    this.#state = 'ended';
    if (state !== 'open' || this.#epoch !== this.#session.epoch) return;
    await this.#control('rollback').catch(() => {
      this.#session.retired = true;
    });
  }

  async #next(text: string, parameters: Parameters, options: StatementOptions): Promise<readonly Row[]> {
    if (this.#state === 'ended' || this.#state === 'over') throw new Error('The transaction has ended');
    const first = this.#state === 'unused';
    if (first) await this.#prepareSession();
    else this.#requireConnection();
    // The first statement has nothing before it that could be kept.
    if (options.isolated === true && !first) return this.#isolated(text, parameters, options);
    try {
      return await this.#send(text, parameters, options, first);
    } catch (error) {
      this.#failure ??= error;
      if (!isStalePlan(error)) throw error;
      this.#session.retired = true;
      if (!first || this.#epoch !== this.#session.epoch) throw error;
    }
    // The stale plan was that of the first statement: nothing has happened yet, so the transaction begins again.
    if (this.#state === 'open') await this.#control('rollback');
    this.#state = 'open';
    this.#failure = undefined;
    return this.#send(text, parameters, { ...options, prepare: false }, true);
  }

  /** A savepoint travels with the statement, and takes it back where it fails. A stale plan is then made anew. */
  async #isolated(text: string, parameters: Parameters, options: StatementOptions): Promise<readonly Row[]> {
    try {
      return await this.#sendIsolated(text, parameters, options);
    } catch (error) {
      if (!isStalePlan(error) || this.#epoch !== this.#session.epoch) throw error;
      this.#session.retired = true;
      return this.#sendIsolated(text, parameters, { ...options, prepare: false });
    }
  }

  async #sendIsolated(text: string, parameters: Parameters, options: StatementOptions): Promise<readonly Row[]> {
    this.#counters.roundTrips += 1;
    this.#counters.statements += 1;
    const savepoint = this.#control('savepoint alone', true);
    // What the driver refuses to send is an error of the statement: it is undone like any other.
    const statement = (async () => this.#session.send(text, parameters, { ...options, retryStalePlan: false }))();
    const release = this.#control('release savepoint alone', true);
    const [begun, result, released] = await Promise.allSettled([savepoint, statement, release]);
    if (begun.status === 'rejected') throw begun.reason;
    if (result.status === 'fulfilled') {
      if (released.status === 'rejected') throw released.reason;
      return result.value;
    }
    // Where the driver sent nothing, the savepoint is released already.
    if (released.status === 'rejected' && this.#epoch === this.#session.epoch) {
      await this.#control('rollback to savepoint alone;release savepoint alone').catch(() => {
        this.#session.retired = true;
      });
    }
    throw result.reason;
  }

  /** A statement may follow BEGIN unconfirmed only on a standing connection; a new one is established beforehand. */
  async #prepareSession(): Promise<void> {
    if (!this.#session.connected) await this.#session.send('select', [], { script: true });
    this.#epoch = this.#session.epoch;
    this.#state = 'open';
  }

  async #send(
    text: string,
    parameters: Parameters,
    options: StatementOptions,
    first: boolean,
  ): Promise<readonly Row[]> {
    this.#counters.roundTrips += 1;
    this.#counters.statements += 1;
    const begin = first ? this.#control('begin', true) : undefined;
    const statement = this.#session.send(text, parameters, { ...options, retryStalePlan: false });
    const commit = options.last ? this.#control('commit', true) : undefined;
    const [begun, result, committed] = await Promise.allSettled([begin, statement, commit]);
    if (options.last) this.#state = 'over';
    for (const part of [begun, result, committed]) if (part.status === 'rejected') throw part.reason;
    if (committed.status === 'fulfilled' && commit && committed.value?.command !== 'COMMIT') {
      throw this.#failure ?? new Error('The transaction was rolled back by the server');
    }
    if (result.status === 'rejected') throw result.reason;
    // Where something failed before, a savepoint has taken it back.
    this.#failure = undefined;
    return result.value;
  }

  #control(text: string, travelsAlong = false): Promise<{ readonly command?: string }> {
    this.#counters.statements += 1;
    if (!travelsAlong) this.#counters.roundTrips += 1;
    return this.#session.send(text, [], { script: true });
  }

  #requireConnection(): void {
    if (this.#epoch !== this.#session.epoch) throw connectionLost();
  }
}
