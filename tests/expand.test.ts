// $expand in full: levels of a hierarchy with circles, everything at once, references and counts, searches, long names, what follows
// in further pages, and what is refused; under rights as well.

import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let keeper: Principal;
/** A tree of three levels below `top`, and two that lead to each other. */
let ids: Record<'top' | 'left' | 'right' | 'leaf' | 'twig' | 'one' | 'two', string>;

const LONGEST = 'n'.repeat(60);
const LONGEST_INVERSE = 'm'.repeat(63);
const document = (kind: 'entity' | 'role', name: string, body: object): SourceDocument => ({
  kind,
  name,
  layer: 'base',
  source: 'test',
  body: { name, label: { en: name }, ...body },
});

const BOX = document('entity', 'box', {
  set: 'boxes',
  plural_label: { en: 'Boxes' },
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', search: true },
    story: { type: 'long_text', search: true },
    size: { type: 'integer' },
    secret: { type: 'text', secured: true },
    parent: { type: 'lookup', targets: ['box'], inverse: 'children' },
    hidden_parent: { type: 'lookup', targets: ['box'], inverse: 'hidden_children', secured: true },
    company: { type: 'lookup', targets: ['company'], inverse: 'boxes' },
    contact: { type: 'lookup', targets: ['contact'], inverse: 'boxes' },
    [LONGEST]: { type: 'lookup', targets: ['box'], inverse: LONGEST_INVERSE },
  },
});

const ROLES = [
  document('role', 'box_keeper', {
    privileges: {
      user: { read: 'organization' },
      company: { read: 'organization' },
      box: Object.fromEntries(['create', 'read', 'write', 'append', 'append_to'].map((name) => [name, 'user'])),
    },
  }),
];

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, BOX, ...ROLES] });
  keeper = await crm.user('Keeper', ['box_keeper']);
  const make = async (name: string, values: object = {}): Promise<string> =>
    (await crm.create('boxes', { name, owner_id: keeper.id, ...values })).id;
  const top = await make('top', { story: 'Договоры поставки' });
  const left = await make('left', { parent_id: top, size: 1, story: 'договора' });
  const right = await make('right', { parent_id: top, size: 2, owner_id: crm.admin.id });
  const leaf = await make('leaf', { parent_id: left, size: 3 });
  const twig = await make('twig', { parent_id: leaf, size: 4 });
  const one = await make('one');
  const two = await make('two', { parent_id: one });
  await crm.call(crm.admin, 'PATCH', `/boxes(${one})`, { parent_id: two });
  ids = { top, left, right, leaf, twig, one, two };
});

afterAll(() => crm?.close());

