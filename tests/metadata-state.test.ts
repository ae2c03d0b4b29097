// Background steps and capacity over HTTP: who may see them, what they tell, pages.
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
  const body = {
    extends: 'deal',
    fields: { x_size: { type: 'integer', label: { en: 'Size' } }, x_code: { type: 'text', unique: true } },
    indexes: { x_size: ['x_size'] },
  };
  const changes = [{ kind: 'entity', name: 'deal', body } as const];
  await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  while (crm.platform.model().revision < 2) await new Promise((resolve) => setTimeout(resolve, 10));
});
afterAll(() => crm?.close());

const get = async (path: string, principal = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), 'GET', `/metadata${path}`);

it('steps are listed with what they did, the newest first', async () => {
  const { status, json } = await get('/steps');
  expect(status).toBe(200);
  expect(json.value.length).toBeGreaterThan(3);
  const ids = json.value.map(({ id }: { id: number }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect(json.value).toContainEqual(
    expect.objectContaining({
      ...{ kind: 'create_index', table: 'deal', object: 'deal__x_code__key', state: 'done', revision: 2, attempts: 1 },
      ...{ error: null, due_on: null, done_on: expect.stringMatching(/^\d{4}-/) },
    }),
  );
  expect((await get('/steps?done=false')).json.value).toEqual([]);
  const first = await get('/steps?$top=2');
  expect(first.json.value.map(({ id }: { id: number }) => id)).toEqual(ids.slice(0, 2));
  expect((await get('/steps?done=perhaps')).json).toMatchObject({ code: 'invalid_option', target: 'done' });
});

it('capacity is told for every entity, or one', async () => {
  const { json } = await get('/capacity?entity=deal');
  expect(json.value).toEqual([
    {
      ...{ entity: 'deal', fields: expect.any(Number), links: expect.any(Number) },
      columns: { used: 33, limit: 1600, left: 1567, hidden: 0, dropped: 0 },
      indexes: { used: expect.any(Number), limit: 64, left: expect.any(Number) },
      row_bytes: { used: expect.any(Number), limit: 8160, left: expect.any(Number) },
    },
  ]);
  const all = (await get('/capacity')).json.value.map(({ entity }: { entity: string }) => entity);
  expect(all).toEqual([...crm.platform.model().entities.keys()].sort());
  expect((await get('/capacity?entity=nothing')).json).toMatchObject({
    code: 'invalid_option',
    target: 'entity',
  });
});

it('whoever may not publish sees neither', async () => {
  const rita = await crm.user('Rita', ['sales_representative']);
  for (const path of ['/steps', '/capacity']) {
    expect((await get(path, rita)).json.code).toBe('missing_capability');
  }
});
