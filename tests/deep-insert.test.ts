// Records that come in the body of another: made together or not at all, each judged as if it had come alone.
import { randomUUID } from 'node:crypto';
import { type Hook, PlatformError, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm, statementsOf } from './crm-kit.ts';

const label = { en: 'L' };
const name = { type: 'text', required: true, max_length: 20 };
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
  entity('house', {
    keys: { by_code: ['code'] },
    fields: {
      name,
      code: { type: 'text', max_length: 20 },
      street: { type: 'lookup', targets: ['street'], inverse: 'houses' },
      tags: { type: 'many', target: 'tag', inverse: 'houses' },
      above: { type: 'lookup', targets: ['house'], inverse: 'below' },
    },
  }),
  entity('street', { fields: { name } }),
  entity('tag', { fields: { name } }),
  entity('room', {
    ownership: 'parent',
    parent: 'house',
    fields: {
      name,
      size: { type: 'integer' },
      house: { type: 'lookup', targets: ['house'], inverse: 'rooms', on_delete: 'cascade', required: true },
    },
  }),
  entity('label', {
    fields: { name, of: { type: 'lookup', targets: ['house', 'room'], inverse: 'labels' } },
  }),
  role('builder', {
    house: { '*': 'user' },
    room: { '*': 'user' },
    tag: { '*': 'user' },
    street: { '*': 'user' },
    label: { '*': 'user' },
  }),
  role('no_append_to_house', {
    house: { '*': 'user', append_to: 'none' },
    room: { '*': 'user' },
  }),
  role('blind', { house: { '*': 'user' }, room: { '*': 'user', read: 'none' } }),
];

/** Notices the tags that are made, refuses one, and breaks off at another. */
const seen: string[][] = [];
const hook: Hook = {
  entity: 'tag',
  operations: ['create'],
  needsTransaction: () => false,
  before: (context, records) => {
    seen.push(records.map(({ values }) => String(values.name)));
    for (const record of records) {
      if (record.values.name === 'refused')
        context.refuse(record, new PlatformError('conflict', { reason: 'no' }, { target: 'name' }));
      if (record.values.name === 'thrown') throw new PlatformError('conflict', { reason: 'no' }, { target: 'name' });
    }
  },
};

let crm: Crm;
let builder: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS], hooks: [hook] });
  builder = await crm.user('Bob', ['builder']);
});
afterAll(() => crm?.close());

const post = (body: unknown, path = '/houses', principal = crm.admin, headers = {}): Promise<Answer> =>
  crm.call(principal, 'POST', path, body, headers);

/** Status, code and the findings' codes and targets. */
async function outcome(answer: Promise<Answer>): Promise<string> {
  const { status, json } = await answer;
  if (status < 400) return String(status);
  const details = (json.details as { code: string; target?: string }[]).filter(({ code }) => code !== 'explain_access');
  const found = details.length > 0 ? details : [json];
  return [status, ...found.map(({ code, target }) => `${code}:${target}`)].join(' ');
}

const counts = async (): Promise<string> => {
  const of = async (set: string): Promise<string> => (await crm.call(crm.admin, 'GET', `/${set}/$count`)).text ?? '';
  return (await Promise.all(['houses', 'rooms', 'tags', 'streets', 'labels'].map(of))).join();
};

const WHOLE = {
  name: 'Mill',
  street: { name: 'High street' },
  rooms: [
    { name: 'Hall', size: 30, labels: [{ name: 'h1' }, { name: 'h2' }] },
    { '@odata.type': '#kartoteka.room', name: 'Attic' },
  ],
  tags: [{ name: 'old' }, { name: 'big', houses: [{ name: 'Other', rooms: [{ name: 'Cellar' }] }] }],
  labels: [{ name: 'on the house' }],
};

