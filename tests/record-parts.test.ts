// Parts of records as resources of their own, and records replaced as a whole.

import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let representative: Principal;
let marketing: Principal;
let companyId: string;
let dealId: string;
beforeAll(async () => {
  crm = await startCrm();
  representative = await crm.user('Rita', ['sales_representative']);
  marketing = await crm.user('Mark', ['marketing']);
});
afterAll(() => crm.close());

beforeEach(async () => {
  companyId = (await crm.create('companies', { name: 'Acme', headcount: 7, description: 'two\nlines' })).id;
  const deal = { name: 'Roof', company_id: companyId, amount: '12345678901234.5678', close_date: '2026-02-28' };
  dealId = (await crm.create('deals', { ...deal, owner_id: representative.id })).id;
});

const call = (method: string, path: string, body?: unknown, principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(principal, method, path, body, headers);
const get = (path: string, principal = crm.admin, headers = {}): Promise<Answer> =>
  call('GET', path, undefined, principal, headers);

describe('a property', () => {
  test('is its value with a context, exact to the last digit', async () => {
    const { status, text, json } = await get(`/deals(${dealId})/amount`);
    expect([status, text]).toEqual([
      200,
      `{"@odata.context":"http://crm.test/api/v1/$metadata#deals(${dealId})/amount","value":12345678901234.5678}`,
    ]);
    expect(json['@odata.context']).toContain(`#deals(${dealId})/amount`);
    const accept = 'application/json;odata.metadata=none;IEEE754Compatible=true';
    expect((await get(`/deals(${dealId})/amount`, crm.admin, { accept })).text).toBe('{"value":"12345678901234.5678"}');
    expect((await get(`/deals/${dealId}/close_date?$format=json`)).json.value).toBe('2026-02-28');
    expect((await get(`/deals(${dealId})/weighted_amount_currency`)).json.value).toBe('USD');
  });

  test('that is null answers 204, as a value as well', async () => {
    expect((await get(`/deals(${dealId})/next_step`)).status).toBe(204);
    expect((await get(`/deals(${dealId})/next_step/$value`)).status).toBe(204);
  });

  test('is text alone with $value', async () => {
    const raw = async (path: string): Promise<unknown[]> => {
      const { status, text, headers } = await get(`${path}/$value`);
      return [status, text, headers['content-type']];
    };
    const plain = 'text/plain;charset=utf-8';
    expect(await raw(`/companies(${companyId})/description`)).toEqual([200, 'two\nlines', plain]);
    expect(await raw(`/deals(${dealId})/amount`)).toEqual([200, '12345678901234.5678', plain]);
    expect(await raw(`/companies(${companyId})/headcount`)).toEqual([200, '7', plain]);
  });

  test('is hidden with its record, and refused where it is secured', async () => {
    expect((await get(`/deals(${dealId})/name`, representative)).json.value).toBe('Roof');
    const hidden = (await crm.create('deals', { name: 'Hidden' })).id;
    const missing = '00000000-0000-0000-0000-000000000000';
    const [a, b] = [
      await get(`/deals(${hidden})/name`, representative),
      await get(`/deals(${missing})/name`, representative),
    ];
    expect([a.status, a.json]).toEqual([404, b.json]);
    const contact = await crm.create('contacts', { last_name: 'Smith', birth_date: '1990-01-01' });
    expect((await get(`/contacts(${contact.id})/birth_date`)).json.value).toBe('1990-01-01');
    for (const path of ['birth_date', 'birth_date/$value']) {
      const refused = await get(`/contacts(${contact.id})/${path}`, marketing);
      expect([refused.status, refused.json.code]).toEqual([403, 'secured_property']);
    }
  });

  test('takes no options, and no PATCH', async () => {
    expect((await get(`/deals(${dealId})/name?$select=name`)).json).toMatchObject({
      code: 'invalid_option',
      target: '$select',
    });
    expect((await get(`/deals(${dealId})/name/$value?$format=json`)).json.code).toBe('invalid_option');
    expect((await get(`/deals(${dealId})/name/$other`)).json.code).toBe('not_supported');
    expect((await get(`/deals(${dealId})/name/other`)).json.code).toBe('unknown_resource');
    expect((await call('PATCH', `/deals(${dealId})/name`, { value: 'x' })).status).toBe(405);
  });

  test('is put and deleted as a change of the record', async () => {
    const path = `/deals(${dealId})/next_step`;
    const put = await call('PUT', path, { '@odata.context': 'x', value: 'Call' }, crm.admin, { 'if-match': 'W/"1"' });
    expect([put.status, put.headers.etag]).toEqual([204, 'W/"2"']);
    const shown = await call('PUT', `/deals(${dealId})/amount`, '{"value":12345678901234.5679}', crm.admin, {
      prefer: 'return=representation',
    });
    expect([shown.status, shown.headers['preference-applied'], shown.text]).toEqual([
      200,
      'return=representation',
      `{"@odata.context":"http://crm.test/api/v1/$metadata#deals(${dealId})/amount","value":12345678901234.5679}`,
    ]);
    expect((await call('DELETE', path, undefined, crm.admin, { 'if-match': 'W/"2"' })).status).toBe(412);
    expect((await call('DELETE', path, undefined, crm.admin, { prefer: 'return=representation' })).status).toBe(204);
    expect((await get(path)).status).toBe(204);
    expect((await call('PUT', `/deals(${dealId})/company_id`, { value: companyId })).status).toBe(204);
    expect((await get(`/deals(${dealId})`)).json).toMatchObject({ next_step: null, company_id: companyId });
  });

  test('is put and deleted as a value alone', async () => {
    const text = { 'content-type': 'text/plain;charset=utf-8' };
    const put = (path: string, body: string, headers = {}): Promise<Answer> =>
      call('PUT', `/companies(${companyId})/${path}/$value`, body, crm.admin, { ...text, ...headers });
    expect((await put('description', 'one\ntwo "quoted"')).status).toBe(204);
    expect((await put('headcount', '12')).status).toBe(204);
    expect((await get(`/companies(${companyId})`)).json).toMatchObject({
      description: 'one\ntwo "quoted"',
      headcount: 12,
    });
    const shown = await put('headcount', '13', { prefer: 'return=representation' });
    expect([shown.status, shown.text, shown.headers['content-type']]).toEqual([200, '13', 'text/plain;charset=utf-8']);
    expect((await put('headcount', 'many')).json.details).toMatchObject([{ target: 'headcount' }]);
    expect((await put('description', 'x', { 'content-type': 'application/json' })).status).toBe(415);
    expect((await call('DELETE', `/companies(${companyId})/headcount/$value`)).status).toBe(204);
    expect((await get(`/companies(${companyId})/headcount`)).status).toBe(204);
  });

  test('is judged like a change', async () => {
    const code = async (method: string, path: string, body?: unknown, principal = crm.admin): Promise<string> => {
      const { status, json } = await call(method, path, body, principal);
      return `${status} ${json?.details?.[0]?.code ?? json?.code} ${json?.details?.[0]?.target ?? json?.target}`;
    };
    const at = `/deals(${dealId})`;
    expect(await code('DELETE', `${at}/name`)).toBe('400 required name');
    expect(await code('PUT', `${at}/number`, { value: 'D-1' })).toBe('400 read_only number');
    expect(await code('PUT', `${at}/close_date`, { value: 'soon' })).toBe('400 invalid_value close_date');
    for (const body of [{}, { value: 1, other: 2 }, { name: 'x' }])
      expect(await code('PUT', `${at}/name`, body)).toBe('400 invalid_value value');
    expect(await code('PUT', `${at}/name?$select=name`, { value: 'x' })).toBe('400 invalid_option $select');
    const hidden = (await crm.create('deals', { name: 'Hidden' })).id;
    for (const id of [hidden, '00000000-0000-0000-0000-000000000000'])
      expect(await code('PUT', `/deals(${id})/name`, { value: 'x' }, representative)).toBe('404 not_found undefined');
    const contact = await crm.create('contacts', { last_name: 'Smith', owner_id: representative.id });
    const secured = `/contacts(${contact.id})/birth_date`;
    expect(await code('PUT', secured, { value: '1990-01-01' }, marketing)).toMatch(/^403 /);
  });

  test('is put in an atomic group', async () => {
    const requests = [
      { id: '1', method: 'PUT', url: `deals(${dealId})/name`, body: { value: 'Grouped' }, atomicityGroup: 'g' },
      { id: '2', method: 'DELETE', url: `deals(${dealId})/amount`, atomicityGroup: 'g' },
    ];
    const { json } = await call('POST', '/$batch', { requests });
    expect(json.responses.map(({ status }: Answer) => status)).toEqual([204, 204]);
    expect((await get(`/deals(${dealId})`)).json).toMatchObject({ name: 'Grouped', amount: null });
  });
});

describe('the record of a lookup', () => {
  test('is read with the options of a record, and has its own tag', async () => {
    const { status, json, headers } = await get(`/deals(${dealId})/company?$select=name&$expand=deals($select=name)`);
    expect([status, headers.etag]).toEqual([200, 'W/"1"']);
    expect(json).toMatchObject({ name: 'Acme', deals: [{ name: 'Roof' }] });
    expect(json['@odata.context']).toBe('http://crm.test/api/v1/$metadata#companies(name,deals(name))/$entity');
    expect(
      (await get(`/deals(${dealId})/company`, crm.admin, { 'if-none-match': 'W/"1"' })).json?.id ?? companyId,
    ).toBe(companyId);
    expect((await get(`/deals(${dealId})/created_by?$select=id`)).json.id).toBe(crm.admin.id);
  });

  test('answers 204 where the lookup is empty or its record hidden, and 404 with its own record', async () => {
    expect((await get(`/deals(${dealId})/campaign`)).status).toBe(204);
    const other = await crm.create('business_units', { name: `Unit ${dealId}`, parent_id: crm.rootUnitId });
    const owner = await crm.user(`Otto ${dealId}`, ['sales_representative'], other.id);
    await call('PATCH', `/companies(${companyId})`, { owner_id: owner.id });
    expect((await get(`/deals(${dealId})/company`, representative)).status).toBe(204);
    expect((await get(`/deals(${dealId})/company`)).status).toBe(200);
    const hidden = (await crm.create('deals', { name: 'Hidden', company_id: companyId })).id;
    expect((await get(`/deals(${hidden})/company`, representative)).status).toBe(404);
  });

  test('of one of several targets is there where it is of that kind', async () => {
    const { id } = await crm.create('activities', {
      subject: 'Call',
      kind: 'call',
      regarding_id: dealId,
      regarding_type: 'deal',
    });
    expect((await get(`/activities(${id})/regarding_deal?$select=name`)).json.name).toBe('Roof');
    expect((await get(`/activities(${id})/regarding_contact`)).status).toBe(204);
  });

  test('is not written this way', async () => {
    expect((await call('PATCH', `/deals(${dealId})/company`, { name: 'x' })).status).toBe(405);
  });
});

describe('the reference of a lookup', () => {
  const ref = (url: string): unknown => ({ '@odata.id': url });

  test('is read, set and taken away as a change of its record', async () => {
    expect((await get(`/deals(${dealId})/company/$ref`)).json).toEqual({
      '@odata.context': 'http://crm.test/api/v1/$metadata#$ref',
      '@odata.id': `http://crm.test/api/v1/companies(${companyId})`,
    });
    const other = (await crm.create('companies', { name: 'Other' })).id;
    const set = await call('PUT', `/deals(${dealId})/company/$ref`, ref(`companies(${other})`), crm.admin, {
      'if-match': 'W/"1"',
    });
    expect([set.status, set.headers.etag]).toEqual([204, 'W/"2"']);
    expect((await get(`/deals(${dealId})/company?$select=name`)).json.name).toBe('Other');
    expect(
      (await call('DELETE', `/deals(${dealId})/company/$ref`, undefined, crm.admin, { 'if-match': 'W/"1"' })).status,
    ).toBe(412);
    expect((await call('DELETE', `/deals(${dealId})/company/$ref`)).status).toBe(204);
    expect((await get(`/deals(${dealId})/company/$ref`)).status).toBe(204);
  });

  test('of one of several targets sets which one it is', async () => {
    const { id } = await crm.create('activities', {
      subject: 'Call',
      kind: 'call',
      regarding_id: dealId,
      regarding_type: 'deal',
    });
    expect(
      (await call('PUT', `/activities(${id})/regarding_company/$ref`, ref(`companies(${companyId})`))).status,
    ).toBe(204);
    expect((await get(`/activities(${id})`)).json).toMatchObject({
      regarding_id: companyId,
      regarding_type: 'company',
    });
    expect((await get(`/activities(${id})/regarding_deal/$ref`)).status).toBe(204);
  });

  test('is judged like a change', async () => {
    const code = async (method: string, path: string, body?: unknown, principal = crm.admin): Promise<unknown[]> => {
      const { status, json } = await call(method, path, body, principal);
      return [status, json?.code, json?.details?.[0]?.target ?? json?.target];
    };
    const at = `/deals(${dealId})/company/$ref`;
    expect(await code('PUT', at, ref(`deals(${dealId})`))).toEqual([400, 'invalid_value', '@odata.id']);
    expect(await code('PUT', at, {})).toEqual([400, 'invalid_value', '@odata.id']);
    expect(await code('PUT', at, ref('companies(00000000-0000-0000-0000-000000000000)'))).toEqual([
      400,
      'validation_failed',
      'company_id',
    ]);
    expect(await code('PUT', `/deals(${dealId})/created_by/$ref`, ref(`users(${crm.admin.id})`))).toEqual([
      400,
      'validation_failed',
      'created_by_id',
    ]);
    expect(await code('DELETE', `${at}?$id=companies(1)`)).toEqual([400, 'invalid_option', '$id']);
    const hidden = (await crm.create('deals', { name: 'Hidden' })).id;
    expect(await code('DELETE', `/deals(${hidden})/company/$ref`, undefined, representative)).toEqual([
      404,
      'not_found',
      undefined,
    ]);
    expect(await code('POST', at, ref(`companies(${companyId})`))).toEqual([405, 'method_not_allowed', undefined]);
  });
});

describe('POST to a collection of a record', () => {
  test('makes a record that belongs to it', async () => {
    const { status, json, headers } = await call(
      'POST',
      `/companies(${companyId})/contacts?$select=last_name,company_id`,
      { last_name: 'Smith' },
    );
    expect([status, json.last_name, json.company_id]).toEqual([201, 'Smith', companyId]);
    expect(headers.location).toMatch(/\/contacts\([0-9a-f-]{36}\)$/);
    const same = { last_name: 'Jones', 'company@odata.bind': `companies(${companyId})` };
    expect((await call('POST', `/companies(${companyId})/contacts`, same)).status).toBe(201);
    const call2 = await call('POST', `/deals(${dealId})/activities`, { subject: 'Call', kind: 'call' });
    expect(call2.json).toMatchObject({ regarding_id: dealId, regarding_type: 'deal' });
  });

  test('refuses another record than that of the URL, a hidden one, and links that are records', async () => {
    const other = (await crm.create('companies', { name: 'Other' })).id;
    const body = { last_name: 'Smith', company_id: other };
    expect((await call('POST', `/companies(${companyId})/contacts`, body)).json).toMatchObject({
      code: 'invalid_value',
      target: 'company_id',
    });
    const hidden = (await crm.create('deals', { name: 'Hidden' })).id;
    const note = { subject: 'Call', kind: 'call' };
    const missing = '00000000-0000-0000-0000-000000000000';
    const [a, b] = [
      await call('POST', `/deals(${hidden})/activities`, note, representative),
      await call('POST', `/deals(${missing})/activities`, note, representative),
    ];
    expect([a.status, a.json]).toEqual([404, b.json]);
    expect((await call('POST', `/deals(${dealId})/contacts`, { last_name: 'x' })).json.code).toBe('links_are_records');
  });
});

describe('PUT', () => {
  test('gives every field that is not named its default, or null', async () => {
    await call('PATCH', `/deals(${dealId})`, { next_step: 'Call', probability: 30, source: 'referral' });
    const { status } = await call('PUT', `/deals(${dealId})`, { name: 'Replaced' });
    expect(status).toBe(204);
    const { json } = await get(`/deals(${dealId})`);
    expect(json).toMatchObject({
      name: 'Replaced',
      company_id: null,
      amount: null,
      next_step: null,
      close_date: null,
      source: null,
      pipeline: 'sales',
      owner_id: representative.id,
      version: 3,
    });
    const fresh = await crm.create('deals', { name: 'Replaced' });
    const same = (record: Record<string, unknown>): unknown =>
      Object.fromEntries(
        Object.entries(record).filter(([name]) => !/^@|^id$|_on$|_by_id$|owner|owning|version|number/.test(name)),
      );
    expect(same(json)).toEqual(same(fresh));
  });

  test('is judged like a change: what is required, the version, rights', async () => {
    const nothing = await call('PUT', `/deals(${dealId})`, {});
    expect(nothing.json).toMatchObject({ code: 'validation_failed', details: [{ code: 'required', target: 'name' }] });
    expect((await call('PUT', `/deals(${dealId})`, { name: 'x' }, crm.admin, { 'if-match': 'W/"9"' })).status).toBe(
      412,
    );
    const hidden = (await crm.create('deals', { name: 'Hidden' })).id;
    expect((await call('PUT', `/deals(${hidden})`, { name: 'x' }, representative)).status).toBe(404);
    const answer = await call(
      'PUT',
      `/deals(${dealId})`,
      { name: 'Mine', 'company@odata.bind': `companies(${companyId})` },
      crm.admin,
      {
        prefer: 'return=representation',
      },
    );
    expect([answer.status, answer.json.name, answer.json.company_id]).toEqual([200, 'Mine', companyId]);
  });

  test('leaves what the caller may not write: secured fields, numbers, the owner', async () => {
    const contact = await crm.create('contacts', {
      last_name: 'Smith',
      birth_date: '1990-01-01',
      owner_id: representative.id,
    });
    const role = await crm.user(`Plain ${contact.id}`, ['sales_representative']);
    await call('PATCH', `/contacts(${contact.id})`, { owner_id: role.id });
    expect(role.permits('contact', 'birth_date', 'update')).toBe(false);
    expect(
      (await call('PUT', `/contacts(${contact.id})`, { last_name: 'Jones' }, await crm.principal(role.id))).status,
    ).toBe(204);
    expect((await get(`/contacts(${contact.id})`)).json).toMatchObject({
      last_name: 'Jones',
      birth_date: '1990-01-01',
      owner_id: role.id,
    });
    const { number } = (await get(`/deals(${dealId})`)).json;
    await call('PUT', `/deals(${dealId})`, { name: 'Again' });
    expect((await get(`/deals(${dealId})`)).json.number).toBe(number);
  });
});

test('what is in the recycle bin is read in parts, and not written', async () => {
  const company = await crm.create('companies', { name: 'Kept' });
  const deal = await crm.create('deals', { name: 'Gone', company_id: company.id });
  await crm.call(crm.admin, 'DELETE', `/deals(${deal.id})`);
  const path = `/deals/deleted(${deal.id})`;
  const reference = { '@odata.id': `companies(${company.id})` };
  const call = async (method: string, part: string, body?: object): Promise<unknown[]> => {
    const { status, json } = await crm.call(crm.admin, method, path + part, body);
    return [status, json?.code ?? json?.['@odata.id'] ?? json?.name];
  };
  expect(await call('GET', '/company/$ref')).toEqual([200, expect.stringContaining(company.id)]);
  expect(await call('GET', '/company?$select=name')).toEqual([200, 'Kept']);
  expect(await call('PUT', '/company/$ref', reference)).toEqual([405, 'method_not_allowed']);
  expect(await call('DELETE', '/company/$ref')).toEqual([405, 'method_not_allowed']);
  expect(await call('POST', '/contacts', { last_name: 'New' })).toEqual([405, 'method_not_allowed']);
});
