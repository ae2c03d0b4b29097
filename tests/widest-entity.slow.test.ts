// An entity whose table has all the columns that PostgreSQL gives one, and records that are too long for a row.
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

const FLAGS = 1591;
const TEXTS = 600;
let crm: Crm;

const numbered = <T>(count: number, value: (n: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, value(n)]));
const entity = (name: string, type: string, count: number) => {
  const fields = { title: { type: 'text' }, ...numbered(count, () => ({ type })) };
  const labels = { label: { en: name }, plural_label: { en: name } };
  const body = { name, set: `${name}s`, ...labels, ownership: 'organization', title: 'title', fields };
  return { kind: 'entity', name, body } as const;
};
const call = async (method: string, path: string, body?: object): Promise<Answer> =>
  crm.call(await crm.principal(crm.admin.id), method, path, body);

beforeAll(async () => {
  // The schemas of 1,600 members are beyond what the check of answers can compile.
  crm = await startCrm({ promised: false });
  const changes = [entity('x_wide', 'boolean', FLAGS), entity('x_long', 'text', TEXTS)];
  const { revision } = await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  while (crm.platform.model().revision < revision) await new Promise((resolve) => setTimeout(resolve, 20));
}, 120_000);
afterAll(() => crm?.close());

it('an entity of 1,600 columns is served like any other', { timeout: 60_000 }, async () => {
  const { json: found } = await call('GET', '/metadata/capacity?entity=x_wide');
  expect(found.value[0].columns).toMatchObject({ used: 1600, left: 0 });
  const all = numbered(FLAGS, () => true);
  const { json: made } = await call('POST', '/x_wides', { title: 'a', ...all });
  const path = `/x_wides(${made.id})`;
  expect((await call('GET', path)).json).toMatchObject(all);
  expect((await call('PATCH', path, { ...all, f0: false, title: 'b' })).status).toBe(204);
  expect((await call('GET', '/x_wides?$filter=f0 eq false and f1590 eq true')).json.value).toHaveLength(1);
  expect((await call('GET', `${path}/changes`)).json.value[0].changes).toHaveLength(2);
  expect((await call('POST', '/x_wides/bulk', { records: [{ title: 'c', ...all }] })).json.results[0].status).toBe(201);
  expect((await call('DELETE', path)).status).toBe(204);
  expect((await call('POST', `${path}/restore`)).status).toBe(204);
});

it('a record that is too long for a row is refused, and one that fits is not', { timeout: 60_000 }, async () => {
  const texts = (count: number) => numbered(count, (n) => String(n).padEnd(23, 'y'));
  const { json: made, status } = await call('POST', '/x_longs', { title: 'a', ...texts(300) });
  expect(status).toBe(201);
  for (const answer of [
    await call('POST', '/x_longs', texts(TEXTS)),
    await call('PATCH', `/x_longs(${made.id})`, texts(TEXTS)),
  ]) {
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_query']);
  }
  expect((await call('GET', `/x_longs(${made.id})?$select=f299,f599`)).json).toMatchObject({ f599: null });
});
