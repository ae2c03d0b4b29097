// Access tokens: short-lived JWTs, HS256 only, with every claim pinned. A token that was verified is remembered until it
// expires; whether its session and user are still good is asked of others on every request.

import type { JWT } from '@fastify/jwt';
import { BoundedCache } from '@kartoteka/metadata';

/** Seconds an access token is valid. */
export const ACCESS_TOKEN_SECONDS = 600;
export const ISSUER = 'kartoteka';
export const AUDIENCE = 'kartoteka/api';
/** RFC 9068's media type of access tokens. */
const TYPE = 'at+jwt';

/** What a verified access token says. */
export interface AccessClaims {
  /** Id of the user. */
  readonly sub: string;
  /** Id of the session (all tokens that descend from one sign-in), or of the API key it was issued for. */
  readonly sid: string;
  readonly isOfKey: boolean;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly client: string | null;
}

/** Options of @fastify/jwt that pin algorithm, type, issuer, audience and the claims that must be there. */
export function jwtOptions(secret: string) {
  return {
    secret,
    sign: {
      algorithm: 'HS256' as const,
      iss: ISSUER,
      aud: AUDIENCE,
      expiresIn: ACCESS_TOKEN_SECONDS,
      header: { alg: 'HS256', typ: TYPE },
    },
    verify: {
      algorithms: ['HS256' as const],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      checkTyp: TYPE,
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
      maxAge: ACCESS_TOKEN_SECONDS,
      cache: false,
    },
  };
}

export class AccessTokens {
  readonly #jwt: JWT;
  readonly #verified = new BoundedCache<AccessClaims>(20_000);

  constructor(jwt: JWT) {
    this.#jwt = jwt;
  }

  /** Signs a token for a user in a session. */
  issue(user: string, session: string, client: string | null): string {
    return this.#sign(user, session, client, {}, ACCESS_TOKEN_SECONDS);
  }

  /** Signs a token for an API key that is valid for `seconds`. It is refused when the key is revoked. */
  issueForKey(user: string, key: string, client: string, seconds: number): string {
    return this.#sign(user, key, client, { key: true }, seconds);
  }

  #sign(user: string, session: string, client: string | null, more: { key?: true }, seconds: number): string {
    const claims = {
      sub: user,
      sid: session,
      jti: crypto.randomUUID(),
      ...(client === null ? {} : { client_id: client }),
      ...more,
    };
    return this.#jwt.sign(claims, { expiresIn: seconds });
  }

  /** The claims of a token that is genuine, of this service and not expired; null for every other text. */
  verify(token: string): AccessClaims | null {
    const known = this.#verified.get(token);
    if (known !== undefined) return known.exp * 1000 > Date.now() ? known : null;
    const claims = this.#decode(token);
    if (claims !== null) this.#verified.set(token, claims);
    return claims;
  }

  #decode(token: string): AccessClaims | null {
    try {
      return claimsOf(this.#jwt.verify<Record<string, unknown>>(token));
    } catch {
      return null;
    }
  }
}

function claimsOf(payload: Record<string, unknown>): AccessClaims | null {
  const { sub, sid, exp, client_id: client, key } = payload;
  if (!isUuid(sub) || !isUuid(sid) || typeof exp !== 'number') return null;
  return { sub, sid, exp, client: typeof client === 'string' ? client : null, isOfKey: key === true };
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
