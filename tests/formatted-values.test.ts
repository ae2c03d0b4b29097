// Formatted values: labels of choices, telephone numbers and amounts as people read them, beside the values, on request only.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

const FORMATTED = 'OData.Community.Display.V1.FormattedValue';
const ALL = { prefer: 'odata.include-annotations="*"' };

const text = (en: string, ru?: string) => (ru === undefined ? { en } : { en, ru });

const entity = (name: string, fields: object, ownership = 'organization'): SourceDocument => ({
  ...{ kind: 'entity', name, layer: 'base', source: 'test' },
  body: {
    ...{ name, set: `${name}s`, label: text(name), plural_label: text(name) },
    ...{ ownership, title: 'name', fields: { name: { type: 'text' }, ...fields } },
  },
});

const KIND = {
  client: { label: text('Client', 'Клиент'), order: 1 },
  press: { label: text('Press'), order: 2 },
};

const role = (name: string, privileges: object): SourceDocument => ({
  ...{ kind: 'role', name, layer: 'base', source: 'test' },
  body: {
    ...{ name, label: text(name) },
    privileges: {
      ...privileges,
      label: { read: 'organization', create: 'organization', append: 'organization' },
      closet: { read: 'organization' },
    },
  },
});

const DOCUMENTS = [
  entity('house', { kind: { type: 'choice', values: KIND }, place: { type: 'address', parts: ['country'] } }),
  entity('guest', {
    kind: { type: 'choice', values: KIND },
    kinds: { type: 'multi_choice', values: KIND },
    phone: { type: 'phone' },
    budget: { type: 'money' },
    exact: { type: 'decimal', precision: 30, scale: 10 },
    data: { type: 'json' },
    house: { type: 'lookup', targets: ['house'], inverse: 'guests' },
  }),
  entity('drawer', {}, 'user'),
  entity('closet', { name: { type: 'text', secured: true } }),
  entity('label', {
    drawer: { type: 'lookup', targets: ['drawer'], inverse: 'labels', on_delete: 'set_null' },
    closet: { type: 'lookup', targets: ['closet'], inverse: 'labels' },
  }),
  role('titles_owner', { drawer: { read: 'user', append_to: 'user' } }),
  role('titles_none', {}),
];

let crm: Crm;
let house: { id: string };
let guest: { id: string };

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  house = await crm.create('houses', { name: 'h', kind: 'press', place_country: 'DE' });
  const body = `{"name": "a", "kind": "client", "kinds": ["press", "client"], "phone": "+7 495 1234567", "budget": 123456789012345.6789,
    "budget_currency": "EUR", "exact": 12345678901234567890.0123456789, "data": {"kind": "client", "__proto__": {"n": 1e30}}, "house_id": "${house.id}"}`;
  guest = (await crm.call(crm.admin, 'POST', '/guests', body)).json;
});

afterAll(() => crm?.close());

const get = (path: string, headers: Record<string, string> = ALL) =>
  crm.call(crm.admin, 'GET', path, undefined, headers);

/** The formatted values of a record, by property. */
function shown(record: Record<string, unknown>): Record<string, unknown> {
  const ending = `@${FORMATTED}`;
  const names = Object.keys(record).filter((name) => name.endsWith(ending));
  return Object.fromEntries(names.map((name) => [name.slice(0, -ending.length), record[name]]));
}

/** Who made and changed it. */
const BY = { created_by_id: 'Administrator', modified_by_id: 'Administrator' };
const LABELS = {
  ...BY,
  house_id: 'h',
  kind: 'Client',
  kinds: 'Client; Press',
  phone: '+7 495 123 45 67',
  budget: '€123,456,789,012,345.6789',
  budget_base: '$133,333,332,133,333.3332',
};

