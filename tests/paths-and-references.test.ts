// Paths that go on after a lookup or into a collection, references of collections, and records that are named by other keys than ids.
import { randomUUID } from 'node:crypto';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm, statementsOf } from './crm-kit.ts';

const label = { en: 'L' };
const name = { type: 'text', required: true, max_length: 40 };
const entity = (named: string, body: object) => ({
  kind: 'entity' as const,
  name: named,
  layer: 'base' as const,
  source: named,
  body: { name: named, set: `${named}s`, label, plural_label: label, title: 'name', ownership: 'user', ...body },
});
const role = (named: string, privileges: object) => ({
  kind: 'role' as const,
  name: named,
  layer: 'base' as const,
  source: named,
  body: { name: named, label, privileges },
});
const DOCUMENTS = [
  entity('firm', {
    keys: { by_code: ['code'], by_secret: ['secret'] },
    fields: {
      name,
      code: { type: 'text', max_length: 40 },
      secret: { type: 'text', max_length: 40, secured: true },
      parent: { type: 'lookup', targets: ['firm'], inverse: 'branches' },
      tags: { type: 'many', target: 'tag', inverse: 'firms' },
    },
  }),
  entity('person', {
    keys: { by_code: ['code'] },
    fields: {
      name,
      code: { type: 'text', max_length: 40 },
      firm: { type: 'lookup', targets: ['firm'], inverse: 'people' },
    },
  }),
  entity('tag', { keys: { by_code: ['code'] }, fields: { name, code: { type: 'text', max_length: 40 } } }),
  entity('note', { fields: { name, of: { type: 'lookup', targets: ['firm', 'person'], inverse: 'notes' } } }),
  role('own', { firm: { '*': 'user' }, person: { '*': 'user' }, tag: { '*': 'user' }, note: { '*': 'user' } }),
  role('no_append_to_firm', { firm: { '*': 'user', append_to: 'none' }, person: { '*': 'user' } }),
];

let crm: Crm;
let user: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  user = await crm.user('Una', ['own']);
});
afterAll(() => crm?.close());

