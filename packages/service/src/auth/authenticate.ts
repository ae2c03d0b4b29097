// From the Authorization header to the caller: a genuine token of a live session of an enabled user, or 401 in the same
// words whatever is wrong.
import { PlatformError, type Principal } from '@kartoteka/platform';
import type { AccessClaims, AccessTokens } from './access-token.ts';
import type { RevokedSessions } from './revoked-sessions.ts';

/** Who sent a request. */
export interface Caller {
  readonly principal: Principal;
  readonly session: string;
  /** OAuth client id given at sign-in. */
  readonly client: string | null;
}

export interface Authenticator {
  /** @throws PlatformError unauthenticated */
  authenticate(authorization: string | undefined): Promise<Caller>;
  /** The same without waiting: null when the user has to be loaded first. @throws PlatformError unauthenticated */
  authenticateNow(authorization: string | undefined): Caller | null;
}

/** Checks bearer tokens; `principals` answers null for users that are gone or disabled. */
export function createAuthenticator(
  tokens: AccessTokens,
  revoked: RevokedSessions,
  principals: { get(userId: string): Promise<Principal | null>; peek(userId: string): Principal | undefined },
): Authenticator {
  const claimsOf = (authorization: string | undefined): AccessClaims => {
    const claims = tokens.verify(bearerToken(authorization));
    if (claims === null || revoked.has(claims.sid)) throw new PlatformError('unauthenticated');
    return claims;
  };
  return {
    authenticateNow(authorization) {
      const claims = claimsOf(authorization);
      const principal = principals.peek(claims.sub);
      return principal === undefined ? null : { principal, session: claims.sid, client: claims.client };
    },
    async authenticate(authorization) {
      const claims = claimsOf(authorization);
      const principal = await principals.get(claims.sub);
      if (principal === null) throw new PlatformError('unauthenticated');
      return { principal, session: claims.sid, client: claims.client };
    },
  };
}

/** The token of `Bearer <token>` (RFC 6750); no token is longer than 2 KiB. */
function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization.length > 2048) throw new PlatformError('unauthenticated');
  if (authorization.startsWith('Bearer ')) return authorization.slice(7);
  const match = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization);
  if (match?.[1] === undefined) throw new PlatformError('unauthenticated');
  return match[1];
}
