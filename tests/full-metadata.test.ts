// Answers with full metadata, and without nulls: what they tell of each record, and where they are not to be had.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let companyId: string;
let dealId: string;
let narrow: Principal;
beforeAll(async () => {
  crm = await startCrm();
  narrow = await crm.user('Nina', ['marketing']);
  companyId = (await crm.create('companies', { name: 'Acme', headcount: 7 })).id;
  dealId = (await crm.create('deals', { name: 'Roof', amount: '12345678901234.5678', company_id: companyId })).id;
});
afterAll(() => crm?.close());

const FULL = 'application/json;odata.metadata=full';
const ask = (path: string, headers: object = { accept: FULL }, principal = crm.admin): Promise<Answer> =>
  crm.call(principal, 'GET', path, undefined, { ...headers });
const ROOT = 'http://crm.test/api/v1';

describe('full metadata', () => {
  test('tells type, id, links and types of values of a record', async () => {
    const { json, headers, text } = await ask(`/deals(${dealId})`);
    expect(headers['content-type']).toBe('application/json;odata.metadata=full;charset=utf-8');
    const url = `${ROOT}/deals(${dealId})`;
    expect(json).toMatchObject({
      '@odata.context': `${ROOT}/$metadata#deals/$entity`,
      '@odata.type': '#kartoteka.deal',
      '@odata.id': url,
      '@odata.editLink': url,
      '@odata.etag': 'W/"1"',
      'id@odata.type': '#Guid',
      'amount@odata.type': '#Decimal',
      'created_on@odata.type': '#DateTimeOffset',
      'company@odata.navigationLink': `${url}/company`,
      'company@odata.associationLink': `${url}/company/$ref`,
      'contacts@odata.navigationLink': `${url}/contacts`,
    });
    expect(text).toContain('"amount":12345678901234.5678');
    expect([json['name@odata.type'], json['close_date@odata.type']]).toEqual([undefined, undefined]);
    for (const link of ['company@odata.navigationLink', 'company@odata.associationLink'])
      expect((await ask(String(json[link]).replace(ROOT, ''), {})).status).toBe(200);
  });

  test('tells what is selected and expanded, and takes no id along that was not asked for', async () => {
    const { json } = await ask(`/deals?$select=name&$expand=company($select=name)&$filter=id eq ${dealId}`);
    const [deal] = json.value;
    expect(Object.keys(deal)).toEqual([
      ...['@odata.type', '@odata.id', '@odata.editLink', '@odata.etag', 'name', 'company'],
      ...['company@odata.associationLink', 'company@odata.navigationLink'],
    ]);
    expect(deal.company).toMatchObject({ '@odata.id': `${ROOT}/companies(${companyId})`, name: 'Acme' });
    expect(deal.company.id).toBeUndefined();
    expect(json['@odata.context']).toBe(`${ROOT}/$metadata#deals(name,company(name))`);
    const page = await ask('/deals?$select=name,id&$count=true', { accept: `${FULL};IEEE754Compatible=true` });
    expect(page.headers['content-type']).toContain('odata.metadata=full;IEEE754Compatible=true');
    expect([page.json.value[0].id === undefined, page.json['@odata.count']]).toEqual([false, '1']);
  });

  test('leads nowhere that the reader may not look', async () => {
    const { json } = await ask('/companies?$top=1', { accept: FULL }, narrow);
    const [company = {}] = json.value;
    for (const name of Object.keys(company).filter((each) => each.endsWith('@odata.navigationLink')))
      expect((await ask(String(company[name]).replace(ROOT, ''), {}, narrow)).status, name).not.toBe(403);
    expect(json.value.length).toBe(1);
  });

  test('is told in answers of writes, and not where records are grouped or followed', async () => {
    const answer = await crm.call(crm.admin, 'POST', '/companies?$select=name', { name: 'New' }, { accept: FULL });
    expect(answer.json).toMatchObject({ '@odata.type': '#kartoteka.company', name: 'New' });
    expect(answer.json['@odata.id']).toBe(answer.headers.location);
    expect((await ask('/deals?$apply=groupby((stage))')).status).toBe(501);
    expect((await ask('/deals', { accept: FULL, prefer: 'odata.track-changes' })).status).toBe(501);
    expect((await ask(`/deals(${dealId})/amount`)).status).toBe(501);
    expect((await ask('/deals', { accept: `${FULL},application/json;q=0.5` })).headers['content-type']).toContain(
      'full',
    );
    expect((await ask(`/deals(${dealId})/amount`, { accept: `${FULL},application/json;q=0.5` })).status).toBe(200);
  });
});

describe('omit-values=nulls', () => {
  test('leaves nulls out, of expanded records as well, and says so', async () => {
    const prefer = { prefer: 'omit-values=nulls' };
    const { json, headers } = await ask(`/deals(${dealId})?$expand=company,campaign`, prefer);
    expect(headers['preference-applied']).toBe('omit-values=nulls');
    expect(Object.values(json).filter((value) => value === null)).toEqual([null]);
    expect([json.campaign, json.next_step, json.name]).toEqual([null, undefined, 'Roof']);
    expect(Object.values(json.company)).not.toContain(null);
    const list = await ask('/deals?$select=name,next_step', { prefer: 'omit-values="nulls", maxpagesize=1' });
    expect(Object.keys(list.json.value[0])).toEqual(['@odata.etag', 'name']);
    expect(list.headers['preference-applied']).toContain('omit-values=nulls');
    const written = await crm.call(
      crm.admin,
      'PATCH',
      `/deals(${dealId})`,
      { next_step: null },
      {
        prefer: 'return=representation, omit-values=nulls',
      },
    );
    expect([written.json.next_step, written.headers['preference-applied']]).toEqual([
      undefined,
      'return=representation, omit-values=nulls',
    ]);
  });

  test('of another kind is ignored, as a preference may be', async () => {
    const { json, headers } = await ask(`/deals(${dealId})?$select=next_step`, { prefer: 'omit-values=defaults' });
    expect([json.next_step, headers['preference-applied']]).toEqual([null, undefined]);
  });
});
