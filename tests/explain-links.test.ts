// Errors of rights lead to the explanation of the right that is missing: on the record that may be read, else on the entity, and in
// the same way for one record and for many.
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, startCrm, statementsOf } from './crm-kit.ts';
import { role } from './ownership-kit.ts';

const BASE = 'http://crm.test/api/v1';
const MISSING = '01900000-0000-7000-8000-00000000dead';

let crm: Crm;
let anna: Principal;
let viewer: Principal;
let company: string;
let hidden: string;
let own: string;

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const company_ = { read: 'organization', write: 'user', share: 'user' };
  crm = await startCrm({ documents: [...shipped, role('viewer', { company: company_, deal: { '*': 'user' } })] });
  const south = (await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId })).id;
  anna = await crm.user('Anna', ['sales_representative']);
  viewer = await crm.user('Viewer', ['viewer']);
  const other = await crm.user('Other', ['sales_representative'], south);
  company = (await crm.create('companies', { name: 'Acme', external_id: 'A' })).id;
  hidden = (await crm.create('companies', { name: 'Hidden', external_id: 'H' }, other)).id;
  own = (await crm.create('companies', { name: 'Own', external_id: 'O' }, anna)).id;
}, 60_000);
afterAll(() => crm?.close());

const link = (target: string) => ({
  code: 'explain_access',
  message: 'Which grants there are, and which would be enough: follow @kartoteka.explain',
  target,
  '@kartoteka.explain': `${BASE}/${target}/explain_access`,
});
async function refused(principal: Principal, method: string, path: string, body?: unknown): Promise<Answer['json']> {
  const { status, json } = await crm.call(principal, method, path, body);
  expect({ status, code: json.code }).toMatchObject({ status: 403 });
  return json;
}
/** What the link of an error leads to. */
async function followed(principal: Principal, json: Answer['json']): Promise<Answer['json']> {
  const url: string = json.details.at(-1)['@kartoteka.explain'];
  return (await crm.call(principal, 'GET', url.slice(BASE.length))).json;
}

