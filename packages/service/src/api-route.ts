// The one route of the REST API: everything below /api/v1 goes to the engine as it came, and the engine's answer goes out
// as it is. It runs for every request, so it creates nothing it does not need.

import { type EngineResponse, type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from './auth/authenticate.ts';
import { acceptTextBodies } from './request-body.ts';

export const API_ROOT = '/api/v1';

/** Longest request target; a `$filter` of 16 KiB fits with room for the rest. */
const LONGEST_URL = 20_480;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the request is authenticated. */
    caller: Caller | null;
  }
}

/** Adds the API to the server. */
export function addApiRoute(server: FastifyInstance, platform: Platform, authenticator: Authenticator): void {
  server.register(async (scope) => {
    acceptTextBodies(scope, 'application/json');
    // Most requests are of users who are known already: for them nothing waits.
    const authenticate = (request: FastifyRequest, _reply: FastifyReply, done: Done): void => {
      try {
        request.caller = callerNow(request, authenticator);
      } catch (error) {
        done(error as Error);
        return;
      }
      if (request.caller !== null) done();
      else authenticateLater(request, done);
    };
    const authenticateLater = (request: FastifyRequest, done: Done): void => {
      authenticator.authenticate(request.headers.authorization).then((caller) => {
        request.caller = caller;
        done();
      }, done);
    };
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const caller = request.caller;
      if (caller === null) throw new PlatformError('unauthenticated');
      return send(reply, await platform.handle(engineRequest(request, caller), caller.principal));
    };
    const method = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'];
    scope.route({ method, url: API_ROOT, onRequest: authenticate, handler });
    scope.route({ method, url: `${API_ROOT}/*`, onRequest: authenticate, handler });
  });
}

type Done = (error?: Error) => void;

/** The caller where it is known without waiting, else null. */
function callerNow(request: FastifyRequest, authenticator: Authenticator): Caller | null {
  if (request.raw.url !== undefined && request.raw.url.length > LONGEST_URL) {
    throw new PlatformError('limit_exceeded', { limit: 'length of the URL', value: String(LONGEST_URL) });
  }
  return authenticator.authenticateNow(request.headers.authorization);
}

function engineRequest(request: FastifyRequest, caller: Caller) {
  const url = originForm(request.raw.url ?? '');
  const mark = url.indexOf('?');
  const body = request.body;
  return {
    method: request.method === 'HEAD' ? 'GET' : request.method,
    path: mark < 0 ? url.slice(API_ROOT.length) : url.slice(API_ROOT.length, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: request.headers,
    body: typeof body === 'string' && body !== '' ? body : null,
    baseUrl: `${request.protocol}://${hostOf(request)}${API_ROOT}`,
    client: caller.client,
  };
}

/** A request line may name scheme and host, too (RFC 9112, 3.2.2). */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
}

/** Links are built from Host (or the forwarded host of a trusted proxy), so it must be nothing but a host. */
function hostOf(request: FastifyRequest): string {
  const host = request.host;
  if (host === lastHost) return host;
  if (!/^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/.test(host)) {
    throw new PlatformError('bad_request', { reason: 'the Host header is not a host' });
  }
  lastHost = host;
  return host;
}

let lastHost: string | undefined;

function send(reply: FastifyReply, response: EngineResponse): FastifyReply {
  reply.statusCode = response.status;
  reply.headers(response.headers);
  return reply.send(response.body ?? undefined);
}
