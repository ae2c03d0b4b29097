// Publishing on a real database: what is stored, what PostgreSQL has afterwards, what is refused.
import type { SourceDocument } from '@kartoteka/metadata';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { randomAdditiveChange, seededRandom } from '../test-kit/random-change.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, type PublishResult, publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedDeal } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const log = recordedLog();

beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await db.drop();
});

type More = Partial<PublishInput>;

const run = (more: More): Promise<PublishResult> =>
  publish(db.database, { author: null, comment: 'test', log, ...more });
const publishBase = (documents: readonly SourceDocument[] = TEST_DOCUMENTS, more: More = {}) =>
  run({ documents, ...more });
const publishEdit = (name: string, edit: (body: DocumentBody) => unknown, more: More = {}) =>
  publishBase(withDocument(name, edit), more);
const differences = async (): Promise<string[]> => compareCatalogue(db.database, await loadModel(db.database));

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly target?: string; readonly message: string }[];
}
const refusal = (work: Promise<unknown>): Promise<Refusal> =>
  work.then(
    () => Promise.reject(new Error('It was not refused')),
    (error: Refusal) => error,
  );

/** TEST_DOCUMENTS at revision 1, with two deals. */
async function publishedWithRecords(): Promise<void> {
  await db.drop();
  db = await createTestDatabase({ template: BASE_TEMPLATE });
  await seedDeal(db.database, { stage: 'won', external_id: 'E2' });
}

const valuesOf = async (table: string, column: string): Promise<unknown[]> =>
  (await db.database.run(`select ${column}::text as v from data.${table} order by 1`)).map((row) => row.v);

test('the first publish makes the tables, and the catalogue agrees with the model', async () => {
  expect(await publishBase()).toMatchObject({ revision: 1, outcome: 'published', pending: [] });
  expect(await differences()).toEqual([]);
  const model = await loadModel(db.database);
  expect([model.revision, [...model.entities.keys()].sort()]).toEqual([
    1,
    ['business_unit', 'company', 'deal', 'role_assignment', 'user'],
  ]);
});

test('publishing the same documents again changes nothing', async () => {
  await publishBase();
  expect(await publishBase()).toMatchObject({ revision: 1, outcome: 'unchanged', ddl: [] });
  expect(await db.database.run('select count(*)::text as n from kartoteka.revision')).toEqual([{ n: '1' }]);
});

test('the documents keep the order of their members', async () => {
  await publishBase();
  const { documents } = await readStored(db.database);
  const stored = documents.find((document) => document.name === 'deal');
  const given = TEST_DOCUMENTS.find((document) => document.name === 'deal');
  expect(JSON.stringify(stored?.body)).toBe(JSON.stringify(given?.body));
});

const ADDITIVE: Readonly<Record<string, readonly [document: string, edit: (body: DocumentBody) => unknown]>> = {
  'a text': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'text', max_length: 50 } })],
  'a required text without default': [
    'deal',
    ({ fields }) => Object.assign(fields, { note: { type: 'text', required: true } }),
  ],
  'a required text with a default': [
    'deal',
    ({ fields }) => Object.assign(fields, { note: { type: 'text', required: true, default: "it's" } }),
  ],
  'a unique text': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'text', unique: true } })],
  'an integer': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'integer', min: -5, max: 5 } })],
  'a decimal': [
    'deal',
    ({ fields }) => Object.assign(fields, { note: { type: 'decimal', precision: 20, scale: 6, min: '0.5' } }),
  ],
  'a money': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'money', min: 0 } })],
  'a required boolean': [
    'deal',
    ({ fields }) => Object.assign(fields, { note: { type: 'boolean', required: true, default: true } }),
  ],
  'a date': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'date', min: '2000-01-01' } })],
  'a datetime': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'datetime' } })],
  'a choice': ['deal', ({ fields }) => Object.assign(fields, { note: { type: 'choice', choice: 'deal_stage' } })],
  'a relation': [
    'deal',
    ({ fields }) => Object.assign(fields, { note: { type: 'lookup', targets: ['user'], inverse: 'notes' } }),
  ],
  'an index': ['deal', ({ indexes }) => Object.assign(indexes, { probability: ['probability', 'name'] })],
  'a key over stored values': [
    'deal',
    ({ keys }) => Object.assign(keys, { name_external_id: ['name', 'external_id'] }),
  ],
  'a changed index': ['deal', ({ indexes }) => Object.assign(indexes, { stage_closed_on: ['stage', 'probability'] })],
  'an index less': ['company', (body) => Object.assign(body, { indexes: {} })],
  'a value of a choice': [
    'deal_stage',
    ({ values }) => Object.assign(values, { lost: { label: { en: 'Lost' }, order: 40 } }),
  ],
  'a longer text': ['deal', ({ fields }) => Object.assign(fields, { name: { ...fields.name, max_length: 300 } })],
  'a shorter text that still fits': [
    'deal',
    ({ fields }) => Object.assign(fields, { name: { ...fields.name, max_length: 30 } }),
  ],
  'more precision': [
    'deal',
    ({ fields }) => Object.assign(fields, { discount: { type: 'decimal', precision: 14, scale: 2 } }),
  ],
  'a field that is no longer required': [
    'deal',
    ({ fields }) => Object.assign(fields, { name: { type: 'text', max_length: 200 } }),
  ],
  'a field that becomes required': [
    'deal',
    ({ fields }) => Object.assign(fields, { probability: { ...fields.probability, required: true } }),
  ],
  'an auto number': [
    'deal',
    ({ fields }) => Object.assign(fields, { number: { type: 'auto_number', pattern: '№{YYYY}/{MM}-{000}' } }),
  ],
  'a label': ['deal', (body) => Object.assign(body, { label: { en: 'Opportunity' } })],
};

