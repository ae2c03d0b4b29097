// Setting passwords: one's own with the current one, another user's with the capability manage_credentials.
import { type ErrorCode, errorDetail, PlatformError, type Principal } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from './authenticate.ts';
import type { Credentials } from './credentials.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { passwordProblem } from './password-rules.ts';
import type { Sessions } from './sessions.ts';

export interface PasswordParts {
  readonly authenticator: Authenticator;
  readonly principals: { get(userId: string): Promise<Principal | null> };
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
}

const CAPABILITY = 'manage_credentials';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Adds `POST /auth/password` and `PUT /auth/users/{id}/password` to a scope whose bodies are JSON texts. */
export function addPasswordRoutes(scope: FastifyInstance, parts: PasswordParts): void {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    request.caller = await parts.authenticator.authenticate(request.headers.authorization);
  };
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
  const { principal, session } = callerOf(request);
  const body = membersOf(request.body, ['current_password', 'password']);
  checkPassword(body.password);
  const attempt = await parts.throttle.begin(principal.id, request.ip);
  if (attempt.retryAfter > 0) {
    reply.header('retry-after', String(attempt.retryAfter));
    throw new PlatformError('too_many_attempts');
  }
  const current = typeof body.current_password === 'string' ? body.current_password : '';
  if (!(await parts.credentials.matches(principal.id, current.slice(0, 1024)))) {
    const reason = 'is not your current password';
    throw invalid('invalid_value', 'current_password', { name: 'current_password', reason });
  }
  await attempt.succeeded();
  await parts.credentials.set(principal.id, body.password);
  await parts.sessions.revokeAll(principal.id, session);
}

async function setOther(parts: PasswordParts, request: FastifyRequest, id: string): Promise<void> {
  const { principal } = callerOf(request);
  if (!principal.capabilities.has(CAPABILITY)) throw new PlatformError('missing_capability', { name: CAPABILITY });
  if (!UUID.test(id)) throw new PlatformError('invalid_key', { key: 'id' });
  const body = membersOf(request.body, ['password']);
  checkPassword(body.password);
  await checkEscalation(parts, principal, id.toLowerCase());
  if (!(await parts.credentials.set(id.toLowerCase(), body.password))) throw new PlatformError('not_found');
  await parts.sessions.revokeAll(id.toLowerCase(), null);
}

/** Whoever sets a password can act as that user, so the user must not hold a capability that the caller lacks. */
async function checkEscalation(parts: PasswordParts, caller: Principal, id: string): Promise<void> {
  const user = await parts.principals.get(id);
  for (const capability of user?.capabilities ?? []) {
    if (!caller.capabilities.has(capability)) throw new PlatformError('escalation', { what: capability });
  }
}

function callerOf(request: FastifyRequest) {
  if (request.caller === null) throw new PlatformError('unauthenticated');
  return request.caller;
}

/** The members of a JSON object; members not in `known` are refused. */
function membersOf(body: unknown, known: readonly string[]): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : '');
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PlatformError('body_not_object');
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw invalid('unknown_property', name, { name, entity: 'password' });
  }
  return value as Record<string, unknown>;
}

function checkPassword(password: unknown): asserts password is string {
  if (password === undefined) throw invalid('required', 'password', { name: 'password' });
  const reason = passwordProblem(password);
  if (reason !== null) throw invalid('invalid_value', 'password', { name: 'password', reason });
}

function invalid(code: ErrorCode, target: string, values: Record<string, string>): PlatformError {
  return new PlatformError('validation_failed', {}, { target, details: [errorDetail(code, values, target)] });
}
