// Merges at their edges: whose rights they need, for how long they can be undone, how much they take.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const role = (name: string, contact: object, more: object = {}): SourceDocument => ({
  ...{ kind: 'role', name, layer: 'base', source: name },
  body: {
    name,
    label: { en: name },
    privileges: { contact, deal: { read: 'user' } },
    capabilities: ['merge'],
    ...more,
  },
});
const READ = { create: 'user', read: 'organization', append: 'user', append_to: 'user' };
const ROLES = [
  role('merger', { ...READ, write: 'organization', delete: 'organization' }),
  role('own_merger', { ...READ, write: 'user', delete: 'user' }),
  role('only_writes', { ...READ, write: 'organization' }),
  role('only_deletes', { ...READ, delete: 'organization' }),
  role('incapable', { ...READ, write: 'organization', delete: 'organization' }, { capabilities: [] }),
];
const SAME_TITLE: SourceDocument = {
  ...{ kind: 'duplicate_rule', name: 'same_title', layer: 'base', source: 'test' },
  body: {
    ...{ name: 'same_title', entity: 'contact', label: { en: 'Same title' }, match: { job_title: { how: 'exact' } } },
    on_update: 'refuse',
  },
};

let crm: Crm;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...ROLES, SAME_TITLE] });
});
afterAll(() => crm?.close());

const pair = async () =>
  [await crm.create('contacts', { last_name: 'One' }), await crm.create('contacts', { last_name: 'Two' })] as const;

test('a merge takes the capability, write on the record and delete on the others; an undoing the capability and write on the record', async () => {
  const [one, two] = await pair();
  const deal = await crm.create('deals', { name: 'Hidden', contact_id: two.id });
  const names = ROLES.map(({ name }) => name);
  const users = new Map(await Promise.all(names.map(async (name) => [name, await crm.user(name, [name])] as const)));
  const who = (name: string) => users.get(name) ?? crm.admin;
  const merge = async (name: string) =>
    (await crm.call(who(name), 'POST', `/contacts(${one.id})/merge`, { others: [two.id] })).json;
  expect(await merge('incapable')).toMatchObject({ code: 'missing_capability' });
  expect(await merge('only_writes')).toMatchObject({ code: 'missing_privilege' });
  expect(await merge('only_deletes')).toMatchObject({ code: 'missing_privilege' });
  expect(await merge('own_merger')).toMatchObject({ code: 'missing_privilege_on_record' });
  const merger = who('merger');
  // He may not read the deal, which goes along all the same.
  expect((await crm.call(merger, 'GET', `/deals(${deal.id})`)).status).toBe(404);
  const done = await crm.call(merger, 'POST', `/contacts(${one.id})/merge`, { others: [two.id] });
  expect([done.status, done.json.moved]).toEqual([200, 1]);
  const contactOf = async () => (await crm.call(crm.admin, 'GET', `/deals(${deal.id})`)).json.contact_id;
  expect(await contactOf()).toBe(one.id);
  const undo = (name: string) => crm.call(who(name), 'POST', `/contacts(${one.id})/unmerge`);
  expect((await undo('incapable')).json.code).toBe('missing_capability');
  expect((await undo('own_merger')).json.code).toBe('missing_privilege_on_record');
  expect((await undo('merger')).status).toBe(200);
  expect(await contactOf()).toBe(two.id);
});

test('what the caller may not see is not there; what is secured to him is neither taken nor told', async () => {
  const [one, two] = await pair();
  const merger = await crm.user('Secured Merger', ['merger']);
  const birthday = await crm.call(crm.admin, 'PATCH', `/contacts(${two.id})`, { birth_date: '1990-01-02' });
  expect(birthday.status).toBe(204);
  const merge = (body: object) => crm.call(merger, 'POST', `/contacts(${one.id})/merge`, { others: [two.id], ...body });
  expect((await merge({ take: { birth_date: two.id } })).json.code).toBe('secured_property');
  expect((await merge({ values: { birth_date: '1990-01-03' } })).json.code).toBe('secured_property');
  expect((await merge({ values: { 'company@odata.bind': 'companies(1)' } })).json).toMatchObject({
    code: 'bad_request',
    target: 'values',
  });
  expect((await merge({ take: { nothing: two.id } })).json).toMatchObject({ code: 'bad_request', target: 'take' });
  expect((await crm.call(crm.admin, 'GET', `/contacts(${two.id})`)).status).toBe(200);
});

