// npm run bench:import: `kartoteka import` of generated contacts into a service of its own: rows per second from start to exit, and
// the importer's largest memory. It checks that every row is stored or in the error file.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BenchDatabase, startDatabase } from './database.ts';
import { BAD_EVERY, COMPANY_MAP, CONTACT_MAP, writeImportFiles } from './import-data.ts';
import { startServer } from './servers.ts';

const CLI = fileURLToPath(new URL('../packages/service/src/cli.ts', import.meta.url));
const OUT = fileURLToPath(new URL('./out/', import.meta.url));
const ADMIN = { user: 'admin@example.com', password: 'a password for the bench' };
/** Milliseconds between two looks at the importer's memory. */
const LOOK = 100;

interface ImportFigures {
  readonly seconds: number;
  readonly rows: number;
  readonly failed: number;
  /** Largest resident memory in MiB; null outside Linux. */
  readonly peak: number | null;
}

async function runImport(port: number, set: string, file: string, map: string): Promise<ImportFigures> {
  const options = ['--map', map, '--url', `http://127.0.0.1:${port}`, '--user', ADMIN.user];
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'import', set, file, ...options], {
    env: { PATH: process.env.PATH ?? '', KARTOTEKA_PASSWORD: ADMIN.password },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  const peak = await peakOf(child);
  const seconds = (performance.now() - started) / 1000;
  console.log(out.trimEnd());
  const [, rows, failed] = /(\d+) rows in .* (\d+) failed/.exec(out) ?? [];
  if (rows === undefined || failed === undefined) throw new Error(`the import of ${file} did not run`);
  return { seconds, rows: Number(rows), failed: Number(failed), peak };
}

/** Waits for the end of the process; the high-water mark of its resident memory as Linux counts it. */
async function peakOf(child: ChildProcess): Promise<number | null> {
  let peak: number | null = null;
  const look = setInterval(() => {
    try {
      const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      if (kib !== undefined) peak = Math.round(Number(kib) / 1024);
    } catch {
      // The process has just ended, or this is not Linux.
    }
  }, LOOK);
  await once(child, 'close');
  clearInterval(look);
  return peak;
}

async function lines(path: string): Promise<number> {
  let count = 0;
  for await (const _ of createInterface({ input: createReadStream(path) })) count += 1;
  return count;
}

async function bench(database: BenchDatabase, folder: string, rows: number): Promise<void> {
  const [companies, contacts] = [join(folder, 'companies.csv'), join(folder, 'contacts.csv')];
  const [companyMap, contactMap] = [join(folder, 'companies.json'), join(folder, 'contacts.json')];
  writeFileSync(companyMap, JSON.stringify(COMPANY_MAP));
  writeFileSync(contactMap, JSON.stringify(CONTACT_MAP));
  await writeImportFiles(companies, contacts, rows);
  const server = await startServer('service', { DATABASE_URL: database.url, KARTOTEKA_ADMIN_PASSWORD: ADMIN.password });
  try {
    await runImport(server.port, 'companies', companies, companyMap);
    for (const run of ['new records', 'the same again']) {
      const { seconds, rows: seen, failed, peak } = await runImport(server.port, 'contacts', contacts, contactMap);
      const bad = Math.floor(rows / BAD_EVERY);
      const kept = (await lines(`${contacts}.errors.csv`)) - 1;
      if (seen !== rows || failed !== bad || kept !== bad) {
        throw new Error(`${rows} rows with ${bad} bad ones: ${seen} read, ${failed} failed, ${kept} in the error file`);
      }
      const memory = peak === null ? 'unknown' : `${peak} MiB`;
      console.log(
        `${run}: ${Math.round(rows / seconds)} rows/s over ${seconds.toFixed(1)} s, peak memory of the importer ${memory}`,
      );
    }
  } finally {
    await server.stop();
  }
}

const { values } = parseArgs({ options: { rows: { type: 'string', default: '200000' } } });
const rows = Number(values.rows);
if (!Number.isInteger(rows) || rows < BAD_EVERY || rows > 10_000_000) {
  console.error(`--rows is a whole number from ${BAD_EVERY} to 10000000`);
  process.exit(2);
}
mkdirSync(OUT, { recursive: true });
const folder = await mkdtemp(join(OUT, 'import-'));
const database = await startDatabase();
try {
  await bench(database, folder, rows);
} finally {
  await database.remove();
  await rm(folder, { recursive: true });
}
