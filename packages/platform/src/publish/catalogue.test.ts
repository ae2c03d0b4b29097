// What the catalogue check sees when somebody has been at the tables by hand, and what it leaves to the pending steps.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { pendingSteps, runAfterSteps } from './after-steps.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedDeal } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(async () => {
  await db.drop();
});

const differencesAfter = async (sql: string): Promise<string[]> => {
  await db.database.run(sql, [], { script: true });
  return compareCatalogue(db.database, await loadModel(db.database));
};

const TAMPERED: readonly (readonly [sql: string, difference: string])[] = [
  ['alter table data.deal drop column probability', 'deal: column probability is missing'],
  ['alter table data.deal add column surplus int', 'deal: column surplus is not in the model'],
  ['alter table data.deal alter column probability type integer', 'deal: column probability is integer, not bigint'],
  [
    'alter table data.deal alter column discount type numeric(11,2)',
    'deal: column discount is numeric(11,2), not numeric(10,2)',
  ],
  ['alter table data.deal alter column name type text collate "C"', 'deal: column name has collation C, not und-x-icu'],
  ['alter table data.deal alter column name drop not null', 'deal: column name is nullable'],
  ['alter table data.deal alter column company_id set not null', 'deal: column company_id is not null'],
  ['drop index data.deal__owner_id__idx', 'deal: index deal__owner_id__idx is missing'],
  ['create index surplus on data.deal (name)', 'deal: index surplus is not in the model'],
  [
    'drop index data.deal__external_id__key; create index deal__external_id__key on data.deal (external_id nulls first) where deleted_on is null',
    'deal: index deal__external_id__key is not unique',
  ],
  [
    'drop index data.deal__external_id__key; create unique index deal__external_id__key on data.deal (external_id nulls first)',
    'deal: index deal__external_id__key has the predicate null',
  ],
  [
    'drop index data.deal__external_id__key; create unique index deal__external_id__key on data.deal (external_id) where deleted_on is null',
    'deal: index deal__external_id__key is not ascending, nulls first',
  ],
  ['alter table data.deal drop constraint deal__stage__check', 'deal: check deal__stage__check is missing'],
  ['alter table data.deal add constraint surplus check (true)', 'deal: constraint surplus is not in the model'],
  [
    'alter table data.deal drop constraint deal__company_id__fkey',
    'deal: foreign key deal__company_id__fkey is missing',
  ],
  ['create table data.surplus (id int)', 'table surplus is not in the model'],
];

test.each(TAMPERED)('%s is reported', async (sql, difference) => {
  expect(await differencesAfter(sql)).toContain(difference);
});

test('a check with another limit and one that is not validated are reported', async () => {
  const differences = await differencesAfter(
    `alter table data.deal drop constraint deal__name__check;
     alter table data.deal add constraint deal__name__check check (char_length(name) <= 201) not valid`,
  );
  expect(differences).toEqual([
    expect.stringContaining('deal: check deal__name__check is CHECK'),
    'deal: check deal__name__check is not validated',
  ]);
});

test('a removed table is reported', async () => {
  expect(await differencesAfter('drop table data.role_assignment')).toEqual(['table role_assignment is missing']);
});

test('a step that fails is kept with its reason and done once the cause is gone; the invalid index it left is replaced', async () => {
  await seedDeal(db.database, { external_id: 'twice' });
  await db.database.run('drop index data.deal__external_id__key');
  await seedDeal(db.database, { external_id: 'twice' });
  await db.database.run(
    `insert into kartoteka.publish_step (revision, kind, object, table_name, sql) values (1, 'create_index', 'deal__external_id__key', 'deal',
     'create unique index concurrently deal__external_id__key on data.deal (external_id nulls first) where deleted_on is null')`,
  );
  const log = recordedLog();
  const [pending] = await runAfterSteps(db.database, log);
  expect(pending).toMatchObject({ object: 'deal__external_id__key', error: expect.stringContaining('23505') });
  expect(JSON.stringify(log.lines)).not.toContain('twice');
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
  await db.database.run(
    `delete from data.deal where ctid in (select max(ctid) from data.deal where external_id = 'twice')`,
  );
  expect(await runAfterSteps(db.database, log)).toEqual([]);
  expect(await pendingSteps(db.database)).toEqual([]);
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
});
