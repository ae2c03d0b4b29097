// The purge of hidden columns and tables: what it lists, what it drops, that it never drops another thing than was seen, and that
// writers go on meanwhile.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from '../../storage/database.ts';
import { createTestDatabase, type TestDatabase } from '../../test-kit/index.ts';
import { compareCatalogue } from '../catalogue.ts';
import { PURGE_FAULT_POINTS } from '../fault.ts';
import { loadModel } from '../load.ts';
import { publish } from '../publish.ts';
import { readStored } from '../read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from '../test/documents.ts';
import { dieAt } from '../test/kill.ts';
import { recordedLog } from '../test/recorded-log.ts';
import { seedDeal, seedMany } from '../test/records.ts';
import { BASE_TEMPLATE } from '../test/template.ts';
import { hiddenItems } from './list.ts';
import { planPurge, purgeHidden } from './purge.ts';

let db: TestDatabase;
const common = { author: null, comment: 'test', log: recordedLog(), allowDestructive: true };
const asked = { actor: { actorId: null }, comment: 'Purge' };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
  await seedDeal(db.database, { external_id: 'E2', probability: null });
});
afterEach(() => db.drop());

const edit = (change: (body: DocumentBody) => unknown) =>
  publish(db.database, { ...common, documents: withDocument('deal', change) });
const withoutProbability = ({ fields }: DocumentBody): void => {
  delete fields.probability;
};
const restoreAll = () => publish(db.database, { ...common, documents: TEST_DOCUMENTS });
const purgeAll = async () => {
  const { fingerprint } = await planPurge(db.database);
  return purgeHidden(db.database, { ...asked, fingerprint });
};
const agrees = async (): Promise<void> =>
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
const columnOf = async (property: string) =>
  (await loadModel(db.database)).entities.get('deal')?.properties.get(property)?.column;

test('a removed field is listed with its records, dropped by its fingerprint, and its column can be used again', async () => {
  await edit(withoutProbability);
  const plan = await planPurge(db.database);
  expect(plan.items).toEqual([
    expect.objectContaining({
      ...{ item: 'data.deal.probability', kind: 'column', entity: 'deal', property: 'probability' },
      ...{ records: 1, more: false, hidden_on: expect.stringMatching(/^\d{4}-/) },
    }),
  ]);
  expect(plan.steps).toEqual([
    { sql: 'alter table data.deal drop column probability', lock: expect.stringContaining('access exclusive') },
  ]);
  await expect(purgeHidden(db.database, { ...asked, fingerprint: 'x' })).rejects.toMatchObject({ code: 'plan_moved' });
  expect(await purgeHidden(db.database, { ...asked, fingerprint: plan.fingerprint })).toMatchObject({ revision: 3 });
  expect([await hiddenItems(db.database), (await planPurge(db.database)).steps]).toEqual([[], []]);
  await agrees();
  await restoreAll();
  expect(await columnOf('probability')).toBe('probability');
  await agrees();
  expect(await db.database.run('select from data.deal where probability is not null')).toEqual([]);
});

test('the purge is a revision and a security event, and history of the field stays out of sight', async () => {
  await edit(withoutProbability);
  await purgeAll();
  const [revision] = await db.database.run('select comment from kartoteka.revision where number = 3');
  expect(revision).toEqual({ comment: 'Purge' });
  const events = await db.database.run(
    `select details::text as details from kartoteka.security_log where kind = 'hidden_data_purged'`,
  );
  expect(events.map(({ details }) => JSON.parse(String(details)))).toEqual([
    expect.objectContaining({ number: 3, items: [{ item: 'data.deal.probability', records: 1, more: false }] }),
  ]);
  const former = await db.database.run(
    'select entity, property, hidden_on < now() as past from kartoteka.former_property',
  );
  expect(former).toEqual([{ entity: 'deal', property: 'probability', past: true }]);
});