const call = (method: string, path: string, body?: unknown, principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(principal, method, path, body, headers);
const get = (path: string, principal = crm.admin): Promise<Answer> => call('GET', path, undefined, principal);
const MISSING = '00000000-0000-0000-0000-000000000000';

/** Status, and code and target of the error or its findings. */
async function outcome(answer: Promise<Answer>): Promise<string> {
  const { status, json } = await answer;
  if (status < 400) return String(status);
  const details = (json.details as { code: string; target?: string }[]).filter(({ code }) => code !== 'explain_access');
  const found = details.length > 0 ? details : [json];
  return [status, ...found.map(({ code, target }) => `${code}:${target}`)].join(' ');
}

/** A firm with a parent and two people, all of them somebody's. */
async function family(principal = crm.admin): Promise<Record<'top' | 'firm' | 'ann' | 'bob', string>> {
  const top = (await crm.create('firms', { name: 'Top' }, principal)).id;
  const firm = (await crm.create('firms', { name: 'Firm', parent_id: top }, principal)).id;
  const ann = (await crm.create('persons', { name: 'Ann', firm_id: firm }, principal)).id;
  const bob = (await crm.create('persons', { name: 'Bob', firm_id: firm }, principal)).id;
  return { top, firm, ann, bob };
}

describe('a path', () => {
  test('goes on after a lookup, to whatever the record has', async () => {
    const { top, firm, ann, bob } = await family();
    expect((await get(`/persons(${ann})/firm/name`)).json.value).toBe('Firm');
    expect((await get(`/persons/${ann}/firm/name/$value`)).text).toBe('Firm');
    expect((await get(`/persons(${ann})/firm/parent/name`)).json.value).toBe('Top');
    expect((await get(`/persons(${ann})/firm/parent?$select=name`)).json).toMatchObject({ name: 'Top' });
    expect((await get(`/persons(${ann})/firm/parent/$ref`)).json['@odata.id']).toContain(`firms(${top})`);
    const people = await get(`/persons(${ann})/firm/people?$orderby=name&$select=name&$top=1`);
    expect(people.json.value).toMatchObject([{ name: 'Ann' }]);
    expect((await get(`/persons(${ann})/firm/people/$count`)).text).toBe('2');
    expect((await get(`/persons(${ann})/firm/people(${bob})?$select=name`)).json.name).toBe('Bob');
    expect((await get(`/persons(${ann})/firm/people(${bob})/firm/parent/branches(${firm})/name`)).json.value).toBe(
      'Firm',
    );
    expect((await get(`/persons(${ann})/firm/changes`)).json.value).toHaveLength(1);
  });

  test('is written at its end, as the record there is', async () => {
    const { firm, ann, bob } = await family();
    expect((await call('PUT', `/persons(${ann})/firm/name`, { value: 'Renamed' })).status).toBe(204);
    expect((await call('PATCH', `/firms(${firm})/people(${bob})`, { name: 'Robert' })).status).toBe(204);
    const made = await call('POST', `/persons(${ann})/firm/people`, { name: 'Cid' });
    expect([made.status, made.json.firm_id]).toEqual([201, firm]);
    expect((await call('DELETE', `/persons(${ann})/firm/people(${bob})`)).status).toBe(204);
    expect((await call('DELETE', `/persons(${ann})/firm/parent/$ref`)).status).toBe(204);
    expect((await get(`/firms(${firm})`)).json).toMatchObject({ name: 'Renamed', parent_id: null });
    expect((await get(`/firms(${firm})/people/$count`)).text).toBe('2');
    expect(await outcome(call('PATCH', `/firms(${firm})/people(${MISSING})`, { name: 'x' }))).toBe(
      '404 not_found:undefined',
    );
  });

  test('over what is empty, not there, hidden or no member ends in 404', async () => {
    const { firm, ann } = await family(user);
    const stranger = (await crm.create('persons', { name: 'Stranger' })).id;
    const hidden = (await crm.create('firms', { name: 'Hidden' })).id;
    await call('PATCH', `/persons(${ann})`, { firm_id: hidden });
    for (const path of [
      `/persons(${ann})/firm/name`,
      `/persons(${ann})/firm/people`,
      `/persons(${ann})/firm/people/$count`,
      `/persons(${stranger})/firm/name`,
      `/persons(${MISSING})/firm/name`,
      `/firms(${firm})/people(${ann})`,
      `/firms(${firm})/people(${stranger})/name`,
      `/firms(${firm})/people(${MISSING})`,
      `/firms(${hidden})/people(${ann})`,
    ])
      expect(await outcome(get(path, user)), path).toBe('404 not_found:undefined');
    expect((await get(`/persons(${ann})/firm/name`)).json.value).toBe('Hidden');
    await call('PATCH', `/persons(${ann})`, { firm_id: null });
    expect(await outcome(get(`/persons(${ann})/firm/name`))).toBe('404 not_found:undefined');
  });

  test('begins and goes on with other keys, and has five steps at most', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const firm = await crm.create('firms', { name: 'Keyed', code: a });
    await crm.create('persons', { name: 'Keyed', code: b, firm_id: firm.id });
    expect((await get(`/firms(code='${a}')/people(code='${b}')/firm/name`)).json.value).toBe('Keyed');
    expect(await outcome(get(`/firms(code='${b}')/people(code='${b}')/name`))).toBe('404 not_found:undefined');
    const top = (await crm.create('firms', { name: 'f0' })).id;
    let last = top;
    for (let n = 1; n <= 6; n += 1) last = (await crm.create('firms', { name: `f${n}`, parent_id: last })).id;
    expect((await get(`/firms(${last})${'/parent'.repeat(5)}/name`)).json.value).toBe('f1');
    expect((await get(`/firms(${last})${'/parent'.repeat(6)}`)).json.id).toBe(top);
    expect((await get(`/firms(${last})${'/parent'.repeat(6)}/name`)).json).toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('steps of a path (5)'),
    });
  });

  test('costs a statement for each step', async () => {
    const { ann } = await family();
    expect(await statementsOf(crm, () => get(`/persons(${ann})/firm/parent/name`))).toBe(3);
  });
});

