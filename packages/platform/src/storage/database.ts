// The connection to PostgreSQL that everything but credentials runs on: values as text in both directions, bounded
// waiting, counted round trips. It must not know entities, requests or rights.
import { Listener } from './listener.ts';
import { type PoolSettings, SessionPool } from './pool.ts';
import { checkServer, StartupError } from './server-check.ts';
import { connectionLost, type Session } from './session.ts';
import { Together } from './together.ts';
import { Transaction } from './transaction.ts';
import type { Database, Executor, Parameters, PatientStatement, Row, StatementOptions, StorageLog } from './types.ts';

export { StartupError } from './server-check.ts';

/** Options of `connectDatabase`. Times are milliseconds; 0 switches a limit off where PostgreSQL applies it. */
export interface DatabaseOptions extends Partial<PoolSettings> {
  readonly log?: StorageLog;
}

const DEFAULTS: PoolSettings = {
  poolSize: 10,
  applicationName: 'kartoteka',
  maxWaiting: 1_000,
  waitTimeout: 5_000,
  statementTimeout: 30_000,
  lockTimeout: 10_000,
  idleInTransactionTimeout: 60_000,
  connectTimeout: 10_000,
};

/**
 * Connects to a PostgreSQL server (15 or later, UTF-8, with ICU). Throws StartupError when it cannot be reached or used.
 * Parameters of the URL are settings of the server session, as in libpq (`sslmode` and the like included).
 */
export async function connectDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const { log, ...given } = options;
  const settings = { ...DEFAULTS, ...withoutUndefined(given) };
  const database = new PooledDatabase(url, settings, log);
  try {
    await checkServer(database);
    return database;
  } catch (error) {
    await database.close();
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Error ? error.message || (error as { code?: string }).code : 'unknown';
    throw new StartupError(`Cannot connect to PostgreSQL at ${placeOf(url)}: ${reason}`);
  }
}

class PooledDatabase implements Database {
  readonly counters = { statements: 0, roundTrips: 0 };
  readonly #url: string;
  readonly #settings: PoolSettings;
  readonly #log: StorageLog | undefined;
  readonly #pool: SessionPool;
  readonly #together: Together;
  #listener: Listener | undefined;

  constructor(url: string, settings: PoolSettings, log: StorageLog | undefined) {
    this.#url = url;
    this.#settings = settings;
    this.#log = log;
    this.#pool = new SessionPool(url, settings);
    this.#together = new Together(this.#pool, (...statement) => this.run(...statement), this.counters);
  }

  /** Every statement of a request that is not part of a transaction passes here: one promise, no further turn of the queue. */
  run(text: string, parameters: Parameters = [], options: StatementOptions = {}): Promise<readonly Row[]> {
    try {
      const session = this.#pool.tryShared(options.brief === true);
      if (session !== undefined) return this.#runShared(session, text, parameters, options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#pool.waitShared().then((session) => this.#runShared(session, text, parameters, options));
  }

  runTogether(statement: PatientStatement, parameters: Parameters): Promise<readonly Row[]> {
    return this.#together.run(statement, parameters);
  }

  #runShared(
    session: Session,
    text: string,
    parameters: Parameters,
    options: StatementOptions,
  ): Promise<readonly Row[]> {
    let sent: Promise<readonly Row[]>;
    try {
      sent = this.#send(session, text, parameters, options);
    } catch (error) {
      this.#pool.releaseShared(session);
      throw error;
    }
    return sent.then(
      (result) => {
        this.#pool.releaseShared(session);
        return takeRows(result);
      },
      (error: unknown) => {
        this.#pool.releaseShared(session);
        throw error;
      },
    );
  }

  async session<T>(work: (session: Executor) => Promise<T>): Promise<T> {
    const session = await this.#pool.acquire();
    session.retired = true;
    const { epoch } = session;
    const run: Executor['run'] = async (text, parameters = [], options = {}) => {
      if (session.epoch !== epoch) throw connectionLost();
      return this.#send(session, text, parameters, options);
    };
    try {
      return await work({ run });
    } finally {
      this.#pool.release(session);
    }
  }

  async transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    const session = await this.#pool.acquire();
    const transaction = new Transaction(session, this.counters);
    try {
      const result = await work(transaction);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    } finally {
      this.#pool.release(session);
    }
  }

  snapshot<T>(work: (tx: Executor) => Promise<T>): Promise<T> {
    return this.transaction(async (tx) => {
      await tx.run('set transaction isolation level repeatable read, read only');
      return work(tx);
    });
  }

  #send(session: Session, text: string, parameters: Parameters, options: StatementOptions): Promise<readonly Row[]> {
    if (options.last) throw new Error('`last` belongs inside a transaction');
    this.counters.statements += 1;
    this.counters.roundTrips += 1;
    return session.send(text, parameters, options);
  }

  async listen(channel: string, onPayload: (payload: string) => void): Promise<void> {
    this.#listener ??= new Listener(this.#url, this.#settings, this.#log);
    await this.#listener.listen(channel, onPayload);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#listener?.close()]);
  }
}

/**
 * The rows in an array of their own. The driver's result stays reachable from its query for a while; emptied, it does not carry
 * long texts into the old generation of the heap. Measured: a fifth of the CPU of a list of 35 KB.
 */
function takeRows(result: readonly Row[]): readonly Row[] {
  const rows = result.slice();
  (result as Row[]).length = 0;
  return rows;
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Host, port and database of a URL: what may be shown. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'an address that is not a URL';
  }
}
