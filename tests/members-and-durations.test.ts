// Questions about members of a multi_choice, durations and values in other forms, wherever the language stands: filters over lookups
// and in expanded collections, conditions of roles, rules and fields; with plans that are kept.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const label = { en: 'x' };
const value = (order: number) => ({ label, order });

const document = (kind: 'entity' | 'role', name: string, body: object): SourceDocument => ({
  ...{ kind, name, layer: 'base', source: 'test' },
  body: { name, label, ...body },
});

const KINDS = { type: 'multi_choice', values: { client: value(1), press: value(2), rival: value(3) } };

const DOCUMENTS = [
  document('entity', 'club', {
    ...{ set: 'clubs', plural_label: label, ownership: 'organization', title: 'name' },
    fields: { name: { type: 'text' }, kinds: KINDS, phone: { type: 'phone', default_region: 'RU' } },
  }),
  document('entity', 'guest', {
    ...{ set: 'guests', plural_label: label, ownership: 'user', title: 'name' },
    fields: {
      name: { type: 'text', required_when: "kinds/any(k:k eq 'press')" },
      kinds: KINDS,
      mail: { type: 'email' },
      stay: { type: 'duration' },
      data: { type: 'json' },
      club: { type: 'lookup', targets: ['club'], inverse: 'guests' },
    },
    rules: {
      short: { invalid_when: "stay gt duration'P30D' and not kinds/any(k:k eq 'client')", error: { en: 'Too long' } },
      data: { invalid_when: "data ne null and kinds/all(k:k eq 'rival') and kinds/any()", error: { en: 'No data' } },
    },
  }),
  document('role', 'host', {
    privileges: {
      guest: {
        read: { depth: 'organization', when: "not kinds/any(k:k in ('rival','press')) or mail eq 'boss@EXAMPLE.com'" },
        create: { depth: 'user', when: "kinds/all(k:k ne 'rival')" },
        write: { depth: 'organization', when: "stay eq null or stay le duration'PT36H'" },
      },
      club: { '*': 'organization' },
    },
  }),
];

let crm: Crm;

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  const club = await crm.create('clubs', { name: 'c', kinds: ['client', 'press'], phone: '8 (495) 123-45-67' });
  await crm.create('guests', { name: 'a', kinds: ['client'], stay: 'P1D', club_id: club.id });
  await crm.create('guests', { name: 'b', kinds: ['press', 'rival'], mail: 'boss@example.com', stay: 'PT36H' });
  await crm.create('guests', { name: 'c', kinds: ['rival'], stay: 'PT36H0.000001S', club_id: club.id });
  await crm.create('guests', { name: 'd', data: [] });
});

afterAll(() => crm?.close());

async function names(path: string, who = crm.admin): Promise<string[]> {
  const list = await crm.call(who, 'GET', path);
  expect(list.status, `${path}: ${list.text}`).toBe(200);
  return list.json.value.map(({ name }: { name: string }) => name);
}

const filtered = (filter: string, who = crm.admin) =>
  names(`/guests?$orderby=name&$filter=${encodeURIComponent(filter)}`, who);

test('filters reach over lookups, and a kept plan serves other values in other forms', async () => {
  for (const [kind, found] of Object.entries({ press: ['a', 'c'], client: ['a', 'c'], rival: [], nobody: [] })) {
    expect(await filtered(`club/kinds/any(k:k eq '${kind}')`)).toEqual(found);
  }
  for (const phone of ['+7 495 123-45-67', '84951234567', '495 123 45 67', '+74951234567']) {
    expect(await filtered(`club/phone eq '${phone}'`)).toEqual(['a', 'c']);
  }
  expect(await filtered("club/phone eq '+7 495 765-43-21' or club/phone in ('8 495 765 43 21')")).toEqual([]);
  expect(await filtered("club/phone ne '8 495 1234567'")).toEqual(['b', 'd']);
  expect(await filtered("contains(club/phone,'8 495')")).toEqual([]);
  expect(await filtered("mail eq ' boss@EXAMPLE.COM'")).toEqual(['b']);
  expect(await filtered("club/kinds/all(k:k ne 'rival') and kinds/any(k:club/kinds/any(l:l eq k))")).toEqual(['a']);
});

test('durations are compared by their length', async () => {
  expect(await filtered("stay eq duration'PT24H' or stay gt duration'P1DT12H'")).toEqual(['a', 'c']);
  expect(await filtered("stay in (duration'PT24H',duration'PT2160M')")).toEqual(['a', 'b']);
  expect(await names('/guests?$orderby=stay desc&$filter=stay ne null')).toEqual(['c', 'b', 'a']);
  expect(await filtered('data ne null and not kinds/any()')).toEqual(['d']);
});

test('filters of expanded collections know them, too', async () => {
  const nested = "kinds/any(k:k eq 'rival') and stay gt duration'P1D'";
  const list = await crm.call(
    crm.admin,
    'GET',
    `/clubs?$expand=guests($filter=${encodeURIComponent(nested)};$select=name)`,
  );
  expect(list.json.value[0].guests.map(({ name }: { name: string }) => name)).toEqual(['c']);
  const count = await crm.call(crm.admin, 'GET', "/guests/$count?$filter=kinds/any(k:k in ('client','press'))");
  expect(count.text).toBe('2');
});

test('rules and conditions of fields judge them', async () => {
  const post = (values: object) => crm.call(crm.admin, 'POST', '/guests', values);
  const refused = async (values: object) => {
    const { status, json } = await post(values);
    return [status, json.details?.map(({ code, target }: { code: string; target: string }) => `${code} ${target}`)];
  };
  expect(await refused({ name: 'x', stay: 'P31D', kinds: ['press'] })).toEqual([400, ['rule_violated short']]);
  expect((await post({ name: 'long', stay: 'P31D', kinds: ['press', 'client'] })).status).toBe(201);
  expect(await refused({ kinds: ['press'] })).toEqual([400, ['required name']]);
  expect(await refused({ name: 'x', data: 1, kinds: ['rival'] })).toEqual([400, ['rule_violated data']]);
  expect((await post({ name: 'empty', data: 1, kinds: [] })).status).toBe(201);
});

test('conditions of roles are the same in lists, creates and changes', async () => {
  const host = await crm.user('Host', ['host']);
  expect(await filtered("name in ('a','b','c','d')", host)).toEqual(['a', 'b', 'd']);
  const create = async (kinds: string[]) => (await crm.call(host, 'POST', '/guests', { name: 'h', kinds })).status;
  expect([await create(['client']), await create([]), await create(['client', 'rival'])]).toEqual([201, 201, 403]);
  const list = await crm.call(host, 'GET', '/guests?$select=id,name,stay');
  for (const { id, name } of list.json.value.filter((row: { name: string }) => ['a', 'b', 'long'].includes(row.name))) {
    const patched = await crm.call(host, 'PATCH', `/guests(${id})`, { name });
    expect([name, patched.status]).toEqual([name, 204]);
  }
  const { id } = await crm.create('guests', { name: 'far', stay: 'P2D', kinds: ['client'] });
  expect((await crm.call(host, 'PATCH', `/guests(${id})`, { name: 'no' })).status).toBe(403);
});
