// POST /auth/token: signs in with a password or an API key, or goes on with a refresh token, as OAuth 2 (RFC 6749) describes it.

import { PlatformError, type Principal } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts';
import type { Credentials } from './credentials.ts';
import { type GivenKey, givenKey, type KeySignIn, TooManyAttempts } from './key-sign-in.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { clientIdOf, clientOfKey, OAuthError, type OAuthForm, oauthForm, refuseClientSecret } from './oauth-request.ts';
import { hasControlCharacters } from './password-rules.ts';
import { originIn } from './recorded.ts';
import { ofEnabledUser, openByPassword } from './session-begin.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { Sender, SignInEvents } from './sign-in-events.ts';

export interface TokenParts {
  readonly tokens: AccessTokens;
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
  readonly keySignIn: KeySignIn;
  readonly principals: { get(userId: string): Promise<Principal | null> };
  readonly events: SignInEvents;
}

/** What a grant gives; names are those of the answer. */
interface Granted {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
}

type Grant = (parts: TokenParts, form: OAuthForm, request: FastifyRequest) => Promise<Granted>;

const GRANTS: Readonly<Record<string, Grant>> = {
  password: signIn,
  refresh_token: refresh,
  client_credentials: signInWithKey,
};

/** Adds the route to a scope whose bodies are forms and whose errors are OAuth's. */
export function addTokenRoute(scope: FastifyInstance, parts: TokenParts): void {
  scope.post('/auth/token', async (request, reply) => {
    const form = oauthForm(request);
    const type = form.require('grant_type', 100);
    const grant = Object.hasOwn(GRANTS, type) ? GRANTS[type] : undefined;
    if (grant === undefined) {
      throw new OAuthError('unsupported_grant_type', `grant_type is one of ${Object.keys(GRANTS).join(', ')}`);
    }
    return sendTokens(reply, await grant(parts, form, request));
  });
}

function sendTokens(reply: FastifyReply, { access_token, expires_in, refresh_token }: Granted): FastifyReply {
  reply.header('content-type', 'application/json; charset=utf-8').header('pragma', 'no-cache');
  return reply.send(JSON.stringify({ access_token, token_type: 'Bearer', expires_in, refresh_token }));
}

function tokensOf({ tokens }: TokenParts, session: OpenSession): Granted {
  return {
    access_token: tokens.issue(session.user, session.id, session.client),
    expires_in: ACCESS_TOKEN_SECONDS,
    refresh_token: session.refreshToken,
  };
}

/** The same words for a wrong password, an unknown or a disabled user, and one without a password. */
const REFUSED = 'The user name or the password is not right';

async function signIn(parts: TokenParts, form: OAuthForm, request: FastifyRequest): Promise<Granted> {
  refuseClientSecret(request, form);
  const client = clientIdOf(form);
  const username = form.require('username', 254).trim();
  const password = form.require('password', 1024);
  const outcome = await openByPassword(parts, { username, password, client }, request);
  if ('session' in outcome) return tokensOf(parts, outcome.session);
  if (outcome.retryAfter === null) throw new OAuthError('invalid_grant', REFUSED);
  throw new OAuthError('too_many_attempts', 'Too many attempts; try again later', outcome.retryAfter);
}

async function refresh(parts: TokenParts, form: OAuthForm, request: FastifyRequest): Promise<Granted> {
  refuseClientSecret(request, form);
  const origin = originIn(request, clientIdOf(form));
  const rotated = await parts.sessions.rotate(form.require('refresh_token', 200), origin);
  const session = await ofEnabledUser(parts, rotated, origin);
  if (session !== null) return tokensOf(parts, session);
  throw new OAuthError('invalid_grant', 'The refresh token is not valid: sign in again');
}

/** RFC 6749 section 4.4: the id of a key and the key give an access token, and no refresh token. */
async function signInWithKey(parts: TokenParts, form: OAuthForm, request: FastifyRequest): Promise<Granted> {
  const key = await goodKey(parts, clientCredentials(form, request), request);
  const principal = await parts.principals.get(key.user);
  if (principal === null) {
    parts.events.keyRefused(request, key, 'user_disabled');
    throw new OAuthError('invalid_client', KEY_REFUSED);
  }
  const seconds = Math.min(ACCESS_TOKEN_SECONDS, Math.floor((key.expires - Date.now()) / 1000));
  if (seconds < 1) throw new OAuthError('invalid_client', KEY_REFUSED);
  const client = clientOfKey(key.id);
  request.caller = { principal, session: null, key: key.id, client };
  await parts.events.signedInWithKey(request, key);
  return { access_token: parts.tokens.issueForKey(key.user, key.id, client, seconds), expires_in: seconds };
}

/** The same words for a wrong, revoked or expired key, another one's id, and a disabled user. */
const KEY_REFUSED = 'The client_id or the client_secret is not right';

async function goodKey({ keySignIn }: TokenParts, given: GivenKey, sender: Sender) {
  try {
    return await keySignIn.verify(given, sender, 'client_credentials');
  } catch (error) {
    if (error instanceof TooManyAttempts) {
      throw new OAuthError('too_many_attempts', 'Too many attempts; try again later', error.retryAfter);
    }
    if (!(error instanceof PlatformError) || error.code !== 'unauthenticated') throw error;
    throw new OAuthError('invalid_client', KEY_REFUSED);
  }
}

/** In the form or as Basic, not both (section 2.3). */
function clientCredentials(form: OAuthForm, request: FastifyRequest): GivenKey {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const name = form.require('client_id', 64);
    if (hasControlCharacters(name)) throw new OAuthError('invalid_client', KEY_REFUSED);
    return { name, key: form.require('client_secret', 256) };
  }
  if (form.get('client_secret') !== null) {
    throw new OAuthError('invalid_request', 'Send the client_secret either in Authorization or in the form');
  }
  const given = basicOf(authorization);
  const name = form.get('client_id');
  if (given?.name == null || (name !== null && name !== given.name)) {
    throw new OAuthError('invalid_client', KEY_REFUSED);
  }
  return given;
}

function basicOf(authorization: string): GivenKey | null {
  try {
    return givenKey(authorization);
  } catch {
    return null;
  }
}