test('a merge can be undone for thirty days to the minute', async () => {
  const age = (id: string, days: string) =>
    crm.platform.database.run(
      `update kartoteka.merge set merged_on = now() - $2::text::interval where survivor_id = $1::uuid`,
      [id, days],
    );
  const [one, two] = await pair();
  const merge = () => crm.call(crm.admin, 'POST', `/contacts(${one.id})/merge`, { others: [two.id] });
  const undo = (body?: object) => crm.call(crm.admin, 'POST', `/contacts(${one.id})/unmerge`, body);
  const { json } = await merge();
  await age(one.id, '30 days 1 second');
  expect((await undo()).status).toBe(404);
  expect((await undo({ merge_id: json.merge_id })).status).toBe(404);
  await age(one.id, '29 days 23:59:00');
  expect((await undo({ merge_id: json.merge_id })).status).toBe(200);
  expect((await undo({ merge_id: json.merge_id })).status).toBe(404);
});

test('merges that follow each other are undone one by one, the latest first or by name', async () => {
  const [one, two] = await pair();
  const three = await crm.create('contacts', { last_name: 'Three' });
  const deals = [
    await crm.create('deals', { name: 'D2', contact_id: two.id }),
    await crm.create('deals', { name: 'D3', contact_id: three.id }),
  ];
  const post = (id: string, action: string, body?: object) =>
    crm.call(crm.admin, 'POST', `/contacts(${id})/${action}`, body);
  const contacts = async () =>
    Promise.all(deals.map(async ({ id }) => (await crm.call(crm.admin, 'GET', `/deals(${id})`)).json.contact_id));
  await post(two.id, 'merge', { others: [three.id] });
  await post(one.id, 'merge', { others: [two.id] });
  expect(await contacts()).toEqual([one.id, one.id]);
  expect((await post(two.id, 'unmerge')).status).toBe(404);
  expect((await post(one.id, 'unmerge')).json.left).toEqual([]);
  expect(await contacts()).toEqual([two.id, two.id]);
  expect((await post(two.id, 'unmerge')).json.left).toEqual([]);
  expect(await contacts()).toEqual([two.id, three.id]);
});

test('what somebody has brought back from the recycle bin before does not keep the rest from being undone', async () => {
  const [one, two] = await pair();
  const deal = await crm.create('deals', { name: 'Back', contact_id: two.id });
  await crm.call(crm.admin, 'POST', `/contacts(${one.id})/merge`, { others: [two.id] });
  expect((await crm.call(crm.admin, 'POST', `/contacts(${two.id})/restore`)).status).toBe(204);
  const undone = await crm.call(crm.admin, 'POST', `/contacts(${one.id})/unmerge`);
  expect([undone.status, undone.json.left]).toEqual([200, []]);
  expect((await crm.call(crm.admin, 'GET', `/deals(${deal.id})`)).json.contact_id).toBe(two.id);
});

test('ten records go into one at most', async () => {
  const contacts = await Promise.all(
    Array.from({ length: 12 }, (_, n) => crm.create('contacts', { last_name: `L${n}` })),
  );
  const [one, ...others] = contacts.map(({ id }) => id);
  const merge = (ids: readonly string[]) => crm.call(crm.admin, 'POST', `/contacts(${one})/merge`, { others: ids });
  expect((await merge(others)).status).toBe(400);
  const ten = await merge(others.slice(0, 10));
  expect([ten.status, ten.json.merged.length]).toEqual([200, 10]);
});

test('a value that a duplicate rule refuses is refused to a merge, too, unless it says that it is allowed', async () => {
  const [one, two] = await pair();
  await crm.create('contacts', { last_name: 'Third', job_title: 'The One' });
  const merge = (headers?: Record<string, string>) =>
    crm.call(
      crm.admin,
      'POST',
      `/contacts(${one.id})/merge`,
      { others: [two.id], values: { job_title: 'The One' } },
      headers,
    );
  expect((await merge()).json.code).toBe('duplicate_found');
  expect((await crm.call(crm.admin, 'GET', `/contacts(${two.id})`)).status).toBe(200);
  expect((await merge({ 'kartoteka-duplicates': 'allow' })).status).toBe(200);
});