describe('references of a collection', () => {
  test('are listed page by page, with filter, order and total', async () => {
    const { firm, ann, bob } = await family();
    const urls = [ann, bob].map((id) => ({ '@odata.id': `http://crm.test/api/v1/persons(${id})` }));
    const all = await get(`/firms(${firm})/people/$ref?$orderby=name&$count=true`);
    expect(all.json).toEqual({
      '@odata.context': 'http://crm.test/api/v1/$metadata#Collection($ref)',
      '@odata.count': 2,
      value: urls,
    });
    expect((await get(`/firms(${firm})/people/$ref?$filter=name eq 'Bob'`)).json.value).toEqual([urls[1]]);
    const headers = { prefer: 'maxpagesize=1' };
    const first = await call('GET', `/firms(${firm})/people/$ref?$orderby=name`, undefined, crm.admin, headers);
    expect(first.json.value).toEqual([urls[0]]);
    const next = String(first.json['@odata.nextLink']).replace('http://crm.test/api/v1', '');
    expect(next).toMatch(/\/people\/\$ref\?\$orderby=name&\$skiptoken=/);
    const second = await call('GET', next, undefined, crm.admin, headers);
    expect([second.json.value, second.json['@odata.nextLink']]).toEqual([[urls[1]], undefined]);
    expect((await get(`/firms(${firm})/people(${ann})/$ref`)).json['@odata.id']).toContain(`persons(${ann})`);
    expect(await outcome(get(`/firms(${firm})/people(${MISSING})/$ref`))).toBe('404 not_found:undefined');
    expect(await outcome(get(`/firms(${firm})/people/$ref?$select=name`))).toBe('400 invalid_option:$select');
    expect(await outcome(get(`/firms(${firm})/people/$ref`, user))).toBe('404 not_found:undefined');
    expect(await outcome(call('PUT', `/firms(${firm})/people/$ref`, { value: [] }))).toContain('501 not_supported');
  });

  test('of the inverse of a lookup set and clear the lookup', async () => {
    const { firm, top, ann } = await family();
    const path = `/firms(${top})/people/$ref`;
    for (const url of [`persons(${ann})`, `/persons(${ann})`, `http://crm.test/api/v1/persons(${ann})`])
      expect((await call('POST', path, { '@odata.id': url })).status).toBe(204);
    expect((await get(`/persons(${ann})`)).json).toMatchObject({ firm_id: top, version: 2 });
    expect(await outcome(call('DELETE', `/firms(${firm})/people(${ann})/$ref`))).toBe('404 not_found:undefined');
    expect((await call('DELETE', `${path}?$id=persons(${ann})`)).status).toBe(204);
    expect((await get(`/persons(${ann})`)).json.firm_id).toBe(null);
    expect(await outcome(call('DELETE', `/firms(${top})/people(${ann})/$ref`))).toBe('404 not_found:undefined');
    const note = await crm.create('notes', { name: 'n' });
    expect((await call('POST', `/persons(${ann})/notes/$ref`, { '@id': `notes(${note.id})` })).status).toBe(204);
    expect((await get(`/notes(${note.id})`)).json).toMatchObject({ of_id: ann, of_type: 'person' });
    expect((await call('DELETE', `/persons(${ann})/notes(${note.id})/$ref`)).status).toBe(204);
    expect((await get(`/notes(${note.id})`)).json).toMatchObject({ of_id: null, of_type: null });
  });

  test('of the inverse of a lookup take the rights of its change', async () => {
    const mine = await family(user);
    const hidden = (await crm.create('persons', { name: 'Hidden', firm_id: mine.firm })).id;
    const other = (await crm.create('firms', { name: 'Hidden' })).id;
    const post = (firm: string, person: string, principal: Principal): Promise<string> =>
      outcome(call('POST', `/firms(${firm})/people/$ref`, { '@odata.id': `persons(${person})` }, principal));
    for (const id of [hidden, MISSING]) {
      expect(await post(mine.top, id, user)).toBe('400 target_not_found:@odata.id');
      expect(await outcome(call('DELETE', `/firms(${mine.firm})/people(${id})/$ref`, undefined, user))).toBe(
        '404 not_found:undefined',
      );
    }
    for (const id of [other, MISSING]) expect(await post(id, mine.ann, user)).toBe('404 not_found:undefined');
    const limited = await crm.user('Lim', ['no_append_to_firm']);
    const firm = (await crm.create('firms', { name: 'x' }, limited)).id;
    const person = (await crm.create('persons', { name: 'x' }, limited)).id;
    expect(await post(firm, person, limited)).toBe('403 missing_privilege:firm_id');
    expect(await outcome(call('POST', `/firms(${firm})/people/$ref`, {}, limited))).toBe('400 invalid_value:@odata.id');
  });
});

