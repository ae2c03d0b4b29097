// Duplicate rules at work: what is warned of, what is refused, who is told what, and that many records are checked at once.
import type { SourceDocument } from '@kartoteka/metadata';
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const ALLOW = { 'kartoteka-duplicates': 'allow' };
const contact = (last_name: string, more: object = {}) => ({ last_name, ...more });

const custom = (kind: SourceDocument['kind'], name: string, body: object): SourceDocument => ({
  ...{ kind, name, layer: 'custom', source: name },
  body,
});

const OWN = {
  ...{ name: 'x_own', label: { en: 'Own' } },
  privileges: { contact: { create: 'user', read: 'user', write: 'user', append: 'user', append_to: 'user' } },
};

const changed = (change: SourceDocument) =>
  publish(crm.platform.database, { changes: [change], author: null, comment: '', log: quietLog });

test('a new record that a rule takes for another one is written, and the answer names the other one', async () => {
  const anna = await crm.create('contacts', contact('Warned', { email: 'Anna.Warned@example.com' }));
  const answer = await crm.call(
    crm.admin,
    'POST',
    '/contacts',
    contact('Other', { email: ' anna.warned@EXAMPLE.com' }),
  );
  expect(answer.status).toBe(201);
  expect(answer.json['@kartoteka.duplicates']).toEqual([
    { rule: 'contact_email', entity: 'contact', set: 'contacts', id: anna.id, title: 'Warned' },
  ]);
  expect(answer.headers['kartoteka-duplicates']).toBe(`<http://crm.test/api/v1/contacts(${anna.id})>`);
  const fresh = await crm.call(crm.admin, 'POST', '/contacts', contact('Fresh', { email: 'fresh@example.com' }));
  expect(fresh.json['@kartoteka.duplicates']).toBeUndefined();
  expect(fresh.headers['kartoteka-duplicates']).toBeUndefined();
});

test('names match without case, ё, white space and punctuation; what is empty matches nothing', async () => {
  const firm = await crm.create('companies', { name: 'ООО «Зелёный  луг»' });
  const same = await crm.create('companies', { name: 'ооо "зеленый луг"' });
  expect(same['@kartoteka.duplicates']).toMatchObject([{ rule: 'company_name', id: firm.id }]);
  await crm.create('companies', { name: '...' });
  expect((await crm.create('companies', { name: '???' }))['@kartoteka.duplicates']).toBeUndefined();
});

test('an update is checked where it writes what is compared, with what is stored beside it', async () => {
  const one = await crm.create('contacts', contact('One', { email: 'one@example.com' }));
  const two = await crm.create('contacts', contact('Two', { email: 'two@example.com' }));
  const patch = (values: object) =>
    crm.call(crm.admin, 'PATCH', `/contacts(${two.id})`, values, { prefer: 'return=representation' });
  expect((await patch({ email: 'ONE@example.com' })).json['@kartoteka.duplicates']).toMatchObject([{ id: one.id }]);
  expect((await patch({ first_name: 'X' })).json['@kartoteka.duplicates']).toBeUndefined();
  expect((await patch({ email: 'one@example.com' })).json['@kartoteka.duplicates']).toMatchObject([{ id: one.id }]);
});

test('records of many are taken for stored ones and for one another', async () => {
  const stored = await crm.create('contacts', contact('Stored', { email: 'stored@example.com' }));
  const records = [
    contact('A', { email: 'stored@example.com' }),
    contact('B', { email: 'both@example.com' }),
    contact('C', { email: 'Both@example.com' }),
    contact('D', { email: 'alone@example.com' }),
    contact('E'),
  ];
  const before = crm.platform.database.counters.statements;
  const { json } = await crm.call(crm.admin, 'POST', '/contacts/bulk', { records });
  const used = crm.platform.database.counters.statements - before;
  const told = json.results.map(({ duplicates }: { duplicates?: { id: string }[] }) => duplicates?.map(({ id }) => id));
  expect(told).toEqual([[stored.id], undefined, [json.results[1].id], undefined, undefined]);
  const more = Array.from({ length: 100 }, (_, n) => contact(`N${n}`, { email: `n${n}@example.com` }));
  const again = crm.platform.database.counters.statements;
  await crm.call(crm.admin, 'POST', '/contacts/bulk', { records: more });
  expect(crm.platform.database.counters.statements - again).toBeLessThanOrEqual(used);
});

test('entities without active rules ask the database nothing', async () => {
  const counted = async (set: string, values: object): Promise<number> => {
    await crm.create(set, values);
    const before = crm.platform.database.counters.statements;
    await crm.create(set, values);
    return crm.platform.database.counters.statements - before;
  };
  expect(await counted('campaigns', { name: 'X' })).toBe(1);
  expect(await counted('contacts', contact('Counted', { email: 'counted@example.com' }))).toBe(2);
});

