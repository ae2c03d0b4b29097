// PATCH and PUT of records that need not be there: by id and by other keys, under rights, preconditions, in groups and side by side.
import { randomUUID } from 'node:crypto';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm, statementsOf } from './crm-kit.ts';

const field = { type: 'text', max_length: 80 };
const SHELF = {
  name: 'shelf',
  set: 'shelves',
  label: { en: 'Shelf' },
  plural_label: { en: 'Shelves' },
  ownership: 'user',
  title: 'name',
  keys: { place: ['house', 'number'], by_code: ['code'] },
  fields: {
    name: { ...field, required: true },
    house: field,
    number: { type: 'integer' },
    code: { ...field, secured: true },
    note: { ...field, default: 'none' },
    mark: { ...field, read_only_after_create: true },
    tags: { type: 'many', target: 'shelf', inverse: 'tagged' },
  },
};
const role = (name: string, shelf: object) => ({
  kind: 'role' as const,
  name,
  layer: 'base' as const,
  source: name,
  body: { name, label: { en: name }, privileges: { shelf } },
});

let crm: Crm;
let owner: Principal;
let writer: Principal;
let creator: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const entity = { kind: 'entity' as const, name: 'shelf', layer: 'base' as const, source: 'shelf', body: SHELF };
  const roles = [
    role('shelf_owner', { '*': 'user' }),
    role('shelf_writer', { read: 'organization', write: 'organization' }),
    role('shelf_creator', { create: 'organization' }),
  ];
  crm = await startCrm({ documents: [...shipped, entity, ...roles] });
  owner = await crm.user('Olga', ['shelf_owner']);
  writer = await crm.user('Walter', ['shelf_writer']);
  creator = await crm.user('Carl', ['shelf_creator']);
});
afterAll(() => crm?.close());

const call = (method: string, path: string, body?: unknown, headers = {}, principal = crm.admin): Promise<Answer> =>
  crm.call(principal, method, path, body, headers);

/** What is only read is refused, where it would be left aside. */
const STRICT = { prefer: 'handling=strict' };

/** Status, code and the findings' codes and targets. */
async function outcome(answer: Promise<Answer>): Promise<string> {
  const { status, json } = await answer;
  if (status < 400) return String(status);
  const details = (json.details as { code: string; target?: string }[]).filter(({ code }) => code !== 'explain_access');
  return [status, json.code, ...details.map(({ code, target }) => `${code}:${target}`)].join(' ');
}

describe.each(['PATCH', 'PUT'])('%s of a record that is not there', (method) => {
  test('creates it under the id of the URL, and says where it is', async () => {
    const id = randomUUID();
    const answer = await call(method, `/shelves(${id})?$select=name,note`, { name: 'New' });
    expect([answer.status, answer.json.name, answer.json.note]).toEqual([201, 'New', 'none']);
    expect(answer.headers).toMatchObject({ location: `http://crm.test/api/v1/shelves(${id})`, etag: 'W/"1"' });
    const other = randomUUID();
    const minimal = await call(method, `/shelves/${other}`, { name: 'New' }, { prefer: 'return=minimal' });
    expect([minimal.status, minimal.text]).toEqual([204, null]);
    expect(minimal.headers).toMatchObject({
      'odata-entityid': `http://crm.test/api/v1/shelves(${other})`,
      'preference-applied': 'return=minimal',
    });
    expect((await call(method, `/shelves(${id})`, { name: 'Again' })).status).toBe(204);
    expect((await call('GET', `/shelves(${id})`)).json).toMatchObject({ name: 'Again', version: 2 });
  });

  test('creates it under the key of the URL, whose values it gets', async () => {
    const path = `/shelves(house='${method}',number=7)`;
    const answer = await call(method, path, { name: 'Keyed', number: 7 });
    expect([answer.status, answer.json.house, answer.json.number]).toEqual([201, method, 7]);
    expect((await call(method, path, { name: 'Changed', house: method })).status).toBe(204);
    expect((await call('GET', path)).json).toMatchObject({ name: 'Changed', house: method, number: 7 });
  });

  test('is judged as a create', async () => {
    const id = randomUUID();
    expect(await outcome(call(method, `/shelves(${id})`, { note: 'x' }))).toContain('validation_failed required:name');
    expect((await call('GET', `/shelves(${id})`)).status).toBe(404);
  });
});

