// The HTTP server: limits, timeouts, security headers, the error handler and the access log. Routes are added by their
// own files; nothing here knows an entity.

import { PlatformError } from '@kartoteka/platform';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addHeaders } from './answer-headers.ts';
import { API_ROOT } from './api-route.ts';
import { TooManyAttempts } from './auth/key-sign-in.ts';
import type { Settings } from './config.ts';
import { errorBody, toPlatformError } from './error-response.ts';
import { type Log, loggedPath } from './log.ts';
import { ParserErrors } from './parser-error.ts';
import { requestIdOf } from './request-id.ts';

/** Node's own limit on the request line and headers together; longer ones are refused before they are a request. */
const MAX_HEADER_SIZE = 40_960;

/** A server without routes. */
export function createServer(settings: Settings, log: Log): FastifyInstance {
  const parserErrors = new ParserErrors();
  const server = Fastify({
    logger: false,
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestTimeout,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    genReqId: (request) => requestIdOf(request),
    requestIdHeader: false,
    trustProxy: settings.trustProxy.length === 0 ? false : [...settings.trustProxy],
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_HEADER_SIZE },
    // A missing Host is refused below: Node.js would answer it without a body.
    http: { maxHeaderSize: MAX_HEADER_SIZE, headersTimeout: settings.requestTimeout, requireHostHeader: false },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, log),
    clientErrorHandler: (error, socket) => parserErrors.refuse(error, socket),
  });
  // Only 100-continue means anything to us; other expectations may be ignored (RFC 9110, 10.1.1).
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.writesAnswers !== true) addHeaders(request, reply);
    parserErrors.begin(request.raw);
    const { host } = request.raw.headers;
    const isNameless = host === undefined && request.raw.httpVersion === '1.1';
    done(isNameless ? new PlatformError('bad_request', { reason: 'the Host header is missing' }) : undefined);
  });
  server.addHook('onResponse', (request, reply, done) => {
    parserErrors.end(request.raw);
    logAccess(log, request, reply);
    done();
  });
  // Where there is no route nobody reads the body, whatever it is; every route that takes one says itself how it is read.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, _bytes, done) => done(null));
  server.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  server.setNotFoundHandler((request) => {
    throw notFound(request);
  });
  return server;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const known = toPlatformError(error, { body: request.routeOptions.bodyLimit });
  addHeaders(request, reply);
  reply.headers(known.headers);
  // What is not built yet is the client's to know, like a 4xx; the access log has it.
  if (known.status >= 500 && known.code !== 'not_supported') {
    const level = known.status === 500 ? 'error' : 'warn';
    log[level]({ request_id: request.id, error }, known.code === 'internal' ? 'Internal error' : known.code);
  }
  if (known.status === 401) reply.header('www-authenticate', challengesOf(request));
  if (known instanceof TooManyAttempts) reply.header('retry-after', String(known.retryAfter));
  if (known.status === 503) reply.header('retry-after', '1');
  if (request.url.startsWith(API_ROOT)) reply.header('odata-version', versionOf(request));
  reply.header('content-type', 'application/json; charset=utf-8');
  return reply.code(known.status).send(errorBody(known, request.id));
}

/** OData-Version of an error: as of any answer, also where the version that was asked for is what is wrong. */
function versionOf({ headers }: FastifyRequest): string {
  const asked = Number(headers['odata-maxversion']);
  return asked >= 4.01 ? '4.01' : '4.0';
}

/**
 * RFC 6750: the reason is given only where a token was sent. Basic (an API key as password) is what Excel and Power BI wait to be
 * asked for; a browser, which tells where its requests come from, would ask its user for a password.
 */
function challengesOf({ headers }: FastifyRequest): string[] {
  const challenge = 'Bearer realm="kartoteka"';
  const bearer = headers.authorization === undefined ? challenge : `${challenge}, error="invalid_token"`;
  return headers['sec-fetch-mode'] === undefined ? [bearer, 'Basic realm="kartoteka", charset="UTF-8"'] : [bearer];
}

function notFound(request: FastifyRequest): PlatformError {
  // The API takes any path, so that it is the method that nothing has (RFC 9110, 15.6.2).
  if (/^\/api\/v1([/?]|$)/.test(request.url))
    return new PlatformError('not_supported', { what: `The method ${request.method}` });
  return new PlatformError('unknown_resource', { name: loggedPath(request.url) });
}

function logAccess(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  // Supervisors ask for health every few seconds.
  const level = (route === '/healthz' || route === '/readyz') && reply.statusCode < 400 ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      request_id: request.id,
      user_id: request.caller?.principal.id,
      caller_id: request.caller?.principal.callerId,
      key_id: request.caller?.key ?? undefined,
      method: request.method,
      path: route === undefined || route.startsWith(API_ROOT) ? loggedPath(request.url) : route,
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
    },
    'request',
  );
}
