// npm run bench:sdk: contacts loaded by the client's `bulk` and by the bulk endpoint alone, in turns, each into a fresh table of a service
// of its own. It ends with 1 where the client has less than half the rate, or its memory grows with the number of records.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startDatabase } from './database.ts';
import { startServer } from './servers.ts';

const LOAD = fileURLToPath(new URL('./sdk-load.ts', import.meta.url));
const ADMIN = { username: 'admin@example.com', password: 'a password for the bench' };
const CHUNK = 1000;
/** Room that many records would not have; without it the peak tells how lazy the collector is. */
const SMALL = ['--max-old-space-size=64', '--max-semi-space-size=8'];
/** Resident MiB that ten times the records may add. */
const MORE_MEMORY = 64;

interface Figures {
  readonly rate: number;
  /** Largest resident memory in MiB. */
  readonly peak: number;
}

async function measure(way: 'sdk' | 'raw', rows: number): Promise<Figures> {
  const database = await startDatabase();
  try {
    const environment = { DATABASE_URL: database.url, KARTOTEKA_ADMIN_PASSWORD: ADMIN.password };
    const server = await startServer('service', environment);
    try {
      const url = `http://127.0.0.1:${server.port}`;
      const args = [...SMALL, LOAD, way, url, await keyOf(url), String(rows), String(CHUNK)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { seconds, peak } = JSON.parse(stdout) as { seconds: number; peak: number };
      return { rate: rows / seconds, peak };
    } finally {
      await server.stop();
    }
  } finally {
    await database.remove();
  }
}

async function keyOf(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${await tokenOf(url)}`, 'content-type': 'application/json' };
  const made = await fetch(`${url}/auth/keys`, { method: 'POST', headers, body: JSON.stringify({ name: 'bench' }) });
  return ((await made.json()) as { key: string }).key;
}

/** The port is open a moment before the administrator has his first password. */
async function tokenOf(url: string): Promise<string> {
  for (let left = 4; ; left -= 1) {
    const body = new URLSearchParams({ grant_type: 'password', ...ADMIN });
    const answer = await fetch(`${url}/auth/token`, { method: 'POST', body });
    if (answer.ok) return ((await answer.json()) as { access_token: string }).access_token;
    if (left === 0) throw new Error(`signing in answered ${answer.status}: ${await answer.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '2' } },
});
const [rows, rounds] = [Number(values.rows), Number(values.rounds)];
if (!Number.isInteger(rows) || rows < 10 * CHUNK || rows > 10_000_000 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rows is a whole number from ${10 * CHUNK} to 10000000, --rounds one from 1 on`);
  process.exit(2);
}
mkdirSync(fileURLToPath(new URL('./out/', import.meta.url)), { recursive: true });
const small = await measure('sdk', rows / 10);
const best: Record<'sdk' | 'raw', Figures> = { sdk: { rate: 0, peak: 0 }, raw: { rate: 0, peak: 0 } };
for (let round = 0; round < rounds; round += 1) {
  for (const way of ['raw', 'sdk'] as const) {
    const { rate, peak } = await measure(way, rows);
    best[way] = { rate: Math.max(rate, best[way].rate), peak: Math.max(peak, best[way].peak) };
    console.log(`${way}: ${rows} contacts, ${Math.round(rate)} a second, peak memory ${peak} MiB`);
  }
}
const share = best.sdk.rate / best.raw.rate;
const grown = best.sdk.peak - small.peak;
console.log(`the client has ${Math.round(share * 100)} % of the raw rate`);
console.log(`its peak memory is ${best.sdk.peak} MiB, ${small.peak} MiB for a tenth of the records`);
if (share < 0.5 || grown > MORE_MEMORY) {
  console.error(
    `missed: at least 50 % of the rate, and at most ${MORE_MEMORY} MiB more than for a tenth of the records`,
  );
  process.exitCode = 1;
}
