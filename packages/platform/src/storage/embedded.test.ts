import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import { isAlive } from './embedded-lock.ts';
import { StartupError } from './server-check.ts';

let parent: string;
let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'kartoteka-embedded-'));
  dataDir = join(parent, 'data');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

const settings = { fsync: 'off' };

/** A process that starts the server, says its pid, and does `then`. Resolves to the server's pid. */
async function startInChild(
  then = 'setInterval(() => {}, 1000)',
  account: { uid?: number; gid?: number } = {},
): Promise<[ChildProcess, number]> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))});
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } });
    console.log(server.pid);
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...account,
  });
  children.push(child);
  const pid = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  return [child, pid];
}

const gone = (pid: number) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), 15_000);

async function rowsOf(url: string, text: string) {
  const database = await connectDatabase(url);
  try {
    return await database.run(text);
  } finally {
    await database.close();
  }
}

test('a new data directory is initialised for Unicode, reused later, and no process is left', async () => {
  const first = await startEmbeddedPostgres({ dataDir, settings });
  await rowsOf(first.url, `create table kept as select 'Жук' as word`);
  expect(
    await rowsOf(first.url, `select lower(word) as word, current_setting('listen_addresses') as addresses from kept`),
  ).toEqual([{ word: 'жук', addresses: '127.0.0.1' }]);
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dataDir, 'password'), 'utf8').length).toBeGreaterThanOrEqual(32);
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await startEmbeddedPostgres({ dataDir, settings });
  expect(await rowsOf(second.url, 'select word from kept')).toEqual([{ word: 'Жук' }]);
  await second.stop();
  await second.stop();
  expect(existsSync(join(dataDir, 'owner.json'))).toBe(false);
});

test('a data directory in use is refused, naming the process that has it', async () => {
  const [child] = await startInChild();
  const refused = startEmbeddedPostgres({ dataDir, settings });
  await expect(refused).rejects.toThrow(StartupError);
  await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toThrow(`is in use by process ${child.pid}`);
});

test('of two starts at once one has the directory and the other is refused', async () => {
  const results = await Promise.allSettled([
    startEmbeddedPostgres({ dataDir, settings }),
    startEmbeddedPostgres({ dataDir, settings }),
  ]);
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  for (const result of results) if (result.status === 'fulfilled') await result.value.stop();
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s to the process ends the server too', async (signal) => {
  const [child, pid] = await startInChild();
  const exited = new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  child.kill(signal);
  expect(await exited).toBe(signal);
  await gone(pid);
});

test('a process that exits by itself ends the server too', async () => {
  const [, pid] = await startInChild('process.exit(0)');
  await gone(pid);
});

test('a process that has nothing else to do ends although the server runs', async () => {
  const [child, pid] = await startInChild('');
  await vi.waitFor(() => expect(child.exitCode).toBe(0), 15_000);
  await gone(pid);
});

test('after a kill -9 of the process the next start has the data', async () => {
  const [child, pid] = await startInChild();
  child.kill('SIGKILL');
  const next = await startEmbeddedPostgres({ dataDir, settings });
  expect(isAlive(pid)).toBe(false);
  expect(await rowsOf(next.url, 'select 1 as a')).toEqual([{ a: '1' }]);
  await next.stop();
});

test('a server whose owner is gone is stopped by the next start', async () => {
  const [, pid] = await startInChild();
  rmSync(join(dataDir, 'owner.json'));
  const next = await startEmbeddedPostgres({ dataDir, settings });
  expect(isAlive(pid)).toBe(false);
  await next.stop();
});

test('after a kill -9 of the server the next start recovers', async () => {
  const first = await startEmbeddedPostgres({ dataDir, settings });
  await rowsOf(first.url, 'create table kept as select 1 as a');
  process.kill(first.pid, 'SIGKILL');
  await gone(first.pid);
  await first.stop();
  expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(true);
  const second = await startEmbeddedPostgres({ dataDir, settings });
  expect(await rowsOf(second.url, 'select a from kept')).toEqual([{ a: '1' }]);
  await second.stop();
});

test('an initialisation that was interrupted is done again', async () => {
  mkdirSync(join(dataDir, 'cluster', 'base'), { recursive: true });
  const server = await startEmbeddedPostgres({ dataDir, settings });
  expect(await rowsOf(server.url, 'select 1 as a')).toEqual([{ a: '1' }]);
  await server.stop();
});

test('a server that cannot start says why', async () => {
  await expect(startEmbeddedPostgres({ dataDir, settings: { ...settings, shared_buffers: 'much' } })).rejects.toThrow(
    /invalid value for parameter "shared_buffers"/,
  );
});

if (process.geteuid?.() === 0) {
  test('as root, also below a directory that only root may pass', async () => {
    chmodSync(parent, 0o700);
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(statSync(join(dataDir, 'cluster')).uid).not.toBe(0);
    expect(await rowsOf(server.url, 'select 1 as a')).toEqual([{ a: '1' }]);
    await server.stop();
  });

  const nobody = { uid: 65534, gid: 65534 };
  if (
    spawnSync(process.execPath, ['-e', `require('fs').readdirSync(${JSON.stringify(import.meta.dirname)})`], {
      ...nobody,
      cwd: '/',
    }).status === 0
  ) {
    test('as an ordinary user', async () => {
      chmodSync(parent, 0o755);
      chownSync(parent, nobody.uid, nobody.gid);
      const [child, pid] = await startInChild(undefined, nobody);
      expect(statSync(join(dataDir, 'cluster')).uid).toBe(nobody.uid);
      child.kill('SIGTERM');
      await gone(pid);
    });
  }
}
