// The jobs of a platform: begins and ends the runner, and answers for dead letters. pg-boss is started when it is first needed,
// so that whoever neither runs jobs nor looks at them pays nothing for it.
import type { PgBoss } from 'pg-boss';
import type { Log, Platform } from '../platform-types.ts';
import type { Database, Executor } from '../storage/types.ts';
import { installJobs, startBoss, stopBoss } from './boss.ts';
import { deadLetters, replay } from './dead-letters.ts';
import { JOBS_CHANNEL } from './names.ts';
import { JobRunner, runDue } from './runner.ts';
import type { DeadLetter, DeadLetterOptions, FailedJobs, JobDefinition, Jobs } from './types.ts';

export interface JobsOptions {
  readonly url: string;
  readonly definitions: readonly JobDefinition[];
  readonly database: Database;
  readonly log: Log;
  readonly platform: () => Platform;
}

export class PlatformJobs implements Jobs {
  readonly #options: JobsOptions;
  #boss: Promise<PgBoss> | undefined;
  #runner: JobRunner | undefined;
  #isListening = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    const names = options.definitions.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`There are two definitions of the job ${twice}`);
  }

  async start(): Promise<void> {
    const { url, definitions, database, log } = this.#options;
    if (this.#runner !== undefined || definitions.length === 0) return;
    await this.#stopBoss();
    await installJobs(url, definitions, log, true);
    this.#boss = startBoss(url, log, true);
    const runner = new JobRunner(await this.#parts(), definitions);
    this.#runner = runner;
    runner.start();
    if (this.#isListening) return;
    this.#isListening = true;
    await database.listen(JOBS_CHANNEL, () => this.#runner?.look());
  }

  async stop(): Promise<void> {
    await this.#runner?.stop();
    this.#runner = undefined;
    await this.#stopBoss();
  }

  async runDue(options: { readonly names?: readonly string[]; readonly throwing?: boolean } = {}): Promise<number> {
    if (this.#runner !== undefined) throw new Error('This node runs jobs already');
    const { names, throwing = false } = options;
    const { definitions } = this.#options;
    if (definitions.length === 0) return 0;
    const asked = names === undefined ? definitions : definitions.filter(({ name }) => names.includes(name));
    return runDue(await this.#parts(), asked, throwing);
  }

  deadLetters(options: DeadLetterOptions = {}): Promise<readonly DeadLetter[]> {
    return this.within(this.#options.database).deadLetters(options);
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.within(this.#options.database).replay(ids);
  }

  within(executor: Executor): FailedJobs {
    // Without a definition there is no queue, and no table.
    const { length } = this.#options.definitions;
    return {
      deadLetters: async (options = {}) => (length === 0 ? [] : deadLetters(executor, options)),
      replay: async (ids) => (ids.length === 0 || length === 0 ? 0 : replay((await this.#parts()).boss, executor, ids)),
    };
  }

  async #parts() {
    const { url, log, platform } = this.#options;
    this.#boss ??= startBoss(url, log, false);
    return { boss: await this.#boss, log, platform };
  }

  async #stopBoss(): Promise<void> {
    const boss = await this.#boss;
    this.#boss = undefined;
    if (boss !== undefined) await stopBoss(boss);
  }
}