describe('an error of rights', () => {
  it('leads to the record where it may be read, and there it says the same', async () => {
    const error = await refused(anna, 'PATCH', `/companies(${company})`, { name: 'x' });
    expect(error).toMatchObject({ code: 'missing_privilege_on_record', details: [link(`companies(${company})`)] });
    expect(error.message).toContain('write');
    expect((await followed(anna, error)).privileges.write).toMatchObject({ granted: false, code: error.code });
    const gone = await refused(anna, 'DELETE', `/companies(${company})`);
    expect(gone.details).toEqual([link(`companies(${company})`)]);
  });

  it('leads to the entity where the record is hidden or missing, which cannot be told apart', async () => {
    const of = async (id: string) => refused(viewer, 'DELETE', `/companies(${id})`);
    expect((await of(company)).details).toEqual([link(`companies(${company})`)]);
    expect((await of(MISSING)).details).toEqual([link('companies')]);
    const units = async (id: string) =>
      crm.call(anna, 'PATCH', `/companies(${id})`, { name: 'x' }, { 'if-match': '*' });
    expect(await units(hidden)).toEqual(await units(MISSING));
    expect((await units(hidden)).json).toMatchObject({ code: 'not_found', details: [] });
  });

  it('leads to the entity where there is no record yet', async () => {
    const error = await refused(anna, 'POST', '/campaigns', { name: 'x' });
    expect(error).toMatchObject({ code: 'missing_privilege', details: [link('campaigns')] });
    expect((await followed(anna, error)).privileges.create).toMatchObject({
      granted: false,
      code: 'missing_privilege',
    });
  });

  it('leads to the entity whose records a read uses', async () => {
    expect((await refused(viewer, 'GET', '/deals?$expand=contact')).details).toEqual([link('contacts')]);
    expect((await refused(viewer, 'GET', `/contacts(${MISSING})`)).details).toEqual([link('contacts')]);
    expect((await refused(viewer, 'GET', '/contacts/$count')).details).toEqual([link('contacts')]);
  });

  it('leads to the record that a lookup names, for append_to, and to the own one for append', async () => {
    const error = await refused(viewer, 'POST', '/deals', { name: 'x', company_id: company });
    expect(error).toMatchObject({
      code: 'missing_privilege',
      target: 'company_id',
      details: [link(`companies(${company})`)],
    });
    expect((await followed(viewer, error)).privileges.append_to.granted).toBe(false);
    const deal = (await crm.create('deals', { name: 'Deal', company_id: company, owner_id: viewer.id })).id;
    const cleared = await refused(viewer, 'PATCH', `/deals(${deal})`, { company_id: hidden });
    expect(cleared.details).toEqual([link(`companies(${hidden})`)]);
    const child = await refused(viewer, 'PATCH', `/companies(${company})`, { parent_company_id: own });
    expect(child.details).toEqual([link(`companies(${company})`)]);
  });

  it('leads to what is told of secured fields, whichever record is asked for', async () => {
    const error = await refused(viewer, 'GET', `/companies(${company})?$select=bank_account`);
    expect(error).toMatchObject({ code: 'secured_property', details: [link('companies')] });
    expect(await refused(viewer, 'GET', `/companies(${MISSING})?$select=bank_account`)).toEqual(error);
    const list = await refused(viewer, 'GET', "/companies?$filter=bank_account eq '1'");
    expect(list.details).toEqual([link('companies')]);
    const [field] = (await followed(viewer, list)).secured_fields;
    expect(field).toEqual({
      field: 'bank_account',
      read: { granted: false, roles: [] },
      create: { granted: false, roles: [] },
      update: { granted: false, roles: [] },
    });
  });

  it('costs one statement more, and other errors none', async () => {
    const cost = (work: () => Promise<unknown>) => statementsOf(crm, work);
    expect(await cost(() => refused(anna, 'PATCH', `/companies(${company})`, { website: 'https://x.example' }))).toBe(
      2,
    );
    expect(await cost(() => refused(anna, 'POST', '/campaigns', { name: 'x' }))).toBe(0);
    const updateOnly = { 'if-match': '*' };
    expect(
      await cost(() => crm.call(anna, 'PATCH', `/companies(${hidden})`, { website: 'https://x.example' }, updateOnly)),
    ).toBe(1);
  });
});

describe('many records', () => {
  const records = () => [
    { id: own, name: 'Own' },
    { id: company, name: 'x' },
    { id: MISSING, name: 'x' },
  ];

  it('have the link in the result of each record', async () => {
    const { status, json } = await crm.call(anna, 'POST', '/companies/bulk', {
      mode: 'update',
      key: 'id',
      records: records(),
    });
    expect(status).toBe(200);
    expect(json.results.map((result: { error?: { details?: object[] } }) => result.error?.details)).toEqual([
      undefined,
      [link(`companies(${company})`)],
      undefined,
    ]);
  });

  it('have it beside the place of the record where one is refused for all', async () => {
    const body = { mode: 'update', key: 'id', atomic: true, records: records().slice(0, 2) };
    const { status, json } = await crm.call(anna, 'POST', '/companies/bulk', body);
    expect(status).toBe(403);
    expect(json.details).toMatchObject([
      { code: 'missing_privilege_on_record', target: 'records/1' },
      link(`companies(${company})`),
    ]);
  });

  it('have it in the results of actions, with what is given beyond what is held', async () => {
    const share = { principal_id: viewer.id, rights: ['read'] };
    const shared = await crm.call(anna, 'POST', '/companies/share', { ids: [own, company], ...share });
    expect(shared.json.results[1].error).toMatchObject({
      code: 'missing_privilege_on_record',
      details: [link(`companies(${company})`)],
    });
    const mine = (await crm.create('companies', { name: 'Mine', owner_id: viewer.id })).id;
    const more = { principal_id: anna.id, rights: ['delete'] };
    const error = await refused(viewer, 'POST', `/companies(${mine})/share`, more);
    expect(error).toMatchObject({ code: 'escalation', details: [link(`companies(${mine})`)] });
  });
});
