// PATCH and PUT of records named by alternate keys of every type that a key can have, in every form that a URL can give them.
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

/** A key of each type. */
const BOX = {
  kind: 'entity',
  name: 'box',
  layer: 'base',
  source: 'box.json',
  body: {
    name: 'box',
    set: 'boxes',
    label: { en: 'Box' },
    plural_label: { en: 'Boxes' },
    ownership: 'organization',
    title: 'name',
    keys: {
      by_count: ['count'],
      by_flag: ['flag', 'name'],
      by_weight: ['weight'],
      by_day: ['day'],
      by_moment: ['moment'],
      by_code: ['code'],
      by_size: ['size'],
      by_company: ['company_id'],
    },
    fields: {
      name: { type: 'text', label: { en: 'Name' }, max_length: 80 },
      count: { type: 'integer', label: { en: 'Count' } },
      flag: { type: 'boolean', label: { en: 'Flag' } },
      weight: { type: 'decimal', label: { en: 'Weight' }, scale: 2 },
      day: { type: 'date', label: { en: 'Day' } },
      moment: { type: 'datetime', label: { en: 'Moment' } },
      code: { type: 'text', label: { en: 'Code' }, max_length: 40 },
      size: { type: 'choice', label: { en: 'Size' }, choice: 'industry' },
      company: { type: 'lookup', label: { en: 'Company' }, targets: ['company'], inverse: 'boxes' },
    },
  },
} as const;

let crm: Crm;
let companyId: string;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, BOX] });
  companyId = (await crm.create('companies', { name: 'Acme' })).id;
});
afterAll(() => crm.close());

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  crm.call(crm.admin, method, path.replaceAll('COMPANY', companyId), body, { prefer: 'return=representation' });

test.each([
  ['PATCH', 'count=7', "count='7'", { count: 7 }],
  ['PUT', 'count=-8', "count='-8'", { count: -8 }],
  ['PATCH', "count='9'", 'count=9', { count: 9 }],
  ['PUT', "count='10'", 'count=10', { count: 10 }],
  ['PATCH', "flag=true,name='a'", "flag='true',name='a'", { flag: true, name: 'a' }],
  ['PUT', "name='b',flag='false'", "flag=false,name='b'", { flag: false, name: 'b' }],
  ['PATCH', 'weight=1.50', "weight='1.5'", { weight: 1.5 }],
  ['PUT', "weight='2.50'", 'weight=2.5', { weight: 2.5 }],
  ['PATCH', 'day=2026-01-31', "day='2026-01-31'", { day: '2026-01-31' }],
  ['PUT', "day='2026-02-01'", 'day=2026-02-01', { day: '2026-02-01' }],
  ['PATCH', 'moment=2026-01-31T10:00:00Z', "moment='2026-01-31T12:00:00+02:00'", {}],
  ['PUT', "moment='2026-02-01T12:00:00+02:00'", 'moment=2026-02-01T10:00:00Z', {}],
  ['PATCH', "code='it''s'", "code='it''s'", { code: "it's" }],
  ['PUT', "code='7'", "code='7'", { code: '7' }],
  ['PATCH', "size='retail'", "size='retail'", { size: 'retail' }],
  ['PATCH', 'company_id=COMPANY', "company_id='COMPANY'", {}],
])('%s boxes(%s) creates, and changes what it created', async (method, key, again, expected) => {
  const path = `/boxes(${encodeURIComponent(key.replaceAll('COMPANY', companyId))})`;
  const other = `/boxes(${encodeURIComponent(again.replaceAll('COMPANY', companyId))})`;
  const made = await send(method, path, {});
  expect([made.status, made.json]).toEqual([201, expect.objectContaining(expected)]);
  for (const [each, value] of [
    [path, 'x'],
    [other, 'y'],
  ] as const) {
    const changed = await send('PATCH', each, { code: key.startsWith('code') ? undefined : `${key} ${value}` });
    expect([changed.status, changed.json.id, changed.json]).toEqual([
      200,
      made.json.id,
      expect.objectContaining(expected),
    ]);
  }
});

test('an alias gives the key its value, in quotes or without', async () => {
  const made = await send('PATCH', "/boxes(count=@n)?@n='21'", { name: 'aliased' });
  expect([made.status, made.json.count]).toEqual([201, 21]);
  const changed = await send('PUT', '/boxes(count=@n)?@n=21', { name: 'again' });
  expect([changed.status, changed.json.id, changed.json.name]).toEqual([200, made.json.id, 'again']);
  const both = await send('PATCH', "/boxes(flag=@f,name=@t)?@f=true&@t='it''s, (all)'", {});
  expect([both.status, both.json]).toEqual([201, expect.objectContaining({ flag: true, name: "it's, (all)" })]);
});

test.each(['single', 'group'])('what is no value of the key creates nothing (%s)', async (way) => {
  const before = (await send('GET', '/boxes/$count')).text;
  for (const key of [
    'code=77',
    'code=true',
    'code=2026-01-01',
    "count='many'",
    'count=1.5',
    'count=true',
    "count='9223372036854775808'",
    "flag='yes',name='a'",
    "flag=1,name='a'",
    "flag='TRUE',name='a'",
    'count=null',
    'count=@n',
  ]) {
    const url = `boxes(${encodeURIComponent(key)})`;
    const answer =
      way === 'single' ? await send('PATCH', `/${url}`, { name: 'No' }) : await grouped('PATCH', url, { name: 'No' });
    expect([answer.status, answer.json], key).toEqual([400, expect.objectContaining({ code: expect.any(String) })]);
  }
  expect((await send('GET', '/boxes/$count')).text).toBe(before);
});

/** As the only request of an atomic group, where a record is looked for before it is written. */
async function grouped(method: string, url: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const { json } = await send('POST', '/$batch', { requests: [{ id: '1', atomicityGroup: 'g', method, url, body }] });
  const [{ status, body: answered }] = json.responses;
  return { status, json: answered.error ?? answered };
}

test('a group creates under keys of every form as a request of its own does', async () => {
  for (const [key, expected] of [
    ["count='31'", { count: 31 }],
    ["flag='true',name='grouped'", { flag: true }],
    ["weight='31.50'", { weight: 31.5 }],
    ["day='2026-03-01'", { day: '2026-03-01' }],
  ] as const)
    expect(await grouped('PUT', `boxes(${encodeURIComponent(key)})`, {}), key).toEqual({
      status: 201,
      json: expect.objectContaining(expected),
    });
});
