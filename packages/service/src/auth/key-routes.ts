// API keys over HTTP: made, listed and revoked by the user himself, and by whoever may write the record of a user. The key is
// told once, when it is made.
import { type ErrorDetail, errorDetail, type Platform, PlatformError, requireHoldsAll } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys, ShownKey } from './api-keys.ts';
import type { Authenticator, Caller } from './authenticate.ts';
import { callerOf, requireCaller, requireSignIn } from './caller.ts';
import { invalid, membersOf } from './json-body.ts';
import { hasControlCharacters } from './password-rules.ts';
import { doerOf } from './recorded.ts';
import { idOf, requireManager, userKind } from './users.ts';

export interface KeyParts {
  readonly authenticator: Authenticator;
  readonly platform: Platform;
  readonly keys: ApiKeys;
}

const LONGEST_NAME = 100;

interface UserPath {
  readonly Params: { readonly id: string };
}
interface KeyPath {
  readonly Params: { readonly id: string; readonly key: string };
}

/** Adds `/auth/keys` and `/auth/users/{id}/keys` to a scope whose bodies are JSON texts. */
export function addKeyRoutes(scope: FastifyInstance, parts: KeyParts): void {
  const { keys, platform } = parts;
  const onRequest = requireCaller(parts.authenticator);
  const list = async (user: string): Promise<{ value: readonly ShownKey[] }> => ({ value: await keys.list(user) });

  scope.get('/auth/keys', { onRequest }, (request) => list(callerOf(request).principal.id));
  scope.post('/auth/keys', { onRequest }, async (request, reply) => {
    const caller = callerOf(request);
    requireSignIn(caller);
    return makeKey(parts, caller, caller.principal.id, request, reply);
  });
  scope.delete<KeyPath>('/auth/keys/:key', { onRequest }, async (request, reply) => {
    await revoke(keys, callerOf(request).principal.id, request);
    return reply.code(204).send();
  });

  scope.get<UserPath>('/auth/users/:id/keys', { onRequest }, async (request) =>
    list(await managedUser(platform, request)),
  );
  scope.post<UserPath>('/auth/users/:id/keys', { onRequest }, async (request, reply) => {
    const caller = callerOf(request);
    requireSignIn(caller);
    const user = await managedUser(platform, request);
    if (user !== caller.principal.id) await requireProgramWithin(platform, caller, user);
    return makeKey(parts, caller, user, request, reply);
  });
  scope.delete<KeyPath>('/auth/users/:id/keys/:key', { onRequest }, async (request, reply) => {
    await revoke(keys, await managedUser(platform, request), request);
    return reply.code(204).send();
  });
}

/** Id of the path's user, once it is certain that the caller may manage him. */
async function managedUser(platform: Platform, request: FastifyRequest<UserPath>): Promise<string> {
  const user = idOf(request.params.id);
  await requireManager(platform, callerOf(request).principal, user);
  return user;
}

/** Whoever makes a key can act with it: for programs only, and only where he holds all that the program holds. */
async function requireProgramWithin(platform: Platform, caller: Caller, user: string): Promise<void> {
  const kind = await userKind(platform, user);
  if (kind === null) throw new PlatformError('not_found');
  if (kind === 'person') throw new PlatformError('rule_violated', { reason: 'A person makes his keys himself' });
  const principal = await platform.principals.get(user);
  if (principal === null) throw new PlatformError('rule_violated', { reason: 'The service principal is not active' });
  requireHoldsAll(caller.principal, principal);
}

async function makeKey(
  { keys }: KeyParts,
  caller: Caller,
  user: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const values = newKeyOf(request.body);
  const by = { ...doerOf(request), actorId: caller.principal.id };
  const { shown, key } = await keys.create({ ...values, user, by });
  return reply.code(201).send({ ...shown, key });
}

async function revoke(keys: ApiKeys, user: string, request: FastifyRequest<KeyPath>): Promise<void> {
  if (!(await keys.revoke(user, idOf(request.params.key), doerOf(request)))) throw new PlatformError('not_found');
}

function newKeyOf(body: unknown): { name: string; expiresOn: Date | null } {
  const { name, expires_on: expires } = membersOf(body, ['name', 'expires_on'], 'API key');
  const details: ErrorDetail[] = [];
  const refuse = (target: string, reason: string): void => {
    details.push(errorDetail('invalid_value', { name: target, reason }, target));
  };
  if (name === undefined || name === null) details.push(errorDetail('required', { name: 'name' }, 'name'));
  else if (!isName(name)) refuse('name', `must be text of 1 to ${LONGEST_NAME} characters on one line`);
  const expiresOn = expires === undefined || expires === null ? null : instantOf(expires);
  if (expiresOn === undefined) refuse('expires_on', 'must be a time such as 2027-01-31T12:00:00Z');
  else if (expiresOn !== null && expiresOn.getTime() <= Date.now()) refuse('expires_on', 'must be in the future');
  const [first] = details;
  if (first !== undefined) throw invalid(first.target ?? '', details);
  return { name: String(name).trim(), expiresOn: expiresOn ?? null };
}

function isName(name: unknown): boolean {
  if (typeof name !== 'string' || !name.isWellFormed() || hasControlCharacters(name)) return false;
  const length = [...name.trim()].length;
  return length >= 1 && length <= LONGEST_NAME;
}

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,3})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** A time of RFC 3339; undefined for anything else, and for days that are not in the calendar. */
function instantOf(value: unknown): Date | undefined {
  const match = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (match === null) return undefined;
  const [text, year, month, day] = match;
  const time = new Date(text);
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(time.getTime()) || Number(day) > lastDay ? undefined : time;
}
