// What a plan says before anything happens: statements with their locks, losses, who depends on it, rights; and its fingerprint.
import type { SourceDocument } from '@kartoteka/metadata';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test-kit/index.ts';
import { nextDocuments, planPublish } from '../plan.ts';
import { publish } from '../publish.ts';
import { readStored } from '../read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from '../test/documents.ts';
import { recordedLog } from '../test/recorded-log.ts';
import { seedDeal } from '../test/records.ts';
import { BASE_TEMPLATE } from '../test/template.ts';
import { planReport } from './report.ts';
import { planLines } from './text.ts';
import type { PlanReport } from './types.ts';

let db: TestDatabase;
const common = { author: null, comment: 'test', log: recordedLog() };

beforeAll(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
  await seedDeal(db.database, { external_id: 'E2', probability: null });
  await db.database.run('analyze data.deal');
});
afterAll(() => db.drop());

async function reportOf(documents: readonly SourceDocument[]): Promise<PlanReport> {
  const stored = await readStored(db.database);
  const next = nextDocuments(stored.documents, { documents });
  if (next === null) throw new Error('nothing changes');
  return planReport(db.database, stored, planPublish(stored, next));
}

test('an additive change says what it runs, where it locks, and loses nothing', async () => {
  const report = await reportOf(
    withDocument('deal', ({ fields, indexes }) => {
      fields.code = { type: 'text', unique: true };
      indexes.closed = ['closed_on'];
    }),
  );
  expect(report).toMatchObject({ revision: 1, destructive: false, losses: [], dependents: [], rights: [], checks: [] });
  const said = report.steps.map(({ sql, phase, table, scans, rows }) => [sql, phase, table, scans, rows]);
  expect(said[0]).toEqual([
    expect.stringMatching(/^alter table data.deal add column code /),
    'transaction',
    'deal',
    false,
    null,
  ]);
  expect(said[1]).toEqual([expect.stringMatching(/^alter table data.deal validate /), 'background', 'deal', true, 2]);
  for (const step of said.slice(2)) {
    expect(step).toEqual([
      expect.stringMatching(/^create (unique )?index concurrently /),
      'background',
      'deal',
      true,
      2,
    ]);
  }
  expect(report.steps[0]).toMatchObject({ lock: 'access exclusive, short', held: expect.stringContaining('millisec') });
  expect(report.steps.filter(({ sql }) => sql.startsWith('create')).length).toBeGreaterThan(1);
});

test('what is removed is counted, records in the recycle bin included', async () => {
  const report = await reportOf(
    withDocument('deal', ({ fields }) => {
      delete fields.probability;
      delete fields.discount;
    }),
  );
  expect(report.destructive).toBe(true);
  expect(report.losses).toEqual([
    { what: 'deal.probability', how: 'removed', records: 1, more: false },
    { what: 'deal.discount', how: 'removed', records: 0, more: false },
  ]);
  const whole = await reportOf(TEST_DOCUMENTS.filter(({ name }) => name !== 'deal'));
  expect(whole.losses).toEqual([{ what: 'deal', how: 'removed', records: 2, more: false }]);
});

test('places that named what goes, or depend on what changes, are told with their pointers', async () => {
  const removed = await reportOf(
    withDocument('deal', (body: DocumentBody) => {
      delete body.fields.external_id;
      delete body.fields.stage;
      body.keys = {};
      body.indexes = {};
    }),
  );
  const on = 'deal.external_id';
  expect(removed.dependents).toHaveLength(2);
  expect(removed.dependents).toContainEqual({ kind: 'entity', name: 'deal', pointer: '/keys/external_id/0', on });
  expect(removed.dependents).toContainEqual(
    expect.objectContaining({ pointer: '/indexes/stage_closed_on/0', on: 'deal.stage' }),
  );
  const changed = await reportOf(
    withDocument('deal', ({ fields }) => {
      fields.external_id = { type: 'text', max_length: 50 };
    }),
  );
  expect(changed.dependents).toEqual([{ kind: 'entity', name: 'deal', pointer: '/keys/external_id/0', on }]);
});

test('rights that change are told per role, entity, field and capability', async () => {
  const documents = withDocument('deal', ({ fields }) => {
    fields.amount = { ...fields.amount, secured: true };
  }).map((document) => {
    if (document.kind !== 'role') return document;
    const privileges = { '*': { '*': 'organization', delete: { depth: 'user', when: 'version gt 1' } } };
    return { ...document, body: { ...(document.body as object), privileges, capabilities: ['audit'] } };
  });
  const { rights } = await reportOf(documents);
  const role = 'system_administrator';
  const deals = rights.filter(({ entity }) => entity === 'deal' || entity === null);
  expect(deals).toEqual(
    expect.arrayContaining([
      { role, entity: 'deal', field: null, right: 'delete', before: 'organization', after: 'user when version gt 1' },
      { role, entity: 'deal', field: 'amount', right: 'read', before: 'granted', after: null },
      { role, entity: 'deal', field: 'amount', right: 'update', before: 'granted', after: null },
      { role, entity: null, field: null, right: 'publish_metadata', before: 'granted', after: null },
      { role, entity: null, field: null, right: 'audit', before: null, after: 'granted' },
    ]),
  );
  expect(deals).toHaveLength(6);
});

