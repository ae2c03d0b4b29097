import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { connectDatabase } from './database.ts';
import type { Database } from './types.ts';

let db: TestDatabase;
let database: Database;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.run('create table public.counter (id int primary key, n int not null check (n < 100), xid xid8)');
});
beforeEach(async () => {
  await db.database.run('truncate public.counter');
  await db.database.run('insert into public.counter select id, 0 from generate_series(1, 20) id');
  database = await connectDatabase(db.url, { poolSize: 3, applicationName: 'together' });
});
afterEach(() => database.close());
afterAll(() => db.drop());

const text = (lock: string): string => `with c as (select id from public.counter where id = $1::int for update${lock})
  update public.counter t set n = n + $2::int, xid = pg_current_xact_id() from c where t.id = c.id returning t.id, t.n, t.xid::text`;
const STATEMENT = { text: text(''), hasty: text(' skip locked'), isDone: (rows: readonly object[]) => rows.length > 0 };
const add = (id: number, n = 1) => database.runTogether(STATEMENT, [String(id), String(n)]);
const stored = async () =>
  (await db.database.run('select id, n from public.counter where n <> 0 order by id')).map(({ id, n }) =>
    [id, n].join(' '),
  );

test('statements of one turn share a transaction and a round trip', async () => {
  await add(20);
  const before = { ...database.counters };
  const rows = await Promise.all([add(1), add(2), add(3)]);
  expect(rows.map(([row]) => [row?.id, row?.n].join(' '))).toEqual(['1 1', '2 1', '3 1']);
  expect(new Set(rows.map(([row]) => row?.xid)).size).toBe(1);
  expect(database.counters.roundTrips - before.roundTrips).toBe(1);
  expect(await stored()).toEqual(['1 1', '2 1', '3 1', '20 1']);
});

test('one that comes by itself is one statement without a transaction', async () => {
  await add(20);
  const before = { ...database.counters };
  await add(1);
  expect(database.counters.statements - before.statements).toBe(1);
});

test('the same row twice in one turn is written twice', async () => {
  const rows = await Promise.all([add(1), add(1), add(1)]);
  expect(rows.map(([row]) => Number(row?.n)).sort()).toEqual([1, 2, 3]);
  expect(await stored()).toEqual(['1 3']);
});

test('more than go together go in several transactions', async () => {
  const ids = Array.from({ length: 20 }, (_, at) => at + 1);
  const rows = await Promise.all(ids.map((id) => add(id)));
  expect(new Set(rows.map(([row]) => row?.xid)).size).toBe(3);
  expect(await stored()).toHaveLength(20);
});

test('one that fails is refused alone, the others are done', async () => {
  const [one, two, three] = await Promise.allSettled([add(1), add(2, 100), add(3)]);
  expect([one?.status, two?.status, three?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(two).toMatchObject({ reason: { code: '23514' } });
  expect(await stored()).toEqual(['1 1', '3 1']);
});

test('one that has to wait for a lock holds up none of the others', async () => {
  const { promise: freed, resolve: free } = Promise.withResolvers<void>();
  const { promise: locked, resolve: hasLock } = Promise.withResolvers<void>();
  const other = db.database.transaction(async (tx) => {
    await tx.run('update public.counter set n = n + 10 where id = 2');
    hasLock();
    await freed;
  });
  await locked;
  const waiting = add(2);
  const others = await Promise.all([add(1), add(3)]);
  expect(others.map(([row]) => row?.n)).toEqual(['1', '1']);
  expect(await stored()).toEqual(['1 1', '3 1']);
  free();
  await other;
  expect((await waiting)[0]?.n).toBe('11');
});

test('one that finds nothing answers no row', async () => {
  const [none, one] = await Promise.all([add(99), add(1)]);
  expect(none).toEqual([]);
  expect(one).toHaveLength(1);
});

test('what was under way when the connection was lost is done once at most, and all are told', async () => {
  await Promise.all([add(19), add(20)]);
  const slow = {
    text: 'select 1 as n',
    hasty: 'select pg_terminate_backend(pg_backend_pid())::text, $1::text, $2::text',
    isDone: () => true,
  };
  const settled = await Promise.allSettled([add(1), database.runTogether(slow, ['', '']), add(2)]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await stored()).toEqual(['19 1', '20 1']);
  expect((await add(1))[0]?.n).toBe('1');
});
