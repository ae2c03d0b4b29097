// Keeps a node at the newest revision: hears of it by notification, and by asking once a second should one be lost.
// It builds the new Model aside and hands it over; it must never hand over an older one.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Log } from '../platform-types.ts';
import type { Database } from '../storage/types.ts';
import { loadModel } from './load.ts';
import { memoryOf } from './read-stored.ts';
import { CHANNEL, readState } from './store.ts';

export interface FollowOptions {
  /** Called with the current Model before `followModel` resolves, then with every newer one. Must not throw. */
  readonly onModel: (model: Model) => void;
  /** Called when rights may have changed (kartoteka.state.security grew), with the new count. Must not throw. */
  readonly onSecurity: (security: number) => void;
  readonly log: Log;
  /** Milliseconds between two looks at kartoteka.state; 1000 unless a test says otherwise. */
  readonly pollMs?: number;
  /** False: do not listen, poll only (behind a connection pooler, or to test the poll). */
  readonly listen?: boolean;
}

export interface Follower {
  /** Revision of the Model handed over last. */
  readonly revision: number;
  /** A newer revision that this version of the product cannot build; null where there is none. */
  readonly unreadable: number | null;
  /** Looks at once; resolves when what was newer has been handed over. */
  check(): Promise<void>;
  /** Looks until the Model of this revision, or a newer one, has been handed over; false where it cannot be had. */
  reach(revision: number): Promise<boolean>;
  /** Stops looking; resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** A revision that was committed is there at once, unless the database is in trouble. */
const REACH_ATTEMPTS = 20;
const REACH_PAUSE_MS = 100;

/** Loads the Model and follows it. Throws when there is no published Model or it cannot be read by this version. */
export async function followModel(database: Database, options: FollowOptions): Promise<Follower> {
  const following = new Following(database, options);
  await following.start();
  return following;
}

class Following implements Follower {
  revision = 0;
  #security = -1;
  #stopped = false;
  #again = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  unreadable: number | null = null;
  /** Revision of which building failed, so that the log names it once. */
  #failed = 0;
  readonly #database: Database;
  readonly #options: FollowOptions;

  constructor(database: Database, options: FollowOptions) {
    this.#database = database;
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#options.listen !== false) await this.#database.listen(CHANNEL, () => void this.check());
    this.#security = (await readState(this.#database)).security;
    this.#hand(await loadModel(this.#database, memoryOf(this.#database)));
    this.#schedule();
  }

  check(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#again = true;
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async reach(revision: number): Promise<boolean> {
    for (let attempt = 1; this.revision < revision && !this.#stopped; attempt += 1) {
      await this.check();
      if (this.revision >= revision) break;
      if (attempt === REACH_ATTEMPTS) return false;
      await new Promise((resolve) => setTimeout(resolve, REACH_PAUSE_MS));
    }
    return this.revision >= revision;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.check().then(() => this.#schedule()), this.#options.pollMs ?? 1000);
  }

  /** One look at a time; a call that arrives meanwhile causes one more. */
  async #look(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        const state = await readState(this.#database);
        if (state.security !== this.#security) {
          this.#security = state.security;
          this.#options.onSecurity(state.security);
        }
        if (state.revision > this.revision) await this.#advance(state.revision);
      } catch (error) {
        this.#options.log.warn({ code: (error as { code?: string }).code }, 'cannot read the state of the metadata');
      }
    }
  }

  async #advance(revision: number): Promise<void> {
    // The same documents would be refused again.
    if (this.unreadable === revision) return;
    try {
      this.#hand(await loadModel(this.#database, memoryOf(this.#database)));
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'invalid_documents') this.unreadable = revision;
      if (this.#failed === revision) return;
      this.#failed = revision;
      const { code, message } = error as { code?: string; message: string };
      this.#options.log.error(
        { revision, code, reason: message },
        'cannot build the model; the one before stays in use',
      );
    }
  }

  #hand(model: Model): void {
    if (model.revision <= this.revision) return;
    this.revision = model.revision;
    this.unreadable = null;
    this.#options.onModel(model);
  }
}