test('a record shows what people read beside the values that have another form, and every digit of its numbers', async () => {
  const read = await get(`/guests(${guest.id})`);
  expect(shown(read.json)).toEqual(LABELS);
  expect(read.headers['preference-applied']).toBe('odata.include-annotations="*"');
  const plain = await get(`/guests(${guest.id})`, {});
  const without = Object.entries(read.json).filter(([name]) => !name.endsWith(FORMATTED));
  expect(Object.fromEntries(without)).toEqual(plain.json);
  for (const digits of ['123456789012345.6789', '12345678901234567890.0123456789']) {
    expect([plain.text?.includes(digits), read.text?.includes(digits)]).toEqual([true, true]);
  }
  expect(read.text).toContain('"__proto__":{"n":1000000000000000000000000000000}');
  expect(read.json['@odata.etag']).toBe('W/"1"');
});

test('an answer to whom did not ask has no formatted values and says so', async () => {
  for (const headers of [{}, { prefer: 'return=representation' }, { prefer: 'odata.include-annotations="other.*"' }]) {
    const read = await get(`/guests(${guest.id})`, headers as Record<string, string>);
    expect([shown(read.json), read.headers['preference-applied']]).toEqual([{}, undefined]);
  }
});

test.each([
  [`odata.include-annotations="${FORMATTED}"`, true],
  [`include-annotations=${FORMATTED}`, true],
  ['odata.maxpagesize=5, odata.include-annotations="OData.Community.Display.V1.*"', true],
  [`odata.include-annotations="-*,${FORMATTED}"`, true],
  [`odata.include-annotations="*,-${FORMATTED}"`, false],
  ['odata.include-annotations="-*"', false],
  ['odata.include-annotations=""', false],
  ['odata.include-annotations="*', false],
  ['odata.include-annotations="OData.Community.Dis*"', false],
])('the preference %s asks for them: %s', async (prefer, asks) => {
  const list = await get('/guests?$select=kind', { prefer });
  expect(shown(list.json.value[0])).toEqual(asks ? { kind: 'Client' } : {});
  const applied = list.headers['preference-applied'] ?? '';
  expect(applied.includes('include-annotations')).toBe(asks);
  expect(applied.includes('odata.maxpagesize=5')).toBe(prefer.includes('maxpagesize'));
});

test('lists and expanded records show them, nulls and what is not selected do not', async () => {
  await crm.create('guests', { name: 'b' });
  const list = await get('/guests?$orderby=name&$count=true&$select=name,budget,kind&$expand=house($select=kind)');
  expect(list.json['@odata.count']).toBe(2);
  expect(list.json.value.map(shown)).toEqual([{ kind: 'Client' }, {}]);
  expect([shown(list.json.value[0].house), list.json.value[1].house]).toEqual([{ kind: 'Press' }, null]);
  const houses = await get('/houses?$expand=guests($select=kind,phone;$top=1;$count=true)');
  expect(shown(houses.json.value[0])).toEqual({ ...BY, kind: 'Press', place_country: 'Germany' });
  expect(houses.json.value[0].guests.map(shown)).toEqual([{ kind: 'Client', phone: LABELS.phone }]);
  expect(houses.json.value[0]['guests@odata.count']).toBe(1);
  const paged = await get('/guests?$orderby=name', { prefer: 'odata.maxpagesize=1, odata.include-annotations="*"' });
  expect([paged.json.value.length, shown(paged.json.value[0])]).toEqual([1, LABELS]);
  expect(paged.json['@odata.nextLink']).toContain('$skiptoken=');
  const none = await get("/guests?$select=kind&$filter=name eq 'a'", {
    ...ALL,
    accept: 'application/json;odata.metadata=none',
  });
  expect(none.text).toBe(`{"value":[{"kind@${FORMATTED}":"Client","kind":"client"}]}`);
});

