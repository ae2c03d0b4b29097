// Test databases, cloned from templates that are built once per run by whoever needs one first. It must not be imported
// by product code.
import postgres from 'postgres';
import { connectDatabase } from '../storage/database.ts';
import { migrate } from '../storage/migrate.ts';
import type { Database } from '../storage/types.ts';

/** Environment variables by which the global setup tells the test files about the server and the run. */
export const SERVER_VARIABLE = 'KARTOTEKA_TEST_SERVER_URL';
export const RUN_VARIABLE = 'KARTOTEKA_TEST_RUN';

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Closes `database` and drops the database with whatever is still connected to it. */
  drop(): Promise<void>;
}

type Build = (url: string) => Promise<void>;

const builds = new Map<string, Build>([
  ['bare', async () => {}],
  ['empty', (url) => migrate(url)],
]);

/**
 * Adds a template: `build` fills a database that `based` (default `empty`: migrations applied, nothing published) was cloned
 * into. It runs once per test run, in the first process that asks for the template, and must close its connections.
 */
export function registerTemplate(name: string, build: Build, based = 'empty'): void {
  if (builds.has(name)) return;
  builds.set(name, build);
  bases.set(name, based);
}

const bases = new Map<string, string>([['empty', 'bare']]);

/**
 * A database of its own for a test file: a clone of the template (`bare`: nothing; `empty`: migrated; or a registered one).
 * Needs the server of test-kit/global-setup.ts.
 */
export async function createTestDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const template = await templateDatabase(options.template ?? 'empty');
  const name = runName(`db_${process.pid}_${Math.random().toString(36).slice(2, 10)}`);
  await administer((sql) => sql.unsafe(`create database "${name}" template "${template}"`));
  const url = urlOf(name);
  const database = await connectDatabase(url, { applicationName: 'kartoteka test' });
  return {
    url,
    database,
    drop: async () => {
      await database.close();
      await administer((sql) => sql.unsafe(`drop database if exists "${name}" with (force)`));
    },
  };
}

/** Address of the run's server (its maintenance database): for tests of connecting itself. */
export function testServerUrl(): string {
  const url = process.env[SERVER_VARIABLE];
  if (!url) throw new Error(`${SERVER_VARIABLE} is not set: run through vitest with test-kit/global-setup.ts`);
  return url;
}

/** Drops every database of this run on a server that outlives it. */
export async function dropRunDatabases(serverUrl: string): Promise<void> {
  const sql = postgres(serverUrl, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<
      { datname: string }[]
    >`select datname from pg_database where starts_with(datname, ${runName('')})`;
    for (const { datname } of rows) await sql.unsafe(`drop database if exists "${datname}" with (force)`);
  } finally {
    await sql.end();
  }
}

/** Builds the template unless this run has it. An advisory lock makes the others wait for the first. */
async function templateDatabase(name: string): Promise<string> {
  const build = builds.get(name);
  if (!build) throw new Error(`There is no template ${name}`);
  const finished = runName(`template_${name}`);
  const base = bases.get(name);
  const source = base === undefined ? 'template0' : await templateDatabase(base);
  await administer(async (sql) => {
    await sql`select pg_advisory_lock(hashtext(${finished}))`;
    const [found] = await sql`select from pg_database where datname = ${finished}`;
    if (found) return;
    const building = `${finished}_building`;
    await sql.unsafe(`drop database if exists "${building}" with (force)`);
    await sql.unsafe(`create database "${building}" template "${source}"`);
    await build(urlOf(building));
    await sql.unsafe(`alter database "${building}" rename to "${finished}"`);
  });
  return finished;
}

/** Work on the maintenance database over a connection of its own, which also holds and frees advisory locks. */
async function administer<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(testServerUrl(), { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

function runName(rest: string): string {
  return `kartoteka_test_${process.env[RUN_VARIABLE] ?? process.pid}_${rest}`;
}

function urlOf(database: string): string {
  const url = new URL(testServerUrl());
  url.pathname = `/${database}`;
  return url.href;
}
