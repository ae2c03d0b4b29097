// The one route of the REST API: everything below /api/v1 goes to the engine as it came, and the engine's answer goes out
// as it is. It runs for every request, so it creates nothing it does not need.

import { ACT_AS, type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { writeAnswer } from './answer-headers.ts';
import type { Authenticator, Caller } from './auth/authenticate.ts';
import type { Log } from './log.ts';
import { acceptTextBodies } from './request-body.ts';

export const API_ROOT = '/api/v1';

/** Longest request target; a `$filter` of 16 KiB fits with room for the rest. */
const LONGEST_URL = 20_480;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the request is authenticated. */
    caller: Caller | null;
    /** Whether the caller is not cut off meanwhile; asked while a long answer goes out. */
    isStillIn(): Promise<boolean>;
  }
}

/** Adds the API to the server. */
export function addApiRoute(
  server: FastifyInstance,
  platform: Platform,
  authenticator: Authenticator,
  bulkBodyLimit: number,
  log: Log,
): void {
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
      callerLater(request, authenticator).then((caller) => {
        request.caller = caller;
        done();
      }, done);
    };
    // Once per scope, not per request: it is the engine's way to ask.
    scope.decorateRequest('isStillIn', async function isStillIn(this: FastifyRequest): Promise<boolean> {
      return this.caller !== null && authenticator.isStillIn(this.caller);
    });
    // What went wrong inside an answer that tells a part of it only.
    const logFailure = (request: FastifyRequest, error: unknown): void => {
      const isCut = error instanceof PlatformError && error.code === 'unauthenticated';
      if (isCut) log.info({ request_id: request.id }, 'An answer was broken off: its receiver was cut off');
      else if (error instanceof PlatformError && error.status === 503)
        log.warn({ request_id: request.id, error }, error.code);
      else log.error({ request_id: request.id, error }, 'Internal error');
    };
    // Not an async function: nothing has to look after a promise of it, and the answer is written past the reply anyway.
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      const caller = request.caller;
      if (caller === null) throw new PlatformError('unauthenticated');
      platform
        .handle(engineRequest(request, caller), caller.principal)
        .then((answer) => {
          if (answer.failure !== undefined) logFailure(request, answer.failure);
          writeAnswer(request, reply, answer, logFailure);
        })
        .catch((error: unknown) => reply.send(error));
    };
    const route = {
      method: ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'POST', 'PATCH', 'DELETE'],
      config: { writesAnswers: true },
      onRequest: authenticate,
      handler,
    };
    scope.route({ ...route, url: API_ROOT });
    scope.route({ ...route, url: `${API_ROOT}/*` });
    scope.route({ ...route, method: 'POST', url: `${API_ROOT}/:set/bulk`, bodyLimit: bulkBodyLimit });
    // An archive has as many documents as a product.
    for (const path of ['metadata/packages', 'metadata/packages/plan'])
      scope.route({ ...route, method: 'POST', url: `${API_ROOT}/${path}`, bodyLimit: bulkBodyLimit });
    scope.register(async (values) => {
      // A value alone (`/$value`) is put as text.
      acceptTextBodies(values, ['application/json', 'text/plain']);
      values.route({ ...route, method: 'PUT', url: API_ROOT });
      values.route({ ...route, method: 'PUT', url: `${API_ROOT}/*` });
    });
    scope.register(async (batch) => {
      acceptTextBodies(batch, ['application/json', 'multipart/mixed'], bulkBodyLimit);
      batch.route({ ...route, method: 'POST', url: `${API_ROOT}/$batch`, bodyLimit: bulkBodyLimit });
    });
  });
}

type Done = (error?: Error) => void;

/** The caller where it is known without waiting, else null. */
function callerNow(request: FastifyRequest, authenticator: Authenticator): Caller | null {
  if (request.raw.url !== undefined && request.raw.url.length > LONGEST_URL) {
    throw new PlatformError('limit_exceeded', { limit: 'length of the URL', value: String(LONGEST_URL) });
  }
  // Who acts as another is looked up anew, after the rights of both.
  if (request.headers[ACTING] !== undefined) return null;
  return authenticator.authenticateNow(request.headers.authorization);
}

async function callerLater(request: FastifyRequest, authenticator: Authenticator): Promise<Caller> {
  const caller = await authenticator.authenticate(request.headers.authorization, request);
  // A refusal is logged as of who tried.
  request.caller = caller;
  const user = request.headers[ACTING];
  if (user === undefined) return caller;
  return authenticator.actAs(caller, String(user), { headers: request.headers, sender: { ip: request.ip } });
}

const ACTING = ACT_AS.toLowerCase();

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
    baseUrl: baseUrlOf(request),
    client: caller.client,
    sender: request,
  };
}

/** A request line may name scheme and host, too (RFC 9112, 3.2.2). */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
}

/** Links are built from Host (or the forwarded host of a trusted proxy), so it must be nothing but a host. */
function baseUrlOf(request: FastifyRequest): string {
  const { host, protocol } = request;
  if (host === last.host && protocol === last.protocol) return last.baseUrl;
  if (!/^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/.test(host)) {
    throw new PlatformError('bad_request', { reason: 'the Host header is not a host' });
  }
  last = { host, protocol, baseUrl: `${protocol}://${host}${API_ROOT}` };
  return last.baseUrl;
}

/** Nearly all requests come by one name. */
let last = { host: '', protocol: '', baseUrl: '' };
