// Merges while others write: nothing that refers to a merged record is lost or left behind.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const entity = (name: string, fields: object): SourceDocument => ({
  ...{ kind: 'entity', name, layer: 'base', source: 'test' },
  body: {
    ...{ name, set: `${name}s`, label: { en: name }, plural_label: { en: `${name}s` }, ownership: 'organization' },
    ...{ title: 'name', fields: { name: { type: 'text' }, ...fields } },
  },
});
const to = (targets: readonly string[], inverse: string) => ({
  type: 'lookup',
  targets,
  inverse,
  on_delete: 'set_null',
});

const DOCUMENTS = [
  entity('part', { clubs: { type: 'many', target: 'club', inverse: 'parts' } }),
  entity('club', {}),
  entity('child', { part: to(['part'], 'children'), about: to(['part', 'club'], 'abouts') }),
];

let crm: Crm;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
});
afterAll(() => crm?.close());

const call = (method: string, path: string, body?: unknown): Promise<Answer> => crm.call(crm.admin, method, path, body);
const made = ({ status }: Answer): boolean => status >= 200 && status < 300;
const live = async (path: string): Promise<number> =>
  (await call('GET', `${path}&$count=true&$top=0`)).json['@odata.count'];

/** Every write that was answered with success leads to the record that stays; those that came too late are refused. */
async function round(
  write: (other: string, n: number) => Promise<Answer>,
  counted: (survivor: string) => Promise<number>,
): Promise<string> {
  const [survivor, other] = [await crm.create('parts', { name: 'S' }), await crm.create('parts', { name: 'O' })];
  const writes = Array.from({ length: 12 }, (_, n) => write(other.id, n));
  const merging = call('POST', `/parts(${survivor.id})/merge`, { others: [other.id] });
  const answers = await Promise.all([...writes, ...Array.from({ length: 6 }, (_, n) => write(other.id, 12 + n))]);
  expect((await merging).status).toBe(200);
  expect(await counted(survivor.id)).toBe(answers.filter(made).length);
  for (const answer of answers) if (!made(answer)) expect([400, 404]).toContain(answer.status);
  return other.id;
}

const ROUNDS = Array.from({ length: 3 }, (_, n) => n);

test.each(ROUNDS)('new children of a record that is merged go along or are refused (%i)', async () => {
  const other = await round(
    (part_id, n) => call('POST', '/childs', { name: `${n}`, part_id }),
    (id) => live(`/childs?$filter=part_id eq ${id}`),
  );
  expect(await live(`/childs?$filter=part_id eq ${other}`)).toBe(0);
});

test.each(ROUNDS)('as do those of a lookup of several targets (%i)', async () => {
  const other = await round(
    (about_id, n) => call('POST', '/childs', { name: `${n}`, about_id, about_type: 'part' }),
    (id) => live(`/childs?$filter=about_id eq ${id}`),
  );
  expect(await live(`/childs?$filter=about_id eq ${other}`)).toBe(0);
});

test.each(ROUNDS)('children that are moved to it go along or stay (%i)', async () => {
  const children = await Promise.all(Array.from({ length: 18 }, () => crm.create('childs', { name: 'moved' })));
  const other = await round(
    (part_id, n) => call('PATCH', `/childs(${children[n].id})`, { part_id }),
    (id) => live(`/childs?$filter=part_id eq ${id}`),
  );
  expect(await live(`/childs?$filter=part_id eq ${other}`)).toBe(0);
});

test.each(ROUNDS)('links go along or are refused, from either end (%i)', async () => {
  const clubs = await Promise.all(Array.from({ length: 18 }, (_, n) => crm.create('clubs', { name: `${n}` })));
  const link = (part: string, n: number) =>
    n % 2 === 0
      ? call('POST', `/parts(${part})/clubs/$ref`, { '@odata.id': `clubs(${clubs[n].id})` })
      : call('POST', `/clubs(${clubs[n].id})/parts/$ref`, { '@odata.id': `parts(${part})` });
  await round(link, (id) => live(`/parts(${id})/clubs?$select=id`));
});

test('children that are deleted or moved away meanwhile are neither brought back nor lost', async () => {
  const [survivor, other, third] = [
    await crm.create('parts', { name: 'S' }),
    await crm.create('parts', { name: 'O' }),
    await crm.create('parts', { name: 'T' }),
  ];
  const children = await Promise.all(Array.from({ length: 20 }, () => crm.create('childs', { part_id: other.id })));
  const writes = children.map(({ id }, n) =>
    n % 2 === 0 ? call('DELETE', `/childs(${id})`) : call('PATCH', `/childs(${id})`, { part_id: third.id }),
  );
  const merging = call('POST', `/parts(${survivor.id})/merge`, { others: [other.id] });
  const statuses = (await Promise.all(writes)).map(({ status }) => status);
  expect([(await merging).status, statuses.filter((status) => status !== 204)]).toEqual([200, []]);
  const at = (id: string) => live(`/childs?$filter=part_id eq ${id}`);
  expect([await at(survivor.id), await at(other.id), await at(third.id)]).toEqual([0, 0, 10]);
});