test('a lookup shows the title of what it names, in whatever the record stands, and costs no statement', async () => {
  const { json } = await get(`/guests(${guest.id})?$select=house_id&$expand=house($select=created_by_id)`);
  expect(json).toMatchObject({ [`house_id@${FORMATTED}`]: 'h', house_id: house.id });
  expect(Object.keys(json).indexOf(`house_id@${FORMATTED}`)).toBe(Object.keys(json).indexOf('house_id') - 1);
  expect(shown(json.house)).toEqual({ created_by_id: 'Administrator' });
  const company = await crm.create('companies', { name: 'Mill' });
  const event = { regarding_id: company.id, regarding_type: 'company', text: 'x', kind: 'comment' };
  const made = await crm.call(crm.admin, 'POST', '/events', event, ALL);
  expect(shown(made.json)).toMatchObject({ regarding_id: 'Mill', created_by_id: 'Administrator' });
  const deal = await crm.create('deals', { name: 'D', company_id: company.id });
  const list = `/deals?$filter=id eq ${deal.id}&$select=company_id,owner_id,owning_business_unit_id`;
  expect(shown((await get(list)).json.value[0])).toMatchObject({ company_id: 'Mill', owner_id: 'Administrator' });
  expect(await statementsOf(crm, () => get(list))).toBe(1);
  expect((await get(list, {})).text).not.toContain('title');
  await crm.call(crm.admin, 'PATCH', `/deals(${deal.id})`, { company_id: null });
  expect(shown((await get(list)).json.value[0])).not.toHaveProperty('company_id');
});

test('a title is shown of what the reader may read, and of nothing else', async () => {
  const owner = await crm.user('Owner', ['titles_owner']);
  const none = await crm.user('Nobody', ['titles_none']);
  const mine = await crm.create('drawers', { name: 'mine', owner_id: owner.id });
  const other = await crm.create('drawers', { name: 'other' });
  for (const { id } of [mine, other])
    await crm.create('labels', { drawer_id: id, closet_id: (await crm.create('closets', { name: 'secret' })).id });
  const titles = async (as: Principal): Promise<unknown> => {
    const path = '/labels?$select=drawer_id,closet_id&$orderby=created_on';
    const { json } = await crm.call(as, 'GET', path, undefined, ALL);
    return json.value.map(shown);
  };
  expect(await titles(crm.admin)).toEqual([
    { drawer_id: 'mine', closet_id: 'secret' },
    { drawer_id: 'other', closet_id: 'secret' },
  ]);
  expect(await titles(owner)).toEqual([{ drawer_id: 'mine' }, {}]);
  expect(await titles(none)).toEqual([{}, {}]);
  const { json } = await crm.call(owner, 'POST', '/labels?$select=drawer_id', { drawer_id: mine.id }, ALL);
  expect(shown(json)).toEqual({ drawer_id: 'mine' });
  await crm.call(crm.admin, 'DELETE', `/drawers(${mine.id})`);
  expect(await titles(owner)).toEqual([{}, {}, {}]);
});

test("the language is the user's own where the request names none that the organization has", async () => {
  const user = await crm.user('Vera', ['system_administrator']);
  const kindIn = async (accepted?: string): Promise<unknown> => {
    const as = await crm.principal(user.id);
    const headers = accepted === undefined ? ALL : { ...ALL, 'accept-language': accepted };
    const { json } = await crm.call(as, 'GET', `/guests(${guest.id})?$select=kind`, undefined, headers);
    return json[`kind@${FORMATTED}`];
  };
  const speak = async (language: string | null): Promise<unknown> =>
    (await crm.call(crm.admin, 'PATCH', `/users(${user.id})`, { language })).status;
  expect(await kindIn()).toBe('Client');
  for (const own of ['ru', 'RU-ru', ' ru ']) {
    expect(await speak(own)).toBe(204);
    expect(await kindIn()).toBe('Клиент');
  }
  expect(await kindIn('fr')).toBe('Клиент');
  expect(await kindIn('en')).toBe('Client');
  expect(await kindIn('fr, ru;q=0')).toBe('Client');
  for (const own of ['fr', 'русский', '', '-', null]) {
    expect(await speak(own)).toBe(204);
    expect(await kindIn()).toBe('Client');
  }
});

