// Signing in with an API key: which key a request shows, and whether it is good. Good keys are kept for a moment, so that most
// requests ask nobody; what a key may do is its user's business.

import { createHash } from 'node:crypto';
import { BoundedCache } from '@kartoteka/metadata';
import { originOf, PlatformError } from '@kartoteka/platform';
import type { Log } from '../log.ts';
import { type ApiKeys, isKeyShaped, KEY_MARK, type RefusedKey, type UsableKey } from './api-keys.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { clientOfKey } from './oauth-request.ts';
import type { RevokedSessions } from './revoked-sessions.ts';
import type { Grant, Sender, SignInEvents } from './sign-in-events.ts';

/** A key as it came. `name` is what was given with it: the key's id or the user's e-mail address; null: nothing. */
export interface GivenKey {
  readonly name: string | null;
  readonly key: string;
}

export interface KeySignIn {
  /** The key, when it is kept and still good; null: `verify` has to be asked. */
  peek(given: GivenKey): UsableKey | null;
  /**
   * The key if it is good; `grant` says for what it is shown.
   * @throws PlatformError unauthenticated, TooManyAttempts after too many wrong ones
   */
  verify(given: GivenKey, sender: Sender, grant: 'api_key' | 'client_credentials'): Promise<UsableKey>;
}

/** The error too_many_attempts with the seconds after which a repetition makes sense. */
export class TooManyAttempts extends PlatformError {
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('too_many_attempts');
    this.retryAfter = retryAfter;
  }
}

/** Well below the time for which revoked keys are remembered. */
const KEEP_MS = 30_000;
const TOUCH_MS = 60_000;

interface Kept {
  readonly key: UsableKey;
  readonly until: number;
}

interface Parts {
  readonly keys: ApiKeys;
  readonly revoked: Pick<RevokedSessions, 'has'>;
  readonly throttle: LoginThrottle;
  /** Id of the user with an e-mail address. */
  readonly userByEmail: (email: string) => Promise<string | null>;
  readonly events: SignInEvents;
  readonly log: Log;
}

/** What a request shows, where it is no good key. */
interface NoKey {
  readonly reason: 'unknown_key' | 'wrong_name' | RefusedKey['refused'];
  /** The key it is, where there is one. */
  readonly key: Pick<UsableKey, 'id' | 'user'> | null;
}

/**
 * Wrong keys are counted, right ones never wait: a key cannot be guessed, so nobody is locked out by the mistakes of others.
 */
export function createKeySignIn(parts: Parts): KeySignIn {
  const { keys, revoked, throttle, events, log } = parts;
  const kept = new BoundedCache<Kept>(5_000);
  const touched = new BoundedCache<number>(5_000);

  const isGood = ({ id, expires }: UsableKey): boolean => !revoked.has(id) && expires > Date.now();
  const touch = (id: string, sender: Sender | null): void => {
    const now = Date.now();
    if (now - (touched.get(id) ?? 0) < TOUCH_MS) return;
    touched.set(id, now);
    const origin = sender === null ? null : originOf({ client: clientOfKey(id), headers: sender.headers, sender });
    keys.touch(id, origin).catch((error: unknown) => log.warn({ error }, 'The use of a key could not be noted'));
  };
  return {
    peek(given) {
      const found = kept.get(cacheKey(given));
      if (found === undefined || found.until <= Date.now() || !isGood(found.key)) return null;
      touch(found.key.id, null);
      return found.key;
    },
    async verify(given, sender, grant) {
      const known = this.peek(given);
      if (known !== null) return known;
      const found = await find(parts, given);
      if ('reason' in found) {
        // The same wrong key again and again is one account, as is one name.
        const { retryAfter } = await throttle.begin(given.name ?? given.key, sender.ip);
        if (retryAfter > 0) {
          events.throttled(sender, { grant, name: given.name });
          throw new TooManyAttempts(retryAfter);
        }
        recordRefused(events, found, given.name, sender, grant);
        throw new PlatformError('unauthenticated');
      }
      kept.set(cacheKey(given), { key: found, until: Date.now() + KEEP_MS });
      touch(found.id, sender);
      return found;
    },
  };
}

/** The key that a request shows, if it may be used by that name. */
async function find({ keys, revoked, userByEmail }: Parts, { name, key }: GivenKey): Promise<UsableKey | NoKey> {
  const found = isKeyShaped(key) ? await keys.find(key) : null;
  if (found === null) return { reason: 'unknown_key', key: null };
  if ('refused' in found) return { reason: found.refused, key: found };
  if (revoked.has(found.id)) return { reason: 'revoked', key: found };
  const isItsName = name === null || name.toLowerCase() === found.id || (await userByEmail(name)) === found.user;
  return isItsName ? found : { reason: 'wrong_name', key: found };
}

/** What is no key, or not of that name, is a guess; a key that was good once is told apart from it. */
function recordRefused(events: SignInEvents, no: NoKey, name: string | null, sender: Sender, grant: Grant): void {
  const { reason, key } = no;
  if (reason === 'unknown_key' || reason === 'wrong_name') {
    events.failed(sender, { grant, reason, name, user: key?.user ?? null });
  } else if (key !== null) events.keyRefused(sender, key, reason);
}

/** A hash, so that no key stays in memory. */
function cacheKey({ name, key }: GivenKey): string {
  return createHash('sha256')
    .update(`${name ?? ''}\0${key}`)
    .digest('base64url');
}

/**
 * The key in `Bearer ktk_…` or `Basic base64(<id or e-mail>:<key>)` (RFC 7617); null when the header shows none.
 * @throws PlatformError unauthenticated for what calls itself Basic and is not
 */
export function givenKey(authorization: string | undefined): GivenKey | null {
  if (authorization === undefined || authorization.length > 2048) return null;
  const [, scheme = '', value = ''] = /^(basic|bearer) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'basic') return basicKey(value);
  return value.startsWith(KEY_MARK) ? { name: null, key: value } : null;
}

function basicKey(base64: string): GivenKey {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  // NUL and what was no UTF-8 are in no address.
  if (name === '' || /[\p{Cc}\ufffd]/u.test(name)) throw new PlatformError('unauthenticated');
  return { name, key: text.slice(colon + 1) };
}
