// The purge of hidden data over HTTP: rights, what bad requests are told, and what becomes of a removed field, its records and its history.
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const call = async (method: string, path: string, body?: object, principal = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), method, path, body);
const sized = (fields: object) => [{ kind: 'entity', name: 'company', body: { extends: 'company', fields } } as const];
async function published(fields: object): Promise<void> {
  const input = { changes: sized(fields), author: null, comment: 'Test', log: quietLog, allowDestructive: true };
  const { revision } = await publish(crm.platform.database, input);
  while (crm.platform.model().revision < revision) await new Promise((resolve) => setTimeout(resolve, 10));
}
const size = { x_size: { type: 'integer', label: { en: 'Size' } } };

describe('a removed field', () => {
  it('is listed, purged by fingerprint, and its history does not come back with a field of its name', async () => {
    await published(size);
    const { json: company } = await call('POST', '/companies', { name: 'Acme', x_size: 7 });
    await published({});
    const { json: plan } = await call('POST', '/metadata/purge/plan', {});
    expect(plan.items).toEqual([
      expect.objectContaining({
        item: 'data.company.x_size',
        entity: 'company',
        property: 'x_size',
        records: 1,
        more: false,
      }),
    ]);
    const wrong = { fingerprint: '0'.repeat(64) };
    expect((await call('POST', '/metadata/purge', wrong)).json).toMatchObject({ code: 'plan_moved' });
    const done = await call('POST', '/metadata/purge', { fingerprint: plan.fingerprint, comment: 'Clean up' });
    expect(done).toMatchObject({ status: 200, json: { revision: plan.revision + 1, items: plan.items } });
    expect((await call('POST', '/metadata/purge/plan')).json).toMatchObject({ items: [], steps: [] });
    const { json: events } = await call('GET', `/security_events?$filter=kind eq 'hidden_data_purged'`);
    expect(events.value).toHaveLength(1);
    await published(size);
    expect((await call('GET', `/companies(${company.id})`)).json).toMatchObject({ x_size: null });
    const { text } = await call('GET', `/companies(${company.id})/changes`);
    expect(text).not.toContain('x_size');
    expect((await call('PATCH', `/companies(${company.id})`, { x_size: 8 })).status).toBe(204);
    expect((await call('GET', `/companies(${company.id})/changes`)).text).toContain('x_size');
  });
});

describe('a request that is under way while what it reads is purged', () => {
  it('is served by the new metadata, or told to repeat a write', async () => {
    await published(size);
    const { json: company } = await call('POST', '/companies', { name: 'Under way', x_size: 7 });
    const before = await crm.principal(crm.admin.id);
    await published({});
    const { json: plan } = await call('POST', '/metadata/purge/plan', {});
    await call('POST', '/metadata/purge', { fingerprint: plan.fingerprint });
    const then = (method: string, path: string, body?: object) => crm.call(before, method, path, body);
    const whole = await then('GET', `/companies(${company.id})`);
    expect(whole).toMatchObject({ status: 200, json: { name: 'Under way' } });
    expect(whole.json).not.toHaveProperty('x_size');
    expect(await then('GET', '/companies?$select=x_size')).toMatchObject({ json: { code: 'unknown_property' } });
    expect(await then('PATCH', `/companies(${company.id})`, { x_size: 8 })).toMatchObject({
      json: { code: 'conflict' },
    });
    expect((await call('GET', `/companies(${company.id})`)).json['@odata.etag']).toBe(company['@odata.etag']);
  });
});

describe('a request', () => {
  it.each([
    ['/purge', {}, 'validation_failed'],
    ['/purge', { fingerprint: 7 }, 'validation_failed'],
    ['/purge', { fingerprint: '0'.repeat(64), comment: 'x'.repeat(2001) }, 'validation_failed'],
    ['/purge', { fingerprint: '0'.repeat(64), force: true }, 'validation_failed'],
    ['/purge/plan', { items: 'all' }, 'validation_failed'],
    ['/purge/plan', { items: ['a', 'a'] }, 'validation_failed'],
    ['/purge/plan', { items: ['data.company.name'] }, 'unknown_resource'],
    ['/purge/plan', { items: ["data.company'; drop table x; --"] }, 'unknown_resource'],
    ['/purge/plan', { items: Array.from({ length: 201 }, (_, n) => `data.t.c${n}`) }, 'limit_exceeded'],
  ])('to %s with %j is refused', async (path, body, code) => {
    expect((await call('POST', `/metadata${path}`, body)).json.code).toBe(code);
  });

  it('of somebody who may not publish is refused', async () => {
    const rita = await crm.user('Rita', ['sales_representative']);
    for (const path of ['/metadata/purge/plan', '/metadata/purge']) {
      expect((await call('POST', path, { fingerprint: '0'.repeat(64) }, rita)).json.code).toBe('missing_capability');
    }
  });
});

describe('a field that comes back', () => {
  const documents = (fields: object) => [{ kind: 'entity', name: 'company', body: { extends: 'company', fields } }];
  const code = { x_code: { type: 'text', label: { en: 'Code' } } };
  const publishing = async (body: object): Promise<Answer> =>
    call('POST', '/metadata/publish', { comment: 'Test', allow_destructive: true, ...body });

  it('has its values again after a roll back, or where that is asked for, and its plan says so', async () => {
    expect((await publishing({ documents: documents(code) })).status).toBe(200);
    const { json: company } = await call('POST', '/companies', { name: 'Acme', x_code: 'A-1' });
    const read = async () => (await call('GET', `/companies(${company.id})?$select=x_code`)).json.x_code;
    const { json: removed } = await publishing({ documents: documents({}) });
    const back = { documents: documents(code) };
    const retired = { what: 'company.x_code', restorable: true, records: 1 };
    for (const restore of [false, true]) {
      const { json: plan } = await call('POST', '/metadata/plan', { ...back, restore });
      expect(plan.retired).toEqual([expect.objectContaining({ ...retired, restored: restore })]);
    }
    const rolled = await call('POST', `/metadata/revisions/${removed.revision - 1}/roll_back`, {});
    expect([rolled.status, await read()]).toEqual([200, 'A-1']);
    await publishing({ documents: documents({}) });
    const { json: seen } = await call('POST', '/metadata/plan', { ...back, restore: true });
    const moved = await publishing({ ...back, fingerprint: seen.fingerprint });
    expect(moved.json.code).toBe('plan_moved');
    expect((await publishing({ ...back, restore: true, fingerprint: seen.fingerprint })).status).toBe(200);
    expect(await read()).toBe('A-1');
    expect((await publishing({ ...back, restore: 'yes' })).json.code).toBe('validation_failed');
  });
});
