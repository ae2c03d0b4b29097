// Browser tests: the built application, the real service in this process with the demo data, Debian's Chromium. One service for a file;
// each person is a browser of their own. Locators are by role and name and wait by themselves: no test sleeps.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createTestDatabase, registerTemplate } from '@kartoteka/platform/test-kit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { readSettings } from '../../service/src/config.ts';
import { DEMO_PASSWORD } from '../../service/src/demo/users.ts';
import { createLog } from '../../service/src/log.ts';
import { type RunningService, startService } from '../../service/src/service.ts';
import { ADMIN, callApi, JWT_SECRET, signIn } from '../../service/src/testing/test-service.ts';
import { BROWSER, launchBrowser } from './launch.ts';

/** In CI the browser is installed before (.ci/chromium), so a missing one is a failure there. */
const missing = BROWSER === undefined && process.env.CI === undefined;
if (missing) console.warn('There is no Chromium: tests that need a browser are skipped');

/** As `describe`, for tests that need a browser. */
export const describeWeb = describe.skipIf(missing);

const TEMPLATE = 'web';
const WAIT_MS = 15_000;
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface Who {
  readonly email: string;
  readonly password: string;
}

/** The administrator, and demo users by the part of their address before the `@` (nora, ravi, olga, mia ...). */
export const admin: Who = ADMIN;
export const demoUser = (name: string): Who => ({ email: `${name}@demo.example`, password: DEMO_PASSWORD });

export interface OpenOptions {
  /** Signed in as; null: nobody. The administrator unless given. */
  readonly as?: Who | null;
  /** Where to begin; `/` unless given. */
  readonly path?: string;
  readonly locale?: 'en' | 'ru';
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
}

export interface Web {
  readonly address: string;
  readonly service: RunningService;
  /** A page in a browser of its own. */
  open(options?: OpenOptions): Promise<Page>;
  /** One request to `/api/v1/<path>` over HTTP; the JSON of the answer. Throws for other statuses than 2xx. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
  call(who: Who, method: string, path: string, body?: unknown): Promise<any>;
  /** Fails where a page has thrown, or the browser has refused something (Content-Security-Policy); forgets what it told. */
  expectNoPageErrors(): void;
  stop(): Promise<void>;
}

function startOn(url: string, demo: boolean): Promise<RunningService> {
  const environment = {
    ...{ PORT: '0', DATABASE_URL: url, KARTOTEKA_ADMIN_PASSWORD: ADMIN.password, KARTOTEKA_JWT_SECRET: JWT_SECRET },
    LOG_LEVEL: 'warn',
  };
  const settings = readSettings(environment, '/nowhere');
  return startService(settings, createLog(settings.logLevel, process.stderr), { demo: demo ? 'en' : null });
}

/** A service on a fresh clone of a database with the demo data, and a browser. */
export async function startWeb(): Promise<Web> {
  registerTemplate(TEMPLATE, async (url) => (await startOn(url, true)).stop());
  const database = await createTestDatabase({ template: TEMPLATE });
  const service = await startOn(database.url, false);
  const browser = await launchBrowser();
  const problems: string[] = [];
  return {
    address: service.address,
    service,
    open: (options = {}) => open(browser, service.address, options, problems),
    call: async (who, method, path, body) => {
      const { access_token: token } = await signIn(service.address, who.email, who.password);
      const response = await callApi(service.address, token, method, `/api/v1/${path}`, body);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    expectNoPageErrors: () => expect(problems.splice(0)).toEqual([]),
    stop: async () => {
      await browser.close();
      await service.stop();
      await database.drop();
    },
  };
}

async function open(browser: Browser, address: string, options: OpenOptions, problems: string[]): Promise<Page> {
  const { as = admin, path = '/', locale = 'en', viewport = DESKTOP, dark = false } = options;
  const context = await browser.newContext({
    baseURL: address,
    locale: locale === 'ru' ? 'ru-RU' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    hasTouch: viewport.width < 500,
  });
  context.setDefaultTimeout(WAIT_MS);
  if (as !== null) await beginSession(context, address, as);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content.Security.Policy|Refused to/i.test(text)) problems.push(`${page.url()}: ${text}`);
  });
  await page.goto(path);
  return page;
}

/** As the login page does it: the cookie is the browser's, the page then renews by it. */
async function beginSession(context: BrowserContext, address: string, { email, password }: Who): Promise<void> {
  const answer = await context.request.post('/auth/browser-session', {
    data: { email, password },
    headers: { origin: address },
  });
  if (!answer.ok()) throw new Error(`signing in answered ${answer.status()}: ${await answer.text()}`);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Fails with what axe finds against WCAG 2.2 A and AA on the page as it is now. `popup`: a menu or list is open, which floats outside of the
 * page's landmarks.
 */
export async function expectAccessible(page: Page, { popup = false }: { popup?: boolean } = {}): Promise<void> {
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const run = `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'], rules: { region: { enabled: ${!popup} } } })`;
  const { violations } = (await page.evaluate(run)) as { violations: Violation[] };
  const found = violations.map(({ id, help, nodes }) => {
    const where = nodes
      .slice(0, 5)
      .map(({ html, failureSummary }) => `\n  ${html.slice(0, 200)}\n  ${failureSummary ?? ''}`);
    return `${id}: ${help}${where.join('')}`;
  });
  expect(found, `${page.url()}\n${found.join('\n')}`).toEqual([]);
}

/** No page is wider than its window: phones do not scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const [wide, window] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
    number,
    number,
  ];
  expect(wide).toBeLessThanOrEqual(window);
}