test('the body repeats the key of the URL and says nothing else of it', async () => {
  const id = randomUUID();
  expect(await outcome(call('PATCH', `/shelves(${id})`, { id: randomUUID(), name: 'x' }))).toBe(
    '400 validation_failed invalid_value:id',
  );
  for (const body of [{ house: 'B' }, { house: null }, { house: 1 }])
    expect(await outcome(call('PATCH', "/shelves(house='A',number=1)", { name: 'x', ...body }))).toBe(
      '400 validation_failed invalid_value:house',
    );
  expect((await call('PATCH', `/shelves(${id})`, { id: id.toUpperCase(), name: 'x' })).status).toBe(201);
  expect((await call('PATCH', `/shelves(${id})`, { id, name: 'y' })).status).toBe(204);
  const keyed = await call('PATCH', "/shelves(house='I',number=1)", { id: randomUUID(), name: 'x' });
  expect(keyed.status).toBe(201);
  expect((await call('PATCH', "/shelves(house='I',number=1)", { id: keyed.json.id, name: 'y' })).status).toBe(204);
  expect(await outcome(call('PATCH', "/shelves(house='I',number=1)", { id, name: 'y' }, STRICT))).toContain(
    'read_only:id',
  );
});

test('what is given only to new records is given to new ones', async () => {
  const id = randomUUID();
  expect((await call('PATCH', `/shelves(${id})`, { name: 'x', mark: 'first' })).json.mark).toBe('first');
  const second = { name: 'y', mark: 'second' };
  expect(await outcome(call('PATCH', `/shelves(${id})`, second, STRICT))).toContain('read_only:mark');
  expect((await call('PATCH', `/shelves(${id})`, second)).status).toBe(204);
  expect((await crm.call(crm.admin, 'GET', `/shelves(${id})`)).json).toMatchObject({ name: 'y', mark: 'first' });
});

describe('preconditions', () => {
  test('If-Match asks for a record that is there, If-None-Match: * for one that is not', async () => {
    const id = randomUUID();
    const path = `/shelves(${id})`;
    for (const tag of ['*', 'W/"1"', 'W/"1", W/"2"'])
      expect(await outcome(call('PATCH', path, { name: 'x' }, { 'if-match': tag }))).toBe('404 not_found');
    expect((await call('PATCH', path, { name: 'x' }, { 'if-none-match': '*' })).status).toBe(201);
    expect(await outcome(call('PATCH', path, { name: 'y' }, { 'if-none-match': '*' }))).toBe('412 record_exists');
    expect(await outcome(call('PUT', path, {}, { 'if-none-match': '*' }))).toBe('412 record_exists');
    expect((await call('GET', path)).json).toMatchObject({ name: 'x', version: 1 });
    expect((await call('PATCH', path, { name: 'y' }, { 'if-match': '*' })).status).toBe(204);
    expect((await call('PATCH', path, { name: 'z' }, { 'if-match': '"7", W/"2"' })).status).toBe(204);
    const keyed = "/shelves(house='none',number=1)";
    expect(await outcome(call('PATCH', keyed, { name: 'x' }, { 'if-match': '*' }))).toBe('404 not_found');
    expect((await call('PATCH', keyed, { name: 'x' }, { 'if-none-match': '*' })).status).toBe(201);
    expect(await outcome(call('PATCH', keyed, { name: 'x' }, { 'if-none-match': '*' }))).toBe('412 record_exists');
  });

  test('that contradict each other, or name versions to be avoided, are refused', async () => {
    const path = `/shelves(${randomUUID()})`;
    const both = { 'if-match': '*', 'if-none-match': '*' };
    expect(await outcome(call('PATCH', path, { name: 'x' }, both))).toBe('400 bad_request');
    expect(await outcome(call('PATCH', path, { name: 'x' }, { 'if-none-match': 'W/"1"' }))).toBe('501 not_supported');
  });
});

