import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, startCountingProxy, type TestDatabase } from '../test-kit/index.ts';
import { connectDatabase } from './database.ts';
import { PREPARED_TEXTS_PER_SESSION } from './session.ts';
import type { Database } from './types.ts';
import { isDatabaseUnavailable } from './unavailable.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test.each([true, false])('values travel as text in both directions (prepared: %s)', async (prepare) => {
  for (let round = 0; round < 3; round += 1) {
    const [row] = await db.database.run(
      `select $1::int8 as big, $2::numeric as amount, $3::timestamptz as at, $4::date as day, $5::uuid[] as ids, $6::json as json,
              $7::jsonb as jsonb, $8::bool as yes, $9::bool as no, $10::float8 as float, $11::bytea as bytes, $12::text as nothing,
              $13::timestamp as local, $14::int4 as small`,
      [
        '9223372036854775807',
        '123456789012345.67890',
        '2024-02-29T23:59:59.123456Z',
        '0001-01-01',
        '{018f0000-0000-7000-8000-000000000001,018f0000-0000-7000-8000-000000000002}',
        '{"b": 1.10, "a":12345678901234567890}',
        '{"b": 1.10}',
        'true',
        'false',
        '0.1',
        '\\x00ff',
        null,
        '2024-02-29 23:59:59.123456',
        '-7',
      ],
      { prepare },
    );
    expect(row).toEqual({
      big: '9223372036854775807',
      amount: '123456789012345.67890',
      at: '2024-02-29 23:59:59.123456+00',
      day: '0001-01-01',
      ids: '{018f0000-0000-7000-8000-000000000001,018f0000-0000-7000-8000-000000000002}',
      json: '{"b": 1.10, "a":12345678901234567890}',
      jsonb: '{"b": 1.10}',
      yes: true,
      no: false,
      float: '0.1',
      bytes: '\\x00ff',
      nothing: null,
      local: '2024-02-29 23:59:59.123456',
      small: '-7',
    });
  }
});

const opened: Database[] = [];
/** A database with one connection, so that a test knows which one it is on. */
async function single(url = db.url, options = {}): Promise<Database> {
  const database = await connectDatabase(url, { poolSize: 1, applicationName: 'single', ...options });
  opened.push(database);
  return database;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const endOf = (applicationName: string) =>
  db.database.run('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1::text', [
    applicationName,
  ]);

test('every statement takes one round trip, prepared or not, with parameters or without', async () => {
  const proxy = await startCountingProxy(db.url);
  const database = await single(proxy.url);
  for (const [parameters, options] of [
    [['1'], { prepare: true }],
    [['1'], { prepare: true }],
    [['1'], {}],
    [[], {}],
    [[], { script: true }],
  ] as const) {
    const [network, counted] = [proxy.roundTrips, database.counters.roundTrips];
    await database.run(parameters.length ? 'select $1::int as a' : 'select 1 as a', parameters, options);
    expect([proxy.roundTrips - network, database.counters.roundTrips - counted]).toEqual([1, 1]);
  }
  await database.close();
  await proxy.close();
});

test('BEGIN travels with the first statement of a transaction and COMMIT with one that is the last', async () => {
  const proxy = await startCountingProxy(db.url);
  const database = await single(proxy.url);
  await database.run('create table trips (a int)');
  const tripsOf = async (work: () => Promise<unknown>) => {
    const [network, { roundTrips, statements }] = [proxy.roundTrips, { ...database.counters }];
    await work();
    expect(proxy.roundTrips - network).toBe(database.counters.roundTrips - roundTrips);
    return { roundTrips: proxy.roundTrips - network, statements: database.counters.statements - statements };
  };
  const insert = 'insert into trips values ($1::int)';
  const two = () =>
    database.transaction(async (tx) => {
      await tx.run('select a from trips where a = $1::int for update', ['1'], { prepare: true });
      await tx.run(insert, ['1'], { prepare: true, last: true });
    });
  expect(await tripsOf(two)).toEqual({ roundTrips: 2, statements: 4 });
  expect(await tripsOf(() => database.transaction((tx) => tx.run(insert, ['2'], { last: true })))).toEqual({
    roundTrips: 1,
    statements: 3,
  });
  expect(await tripsOf(() => database.transaction((tx) => tx.run(insert, ['3'])))).toEqual({
    roundTrips: 2,
    statements: 3,
  });
  expect(await tripsOf(() => database.transaction(async () => {}))).toEqual({ roundTrips: 0, statements: 0 });
  expect(await database.run('select a from trips order by a')).toEqual([{ a: '1' }, { a: '2' }, { a: '3' }]);
  await database.close();
  await proxy.close();
});

test('a transaction whose work throws leaves nothing behind, and its connection is usable', async () => {
  const database = await single();
  await database.run('create table undone (a int primary key)');
  const insert = 'insert into undone values ($1::int)';
  const refused = database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    throw new Error('refused');
  });
  await expect(refused).rejects.toThrow('refused');
  const failing = database.transaction(async (tx) => {
    await tx.run(insert, ['1']);
    await tx.run(insert, ['1'], { last: true });
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await database.run('select a from undone')).toEqual([]);
});

