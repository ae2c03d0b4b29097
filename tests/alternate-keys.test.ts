// Records named by alternate keys: wherever an id may stand in a URL, with the rights of reading.

import type { Principal } from '@kartoteka/platform';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

/** Keys of several types, and one over a secured field. */
const ROOM = {
  kind: 'entity',
  name: 'room',
  layer: 'base',
  source: 'room.json',
  body: {
    name: 'room',
    set: 'rooms',
    label: { en: 'Room' },
    plural_label: { en: 'Rooms' },
    ownership: 'organization',
    title: 'name',
    keys: { place: ['house', 'number'], by_day: ['day'], by_code: ['code'], by_company: ['company_id'] },
    fields: {
      name: { type: 'text', label: { en: 'Name' }, max_length: 80 },
      house: { type: 'text', label: { en: 'House' }, max_length: 80 },
      number: { type: 'integer', label: { en: 'Number' } },
      day: { type: 'date', label: { en: 'Day' } },
      code: { type: 'text', label: { en: 'Code' }, max_length: 20, secured: true },
      company: { type: 'lookup', label: { en: 'Company' }, targets: ['company'], inverse: 'rooms' },
    },
  },
} as const;

let crm: Crm;
let representative: Principal;
let integrator: Principal;
let companyId: string;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const role = { name: 'room_reader', label: { en: 'Rooms' }, privileges: { room: { read: 'organization' } } };
  const reader = { kind: 'role', name: 'room_reader', layer: 'base', source: 'room_reader.json', body: role } as const;
  crm = await startCrm({ documents: [...shipped, ROOM, reader] });
  representative = await crm.user('Rita', ['sales_representative']);
  integrator = await crm.user('Ivan', ['integrator', 'room_reader']);
  companyId = (await crm.create('companies', { name: 'Acme', external_id: "A/1 o'k" })).id;
  await crm.create('rooms', {
    name: 'One',
    house: 'A, (B)',
    number: 7,
    day: '2026-01-31',
    code: 'x',
    company_id: companyId,
  });
  await crm.create('rooms', { name: 'Empty' });
});
afterAll(() => crm.close());

const get = (path: string, principal = crm.admin): Promise<Answer> => crm.call(principal, 'GET', path);
const KEY = "external_id='A%2F1%20o''k'";

test.each([
  ["house='A, (B)',number=7"],
  ["number=7,house='A, (B)'"],
  [" number = 7 , house = 'A, (B)' "],
  ['day=2026-01-31'],
  ["code='x'"],
  ['company_id=COMPANY'],
])('a record is found by %s', async (key) => {
  const { status, json } = await get(`/rooms(${encodeURIComponent(key.replace('COMPANY', companyId))})?$select=name`);
  expect([status, json.name]).toEqual([200, 'One']);
});

test('a key stands wherever an id does', async () => {
  expect((await get(`/companies(${KEY})`)).json.id).toBe(companyId);
  const etag = (await get(`/companies(${KEY})?$select=name`)).headers.etag ?? '';
  expect(
    (await crm.call(crm.admin, 'GET', `/companies(${KEY})?$select=name`, undefined, { 'if-none-match': etag })).status,
  ).toBe(304);
  const patch = (headers: Record<string, string>): Promise<Answer> =>
    crm.call(crm.admin, 'PATCH', `/companies(${KEY})`, { description: 'x' }, headers);
  expect((await patch({ 'if-match': 'W/"77"' })).status).toBe(412);
  expect((await patch({ 'if-match': etag })).status).toBe(204);
  expect((await get(`/companies(${KEY})/rooms/$count`)).text).toBe('1');
  expect((await get(`/companies(${KEY})/rooms?$select=name`)).json.value).toMatchObject([{ name: 'One' }]);
  expect((await get(`/companies(${KEY})/changes`)).json.value).toHaveLength(2);
  expect((await get(`/companies(${KEY})/explain_access`)).json.id).toBe(companyId);
  const share = { principal_id: representative.id, rights: ['read'] };
  expect((await crm.call(crm.admin, 'POST', `/companies(${KEY})/share`, share)).status).toBe(204);
  const { json } = await crm.call(crm.admin, 'POST', '/$batch', {
    requests: [
      { id: '1', method: 'GET', url: `companies(${KEY})?$select=name` },
      { id: '2', method: 'GET', url: '$1/rooms/$count' },
    ],
  });
  expect(json.responses.map((response: { body: unknown }) => response.body)).toMatchObject([{ name: 'Acme' }, '1']);
});

test('a number that the service gave is a key', async () => {
  const { number } = await crm.create('deals', { name: 'Numbered' });
  expect((await get(`/deals(number='${number}')`)).json.name).toBe('Numbered');
});

test('a deleted record is not found, and its key finds the next one', async () => {
  const first = await crm.create('companies', { name: 'First', external_id: 'again' });
  expect((await crm.call(crm.admin, 'DELETE', "/companies(external_id='again')")).status).toBe(204);
  expect((await get("/companies(external_id='again')")).status).toBe(404);
  const second = await crm.create('companies', { name: 'Second', external_id: 'again' });
  expect((await get("/companies(external_id='again')")).json.id).toBe(second.id);
  expect(first.id).not.toBe(second.id);
});

test('a hidden record answers like a missing one, in as many statements', async () => {
  const other = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  const owner = await crm.user('Otto', ['sales_representative'], other.id);
  await crm.create('companies', { name: 'Hidden', external_id: 'hidden', owner_id: owner.id });
  const { counters } = crm.platform.database;
  for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const) {
    const seen: unknown[] = [];
    for (const key of ['hidden', 'missing', 'hidden', 'missing']) {
      const before = counters.statements;
      const { status, json } = await crm.call(representative, method, `/companies(external_id='${key}')`, body, {
        'if-match': '*',
      });
      seen.push([status, json, counters.statements - before]);
    }
    expect(seen[2], method).toEqual(seen[3]);
    expect(seen[0], method).toMatchObject([404, { code: 'not_found' }, 1]);
  }
});

test('a secured property is no oracle', async () => {
  const known = await get("/rooms(code='x')", integrator);
  const guessed = await get("/rooms(code='y')", integrator);
  expect([known.status, known.json.code, known.json.target]).toEqual([403, 'secured_property', 'code']);
  expect(guessed.json).toEqual(known.json);
  expect((await get('/rooms(day=2026-01-31)', integrator)).status).toBe(200);
});

test.each([
  ['house=null,number=7'],
  ['house=name,number=7'],
  ["house='A, (B)'"],
  ["house='A, (B)',number=7,name='One'"],
  ["house='A, (B)',number=7,number=7"],
  ["house='A, (B)',number='seven'"],
  ["house='A, (B)',number=7,"],
  [",house='A, (B)',number=7"],
  ["house='A, (B),number=7"],
  ["house='A' or true,number=7"],
  ['day=2026-02-30'],
  ['day=today()'],
  ["name='One'"],
  ['id=7'],
  [''],
])('rooms(%s) names no record', async (key) => {
  const { status, json } = await get(`/rooms(${encodeURIComponent(key)})`);
  expect([status, json.code]).toEqual([400, 'invalid_key']);
});
