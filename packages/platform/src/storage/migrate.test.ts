import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { diffToSchema } from './schema-engine.ts';
import { StartupError } from './server-check.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase({ template: 'bare' });
});
afterEach(() => db.drop());

const names = readMigrations().map((migration) => migration.name);
const applied = async () =>
  (
    await db.database.run(
      'select migration_name, finished_at is not null as finished from kartoteka._prisma_migrations order by 1',
    )
  ).map((row) => [row.migration_name, row.finished]);

test('two nodes that migrate at once apply every migration once', async () => {
  await Promise.all([migrate(db.url), migrate(db.url), migrate(db.url)]);
  expect(await applied()).toEqual(names.map((name) => [name, true]));
  expect(await db.database.run('select id, revision, security, base_version from kartoteka.state')).toEqual([
    { id: '1', revision: '0', security: '0', base_version: null },
  ]);
});

test('the migrations lead to the schema that Prisma Client was generated from', async () => {
  await migrate(db.url);
  const schema = readFileSync(join(import.meta.dirname, '../../../../prisma/schema.prisma'), 'utf8');
  const statements = (await diffToSchema(db.url, schema)).replace(/^--.*$/gm, '').split(';');
  // All that is left is INCLUDE (rights) of this key, which the schema language cannot say and the engine takes for a key column.
  expect(statements.map((statement) => statement.trim().replace(/\s+/g, ' ')).filter(Boolean)).toEqual([
    'ALTER TABLE "share" DROP CONSTRAINT "share_pkey", ADD CONSTRAINT "share_pkey" PRIMARY KEY ("principal_id", "entity", "record_id")',
  ]);
});

test('a migration that was killed half-way is applied again', async () => {
  await migrate(db.url);
  const before = await db.database.run('select epoch from kartoteka.state');
  await db.database.run('update kartoteka._prisma_migrations set finished_at = null, applied_steps_count = 0');
  await db.database.run('drop schema kartoteka cascade; create schema kartoteka', [], { script: true });
  await migrate(db.url);
  expect(await db.database.run('select epoch from kartoteka.state')).not.toEqual(before);
});

test('a migration edited after it was applied stops the start', async () => {
  await migrate(db.url);
  await db.database.run(`update kartoteka._prisma_migrations set checksum = 'other'`);
  await expect(migrate(db.url)).rejects.toThrow(StartupError);
  await expect(migrate(db.url)).rejects.toThrow(/was edited/);
});

test('migrations of a newer version are left alone', async () => {
  await migrate(db.url);
  await db.database.run(`insert into kartoteka._prisma_migrations (id, checksum, migration_name, finished_at)
    values ('x', 'y', '99990101000000_later', now())`);
  await migrate(db.url);
  expect(await applied()).toEqual([...names, '99990101000000_later'].map((name) => [name, true]));
});

test('the extension that $search needs, where it stands in another schema, stops the start with what to do about it', async () => {
  await db.database.run('create extension pg_trgm schema public');
  await expect(migrate(db.url)).rejects.toThrow(StartupError);
  await expect(migrate(db.url)).rejects.toThrow(/ALTER EXTENSION pg_trgm SET SCHEMA kartoteka/);
  await db.database.run('alter extension pg_trgm set schema kartoteka');
  await migrate(db.url);
  expect((await applied()).filter(([, finished]) => finished)).toEqual(names.map((name) => [name, true]));
});
