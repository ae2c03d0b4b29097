// Brings the platform tables (schema kartoteka) up to date. It must not touch the tables of entities, and costs one
// question when there is nothing to do.
import postgres from 'postgres';
import { type Migration, PLATFORM_SCHEMA, readMigrations } from './migrations.ts';
import { StartupError } from './server-check.ts';
import type { StorageLog } from './types.ts';

/** Advisory lock under which migrations run: of several nodes that start at once, one migrates and the others wait. */
const MIGRATION_LOCK = '1800434534, 0';

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Applies the migrations of prisma/migrations that the database lacks. Migrations it has beyond these are those of a newer version,
 * and left alone. Throws StartupError when an applied one was edited since, or one fails: each is applied wholly or not at all.
 */
export async function migrate(url: string, log?: StorageLog): Promise<void> {
  const migrations = readMigrations();
  const sql = postgres(url, {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'kartoteka migrate' },
  });
  try {
    if (missing(migrations, await appliedMigrations(sql)).length === 0) return;
    await sql.unsafe(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    if (missing(migrations, await appliedMigrations(sql)).length === 0) return;
    await sql.unsafe(`create schema if not exists ${PLATFORM_SCHEMA}`);
    await forgetInterrupted(sql, log);
    await apply(url, migrations, log);
  } finally {
    await sql.end();
  }
}

async function apply(url: string, migrations: readonly Migration[], log: StorageLog | undefined): Promise<void> {
  try {
    const { applyMigrations } = await import('./schema-engine.ts');
    const applied = await applyMigrations(url, migrations);
    log?.info({ applied }, 'migrated the platform tables');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The platform tables cannot be migrated: ${reason}`);
  }
}

/** The migrations that the database lacks. Throws StartupError when one it has differs from the file. */
function missing(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const finished = new Map(
    applied.filter((migration) => migration.finished).map(({ name, checksum }) => [name, checksum]),
  );
  for (const { name, checksum } of migrations) {
    if (finished.has(name) && finished.get(name) !== checksum) {
      throw new StartupError(`The migration ${name} was edited after it had been applied to this database`);
    }
  }
  return migrations.filter(({ name }) => !finished.has(name));
}

async function appliedMigrations(sql: postgres.Sql): Promise<AppliedMigration[]> {
  const [table] = await sql`select to_regclass(${`${PLATFORM_SCHEMA}._prisma_migrations`}) is not null as present`;
  if (!table?.present) return [];
  return sql<AppliedMigration[]>`select migration_name as name, checksum, finished_at is not null as finished
    from ${sql(PLATFORM_SCHEMA)}._prisma_migrations where rolled_back_at is null`;
}

/**
 * A row without an end is what a process leaves that failed or was killed while migrating. As scripts are atomic, nothing of
 * it remains, so the row is marked as rolled back, which is what `prisma migrate resolve --rolled-back` does.
 */
async function forgetInterrupted(sql: postgres.Sql, log: StorageLog | undefined): Promise<void> {
  const [table] = await sql`select to_regclass(${`${PLATFORM_SCHEMA}._prisma_migrations`}) is not null as present`;
  if (!table?.present) return;
  const rows = await sql`update ${sql(PLATFORM_SCHEMA)}._prisma_migrations set rolled_back_at = now()
    where finished_at is null and rolled_back_at is null returning migration_name`;
  if (rows.length > 0)
    log?.warn({ migrations: rows.map((row) => row.migration_name) }, 'a migration was interrupted; applying it again');
}