test('a header that is not understood is refused', async () => {
  const answer = await crm.call(crm.admin, 'POST', '/contacts', contact('X'), { 'kartoteka-duplicates': 'maybe' });
  expect([answer.status, answer.json.code]).toEqual([400, 'bad_request']);
});

test('who may not read a candidate is not warned of it, and is refused for it without being told which it is', async () => {
  const owner = await crm.create('contacts', contact('Hidden', { email: 'hidden@example.com' }));
  await changed(custom('role', 'x_own', OWN));
  await expect.poll(() => crm.platform.model().roles.has('x_own'), { timeout: 10_000 }).toBe(true);
  const seller = await crm.user('Duplicate Seller', ['x_own']);
  const warned = await crm.create('contacts', contact('Mine', { email: 'hidden@example.com' }), seller);
  expect(warned['@kartoteka.duplicates']).toBeUndefined();
  const refuse = { extends: 'contact_email', on_create: 'refuse', on_import: 'refuse' };
  await changed(custom('duplicate_rule', 'contact_email', refuse));
  await expect
    .poll(() => crm.platform.model().duplicateRules.get('contact_email')?.onCreate, { timeout: 10_000 })
    .toBe('refuse');
  const who = await crm.principal(seller.id);
  const post = (headers: Record<string, string> = {}) =>
    crm.call(who, 'POST', '/contacts', contact('Again', { email: 'hidden@example.com' }), headers);
  const refused = await post();
  expect([refused.status, refused.json.code]).toEqual([409, 'duplicate_found']);
  const candidates = refused.json.details.map(
    (detail: Record<string, { id: string }>) => detail['@kartoteka.duplicate']?.id,
  );
  expect(candidates.toSorted()).toEqual([warned.id, null].toSorted());
  expect(JSON.stringify(refused.json)).not.toContain(owner.id);
  const allowed = await post(ALLOW);
  expect(allowed.status).toBe(201);
  expect(allowed.json['@kartoteka.duplicates']).toMatchObject([{ id: warned.id }]);
  const bulk = await crm.call(who, 'POST', '/contacts/bulk', {
    records: [contact('In', { email: 'first@example.com' }), contact('In', { email: 'FIRST@example.com' })],
  });
  expect(bulk.json.results.map(({ status }: { status: number }) => status)).toEqual([201, 409]);
});

test('of records that are written at the same moment a rule that refuses lets one through', async () => {
  const admin = await crm.principal(crm.admin.id);
  const posts = Array.from({ length: 6 }, () =>
    crm.call(admin, 'POST', '/contacts', contact('Race', { email: 'race@example.com' })),
  );
  const statuses = (await Promise.all(posts)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
});

test('similar names are found by their trigrams where the rule is active', async () => {
  await changed(custom('duplicate_rule', 'company_similar_name', { extends: 'company_similar_name', active: true }));
  await expect
    .poll(() => crm.platform.model().duplicateRules.get('company_similar_name')?.active, { timeout: 10_000 })
    .toBe(true);
  const one = await crm.create('companies', { name: 'Northern Lights Trading' });
  const other = await crm.create('companies', { name: 'Northern Light Tradings' });
  expect(other['@kartoteka.duplicates']).toMatchObject([{ rule: 'company_similar_name', id: one.id }]);
});

test('find_duplicates tells of values, and of a record, what the caller may read', async () => {
  const admin = await crm.principal(crm.admin.id);
  const email = 'find@example.com';
  const one = await crm.create('leads', { last_name: 'Find', email }, admin);
  const hidden = await crm.create('contacts', contact('Find', { email }), admin);
  const find = (who: typeof admin, values: unknown) => crm.call(who, 'POST', '/leads/find_duplicates', { values });
  const ids = (answer: { json: { value: { id: string }[] } }) => answer.json.value.map(({ id }) => id).toSorted();
  expect(ids(await find(admin, { email: 'FIND@example.com' }))).toEqual([one.id, hidden.id].toSorted());
  expect(ids(await find(admin, { last_name: 'Find' }))).toEqual([]);
  const ofRecord = await crm.call(admin, 'GET', `/leads(${one.id})/find_duplicates`);
  expect(ofRecord.json.value).toEqual([
    { rule: 'lead_contact_email', entity: 'contact', set: 'contacts', id: hidden.id, title: 'Find' },
  ]);
  for (const values of [{ nothing: 1 }, { created_on: 'x' }, { birth_date: 5 }, []]) {
    const { status, json } = await find(admin, values);
    expect([status, json.code]).toEqual([400, Array.isArray(values) ? 'invalid_arguments' : 'bad_request']);
  }
  const stranger = await crm.user('Duplicate Stranger', []);
  expect((await find(stranger, { email })).status).toBe(403);
});
