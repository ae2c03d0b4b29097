// One connection to PostgreSQL. The only file that knows postgres.js's internals: it sends statements synchronously, in one
// round trip each, with every value as text. Who may use it when is the pool's business.
import postgres from 'postgres';
import type { Parameters, Row } from './types.ts';

/** The part of a postgres.js query (3.4.9) that is set here; not in its published types, covered by session tests. */
interface DriverQuery extends Promise<DriverResult> {
  executed: boolean;
  prepared: boolean;
  parameters?: (string | null)[];
  handler(query: DriverQuery): void;
}

type DriverResult = Row[] & { readonly command?: string };

export interface SessionSettings {
  readonly applicationName: string;
  /** Milliseconds; 0 means no limit. */
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  readonly idleInTransactionTimeout: number;
  readonly connectTimeout: number;
}

export interface SendOptions {
  readonly prepare?: boolean;
  readonly script?: boolean;
  /** False: a stale plan is an error. Needed where a repetition could run outside the transaction. */
  readonly retryStalePlan?: boolean;
}

/** Distinct prepared texts after which a connection is replaced, because the driver never drops a prepared statement. */
export const PREPARED_TEXTS_PER_SESSION = 1000;

/** Statements that may be under way on one connection. */
export const MOST_SENT = 10;

/** What the protocol can count. */
const MOST_PARAMETERS = 65_534;

export class Session {
  /** Grows by one whenever the connection is lost; a transaction compares it. */
  epoch = 0;
  /** The connection is established: what is sent now is on the wire before anything else can happen. */
  connected = false;
  /** To be replaced by a fresh connection once nobody uses it. */
  retired = false;
  /** Single statements under way, when it is shared by them; kept by the pool. */
  shared = 0;
  readonly bornAt = performance.now();
  readonly #sql: postgres.Sql;
  readonly #preparedTexts = new Set<string>();

  constructor(url: string, settings: SessionSettings) {
    this.#sql = postgres(url, {
      ...driverOptions(settings),
      onclose: () => {
        this.epoch += 1;
        this.connected = false;
        this.#preparedTexts.clear();
      },
    });
  }

  /** Sends one statement, at once, and resolves to its result. Rejects with the driver's error; throws for too many parameters. */
  send(text: string, parameters: Parameters, options: SendOptions): Promise<DriverResult> {
    // The driver would blame the statement that is under way, whoever's it is, and answer this one never.
    if (parameters.length > MOST_PARAMETERS) throw tooManyParameters();
    if (options.prepare) this.#notePrepared(text);
    const query = this.#sql.unsafe(text, [], queryOptions(options)) as unknown as DriverQuery;
    // Given here and not as arguments: the driver then skips the extra round trip in which it asks for parameter types.
    query.parameters = [...parameters];
    query.executed = true;
    query.handler(query);
    if (options.retryStalePlan === false) query.prepared = false;
    return settle.call(query, options.script ? this.#onScriptResult : this.#onResult, this.#onError);
  }

  /** Ends the connection; after `seconds` also a statement that still runs. */
  async end(seconds: number): Promise<void> {
    await this.#sql.end({ timeout: seconds });
  }

  readonly #onResult = (result: DriverResult): DriverResult => {
    this.connected = true;
    return result;
  };

  /** A text of several statements has a list of results. */
  readonly #onScriptResult = (result: DriverResult): DriverResult => {
    this.connected = true;
    return Array.isArray(result[0]) ? (result.at(-1) as unknown as DriverResult) : result;
  };

  readonly #onError = (error: unknown): never => {
    // Not the server's answer but a broken connection: whoever is next gets a fresh one.
    if (!isServerError(error)) this.retired = true;
    throw error;
  };

  #notePrepared(text: string): void {
    this.#preparedTexts.add(text);
    if (this.#preparedTexts.size >= PREPARED_TEXTS_PER_SESSION) this.retired = true;
  }
}

function tooManyParameters(): Error {
  const message = `A statement has ${MOST_PARAMETERS} parameters at most`;
  return Object.assign(new Error(message), { code: 'MAX_PARAMETERS_EXCEEDED' });
}

/** What a statement meets that depends on an earlier one of a connection that is gone; SQLSTATE 08006. */
export function connectionLost(): Error {
  return Object.assign(new Error('The connection to the database was lost'), { code: '08006' });
}

/** Whether the server said so; otherwise nobody knows what has become of what was sent. */
export function isServerError(error: unknown): boolean {
  return error instanceof postgres.PostgresError;
}

/** True for "cached plan must not change result type" and "prepared statement does not exist". */
export function isStalePlan(error: unknown): boolean {
  const { code, routine } = error as { code?: string; routine?: string };
  return (code === '0A000' && routine === 'RevalidateCachedQuery') || code === '26000';
}

/** Options of postgres.js for a connection on which nothing is converted: text in, text and booleans out. */
export function driverOptions(settings: SessionSettings): postgres.Options<Record<string, postgres.PostgresType>> {
  return {
    max: 1,
    fetch_types: false,
    idle_timeout: undefined,
    max_lifetime: null,
    connect_timeout: settings.connectTimeout / 1000,
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    types: PASS_THROUGH_TYPES,
    onnotice: () => {},
    connection: {
      application_name: settings.applicationName,
      timezone: 'UTC',
      datestyle: 'ISO, YMD',
      intervalstyle: 'iso_8601',
      default_transaction_isolation: 'read committed',
      standard_conforming_strings: 'on',
      bytea_output: 'hex',
      statement_timeout: `${settings.statementTimeout}`,
      lock_timeout: `${settings.lockTimeout}`,
      idle_in_transaction_session_timeout: `${settings.idleInTransactionTimeout}`,
    } as unknown as postgres.ConnectionParameters,
    // Not in the published types. BEGIN, statements and COMMIT may travel together (together.ts), or single statements; nothing
    // ever queues in the driver.
    ...({ max_pipeline: MOST_SENT, no_subscribe: true } as object),
  };
}

/** `then` of plain promises: the driver's own would first look whether the query has yet to be sent. */
const settle = Promise.prototype.then as (
  this: Promise<DriverResult>,
  onResult: (result: DriverResult) => DriverResult,
  onError: (error: unknown) => never,
) => Promise<DriverResult>;

const asIs = (value: unknown): unknown => value;
// Replaces every conversion the driver brings: the `from` lists are the type numbers it would parse or serialise.
const PASS_THROUGH_TYPES = {
  text: {
    to: 25,
    from: [17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802],
    parse: undefined as unknown as (value: unknown) => unknown,
    serialize: asIs,
  },
  number: { to: 0, from: [], parse: asIs, serialize: asIs },
  boolean: { to: 16, from: [16], parse: (value: unknown) => value === 't', serialize: asIs },
};

function queryOptions(options: SendOptions): postgres.UnsafeQueryOptions {
  return { prepare: options.prepare === true, simple: options.script === true } as postgres.UnsafeQueryOptions;
}
