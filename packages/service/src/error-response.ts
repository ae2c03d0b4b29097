// How an error leaves the service: the OData error object with the request's id. Every thrown value becomes an entry of
// the one error table here; what is not in it becomes `internal`, and its text stays in the log.
import { errorObject, isDatabaseUnavailable, PlatformError } from '@kartoteka/platform';

/** The OData error object as JSON text. */
export function errorBody(error: PlatformError, requestId: string): string {
  return JSON.stringify({
    error: {
      ...errorObject(error),
      innererror: { request_id: requestId, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    },
  });
}

/** Fastify's own errors that a client can cause, by their code. */
const FROM_FASTIFY: Readonly<Record<string, (limits: Limits) => PlatformError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (limits) => new PlatformError('payload_too_large', { limit: String(limits.body) }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new PlatformError('bad_request', { reason: 'Content-Length is not the length of the body' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new PlatformError('unsupported_media_type', { type: '(unreadable)' }),
  FST_ERR_CTP_INVALID_TYPE: () => new PlatformError('unsupported_media_type', { type: '(unreadable)' }),
  FST_ERR_BAD_URL: () => new PlatformError('bad_request', { reason: 'the path is not a valid URL path' }),
  FST_ERR_MAX_PARAM_LENGTH: () => new PlatformError('bad_request', { reason: 'a part of the path is too long' }),
  // Raised for QUERY alone, before any route could refuse the method.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: () => new PlatformError('not_supported', { what: 'The method QUERY' }),
  ECONNRESET: () => new PlatformError('bad_request', { reason: 'the body ended early' }),
};

export interface Limits {
  readonly body: number;
}

/** The table's error for any thrown value; `unavailable` without a database, `internal` for everything that is not a client's mistake. */
export function toPlatformError(error: unknown, limits: Limits): PlatformError {
  if (error instanceof PlatformError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = Object.hasOwn(FROM_FASTIFY, code) ? FROM_FASTIFY[code] : undefined;
  if (known !== undefined) return known(limits);
  return isDatabaseUnavailable(error) ? new PlatformError('unavailable') : new PlatformError('internal');
}

/** Errors of Node's HTTP parser, which arise before there is a request: their answer as text of a whole response. */
export function parserErrorResponse(code: string | undefined, requestId: string): string {
  const error = parserError(code);
  const body = errorBody(error, requestId);
  return (
    `HTTP/1.1 ${error.status} Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`
  );
}

function parserError(code: string | undefined): PlatformError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new PlatformError('limit_exceeded', { limit: 'size of the request line and headers', value: '40 KiB' });
  }
  const reason = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'it did not arrive in time' : 'it is not valid HTTP';
  return new PlatformError('bad_request', { reason });
}
