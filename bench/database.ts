// The PostgreSQL that all measured programs run on: started, seeded, put in the same state before every round, removed.
// Settings are those of a small production server, the same for everybody; durability is never traded for speed.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { startEmbeddedPostgres } from '../packages/platform/src/storage/embedded.ts';
import { RESTORE, SEED } from './seed.ts';
import { SEED_READERS } from './seed-readers.ts';

/** What differs from PostgreSQL's defaults. fsync, synchronous_commit and full_page_writes stay on. */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '1GB',
  effective_cache_size: '3GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
};

export interface BenchDatabase {
  readonly url: string;
  /** Process id of the postmaster. */
  readonly postmaster: number;
  /** Fills the published tables. */
  seed(): Promise<void>;
  /** Adds the readers of the set `security`; shares are news for a service that runs. */
  seedReaders(): Promise<void>;
  /** The state every round begins with: no dead rows, statistics, no dirty pages; `restore`: only the seeded rows. */
  prepare(restore: boolean): Promise<void>;
  /** Stops the server and removes its files. */
  remove(): Promise<void>;
}

/** Starts an empty embedded PostgreSQL on the disk that holds the project (a memory disk would make fsync free). */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(fileURLToPath(new URL('./out/', import.meta.url)), 'database-'));
  const server = await startEmbeddedPostgres({ dataDir: folder, settings: POSTGRES_SETTINGS });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  const runAll = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await sql.unsafe(statement);
  };
  return {
    url: server.url,
    postmaster: server.pid,
    seed: () => runAll(SEED),
    seedReaders: () => runAll(SEED_READERS),
    prepare: (restore) => runAll([...(restore ? RESTORE : []), 'vacuum (analyze)', 'checkpoint']),
    remove: async () => {
      await sql.end();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
