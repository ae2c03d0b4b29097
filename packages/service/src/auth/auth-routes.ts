// The routes of authentication with the bodies and error shapes each kind has: OAuth's forms and errors for tokens, JSON
// and the error table for passwords, keys and sessions.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toPlatformError } from '../error-response.ts';
import type { Log } from '../log.ts';
import { acceptTextBodies } from '../request-body.ts';
import { addBrowserSessionRoutes } from './browser-session.ts';
import { addKeyRoutes, type KeyParts } from './key-routes.ts';
import { OAuthError, sendOAuthError } from './oauth-request.ts';
import { addPasswordRoutes, type PasswordParts } from './password-route.ts';
import { addRevokeRoute } from './revoke-route.ts';
import { addSessionRoutes, type SessionParts } from './session-routes.ts';
import { addTokenRoute, type TokenParts } from './token-route.ts';

export type AuthParts = TokenParts & PasswordParts & KeyParts & SessionParts;

/** Credentials and tokens are small; nobody needs more to sign in. */
const BODY_LIMIT = 16_384;

/** Adds all routes below `/auth`. */
export function addAuthRoutes(server: FastifyInstance, parts: AuthParts, log: Log): void {
  server.register(async (scope) => {
    acceptTextBodies(scope, 'application/x-www-form-urlencoded', BODY_LIMIT);
    scope.setErrorHandler((error, request, reply) => answerOAuthError(error, request, reply, log));
    addTokenRoute(scope, parts);
    addRevokeRoute(scope, parts.tokens, parts.sessions);
  });
  server.register(async (scope) => {
    acceptTextBodies(scope, 'application/json');
    addPasswordRoutes(scope, parts);
    addKeyRoutes(scope, parts);
    addSessionRoutes(scope, parts);
    await addBrowserSessionRoutes(scope, parts);
  });
}

function answerOAuthError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof OAuthError) return sendOAuthError(reply, error);
  const known = toPlatformError(error, { body: BODY_LIMIT });
  if (known.code === 'internal') {
    log.error({ request_id: request.id, error }, 'Internal error');
    return sendOAuthError(reply, new OAuthError('server_error', 'An internal error occurred; quote the request id'));
  }
  if (known.status === 503) return sendOAuthError(reply, new OAuthError('temporarily_unavailable', known.message, 1));
  const description =
    known.code === 'unsupported_media_type'
      ? 'The body must be application/x-www-form-urlencoded in UTF-8'
      : known.message;
  return sendOAuthError(reply, new OAuthError('invalid_request', description.replace(/["\\]/g, "'")));
}