test.each(Object.keys(ADDITIVE))('%s is published over stored records, and the catalogue agrees', async (kind) => {
  await publishedWithRecords();
  const [document, edit] = ADDITIVE[kind] as (typeof ADDITIVE)[string];
  expect(await publishEdit(document, edit)).toMatchObject({ revision: 2, outcome: 'published', pending: [] });
  expect(await differences()).toEqual([]);
  expect(await valuesOf('deal', 'name')).toEqual(['A deal', 'A deal']);
  expect(await publishEdit(document, edit)).toMatchObject({ outcome: 'unchanged' });
});

test('stored records get the text that is joined from theirs, and another one when it is joined from others', async () => {
  await publishedWithRecords();
  await db.database.run(
    `insert into data.deal (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id,
       owning_business_unit_id, name, stage, amount_currency, external_id, deleted_on)
     select case n when 1 then '00000000-0000-0000-0000-000000000000' else gen_random_uuid() end, d.created_on,
       d.created_by_id, now(), d.modified_by_id, 1, d.owner_id, d.owning_business_unit_id, 'Deal ' || n, 'new', 'EUR',
       'N' || n, case when n % 2 = 0 then now() end
     from generate_series(1, 2001) n, (select * from data.deal limit 1) d`,
  );
  const joined = (parts: readonly string[]) => (body: DocumentBody) =>
    Object.assign(body.fields, { whole: { type: 'text', joined: parts, max_length: 12 } });
  expect(await publishEdit('deal', joined(['external_id', 'name']))).toMatchObject({ revision: 2, pending: [] });
  const wrong = (value: string): Promise<readonly unknown[]> =>
    db.database.run(`select id from data.deal where whole is distinct from left(${value}, 12)`);
  expect(await wrong(`concat_ws(' ', external_id, name)`)).toEqual([]);
  expect(await publishEdit('deal', joined(['name', 'stage']))).toMatchObject({ revision: 3, pending: [] });
  expect(await wrong(`concat_ws(' ', name collate "C", stage)`)).toEqual([]);
  expect(await publishEdit('deal', joined(['name', 'stage']))).toMatchObject({ outcome: 'unchanged' });
});

test('what clients wrote into a text stays when it is joined from others later', async () => {
  await publishedWithRecords();
  const note = (more: object) => (body: DocumentBody) =>
    Object.assign(body.fields, { note: { type: 'text', ...more } });
  await publishEdit('deal', note({}));
  await db.database.run(`update data.deal set note = 'By hand' where stage = 'won'`);
  expect(await publishEdit('deal', note({ joined: ['name'] }))).toMatchObject({ revision: 3, pending: [] });
  expect(await valuesOf('deal', 'note')).toEqual(['A deal', 'By hand']);
});

test('a constant default fills the stored records of a required field', async () => {
  await publishedWithRecords();
  await publishEdit('deal', ({ fields }) =>
    Object.assign(fields, { kind: { type: 'text', required: true, default: "it's" } }),
  );
  expect(await valuesOf('deal', 'kind')).toEqual(["it's", "it's"]);
});

test('a node of the previous revision can still insert a record after a required field was added', async () => {
  await publishedWithRecords();
  await publishEdit('deal', ({ fields }) => {
    fields.kind = { type: 'text', required: true, default: 'other' };
    fields.region = { type: 'text', required: true };
    fields.budget = { type: 'money', required: true };
  });
  await seedDeal(db.database);
  expect(await valuesOf('deal', 'kind')).toEqual(['other', 'other', 'other']);
});