test('a failed statement that the work swallows still fails the transaction', async () => {
  const database = await single();
  await database.run('create table swallowed (a int)');
  for (const last of [true, false]) {
    const swallowing = database.transaction(async (tx) => {
      await tx.run('insert into swallowed values (1)');
      await tx.run('select 1 / 0', [], { last }).catch(() => {});
    });
    await expect(swallowing).rejects.toMatchObject({ code: '22012' });
  }
  expect(await database.run('select a from swallowed')).toEqual([]);
});

test('a constraint that is checked at COMMIT fails the transaction', async () => {
  const database = await single();
  await database.run('create table deferred (a int unique deferrable initially deferred)');
  for (const last of [true, false]) {
    const failing = database.transaction((tx) => tx.run('insert into deferred values (1), (1)', [], { last }));
    await expect(failing).rejects.toMatchObject({ code: '23505' });
  }
  expect(await database.run('select a from deferred')).toEqual([]);
});

test('nothing runs after a transaction has ended', async () => {
  const database = await single();
  let leaked: (() => Promise<unknown>) | undefined;
  await database.transaction(async (tx) => {
    leaked = () => tx.run('select 1');
    await tx.run('select 1', [], { last: true });
    await expect(tx.run('select 1')).rejects.toThrow('has ended');
  });
  await expect(leaked?.()).rejects.toThrow('has ended');
});

test('a prepared statement survives a column that is added, outside a transaction and first in one', async () => {
  const database = await single();
  await database.run('create table growing (a int)');
  await database.run('insert into growing values (1)');
  const select = () => database.run('select * from growing', [], { prepare: true });
  expect(await select()).toEqual([{ a: '1' }]);
  await db.database.run('alter table growing add b text');
  expect(await select()).toEqual([{ a: '1', b: null }]);
  await db.database.run('alter table growing add c text');
  for (const last of [true, false]) {
    const rows = await database.transaction((tx) => tx.run('select * from growing', [], { prepare: true, last }));
    expect(rows).toEqual([{ a: '1', b: null, c: null }]);
    await select();
    await db.database.run('alter table growing drop c, add c text');
  }
  await database.run('deallocate all');
  expect(await select()).toEqual([{ a: '1', b: null, c: null }]);
});

test('a stale plan later in a transaction fails it, and never runs a statement outside it', async () => {
  const database = await single();
  await database.run('create table stale (a int)');
  const insert = 'insert into stale values ($1::int) returning *';
  await database.run(insert, ['1'], { prepare: true });
  await db.database.run('alter table stale add b text');
  const failing = database.transaction(async (tx) => {
    await tx.run('select 1');
    await tx.run(insert, ['2'], { prepare: true, last: true });
  });
  await expect(failing).rejects.toMatchObject({ code: '0A000' });
  expect(await database.run('select a from stale')).toEqual([{ a: '1' }]);
  await database.transaction((tx) => tx.run(insert, ['3'], { prepare: true, last: true }));
  expect(await database.run('select a from stale')).toEqual([{ a: '1' }, { a: '3' }]);
});

