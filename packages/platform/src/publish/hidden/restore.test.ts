// A removed field that comes back: empty unless its values are asked for, with them where it has the same type.
import type { SourceDocument } from '@kartoteka/metadata';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test-kit/index.ts';
import { capacityOf } from '../capacity.ts';
import { compareCatalogue } from '../catalogue.ts';
import { loadModel } from '../load.ts';
import { nextDocuments, planPublish } from '../plan.ts';
import { planReport } from '../plan-report/report.ts';
import { type PublishInput, publish } from '../publish.ts';
import { readStored } from '../read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from '../test/documents.ts';
import { recordedLog } from '../test/recorded-log.ts';
import { seedDeal, seedMany } from '../test/records.ts';
import { BASE_TEMPLATE } from '../test/template.ts';
import { withRestorable } from './restore.ts';

let db: TestDatabase;
const common = { author: null, comment: 'test', log: recordedLog(), allowDestructive: true };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
  await seedDeal(db.database, { external_id: 'E2', probability: '70' });
});
afterEach(() => db.drop());

const edit = (change: (body: DocumentBody) => unknown, more: Partial<PublishInput> = {}) =>
  publish(db.database, { ...common, documents: withDocument('deal', change), ...more });
const without = (...names: string[]) =>
  edit((body) => {
    for (const name of names) delete body.fields[name];
    if (names.includes('external_id')) body.keys = {};
    if (names.includes('stage')) body.indexes = {};
  });
const back = (restore: boolean) => publish(db.database, { ...common, documents: TEST_DOCUMENTS, restore });
const reportOf = async (documents: readonly SourceDocument[], restore: boolean) => {
  const found = await readStored(db.database);
  const stored = restore ? await withRestorable(db.database, found) : found;
  return planReport(db.database, stored, planPublish(stored, nextDocuments(found.documents, { documents }) ?? []));
};
const values = async (property: string): Promise<unknown[]> => {
  const column = (await loadModel(db.database)).entities.get('deal')?.properties.get(property)?.column;
  return (await db.database.run(`select ${column}::text as v from data.deal order by external_id nulls last`)).map(
    ({ v }) => v,
  );
};
const agrees = async (): Promise<void> =>
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);

test('the plan tells of hidden values under the name, and whether they come back', async () => {
  await without('probability', 'discount');
  const retired = { what: 'deal.probability', column: 'probability', restorable: true, records: 2, more: false };
  const [empty, full] = [await reportOf(TEST_DOCUMENTS, false), await reportOf(TEST_DOCUMENTS, true)];
  expect(empty.retired).toContainEqual({ ...retired, restored: false });
  expect(full.retired).toContainEqual({ ...retired, restored: true });
  expect(empty.fingerprint).not.toBe(full.fingerprint);
  expect(full.losses).toEqual([]);
  const text = withDocument('deal', ({ fields }) => {
    fields.probability = { type: 'text' };
  });
  expect((await reportOf(text, true)).retired).toContainEqual({ ...retired, restorable: false, restored: false });
});

test('values come back in their own column, with check, key, index and reference over them', async () => {
  await without('probability', 'external_id', 'stage', 'company', 'amount', 'closed_on');
  await seedMany2();
  const used = (await capacity())?.columns.used;
  expect(await back(true)).toMatchObject({ outcome: 'published', pending: [] });
  expect([await values('probability'), await values('external_id')]).toEqual([
    ['50', '70', null, null],
    ['E1', 'E2', null, null],
  ]);
  // What was made meanwhile has the defaults of required fields.
  expect([await values('stage'), await values('amount_currency'), await values('amount')]).toEqual([
    ['new', 'new', 'new', 'new'],
    ['EUR', 'EUR', 'EUR', 'EUR'],
    ['12.5000', '12.5000', null, null],
  ]);
  expect((await capacity())?.columns).toMatchObject({ used, hidden: 0 });
  await agrees();
  expect(await back(true)).toMatchObject({ outcome: 'unchanged' });
});

test('without asking a field begins empty, and its values can still be purged', async () => {
  await without('probability');
  await back(false);
  expect(await values('probability')).toEqual([null, null]);
  await agrees();
});

test('values that do not fit the field any more refuse its return, and nothing changes', async () => {
  await without('external_id', 'probability');
  await db.database.run(`update data.deal set external_id = 'same'`);
  await expect(back(true)).rejects.toMatchObject({
    code: 'conflict',
    message: 'stored records of deal have equal values of external_id',
  });
  await agrees();
});

/** Two deals made while fields are hidden: as the engine makes them then. */
async function seedMany2(): Promise<void> {
  await db.database.run(`alter table data.deal alter column amount_currency drop default`);
  await seedMany(db.database, 2);
  await db.database.run(
    `update data.deal set stage = null, amount_currency = null, external_id = null where name like 'Deal %'`,
  );
}

async function capacity() {
  const model = await loadModel(db.database);
  const deal = model.entities.get('deal');
  return deal === undefined ? undefined : (await capacityOf(db.database, model, [deal]))[0];
}
