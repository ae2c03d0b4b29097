// Which sessions and API keys were ended while their access tokens are still valid. Fed by notifications of every node and by a look
// at the table once a second, so that a missed notification is made up for.
import type { Database } from '@kartoteka/platform';
import type { Log } from '../log.ts';
import { ACCESS_TOKEN_SECONDS } from './access-token.ts';

/** Channel on which the id of an ended session or key is announced. */
export const SESSION_CHANNEL = 'kartoteka_session';

const POLL_MS = 1000;
/** A transaction that ends a session stamps it when it begins; it is seen if it commits within this time. */
const OVERLAP_SECONDS = 30;
const REMEMBER_MS = (ACCESS_TOKEN_SECONDS + OVERLAP_SECONDS) * 1000;

const RECENT = `select id::text as id from kartoteka.session where revoked_on > now() - $1::int * interval '1 second'
union all select id::text from kartoteka.api_key where revoked_on > now() - $1::int * interval '1 second'`;

const LIVE = `select 1 as live from kartoteka.session where id = $1::uuid and revoked_on is null and expires_on > now()
union all select 1 from kartoteka.api_key where id = $1::uuid and revoked_on is null and (expires_on > now()) is not false`;

export class RevokedSessions {
  readonly #database: Database;
  readonly #log: Log;
  /** Id of a session or key -> when it may be forgotten, in milliseconds; by then every access token of it has expired. */
  readonly #sessions = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #failing = false;

  private constructor(database: Database, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  /** Knows all sessions ended so far when it resolves, and later ones within a second. */
  static async watch(database: Database, log: Log): Promise<RevokedSessions> {
    const revoked = new RevokedSessions(database, log);
    await database.listen(SESSION_CHANNEL, (session) => revoked.add(session));
    await revoked.#read(ACCESS_TOKEN_SECONDS + OVERLAP_SECONDS);
    revoked.#schedule();
    return revoked;
  }

  has(session: string): boolean {
    return this.#sessions.has(session);
  }

  /** Whether a session or key is not ended or expired, however long ago: asked of the tables. */
  async isLive(id: string): Promise<boolean> {
    return !this.has(id) && (await this.#database.run(LIVE, [id], { prepare: true })).length > 0;
  }

  add(session: string): void {
    this.#sessions.set(session, Date.now() + REMEMBER_MS);
  }

  /** Stops looking at the table. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS).unref();
  }

  async #poll(): Promise<void> {
    try {
      // After a failure the whole time that matters is read again.
      await this.#read(this.#failing ? ACCESS_TOKEN_SECONDS + OVERLAP_SECONDS : OVERLAP_SECONDS);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && this.#timer !== null) this.#log.warn({ error }, 'Ended sessions could not be read');
      this.#failing = true;
    }
    this.#forget();
    if (this.#timer !== null) this.#schedule();
  }

  async #read(seconds: number): Promise<void> {
    for (const { id } of await this.#database.run(RECENT, [String(seconds)], { prepare: true })) {
      if (typeof id === 'string' && !this.#sessions.has(id)) this.add(id);
    }
  }

  #forget(): void {
    const now = Date.now();
    for (const [session, until] of this.#sessions) {
      if (until < now) this.#sessions.delete(session);
    }
  }
}
