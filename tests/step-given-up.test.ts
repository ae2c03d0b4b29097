// A conversion that keeps failing: an administrator gives it up, purges, or takes it up again where it was left.
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const call = async (method: string, path: string, body?: unknown, who = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(who.id), method, path, body);
const steps = async (query = ''): Promise<Answer['json'][]> =>
  (await call('GET', `/metadata/steps${query}`)).json.value;
async function sized(type: string | null): Promise<void> {
  const fields = type === null ? {} : { x_size: { type, label: { en: 'Size' } } };
  const changes = [{ kind: 'entity', name: 'company', body: { extends: 'company', fields } } as const];
  const input = { changes, author: null, comment: 'Test', log: quietLog, allowDestructive: true, background: true };
  const { revision } = await publish(crm.platform.database, input);
  await expect.poll(() => crm.platform.model().revision).toBe(revision);
}
const failing = { ...quietLog, error: () => undefined };
const conversion = async () => (await steps()).find(({ kind }) => kind === 'convert_rows');

it('is given up, blocks no purge, and goes on when it is resumed', async () => {
  await sized('text');
  const { json: company } = await call('POST', '/companies', { name: 'Acme', x_size: '12' });
  // What others in the database have made lets no value in.
  await crm.platform.database.run(
    `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$`,
  );
  await crm.platform.database.run(
    'create trigger refuse before update on data.company for each row execute function public.refuse()',
  );
  const { error } = console;
  console.error = failing.error;
  await sized('integer');
  await expect.poll(async () => (await conversion())?.state, { timeout: 10_000 }).toBe('waiting');
  console.error = error;
  const { id, error: reason } = await conversion();
  expect(reason).toContain('not today');
  const items = ['data.company.x_size'];
  const { fingerprint } = (await call('POST', '/metadata/purge/plan', { items })).json;
  const blocked = await call('POST', '/metadata/purge', { items, fingerprint });
  expect([blocked.json.code, blocked.json.message]).toEqual([
    'conflict',
    expect.stringContaining(`step ${id} can be given up`),
  ]);

  const given = await call('POST', `/metadata/steps/${id}/give_up`);
  expect([given.status, given.json]).toEqual([
    200,
    expect.objectContaining({ id, state: 'given_up', given_up_by_id: crm.admin.id, done_on: null, rows_done: 0 }),
  ]);
  expect(await call('POST', `/metadata/steps/${id}/give_up`)).toMatchObject({ status: 200, json: given.json });
  expect(await steps('?done=false')).toEqual([]);
  const read = async () => (await call('GET', `/companies(${company.id})?$select=x_size`)).json.x_size;
  expect(await read()).toBe(null);
  await crm.platform.database.run('drop trigger refuse on data.company');
  const resumed = await call('POST', `/metadata/steps/${id}/resume`);
  expect(resumed).toMatchObject({ status: 200, json: { given_up_on: null, given_up_by_id: null } });
  await expect.poll(async () => (await conversion())?.state, { timeout: 10_000 }).toBe('done');
  expect(await read()).toBe(12);
  for (const [path, word] of [
    ['give_up', 'done'],
    ['resume', 'not given up'],
  ] as const) {
    const refused = await call('POST', `/metadata/steps/${id}/${path}`);
    expect([refused.status, refused.json.code, refused.json.message]).toEqual([
      409,
      'conflict',
      expect.stringContaining(word),
    ]);
  }
});

it('whose values were purged meanwhile is not resumed', async () => {
  await crm.platform.database.run(
    'create trigger refuse before update on data.company for each row execute function public.refuse()',
  );
  const { error } = console;
  console.error = failing.error;
  await sized('text');
  await expect.poll(async () => (await conversion())?.state, { timeout: 10_000 }).toBe('waiting');
  console.error = error;
  await crm.platform.database.run('drop trigger refuse on data.company');
  const { id } = await conversion();
  expect((await call('POST', `/metadata/steps/${id}/give_up`)).status).toBe(200);
  const { json: plan } = await call('POST', '/metadata/purge/plan');
  expect(plan.items.length).toBeGreaterThan(0);
  expect((await call('POST', '/metadata/purge', { fingerprint: plan.fingerprint })).status).toBe(200);
  const refused = await call('POST', `/metadata/steps/${id}/resume`);
  expect([refused.json.code, refused.json.message]).toEqual(['conflict', expect.stringContaining('were purged')]);
  expect((await conversion()).state).toBe('given_up');
});

it('is the only step that is given up, by who may publish', async () => {
  const rita = await crm.user('Rita', ['sales_representative']);
  const other = (await steps()).find(({ kind }) => kind !== 'convert_rows');
  const { id } = await conversion();
  expect((await call('POST', `/metadata/steps/${other.id}/give_up`)).json).toMatchObject({ code: 'conflict' });
  for (const path of ['give_up', 'resume']) {
    expect((await call('POST', `/metadata/steps/${id}/${path}`, undefined, rita)).json.code).toBe('missing_capability');
    for (const none of ['0', 'x', '99999999999999999', '-1']) {
      expect((await call('POST', `/metadata/steps/${none}/${path}`)).json.code).toBe('unknown_resource');
    }
    expect((await call('POST', `/metadata/steps/${id}/${path}`, { force: true })).json.code).toBe('validation_failed');
  }
});
