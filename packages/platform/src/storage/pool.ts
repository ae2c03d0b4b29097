// Hands out sessions, to one user alone or to a few single statements at a time, and bounds who may wait for one. It must not
// run statements.
import { PlatformError } from '../errors.ts';
import { Session, type SessionSettings } from './session.ts';

export interface PoolSettings extends SessionSettings {
  readonly poolSize: number;
  /** How many may wait for a session; one more is refused at once. */
  readonly maxWaiting: number;
  /** Milliseconds somebody waits for a session before being refused. */
  readonly waitTimeout: number;
}

interface Waiter {
  /** Waits to share a session for one statement. */
  readonly shares: boolean;
  readonly resolve: (session: Session) => void;
  readonly reject: (error: Error) => void;
  /** Time of performance.now() at which the wait ends. */
  readonly until: number;
}

/** Brief statements that travel together: each packet less is a system call less on both sides. */
const BRIEF_STATEMENTS = 4;
/** A connection is replaced after this time, so that the memory of its server process does not grow for ever. */
const SESSION_LIFETIME_MS = 45 * 60_000;
const CLOSE_GRACE_MS = 5_000;

export class SessionPool {
  readonly #url: string;
  readonly #settings: PoolSettings;
  readonly #idle: Session[] = [];
  /** Sessions that run one shared statement and have room for another. */
  readonly #half: Session[] = [];
  readonly #all = new Set<Session>();
  /** Has brief statements of this turn of the event loop, not yet sent, and takes more. */
  #joinable: Session | undefined;
  #turn: NodeJS.Immediate | undefined;
  readonly #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #onEmpty: (() => void) | undefined;

  constructor(url: string, settings: PoolSettings) {
    this.#url = url;
    this.#settings = settings;
  }

  /** A session for the caller alone, until `release`. Rejects with PlatformError `overloaded` or `not_ready` (closed). */
  async acquire(): Promise<Session> {
    return this.#free() ?? this.#wait(false);
  }

  /**
   * A session for one statement, until `releaseShared`; undefined where the caller has to wait (`waitShared`). Two statements
   * may be under way on one session: the second waits at the server, which goes on with it without a pause. Those that say
   * they are brief and come in one turn of the event loop go to one session, in one packet; nothing else joins them there.
   */
  tryShared(brief: boolean): Session | undefined {
    if (brief && this.#joinable !== undefined) return this.#join(this.#joinable);
    const session = this.#free();
    if (session !== undefined) {
      if (brief) this.#invite(session);
      return this.#share(session);
    }
    if (this.#waiters.length > 0) return undefined;
    const half = this.#half.pop();
    if (half === undefined) return undefined;
    half.shared = 2;
    if (half === this.#joinable) this.#joinable = undefined;
    return half;
  }

  /** Until the driver writes, which it does when the turn of the event loop ends. */
  #invite(session: Session): void {
    this.#joinable = session;
    this.#turn ??= setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#turn = undefined;
    this.#joinable = undefined;
  };

  #join(session: Session): Session {
    session.shared += 1;
    if (session.shared === 2) this.#half.splice(this.#half.indexOf(session), 1);
    if (session.shared === BRIEF_STATEMENTS) this.#joinable = undefined;
    return session;
  }

  /** As `tryShared`, waiting. Rejects as `acquire` does. */
  waitShared(): Promise<Session> {
    return this.#wait(true);
  }

  /** Ends one statement's use of a shared session. */
  releaseShared(session: Session): void {
    session.shared -= 1;
    // Where a statement fails before it is sent, the turn is not over yet.
    if (session === this.#joinable && (session.shared === 0 || session.retired)) this.#joinable = undefined;
    if (session.shared === 0) {
      this.#half.splice(this.#half.indexOf(session), 1);
      this.release(session);
    } else if (session.shared === 1) {
      this.#giveRest(session);
    }
  }

  /** There is room for another statement. */
  #giveRest(session: Session): void {
    if (this.#waiters[0]?.shares === true && !session.retired) {
      session.shared = 2;
      this.#waiters.shift()?.resolve(session);
    } else {
      this.#half.push(session);
    }
  }

  /** Returns a session; it must have no open transaction. */
  release(session: Session): void {
    if (session.retired || performance.now() - session.bornAt > SESSION_LIFETIME_MS || this.#closed) {
      this.#all.delete(session);
      void session.end(1);
    }
    const waiter = this.#waiters.shift();
    if (waiter) {
      const next = this.#all.has(session) ? session : this.#open();
      waiter.resolve(waiter.shares ? this.#share(next) : next);
    } else if (this.#all.has(session)) {
      this.#idle.push(session);
    } else if (this.#all.size === 0) {
      this.#onEmpty?.();
    }
  }

  /** Refuses who waits, lets running work end (five seconds at most) and ends every connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new PlatformError('not_ready'));
    const idle = this.#idle.splice(0);
    for (const session of idle) this.#all.delete(session);
    await Promise.all([...idle.map((session) => session.end(1)), this.#drain()]);
  }

  #free(): Session | undefined {
    if (this.#closed) throw new PlatformError('not_ready');
    return this.#idle.pop() ?? (this.#all.size < this.#settings.poolSize ? this.#open() : undefined);
  }

  #share(session: Session): Session {
    session.shared = 1;
    this.#half.push(session);
    return session;
  }

  #wait(shares: boolean): Promise<Session> {
    if (this.#waiters.length >= this.#settings.maxWaiting) return Promise.reject(new PlatformError('overloaded'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ shares, resolve, reject, until: performance.now() + this.#settings.waitTimeout });
      this.#timer ??= setTimeout(this.#giveUp, this.#settings.waitTimeout);
    });
  }

  async #drain(): Promise<void> {
    if (this.#all.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      timer = setTimeout(resolve, CLOSE_GRACE_MS);
    });
    clearTimeout(timer);
    await Promise.all([...this.#all].map((session) => session.end(0)));
  }

  #open(): Session {
    const session = new Session(this.#url, this.#settings);
    this.#all.add(session);
    return session;
  }

  /** Refuses those who have waited too long; the queue is in the order of their deadlines. */
  readonly #giveUp = (): void => {
    const now = performance.now();
    while (this.#waiters[0] && this.#waiters[0].until <= now + 1)
      this.#waiters.shift()?.reject(new PlatformError('overloaded'));
    const next = this.#waiters[0];
    this.#timer = next && setTimeout(this.#giveUp, next.until - now);
  };
}
