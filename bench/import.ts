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
import { cpuSeconds, familyCpuSeconds } from './process-cost.ts';
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
  /** CPU seconds of importer, service and PostgreSQL. */
  readonly cpu: readonly (number | null)[];
}

/** Where the import goes. */
interface ImportService {
  readonly port: number;
  readonly pid: number;
  readonly postmaster: number;
}

async function runImport(service: ImportService, set: string, file: string, map: string): Promise<ImportFigures> {
  const options = ['--map', map, '--url', `http://127.0.0.1:${service.port}`, '--user', ADMIN.user];
  const before = [cpuSeconds(service.pid), familyCpuSeconds(service.postmaster)];
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'import', set, file, ...options], {
    env: { PATH: process.env.PATH ?? '', KARTOTEKA_PASSWORD: ADMIN.password },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  const { peak, cpu: own } = await costOf(child);
  const seconds = (performance.now() - started) / 1000;
  const after = [cpuSeconds(service.pid), familyCpuSeconds(service.postmaster)];
  const others = after.map((value, index) => (value === null ? null : value - (before[index] ?? 0)));
  console.log(out.trimEnd());
  const [, rows, failed] = /(\d+) rows in .* (\d+) failed/.exec(out) ?? [];
  if (rows === undefined || failed === undefined) throw new Error(`the import of ${file} did not run`);
  return { seconds, rows: Number(rows), failed: Number(failed), peak, cpu: [own, ...others] };
}

/** Waits for the end of the process; the high-water mark of its resident memory and its CPU seconds as Linux counts them. */
async function costOf(child: ChildProcess): Promise<{ peak: number | null; cpu: number | null }> {
  const cost: { peak: number | null; cpu: number | null } = { peak: null, cpu: null };
  const look = setInterval(() => {
    try {
      const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      if (kib !== undefined) cost.peak = Math.round(Number(kib) / 1024);
      cost.cpu = cpuSeconds(child.pid ?? 0) ?? cost.cpu;
    } catch {
      // The process has just ended, or this is not Linux.
    }
  }, LOOK);
  await once(child, 'close');
  clearInterval(look);
  return cost;
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
  const service = { port: server.port, pid: server.pid, postmaster: database.postmaster };
  try {
    await runImport(service, 'companies', companies, companyMap);
    for (const run of ['new records', 'the same again']) {
      const figures = await runImport(service, 'contacts', contacts, contactMap);
      const { seconds, rows: seen, failed, peak, cpu } = figures;
      const bad = Math.floor(rows / BAD_EVERY);
      const kept = (await lines(`${contacts}.errors.csv`)) - 1;
      if (seen !== rows || failed !== bad || kept !== bad) {
        throw new Error(`${rows} rows with ${bad} bad ones: ${seen} read, ${failed} failed, ${kept} in the error file`);
      }
      const [own, theirs, postgres] = cpu.map((value) => value?.toFixed(0) ?? '?');
      const memory = peak === null ? 'unknown' : `${peak} MiB`;
      console.log(
        `${run}: ${Math.round(rows / seconds)} rows/s over ${seconds.toFixed(1)} s, peak memory of the importer ${memory}`,
      );
      console.log(`  CPU seconds: importer ${own}, service ${theirs}, PostgreSQL ${postgres}`);
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
