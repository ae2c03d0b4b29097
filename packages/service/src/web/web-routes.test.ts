// Serving the application: its page with a policy and a nonce of its own, hashed files for ever, and no page where something else is meant.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../config.ts';
import { createLog } from '../log.ts';
import { createServer } from '../server.ts';
import { addWebRoutes } from './web-routes.ts';

const PAGE = '<html><head><meta name="csp-nonce" content="__CSP_NONCE__"></head></html>';
const SCRIPT = 'export const answer = 42;'.repeat(100);
const HTML = { accept: 'text/html,*/*' };

async function serverOf(folder: string): Promise<FastifyInstance> {
  const server = createServer(readSettings({}, '/'), createLog('silent', { write: () => {} }));
  addWebRoutes(server, folder);
  server.get('/api/v1/*', () => 'data');
  await server.ready();
  return server;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kartoteka-web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  writeFileSync(join(folder, 'assets/a-123.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/a-123.js.br'), brotliCompressSync(SCRIPT));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('where the application is built', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = await serverOf(folder);
  });
  afterAll(() => server.close());

  test.each(['/', '/login', '/records/deals/1?view=x', '/admin/model/deal'])('%s is its page', async (url) => {
    const answer = await server.inject({ url, headers: HTML });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-cache');
    const nonce = /'nonce-([^']+)'/.exec(String(answer.headers['content-security-policy']))?.[1];
    expect(answer.body).toContain(`content="${nonce}"`);
  });

  test('every answer has a nonce of its own, and nothing inline or evaluated may run', async () => {
    const [one, other] = await Promise.all([0, 1].map(() => server.inject({ url: '/', headers: HTML })));
    const policy = String(one?.headers['content-security-policy']);
    expect(policy).not.toBe(other?.headers['content-security-policy']);
    expect(policy).not.toMatch(/unsafe/);
    expect(policy).toContain("script-src 'self';");
  });

  test('a file with a hashed name is kept for ever, and sent compressed to those who take that', async () => {
    const plain = await server.inject({ url: '/assets/a-123.js' });
    expect([plain.statusCode, plain.body, plain.headers['cache-control']]).toEqual([
      200,
      SCRIPT,
      'public, max-age=31536000, immutable',
    ]);
    const small = await server.inject({ url: '/assets/a-123.js', headers: { 'accept-encoding': 'br, gzip' } });
    expect(small.headers['content-encoding']).toBe('br');
    expect(small.rawPayload.length).toBeLessThan(SCRIPT.length / 10);
    expect(String(small.headers['content-type'])).toMatch(/javascript/);
  });

  test.each([
    '/assets/none.js',
    '/assets/..%2findex.html',
    '/assets/..%2f..%2fpackage.json',
    '/api/unknown',
    '/auth/unknown',
    '/healthz/x',
  ])('%s is not there', async (url) => {
    const answer = await server.inject({ url, headers: HTML });
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error.code).toBe('unknown_resource');
  });

  test('a program that lost its way is told so in JSON', async () => {
    const answer = await server.inject({ url: '/companies', headers: { accept: 'application/json' } });
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'unknown_resource']);
    expect((await server.inject({ method: 'POST', url: '/records', headers: HTML })).statusCode).toBe(404);
  });

  test('the API is where it was', async () => {
    expect((await server.inject({ url: '/api/v1/deals', headers: HTML })).body).toBe('data');
  });
});

describe('where nothing is built', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = await serverOf(join(folder, 'none'));
  });
  afterAll(() => server.close());

  test.each(['/', '/records/deals', '/admin/model'])('%s says what to run', async (url) => {
    const answer = await server.inject({ url, headers: HTML });
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([503, 'no-store']);
    expect(answer.body).toContain('npm run build:web');
    expect(answer.body).toContain('href="/api/docs"');
  });

  test('the API answers, and programs are told in JSON what is not there', async () => {
    expect((await server.inject({ url: '/api/v1/deals', headers: HTML })).body).toBe('data');
    for (const [url, headers] of [
      ['/assets/none.js', HTML],
      ['/api/unknown', HTML],
      ['/companies', { accept: 'application/json' }],
    ] as const) {
      const answer = await server.inject({ url, headers });
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'unknown_resource']);
    }
  });
});