describe('rights', () => {
  const as = (principal: Principal, path: string, body: unknown, headers = {}): Promise<string> =>
    outcome(call('PATCH', path, body, headers, principal));

  test('to create for what is not there, to write for what is', async () => {
    const { id } = await crm.create('shelves', { name: 'There' });
    expect(await as(writer, `/shelves(${id})`, { name: 'x' })).toBe('204');
    expect(await as(writer, `/shelves(${randomUUID()})`, { name: 'x' })).toBe('403 missing_privilege');
    const own = randomUUID();
    expect(await as(creator, `/shelves(${own})`, { name: 'x' })).toBe('204');
    expect(await as(creator, `/shelves(${own})`, { name: 'y' })).toBe('404 not_found');
    expect((await call('GET', `/shelves(${own})`)).json.name).toBe('x');
  });

  test('a hidden record is told only to who may create it, and by its id like a missing one', async () => {
    const hidden = await crm.create('shelves', { name: 'Hidden', house: 'hidden', number: 1 });
    const [byId, byKey] = [`/shelves(${hidden.id})`, "/shelves(house='hidden',number=1)"];
    expect(await as(owner, byId, { name: 'x' })).toBe('404 not_found');
    expect(await as(owner, byKey, { name: 'x' })).toBe('409 duplicate_key');
    for (const path of [byId, byKey, `/shelves(${randomUUID()})`, "/shelves(house='no',number=1)"]) {
      expect(await as(owner, path, {})).toBe('400 validation_failed required:name');
      expect(await as(owner, path, { name: 'x' }, { 'if-match': '*' })).toBe('404 not_found');
    }
    expect(await as(owner, byId, { name: 'x' }, { 'if-none-match': '*' })).toBe('404 not_found');
    expect((await call('GET', byId)).json).toMatchObject({ name: 'Hidden', version: 1 });
  });

  test('a secured key finds nothing for who may not read it', async () => {
    expect(await as(owner, "/shelves(code='c')", { name: 'x' })).toBe('403 secured_property');
    expect(await as(owner, "/shelves(code='c')", { name: 'x' }, { 'if-none-match': '*' })).toBe('403 secured_property');
  });
});

test('a deleted record keeps its id, which is told to who could restore it, and gives its key free', async () => {
  const { id } = await crm.create('shelves', { name: 'Gone', house: 'gone', number: 1 });
  await call('DELETE', `/shelves(${id})`);
  expect(await outcome(call('PATCH', `/shelves(${id})`, { name: 'x' }))).toBe('409 is_deleted');
  expect(await outcome(call('PATCH', `/shelves(${id})`, { name: 'x' }, {}, owner))).toBe('404 not_found');
  expect(await outcome(call('PATCH', `/shelves(${id})`, { name: 'x' }, { 'if-match': '*' }))).toBe('404 not_found');
  const next = await call('PATCH', "/shelves(house='gone',number=1)", { name: 'Next' });
  expect([next.status, next.json.id === id]).toEqual([201, false]);
  expect((await call('POST', `/shelves(${id})/restore`)).status).toBe(409);
});

test('another key that is taken is told with its name', async () => {
  await crm.create('shelves', { name: 'There', house: 'taken', number: 1 });
  const answer = await call('PATCH', `/shelves(${randomUUID()})`, { name: 'x', house: 'taken', number: 1 });
  expect([answer.status, answer.json.code, answer.json.target]).toEqual([409, 'duplicate_key', 'house']);
});

