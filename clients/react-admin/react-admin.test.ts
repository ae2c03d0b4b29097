// A page of react-admin over its OData provider, in Chromium, against the service as a process: what people see when they list,
// search, filter, sort, turn pages, edit, create and delete. Page and API come from one origin, as behind a proxy.
import { existsSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, signIn } from '../../packages/service/src/testing/test-service.ts';
import '../../tests/crm-kit.ts';
import { type ServiceProcess, send, startServiceProcess } from '../../tests/service-process.ts';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** In CI the browser is installed before (.ci/chromium), so a missing one is a failure there. */
const missing = BROWSER === undefined && process.env.CI === undefined;
if (missing) console.warn('There is no Chromium: tests that need a browser are skipped');

let database: TestDatabase;
let service: ServiceProcess;
let origin: Server;
let browser: Browser;
let token: string;
let page: Page;
/** What the page asked the API, as `GET 200 companies?...`. */
let asked: string[] = [];

describe.skipIf(missing)('react-admin with ra-data-odata-server', () => {
  beforeAll(async () => {
    database = await createTestDatabase({ template: 'crm' });
    service = await startServiceProcess(database.url);
    ({ access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password));
    const records = Array.from({ length: 12 }, (_, n) => ({
      name: `Company ${String.fromCharCode(65 + n)}`,
      headcount: (n * 7) % 12,
      industry: 'retail',
    }));
    await send(service.address, token, 'POST', 'companies/bulk', {
      records: [...records, { name: "O'Hara & Sons", headcount: 50 }],
    });
    origin = await serve(await bundled());
    browser = await chromium.launch({ executablePath: BROWSER ?? 'chromium', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    origin?.close();
    await service?.stop();
    await database?.drop();
  });

  beforeEach(async () => {
    asked = [];
    await page?.close();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(origin.address() as AddressInfo).port}/?token=${token}`);
    await expectShown((shown) => expect(shown, asked.join('\n')).toHaveLength(5));
  });

  const rows = (): Promise<string[]> => page.locator('li').allTextContents();
  const total = (): Promise<string | null> => page.locator('#total').textContent();
  /** Waits until the rows are as they should be. */
  const expectShown = async (check: (rows: string[]) => void): Promise<void> => {
    for (const end = Date.now() + 10_000; Date.now() < end; await pause(50)) {
      try {
        return check(await rows());
      } catch {
        // not yet
      }
    }
    check(await rows());
  };

  test('shows a page of the list with the total, and the next pages', async () => {
    expect(await rows()).toEqual(['A 0', 'B 7', 'C 2', 'D 9', 'E 4'].map((text) => `Company ${text}`));
    expect(await total()).toBe('13');
    await page.getByText('Next page').click();
    await expectShown((found) => expect(found[0]).toMatch(/^Company F/));
    await page.getByText('Next page').click();
    await expectShown((found) => expect(found).toEqual(['Company K 10', 'Company L 5', "O'Hara & Sons 50"]));
  });

  test('sorts by a column', async () => {
    await page.getByText('By size').click();
    await expectShown((found) => expect(found[0]).toBe("O'Hara & Sons 50"));
    expect((await rows())[1]).toMatch(/ 11$/);
  });

  test('searches, and filters by parts of words and numbers', async () => {
    await page.getByLabel('search').fill('hara');
    await expectShown((found) => expect(found).toEqual(["O'Hara & Sons 50"]));
    expect(await total()).toBe('1');
    await page.getByLabel('search').fill('');
    await expectShown((found) => expect(found).toHaveLength(5));
    await page.getByLabel('contains').fill('Comp');
    await expectShown((found) => expect(found.length).toBe(2));
    expect((await rows()).map((text) => Number(text.split(' ').at(-1))).sort()).toEqual([10, 11]);
  });

  test('edits a record by sending it back whole, and shows why a change is refused', async () => {
    await page.getByText('Company B 7').click();
    await page.getByLabel('headcount').fill('-1');
    await page.getByText('Save').click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('headcount').fill('77');
    await page.getByText('Save').click();
    await expectShown((found) => expect(found).toContain('Company B 77'));
    const { json } = await send(service.address, token, 'GET', "companies?$filter=name eq 'Company B'");
    expect((json.value as object[])[0]).toMatchObject({ headcount: 77, industry: 'retail', version: 2 });
  });

  test('creates a record and deletes it', async () => {
    await page.getByText('New').click();
    await page.getByLabel('name').fill('Aardvark');
    await page.getByLabel('headcount').fill('3');
    await page.getByText('Save').click();
    await expectShown((found) => expect(found[0]).toBe('Aardvark 3'));
    expect(await total()).toBe('14');
    await page.getByText('Aardvark 3').click();
    await page.getByText('Delete').click();
    await expectShown((found) => expect(found[0]).toMatch(/^Company A/));
    expect(await total()).toBe('13');
    expect((await send(service.address, token, 'GET', "companies/$count?$filter=name eq 'Aardvark'")).text).toBe('0');
    expect(asked.filter((line) => / (4|5)\d\d /.test(line))).toEqual([]);
  });
});

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.tsx')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    target: 'es2024',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  });
  return outputFiles[0]?.text ?? '';
}

/** The page, and everything below /api from the service. */
function serve(script: string): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/api/')) return forward(incoming, outgoing);
    const isScript = incoming.url === '/page.js';
    outgoing.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    outgoing.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { hostname, port } = new URL(service.address);
  const { method, url = '', headers } = incoming;
  const forwarded = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
    asked.push(`${method} ${answer.statusCode} ${url}`);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on('error', () => outgoing.destroy());
  incoming.pipe(forwarded);
}
