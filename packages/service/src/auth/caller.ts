// Who sent a request of the routes of authentication.
import { ACT_AS, PlatformError } from '@kartoteka/platform';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from './authenticate.ts';

/**
 * A hook of routes that need a caller, `callerOf` their request. They have no query options.
 * @throws PlatformError unauthenticated, TooManyAttempts, unknown_option, not_supported (Act-As)
 */
export function requireCaller(authenticator: Authenticator): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    // Sessions, keys and passwords are the user's own.
    if (request.headers[ACT_AS.toLowerCase()] !== undefined)
      throw new PlatformError('not_supported', { what: `The header ${ACT_AS} here` }, { target: ACT_AS });
    request.caller = await authenticator.authenticate(request.headers.authorization, request);
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
