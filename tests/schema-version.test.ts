// $schemaversion: programs made for an earlier version go on while the Model only grows, and are refused, with what has changed, as soon
// as something that they may know is no longer what it was.
import type { SourceDocument } from '@kartoteka/metadata';
import { createPlatform, type Platform, type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entityDocument, roleDocument, shippedDocuments } from './computed-kit.ts';
import { type Crm, callPlatform, principalOf, quietLog, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let reader: Principal;

type Fields = Readonly<Record<string, object>>;

const SIZES = { s: { label: { en: 'S' }, order: 1 }, m: { label: { en: 'M' }, order: 2 } };
const FIELDS: Fields = {
  name: { type: 'text' },
  size: { type: 'choice', values: SIZES },
  weight: { type: 'integer' },
  maker: { type: 'lookup', targets: ['company'] },
  price: { type: 'money', secured: true },
};

const READER = roleDocument('parts_reader', { part: { read: 'organization' } });

async function documents(fields: Fields, more: readonly SourceDocument[] = []): Promise<readonly SourceDocument[]> {
  return [...(await shippedDocuments()), entityDocument('part', fields), READER, ...more];
}

/** Publishes the entity `part` with these fields, and waits until it is served. */
async function change(fields: Fields, more: readonly SourceDocument[] = []): Promise<void> {
  const { revision } = await publish(crm.platform.database, {
    documents: await documents(fields, more),
    author: null,
    comment: 'Change',
    allowDestructive: true,
    log: quietLog,
  });
  await expect.poll(() => crm.platform.model().revision).toBe(revision);
  reader = await principalOf(crm.platform, reader.id);
}

const box = (fields: Fields): SourceDocument => entityDocument('box', fields, { set: 'boxes' });

const without = (name: string): Fields => Object.fromEntries(Object.entries(FIELDS).filter(([each]) => each !== name));
const versioned = (path: string, version: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}$schemaversion=${version}`;

/** A principal keeps the Model that it was resolved for. */
const administrator = (): Promise<Principal> => principalOf(crm.platform, crm.admin.id);

const ask = async (path: string, version: string, principal?: Principal, node?: Platform) =>
  callPlatform(node ?? crm.platform, principal ?? (await administrator()), 'GET', versioned(path, version));

const present = async (): Promise<string> => {
  const { json } = await crm.call(await administrator(), 'GET', '/$metadata?$format=json');
  return json.kartoteka['@Core.SchemaVersion'];
};

/** What a request with the version is refused with. */
const changes = async (version: string, principal?: Principal): Promise<readonly string[]> => {
  const { status, json } = await ask('/parts', version, principal);
  if (status === 200) return [];
  expect([status, json.code, json.target]).toEqual([410, 'schema_moved', '$schemaversion']);
  return json.details.map(({ message }: { message: string }) => message);
};

beforeAll(async () => {
  // Each of its many publishes would have a document of its own to read; that the codes are promised is checked below.
  crm = await startCrm({ documents: await documents(FIELDS), promised: false });
  reader = await crm.user('Rita', ['parts_reader']);
});
afterAll(() => crm?.close());

test('the version is in $metadata, the same for everybody, and stays when nothing that programs name changes', async () => {
  const first = await present();
  const { text } = await crm.call(reader, 'GET', '/$metadata');
  expect(text).toContain(`<Annotation Term="Core.SchemaVersion" String="${first}"/>`);
  await change(
    { ...FIELDS, name: { type: 'text', label: { en: 'What it is called' }, description: { en: 'Its name' } } },
    [roleDocument('nobody', { part: { read: 'user' } })],
  );
  expect(await present()).toBe(first);
  await change(FIELDS);
});

test('what is only added leaves programs of before running, and their version known', async () => {
  const first = await present();
  await change(
    {
      ...FIELDS,
      colour: { type: 'text' },
      size: { type: 'choice', values: { ...SIZES, l: { label: { en: 'L' }, order: 3 } } },
    },
    [box({ name: { type: 'text', required: true } })],
  );
  const second = await present();
  expect(second).not.toBe(first);
  expect(await changes(first)).toEqual([]);
  expect(await changes(second)).toEqual([]);
  await change(FIELDS);
  expect(await present()).toBe(first);
  // Made for what has gone again.
  expect(await changes(second)).toEqual(
    ['boxes is gone', 'parts/colour is gone', 'parts/size takes fewer values'].sort(),
  );
});

test('each change that programs cannot follow is told, and they go on once it is taken back', async () => {
  const { name, size, maker, ...others } = FIELDS;
  const kept = { type: 'choice', values: { ...SIZES, m: { ...SIZES.m, active: false } } };
  await change({
    ...FIELDS,
    gone: { type: 'text' },
    state: { type: 'choice', values: SIZES },
    used: { ...kept, values: SIZES },
    note: { type: 'text' },
  });
  const first = await present();
  await change({
    ...others,
    name: { type: 'formula', result: 'text', expression: "'x'" },
    size: { type: 'choice', values: SIZES, required: true },
    weight: { type: 'text' },
    maker: { type: 'lookup', targets: ['contact'] },
    state: { type: 'choice', values: { s: SIZES.s } },
    used: kept,
    note: { type: 'text', required: true, default: 'none' },
    grade: { type: 'integer', required: true },
    colour: { type: 'text' },
  });
  expect((await changes(first)).toSorted()).toEqual([
    'parts/gone is gone',
    'parts/grade is required now',
    'parts/maker has another type',
    'parts/name cannot be written as before',
    'parts/note cannot be null any more',
    'parts/size is required now',
    'parts/state takes fewer values',
    'parts/used takes fewer values',
    'parts/weight has another type',
  ]);
  expect(await changes(await present())).toEqual([]);
  await change(FIELDS);
  expect((await changes(first)).toSorted()).toEqual(
    ['gone', 'note', 'state', 'used'].map((each) => `parts/${each} is gone`),
  );
});

test('several publishes later a version meets what has become of each thing, not what it was in between', async () => {
  const first = await present();
  await change({ ...FIELDS, weight: { type: 'text' } });
  const second = await present();
  await change({ ...without('size'), weight: { type: 'integer' }, colour: { type: 'text' } });
  expect(await changes(first)).toEqual(['parts/size is gone']);
  expect((await changes(second)).toSorted()).toEqual(['parts/size is gone', 'parts/weight has another type']);
  await change(FIELDS);
});

test('who may not know of a thing is not refused for it, and no secured name is told', async () => {
  const first = await present();
  const lidded = box({ name: { type: 'text' }, lid: { type: 'text' } });
  await change(FIELDS, [lidded]);
  const boxed = await present();
  await change(FIELDS, [box({ name: { type: 'text' } })]);
  expect(await changes(boxed)).toEqual(['boxes/lid is gone']);
  expect(await changes(boxed, reader)).toEqual([]);
  await change({ ...FIELDS, price: { type: 'money', secured: true, required: true } });
  expect(await changes(first)).toContain('parts/price is required now');
  expect(await changes(first, reader)).toEqual([]);
  await change(without('price'));
  const told = [...(await changes(first)), ...(await changes(first, reader))];
  expect(told.length).toBeGreaterThan(1);
  expect(told.join()).not.toContain('price');
  await change(FIELDS);
});

test('a set that is gone is told before its path is no resource', async () => {
  await change(FIELDS, [box({ name: { type: 'text' }, part: { type: 'lookup', targets: ['part'] } })]);
  const boxed = await present();
  expect((await ask('/boxes', boxed)).status).toBe(200);
  await change(FIELDS);
  const { status, json } = await ask('/boxes', boxed);
  expect([status, json.code, json.details[0].message]).toEqual([410, 'schema_moved', 'boxes is gone']);
});

test('every kind of request takes the option, and a change that is refused is not made', async () => {
  const version = await present();
  let admin = await administrator();
  const send = (method: string, path: string, body?: unknown, as = version) =>
    crm.call(admin, method, versioned(path, as), body);
  const { status, json } = await send('POST', '/parts', { name: 'Bolt' });
  expect(status).toBe(201);
  const url = `/parts(${json.id})`;
  const requests: readonly [string, string, unknown?][] = [
    ['GET', '/'],
    ['GET', '/parts?$select=name&$count=true'],
    ['GET', '/parts/$count'],
    ['GET', url],
    ['GET', `${url}/name/$value`],
    ['GET', `${url}/changes`],
    ['GET', `${url}/explain_access`],
    ['GET', '/openapi.json'],
    ['PATCH', url, { name: 'Nut' }],
    ['POST', '/parts/bulk', { records: [{ name: 'Screw' }] }],
    ['POST', '/$batch', { requests: [{ id: '1', method: 'GET', url: versioned('parts', version) }] }],
    ['DELETE', url],
    ['GET', '/parts/deleted'],
    ['POST', `${url}/restore`],
  ];
  for (const [method, path, body] of requests)
    expect((await send(method, path, body)).status, `${method} ${path}`).toBeLessThan(300);
  await change(without('weight'));
  admin = await administrator();
  for (const [method, path, body] of requests)
    expect((await send(method, path, body)).json.code, `${method} ${path}`).toBe('schema_moved');
  const { json: batch } = await crm.call(admin, 'POST', '/$batch', {
    requests: [{ id: '1', method: 'GET', url: versioned('parts', version) }],
  });
  const { json: described } = await crm.call(admin, 'GET', '/openapi.json');
  const { responses } = described.paths['/api/v1/parts'].post;
  const promised = Object.values(described.components.responses).flatMap(
    (each) => (each as { 'x-error-codes'?: string[] })['x-error-codes'] ?? [],
  );
  expect([Object.keys(responses), promised]).toEqual([
    expect.arrayContaining(['404', '410']),
    expect.arrayContaining(['schema_moved', 'unknown_schema_version']),
  ]);
  expect(batch.responses[0]).toMatchObject({ status: 410, body: { error: { code: 'schema_moved' } } });
  expect((await crm.call(admin, 'GET', "/parts?$filter=name eq 'Screw'")).json.value).toHaveLength(1);
  expect((await crm.call(admin, 'GET', url)).json.name).toBe('Nut');
  await change(FIELDS);
});

test('another node, and one that is started later, know the same versions', async () => {
  const first = await present();
  await change(without('weight'));
  const node = await createPlatform({ databaseUrl: crm.url, documents: null, hooks: [], log: quietLog });
  try {
    const admin = await principalOf(node, crm.admin.id);
    expect((await ask('/parts', first, admin, node)).json.code).toBe('schema_moved');
    expect((await ask('/parts', await present(), admin, node)).status).toBe(200);
  } finally {
    await node.close();
  }
  await change(FIELDS);
});

test('what is no version is refused, in any spelling of the option', async () => {
  const version = await present();
  const get = async (query: string) => {
    const { status, json } = await crm.call(await administrator(), 'GET', `/parts?${query}`);
    return [status, json.code];
  };
  for (const query of [
    `$schemaversion=${version}`,
    `schemaversion=${version}`,
    `$SchemaVersion=${version}`,
    `%24schemaversion=*`,
    `$top=1&$schemaversion=%2A`,
  ])
    expect(await get(query), query).toEqual([200, undefined]);
  expect(await get('$schemaversion=0123456789abcdef')).toEqual([404, 'unknown_schema_version']);
  for (const query of ['$schemaversion=', '$schemaversion', '$schemaversion=a b', `$schemaversion=${'1'.repeat(101)}`])
    expect(await get(query), query).toEqual([400, 'invalid_option']);
  expect(await get(`$schemaversion=*&schemaversion=${version}`)).toEqual([400, 'duplicate_option']);
  expect(await get("$filter=name eq 'schemaversion=1'")).toEqual([200, undefined]);
});

test('it takes no statement more', async () => {
  const version = await present();
  await change({ ...FIELDS, colour: { type: 'text' } });
  const plain = await statementsOf(crm, () => crm.call(reader, 'GET', '/parts?$select=name'));
  expect(await statementsOf(crm, () => crm.call(reader, 'GET', versioned('/parts?$select=name', version)))).toBe(plain);
  await change(FIELDS);
});
