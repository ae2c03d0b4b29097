// Vitest's global setup: one PostgreSQL server for the whole run, gone when it ends. It must not touch databases that
// it did not make: with KARTOTEKA_TEST_DATABASE_URL the server is somebody else's.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../storage/embedded.ts';
import { isAlive } from '../storage/embedded-lock.ts';
import { dropRunDatabases, RUN_VARIABLE, SERVER_VARIABLE } from './databases.ts';

/** Nothing in a test database outlives the run, so nothing is made durable. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  autovacuum_naptime: '1h',
};

const PREFIX = 'kartoteka-test-';

/** Data directories of runs that were killed: their server has ended with them. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // another user's
    }
  }
}

/** Starts the server (or takes the given one) and returns the tear-down. Vitest calls it once per project. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SERVER_VARIABLE]) return undefined;
  process.env[RUN_VARIABLE] = randomBytes(4).toString('hex');
  const given = process.env.KARTOTEKA_TEST_DATABASE_URL;
  if (given) {
    process.env[SERVER_VARIABLE] = given;
    return async () => {
      delete process.env[SERVER_VARIABLE];
      await dropRunDatabases(given);
    };
  }
  removeLeftovers();
  const dataDir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({ dataDir, settings: FAST_SETTINGS });
    process.env[SERVER_VARIABLE] = server.url;
    return async () => {
      delete process.env[SERVER_VARIABLE];
      await server.stop();
      remove();
    };
  } catch (error) {
    remove();
    throw error;
  }
}