test('an idle connection that the server ends is replaced without an error', async () => {
  const database = await single();
  await endOf('single');
  await pause(100);
  expect(await database.run('select 1 as a')).toEqual([{ a: '1' }]);
  await endOf('single');
  await pause(100);
  expect(await database.transaction((tx) => tx.run('select 2 as a'))).toEqual([{ a: '2' }]);
});

test('a statement whose connection is ended fails once', async () => {
  const database = await single();
  const sleeping = database.run('select pg_sleep(30)');
  setTimeout(() => endOf('single'), 100);
  const error = await sleeping.catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(isDatabaseUnavailable(error)).toBe(true);
  expect(await database.run('select 1 as a')).toEqual([{ a: '1' }]);
});

test('a transaction that loses its connection does not go on on another', async () => {
  const database = await single();
  await database.run('create table lost (a int)');
  const losing = database.transaction(async (tx) => {
    await tx.run('insert into lost values (1)');
    await endOf('single');
    await pause(100);
    await tx.run('insert into lost values (2)');
  });
  await expect(losing).rejects.toMatchObject({ code: '08006' });
  expect(await database.run('select a from lost')).toEqual([]);
});

test('a session keeps its connection, outside a transaction, and its settings end with it', async () => {
  const database = await single();
  const [first, second] = await database.session(async (session) => {
    await session.run(`set application_name = 'other'`);
    await session.run('create table built (a int)');
    await session.run('create index concurrently built_a on built (a)');
    return Promise.all([session.run('select pg_backend_pid() as pid'), session.run('select pg_backend_pid() as pid')]);
  });
  expect(first).toEqual(second);
  expect(await database.run(`select current_setting('application_name') as name`)).toEqual([{ name: 'single' }]);
});

test('who finds the queue for a connection full, or waits too long in it, is told that the service is busy', async () => {
  const database = await single(db.url, { maxWaiting: 1, waitTimeout: 150 });
  const busy = database.run('select pg_sleep(0.6)');
  const behind = database.run('select 3 as a');
  const waiting = database.run('select 1');
  await expect(database.run('select 1')).rejects.toMatchObject({ code: 'overloaded', status: 503 });
  await expect(waiting).rejects.toMatchObject({ code: 'overloaded' });
  await busy;
  expect(await behind).toEqual([{ a: '3' }]);
  expect(await Promise.all([database.run('select 1 as a'), database.run('select 2 as a')])).toEqual([
    [{ a: '1' }],
    [{ a: '2' }],
  ]);
});

test('two statements share a connection, and each gets its own answer or error', async () => {
  const database = await single();
  const run = (number: number): Promise<unknown> =>
    number % 5 === 0
      ? database.run('select 1/0').catch((error: { code: string }) => error.code)
      : database.run(`select ${number} as a`);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, number) => run(number)));
  expect(answers).toEqual(answers.map((_, number) => (number % 5 === 0 ? '22012' : [{ a: String(number) }])));
});

const pidOf = async (database: Database, options = {}): Promise<unknown> =>
  (await database.run('select pg_backend_pid() as pid', [], options))[0]?.pid;

test('brief statements of one moment share a connection, four at most, and nothing else joins them', async () => {
  const database = await single(db.url, { poolSize: 5 });
  const brief = Array.from({ length: 9 }, () => pidOf(database, { brief: true }));
  const other = await pidOf(database);
  const pids = await Promise.all(brief);
  const shares = [...new Set(pids)].map((pid) => pids.filter((each) => each === pid).length);
  expect(shares).toEqual([4, 4, 1]);
  expect(pids).not.toContain(other);
});

test('a brief statement of the next moment does not wait for those of the last', async () => {
  const database = await single(db.url, { poolSize: 2 });
  await Promise.all([pidOf(database), pidOf(database)]);
  const order: string[] = [];
  const slow = database.run('select pg_sleep(0.3)', [], { brief: true }).then(() => order.push('slow'));
  await new Promise(setImmediate);
  await database.run('select 1', [], { brief: true }).then(() => order.push('quick'));
  await slow;
  expect(order).toEqual(['quick', 'slow']);
});