test('links of the body are made with the new record', async () => {
  const tag = await crm.create('shelves', { name: 'Tag' });
  const id = randomUUID();
  const body = { name: 'Tagged', 'tags@odata.bind': [`shelves(${tag.id})`] };
  const answer = await call('PATCH', `/shelves(${id})?$expand=tags($select=name)`, body);
  expect([answer.status, answer.json.tags]).toMatchObject([201, [{ name: 'Tag' }]]);
  const bad = { name: 'x', 'tags@odata.bind': [`shelves(${randomUUID()})`] };
  const refused = randomUUID();
  expect(await outcome(call('PATCH', `/shelves(${refused})`, bad))).toContain('target_not_found:tags@odata.bind/0');
  expect((await call('GET', `/shelves(${refused})`)).status).toBe(404);
});

test.each(['PATCH', 'PUT'])('many %s of one key at the same time make one record', async (method) => {
  const id = randomUUID();
  for (const path of [`/shelves(${id})`, `/shelves(house='race ${method}',number=1)`]) {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => call(method, path, { name: `n${n}`, number: 1, house: `race ${method}` })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual(
      [...Array.from({ length: 40 }, (_, n) => (n === 0 && path.includes(id) ? 201 : 204))].sort(),
    );
  }
  const { json } = await call('GET', `/shelves?$filter=house eq 'race ${method}'&$count=true&$top=0`);
  expect(json['@odata.count']).toBe(1);
});

test('many creates of one key at the same time that may only create make one record, and the others are told so', async () => {
  const path = "/shelves(house='only',number=1)";
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => call('PATCH', path, { name: `n${n}` }, { 'if-none-match': '*' })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 412)]);
});

describe('in a batch', () => {
  const batch = async (
    requests: object[],
  ): Promise<{ id: string; status: number; body?: { id?: string; name?: string } }[]> =>
    (await call('POST', '/$batch', { requests })).json.responses;

  test('an atomic group creates and changes under keys, all or nothing, and later requests name the record', async () => {
    const made = await batch([
      { id: '1', method: 'PATCH', url: "shelves(house='batch',number=1)", body: { name: 'A' }, atomicityGroup: 'g' },
      { id: '2', method: 'PATCH', url: "shelves(house='batch',number=1)", body: { name: 'B' }, atomicityGroup: 'g' },
      { id: '3', method: 'PATCH', url: `shelves(${randomUUID()})`, body: { name: 'C' }, atomicityGroup: 'g' },
      { id: '4', method: 'GET', url: '$1?$select=name' },
    ]);
    expect(made.map(({ status }) => status)).toEqual([201, 204, 201, 200]);
    expect(made[3]?.body?.name).toBe('B');
    const undone = await batch([
      { id: '1', method: 'PATCH', url: "shelves(house='batch',number=2)", body: { name: 'A' }, atomicityGroup: 'g' },
      { id: '2', method: 'PATCH', url: "shelves(house='batch',number=3)", body: {}, atomicityGroup: 'g' },
    ]);
    expect(undone.map(({ status }) => status)).toEqual([424, 400]);
    expect((await call('GET', "/shelves(house='batch',number=2)")).status).toBe(404);
  });

  test('groups that make the same record side by side make one', async () => {
    const group = (n: number) => [
      {
        id: 'a',
        method: 'PATCH',
        url: "shelves(house='groups',number=1)",
        body: { name: `${n}` },
        atomicityGroup: 'g',
      },
      {
        id: 'b',
        method: 'PATCH',
        url: "shelves(house='groups',number=2)",
        body: { name: `${n}` },
        atomicityGroup: 'g',
      },
    ];
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => batch(group(n))));
    const statuses = answers.flatMap((responses) => responses.map(({ status }) => status)).sort();
    expect(statuses).toEqual([...Array.from({ length: 2 }, () => 201), ...Array.from({ length: 18 }, () => 204)]);
  });
});

test('an update of what is there is one statement, as before', async () => {
  const { id } = await crm.create('shelves', { name: 'Fast' });
  const names = ['a', 'b'].values();
  const update = () => call('PATCH', `/shelves(${id})`, { name: names.next().value ?? randomUUID() });
  expect(await statementsOf(crm, update)).toBe(1);
});