describe('records named by other keys', () => {
  const code = randomUUID();
  let firm: string;
  let tag: string;
  beforeAll(async () => {
    firm = (await crm.create('firms', { name: 'Keyed', code, secret: code })).id;
    tag = (await crm.create('tags', { name: 'Keyed', code })).id;
  });
  const key = `firms(code='${code}')`;

  test('are bound in bodies of creates and changes, also within', async () => {
    for (const body of [
      { 'firm@odata.bind': key },
      { 'firm@odata.bind': `/${key}` },
      { firm: { '@id': `http://crm.test/api/v1/${key}` } },
    ])
      expect((await crm.create('persons', { name: 'x', ...body })).firm_id).toBe(firm);
    const { id } = await crm.create('persons', { name: 'x' });
    expect((await call('PATCH', `/persons(${id})`, { 'firm@odata.bind': key })).status).toBe(204);
    expect((await get(`/persons(${id})`)).json.firm_id).toBe(firm);
    const tagged = await call('POST', '/firms?$expand=tags($select=name)', {
      name: 'x',
      'tags@odata.bind': [`tags(code='${code}')`],
      people: [{ name: 'p', notes: [{ name: 'n' }] }],
      branches: [{ name: 'b', tags: [{ '@id': `tags(code='${code}')` }] }, { '@id': key }],
    });
    expect([tagged.status, tagged.json.tags]).toMatchObject([201, [{ name: 'Keyed' }]]);
    expect((await get(`/firms(${firm})`)).json.parent_id).toBe(tagged.json.id);
    expect((await get(`/tags(${tag})/firms/$count`)).text).toBe('2');
  });

  test('are found all at once in requests for many records, also among those before', async () => {
    const records = Array.from({ length: 50 }, (_, n) => ({ name: `p${n}`, 'firm@odata.bind': key }));
    const bulk = (set: string, body: object, principal = crm.admin): Promise<Answer> =>
      call('POST', `/${set}/bulk`, body, principal);
    // begin, the firms, the persons, commit
    expect(await statementsOf(crm, () => bulk('persons', { records }))).toBe(4);
    const chain = Array.from({ length: 3 }, (_, n) => ({
      name: `c${n}`,
      code: `${code}-${n}`,
      ...(n === 0 ? {} : { 'parent@odata.bind': `firms(code='${code}-${n - 1}')` }),
    }));
    const { json } = await bulk('firms', { records: chain });
    expect(json.results.map(({ status }: Answer) => status)).toEqual([201, 201, 201]);
    expect((await get(`/firms(code='${code}-2')/parent/parent/code`)).json.value).toBe(`${code}-0`);
    const mixed = await bulk('persons', {
      records: [{ name: 'a', 'firm@odata.bind': "firms(code='none')" }, { name: 'b' }],
    });
    expect(mixed.json.results).toMatchObject([
      {
        status: 400,
        error: { code: 'validation_failed', details: [{ code: 'target_not_found', target: 'firm@odata.bind' }] },
      },
      { status: 201 },
    ]);
  });

  test('that are hidden, not there, secured, or of another kind are refused', async () => {
    const refused = (url: string, principal = user): Promise<string> =>
      outcome(call('POST', '/persons', { name: 'x', 'firm@odata.bind': url }, principal));
    for (const url of [key, "firms(code='none')"])
      expect(await refused(url)).toBe('400 target_not_found:firm@odata.bind');
    expect(await refused(`firms(secret='${code}')`)).toBe('403 secured_property:key');
    expect(await refused("firms(name='x')", crm.admin)).toBe('400 invalid_value:firm@odata.bind');
    expect(await refused(`tags(code='${code}')`, crm.admin)).toBe('400 invalid_value:firm@odata.bind');
    expect(await refused(`${key}/people(${MISSING})`, crm.admin)).toBe('400 invalid_value:firm@odata.bind');
    const deep = {
      name: 'x',
      people: [{ name: 'p', notes: [{ name: 'n', 'of_firm@odata.bind': "firms(code='none')" }] }],
    };
    expect(await outcome(call('POST', '/firms', deep))).toMatch(/^400 /);
  });

  test('are linked, set and taken away by references', async () => {
    const { id } = await crm.create('firms', { name: 'x' });
    const person = await crm.create('persons', { name: 'x', code: randomUUID() });
    expect((await call('POST', `/firms(${id})/tags/$ref`, { '@odata.id': `tags(code='${code}')` })).status).toBe(204);
    const prefer = { prefer: 'return=minimal' };
    const taken = await call(
      'DELETE',
      `/firms(${id})/tags/$ref?$id=tags(code='${code}')`,
      undefined,
      crm.admin,
      prefer,
    );
    expect([taken.status, taken.headers['preference-applied']]).toEqual([204, 'return=minimal']);
    const gone = await crm.create('tags', { name: 'gone' });
    const deleted = await call('DELETE', `/tags(${gone.id})`, undefined, crm.admin, prefer);
    expect([deleted.status, deleted.headers['preference-applied']]).toEqual([204, 'return=minimal']);
    expect((await call('PUT', `/persons(${person.id})/firm/$ref`, { '@odata.id': key })).status).toBe(204);
    expect((await get(`/persons(${person.id})/firm/$ref`)).json['@odata.id']).toContain(firm);
    const post = call('POST', `/firms(${id})/people/$ref`, { '@odata.id': `persons(code='${person.code}')` });
    expect((await post).status).toBe(204);
    expect(await outcome(call('POST', `/firms(${id})/tags/$ref`, { '@odata.id': "tags(code='none')" }))).toBe(
      '400 target_not_found:@odata.id',
    );
  });
});
