// How a session begins and goes on, whatever the shape of the request: a password that is throttled before it is looked at, and the end of
// sessions whose user is disabled. It answers no request.
import type { Origin, Principal } from '@kartoteka/platform';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from './credentials.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { hasControlCharacters } from './password-rules.ts';
import { originIn } from './recorded.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { SignInEvents } from './sign-in-events.ts';

export interface SessionBeginParts {
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
  readonly principals: { get(userId: string): Promise<Principal | null> };
  readonly events: SignInEvents;
}

interface Given {
  readonly username: string;
  readonly password: string;
  readonly client: string | null;
}

/** `retryAfter`: seconds to wait after too many attempts; null: not the name or not the password, and nobody is told which. */
export type Begun = { readonly session: OpenSession } | { readonly retryAfter: number | null };

/** Opens a session for the right password. Every attempt counts, and failures are recorded. */
export async function openByPassword(
  parts: SessionBeginParts,
  { username, password, client }: Given,
  request: FastifyRequest,
): Promise<Begun> {
  if (hasControlCharacters(username)) return { retryAfter: null };
  const attempt = await parts.throttle.begin(username, request.ip);
  if (attempt.retryAfter > 0) {
    parts.events.throttled(request, { grant: 'password', name: username });
    return { retryAfter: attempt.retryAfter };
  }
  const { user, refused } = await parts.credentials.verify(username, password);
  if (refused !== null) {
    parts.events.failed(request, { grant: 'password', reason: refused, name: username, user });
    return { retryAfter: null };
  }
  await attempt.succeeded();
  return { session: await parts.sessions.open(user, originIn(request, client)) };
}

/** The session that a refresh token led to; one of a user who is disabled by now ends instead. */
export async function ofEnabledUser(
  { principals, sessions }: SessionBeginParts,
  session: OpenSession | null,
  origin: Origin,
): Promise<OpenSession | null> {
  if (session === null || (await principals.get(session.user)) !== null) return session;
  await sessions.revoke(session.id, { kind: 'session_revoked', actorId: null, origin, reason: 'user_disabled' });
  return null;
}