test('one item is purged and the others stay; what is not hidden is no item', async () => {
  await edit((body) => {
    withoutProbability(body);
    delete body.fields.discount;
  });
  const items = ['data.deal.discount'];
  const { fingerprint } = await planPurge(db.database, items);
  await purgeHidden(db.database, { ...asked, items, fingerprint });
  expect((await hiddenItems(db.database)).map(({ item }) => item)).toEqual(['data.deal.probability']);
  for (const item of ['data.deal.name', 'data.deal', 'kartoteka.state', 'data.deal.discount']) {
    await expect(planPurge(db.database, [item])).rejects.toMatchObject({
      code: 'unknown_resource',
      details: [{ target: item }],
    });
  }
  await agrees();
});

test('tables of removed entities and relations go, those that made room as well, with their sequences', async () => {
  const numbered = (body: DocumentBody) => {
    body.fields.number = { type: 'auto_number', pattern: 'D-{0000}' };
    body.fields.partners = { type: 'many', target: 'company', inverse: 'partner_deals' };
  };
  await edit(numbered);
  const without = TEST_DOCUMENTS.filter(({ name }) => name !== 'deal');
  await publish(db.database, { ...common, documents: without });
  await edit(numbered);
  await publish(db.database, { ...common, documents: without });
  const { items } = await planPurge(db.database);
  expect(items.map(({ item, kind, records }) => [item, kind, records])).toEqual([
    ['data.deal', 'table', 0],
    ['data.deal__partners', 'table', 0],
    ['hidden_4.deal', 'table', 2],
    ['hidden_4.deal__partners', 'table', 0],
  ]);
  expect(items.every(({ bytes }) => (bytes ?? 0) > 0)).toBe(true);
  await purgeAll();
  await agrees();
  expect(
    await db.database.run(`select relname from pg_class where relname like 'deal%' and relkind in ('r', 'S')`),
  ).toEqual([]);
  expect(await db.database.run(`select from pg_namespace where nspname like 'hidden%'`)).toEqual([]);
  await edit(numbered);
  await agrees();
});

test('a publish worked out before a purge is worked out again after it', async () => {
  await edit(withoutProbability);
  const { revision } = await readStored(db.database);
  await purgeAll();
  await expect(
    publish(db.database, { ...common, documents: TEST_DOCUMENTS, expectedRevision: revision }),
  ).rejects.toMatchObject({ code: 'revision_conflict' });
  const results = await Promise.allSettled([restoreAll(), purgeAll(), edit(withoutProbability)]);
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  await agrees();
});

test('what others in the database use is not dropped, and nothing else with it', async () => {
  await edit(withoutProbability);
  await db.database.run('create view public.report as select probability from data.deal');
  await expect(purgeAll()).rejects.toMatchObject({ code: 'conflict' });
  expect(await hiddenItems(db.database)).toHaveLength(1);
  expect((await readStored(db.database)).revision).toBe(2);
});

test('writers go on while a purge waits for its lock, and none of their records is lost', async () => {
  await edit(withoutProbability);
  const other = await connectDatabase(db.url, { poolSize: 2 });
  try {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const long = other.transaction(async (tx) => {
      await tx.run('select 1 from data.deal limit 1');
      await held;
    });
    const purging = purgeAll();
    let slowest = 0;
    for (let n = 0; n < 5; n += 1) {
      const start = performance.now();
      await seedMany(db.database, 1);
      slowest = Math.max(slowest, performance.now() - start);
    }
    release();
    await Promise.all([long, purging]);
    expect(slowest).toBeLessThan(5_000);
    expect((await db.database.run('select from data.deal')).length).toBe(7);
    await agrees();
  } finally {
    await other.close();
  }
});

test.each(PURGE_FAULT_POINTS)(
  'killed at %s, documents and tables agree, and the purge can be asked again',
  async (point) => {
    await edit(withoutProbability);
    expect(await dieAt(db.url, 'purge', point)).toBe('SIGKILL');
    await agrees();
    const left = await hiddenItems(db.database);
    expect(left.map(({ item }) => item)).toEqual(point === 'purge_committed' ? [] : ['data.deal.probability']);
    await purgeAll();
    expect(await hiddenItems(db.database)).toEqual([]);
    await agrees();
  },
);
