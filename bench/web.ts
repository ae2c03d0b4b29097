// npm run bench:web: what the web application's first load weighs, and how long Chromium takes from the address of a list of contacts to
// its first rows, over a table of a million of them. Each time is of a browser of its own (nothing cached), signed in by its cookie.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import postgres from 'postgres';
import { type Browser, launchBrowser } from '../packages/web/browser/launch.ts';
import { ensureWebBuilt } from '../packages/web/build/ensure-built.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import { COUNTS } from './dataset.ts';
import { contactRows, SEED } from './seed.ts';
import { startServer } from './servers.ts';

const DIST = fileURLToPath(new URL('../packages/web/dist/', import.meta.url));
const OUT = fileURLToPath(new URL('./out/', import.meta.url));
const ADMIN = { email: 'admin@example.com', password: 'a password for the bench' };
/** What the application is held to (gzipped bytes, milliseconds). */
const MOST_BYTES = 300_000;
const MOST_MS = 1_500;
const WAIT_MS = 30_000;
const CHUNK = 100_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Scripts and styles that the first page loads before any route: the entry with all that it imports, gzipped. */
function firstLoad(): number {
  const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined || seen.has(key)) return;
    seen.add(key);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry === true) visit(key);
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
}

/** The seeded data with this many contacts. */
async function seed({ url }: BenchDatabase, rows: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  for (const statement of SEED) {
    if (statement.startsWith('insert into data.deal')) continue;
    if (!statement.startsWith('insert into data.contact')) await sql.unsafe(statement);
    else
      for (let first = 1; first <= rows; first += CHUNK)
        await sql.unsafe(contactRows(first, Math.min(rows, first + CHUNK - 1)));
  }
  await sql.unsafe('vacuum (analyze)');
  await sql.end();
}

interface Times {
  /** Milliseconds from asking for the address to rows on the screen. */
  readonly list: number;
  /** Bytes that the browser took for it, as they came over the wire. */
  readonly bytes: number;
}

async function timeOf(browser: Browser, url: string): Promise<Times> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  try {
    const begun = await context.request.post('/auth/browser-session', { data: ADMIN, headers: { origin: url } });
    if (!begun.ok()) throw new Error(`signing in answered ${begun.status()}: ${await begun.text()}`);
    const page = await context.newPage();
    const start = performance.now();
    await page.goto('/records/contacts', { waitUntil: 'commit' });
    await page
      .getByText(/^contact\d+@example\.com$/)
      .first()
      .waitFor({ timeout: WAIT_MS });
    const list = performance.now() - start;
    const sizes = 'performance.getEntriesByType("resource").reduce((sum, each) => sum + each.transferSize, 0)';
    return { list, bytes: (await page.evaluate(sizes)) as number };
  } finally {
    await context.close();
  }
}

/** The port is open a moment before the administrator has a password. */
async function signedIn(browser: Browser, url: string): Promise<Times> {
  for (let left = 10; ; left -= 1) {
    try {
      return await timeOf(browser, url);
    } catch (error) {
      if (left === 0 || !String(error).includes('signing in answered')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function measure(rows: number, rounds: number): Promise<readonly Times[]> {
  const database = await startDatabase();
  const environment = { DATABASE_URL: database.url, KARTOTEKA_ADMIN_PASSWORD: ADMIN.password };
  try {
    const server = await startServer('service', environment);
    const browser = await launchBrowser();
    try {
      await seed(database, rows);
      const url = `http://127.0.0.1:${server.port}`;
      // The first one fills the caches of PostgreSQL, and compiles what the service compiles once.
      await signedIn(browser, url);
      const times: Times[] = [];
      for (let round = 0; round < rounds; round += 1) times.push(await timeOf(browser, url));
      return times;
    } finally {
      await browser.close();
      await server.stop();
    }
  } finally {
    await database.remove();
  }
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    assert: { type: 'boolean', default: false },
  },
});
const [rows, rounds] = [Number(values.rows), Number(values.rounds)];
if (![rows, rounds].every(Number.isInteger) || rows < 1000 || rows > 10_000_000 || rounds < 1 || rounds > 100) {
  console.error('--rows is a whole number from 1000 to 10000000, --rounds one from 1 to 100');
  process.exit(2);
}
const built = await ensureWebBuilt(() => console.log('building the web application'));
if (built === 'missing') throw new Error('The web application is not built, and the bundler is not installed: npm ci');
mkdirSync(OUT, { recursive: true });
const size = firstLoad();
const assets = readdirSync(join(DIST, 'assets')).filter((name) => /\.(?:js|css)$/.test(name));
console.log(
  `first load, gzipped: ${(size / 1000).toFixed(1)} kB of at most ${MOST_BYTES / 1000} (${assets.length} files in all)`,
);
const times = await measure(rows, rounds);
const sorted = times.map(({ list }) => Math.round(list)).toSorted((one, other) => one - other);
const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
const wire = Math.max(...times.map(({ bytes }) => bytes));
console.log(
  `first list of ${rows} contacts, of ${COUNTS.owners} owners: ${median} ms in the middle, ${sorted[0]} to ${sorted.at(-1)} (aim: under ${MOST_MS}); ${(wire / 1000).toFixed(0)} kB over the wire`,
);
if (values.assert && (size > MOST_BYTES || median > MOST_MS)) process.exitCode = 1;