test('a changed language counts at once on every node, in lists, writes and $metadata, and costs no statement', async () => {
  const user = await crm.user('Yuri', ['system_administrator']);
  const known = await crm.platform.principals.get(user.id);
  expect(known?.language).toBeUndefined();
  await crm.call(crm.admin, 'PATCH', `/users(${user.id})`, { language: 'ru' });
  await expect.poll(async () => (await crm.platform.principals.get(user.id))?.language).toBe('ru');
  const as = await crm.principal(user.id);
  const { json } = await crm.call(as, 'GET', '/guests?$select=kind', undefined, ALL);
  expect(json.value[0][`kind@${FORMATTED}`]).toBe('Клиент');
  const made = await crm.call(as, 'POST', '/houses?$select=kind', { name: 'x', kind: 'client' }, ALL);
  expect(made.json[`kind@${FORMATTED}`]).toBe('Клиент');
  const metadata = await crm.call(as, 'GET', '/$metadata');
  expect(metadata.headers['content-language']).toBe('ru');
  expect(await statementsOf(crm, () => crm.call(as, 'GET', '/guests?$select=kind', undefined, ALL))).toBe(1);
});

test('the language is the first accepted one that the organization has, else its own', async () => {
  const kindIn = async (language: string | undefined) => {
    const headers = language === undefined ? ALL : { ...ALL, 'accept-language': language };
    return shown((await get(`/guests(${guest.id})?$select=kinds`, headers)).json).kinds;
  };
  expect(await kindIn(undefined)).toBe('Client; Press');
  for (const language of ['ru', 'ru-RU', 'fr, ru;q=0.5', 'en;q=0.3, ru;q=0.9'])
    expect(await kindIn(language)).toBe('Клиент; Press');
  for (const language of ['fr', 'en-GB, ru;q=0.1', 'ru;q=0', '', '*', ';;q=x'])
    expect(await kindIn(language)).toBe('Client; Press');
});

test('an amount needs its currency beside it, and text numbers are formatted as numbers', async () => {
  const select = async (names: string) => {
    const headers = { ...ALL, accept: 'application/json;IEEE754Compatible=true' };
    return shown((await get(`/guests(${guest.id})?$select=${names}`, headers)).json);
  };
  expect(await select('budget')).toEqual({});
  expect(await select('budget,budget_currency')).toEqual({ budget: LABELS.budget });
});

test('the answer of a write shows them, and a known version is sent again when they are asked for', async () => {
  const both = 'return=representation, odata.include-annotations="*"';
  const created = await crm.call(crm.admin, 'POST', '/houses', { kind: 'client' }, ALL);
  expect([shown(created.json), created.headers['preference-applied']]).toEqual([
    { ...BY, kind: 'Client' },
    'odata.include-annotations="*"',
  ]);
  const path = `/houses(${created.json.id})`;
  const patched = await crm.call(crm.admin, 'PATCH', path, { kind: 'press' }, { prefer: both });
  expect(shown(patched.json)).toEqual({ ...BY, kind: 'Press' });
  expect(patched.headers['preference-applied']).toBe('return=representation, odata.include-annotations="*"');
  const silent = await crm.call(crm.admin, 'PATCH', path, { kind: 'client' }, ALL);
  expect([silent.status, silent.headers['preference-applied']]).toEqual([204, undefined]);
  const known = { 'if-none-match': 'W/"3"' };
  expect((await get(path, known)).status).toBe(304);
  expect((await get(path, { ...known, ...ALL })).status).toBe(200);
});

test('an answer that is too long to be formatted is refused, and is given without', async () => {
  await crm.platform.database.run(
    `insert into data.guest (id, name, data, kinds, created_on, created_by_id, modified_on, modified_by_id, version, budget_currency)
     select gen_random_uuid(), 'long', to_jsonb(repeat('x', 9000)), '{}', now(), $1::uuid, now(), $1::uuid, 1, 'USD' from generate_series(1, 1000)`,
    [crm.admin.id],
  );
  const path = "/guests?$filter=name eq 'long'&$top=1000";
  const refused = await get(path);
  expect([refused.status, refused.json.code]).toEqual([400, 'limit_exceeded']);
  expect((await get(path, {})).json.value.length).toBe(1000);
  expect((await get(`${path}&$select=name,kinds`)).json.value.length).toBe(1000);
});
