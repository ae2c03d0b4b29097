// Who sent a request of the routes of authentication.
import { PlatformError } from '@kartoteka/platform';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from './authenticate.ts';

/**
 * A hook of routes that need a caller, `callerOf` their request. They have no query options.
 * @throws PlatformError unauthenticated, TooManyAttempts, unknown_option
 */
export function requireCaller(authenticator: Authenticator): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    request.caller = await authenticator.authenticate(request.headers.authorization, request.ip);
    const [option] = Object.keys(request.query as object);
    if (option !== undefined) throw new PlatformError('unknown_option', { name: option }, { target: option });
  };
}

/** @throws PlatformError unauthenticated */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new PlatformError('unauthenticated');
  return request.caller;
}

/**
 * Keys make no keys and set no passwords: a stolen key must end with its revocation.
 * @throws PlatformError sign_in_needed
 */
export function requireSignIn({ key }: Caller): void {
  if (key !== null) throw new PlatformError('sign_in_needed');
}