test('one brief statement that fails leaves the others of its packet alone', async () => {
  const database = await single();
  const run = (text: string): Promise<unknown> =>
    database.run(text, [], { brief: true }).catch((error: { code: string }) => error.code);
  const texts = Array.from({ length: 30 }, (_, number) => (number % 3 === 0 ? 'select 1/0' : `select ${number} as a`));
  const answers = await Promise.all(texts.map(run));
  expect(answers).toEqual(texts.map((_, number) => (number % 3 === 0 ? '22012' : [{ a: String(number) }])));
});

test('a brief statement that fails before it is sent leaves no connection behind that others would join', async () => {
  const database = await single(db.url, { poolSize: 2 });
  const many = Array.from({ length: 70_000 }, () => '1');
  await expect(database.run('select 1', many, { brief: true })).rejects.toMatchObject({
    code: 'MAX_PARAMETERS_EXCEEDED',
  });
  // In the same turn of the event loop.
  const brief = database.run('select 1 as a', [], { brief: true });
  const inside = database.transaction((tx) => tx.run('select 2 as a'));
  expect(await Promise.all([brief, inside])).toEqual([[{ a: '1' }], [{ a: '2' }]]);
});

test('a statement with too many parameters is refused alone, whoever shares its connection', async () => {
  const database = await single();
  const many = Array.from({ length: 65_535 }, () => '1');
  const tooMany = (): Promise<unknown> => database.run('select 1', many).catch(({ code }: { code: string }) => code);
  const one = (): Promise<unknown> => database.run('select 1 as a', [], { brief: true });
  const answers = await Promise.all([one(), tooMany(), one(), tooMany(), one()]);
  const refused = 'MAX_PARAMETERS_EXCEEDED';
  expect(answers).toEqual([[{ a: '1' }], refused, [{ a: '1' }], refused, [{ a: '1' }]]);
});

test('a transaction shares its connection with nobody', async () => {
  const database = await single();
  const inside = database.transaction(async (tx) => {
    await tx.run('create table private (a int)');
    await tx.run('select pg_sleep(0.1)');
    return tx.run('select count(*) as n from private', [], { last: true });
  });
  const outside = database.run(`select count(*) as n from pg_class where relname = 'private'`);
  expect(await inside).toEqual([{ n: '0' }]);
  expect(await outside).toEqual([{ n: '1' }]);
});

test('a statement over the time limit is stopped', async () => {
  const database = await single(db.url, { statementTimeout: 100 });
  await expect(database.run('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
});

test('closing lets running statements end and refuses new ones', async () => {
  const database = await single();
  const running = database.run('select pg_sleep(0.2), 1 as a');
  const closing = database.close();
  await expect(database.run('select 1')).rejects.toMatchObject({ code: 'not_ready' });
  expect((await running)[0]?.a).toBe('1');
  await closing;
});

test('a script runs several statements and answers with the rows of the last; a statement is one', async () => {
  const database = await single();
  expect(
    await database.run('create table scripted (a int); insert into scripted values (7); select a from scripted', [], {
      script: true,
    }),
  ).toEqual([{ a: '7' }]);
  await expect(database.run('select 1; select 2')).rejects.toMatchObject({ code: '42601' });
});

test('an error carries neither statement nor parameters when it is serialised', async () => {
  const error = await db.database.run('select $1::int', ['secret']).catch((thrown: Error) => thrown);
  expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['query']));
  expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['parameters']));
});

test('a connection with many prepared statements is replaced, so that they do not pile up', async () => {
  const database = await single();
  const pid = async () => (await database.run('select pg_backend_pid() as pid'))[0]?.pid;
  const before = await pid();
  for (let n = 0; n < PREPARED_TEXTS_PER_SESSION; n += 1) {
    expect(await database.run(`select $1::int + ${n} as sum`, ['1'], { prepare: true })).toEqual([{ sum: `${n + 1}` }]);
  }
  expect(await pid()).not.toBe(before);
  expect(await database.run('select count(*) as statements from pg_prepared_statements')).toEqual([
    { statements: '0' },
  ]);
});
