// Fields that get another type: what is brought over, what is not and is told before, and who writes meanwhile.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { pendingSteps, runAfterSteps } from './after-steps.ts';
import { compareCatalogue } from './catalogue.ts';
import { giveUpStep, resumeStep } from './give-up-step.ts';
import { planPurge, purgeHidden } from './hidden/purge.ts';
import { withRestorable } from './hidden/restore.ts';
import { loadModel } from './load.ts';
import { nextDocuments, planPublish } from './plan.ts';
import { planReport } from './plan-report/report.ts';
import { type PublishInput, publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { type DocumentBody, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedMany } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const log = recordedLog();
const common = { author: null, comment: 'test', log, allowDestructive: true };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const fields = (added: Record<string, Record<string, unknown>>, more: { keys?: Record<string, string[]> } = {}) =>
  withDocument('deal', (body: DocumentBody) => {
    Object.assign(body.fields, added);
    Object.assign(body.keys, more.keys ?? {});
  });
const change = (added: Record<string, Record<string, unknown>>, more: Partial<PublishInput> = {}) =>
  publish(db.database, { ...common, documents: fields(added), ...more });
const planned = async (added: Record<string, Record<string, unknown>>) => {
  const stored = await readStored(db.database);
  const next = nextDocuments(stored.documents, { documents: fields(added) }) ?? [];
  return planReport(db.database, stored, planPublish(stored, next));
};
const columnOf = async (property: string): Promise<string> =>
  (await loadModel(db.database)).entities.get('deal')?.properties.get(property)?.column ?? '';
const valuesOf = async (property: string): Promise<unknown[]> =>
  (
    await db.database.run(
      `select name, ${await columnOf(property)}::text as v from data.deal where name ~ '^v' order by name`,
    )
  ).map(({ v }) => v);
/** Values of one column, a deal for each in their order; there are seven. */
const insert = async (column: string, values: readonly (string | null)[]): Promise<void> => {
  await db.database.run(
    `update data.deal d set name = 'v' || r.place, ${column} = n.v::${await typeOf(column)}
     from (select id, row_number() over (order by id) as place from data.deal where name ~ '^(Deal |v)') r
     join (select at, v from json_array_elements_text($1::json) with ordinality j(v, at)) n on n.at = r.place where d.id = r.id`,
    [JSON.stringify(values)],
  );
};
const typeOf = async (column: string): Promise<string> => {
  const [row] = await db.database.run(
    `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'data.deal'::regclass and attname = $1::text`,
    [column],
  );
  return String(row?.type);
};

const text = { type: 'text', max_length: 40 };
const choice = {
  type: 'choice',
  values: { red: { label: { en: 'Red' }, order: 1 }, blue: { label: { en: 'Blue' }, order: 2 } },
};

/** Old type, new type, and values with what becomes of them. */
const CASES: readonly (readonly [string, object, object, readonly (readonly [string, string | null])[]])[] = [
  [
    'a text becomes an integer',
    text,
    { type: 'integer' },
    [
      ['12', '12'],
      [' -7 ', '-7'],
      ['1.0', '1'],
      ['1.5', null],
      ['12 EUR', null],
      ['9223372036854775808', null],
      ['', null],
    ],
  ],
  [
    'a text becomes a decimal',
    text,
    { type: 'decimal', precision: 6, scale: 2 },
    [
      ['1.25', '1.25'],
      ['9999.99', '9999.99'],
      ['10000', null],
      ['1.255', null],
      ['1.250', '1.25'],
      ['1e3', null],
    ],
  ],
  [
    'a text becomes a date',
    text,
    { type: 'date' },
    [
      ['2024-02-29', '2024-02-29'],
      ['2023-02-29', null],
      ['2024-13-01', null],
      ['0000-01-01', null],
      ['29.02.2024', null],
    ],
  ],
  [
    'a text becomes a moment',
    text,
    { type: 'datetime' },
    [
      ['2024-02-29T10:00:00Z', '2024-02-29 10:00:00+00'],
      ['2023-02-29T10:00:00Z', null],
      ['2024-02-29T24:00:00Z', null],
      ['2024-02-29', null],
    ],
  ],
  [
    'a text becomes a boolean',
    text,
    { type: 'boolean' },
    [
      ['true', 'true'],
      ['FALSE', 'false'],
      ['yes', null],
    ],
  ],
  [
    'a text becomes a choice',
    text,
    choice,
    [
      ['red', 'red'],
      ['blue', 'blue'],
      ['green', null],
      ['', null],
    ],
  ],
  [
    'an integer becomes a text',
    { type: 'integer' },
    text,
    [
      ['7', '7'],
      ['-12', '-12'],
    ],
  ],
  [
    'an integer becomes a decimal',
    { type: 'integer' },
    { type: 'decimal', precision: 5, scale: 2 },
    [
      ['999', '999.00'],
      ['1000', null],
    ],
  ],
  [
    'a decimal becomes a narrower one',
    { type: 'decimal', precision: 10, scale: 4 },
    { type: 'decimal', precision: 5, scale: 2 },
    [
      ['1.2500', '1.25'],
      ['1.2501', null],
      ['1000', null],
    ],
  ],
  [
    'a decimal becomes an integer',
    { type: 'decimal', precision: 10, scale: 2 },
    { type: 'integer' },
    [
      ['3.00', '3'],
      ['3.01', null],
    ],
  ],
  ['a date becomes a moment', { type: 'date' }, { type: 'datetime' }, [['2024-07-01', '2024-06-30 22:00:00+00']]],
  ['a moment becomes a date', { type: 'datetime' }, { type: 'date' }, [['2024-06-30 22:30:00+00', '2024-07-01']]],
  ['a choice becomes several', choice, { ...choice, type: 'multi_choice' }, [['red', '{red}']]],
  [
    'several become one',
    { ...choice, type: 'multi_choice' },
    choice,
    [
      ['{red}', 'red'],
      ['{red,blue}', null],
    ],
  ],
];

test('values are brought over where they have a counterpart, and the plan tells how many have', async () => {
  const named = (types: readonly object[]) =>
    Object.fromEntries(types.map((type, at) => [`x${at}`, type as Record<string, unknown>]));
  const [before, after] = [named(CASES.map(([, type]) => type)), named(CASES.map(([, , type]) => type))];
  await change(before);
  await seedMany(db.database, 7);
  for (const [at, [, , , values]] of CASES.entries()) {
    await insert(
      `x${at}`,
      values.map(([value]) => value),
    );
  }
  const plan = await planned(after);
  const expected = CASES.map(([title, , , values], at) => {
    const converted = values.filter(([, value]) => value !== null).length;
    return { title, what: `deal.x${at}`, converted, lost: values.length - converted };
  });
  expect(plan.conversions.map(({ what, records, more }) => [what, records, more])).toEqual(
    expected.map(({ what, converted }) => [what, converted, false]),
  );
  expect(plan.losses).toEqual(
    expected.flatMap(({ what, lost }) =>
      lost === 0 ? [] : [{ what, how: 'not_converted', records: lost, more: false }],
    ),
  );
  await expect(change(after, { allowDestructive: false })).rejects.toMatchObject({ code: 'destructive_change' });
  expect(await change(after)).toMatchObject({ pending: [] });
  for (const [at, [title, , , values]] of CASES.entries()) {
    const found = (await valuesOf(`x${at}`)).slice(0, values.length);
    expect([title, found]).toEqual([title, values.map(([, value]) => value)]);
  }
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
});

test('a field that gets its former type again has its values as they were, but for those that were written since', async () => {
  const named = (types: readonly object[]) =>
    Object.fromEntries(types.map((type, at) => [`x${at}`, type as Record<string, unknown>]));
  const [before, after] = [named(CASES.map(([, type]) => type)), named(CASES.map(([, , type]) => type))];
  const lost = { n: { type: 'integer' }, short: { type: 'integer' } };
  await change({ ...before, ...lost });
  await seedMany(db.database, 7);
  for (const [at, [, , , values]] of CASES.entries()) {
    await insert(
      `x${at}`,
      values.map(([value]) => value),
    );
  }
  await insert('n', ['1', '2', '3', null]);
  await insert('short', ['7', '12', '8', null]);
  const names = [...Object.keys(before), ...Object.keys(lost)];
  const all = async () => Promise.all(names.map(async (name) => [name, await valuesOf(name)]));
  const original = await all();
  await change({ ...after, n: { type: 'boolean' }, short: { type: 'text', max_length: 1 } });
  expect(await valuesOf('short')).toEqual(['7', null, '8', null, null, null, null]);
  await db.database.run(
    `update data.deal set ${await columnOf('short')} = case name when 'v1' then '5' when 'v2' then '6' end where name in ('v1', 'v2', 'v3')`,
  );
  const documents = fields({ ...before, ...lost });
  const found = await readStored(db.database);
  const stored = await withRestorable(db.database, found);
  const plan = await planReport(
    db.database,
    stored,
    planPublish(stored, nextDocuments(found.documents, { documents }) ?? []),
  );
  expect(plan.retired).toContainEqual({
    ...{ what: 'deal.n', column: 'n', restored: true, restorable: true, records: 3, more: false },
  });
  expect(await publish(db.database, { ...common, documents, restore: true })).toMatchObject({ pending: [] });
  expect(await all()).toEqual(
    original.map(([name, values]) => (name === 'short' ? [name, ['5', '6', ...Array(5).fill(null)]] : [name, values])),
  );
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
});

test('values come back as they were although nothing had been brought over yet', async () => {
  await change({ x: text });
  await seedMany(db.database, 7);
  await insert('x', ['12', 'abc']);
  await change({ x: { type: 'integer' } }, { background: true });
  await publish(db.database, { ...common, documents: fields({ x: text }), restore: true, background: true });
  await runAfterSteps(db.database, log);
  expect((await valuesOf('x')).slice(0, 2)).toEqual(['12', 'abc']);
});

test('a default fills what has no counterpart, and gives way to what has', async () => {
  await change({ x: text });
  await seedMany(db.database, 7);
  await insert('x', ['red', 'green']);
  await change({ x: { ...choice, required: true, default: 'blue' } });
  expect((await valuesOf('x')).slice(0, 2)).toEqual(['red', 'blue']);
});

test('what the engine makes of a value is made with it', async () => {
  await change({ x: { type: 'decimal', precision: 10, scale: 2 } });
  await seedMany(db.database, 7);
  await insert('x', ['10.50', null]);
  await change({ x: { type: 'money' } });
  expect([await valuesOf('x'), await valuesOf('x_currency'), await valuesOf('x_base')]).toEqual([
    ['10.5000', null],
    ['EUR', 'EUR'],
    ['10.5000', null],
  ]);
});

test('values that would become equal under a key refuse the publish, different ones do not', async () => {
  const number = { type: 'decimal', precision: 10, scale: 2 };
  const key = { keys: { x: ['x'] } };
  await publish(db.database, { ...common, documents: fields({ x: text }, key) });
  await seedMany(db.database, 7);
  await insert('x', ['1', '1.0']);
  const retype = () => publish(db.database, { ...common, documents: fields({ x: number }, key) });
  await expect(retype()).rejects.toMatchObject({
    code: 'conflict',
    message: 'stored records of deal have equal values of x once they are converted',
  });
  await db.database.run(`update data.deal set x = '2' where x = '1.0'`);
  expect(await retype()).toMatchObject({ pending: [] });
  expect(await valuesOf('x')).toEqual(['1.00', '2.00']);
});

test('who writes while values are brought over keeps what he wrote, also across a stop, and a purge waits', async () => {
  await change({ x: { type: 'integer' } });
  await seedMany(db.database, 3_000, { x: '5' });
  await change({ x: text }, { background: true });
  const column = await columnOf('x');
  const [first] = await db.database.run(
    `update data.deal set ${column} = 'mine' where id = (select max(id::text)::uuid from data.deal where x = 5) returning id::text as id`,
  );
  let batches = 0;
  await expect(runAfterSteps(db.database, log, { isStopped: () => ++batches > 2 })).rejects.toThrow();
  const { fingerprint } = await planPurge(db.database);
  const purge = purgeHidden(db.database, { fingerprint, actor: { actorId: null }, comment: '' });
  await expect(purge).rejects.toMatchObject({ code: 'conflict' });
  // A value that somebody takes away behind the step stays away.
  const [taken] = await db.database.run(
    `update data.deal set ${column} = null where id = (select min(id::text)::uuid from data.deal where x = 5) returning id::text as id`,
  );
  const other = await connectDatabase(db.url, { poolSize: 2 });
  try {
    const writing = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await other.run(
          `update data.deal set modified_on = now() where id = (select id from data.deal order by random() limit 1)`,
        );
      }
    })();
    expect(await runAfterSteps(db.database, log)).toEqual([]);
    await writing;
  } finally {
    await other.close();
  }
  const rows = await db.database.run(
    `select ${column} as v, count(*)::text as n from data.deal where x = 5 group by 1 order by 1`,
  );
  expect(rows).toEqual([
    { v: '5', n: '2998' },
    { v: 'mine', n: '1' },
    { v: null, n: '1' },
  ]);
  expect(first?.id).not.toBe(taken?.id);
  const [step] = await db.database.run(
    `select rows_done::text as n, attempts::text as a from kartoteka.publish_step where kind = 'convert_rows'`,
  );
  expect(step).toEqual({ n: '3001', a: '2' });
});

