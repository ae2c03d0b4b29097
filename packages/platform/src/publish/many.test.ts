// Tables of links through publishes: they come with a field of type many, are hidden with it, and are never taken up again.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, publish } from './publish.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const common = { author: null, comment: 'test', log: recordedLog() };
const allowed = { allowDestructive: true };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const edit = (change: (body: DocumentBody) => unknown, more: Partial<PublishInput> = {}) =>
  publish(db.database, { ...common, documents: withDocument('deal', change), ...more });
const restored = () => publish(db.database, { ...common, ...allowed, documents: TEST_DOCUMENTS });

/** The field `partners` of deals. */
const partners =
  (target: string, more: object = {}) =>
  ({ fields }: DocumentBody) =>
    Object.assign(fields, { partners: { type: 'many', target, inverse: 'partner_deals', ...more } });
const agrees = async (): Promise<void> =>
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
const linksIn = async (schema: string): Promise<number> =>
  (await db.database.run(`select from ${schema}.deal__partners`)).length;

/** One deal and its company are linked. */
const link = (): Promise<unknown> =>
  db.database.run('insert into data.deal__partners select id, company_id from data.deal limit 1');

test('a field over stored records makes a table beside them, and publishing it again changes nothing', async () => {
  const result = await edit(partners('company'));
  expect(result).toMatchObject({ outcome: 'published', pending: [] });
  expect(result.changes).toContainEqual(
    expect.objectContaining({ what: 'field', subject: 'deal', name: 'partners', effect: 'additive' }),
  );
  await agrees();
  await link();
  expect(await edit(partners('company'))).toMatchObject({ outcome: 'unchanged', ddl: [] });
  expect(await edit(partners('company', { label: { en: 'Partners' } }))).toMatchObject({
    outcome: 'published',
    ddl: [],
  });
  expect(await linksIn('data')).toBe(1);
});

test('a removed field leaves its links where nobody reaches them; the next of that name begins without', async () => {
  await edit(partners('company'));
  await link();
  await expect(publish(db.database, { ...common, documents: TEST_DOCUMENTS })).rejects.toMatchObject({
    code: 'destructive_change',
    message: 'The change would lose data: deal.partners',
  });
  await restored();
  await agrees();
  expect(await linksIn('data')).toBe(1);
  // Nothing of it is in the way of the records any more.
  await db.database.run('delete from data.deal');
  await edit(partners('company'));
  await agrees();
  expect([await linksIn('data'), await linksIn('hidden_4')]).toEqual([0, 1]);
  await restored();
  await edit(partners('user'));
  await agrees();
  expect(await linksIn('hidden_6')).toBe(0);
});

test('links go to another entity only while there are none', async () => {
  await edit(partners('company'));
  await link();
  await expect(edit(partners('user'))).rejects.toMatchObject({
    code: 'conflict',
    message: 'stored records of deal.partners have values of other_id that are not in data.user',
  });
  await db.database.run('delete from data.deal__partners');
  const result = await edit(partners('user'));
  expect(result.changes.find(({ name }) => name === 'partners')).toMatchObject({ effect: 'destructive' });
  expect(result.pending).toEqual([]);
  await agrees();
});

test('links that become records of an entity need confirmation, for the old ones are none', async () => {
  await edit(partners('company'));
  const partnership = {
    kind: 'entity',
    name: 'x_partnership',
    body: {
      ...{ name: 'x_partnership', set: 'x_partnerships', label: { en: 'P' }, plural_label: { en: 'P' } },
      ...{ ownership: 'organization', title: 'name' },
      fields: {
        name: { type: 'text' },
        deal: { type: 'lookup', targets: ['deal'] },
        company: { type: 'lookup', targets: ['company'] },
      },
    },
  } as const;
  const through = partners('company', { through: 'x_partnership' });
  await expect(edit(through, { changes: [partnership] })).rejects.toMatchObject({
    message: 'The change would lose data: deal.partners',
  });
  await edit(through, { changes: [partnership], ...allowed });
  await agrees();
});

test('an entity goes with the links of its records', async () => {
  await edit(partners('company'));
  const without = TEST_DOCUMENTS.filter(({ name }) => name !== 'deal');
  await publish(db.database, { ...common, ...allowed, documents: without });
  await agrees();
  await db.database.run('delete from data.company');
});
