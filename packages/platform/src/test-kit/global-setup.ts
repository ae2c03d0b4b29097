// Vitest's global setup: one PostgreSQL server for the whole run, gone when it ends. It must not touch databases that
// it did not make: with KARTOTEKA_TEST_DATABASE_URL the server is somebody else's.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../storage/embedded.ts';
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

/** Starts the server (or takes the given one) and returns the tear-down. Vitest calls it once per project. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SERVER_VARIABLE]) return undefined;
  process.env[RUN_VARIABLE] = randomBytes(4).toString('hex');
  const given = process.env.KARTOTEKA_TEST_DATABASE_URL;
  if (given) {
    process.env[SERVER_VARIABLE] = given;
    return () => dropRunDatabases(given);
  }
  const dataDir = mkdtempSync(join(tmpdir(), `kartoteka-test-${process.pid}-`));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({ dataDir, settings: FAST_SETTINGS });
    process.env[SERVER_VARIABLE] = server.url;
    return async () => {
      await server.stop();
      remove();
    };
  } catch (error) {
    remove();
    throw error;
  }
}
