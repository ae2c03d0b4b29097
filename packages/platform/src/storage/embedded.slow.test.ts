import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import { isAlive, runningServer } from './embedded-lock.ts';
import { StartupError } from './server-check.ts';

let parent: string;
let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'kartoteka-embedded-'));
  dataDir = join(parent, 'data');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const left = runningServer(join(dataDir, 'cluster'));
  if (left !== undefined) await gone(left);
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
  const killed = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await killed;
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