test('a tree of records over lookups, their inverses and links is made at once, and answered expanded', async () => {
  const answer = await post(WHOLE);
  expect(answer.status, answer.text ?? '').toBe(201);
  expect(answer.json).toMatchObject({
    name: 'Mill',
    street: { name: 'High street' },
    rooms: expect.arrayContaining([
      expect.objectContaining({ name: 'Hall', size: 30, labels: [expect.anything(), expect.anything()] }),
      expect.objectContaining({ name: 'Attic', labels: [] }),
    ]),
    labels: [{ name: 'on the house', of_type: 'house' }],
  });
  const tags = answer.json.tags.map((tag: { name: string; houses: { name: string }[] }) => [
    tag.name,
    tag.houses.map((house) => house.name).sort(),
  ]);
  expect(tags.sort()).toEqual([
    ['big', ['Mill', 'Other']],
    ['old', ['Mill']],
  ]);
  expect(answer.headers).toMatchObject({
    etag: 'W/"1"',
    location: `http://crm.test/api/v1/houses(${answer.json.id})`,
  });
  const { json } = await crm.call(crm.admin, 'GET', `/rooms?$filter=house_id eq ${answer.json.id}&$select=owner_id`);
  expect(json.value).toMatchObject([{ owner_id: crm.admin.id }, { owner_id: crm.admin.id }]);
});

test('the answer shows what the request expands besides, and nothing with return=minimal', async () => {
  const body = { name: 'x', rooms: [{ name: 'a', labels: [{ name: 'l' }] }] };
  const shown = await post(
    body,
    '/houses?$select=name&$expand=created_by($select=full_name),rooms($select=name;$count=true)',
  );
  expect(shown.json).toMatchObject({
    name: 'x',
    'rooms@odata.count': 1,
    rooms: [{ name: 'a', labels: [{ name: 'l' }] }],
  });
  expect([shown.json.code, shown.json.rooms[0].size, typeof shown.json.created_by.full_name]).toEqual([
    undefined,
    undefined,
    'string',
  ]);
  const minimal = await post(body, '/houses', crm.admin, { prefer: 'return=minimal' });
  expect([minimal.status, minimal.text, typeof minimal.headers['odata-entityid']]).toEqual([204, null, 'string']);
});

test('every bad record is told with its place, and nothing is stored', async () => {
  const before = await counts();
  const bad = {
    rooms: [{ name: 'x'.repeat(21) }, { name: 'ok' }, { size: 'much', labels: [{ nme: 'x' }] }],
    street: { name: null },
    tags: [{ name: 'refused' }],
  };
  expect(await outcome(post(bad))).toBe(
    '400 required:name invalid_value:rooms/0/name required:rooms/2/name invalid_value:rooms/2/size ' +
      'unknown_property:rooms/2/labels/0/nme required:rooms/2/labels/0/name required:street/name conflict:tags/0/name',
  );
  expect(await counts()).toBe(before);
  expect(await outcome(post({ rooms: [{ name: 'ok' }] }))).toBe('400 required:name');
  expect(await outcome(post({ name: 'x', rooms: [{ name: 'ok' }, {}] }))).toBe('400 required:rooms/1/name');
});

test('a hook that throws refuses the record that it threw for, and no other is held responsible', async () => {
  const before = await counts();
  const tags = ['a', 'thrown', 'b'].map((each) => ({ name: each }));
  expect(await outcome(post({ name: 'x', tags }))).toBe('409 conflict:tags/1/name');
  expect(await counts()).toBe(before);
});

test('hooks get the records of one entity together', async () => {
  seen.length = 0;
  await post({ name: 'x', tags: [{ name: 'a' }, { name: 'b' }] });
  expect(seen).toEqual([['a', 'b']]);
});

