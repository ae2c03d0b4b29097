// Merges that move as much as they may, and one more.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const entity = (name: string, fields: object): SourceDocument => ({
  ...{ kind: 'entity', name, layer: 'base', source: 'test' },
  body: {
    ...{ name, set: `${name}s`, label: { en: name }, plural_label: { en: `${name}s` }, ownership: 'organization' },
    ...{ title: 'name', fields: { name: { type: 'text' }, ...fields } },
  },
});

let crm: Crm;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const club = entity('club', {});
  const part = entity('part', { clubs: { type: 'many', target: 'club', inverse: 'parts' } });
  const child = entity('child', { part: { type: 'lookup', targets: ['part'], inverse: 'children' } });
  crm = await startCrm({ promised: false, documents: [...shipped, club, part, child] });
});
afterAll(() => crm?.close());

/** Ids of as many new records. */
async function many(set: string, count: number, values: object): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1000) {
    const records = Array.from({ length: Math.min(1000, count - made) }, () => values);
    const { json } = await crm.call(crm.admin, 'POST', `/${set}/bulk`, { records });
    ids.push(...json.results.map(({ id }: { id: string }) => id));
  }
  return ids;
}

const merge = (one: string, other: string) => crm.call(crm.admin, 'POST', `/parts(${one})/merge`, { others: [other] });

test('10,000 references are moved at once, and not one more', async () => {
  const [one = '', other = ''] = await many('parts', 2, { name: 'P' });
  await many('childs', 10_000, { part_id: other });
  const [extra] = await many('childs', 1, { part_id: other });
  const refused = await merge(one, other);
  expect([refused.status, refused.json.code]).toEqual([400, 'limit_exceeded']);
  expect((await crm.call(crm.admin, 'GET', `/parts(${other})`)).status).toBe(200);
  await crm.call(crm.admin, 'DELETE', `/childs(${extra})`);
  const done = await merge(one, other);
  expect([done.status, done.json.moved]).toEqual([200, 10_000]);
  const undone = await crm.call(crm.admin, 'POST', `/parts(${one})/unmerge`);
  expect([undone.status, undone.json.moved, undone.json.left]).toEqual([200, 10_000, []]);
});

test('1,000 links are moved at once, and not one more; those that the record has do not count', async () => {
  const [one = '', other = ''] = await many('parts', 2, { name: 'P' });
  const clubs = await many('clubs', 1_201, { name: 'C' });
  const link = async (part: string, ids: readonly string[]): Promise<void> => {
    const value = ids.map((id) => ({ '@odata.id': `clubs(${id})` }));
    for (const each of value)
      expect((await crm.call(crm.admin, 'POST', `/parts(${part})/clubs/$ref`, each)).status).toBe(204);
  };
  await link(other, clubs.slice(0, 1_001));
  await link(one, clubs.slice(1_001));
  const refused = await merge(one, other);
  expect([refused.status, refused.json.code]).toEqual([400, 'limit_exceeded']);
  await crm.call(crm.admin, 'DELETE', `/parts(${other})/clubs(${clubs[0]})/$ref`);
  const done = await merge(one, other);
  expect([done.status, done.json.links]).toEqual([200, 1_000]);
  const linked = await crm.call(crm.admin, 'GET', `/parts(${one})/clubs?$select=id&$count=true&$top=1`);
  expect(linked.json['@odata.count']).toBe(1_200);
});