test('an index that cannot be built does not stand in the way once it is not wanted any more', async () => {
  await change({ x: text });
  await seedMany(db.database, 7);
  await insert('x', ['same', 'same']);
  await db.database.run(
    `insert into kartoteka.publish_step (revision, kind, object, table_name, sql)
     values (2, 'create_index', 'deal__x__key', 'deal', 'create unique index concurrently deal__x__key on data.deal (x)')`,
  );
  expect(await runAfterSteps(db.database, log)).toHaveLength(1);
  await db.database.run(`update data.deal set x = id::text`);
  await publish(db.database, { ...common, background: true, documents: fields({ x: { ...text, unique: true } }) });
  await db.database.run(`update data.deal set x = 'same'`);
  await runAfterSteps(db.database, log);
  expect((await pendingSteps(db.database)).length).toBeGreaterThan(0);
  expect(await change({ x: text })).toMatchObject({ pending: [] });
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
});

test('a conversion that is given up while it runs ends with the batch, and goes on from there when it is resumed', async () => {
  await seedMany(db.database, 2_500);
  await db.database.run('update data.deal set probability = 7');
  await change({ probability: { type: 'text', max_length: 9 } }, { background: true });
  const [step] = await pendingSteps(db.database);
  const id = String(step?.id);
  const other = await connectDatabase(db.url, { poolSize: 1 });
  try {
    const running = await other.transaction(async (tx) => {
      // The second batch waits for a record of it.
      await tx.run(
        'select from data.deal where id = (select id from data.deal order by id offset 1500 limit 1) for update',
      );
      const under = runAfterSteps(db.database, log);
      await expect.poll(valuesDone, { interval: 5 }).toEqual(['1000']);
      expect(await giveUpStep(db.database, id, null)).toMatchObject({ state: 'given_up', done_on: null });
      return { under };
    });
    expect(await running.under).toEqual([]);
  } finally {
    await other.close();
  }
  expect(await valuesDone()).toEqual(['1000']);
  expect(await resumeStep(db.database, id)).toMatchObject({ given_up_on: null, rows_done: 1000 });
  expect(await runAfterSteps(db.database, log)).toEqual([]);
  expect(await valuesDone()).toEqual(['2501']);
});

/** Records that have the new value. */
async function valuesDone(): Promise<unknown[]> {
  const column = await columnOf('probability');
  return (await db.database.run(`select count(*)::text as n from data.deal where ${column} = '7'`)).map(({ n }) => n);
}
