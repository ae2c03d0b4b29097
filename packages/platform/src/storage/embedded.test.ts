import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import { isAlive } from './embedded-lock.ts';

// mkdtemp makes directories that only their owner may pass, so as root these tests also show the server below one.
let parent: string;
let dataDir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'kartoteka-embedded-'));
  dataDir = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const settings = { fsync: 'off' };

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

test('after a kill -9 of the server the next start recovers', async () => {
  const first = await startEmbeddedPostgres({ dataDir, settings });
  await rowsOf(first.url, 'create table kept as select 1 as a');
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(true);
  const second = await startEmbeddedPostgres({ dataDir, settings });
  expect(await rowsOf(second.url, 'select a from kept')).toEqual([{ a: '1' }]);
  await second.stop();
});