const get = (path: string, as: Principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(as, 'GET', path, undefined, headers);

async function shown(path: string, as?: Principal): Promise<Answer['json']> {
  const { status, json, text } = await get(path, as);
  expect(status, text ?? '').toBe(200);
  return json;
}

async function refused(expand: string, as?: Principal): Promise<unknown[]> {
  const { status, json } = await get(`/boxes?$expand=${encodeURIComponent(expand)}`, as);
  return [status, json.code, json.message];
}

/** Names of a record and of what is expanded below it. */
function tree(record: Answer['json'], navigation = 'children'): unknown {
  const below = record[navigation];
  if (below === undefined) return record.name;
  const list = Array.isArray(below) ? below : [below];
  return [record.name, ...list.map((each) => (each === null ? null : tree(each, navigation)))];
}

const BOXES = 'http://crm.test/api/v1/boxes';

describe('$levels', () => {
  test('follows a hierarchy downwards, with the same options at each level', async () => {
    const options = '$select=name;$orderby=size desc;$levels';
    const path = (levels: string, top = ''): string =>
      `/boxes(${ids.top})?$select=name&$expand=children(${top}${options}=${levels})`;
    expect(tree(await shown(path('1')))).toEqual(['top', 'right', 'left']);
    expect(tree(await shown(path('2')))).toEqual(['top', ['right'], ['left', 'leaf']]);
    expect(tree(await shown(path('3')))).toEqual(['top', ['right'], ['left', ['leaf', 'twig']]]);
    expect(tree(await shown(path('5', '$top=5;')))).toEqual(['top', ['right'], ['left', ['leaf', ['twig']]]]);
    const two = await shown(path('2'));
    expect(two['@odata.context']).toMatch(/#boxes\(name,children\+\(name\)\)\/\$entity$/);
    expect(Object.keys(two.children[0])).toEqual(['@odata.etag', 'name', 'children']);
  });

  test('follows it upwards, to the end', async () => {
    const path = `/boxes(${ids.twig})?$select=name&$expand=parent($select=name;$levels=5)`;
    expect(tree(await shown(path), 'parent')).toEqual(['twig', ['leaf', ['left', ['top', null]]]]);
  });

  test('by a number goes round a circle as often as it says', async () => {
    const path = `/boxes(${ids.one})?$select=name&$expand=parent($select=name;$levels=4)`;
    expect(tree(await shown(path), 'parent')).toEqual(['one', ['two', ['one', ['two', 'one']]]]);
  });

  test('max ends a circle with a reference, upwards and downwards', async () => {
    const up = await shown(`/boxes(${ids.one})?$select=name&$expand=parent($select=name;$levels=max)`);
    expect(up.parent.name).toBe('two');
    expect(up.parent.parent).toEqual({ '@odata.id': `${BOXES}(${ids.one})` });
    const down = await shown(`/boxes(${ids.one})?$select=name&$expand=children($select=name;$top=3;$levels=MAX)`);
    expect(down.children[0].name).toBe('two');
    expect(down.children[0].children).toEqual([{ '@odata.id': `${BOXES}(${ids.one})` }]);
  });

  test('max goes as deep as the service shows: five levels of lookups, of collections what fits', async () => {
    const up = await shown(`/boxes(${ids.twig})?$select=name&$expand=parent($select=name;$levels=max)`);
    expect(tree(up, 'parent')).toEqual(['twig', ['leaf', ['left', ['top', null]]]]);
    const down = (top: string) => `/boxes(${ids.top})?$select=name&$expand=children($select=name;${top}$levels=max)`;
    expect(tree(await shown(down('')))).toEqual(['top', ['left', 'leaf'], ['right']]);
    expect(tree(await shown(down('$top=4;')))).toEqual(['top', ['left', ['leaf', ['twig']]], ['right']]);
  });

  test('stands beside other expands, at each level', async () => {
    const json = await shown(
      `/boxes(${ids.top})?$select=name&$expand=children($select=name;$levels=2;$expand=owning_user($select=full_name);$filter=name ne 'right')`,
    );
    expect(json.children[0].owning_user).toMatchObject({ full_name: 'Keeper' });
    expect(json.children[0].children[0].owning_user).toMatchObject({ full_name: 'Keeper' });
  });

  test('shows at each level what the reader may read, and nothing below what he may not', async () => {
    const path = `/boxes(${ids.top})?$select=name&$expand=children($select=name;$count=true;$levels=2)`;
    const json = await shown(path, keeper);
    expect(tree(json)).toEqual(['top', ['left', 'leaf']]);
    expect(json['children@odata.count']).toBe(1);
    await crm.call(crm.admin, 'POST', `/boxes(${ids.left})/assign`, { owner_id: crm.admin.id });
    expect(tree(await shown(path, keeper))).toEqual(['top']);
    const up = `/boxes(${ids.twig})?$select=name&$expand=parent($select=name;$levels=3)`;
    expect(tree(await shown(up, keeper), 'parent')).toEqual(['twig', ['leaf', null]]);
    await crm.call(crm.admin, 'POST', `/boxes(${ids.left})/assign`, { owner_id: keeper.id });
  });

  test('goes on in the next pages of a collection as deep as in the first', async () => {
    const root = (await crm.create('boxes', { name: 'many' })).id;
    const children = Array.from({ length: 102 }, (_, n) => ({
      name: `c${String(n).padStart(3, '0')}`,
      parent_id: root,
    }));
    const bulk = await crm.call(crm.admin, 'POST', '/boxes/bulk', { records: children });
    const last = bulk.json.results[101].id;
    await crm.create('boxes', { name: 'grandchild', parent_id: last });
    const json = await shown(`/boxes(${root})?$expand=children($select=name;$orderby=name;$levels=2)&$select=name`);
    expect(json.children).toHaveLength(100);
    expect(json.children[0].children).toEqual([]);
    const rest = await shown(json['children@odata.nextLink'].slice('http://crm.test/api/v1'.length));
    expect(rest.value.map((each: Answer['json']) => tree(each))).toEqual([['c100'], ['c101', 'grandchild']]);
  });

  test.each([
    ['company($levels=2)', 'invalid_option', /leads to records of company/],
    ['children($levels=0)', 'invalid_option', /a number from 1/],
    ['children($levels=-1)', 'invalid_option', /a number from 1/],
    ['children($levels=1.5)', 'invalid_option', /a number from 1/],
    ['children($levels=)', 'invalid_option', /a number from 1/],
    ['children($levels=6)', 'limit_exceeded', /The limit \$levels \(5\)/],
    ['children($levels=99999999999999999999)', 'limit_exceeded', /The limit \$levels \(5\)/],
    ['children($levels=2;$expand=children)', 'invalid_option', /by \$levels and within it/],
    ['parent($select=name;$expand=parent($levels=5))', 'limit_exceeded', /The limit \$expand depth \(5\)/],
    ['children($levels=2;$levels=2)', 'duplicate_option', /twice/],
    ['children/$ref($levels=2)', 'invalid_option', /does not apply/],
    ['children($levels=4)', 'limit_exceeded', /records in one answer/],
  ])('is refused: %s', async (expand, code, message) => {
    expect(await refused(expand)).toEqual([400, code, expect.stringMatching(message)]);
  });

  test('is refused at the top', async () => {
    expect((await get('/boxes?$levels=2')).json).toMatchObject({ code: 'invalid_option', target: '$levels' });
  });

  test('is allowed as deep as a whole $expand', async () => {
    const path = `/boxes(${ids.top})?$select=name&$expand=children($top=1;$select=name;$expand=parent($levels=4;$select=name))`;
    expect((await shown(path)).children[0].parent.parent).toBeNull();
  });
});

describe('*', () => {
  test('expands every navigation, and those that are named as they say', async () => {
    const json = await shown(`/boxes(${ids.left})?$select=name&$expand=*,children($select=name)`);
    expect(json.parent).toMatchObject({ name: 'top' });
    expect(json.company).toBeNull();
    expect(json.owning_user).toMatchObject({ full_name: 'Keeper' });
    expect(json.children).toEqual([{ '@odata.etag': expect.any(String), name: 'leaf' }]);
    expect(json.hidden_children).toEqual([]);
    expect(json['@odata.context']).toContain('parent()');
  });

  test('expands to levels', async () => {
    const json = await shown(`/boxes(${ids.leaf})?$select=name&$expand=*($levels=2)`);
    expect(json.parent.parent).toMatchObject({ name: 'top' });
    expect(json.children[0].parent).toMatchObject({ name: 'leaf' });
    expect(json.children[0].parent.parent).toBeUndefined();
    const most = await shown(`/boxes(${ids.leaf})?$select=name&$expand=*($levels=max)`);
    expect(most.parent).toMatchObject({ name: 'left' });
  });

  test('shows references alone', async () => {
    const json = await shown(`/boxes(${ids.left})?$select=name&$expand=*/$ref,parent($select=name)`);
    expect(json.parent).toMatchObject({ name: 'top' });
    expect(json.children).toEqual([{ '@odata.id': `${BOXES}(${ids.leaf})` }]);
    expect(json.company).toBeNull();
    expect(json['@odata.context']).toMatch(/#boxes\(name,parent\(name\)\)\/\$entity$/);
  });

  test('leaves out what the reader may not follow, where it is named it is refused', async () => {
    const json = await shown(`/boxes(${ids.left})?$expand=*`, keeper);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(['parent', 'children', 'company', 'owning_user']));
    for (const name of ['hidden_parent', 'hidden_children', 'contact', 'owning_team', 'owning_business_unit'])
      expect(json).not.toHaveProperty(name);
    expect(JSON.stringify(json)).not.toContain('contact(');
    expect(await refused('hidden_parent', keeper)).toEqual([403, 'secured_property', expect.anything()]);
    expect(await refused('contact/$ref', keeper)).toEqual([403, 'missing_privilege', expect.anything()]);
    expect(await refused('hidden_children/$count', keeper)).toEqual([403, 'secured_property', expect.anything()]);
    const admin = await shown(`/boxes(${ids.left})?$expand=*`);
    expect(admin).toHaveProperty('contact');
  });

  test('works for every set that ships', async () => {
    for (const { set } of crm.platform.model().entities.values()) {
      expect((await get(`/${set}?$top=2&$expand=*`)).status, set).toBe(200);
      expect((await get(`/${set}?$top=2&$expand=*/$ref`)).status, set).toBe(200);
    }
  });

  test('is an answer of a write as well', async () => {
    const { json, status } = await crm.call(keeper, 'POST', '/boxes?$expand=*&$select=name', { name: 'fresh' });
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'fresh', children: [], parent: null });
    expect(json).not.toHaveProperty('contact');
  });

  test.each([
    ['*($select=name)', /\$select does not apply to \*/],
    ['*/$count', /leads nowhere/],
    ['*/$ref($levels=2)', /\$levels does not apply/],
    ['*,*', /named twice/],
    ['*/name', /leads nowhere/],
  ])('is refused: %s', async (expand, message) => {
    expect(await refused(expand)).toEqual([400, 'invalid_option', expect.stringMatching(message)]);
  });

  test('ends where it would follow more than 500 navigations', async () => {
    expect(await refused('*($levels=5)')).toEqual([
      400,
      'limit_exceeded',
      expect.stringMatching(/\* and \$levels \(500\)/),
    ]);
  });
});

