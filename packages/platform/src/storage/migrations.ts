// The migrations that this version of the product brings along, as files of prisma/migrations. It must not touch a database.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The PostgreSQL schema of the platform tables, and of Prisma's `_prisma_migrations`. */
export const PLATFORM_SCHEMA = 'kartoteka';

export interface Migration {
  /** Name of its directory: a timestamp and a word. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma keeps it. */
  readonly checksum: string;
}

const DIRECTORY = join(import.meta.dirname, '../../../../prisma/migrations');

/** Every migration, oldest first. */
export function readMigrations(): Migration[] {
  return readdirSync(DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(DIRECTORY, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}
