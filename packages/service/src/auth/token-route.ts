// POST /auth/token: signs in with a password or goes on with a refresh token, as OAuth 2 (RFC 6749) describes it.

import type { Principal } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts';
import type { Credentials } from './credentials.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { clientIdOf, OAuthError, type OAuthForm, oauthForm } from './oauth-request.ts';
import { hasControlCharacters } from './password-rules.ts';
import type { OpenSession, Sessions } from './sessions.ts';

export interface TokenParts {
  readonly tokens: AccessTokens;
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
  readonly principals: { get(userId: string): Promise<Principal | null> };
}

type Grant = (parts: TokenParts, form: OAuthForm, request: FastifyRequest) => Promise<OpenSession>;

const GRANTS: Readonly<Record<string, Grant>> = { password: signIn, refresh_token: refresh };

/** Adds the route to a scope whose bodies are forms and whose errors are OAuth's. */
export function addTokenRoute(scope: FastifyInstance, parts: TokenParts): void {
  scope.post('/auth/token', async (request, reply) => {
    const form = oauthForm(request);
    const type = form.require('grant_type', 100);
    const grant = Object.hasOwn(GRANTS, type) ? GRANTS[type] : undefined;
    if (grant === undefined) {
      throw new OAuthError('unsupported_grant_type', 'grant_type is password or refresh_token');
    }
    return sendTokens(reply, parts.tokens, await grant(parts, form, request));
  });
}

function sendTokens(reply: FastifyReply, tokens: AccessTokens, session: OpenSession): FastifyReply {
  reply.header('content-type', 'application/json; charset=utf-8').header('pragma', 'no-cache');
  return reply.send(
    JSON.stringify({
      access_token: tokens.issue(session.user, session.id, session.client),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      refresh_token: session.refreshToken,
    }),
  );
}

/** The same words for a wrong password, an unknown or a disabled user, and one without a password. */
const REFUSED = 'The user name or the password is not right';

async function signIn(parts: TokenParts, form: OAuthForm, request: FastifyRequest): Promise<OpenSession> {
  const client = clientIdOf(form);
  const username = form.require('username', 254).trim();
  const password = form.require('password', 1024);
  if (hasControlCharacters(username)) throw new OAuthError('invalid_grant', REFUSED);
  const attempt = await parts.throttle.begin(username, request.ip);
  if (attempt.retryAfter > 0) {
    throw new OAuthError('too_many_attempts', 'Too many attempts; try again later', attempt.retryAfter);
  }
  const user = await parts.credentials.verify(username, password);
  if (user === null) throw new OAuthError('invalid_grant', REFUSED);
  await attempt.succeeded();
  return parts.sessions.open(user, client);
}

async function refresh(parts: TokenParts, form: OAuthForm): Promise<OpenSession> {
  clientIdOf(form);
  const session = await parts.sessions.rotate(form.require('refresh_token', 200));
  const user = session === null ? null : await parts.principals.get(session.user);
  if (session !== null && user !== null) return session;
  if (session !== null) await parts.sessions.revoke(session.id);
  throw new OAuthError('invalid_grant', 'The refresh token is not valid: sign in again');
}
