// What the rest of the platform knows of the database connection: data shapes only.

/** A row as the driver returns it: every column asked for as text, json or boolean. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Bound parameters: text or null, in the order of `$1..$n`. */
export type Parameters = readonly (string | null)[];

export interface StatementOptions {
  /** Keep a server-side prepared statement for this text. Only for texts of a bounded set. */
  readonly prepare?: boolean;
  /** It takes the server less than a packet: it may wait behind others of the kind. Never for what can wait for a lock. */
  readonly brief?: boolean;
  /** Several statements in one text, without parameters: DDL scripts. The rows are those of the last statement. */
  readonly script?: boolean;
  /**
   * Inside a transaction only: COMMIT travels with this statement, saving a round trip; nothing may follow. When the
   * statement fails, the transaction is rolled back.
   */
  readonly last?: boolean;
  /**
   * Inside a transaction only, behind its first statement: where it fails, its own effects alone are undone, and the transaction
   * goes on. Costs no round trip.
   */
  readonly isolated?: boolean;
}

/** What the storage layer reports to; a pino logger fits. */
export interface StorageLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Runs statements; the same interface inside and outside a transaction. */
export interface Executor {
  /**
   * One statement, one round trip. Throws the driver's error (`code` is the SQLSTATE); errors are mapped where a request
   * is shaped. Throws PlatformError `overloaded` when no connection becomes free in time.
   */
  run(text: string, parameters?: Parameters, options?: StatementOptions): Promise<readonly Row[]>;
}

/** The same statement in two texts, with the same parameters and rows; prepared. */
export interface PatientStatement {
  /** Waits for locks that others hold. */
  readonly text: string;
  /** Waits for nobody: takes what others have locked for what is not there. */
  readonly hasty: string;
  /** Whether these are rows of the hasty text that would be those of the other as well; otherwise it has done nothing. */
  readonly isDone: (rows: readonly Row[]) => boolean;
}

export interface Database extends Executor {
  /**
   * As `run` of the statement's text. Statements of several requests may share a transaction; whatever becomes of one, the others
   * are carried out as if they were alone.
   */
  runTogether(statement: PatientStatement, parameters: Parameters): Promise<readonly Row[]>;
  /** Its transactions are parts of one that cannot be undone in part: what one of them throws undoes all of it. */
  readonly allOrNone?: true;
  /**
   * BEGIN .. COMMIT on one connection; rolls back when `work` throws. BEGIN travels with the first statement; COMMIT is a
   * round trip of its own unless a statement says `last`. Statements of one transaction run one after the other.
   */
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
  /** A read-only transaction in which everything is read as of one moment. */
  snapshot<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
  /** True: all of it happens within a transaction that somebody else began and will end. */
  readonly inTransaction?: boolean;
  /**
   * One connection without a transaction: for session locks, CREATE INDEX CONCURRENTLY and settings of the session. The
   * connection is not used again afterwards, so nothing needs to be undone.
   */
  session<T>(work: (session: Executor) => Promise<T>): Promise<T>;
  /**
   * Counts since the process began, for tests and Server-Timing. BEGIN, COMMIT and ROLLBACK count as statements; statements
   * that travel together count as one round trip.
   */
  readonly counters: { statements: number; roundTrips: number };
  /** Calls back for every notification on a channel; resolves when listening. Reconnects by itself. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<void>;
  close(): Promise<void>;
}
