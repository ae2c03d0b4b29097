// What a table has room for: counted with its dropped columns, and refused before PostgreSQL refuses it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { capacityOf, MOST_COLUMNS, MOST_INDEXES } from './capacity.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { nextDocuments, planPublish } from './plan.ts';
import { planReport } from './plan-report/report.ts';
import { publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { type DocumentBody, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const edited = (change: (body: DocumentBody) => unknown) => withDocument('deal', change);
const published = (change: (body: DocumentBody) => unknown) =>
  publish(db.database, { documents: edited(change), author: null, comment: 'test', log: recordedLog() });
const reported = async (change: (body: DocumentBody) => unknown) => {
  const stored = await readStored(db.database);
  const next = nextDocuments(stored.documents, { documents: edited(change) }) ?? [];
  return planReport(db.database, stored, planPublish(stored, next));
};
const capacity = async () => {
  const model = await loadModel(db.database);
  const deal = model.entities.get('deal');
  return deal === undefined ? undefined : (await capacityOf(db.database, model, [deal]))[0];
};
const flags = (count: number) => (body: DocumentBody) => {
  for (let n = 1; n <= count; n += 1) body.fields[`flag_${n}`] = { type: 'boolean' };
};
/** Brings the table to a number of columns, the last `dropped` of them dropped again, as a purge leaves them. */
async function fillTo(columns: number, dropped: number): Promise<void> {
  const used = (await capacity())?.columns.used ?? 0;
  const names = Array.from({ length: columns - used }, (_, n) => `filler_${n}`);
  await db.database.run(`alter table data.deal ${names.map((name) => `add column ${name} boolean`).join(', ')}`);
  const gone = names.slice(names.length - dropped).map((name) => `drop column ${name}`);
  await db.database.run(`alter table data.deal ${gone.join(', ')}`);
}

test('the last column of 1,600 can be had, the next is refused with the reason, dropped ones counted', async () => {
  await fillTo(MOST_COLUMNS - 2, 500);
  const before = await capacity();
  expect(before?.columns).toMatchObject({ used: 1598, limit: 1600, left: 2, dropped: 500 });
  expect((await reported(flags(2))).capacity).toContainEqual(
    expect.objectContaining({ entity: 'deal', what: 'columns', used: 1600, limit: 1600 }),
  );
  const refusal = {
    code: 'capacity_exceeded',
    status: 409,
    message: 'There is no room for the change: deal would have 1601 columns, 1 more than 1600',
    details: [{ target: 'deal' }],
  };
  await expect(reported(flags(3))).rejects.toMatchObject(refusal);
  await expect(published(flags(3))).rejects.toMatchObject(refusal);
  expect(await published(flags(2))).toMatchObject({ outcome: 'published' });
  expect((await capacity())?.columns).toMatchObject({ used: 1600, left: 0 });
  await expect(db.database.run('alter table data.deal add column more boolean')).rejects.toMatchObject({
    code: '54011',
  });
  await expect(published(flags(3))).rejects.toMatchObject({ code: 'capacity_exceeded' });
  // What needs no column goes on.
  const labelled = (body: DocumentBody) => {
    flags(2)(body);
    body.label = { en: 'Opportunity' };
  };
  expect(await published(labelled)).toMatchObject({ outcome: 'published' });
});

test('indexes are limited, and one less than the limit is not too many', async () => {
  const { used = 0, left = 0 } = (await capacity())?.indexes ?? {};
  expect(used + left).toBe(MOST_INDEXES);
  // Each declared index is three: for every reader, for owners, for units.
  const most = Math.floor(left / 3);
  const indexed = (count: number) => (body: DocumentBody) => {
    const properties = ['name', 'probability', 'discount', 'closed_on', 'external_id'];
    const pairs = properties.flatMap((a) => properties.filter((b) => a !== b).map((b) => [a, b]));
    for (const pair of pairs.slice(0, count)) body.indexes[pair.join('_')] = pair;
  };
  const plan = await reported(indexed(most));
  expect(plan.capacity).toContainEqual(expect.objectContaining({ what: 'indexes', used: used + 3 * most }));
  await expect(published(indexed(most + 1))).rejects.toMatchObject({
    code: 'capacity_exceeded',
    message: expect.stringContaining(`deal would have ${used + 3 * (most + 1)} indexes`),
  });
});

test('a record that could become too long for a row is warned of when it is planned', async () => {
  const texts = (count: number) => (body: DocumentBody) => {
    for (let n = 1; n <= count; n += 1) body.fields[`text_${n}`] = { type: 'text' };
  };
  expect((await reported(texts(50))).capacity).toEqual([]);
  expect((await reported(texts(350))).capacity).toEqual([
    expect.objectContaining({
      entity: 'deal',
      what: 'row_bytes',
      limit: 8160,
      words: expect.stringContaining('refused'),
    }),
  ]);
});

test('a table that is taken up again has the columns that it has, dropped ones among them', async () => {
  const common = { author: null, comment: 'test', log: recordedLog(), allowDestructive: true };
  await fillTo(MOST_COLUMNS - 1, 700);
  const removed = edited(() => undefined).filter(({ name }) => name !== 'deal');
  const back = (count: number) => publish(db.database, { ...common, documents: edited(flags(count)), restore: true });
  await publish(db.database, { ...common, documents: removed });
  await expect(back(2)).rejects.toMatchObject({
    code: 'capacity_exceeded',
    message: expect.stringContaining('deal would have 1601 columns'),
  });
  expect(await back(1)).toMatchObject({ outcome: 'published' });
  expect((await capacity())?.columns).toMatchObject({ used: 1600, dropped: 700 });
});

test('an index has up to 32 columns, what it includes and its id among them', async () => {
  // Sixteen that are declared, the id, and the lookups over which shares extend.
  const wide = (lookups: number) => (body: DocumentBody) => {
    flags(16)(body);
    for (let n = 1; n <= lookups; n += 1) {
      const passed = { targets: ['company'], inverse: `shared_${n}`, cascade: { share: 'probe' } };
      body.fields[`from_${n}`] = { type: 'lookup', ...passed };
    }
    body.indexes.wide = Array.from({ length: 16 }, (_, n) => `flag_${n + 1}`);
  };
  expect(await published(wide(15))).toMatchObject({ outcome: 'published', pending: [] });
  const [widest] = await db.database.run(
    `select max(indnatts)::text as n from pg_index where indrelid = 'data.deal'::regclass`,
  );
  expect(widest?.n).toBe('32');
  await expect(published(wide(16))).rejects.toMatchObject({
    code: 'capacity_exceeded',
    details: [
      {
        target: 'deal',
        message: expect.stringContaining('the index deal__wide__idx of deal would have 33 columns, 32 is the most'),
      },
    ],
  });
});

test('names as long as an identifier may be are published, and stay apart', async () => {
  const long = `f${'x'.repeat(59)}`;
  const named = (body: DocumentBody) => {
    for (const end of ['a', 'b', 'c']) {
      body.fields[`${long}${end}`] = { type: 'text', max_length: 5, unique: true };
      body.indexes[`${long}${end}`] = [`${long}${end}`];
    }
    body.fields[`${long.slice(1)}link`.slice(0, 60)] = { type: 'lookup', targets: ['company'], inverse: 'long_deals' };
  };
  expect(await published(named)).toMatchObject({ outcome: 'published', pending: [] });
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
  const names = await db.database.run(
    `select relname from pg_class where relname like 'deal%' and length(relname) > 63`,
  );
  expect(names).toEqual([]);
  const longer = (body: DocumentBody) => {
    body.fields['f'.repeat(64)] = { type: 'text' };
  };
  await expect(published(longer)).rejects.toMatchObject({ code: 'invalid_documents' });
});
