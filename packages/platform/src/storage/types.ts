// What the rest of the platform knows of the database connection: data shapes only.

/** A row as the driver returns it: every column asked for as text, json or boolean. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Bound parameters: text or null, in the order of `$1..$n`. */
export type Parameters = readonly (string | null)[];

export interface StatementOptions {
  /** Keep a server-side prepared statement for this text. Only for texts of a bounded set. */
  readonly prepare?: boolean;
}

/** Runs statements; the same interface inside and outside a transaction. */
export interface Executor {
  /** One statement, one round trip. Throws the driver's error; errors are mapped where a request is shaped. */
  run(text: string, parameters?: Parameters, options?: StatementOptions): Promise<readonly Row[]>;
}

export interface Database extends Executor {
  /** BEGIN .. COMMIT on one connection; rolls back when `work` throws. */
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
  /** Counts of statements and round trips since the process began, for tests and Server-Timing. */
  readonly counters: { statements: number; roundTrips: number };
  /** Calls back for every notification on a channel; resolves when listening. Reconnects by itself. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<void>;
  close(): Promise<void>;
}
