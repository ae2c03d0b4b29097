// What a job is: work that happens after the request which asked for it, on any node, at least once. Data shapes only.
import type { Log, Platform } from '../platform-types.ts';
import type { Database, Executor } from '../storage/types.ts';

export interface RetryPolicy {
  /** Times a job that failed is tried again; after that it is a dead letter. */
  readonly limit: number;
  /** Seconds before the first repetition. */
  readonly delay: number;
  /** Whether each delay is about twice the one before, with jitter. */
  readonly backoff: boolean;
  /** Seconds that a delay has at most; only with `backoff`. */
  readonly max?: number;
}

/** A kind of job, registered by an extension. Every definition has a queue of its own. */
export interface JobDefinition {
  /** Letters, digits, `.`, `_` and `-`; unique among all extensions. */
  readonly name: string;
  /** A cron expression of five fields in UTC: a job without data is enqueued then, one for all nodes. */
  readonly schedule?: string;
  readonly retry: RetryPolicy;
  /** Jobs of this kind that one node runs at the same time; 1 when not given. */
  readonly concurrency?: number;
  /** Seconds that a run may take; then its signal is aborted and it counts as failed. 300 when not given. */
  readonly timeout?: number;
  /**
   * What a `singletonKey` does, which jobs of this kind then have. `waiting`: a job whose key waits for its first run is not
   * added. `unique`: neither is one whose key is being run or waits for its next try. Absent: jobs have no key.
   */
  readonly key?: 'waiting' | 'unique';
  /**
   * For work that nobody adds, because that would cost those who cause it: asked about once a second on every node that runs jobs
   * for keys that have something to do, each of which gets a job with `{key}` as data. One cheap statement. Needs a `key`.
   */
  readonly watch?: (database: Database) => Promise<readonly string[]>;
  /**
   * Does the work; may be run again for the same job when a node dies, so it has to bear that. Throwing fails the run; `PermanentFailure` fails the job, without another try. Whoever waits
   * for something stops when `context.signal` is aborted (time limit, stop of the node, connection lost).
   */
  run(context: JobContext, job: Job): Promise<void>;
}

export interface Job {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each definition knows its own data
  readonly data: any;
  /** 0 at the first run. */
  readonly attempt: number;
  /** No repetition follows when this run fails. */
  readonly isLast: boolean;
}

export interface JobContext {
  readonly platform: Platform;
  readonly database: Database;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A job that failed for good. */
export interface DeadLetter {
  readonly id: string;
  /** Name of its definition. */
  readonly job: string;
  readonly data: unknown;
  /** What the last run threw. */
  readonly reason: string;
  readonly attempts: number;
  /** ISO times at which it was first added and given up. */
  readonly added: string;
  readonly failed: string;
}

/** What is asked of the jobs of a node. Adding one is `enqueue`. */
export interface Jobs {
  /** Begins to run jobs on this node, until `close` of the platform. */
  start(): Promise<void>;
  /** Ends it: jobs that run are given some seconds, then go back to be run elsewhere. */
  stop(): Promise<void>;
  /**
   * Runs, in this process, jobs that are due now until there are none; how many runs there were, failed ones included. For tests
   * and one-off commands; never while `start` is at work.
   */
  runDue(options?: { readonly names?: readonly string[]; readonly throwing?: boolean }): Promise<number>;
  /** Jobs that failed for good, the latest first. */
  deadLetters(options?: DeadLetterOptions): Promise<readonly DeadLetter[]>;
  /** Puts dead letters back to be run again from their first attempt; how many there were. */
  replay(ids: readonly string[]): Promise<number>;
  /** Both within a transaction of somebody. */
  within(executor: Executor): FailedJobs;
}

export interface DeadLetterOptions {
  /** 100 when not given, 500 at most. */
  readonly limit?: number;
  /** The last one of the page before. */
  readonly after?: Pick<DeadLetter, 'failed' | 'id'>;
  /** Of this definition alone. */
  readonly job?: string;
}

/** What an operation may ask of the job queue beside adding jobs. Who may see what is in jobs is the operation's to demand. */
export type FailedJobs = Pick<Jobs, 'deadLetters' | 'replay'>;