test('an entity and a relation to it are published together', async () => {
  await publishedWithRecords();
  const project = structuredClone(TEST_DOCUMENTS.find(({ name }) => name === 'company')) as SourceDocument;
  const body = { ...(project.body as DocumentBody), name: 'project', set: 'projects', indexes: {} };
  const documents = withDocument('deal', ({ fields }) =>
    Object.assign(fields, { project: { type: 'lookup', targets: ['project'], inverse: 'deals' } }),
  );
  const result = await publishBase([...documents, { ...project, name: 'project', body }]);
  expect(result).toMatchObject({ revision: 2, pending: [] });
  expect(await differences()).toEqual([]);
});

test('fifty random additive changes in a row leave catalogue and model in agreement', {
  timeout: 180_000,
}, async () => {
  await publishedWithRecords();
  const random = seededRandom(20_261_122);
  for (let round = 0; round < 50; round += 1) {
    const { documents, revision } = await readStored(db.database);
    const { description, changes } = randomAdditiveChange(documents, random);
    const result = await run({ changes, expectedRevision: revision });
    expect([description, result.outcome, result.pending]).toEqual([description, 'published', []]);
    expect([description, await differences()]).toEqual([description, []]);
  }
});

test('a publish that expects another revision is refused', async () => {
  await publishBase();
  const edit = (body: DocumentBody) => Object.assign(body, { label: { en: 'Opportunity' } });
  const error = await refusal(publishEdit('deal', edit, { expectedRevision: 7 }));
  expect([error.code, error.message]).toEqual(['revision_conflict', 'The metadata is at revision 1, not 7']);
});

const note = (name: string) => ({
  kind: 'entity' as const,
  name: 'company',
  body: { extends: 'company', fields: { [name]: { type: 'text' } } },
});

test('of two publishers that expect the same revision one is refused', async () => {
  await publishBase();
  const results = await Promise.allSettled(
    ['x_a', 'x_b'].map((name) => run({ changes: [note(name)], expectedRevision: 1 })),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'revision_conflict' });
  expect(await differences()).toEqual([]);
});

test('publishers that expect no revision come one after the other', async () => {
  await publishBase();
  const edits = ['deal', 'company', 'user'].map((entity) => ({
    kind: 'entity' as const,
    name: entity,
    body: { extends: entity, fields: { x_note: { type: 'text' } } },
  }));
  const results = await Promise.all(edits.map((change) => run({ changes: [change] })));
  expect(results.map(({ revision }) => revision).sort()).toEqual([2, 3, 4]);
  expect(await differences()).toEqual([]);
});

test('two nodes that publish an empty database at the same moment make one revision', async () => {
  const results = await Promise.all([publishBase(), publishBase()]);
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['published', 'unchanged']);
  expect(await differences()).toEqual([]);
});

test('customisations stay on top of a base that is published again', async () => {
  await publishBase();
  await run({ changes: [note('x_note')] });
  expect(await publishBase()).toMatchObject({ outcome: 'unchanged' });
  await publishEdit('company', (body) => Object.assign(body, { label: { en: 'Account' } }));
  const model = await loadModel(db.database);
  expect([model.entities.get('company')?.label, model.entities.get('company')?.properties.has('x_note')]).toEqual([
    { en: 'Account' },
    true,
  ]);
});

test('a base of an older version of the product is not published over a newer one', async () => {
  await publishBase(TEST_DOCUMENTS, { baseVersion: '1.10.0' });
  const edit = (body: DocumentBody) => Object.assign(body, { label: { en: 'Old' } });
  expect(await publishEdit('deal', edit, { baseVersion: '1.9.3' })).toMatchObject({
    outcome: 'older_base',
    revision: 1,
  });
  expect(log.lines.some(({ message }) => message.includes('newer version'))).toBe(true);
  expect(await publishEdit('deal', edit, { baseVersion: '1.10.1' })).toMatchObject({
    outcome: 'published',
    revision: 2,
  });
});

test('a newer version with the same documents is remembered', async () => {
  await publishBase(TEST_DOCUMENTS, { baseVersion: '1.0.0' });
  expect(await publishBase(TEST_DOCUMENTS, { baseVersion: '2.0.0' })).toMatchObject({ outcome: 'unchanged' });
  const edit = (body: DocumentBody) => Object.assign(body, { label: { en: 'Old' } });
  expect(await publishEdit('deal', edit, { baseVersion: '1.5.0' })).toMatchObject({ outcome: 'older_base' });
});

test('every finding of invalid documents is named with its source and pointer, and nothing is stored', async () => {
  const edit = ({ fields }: DocumentBody) => {
    fields.amount = { type: 'monney' };
    fields.company = { type: 'lookup' };
  };
  const error = await refusal(publishEdit('deal', edit));
  expect(error.code).toBe('invalid_documents');
  expect(error.details.map(({ target }) => target)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^entity\/deal\.json#\/fields\/amount/),
      expect.stringMatching(/#\/fields\/company/),
    ]),
  );
  expect((await readStored(db.database)).revision).toBe(0);
});
