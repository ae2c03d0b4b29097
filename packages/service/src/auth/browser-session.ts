// Sessions of the web application: the refresh token stays in a cookie that no script reads, and which goes to these routes alone; the page
// is given access tokens. Only pages of this origin are answered, so that no other site acts with the cookie.
import fastifyCookie, { type CookieSerializeOptions } from '@fastify/cookie';
import { PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_SECONDS } from './access-token.ts';
import { invalidMember, membersOf } from './json-body.ts';
import { TooManyAttempts } from './key-sign-in.ts';
import { originIn } from './recorded.ts';
import { ofEnabledUser, openByPassword } from './session-begin.ts';
import { IDLE_LIFETIME_MS, type OpenSession } from './sessions.ts';
import type { TokenParts } from './token-route.ts';

const PATH = '/auth/browser-session';
const COOKIE = 'kartoteka_session';
/** How these sessions are told from those of programs in the list of sessions. */
const CLIENT = 'web';

/** Adds `POST` (sign in), `POST .../refresh` and `DELETE` (sign out) to a scope whose bodies are JSON texts. */
export async function addBrowserSessionRoutes(scope: FastifyInstance, parts: TokenParts): Promise<void> {
  await scope.register(fastifyCookie);
  const onRequest = async (request: FastifyRequest): Promise<void> => checkOrigin(request);
  scope.post(PATH, { onRequest }, async (request, reply) => {
    const session = await signIn(parts, request);
    return sendToken(parts, request, reply, session);
  });
  scope.post(`${PATH}/refresh`, { onRequest }, async (request, reply) => {
    const session = await goneOn(parts, request);
    if (session !== null) return sendToken(parts, request, reply, session);
    reply.clearCookie(COOKIE, cookieOptions(request));
    throw new PlatformError('unauthenticated');
  });
  scope.delete(PATH, { onRequest }, async (request, reply) => {
    const token = request.cookies[COOKIE];
    const by = { kind: 'sign_out', actorId: null, origin: originIn(request, CLIENT) } as const;
    if (token !== undefined) await parts.sessions.revokeByRefreshToken(token, by);
    return reply.clearCookie(COOKIE, cookieOptions(request)).code(204).send();
  });
}

/** Browsers name the origin in every POST and DELETE; its host is ours whether or not TLS ends before this service. */
function checkOrigin({ headers, host }: FastifyRequest): void {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isOurs = origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
  if (!isOurs || (site !== undefined && site !== 'same-origin')) throw new PlatformError('foreign_origin');
}

async function signIn(parts: TokenParts, request: FastifyRequest): Promise<OpenSession> {
  const body = membersOf(request.body, ['email', 'password'], 'session');
  const username = text(body, 'email', 254).trim();
  const password = text(body, 'password', 1024);
  const begun = await openByPassword(parts, { username, password, client: CLIENT }, request);
  if ('session' in begun) return begun.session;
  throw begun.retryAfter === null ? new PlatformError('unauthenticated') : new TooManyAttempts(begun.retryAfter);
}

/** The session of the cookie with the next refresh token; null where it has ended, or its user may not sign in any more. */
async function goneOn(parts: TokenParts, request: FastifyRequest): Promise<OpenSession | null> {
  const token = request.cookies[COOKIE];
  if (token === undefined || token.length > 200) return null;
  const origin = originIn(request, CLIENT);
  return ofEnabledUser(parts, await parts.sessions.rotateShared(token, origin), origin);
}

function sendToken(
  parts: TokenParts,
  request: FastifyRequest,
  reply: FastifyReply,
  session: OpenSession,
): FastifyReply {
  const { user, id, client, refreshToken } = session;
  reply.setCookie(COOKIE, refreshToken, { ...cookieOptions(request), maxAge: IDLE_LIFETIME_MS / 1000 });
  reply.header('content-type', 'application/json; charset=utf-8');
  const body = {
    access_token: parts.tokens.issue(user, id, client),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
  };
  return reply.send(JSON.stringify(body));
}

function cookieOptions({ protocol, headers }: FastifyRequest): CookieSerializeOptions {
  const secure = protocol === 'https' || headers.origin?.startsWith('https:') === true;
  return { path: PATH, httpOnly: true, sameSite: 'strict', secure };
}

function text(body: Readonly<Record<string, unknown>>, name: string, longest: number): string {
  const value = body[name];
  if (value === undefined || value === '') throw invalidMember('required', name, { name });
  if (typeof value === 'string' && value.length <= longest) return value;
  throw invalidMember('invalid_value', name, { name, reason: `is a text of at most ${longest} characters` });
}
