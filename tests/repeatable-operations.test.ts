// Every way to change something is repeatable: its repetition answers alike and leaves no trace.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';
import { repeatable, told, traces } from './repeatable-kit.ts';

let crm: Crm;
let otto: Principal;
let ids: Record<'company' | 'other' | 'deal' | 'contact' | 'deleted', string>;
beforeAll(async () => {
  crm = await startCrm();
  otto = await crm.user('Otto', ['sales_representative', 'system_administrator']);
});
afterAll(() => crm.close());

let next = 0;
beforeEach(async () => {
  next += 1;
  const company = (await crm.create('companies', { name: `C${next}`, external_id: `E-${next}` })).id;
  const other = (await crm.create('companies', { name: `O${next}` })).id;
  const deal = (await crm.create('deals', { name: `D${next}`, company_id: company })).id;
  const contact = (await crm.create('contacts', { last_name: `L${next}`, email: `l${next}@example.com` })).id;
  const deleted = (await crm.create('contacts', { last_name: `X${next}` })).id;
  await crm.call(crm.admin, 'DELETE', `/contacts(${deleted})`);
  ids = { company, other, deal, contact, deleted };
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly status: number;
}

const OPERATIONS: Readonly<Record<string, () => Asked>> = {
  create: () => ({ method: 'POST', path: '/deals', body: { name: 'New', company_id: ids.company }, status: 201 }),
  'create with links': () => ({
    ...{ method: 'POST', path: '/contacts', status: 201 },
    body: { last_name: 'Linked', 'company@odata.bind': `companies(${ids.company})` },
  }),
  'create in a collection': () => ({
    ...{ method: 'POST', path: `/companies(${ids.company})/contacts`, body: { last_name: 'Below' }, status: 201 },
  }),
  update: () => ({ method: 'PATCH', path: `/deals(${ids.deal})`, body: { name: 'Changed' }, status: 204 }),
  'update that shows': () => ({
    ...{ method: 'PATCH', path: `/deals(${ids.deal})?$expand=company($select=name)`, body: { probability: 7 } },
    ...{ headers: { prefer: 'return=representation' }, status: 200 },
  }),
  'update with a version': () => ({
    ...{ method: 'PATCH', path: `/deals(${ids.deal})`, body: { name: 'Versioned' }, status: 204 },
    headers: { 'if-match': 'W/"1"' },
  }),
  'update by another key': () => ({
    ...{ method: 'PATCH', path: `/companies(external_id='E-${next}')`, body: { name: 'By key' }, status: 204 },
  }),
  'create by a key': () => ({
    ...{ method: 'PATCH', path: `/companies(external_id='U-${next}')`, body: { name: 'Upserted' }, status: 201 },
    headers: { prefer: 'return=representation' },
  }),
  'create with related records': () => ({
    ...{ method: 'POST', path: '/companies', status: 201 },
    body: { name: 'Deep', contacts: [{ last_name: 'One' }, { last_name: 'Two' }] },
  }),
  'change of a property': () => ({
    ...{ method: 'PUT', path: `/deals(${ids.deal})/name`, body: { value: 'By part' }, status: 204 },
  }),
  replace: () => ({ method: 'PUT', path: `/contacts(${ids.contact})`, body: { last_name: 'Put' }, status: 204 }),
  delete: () => ({ method: 'DELETE', path: `/contacts(${ids.contact})`, status: 204 }),
  'delete of a tree': () => ({ method: 'DELETE', path: `/deals(${ids.deal})`, status: 204 }),
  restore: () => ({ method: 'POST', path: `/contacts(${ids.deleted})/restore`, status: 204 }),
  'restore that shows': () => ({
    ...{ method: 'POST', path: `/contacts(${ids.deleted})/restore`, headers: { prefer: 'return=representation' } },
    status: 200,
  }),
  assign: () => ({ method: 'POST', path: `/deals(${ids.deal})/assign`, body: { owner_id: otto.id }, status: 204 }),
  share: () => ({
    ...{ method: 'POST', path: `/deals(${ids.deal})/share`, status: 204 },
    body: { principal_id: otto.id, rights: ['read'] },
  }),
  'assign many': () => ({
    ...{ method: 'POST', path: '/companies/assign', body: { ids: [ids.company, ids.other], owner_id: otto.id } },
    status: 200,
  }),
  'share many': () => ({
    ...{ method: 'POST', path: '/companies/share', status: 200 },
    body: { ids: [ids.company, ids.deal], principal_id: otto.id, rights: ['read'] },
  }),
  'hand over': () => ({
    ...{ method: 'POST', path: `/users(${crm.admin.id})/hand_over`, body: { owner_id: otto.id }, status: 200 },
  }),
  'trial of handing over': () => ({
    ...{ method: 'POST', path: `/users(${crm.admin.id})/hand_over`, status: 200 },
    body: { owner_id: otto.id, dry_run: true },
  }),
  redact: () => ({
    ...{ method: 'POST', path: `/contacts(${ids.contact})/redact`, body: { personal_data: true }, status: 204 },
  }),
  'set a reference': () => ({
    ...{ method: 'PUT', path: `/deals(${ids.deal})/company/$ref`, body: { '@odata.id': `companies(${ids.other})` } },
    status: 204,
  }),
  'clear a reference': () => ({ method: 'DELETE', path: `/contacts(${ids.contact})/company/$ref`, status: 204 }),
  bulk: () => ({
    ...{ method: 'POST', path: '/companies/bulk', status: 200 },
    body: { records: [{ name: 'B1' }, { nonsense: 1 }, { name: 'B2' }, { name: 'B3', external_id: `E-${next}` }] },
  }),
  'bulk of changes': () => ({
    ...{ method: 'POST', path: '/companies/bulk', status: 200 },
    body: {
      ...{ mode: 'upsert', key: 'external_id' },
      records: [
        { external_id: `E-${next}`, name: 'Changed' },
        { external_id: `N-${next}`, name: 'New' },
      ],
    },
  }),
  'atomic bulk': () => ({
    ...{ method: 'POST', path: '/companies/bulk', status: 200 },
    body: { atomic: true, records: [{ name: 'A1' }, { name: 'A2' }] },
  }),
  'refused atomic bulk': () => ({
    ...{ method: 'POST', path: '/companies/bulk', status: 400 },
    body: { atomic: true, records: [{ name: 'A3' }, { nonsense: 1 }] },
  }),
  'trial bulk': () => ({
    ...{ method: 'POST', path: '/companies/bulk', body: { dry_run: true, records: [{ name: 'Tried' }] }, status: 200 },
  }),
  preview: () => ({
    ...{ method: 'POST', path: '/preview_role_change', status: 200 },
    body: { role_assignments: { create: [{ role: 'sales_manager', user_id: otto.id }] } },
  }),
};

describe.each(Object.keys(OPERATIONS))('%s', (name) => {
  test('is done once, whether it is repeated at the same time or later', async () => {
    const { method, path, body, headers = {}, status } = (OPERATIONS[name] as () => Asked)();
    const all = { ...headers, ...repeatable() };
    const send = (): Promise<Answer> => crm.call(crm.admin, method, path, body, all);
    const [first, same] = await Promise.all([send(), send()]);
    expect(first.status, first.text ?? '').toBe(status);
    expect(first.headers['repeatability-result']).toBe('accepted');
    expect(told(same)).toEqual(told(first));
    const before = await traces(crm);
    expect(told(await send())).toEqual(told(first));
    expect(await traces(crm)).toEqual(before);
  });
});

test('the operations above leave traces where they are carried out', async () => {
  const before = await traces(crm);
  const { method, path, body } = (OPERATIONS['assign many'] as () => Asked)();
  await crm.call(crm.admin, method, path, body);
  expect(await traces(crm)).not.toEqual(before);
});

test('a trial stores nothing but its answer, and a bulk request what was told as stored', async () => {
  const count = async (name: string) =>
    (await crm.call(crm.admin, 'GET', `/companies/$count?$filter=startswith(name,'${name}')`)).text;
  const bulk = (body: object) => crm.call(crm.admin, 'POST', '/companies/bulk', body, repeatable());
  await bulk({ dry_run: true, records: [{ name: 'Trial' }] });
  expect(await count('Trial')).toBe('0');
  const records = Array.from({ length: 2_500 }, (_, n) => ({ name: `Stored ${n}`, ...(n % 3 === 0 ? { x: 1 } : {}) }));
  const { json } = await bulk({ records });
  const stored = json.results.filter((result: { status: number }) => result.status === 201).length;
  expect([stored, await count('Stored')]).toEqual([1_666, '1666']);
});
