// Changes that would lose data or do not fit the stored records: refused, or carried out without dropping anything.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedDeal } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const log = recordedLog();
const common = { author: null, comment: 'test', log };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
  await seedDeal(db.database, { external_id: 'E2', stage: 'won' });
});
afterEach(async () => {
  await db.drop();
});

const edit = (name: string, change: (body: DocumentBody) => unknown, more: Partial<PublishInput> = {}) =>
  publish(db.database, { ...common, documents: withDocument(name, change), ...more });
const differences = async (): Promise<string[]> => compareCatalogue(db.database, await loadModel(db.database));
const columnOf = async (property: string): Promise<string | undefined> =>
  (await loadModel(db.database)).entities.get('deal')?.properties.get(property)?.column;
const valuesOf = async (column: string, table = 'data.deal'): Promise<unknown[]> =>
  (await db.database.run(`select ${column}::text as v from ${table} order by 1`)).map((row) => row.v);
const allowed = { allowDestructive: true };

const withoutProbability = ({ fields }: DocumentBody): void => {
  delete fields.probability;
};

test('a removed field is refused without confirmation, and the answer says what would be lost', async () => {
  await expect(edit('deal', withoutProbability)).rejects.toMatchObject({
    code: 'destructive_change',
    message: 'The change would lose data: deal.probability',
    details: [{ target: 'deal.probability' }],
  });
  expect((await readStored(db.database)).revision).toBe(1);
});

test('a removed field is hidden and its values stay; the field of that name that comes later has a column of its own', async () => {
  expect(await edit('deal', withoutProbability, allowed)).toMatchObject({ revision: 2, pending: [] });
  expect(await columnOf('probability')).toBeUndefined();
  expect(await differences()).toEqual([]);
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  expect(await columnOf('probability')).toBe('probability_2');
  expect(await differences()).toEqual([]);
  expect([await valuesOf('probability'), await valuesOf('probability_2')]).toEqual([
    ['50', '50'],
    [null, null],
  ]);
});

test('a key and an index over a removed field go, and come back over the new column', async () => {
  const change = (body: DocumentBody) => {
    delete body.fields.external_id;
    body.keys = {};
  };
  await edit('deal', change, allowed);
  expect(await differences()).toEqual([]);
  expect(await publish(db.database, { ...common, documents: TEST_DOCUMENTS })).toMatchObject({ pending: [] });
  expect([await columnOf('external_id'), await differences()]).toEqual(['external_id_2', []]);
});

test('a removed relation leaves its column without a reference', async () => {
  const change = ({ fields }: DocumentBody) => {
    delete fields.company;
  };
  await edit('deal', change, allowed);
  expect(await differences()).toEqual([]);
  await db.database.run('update data.deal set company_id = gen_random_uuid()');
});

test('a removed required field does not stop new records', async () => {
  const change = (body: DocumentBody) => {
    delete body.fields.stage;
    body.indexes = {};
  };
  await edit('deal', change, allowed);
  const [stage] = await db.database.run(
    `select attnotnull as not_null from pg_attribute where attrelid = 'data.deal'::regclass and attname = 'stage'`,
  );
  expect(stage).toEqual({ not_null: false });
  expect(await differences()).toEqual([]);
});

test('a field of another type gets a new column; the old values stay behind, which needs confirmation', async () => {
  const retype = ({ fields }: DocumentBody) => Object.assign(fields, { probability: { type: 'text' } });
  await expect(edit('deal', retype)).rejects.toMatchObject({ message: 'The change would lose data: deal.probability' });
  await edit('deal', retype, allowed);
  expect([await columnOf('probability'), await valuesOf('probability')]).toEqual(['probability_2', ['50', '50']]);
  expect(await differences()).toEqual([]);
});

test('less precision is not possible in place and needs confirmation', async () => {
  const narrow = ({ fields }: DocumentBody) =>
    Object.assign(fields, { discount: { type: 'decimal', precision: 5, scale: 2 } });
  await expect(edit('deal', narrow)).rejects.toMatchObject({ code: 'destructive_change' });
});