describe('references and counts', () => {
  test('of collections, with filter, order, top, skip, count and search', async () => {
    const json = await shown(
      `/boxes(${ids.top})?$select=name&$expand=children/$ref($orderby=size desc;$top=1;$count=true)`,
    );
    expect(json.children).toEqual([{ '@odata.id': `${BOXES}(${ids.right})` }]);
    expect(json['children@odata.count']).toBe(2);
    const skipped = await shown(`/boxes(${ids.top})?$expand=children/$ref($orderby=size;$skip=1)`);
    expect(skipped.children).toEqual([{ '@odata.id': `${BOXES}(${ids.right})` }]);
    const found = await shown(`/boxes(${ids.top})?$expand=children/$ref($search=договорами)`);
    expect(found.children).toEqual([{ '@odata.id': `${BOXES}(${ids.left})` }]);
  });

  test('of a lookup, null where it is empty or hidden', async () => {
    const json = await shown(`/boxes?$filter=name in ('left','top')&$orderby=name&$select=name&$expand=parent/$ref`);
    const [left, top] = json.value;
    expect(left.parent).toEqual({ '@odata.id': `${BOXES}(${ids.top})` });
    expect(top.parent).toBeNull();
    const right = (await crm.create('boxes', { name: 'below', parent_id: ids.right, owner_id: keeper.id })).id;
    expect((await shown(`/boxes(${right})?$expand=parent/$ref`, keeper)).parent).toBeNull();
  });

  test('numbers without the records', async () => {
    const path = `/boxes(${ids.top})?$select=name&$expand=children/$count`;
    const json = await shown(path);
    expect(json).toEqual({
      '@odata.context': expect.stringMatching(/#boxes\(name\)\/\$entity$/),
      '@odata.etag': expect.any(String),
      name: 'top',
      'children@odata.count': 2,
    });
    expect((await shown(path, keeper))['children@odata.count']).toBe(1);
    const searched = await shown(`/boxes(${ids.top})?$expand=children/$count($search=договоры)`);
    expect(searched['children@odata.count']).toBe(1);
    const filtered = await shown(`/boxes(${ids.top})?$expand=children/$count($filter=size gt 5)`);
    expect(filtered['children@odata.count']).toBe(0);
  });

  test.each([
    ['children/$count($top=1)', /\$top does not apply/],
    ['children/$ref($select=name)', /\$select does not apply/],
    ['parent/$count', /nothing to count/],
    ['parent/$ref($filter=size eq 1)', /leads to one record/],
    ['parent($search=x)', /leads to one record/],
    ['children/$value', /leads nowhere/],
    ['children/parent', /leads nowhere/],
    ['children/', /leads nowhere/],
    ['children/constructor', /leads nowhere/],
    ['children,children/$count', /named twice/],
  ])('are refused: %s', async (expand, message) => {
    expect(await refused(expand)).toEqual([400, 'invalid_option', expect.stringMatching(message)]);
  });

  test('are no columns of CSV', async () => {
    const { status, json } = await get('/boxes?$expand=parent/$ref', crm.admin, { accept: 'text/csv' });
    expect([status, json.code]).toEqual([501, 'not_supported']);
  });
});

test('of what is in the recycle bin everything is expanded but references to its collections', async () => {
  const { id } = await crm.create('boxes', { name: 'thrown', parent_id: ids.leaf });
  await crm.call(crm.admin, 'DELETE', `/boxes(${id})`);
  const bin = `/boxes/deleted?$filter=id eq ${id}&$select=name&$expand=`;
  const [all] = (await shown(`${bin}*,parent($select=name;$levels=2)`)).value;
  expect(all).toMatchObject({ name: 'thrown', children: [], parent: { name: 'leaf', parent: { name: 'left' } } });
  expect(all.deleted_by).toMatchObject({ full_name: 'Administrator' });
  const [references] = (await shown(`${bin}*/$ref,children/$count`)).value;
  expect(references).toMatchObject({ parent: { '@odata.id': `${BOXES}(${ids.leaf})` }, 'children@odata.count': 0 });
  expect(references).not.toHaveProperty('boxes');
  expect((await get(`${bin}children/$ref`)).json).toMatchObject({ code: 'not_supported' });
});

describe('$search in an expand', () => {
  const names = (json: Answer['json']): string[] => json.children.map(({ name }: { name: string }) => name);

  test.each([
    ['$search=договоры', ['left']],
    ['$search=ri OR leaf', ['right']],
    ['search="ri" ; $orderby=name', ['right']],
    ['$search=NOT ri;$count=true', ['left']],
    ['$search=(left OR right) NOT (left)', ['right']],
    [`$search=o'brien;$top=1`, []],
    [`$search="a;b)c" OR left;$select=name`, ['left']],
    [`$search="it's" OR "\\"" OR right;$filter=name ne 'x;('`, ['right']],
  ])('%s', async (options, expected) => {
    const json = await shown(`/boxes(${ids.top})?$expand=${encodeURIComponent(`children(${options})`)}`);
    expect(names(json)).toEqual(expected);
    if (options.includes('$count=true')) expect(json['children@odata.count']).toBe(expected.length);
  });

  test('finds readable records only, and those of each plan with its own texts', async () => {
    for (let round = 0; round < 3; round += 1) {
      const path = (text: string) => `/boxes(${ids.top})?$expand=children($search=${text};$count=true)`;
      expect((await shown(path('right'), keeper))['children@odata.count']).toBe(0);
      expect((await shown(path('left'), keeper))['children@odata.count']).toBe(1);
      expect((await shown(path('right')))['children@odata.count']).toBe(1);
    }
  });

  test('goes on in the next pages', async () => {
    const root = (await crm.create('boxes', { name: 'shelf' })).id;
    const records = Array.from({ length: 110 }, (_, n) => ({
      name: n % 10 === 0 ? `red ${n}` : `blue ${n}`,
      parent_id: root,
    }));
    await crm.call(crm.admin, 'POST', '/boxes/bulk', { records });
    const list = `/boxes?$filter=id eq ${root}&$expand=children($search=red;$top=7;$orderby=name),company`;
    expect((await shown(list)).value[0].children).toHaveLength(7);
    const more = await shown(`/boxes(${root})?$expand=children($search=blue OR red;$orderby=name)`);
    const rest = await shown(more['children@odata.nextLink'].slice('http://crm.test/api/v1'.length));
    expect(rest.value).toHaveLength(10);
    const references = await shown(`/boxes(${root})?$expand=children/$ref($search=blue OR red;$orderby=name)`);
    const others = await shown(references['children@odata.nextLink'].slice('http://crm.test/api/v1'.length));
    expect(others.value.map((each: object) => Object.keys(each))).toEqual(
      Array.from({ length: 10 }, () => ['@odata.id']),
    );
    const { text } = await get(`/boxes(${root})/children/$count?$search=red`);
    expect(text).toBe('11');
  });

  test('of an entity that is not searched, and of what is no search, is refused', async () => {
    const { json } = await get('/users?$expand=role_assignments($search=x)');
    expect(json.code === 'unknown_property' || json.code === 'invalid_option').toBe(true);
    expect(await refused('children($search=(x)')).toEqual([400, 'invalid_option', expect.anything()]);
    expect(await refused('children($search=)')).toEqual([400, 'invalid_option', expect.anything()]);
    expect(await refused(`children($search=${'a '.repeat(21)})`)).toEqual([400, 'limit_exceeded', expect.anything()]);
  });
});

describe('names as long as a column may be', () => {
  test('are expanded with their counts and links', async () => {
    const target = (await crm.create('boxes', { name: 'target' })).id;
    const records = Array.from({ length: 101 }, (_, n) => ({ name: `n${n}`, [`${LONGEST}_id`]: target }));
    const bulk = await crm.call(crm.admin, 'POST', '/boxes/bulk', { records });
    expect(bulk.json.results[0].status).toBe(201);
    const many = LONGEST_INVERSE;
    const json = await shown(`/boxes(${target})?$select=name&$expand=${many}($count=true;$select=name)`);
    expect(json[many]).toHaveLength(100);
    expect(json[`${many}@odata.count`]).toBe(101);
    expect((await shown(json[`${many}@odata.nextLink`].slice('http://crm.test/api/v1'.length))).value).toHaveLength(1);
    const empty = await shown(`/boxes(${ids.top})?$select=name&$expand=${many}($select=name)`);
    expect(Object.keys(empty)).toEqual(['@odata.context', '@odata.etag', 'name', many]);
    const up = await shown(`/boxes?$filter=name eq 'n7'&$select=name&$expand=${LONGEST}($select=name)`);
    expect(up.value[0][LONGEST]).toMatchObject({ name: 'target' });
  });
});

describe('$select', () => {
  test('with a star and within expands', async () => {
    const json = await shown(`/boxes(${ids.left})?$select=*&$expand=parent($select=name)`);
    expect(json).toMatchObject({ name: 'left', size: 1, parent: { name: 'top' } });
    expect(Object.keys(json.parent)).toEqual(['@odata.etag', 'name']);
  });

  test('of a related record stands in its $expand: a path is refused and says so', async () => {
    const { status, json } = await get('/boxes?$select=company/name');
    expect([status, json.code]).toEqual([400, 'invalid_option']);
    expect(json.message).toContain('company($select=name)');
    expect((await get('/boxes?$select=name()')).json.code).toBe('invalid_option');
  });
});