describe('references beside new records', () => {
  test('link what is there, and lead lookups of what is there here', async () => {
    const tag = await crm.create('tags', { name: 'there' });
    const other = await crm.create('tags', { name: 'also there' });
    const house = await crm.create('houses', { name: 'Below' });
    const bound = await crm.create('houses', { name: 'Below, too' });
    const street = await crm.create('streets', { name: 'There' });
    const answer = await post({
      name: 'x',
      street: { '@odata.id': `streets(${street.id})` },
      tags: [{ '@id': `tags(${tag.id})` }, { name: 'new' }],
      'tags@odata.bind': [`/tags(${other.id})`],
      below: [{ '@id': `http://crm.test/api/v1/houses(${house.id})` }, { name: 'new' }],
      'below@odata.bind': [`houses(${bound.id})`],
    });
    expect(answer.status, answer.text ?? '').toBe(201);
    const names = (list: { name: string }[]): string[] => list.map((each) => each.name).sort();
    expect(names(answer.json.tags)).toEqual(['also there', 'new', 'there']);
    expect(names(answer.json.below)).toEqual(['Below', 'Below, too', 'new']);
    expect(answer.json.street_id).toBe(street.id);
    expect((await crm.call(crm.admin, 'GET', `/houses(${house.id})`)).json).toMatchObject({
      version: 2,
      above_id: answer.json.id,
    });
  });

  test('to what is not there, or hidden, refuse everything with their place', async () => {
    const before = await counts();
    const hidden = await crm.create('houses', { name: 'Hidden' });
    const missing = `houses(${randomUUID()})`;
    const asked = (body: object): Promise<string> => outcome(post({ name: 'x', ...body }, '/houses', builder));
    for (const url of [missing, `houses(${hidden.id})`]) {
      expect(await asked({ below: [{ '@id': url }] })).toBe('400 target_not_found:below/0');
      expect(await asked({ 'below@odata.bind': [url] })).toBe('400 target_not_found:below@odata.bind/0');
      expect(await asked({ tags: [{ name: 'a', houses: [{ '@id': url }] }] })).toBe(
        '400 target_not_found:tags/0/houses/0',
      );
    }
    expect(await asked({ below: [{ '@id': 'tags(1)' }] })).toBe('400 invalid_value:below/0');
    expect(await counts()).toBe(before.replace(/^\d+/, (n) => String(Number(n) + 1)));
  });
});

describe('rights', () => {
  test('are those of each record alone', async () => {
    const before = await counts();
    const linker = await crm.user('Linus', ['no_append_to_house']);
    const alone = await crm.create('houses', { name: 'Alone' }, linker);
    const below = await outcome(post({ name: 'r', house_id: alone.id }, '/rooms', linker));
    expect(below).toBe('403 missing_privilege:house_id');
    expect(await outcome(post({ name: 'x', rooms: [{ name: 'r' }] }, '/houses', linker))).toBe(
      '403 missing_privilege:rooms/0/house_id',
    );
    expect(await outcome(post({ name: 'x', street: { name: 's' } }, '/houses', linker))).toBe(
      '403 missing_privilege:street/street',
    );
    expect(await counts()).toBe(before.replace(/^\d+/, (n) => String(Number(n) + 1)));
    expect((await post(WHOLE, '/houses', builder)).status).toBe(201);
  });

  test('leave out of the answer what may not be read', async () => {
    const blind = await crm.user('Bert', ['blind']);
    const answer = await post({ name: 'x', rooms: [{ name: 'r' }] }, '/houses', blind);
    expect([answer.status, answer.json.name, answer.json.rooms]).toEqual([201, 'x', undefined]);
    expect((await crm.call(crm.admin, 'GET', `/houses(${answer.json.id})/rooms/$count`)).text).toBe('1');
  });
});

describe('limits', () => {
  const nested = (levels: number): object =>
    levels === 0 ? { name: 'x' } : { name: 'x', below: [nested(levels - 1)] };
  const rooms = (count: number): object => ({ name: 'x', rooms: Array.from({ length: count }, () => ({ name: 'r' })) });

  test('of levels and records are told by name', async () => {
    expect((await post(nested(5))).status).toBe(201);
    expect((await post(nested(6))).json).toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('levels of records in one body (5)'),
    });
    expect((await post(rooms(999))).json.rooms).toHaveLength(100);
    expect((await post(rooms(1000))).json).toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('records in one body (1000)'),
    });
  });
});

