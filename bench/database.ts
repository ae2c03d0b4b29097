// The PostgreSQL that both servers run on: started, seeded, put in the same state before every round, and removed.
// The settings are those of a small production server and the same for all that is measured.
import postgres from 'postgres';
import { RESTORE, SEED } from './seed.ts';

/** Settings that differ from PostgreSQL's defaults; fsync, synchronous_commit and full_page_writes stay on. */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '1GB',
  effective_cache_size: '3GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
};

export class BenchDatabase {
  readonly url: string;
  readonly postmaster: number;
  readonly #sql: postgres.Sql;

  private constructor(url: string, postmaster: number, sql: postgres.Sql) {
    this.url = url;
    this.postmaster = postmaster;
    this.#sql = sql;
  }

  static async open(url: string): Promise<BenchDatabase> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    const [row] = await sql`select pg_read_file('postmaster.pid') as file`;
    return new BenchDatabase(url, Number(String(row?.file).split('\n')[0]), sql);
  }

  /** Fills the published tables. */
  async seed(): Promise<void> {
    for (const statement of SEED) await this.#sql.unsafe(statement);
  }

  /** Puts the tables into the state every round begins with: seeded rows, no dead rows, statistics, no dirty pages. */
  async prepare(restore: boolean): Promise<void> {
    if (restore) for (const statement of RESTORE) await this.#sql.unsafe(statement);
    await this.#sql.unsafe('vacuum analyze');
    await this.#sql.unsafe('checkpoint');
  }

  async close(): Promise<void> {
    await this.#sql.end();
  }
}
