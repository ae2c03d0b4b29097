// Runs the background steps of publishes while the service runs: at once when a revision comes, again later where one failed. Every
// node tries; a lock lets one at a time. While nothing is pending it asks nothing.
import { sqlState } from '../database-errors.ts';
import type { Log } from '../platform-types.ts';
import type { Database } from '../storage/types.ts';
import { runAfterSteps } from './after-steps.ts';
import { StepsStopped } from './apply-step.ts';

/** Between two looks while steps are pending: for those whose next attempt has come, and those of a node that has died. */
const LOOK_MS = 5_000;

export interface StepRunner {
  /** There may be new steps. */
  wake(): void;
  /** Cancels the statement under way; resolves when nothing runs any more. Every step goes on from where it was. */
  stop(): Promise<void>;
}

/** Starts with a first look. Failures are logged and tried again. */
export function startStepRunner(database: Database, log: Log, lookMs = LOOK_MS): StepRunner {
  const runner = new Runner(database, log, lookMs);
  runner.wake();
  return runner;
}

class Runner implements StepRunner {
  readonly #database: Database;
  readonly #log: Log;
  readonly #lookMs: number;
  #stopped = false;
  #again = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Server process that runs the steps for this node. */
  #pid: string | undefined;

  constructor(database: Database, log: Log, lookMs: number) {
    this.#database = database;
    this.#log = log;
    this.#lookMs = lookMs;
  }

  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#pid !== undefined) {
      // The statement may have ended meanwhile: then there is nothing to cancel, and nothing follows it.
      await this.#database.run('select pg_cancel_backend($1::int)', [this.#pid]).catch(() => undefined);
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      if ((await this.#pending()) && !this.#stopped) this.#later();
    }
  }

  /** Whether anything is left to look after. */
  async #pending(): Promise<boolean> {
    try {
      const left = await runAfterSteps(this.#database, this.#log, {
        ...{ waitMs: 0, onlyDue: true, isStopped: () => this.#stopped },
        onSession: (pid) => {
          this.#pid = pid;
        },
      });
      return left.length > 0;
    } catch (error) {
      if (!(error instanceof StepsStopped)) {
        this.#log.warn({ code: sqlState(error) }, 'background steps cannot be run; they will be tried again');
      }
      return true;
    } finally {
      this.#pid = undefined;
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), this.#lookMs * (0.75 + Math.random() / 2));
    this.#timer.unref();
  }
}