test('keys that records of one body share are told', async () => {
  const body = {
    name: 'x',
    code: 'same',
    below: [
      { name: 'a', code: 'same' },
      { name: 'b', code: 'two' },
      { name: 'c', code: 'two' },
    ],
  };
  expect(await outcome(post(body))).toBe('409 duplicate_key:below/0/code duplicate_key:below/2/code');
  const id = randomUUID();
  expect(await outcome(post({ name: 'x', id, below: [{ name: 'a', id }] }))).toBe('409 duplicate_key:below/0/id');
  expect(await outcome(post({ name: 'x', id: 'no id', rooms: [{ name: 'r' }] }))).toContain('invalid_value:id');
});

test('a body that says two things, or nothing that can be understood, is refused', async () => {
  const { id } = await crm.create('streets', { name: 's' });
  expect(await outcome(post({ name: 'x', street_id: id, street: { name: 'new' } }))).toBe(
    '400 invalid_value:street_id',
  );
  expect(await outcome(post({ name: 'x', rooms: [{ name: 'r', house_id: id }] }))).toBe(
    '400 invalid_value:rooms/0/house_id',
  );
  expect(await outcome(post({ name: 'x', rooms: 'none' }))).toBe('400 invalid_value:rooms');
  expect(await outcome(post({ name: 'x', rooms: [null] }))).toBe('400 invalid_value:rooms/0');
  expect(await outcome(post({ name: 'x', street: [] }))).toBe('400 invalid_value:street');
  expect(await outcome(post('{"name":"x","rooms":[{"name":"a","name":"b"}]}'))).toBe('400 bad_request:rooms/0/name');
  expect((await post({ name: 'x', rooms: [] })).status).toBe(201);
});

test('changes and requests for many records take no records within', async () => {
  const { id } = await crm.create('houses', { name: 'x' });
  for (const method of ['PATCH', 'PUT'])
    for (const body of [{ rooms: [{ name: 'r' }] }, { rooms: [] }, { street: { name: 's' } }])
      expect((await crm.call(crm.admin, method, `/houses(${id})`, { name: 'y', ...body })).json.code).toBe(
        'not_supported',
      );
  const { json } = await post({ records: [{ name: 'x', rooms: [{ name: 'r' }] }] }, '/houses/bulk');
  expect(json.results[0].error).toMatchObject({ code: 'not_supported', target: 'rooms' });
});

test('POST to a collection takes records within', async () => {
  const { id } = await crm.create('houses', { name: 'x' });
  const answer = await post({ name: 'r', labels: [{ name: 'l' }] }, `/houses(${id})/rooms`);
  expect([answer.status, answer.json.house_id, answer.json.labels]).toMatchObject([201, id, [{ name: 'l' }]]);
  const tag = await post({ name: 't', houses: [{ name: 'other' }] }, `/houses(${id})/tags`);
  expect(tag.json.houses).toHaveLength(2);
});

test('an atomic group is one transaction with it', async () => {
  const before = await counts();
  const group = (last: object) => ({
    requests: [
      { id: 'a', method: 'POST', url: 'houses', body: WHOLE, atomicityGroup: 'g' },
      { id: 'b', method: 'POST', url: '$a/rooms', body: { name: 'r', labels: [{ name: 'l' }] }, atomicityGroup: 'g' },
      { id: 'c', method: 'POST', url: 'houses', body: last, atomicityGroup: 'g' },
    ],
  });
  const undone = await post(group({ name: 'x', rooms: [{}] }), '/$batch');
  expect(undone.json.responses.map(({ status }: Answer) => status)).toEqual([424, 424, 400]);
  expect(await counts()).toBe(before);
  const done = await post(group({ name: 'x', rooms: [{ name: 'r' }] }), '/$batch');
  expect(done.json.responses.map(({ status }: Answer) => status)).toEqual([201, 201, 201]);
});

test('records of one kind are one statement, however many', async () => {
  const body = (count: number) => ({ name: 'x', rooms: Array.from({ length: count }, (_, n) => ({ name: `r${n}` })) });
  // begin, the house, its rooms, the answer, commit
  expect(await statementsOf(crm, () => post(body(2)))).toBe(5);
  expect(await statementsOf(crm, () => post(body(90)))).toBe(5);
  expect(await statementsOf(crm, () => post({ name: 'plain' }))).toBe(1);
});