test('a removed entity keeps its table, and an entity of that name that comes later begins empty', async () => {
  const without = TEST_DOCUMENTS.filter(({ name }) => name !== 'deal');
  await expect(publish(db.database, { ...common, documents: without })).rejects.toMatchObject({
    message: 'The change would lose data: deal',
  });
  await publish(db.database, { ...common, documents: without, ...allowed });
  expect(await differences()).toEqual([]);
  expect(await valuesOf('external_id')).toEqual(['E1', 'E2']);
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  expect([await valuesOf('external_id'), await valuesOf('external_id', 'hidden_3.deal')]).toEqual([[], ['E1', 'E2']]);
  expect(await differences()).toEqual([]);
});

test('a value of a choice that records hold cannot be taken away, one that none holds can', async () => {
  const without = (value: string) => (body: DocumentBody) => {
    delete body.values[value];
  };
  await expect(edit('deal_stage', without('won'), allowed)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('1 record has the value won of deal.stage'),
  });
  expect(await edit('deal_stage', without('proposal'))).toMatchObject({ revision: 2, pending: [] });
  expect(await differences()).toEqual([]);
});

test('a tighter limit is refused when a stored record is beyond it', async () => {
  const limit = (max: number) => (body: DocumentBody) =>
    Object.assign(body.fields, { name: { type: 'text', required: true, max_length: max } });
  await expect(edit('deal', limit(3))).rejects.toMatchObject({ code: 'conflict' });
  expect(await edit('deal', limit(6))).toMatchObject({ pending: [] });
});

test('a key is refused when stored records collide', async () => {
  const key = (body: DocumentBody) => Object.assign(body.keys, { name: ['name'] });
  await expect(edit('deal', key)).rejects.toMatchObject({
    code: 'conflict',
    message: 'stored records of deal have equal values of name',
  });
  expect((await readStored(db.database)).revision).toBe(1);
});

test('the ownership of an entity cannot change', async () => {
  const change = (body: DocumentBody) => Object.assign(body, { ownership: 'organization' });
  await expect(edit('deal', change, allowed)).rejects.toMatchObject({ code: 'not_supported' });
  const inherit = (body: DocumentBody) => {
    Object.assign(body, { ownership: 'parent', parent: 'company' });
    Object.assign(body.fields.company ?? {}, { required: true });
  };
  await expect(edit('deal', inherit, allowed)).rejects.toMatchObject({
    code: 'not_supported',
    message: 'Changing the ownership of deal from user to parent company is not supported yet',
  });
});

test('what records copied their owners from stays a parent; more can be added', async () => {
  const note = (targets: readonly string[], more: object = {}): PublishInput['documents'] => [
    ...TEST_DOCUMENTS,
    {
      kind: 'entity',
      name: 'note',
      layer: 'base',
      source: 'entity/note.json',
      body: {
        ...{ name: 'note', set: 'notes', label: { en: 'Note' }, plural_label: { en: 'Notes' }, title: 'text' },
        ...{ ownership: 'parent', parent: 'about' },
        fields: { text: { type: 'text' }, about: { type: 'lookup', targets, required: true, ...more } },
      },
    },
  ];
  const published = (documents: PublishInput['documents']) =>
    publish(db.database, { ...common, ...(documents === undefined ? {} : { documents }), ...allowed });
  await published(note(['company', 'deal']));
  expect(await differences()).toEqual([]);
  for (const targets of [['company'], ['company', 'user']]) {
    await expect(published(note(targets))).rejects.toMatchObject({
      code: 'not_supported',
      message: 'Taking deal out of the parents of note is not supported yet',
    });
  }
  await published(note(['company', 'deal', 'user'], { on_delete: 'cascade' }));
  expect(await differences()).toEqual([]);
});
