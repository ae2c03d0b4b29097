// From the Authorization header to the caller: a genuine token of a live session, or a good API key, of an enabled user;
// or 401 in the same words whatever is wrong.
import {
  ACT_AS,
  originOf,
  type Platform,
  PlatformError,
  type Principal,
  type RequestSource,
} from '@kartoteka/platform';
import type { AccessClaims, AccessTokens } from './access-token.ts';
import type { UsableKey } from './api-keys.ts';
import { givenKey, type KeySignIn } from './key-sign-in.ts';
import { clientOfKey } from './oauth-request.ts';
import type { RevokedSessions } from './revoked-sessions.ts';
import type { Sender, SignInEvents } from './sign-in-events.ts';

/** Who sent a request. */
export interface Caller {
  /** With `callerId` where the request is sent by another user, who acts as this one. */
  readonly principal: Principal;
  /** Null for a key, which has none. */
  readonly session: string | null;
  /** Id of the API key that was shown, or for which the token was issued; null after a sign-in with a password. */
  readonly key: string | null;
  /** OAuth client id given at sign-in; `api_key:<id>` for a key. */
  readonly client: string | null;
}

export interface Authenticator {
  /** @throws PlatformError unauthenticated, TooManyAttempts */
  authenticate(authorization: string | undefined, sender: Sender): Promise<Caller>;
  /** The same without waiting: null when the user or key has to be loaded first. @throws PlatformError unauthenticated */
  authenticateNow(authorization: string | undefined): Caller | null;
  /**
   * The caller as the user whom the header Act-As names: a key stands for its own user only.
   * @throws PlatformError sign_in_needed, and those of Platform.actAs
   */
  actAs(caller: Caller, user: string, request: Pick<RequestSource, 'headers' | 'sender'>): Promise<Caller>;
  /** Whether who sent a request is not cut off meanwhile; the mere end of a token's time is no matter. */
  isStillIn(caller: Caller): Promise<boolean>;
}

/** Checks bearer tokens and keys; `platform.principals` answers null for users that are gone or disabled. */
export function createAuthenticator(
  tokens: AccessTokens,
  revoked: RevokedSessions,
  keys: KeySignIn,
  platform: Pick<Platform, 'principals' | 'actAs' | 'events'>,
  events: SignInEvents,
): Authenticator {
  const { principals } = platform;
  const claimsOf = (authorization: string | undefined): AccessClaims => {
    const claims = tokens.verify(bearerToken(authorization));
    if (claims === null || revoked.has(claims.sid)) throw new PlatformError('unauthenticated');
    return claims;
  };
  return {
    authenticateNow(authorization) {
      const given = isToken(authorization) ? null : givenKey(authorization);
      if (given !== null) {
        const key = keys.peek(given);
        const user = key === null ? undefined : principals.peek(key.user);
        return key === null || user === undefined ? null : callerByKey(user, key);
      }
      const claims = claimsOf(authorization);
      const principal = principals.peek(claims.sub);
      return principal === undefined ? null : callerByToken(principal, claims);
    },
    async authenticate(authorization, sender) {
      const given = isToken(authorization) ? null : givenKey(authorization);
      const proof = given === null ? claimsOf(authorization) : await keys.verify(given, sender, 'api_key');
      const principal = await principals.get('sub' in proof ? proof.sub : proof.user);
      if (principal === null) {
        if ('user' in proof) events.keyRefused(sender, proof, 'user_disabled');
        throw new PlatformError('unauthenticated');
      }
      return 'sub' in proof ? callerByToken(principal, proof) : callerByKey(principal, proof);
    },
    async actAs(caller, user, request) {
      const source = { ...request, client: caller.client };
      if (caller.key !== null) {
        const reason = 'sign_in_needed';
        const event = { kind: 'act_as_refused', actorId: caller.principal.id, origin: originOf(source) } as const;
        await platform.events.record(`${caller.key} ${reason}`, { ...event, details: { reason, key: caller.key } });
        throw new PlatformError(reason, {}, { target: ACT_AS });
      }
      return { ...caller, principal: await platform.actAs(caller.principal, user, source) };
    },
    isStillIn: (caller) => isStillIn(caller, revoked, principals),
  };
}

async function isStillIn(
  { principal, session, key }: Caller,
  revoked: RevokedSessions,
  principals: Pick<Platform['principals'], 'get'>,
): Promise<boolean> {
  const proof = session ?? key;
  // What ended long ago is no longer remembered: a client may have waited.
  if (proof === null || !(await revoked.isLive(proof))) return false;
  const { id, callerId = id } = principal;
  const users = await Promise.all([id, callerId].map((user) => principals.get(user)));
  return users.every((user) => user !== null);
}

function callerByKey(principal: Principal, { id }: UsableKey): Caller {
  return { principal, session: null, key: id, client: clientOfKey(id) };
}

function callerByToken(principal: Principal, { sid, client, isOfKey }: AccessClaims): Caller {
  return { principal, session: isOfKey ? null : sid, key: isOfKey ? sid : null, client };
}

/** Most requests show a token, whose first letters no key has: they pay for nothing else. */
function isToken(authorization: string | undefined): boolean {
  return authorization?.startsWith('Bearer ey') === true;
}

/** The token of `Bearer <token>` (RFC 6750); no token is longer than 2 KiB. */
function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization.length > 2048) throw new PlatformError('unauthenticated');
  if (authorization.startsWith('Bearer ')) return authorization.slice(7);
  const match = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization);
  if (match?.[1] === undefined) throw new PlatformError('unauthenticated');
  return match[1];
}
