// Parts of records that are written: one property, and the members of a collection that is the inverse of a lookup. Both are updates
// of one record, with its rights, checks, versions and change log.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let rita: Principal;
let ravi: Principal;
let companyId: string;
let contactId: string;
beforeAll(async () => {
  crm = await startCrm();
  const units = [];
  for (const name of ['North', 'South'])
    units.push(await crm.create('business_units', { name, parent_id: crm.rootUnitId }));
  rita = await crm.user('Rita', ['sales_representative'], units[0].id);
  ravi = await crm.user('Ravi', ['sales_representative'], units[1].id);
});
afterAll(() => crm.close());

beforeEach(async () => {
  companyId = (await crm.create('companies', { name: 'Acme', headcount: 7, owner_id: rita.id })).id;
  contactId = (await crm.create('contacts', { last_name: 'Smith', owner_id: rita.id })).id;
});

const call = (method: string, path: string, body?: unknown, principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(principal, method, path, body, headers);
const refused = ({ status, json }: Answer): unknown[] => [status, json?.code, json?.target];
const company = async (): Promise<Record<string, unknown>> => (await call('GET', `/companies(${companyId})`)).json;
const changes = async (set: string, id: string): Promise<unknown[]> =>
  (await call('GET', `/${set}(${id})/changes?$filter=operation eq 'update'`)).json.value.flatMap(
    ({ changes: of }: { changes: unknown[] }) => of,
  );

describe('PUT of a property', () => {
  test('is an update of it alone, in the change log, and answers with the new version', async () => {
    const { status, text, headers } = await call('PUT', `/companies(${companyId})/headcount`, { value: 9 });
    expect([status, text, headers.etag]).toEqual([204, null, 'W/"2"']);
    expect(await company()).toMatchObject({ name: 'Acme', headcount: 9, version: 2 });
    expect(await changes('companies', companyId)).toEqual([{ property: 'headcount', before: 7, after: 9 }]);
  });

  test('shows the property on request, and nothing of the rest', async () => {
    const prefer = { prefer: 'return=representation' };
    const { status, json, headers } = await call('PUT', `/companies(${companyId})/name`, { value: 'B' }, rita, prefer);
    expect([status, json.value, headers['preference-applied']]).toEqual([200, 'B', 'return=representation']);
    expect(json['@odata.context']).toBe(`http://crm.test/api/v1/$metadata#companies(${companyId})/name`);
    const none = await call('PUT', `/companies(${companyId})/website`, { value: null }, rita, prefer);
    expect(none.status).toBe(204);
  });

  test('goes through the rights, checks and preconditions of an update', async () => {
    const at = `/companies(${companyId})`;
    const wrong = await call('PUT', `${at}/headcount`, { value: 'many' });
    expect([...refused(wrong), wrong.json.details[0].target]).toEqual([
      400,
      'validation_failed',
      undefined,
      'headcount',
    ]);
    expect(refused(await call('PUT', `${at}/version`, { value: 9 }))[1]).toBe('validation_failed');
    expect(refused(await call('PUT', `${at}/id`, { value: contactId }))[1]).toBe('validation_failed');
    expect(refused(await call('PUT', `${at}/name`, { value: 'X' }, ravi))).toEqual([404, 'not_found', undefined]);
    const stale = await call('PUT', `${at}/name`, { value: 'X' }, rita, { 'if-match': 'W/"9"' });
    expect(refused(stale).slice(0, 2)).toEqual([412, 'precondition_failed']);
    expect(refused(await call('PUT', `${at}/name`, { value: 'X' }, rita, { 'if-none-match': '*' }))[0]).toBe(501);
    for (const body of ['', '[]', '{}', '{"value":1,"value":2}', '{"value":1,"x":2}', '{"name":"x"}'])
      expect((await call('PUT', `${at}/name`, body)).status, body).toBe(400);
    expect(refused(await call('PUT', `${at}/name?$select=name`, { value: 'X' }))[2]).toBe('$select');
    expect(refused(await call('PUT', `${at}/name/$value`, { value: 'X' }))[0]).toBe(415);
    expect(refused(await call('PUT', `/companies/deleted(${companyId})/name`, { value: 'X' }))[0]).toBe(404);
    expect(await company()).toMatchObject({ name: 'Acme', version: 1 });
  });

  test('takes values of every kind: exact numbers, members of a lookup pair, and control information around them', async () => {
    const deal = await crm.create('deals', { name: 'Roof' });
    const text = '{"@odata.context":"x","@odata.type":"#Decimal","value":123456789012345.6789}';
    expect((await call('PUT', `/deals(${deal.id})/amount`, text)).status).toBe(204);
    expect((await call('GET', `/deals(${deal.id})/amount/$value`)).text).toBe('123456789012345.6789');
    expect((await call('PUT', `/deals(${deal.id})/company_id`, { value: companyId })).status).toBe(204);
    expect((await call('GET', `/deals(${deal.id})/company`)).json.name).toBe('Acme');
  });

  test('is part of an atomic group like any update', async () => {
    const put = (id: string, value: unknown) => ({
      id,
      method: 'PUT',
      url: `companies(${companyId})/headcount`,
      body: { value },
      atomicityGroup: 'g',
    });
    const { json } = await call('POST', '/$batch', { requests: [put('1', 11), put('2', 'many')] });
    expect(json.responses.map(({ status }: { status: number }) => status)).toEqual([424, 400]);
    expect(await company()).toMatchObject({ headcount: 7, version: 1 });
  });
});

test('DELETE of a property makes it null, unless it is required', async () => {
  const at = `/companies(${companyId})`;
  expect((await call('DELETE', `${at}/headcount`, undefined, rita)).status).toBe(204);
  expect(await company()).toMatchObject({ headcount: null, version: 2 });
  expect(refused(await call('DELETE', `${at}/name`))[1]).toBe('validation_failed');
  expect(refused(await call('DELETE', `${at}/headcount`, undefined, ravi))[0]).toBe(404);
  const stale = await call('DELETE', `${at}/headcount`, undefined, rita, { 'if-match': 'W/"1"' });
  expect(stale.status).toBe(412);
});

describe('a reference to a member of the inverse of a lookup', () => {
  const members = async (): Promise<string[]> =>
    (await call('GET', `/companies(${companyId})/contacts?$select=id`)).json.value.map(({ id }: { id: string }) => id);
  const add = (principal = crm.admin, member = contactId, headers = {}): Promise<Answer> =>
    call('POST', `/companies(${companyId})/contacts/$ref`, { '@odata.id': `contacts(${member})` }, principal, headers);
  const remove = (principal = crm.admin, member = contactId): Promise<Answer> =>
    call('DELETE', `/companies(${companyId})/contacts(${member})/$ref`, undefined, principal);

  test('is made and taken away by writing the lookup of the member', async () => {
    expect((await add(rita)).status).toBe(204);
    expect(await members()).toEqual([contactId]);
    expect((await add(rita)).status).toBe(204);
    expect((await call('GET', `/contacts(${contactId})`)).json.version).toBe(2);
    expect(await changes('contacts', contactId)).toEqual([{ property: 'company_id', before: null, after: companyId }]);
    const named = encodeURIComponent(`contacts(${contactId})`);
    const gone = await call('DELETE', `/companies(${companyId})/contacts/$ref?$id=${named}`, undefined, rita);
    expect([gone.status, await members()]).toEqual([204, []]);
    expect(refused(await remove(rita))).toEqual([404, 'not_found', undefined]);
  });

  test('takes a record from where it was, and only its own away', async () => {
    const other = await crm.create('companies', { name: 'Other' });
    await call('PATCH', `/contacts(${contactId})`, { company_id: other.id });
    expect(refused(await remove())).toEqual([404, 'not_found', undefined]);
    expect((await add()).status).toBe(204);
    expect((await call('GET', `/companies(${other.id})/contacts/$count`)).text).toBe('0');
  });

  test('needs the rights of the update, and hidden records are missing ones', async () => {
    expect(refused(await add(ravi))).toEqual([404, 'not_found', undefined]);
    expect(refused(await remove(ravi))).toEqual([404, 'not_found', undefined]);
    const own = await crm.create('contacts', { last_name: 'Own', owner_id: ravi.id });
    expect(refused(await add(ravi, own.id))).toEqual([404, 'not_found', undefined]);
    for (const hidden of [own.id, crypto.randomUUID()])
      expect(refused(await add(rita, hidden))).toEqual([400, 'target_not_found', '@odata.id']);
    const shared = { principal_id: rita.id, rights: ['read'] };
    await call('POST', `/contacts(${own.id})/share`, shared);
    expect(refused(await add(await crm.principal(rita.id), own.id)).slice(0, 2)).toEqual([
      403,
      'missing_privilege_on_record',
    ]);
    expect(await members()).toEqual([]);
  });

  test('promises no precondition, and keeps what is required', async () => {
    expect(refused(await add(rita, contactId, { 'if-match': 'W/"1"' }))[0]).toBe(501);
    const deal = await crm.create('deals', { name: 'Roof' });
    const link = await crm.create('deal_contacts', { deal_id: deal.id, contact_id: contactId });
    const answer = await call('DELETE', `/deals(${deal.id})/deal_contacts(${link.id})/$ref`);
    expect([answer.status, answer.json.details[0]]).toMatchObject([400, { code: 'read_only', target: 'deal_id' }]);
    expect(refused(await call('DELETE', `/deals(${deal.id})/contacts(${contactId})/$ref`))[1]).toBe(
      'links_are_records',
    );
  });

  test('of one of several targets sets the type as well', async () => {
    const other = await crm.create('deals', { name: 'Wall' });
    const deal = await crm.create('deals', { name: 'Roof' });
    const activity = await crm.create('activities', {
      subject: 'Call',
      kind: 'call',
      regarding_id: other.id,
      regarding_type: 'deal',
    });
    const at = `/companies(${companyId})/activities`;
    expect((await call('POST', `${at}/$ref`, { '@odata.id': `activities(${activity.id})` })).status).toBe(204);
    const read = async () => (await call('GET', `/activities(${activity.id})`)).json;
    expect(await read()).toMatchObject({ regarding_id: companyId, regarding_type: 'company' });
    expect(refused(await call('DELETE', `/deals(${deal.id})/activities(${activity.id})/$ref`))[0]).toBe(404);
    expect((await call('DELETE', `${at}(${activity.id})/$ref`)).status).toBe(204);
    expect(await read()).toMatchObject({ regarding_id: null, regarding_type: null });
  });

  test('members that are removed by several at once are removed once', async () => {
    await add();
    const answers = await Promise.all(Array.from({ length: 6 }, () => remove()));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404, 404]);
    expect(await members()).toEqual([]);
  });
});
