// Setting passwords: one's own with the current one, another user's with the capability manage_credentials.
import { type Platform, PlatformError, type Principal, recordRefusal, requireHoldsAll } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from './authenticate.ts';
import { callerOf, requireCaller, requireSignIn } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { invalidMember, membersOf } from './json-body.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { passwordProblem } from './password-rules.ts';
import { doerOf } from './recorded.ts';
import type { SessionEnder } from './session-end.ts';
import type { Sessions } from './sessions.ts';
import type { SignInEvents } from './sign-in-events.ts';
import { idOf, userKind } from './users.ts';

export interface PasswordParts {
  readonly platform: Platform;
  readonly authenticator: Authenticator;
  readonly principals: { get(userId: string): Promise<Principal | null> };
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
  readonly events: SignInEvents;
}

const CAPABILITY = 'manage_credentials';

/** Adds `POST /auth/password` and `PUT /auth/users/{id}/password` to a scope whose bodies are JSON texts. */
export function addPasswordRoutes(scope: FastifyInstance, parts: PasswordParts): void {
  const onRequest = requireCaller(parts.authenticator);
  scope.post('/auth/password', { onRequest }, async (request, reply) => {
    await changeOwn(parts, request, reply);
    return reply.code(204).send();
  });
  scope.put<{ Params: { id: string } }>('/auth/users/:id/password', { onRequest }, async (request, reply) => {
    await setOther(parts, request, request.params.id);
    return reply.code(204).send();
  });
}

async function changeOwn(parts: PasswordParts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const caller = callerOf(request);
  requireSignIn(caller);
  const { principal, session } = caller;
  const body = membersOf(request.body, ['current_password', 'password'], 'password');
  checkPassword(body.password);
  const attempt = await parts.throttle.begin(principal.id, request.ip);
  if (attempt.retryAfter > 0) {
    parts.events.throttled(request, { grant: 'password', name: null, user: principal.id });
    reply.header('retry-after', String(attempt.retryAfter));
    throw new PlatformError('too_many_attempts');
  }
  const current = typeof body.current_password === 'string' ? body.current_password : '';
  if (!(await parts.credentials.matches(principal.id, current.slice(0, 1024)))) {
    const failed = { grant: 'password', reason: 'wrong_password', name: null, user: principal.id } as const;
    parts.events.failed(request, failed);
    const reason = 'is not your current password';
    throw invalidMember('invalid_value', 'current_password', { name: 'current_password', reason });
  }
  await attempt.succeeded();
  await parts.credentials.set(principal.id, body.password, doerOf(request));
  await parts.sessions.revokeAll(principal.id, session, ender(request));
}

async function setOther(parts: PasswordParts, request: FastifyRequest, text: string): Promise<void> {
  const caller = callerOf(request);
  requireSignIn(caller);
  const { principal } = caller;
  await requireCapability(parts, principal, request);
  const id = idOf(text);
  const body = membersOf(request.body, ['password'], 'password');
  checkPassword(body.password);
  await checkEscalation(parts, principal, id);
  if (!(await parts.credentials.set(id, body.password, doerOf(request)))) throw new PlatformError('not_found');
  await parts.sessions.revokeAll(id, null, ender(request));
}

async function requireCapability(parts: PasswordParts, principal: Principal, request: FastifyRequest): Promise<void> {
  if (principal.capabilities.has(CAPABILITY)) return;
  const error = new PlatformError('missing_capability', { name: CAPABILITY });
  const client = request.caller?.client ?? null;
  const source = { client, headers: request.headers, sender: request };
  await recordRefusal(parts.platform.events, error, { principal, request: source, resource: '/auth/users/password' });
  throw error;
}

/** A new password ends sessions. */
const ender = (request: FastifyRequest): SessionEnder => ({
  ...doerOf(request),
  kind: 'session_revoked',
  reason: 'new_password',
});

/**
 * Whoever sets a password can act as that user, so he must hold all that the user holds. What a disabled user held is not
 * known, and he may be enabled again: nobody sets his password until then.
 */
async function checkEscalation(parts: PasswordParts, caller: Principal, id: string): Promise<void> {
  if ((await userKind(parts.platform, id)) === null) throw new PlatformError('not_found');
  const user = await parts.principals.get(id);
  if (user === null) throw new PlatformError('rule_violated', { reason: 'The user is not active' });
  requireHoldsAll(caller, user);
}

function checkPassword(password: unknown): asserts password is string {
  if (password === undefined) throw invalidMember('required', 'password', { name: 'password' });
  const reason = passwordProblem(password);
  if (reason !== null) throw invalidMember('invalid_value', 'password', { name: 'password', reason });
}
