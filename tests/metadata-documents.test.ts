// Reading what is published under /metadata: who may, what each layer says, pages.
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METADATA_ROUTES } from '../packages/platform/src/describe/metadata-routes.ts';
import { ROUTES } from '../packages/platform/src/metadata-api/routes.ts';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let rita: Principal;
beforeAll(async () => {
  crm = await startCrm();
  const body = {
    extends: 'deal',
    label: { en: 'Opportunity' },
    fields: { x_size: { type: 'integer', label: { en: 'Size' } } },
  };
  const changes = [{ kind: 'entity', name: 'deal', body } as const];
  await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  while (crm.platform.model().revision < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  rita = await crm.user('Rita', ['sales_representative']);
});
afterAll(() => crm?.close());

const get = async (path: string, principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), 'GET', `/metadata${path}`, undefined, headers);

it('every route is described, and every description is of a route', () => {
  const described = METADATA_ROUTES.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  const served = Object.entries(ROUTES).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual(served.sort());
});

describe('a document', () => {
  it('in effect is what the layers make together, and tells which of them says what', async () => {
    const { status, json, headers } = await get('/documents/entity/deal');
    expect(status).toBe(200);
    expect(json.body).toMatchObject({ name: 'deal', set: 'deals', label: { en: 'Opportunity', ru: 'Сделка' } });
    expect(json.body.fields.x_size.type).toBe('integer');
    expect(json.body).not.toHaveProperty('extends');
    expect(json.origins).toEqual({ '': 'base', '/label/en': 'custom', '/fields/x_size': 'custom' });
    expect(headers.etag).toBe('W/"2"');
    expect((await get('/documents/entity/deal', crm.admin, { 'if-none-match': 'W/"2"' })).status).toBe(304);
  });

  it('of one layer is as that layer has it', async () => {
    const { json } = await get('/documents/entity/deal?layer=custom');
    expect(json).toMatchObject({ layer: 'custom', body: { extends: 'deal', label: { en: 'Opportunity' } } });
    expect((await get('/documents/entity/deal?layer=base')).json.body.label.en).toBe('Deal');
    const absent = await get('/documents/entity/contact?layer=custom');
    expect([absent.status, absent.json.code]).toEqual([404, 'unknown_resource']);
  });

  it('that there is not, or of a kind that there is not, is not found', async () => {
    for (const path of [
      '/documents/entity/nothing',
      '/documents/thing/deal',
      '/documents/entity',
      '/things',
      '/documents/entity/deal/more',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await get('/documents/entity/deal?layer=upper')).json).toMatchObject({
      code: 'invalid_option',
      target: 'layer',
    });
    expect((await get('/documents/entity/deal?$select=name')).json.code).toBe('invalid_option');
  });
});

describe('the list', () => {
  it('goes from page to page without losing or repeating a document', async () => {
    const all = (await get('/documents?$top=1000')).json.value;
    const pages: unknown[] = [];
    let next = '/documents';
    while (next !== '') {
      const { json } = await get(next, crm.admin, { prefer: 'odata.maxpagesize=7' });
      expect(json.value.length).toBeLessThanOrEqual(7);
      pages.push(...json.value);
      next = String(json['@odata.nextLink'] ?? '').split('/api/v1/metadata')[1] ?? '';
    }
    expect(pages).toEqual(all);
    expect(all.length).toBeGreaterThan(70);
    expect(all.find((each: { name: string }) => each.name === 'deal')).toEqual({
      ...{ kind: 'entity', name: 'deal', layers: ['base', 'custom'], revision: 2 },
    });
  });

  it('is of one kind or layer where that is asked for, and its pages stay so', async () => {
    const kinds = (await get('/documents?kind=role')).json.value.map((each: { kind: string }) => each.kind);
    expect([...new Set(kinds)]).toEqual(['role']);
    const custom = (await get('/documents?layer=custom')).json.value;
    expect(custom).toEqual([expect.objectContaining({ kind: 'entity', name: 'deal', layers: ['base', 'custom'] })]);
    const first = await get('/documents?kind=role', crm.admin, { prefer: 'odata.maxpagesize=1' });
    const link = String(first.json['@odata.nextLink']).split('/api/v1/metadata')[1] ?? '';
    expect((await get(link)).json.value[0].kind).toBe('role');
    expect((await get(link.replace('kind=role', 'kind=view'))).json.code).toBe('invalid_skiptoken');
    expect((await get('/documents?kind=thing')).json).toMatchObject({ code: 'invalid_option', target: 'kind' });
  });
});

it('the summary tells revision, layers and numbers', async () => {
  const { json } = await get('');
  expect(json).toMatchObject({ revision: 2, served_revision: 2, layers: { custom: 1 }, pending_steps: 0 });
  expect(json.documents).toMatchObject({ organization: 1, role: 6 });
});

it('everything takes the capability, and a method that is not there is told with those that are', async () => {
  for (const path of ['', '/documents', '/documents/entity/deal', '/documents/entity/nothing'])
    expect([path, (await get(path, rita)).json]).toEqual([
      path,
      expect.objectContaining({ code: 'missing_capability' }),
    ]);
  const refused = await crm.call(crm.admin, 'DELETE', '/metadata/documents');
  expect([refused.status, refused.json.code]).toEqual([405, 'method_not_allowed']);
});
