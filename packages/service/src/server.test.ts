// The server without the engine: limits, parsing of bodies, error objects, headers.
import type { AddressInfo } from 'node:net';
import { PlatformError } from '@kartoteka/platform';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from './config.ts';
import { createLog } from './log.ts';
import { acceptTextBodies } from './request-body.ts';
import { createServer } from './server.ts';
import { exchange } from './testing/test-service.ts';

let server: FastifyInstance;
let base: string;
let port: number;
const lines: string[] = [];

beforeAll(async () => {
  const log = createLog('info', { write: (line) => lines.push(line) });
  server = createServer(readSettings({ KARTOTEKA_BODY_LIMIT: '2048' }, '/'), log);
  server.register(async (scope) => {
    acceptTextBodies(scope, 'application/json');
    scope.post('/echo', async (request) => request.body ?? '');
    scope.get('/refused', async () => {
      throw new PlatformError('unauthenticated');
    });
    scope.get('/broken', async () => {
      throw Object.assign(new Error('the password is hunter2'), { query: 'select hunter2' });
    });
  });
  base = await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => server.close());

interface ErrorBody {
  readonly error: { code: string; message: string; innererror: { request_id: string; hint?: string } };
}

async function errorOf(response: Response): Promise<ErrorBody['error'] & { status: number }> {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return { status: response.status, ...((await response.json()) as ErrorBody).error };
}

function post(body: string | Uint8Array<ArrayBuffer>, contentType: string | null): Promise<Response> {
  const headers: Record<string, string> = contentType === null ? {} : { 'content-type': contentType };
  return fetch(`${base}/echo`, { method: 'POST', body: typeof body === 'string' ? Buffer.from(body) : body, headers });
}

describe('bodies', () => {
  it('are handed on as the text that was sent', async () => {
    const text = '{"a": 1.10, "a": "Ж"}';
    expect(await (await post(text, 'application/json; charset=UTF-8; IEEE754Compatible=true')).text()).toBe(text);
  });

  it.each([['text/plain'], ['application/xml'], ['application/json; charset=latin1'], ['application/jsonp'], [null]])(
    'of type %s are answered 415',
    async (type) => {
      expect(await errorOf(await post('{}', type))).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    },
  );

  it('that are not UTF-8 are answered 400', async () => {
    const error = await errorOf(await post(new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 'application/json'));
    expect(error).toMatchObject({ status: 400, code: 'bad_request' });
  });

  it('over the limit are answered 413', async () => {
    const error = await errorOf(await post(`"${'x'.repeat(4000)}"`, 'application/json'));
    expect(error).toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(error.message).toContain('2048');
  });
});

describe('errors', () => {
  it('carry code, message and the id of the request', async () => {
    const response = await fetch(`${base}/refused`, { headers: { 'x-request-id': 'trace-12345678' } });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="kartoteka"');
    expect(response.headers.get('x-request-id')).toBe('trace-12345678');
    expect(await errorOf(response)).toMatchObject({
      status: 401,
      code: 'unauthenticated',
      innererror: { request_id: 'trace-12345678' },
    });
  });

  it('of the inside are one sentence to the client and frames in the log', async () => {
    const error = await errorOf(await fetch(`${base}/broken`));
    expect(error).toMatchObject({ status: 500, code: 'internal' });
    expect(error.message).not.toContain('hunter2');
    const line = lines.find((text) => text.includes(error.innererror.request_id) && text.includes('Internal error'));
    expect(line).toContain('server.test.ts');
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('of unknown paths and methods come from the table', async () => {
    expect(await errorOf(await fetch(`${base}/nowhere`))).toMatchObject({ status: 404, code: 'unknown_resource' });
    const headers = { 'content-type': 'application/json' };
    for (const [path, body] of [
      ['/nowhere', '{'],
      ['/nowhere', ''],
      ['/auth/token', '{"__proto__":{"a":1}}'],
    ] as const) {
      const answer = await fetch(`${base}${path}`, { method: 'PUT', headers, body });
      expect(await errorOf(answer)).toMatchObject({ status: 404, code: 'unknown_resource' });
    }
    expect(await errorOf(await fetch(`${base}/echo/%ZZ`))).toMatchObject({ status: 400, code: 'bad_request' });
    expect(await errorOf(await fetch(`${base}/api/v1/deals`, { method: 'PROPFIND' }))).toMatchObject({
      status: 501,
      code: 'not_supported',
    });
  });

  it('of the HTTP parser are error objects too', async () => {
    const answer = await exchange(port, 'NONSENSE\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('"code":"bad_request"');
    const long = await exchange(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(50_000)}\r\n\r\n`);
    expect(long).toContain('"code":"limit_exceeded"');
  });
});

describe('answers', () => {
  it('carry the security headers and a request id of our own when the given one is not sane', async () => {
    const { headers } = await fetch(`${base}/refused`, { headers: { 'x-request-id': '<script>' } });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
