// Sessions over HTTP: a user sees where he is signed in and signs out there; whoever may write his record does so for him.
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from './authenticate.ts';
import { callerOf, requireCaller } from './caller.ts';
import { doerOf } from './recorded.ts';
import type { SessionEnder } from './session-end.ts';
import type { Sessions } from './sessions.ts';
import { idOf, requireManager } from './users.ts';

export interface SessionParts {
  readonly authenticator: Authenticator;
  readonly platform: Platform;
  readonly sessions: Sessions;
}

interface UserPath {
  readonly Params: { readonly id: string };
}
interface SessionPath {
  readonly Params: { readonly id: string; readonly session: string };
}

const revoker = (request: FastifyRequest): SessionEnder => ({ ...doerOf(request), kind: 'session_revoked' });

/** Adds `/auth/sessions` and `/auth/users/{id}/sessions`. */
export function addSessionRoutes(scope: FastifyInstance, parts: SessionParts): void {
  const { sessions, platform } = parts;
  const onRequest = requireCaller(parts.authenticator);
  const list = async (request: FastifyRequest, user: string) => {
    const current = callerOf(request).session;
    const found = await sessions.list(user);
    return { value: found.map((session) => ({ ...session, current: session.id === current })) };
  };
  const revoke = async (user: string, request: FastifyRequest<SessionPath>): Promise<void> => {
    const session = idOf(request.params.session);
    const isOwn = session === callerOf(request).session;
    const by = isOwn ? ({ ...doerOf(request), kind: 'sign_out' } as const) : revoker(request);
    if (!(await sessions.revokeOf(user, session, by))) throw new PlatformError('not_found');
  };
  const managedUser = async (request: FastifyRequest<UserPath>): Promise<string> => {
    const user = idOf(request.params.id);
    await requireManager(platform, callerOf(request).principal, user);
    return user;
  };

  scope.get('/auth/sessions', { onRequest }, (request) => list(request, callerOf(request).principal.id));
  scope.delete('/auth/sessions', { onRequest }, async (request, reply) => {
    const { principal, session } = callerOf(request);
    await sessions.revokeAll(principal.id, session, revoker(request));
    return reply.code(204).send();
  });
  scope.delete<SessionPath>('/auth/sessions/:session', { onRequest }, async (request, reply) => {
    await revoke(callerOf(request).principal.id, request);
    return reply.code(204).send();
  });

  scope.get<UserPath>('/auth/users/:id/sessions', { onRequest }, async (request) =>
    list(request, await managedUser(request)),
  );
  scope.delete<UserPath>('/auth/users/:id/sessions', { onRequest }, async (request, reply) => {
    await sessions.revokeAll(await managedUser(request), null, revoker(request));
    return reply.code(204).send();
  });
  scope.delete<SessionPath>('/auth/users/:id/sessions/:session', { onRequest }, async (request, reply) => {
    await revoke(await managedUser(request), request);
    return reply.code(204).send();
  });
}
