// Statements of a transaction that fail alone: what was done before and comes after is kept.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import type { Database } from './types.ts';

let kit: TestDatabase;
let database: Database;
beforeAll(async () => {
  kit = await createTestDatabase();
  database = kit.database;
  await database.run('create table t (n int primary key)');
});
afterAll(() => kit.drop());
beforeEach(() => database.run('truncate t'));

const ISOLATED = { isolated: true, prepare: true };
const insert = 'insert into t values ($1::int)';
const stored = async () => (await database.run('select n::text as n from t order by n')).map(({ n }) => n);

test('a failure takes back its own effects alone, and costs no round trip where there is none', async () => {
  const before = database.counters.roundTrips;
  await database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    await tx.run(insert, ['2'], ISOLATED);
    await tx.run(insert, ['3'], ISOLATED);
  });
  // Three statements and COMMIT.
  expect(database.counters.roundTrips - before).toBe(4);
  await database.transaction(async (tx) => {
    await tx.run(insert, ['4']);
    await expect(tx.run(insert, ['1'], ISOLATED)).rejects.toMatchObject({ code: '23505' });
    await expect(tx.run('select 1 / $1::int', ['0'], ISOLATED)).rejects.toMatchObject({ code: '22012' });
    await tx.run(insert, ['5'], { ...ISOLATED });
    await tx.run(insert, ['6'], { last: true });
  });
  expect(await stored()).toEqual(['1', '2', '3', '4', '5', '6']);
});

test('what the driver refuses to send leaves the transaction as it was', async () => {
  await database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    const tooMany = Array.from({ length: 70_000 }, () => '1');
    await expect(tx.run('select 1', tooMany, { isolated: true })).rejects.toMatchObject({
      code: 'MAX_PARAMETERS_EXCEEDED',
    });
    await tx.run(insert, ['2'], ISOLATED);
  });
  expect(await stored()).toEqual(['1', '2']);
});

test('a plan that has become stale is made anew within the transaction', async () => {
  const select = 'select * from s';
  await database.run('create table s (a int)');
  // Every connection may keep the plan: the one that the transaction gets does for sure.
  await database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    await tx.run(select, [], ISOLATED);
    await tx.run('alter table s add column b int');
    expect(await tx.run(select, [], ISOLATED)).toEqual([]);
    await tx.run(insert, ['2'], ISOLATED);
  });
  expect(await stored()).toEqual(['1', '2']);
});

test('behind a failure that is not isolated nothing goes on', async () => {
  const work = database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    await tx.run(insert, ['1']).catch(() => {});
    await tx.run(insert, ['2'], ISOLATED);
  });
  await expect(work).rejects.toMatchObject({ code: '25P02' });
  expect(await stored()).toEqual([]);
});

test('a lost connection ends the transaction for good', async () => {
  const work = database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    await tx.run('select pg_terminate_backend(pg_backend_pid())', [], ISOLATED).catch(() => {});
    await tx.run(insert, ['2'], ISOLATED);
  });
  await expect(work).rejects.toMatchObject({ code: expect.stringMatching(/^(08006|CONNECTION_|57P01|25P02)/) });
  expect(await stored()).toEqual([]);
});
