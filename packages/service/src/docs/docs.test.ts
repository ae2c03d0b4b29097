import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, startTestService, type TestService } from '../testing/test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${service.address}${path}`, { headers, redirect: 'manual' });

test('the documentation page needs no token, has no inline script, and lets the browser load nothing from elsewhere', async () => {
  const response = await get('/api/docs');
  const page = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(response.headers.get('content-security-policy')).toMatch(
    /default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  expect(page).not.toMatch(/<script(?![^>]* src=)[^>]*>|\son\w+=|<style|\sstyle=/);
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(files.length).toBe(4);
  for (const path of files) {
    const file = await get(path);
    expect([file.status, (await file.text()).length > 500], path).toEqual([200, true]);
    expect(file.headers.get('cache-control')).toBe('public, max-age=300, must-revalidate');
    // Without the second header fetch asks for a fresh copy.
    const known = { 'if-none-match': file.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await get(path, known);
    expect(again.status, path).toBe(304);
  }
});

test('nothing but the files of the page is served', async () => {
  const { port } = new URL(service.address);
  for (const path of [
    '/api/docs/../package.json',
    '/api/docs/%2e%2e/docs-routes.ts',
    '/api/docs/..%2f..%2fcli.ts',
    '/api/docs/index.html',
    '/api/docs/swagger-ui.js',
    '/api/docs//etc/passwd',
  ]) {
    const answer = await exchange(Number(port), `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer.split('\r\n')[0], path).toBe('HTTP/1.1 404 Not Found');
  }
});