test('a publish with the fingerprint of its plan goes through, and is refused once anything has moved', async () => {
  const own = await createTestDatabase({ template: BASE_TEMPLATE });
  try {
    const labelled = (en: string) =>
      withDocument('deal', ({ fields }) => Object.assign(fields.name ?? {}, { label: { en } }));
    const fingerprintOf = async (documents: readonly SourceDocument[]): Promise<string> => {
      const stored = await readStored(own.database);
      const next = nextDocuments(stored.documents, { documents });
      return next === null ? '' : (await planReport(own.database, stored, planPublish(stored, next))).fingerprint;
    };
    const [seen, other] = [await fingerprintOf(labelled('A')), await fingerprintOf(labelled('B'))];
    expect(seen).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprintOf(labelled('A').toReversed())).toBe(seen);
    const publishA = (fingerprint: string) =>
      publish(own.database, { ...common, documents: labelled('A'), fingerprint });
    await expect(publishA(other)).rejects.toMatchObject({ code: 'plan_moved', status: 409 });
    await publish(own.database, { ...common, documents: withDocument('company', (body) => delete body.indexes.name) });
    await expect(publishA(seen)).rejects.toMatchObject({ code: 'plan_moved' });
    expect(await publishA(await fingerprintOf(labelled('A')))).toMatchObject({ outcome: 'published', revision: 3 });
  } finally {
    await own.drop();
  }
});

test('as lines it says the same for a person', async () => {
  const report = await reportOf(
    withDocument('deal', ({ fields, indexes }) => {
      delete fields.probability;
      fields.external_id = { type: 'integer', secured: true };
      indexes.discount = ['discount'];
    }),
  );
  const text = planLines(report).join('\n');
  for (const line of [
    'Revision 2 would be published over revision 1:',
    '  The field deal.probability is removed (destructive)',
    '  deal.probability: the values in 1 record',
    '  deal.external_id: values that cannot be converted in 2 records',
    '  deal.external_id from text collate "und-x-icu" to bigint in 0 records',
    '  entity deal#/keys/external_id/0 (deal.external_id)',
    '  system_administrator: read on deal.external_id: granted -> nothing',
    `Fingerprint ${report.fingerprint}, needs to be confirmed as destructive`,
  ])
    expect(text).toContain(line);
  expect(text).toMatch(/create index concurrently .*\[background; share update exclusive.*about 2 rows read\]/);
});

test('places in documents of packages are told as well', async () => {
  const own = await createTestDatabase({ template: BASE_TEMPLATE });
  try {
    const manifest = { name: 'train', publisher: 'Trainers', prefix: 'train_', version: '1.0.0' };
    const label = { en: 'Trained deals' };
    const columns = { name: { order: 1 }, probability: { order: 2 } };
    const body = { name: 'train_deals', entity: 'deal', label, columns, filter: 'probability gt 5' };
    const install = { manifest, documents: [{ kind: 'view' as const, name: 'train_deals', body }] };
    await publish(own.database, { ...common, package: { install, keptData: 'restore' } });
    const stored = await readStored(own.database);
    const documents = withDocument('deal', ({ fields }) => {
      fields.probability = { type: 'decimal', precision: 5, scale: 2 };
    });
    const next = nextDocuments(stored.documents, { documents }) ?? [];
    const report = await planReport(own.database, stored, planPublish(stored, next));
    expect(report.dependents.map(({ kind, name, pointer }) => `${kind} ${name} ${pointer}`).sort()).toEqual([
      'view train_deals /columns/probability',
      'view train_deals /filter',
    ]);
  } finally {
    await own.drop();
  }
});

test('records that do not fit are counted with what they have, and a removed value in use refuses with both', async () => {
  const own = await createTestDatabase({ template: BASE_TEMPLATE });
  try {
    await seedDeal(own.database, { external_id: 'E2', probability: null });
    await own.database.run(`update data.deal set stage = 'won' where external_id = 'E2'`);
    const stored = await readStored(own.database);
    const planned = async (documents: readonly SourceDocument[]) =>
      planReport(own.database, stored, planPublish(stored, nextDocuments(stored.documents, { documents }) ?? []));
    const required = withDocument('deal', ({ fields }) => {
      fields.probability = { ...fields.probability, required: true };
      fields.source = { type: 'text', required: true };
      fields.open = { type: 'boolean', required: true, default: true };
    });
    const missing = { why: 'value_missing', value: null, refuses: false, more: false };
    const report = await planned(required);
    expect(report.unfit).toEqual([
      { ...missing, what: 'deal.probability', records: 1 },
      { ...missing, what: 'deal.source', records: 2 },
    ]);
    expect(report.destructive).toBe(false);
    expect(report.changes.find(({ name }) => name === 'probability')?.effect).toBe('restrictive');
    expect(planLines(report)).toContain(
      '  deal.source: 2 records without a value, which is asked for when one is changed',
    );
    const fewer = withDocument('deal_stage', ({ values }) => {
      delete values.won;
      delete values.proposal;
    });
    const removed = await planned(fewer);
    expect(removed.unfit).toEqual([
      { what: 'deal.stage', why: 'value_removed', value: 'won', refuses: true, records: 1, more: false },
    ]);
    expect(planLines(removed)).toContain(
      '  deal.stage: 1 record with the removed value won, which refuses the publish',
    );
    await expect(publish(own.database, { ...common, documents: fewer, allowDestructive: true })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('1 record has the value won of deal.stage, which the documents have no longer'),
    });
    await publish(own.database, { ...common, documents: required });
  } finally {
    await own.drop();
  }
});
