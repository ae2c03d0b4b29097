// Lookups with several targets through publishes over stored records: targets are added, taken away, and one becomes several.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, type PublishResult, publish } from './publish.ts';
import { type DocumentBody, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedDeal } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const edit = (change: (body: DocumentBody) => unknown, more: Partial<PublishInput> = {}) =>
  publish(db.database, {
    author: null,
    comment: 'test',
    log: recordedLog(),
    documents: withDocument('deal', change),
    ...more,
  });

/** The lookup `about` of deals with these targets. */
const about =
  (...targets: readonly string[]) =>
  ({ fields }: DocumentBody) =>
    Object.assign(fields, { about: { type: 'lookup', targets, inverse: 'about_deals', on_delete: 'set_null' } });
const effectOf = ({ changes }: PublishResult): string | undefined =>
  changes.find(({ subject, name }) => subject === 'deal' && name === 'about')?.effect;
const agrees = async (): Promise<void> =>
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
const ID = '00000000-0000-7000-8000-000000000001';

test('a target is added over stored records, and the check is replaced and validated', async () => {
  await edit(about('company', 'user'));
  await seedDeal(db.database, { about_id: ID, about_type: 'user' });
  const result = await edit(about('company', 'user', 'role_assignment'));
  expect(result).toMatchObject({ outcome: 'published', pending: [] });
  expect(effectOf(result)).toBe('additive');
  await agrees();
  await seedDeal(db.database, { about_id: ID, about_type: 'role_assignment' });
});

test('a target that records name stays, one that none names goes', async () => {
  await edit(about('company', 'user', 'role_assignment'));
  await seedDeal(db.database, { about_id: ID, about_type: 'user' });
  await expect(edit(about('company', 'role_assignment'))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('1 record has the value user of deal'),
  });
  const result = await edit(about('company', 'user'));
  expect([result.pending, effectOf(result)]).toEqual([[], 'restrictive']);
  await agrees();
});

test('one target becomes several while no record has a value, and not once one has', async () => {
  await edit(about('company'));
  await edit(about('company', 'user'));
  await agrees();
  await expect(edit(about('company'), {})).rejects.toMatchObject({ code: 'destructive_change' });
  const [deal] = await db.database.run('select id::text as id, company_id::text as company from data.deal limit 1');
  await db.database.run("update data.deal set about_id = $2::uuid, about_type = 'company' where id = $1::uuid", [
    String(deal?.id),
    String(deal?.company),
  ]);
  await edit(about('company'), { allowDestructive: true });
  await agrees();
  await expect(edit(about('company', 'user'))).rejects.toMatchObject({
    code: 'conflict',
    message: 'deal.about has one target in stored records and cannot get several; add another lookup for that',
  });
});

test('a lookup goes to one other entity only where its values are found there', async () => {
  await edit(about('company', 'user'));
  await seedDeal(db.database, { about_id: ID, about_type: 'user' });
  await expect(edit(about('company'), { allowDestructive: true })).rejects.toMatchObject({
    code: 'conflict',
    message: 'stored records of deal have values of about_id that are not in data.company',
  });
});
