// A bulk request is a sequence of single requests: the same results, rows and change log, for whatever records in whatever order.
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BulkWorld, type HookLog, startBulkWorld, testId } from './bulk-kit.ts';
import type { Answer } from './crm-kit.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 25);
const worlds: BulkWorld[] = [];

beforeAll(async () => {
  // One beside the other: on one the records are written together, on the other one by one.
  for (let count = 0; count < 4; count += 1) worlds.push(await startBulkWorld(count < 2 ? null : NO_LOG()));
});
afterAll(async () => {
  for (const world of worlds) await world.crm.close();
});

const NO_LOG = (): HookLog => ({ after: [] });

const itemId = fc.integer({ min: 1, max: 6 }).map((number) => testId(4, number));
const good = (...values: unknown[]) => fc.constantFrom(...values);
const mostly = (usual: fc.Arbitrary<unknown>, ...bad: unknown[]) =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...bad) });

/** What a record may hold; most of it is good most of the time, or nothing would ever be written. */
const VALUES = {
  id: mostly(itemId, '7', 5, null),
  name: mostly(
    good('Lamp', 'Стол', 'a"b\\,{}', 'NULL', '  '),
    '',
    null,
    5,
    'x'.repeat(51),
    'throws',
    'refused',
    'noted',
  ),
  code: good('A', 'B', 'C', 'D', 'E', null),
  serial: mostly(good(1, 2, 3, 4, 5, 6, null), '9223372036854775808'),
  shelf_id: mostly(good(testId(3, 1), null), testId(3, 2), testId(3, 3), testId(3, 9)),
  part_of_id: fc.oneof(itemId, good(null, null)),
  kind: mostly(good('new', 'new', 'new', 'used', 'sold'), 'broken', null),
  price: mostly(good(1, '12.3456', null), '99999999999999999'),
  price_currency: mostly(good('EUR', 'USD'), 'XXX', null),
  size: mostly(good(1, '1.5', 2, 3, null), '-1'),
  tags: mostly(good([], ['red'], ['blue', 'green']), ['none'], null),
  spec: good({ a: [1, 'x"y', null] }, [], 'text', 5, null),
  note: good('secret', null),
  origin: good('here', null),
  weighed_on: mostly(good('2026-11-22T10:00:00.123456+02:00', null), 'yesterday'),
  owner_id: mostly(good(testId(1, 1)), testId(1, 2), testId(1, 3), testId(1, 9), null),
} as const;

const record = fc
  .tuple(fc.record(VALUES), fc.subarray(Object.keys(VALUES)), mostly(good({}), { version: 3 }, { color: 'red' }))
  .map(([values, names, extra]): Record<string, unknown> => {
    const kept = names.slice(0, 7).map((name) => [name, values[name as keyof typeof VALUES]]);
    return { name: values.name, ...Object.fromEntries(kept), ...(extra as object) };
  });
const request = fc.record({
  mode: fc.constantFrom('create', 'update', 'upsert'),
  key: fc.constantFrom('id', 'code', 'place', 'serial'),
  by: fc.constantFrom('clerk', 'clerk', 'keeper', 'keeper', 'reader'),
  records: fc.array(record, { minLength: 1, maxLength: 12 }),
});

type BulkRequest = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

/** Has every kind of answer, whatever chance brings. */
const EXAMPLE: BulkRequest[] = [
  {
    mode: 'create',
    key: 'id',
    by: 'clerk',
    records: [{ name: 'A', id: testId(4, 1), code: 'A' }, { name: 5 }, { name: 'B', code: 'A' }],
  },
  {
    mode: 'update',
    key: 'id',
    by: 'clerk',
    records: [{ id: testId(4, 1), name: 'C' }, { id: testId(4, 1), name: 'C' }, { id: testId(4, 6) }],
  },
  { mode: 'create', key: 'id', by: 'clerk', records: [{ name: 'D', kind: 'used' }] },
];

test('as a sequence of single requests', { timeout: 300_000 }, () => compare(worlds[0], worlds[1]));
test('as a sequence of single requests, with hooks', { timeout: 300_000 }, () => compare(worlds[2], worlds[3]));

async function compare(together: BulkWorld | undefined, oneByOne: BulkWorld | undefined): Promise<void> {
  if (together === undefined || oneByOne === undefined) throw new Error('a world is missing');
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 6 }), async (requests) => {
      for (const world of [together, oneByOne]) await empty(world);
      // Every other request is sent twice, as an import is that is run again.
      const sent = requests.flatMap((request, at) => (at % 2 === 0 ? [request] : [request, request]));
      for (const { mode, key, by, records } of sent) {
        const body = { mode, records, ...(mode === 'create' ? {} : { key }) };
        const answer = await together.bulk(together[by as 'clerk'], body);
        const expected = await singles(oneByOne, by as 'clerk', mode, key, records);
        if (expected === null) return;
        if (answer.status === 403) expect(expected.every(({ status }) => status >= 400)).toBe(true);
        else expect(answer.json.results.map(comparable)).toEqual(expected.map(comparable));
        for (const { status, changed } of expected) seen.add(`${status} ${changed ?? ''}`);
      }
      expect(await stored(together)).toEqual(await stored(oneByOne));
    }),
    { numRuns: RUNS, examples: [[EXAMPLE]] },
  );
  // Every kind of answer was among them, or the test shows nothing.
  for (const kind of ['201 true', '200 true', '200 false', '400 ', '403 ', '404 ', '409 '])
    expect(seen).toContain(kind);
}

interface Result {
  readonly status: number;
  readonly changed?: boolean;
  readonly error?: { readonly code: string; readonly target?: string; readonly details?: readonly object[] };
}

/** Ids that the engine made differ. */
function comparable({ status, changed, error }: Result): object {
  return { status, changed, error };
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  id: ['id'],
  code: ['code'],
  place: ['shelf_id', 'size'],
  serial: ['serial'],
};

/** Null: records of the request pass keys among themselves (passesKeys). */
async function singles(
  world: BulkWorld,
  by: 'clerk',
  mode: string,
  key: string,
  records: readonly Record<string, unknown>[],
): Promise<Result[] | null> {
  const results: Result[] = [];
  let held = await keysHeld(world);
  for (const values of records) {
    // A change by another key: a single request takes the id that the record has, one for many takes none.
    if (mode !== 'create' && key !== 'id' && values.id !== undefined) return null;
    const result = await single(world, by, mode, KEYS[key] ?? [], values);
    results.push(result);
    if (result.status >= 300) continue;
    const after = await keysHeld(world);
    if (passesKeys(held, after, records)) return null;
    held = after;
  }
  return results;
}

/** As requests for many records are handled: what nobody writes is refused. */
const STRICT = { prefer: 'handling=strict' };

/** What a client would do that has single requests only, and an administrator's eyes to find records. */
async function single(
  { crm, ...world }: BulkWorld,
  by: 'clerk',
  mode: string,
  key: readonly string[],
  values: Record<string, unknown>,
): Promise<Result> {
  const principal = world[by];
  if (mode === 'create') return resultOf(await crm.call(principal, 'POST', '/items', values, STRICT));
  const mistakes = await keyMistakes(crm, key, values);
  if (mistakes.length > 0) {
    const error = { code: 'validation_failed', message: 'The record is not valid', details: mistakes };
    return { status: 400, error };
  }
  const where = key.map((name) => `${name}::text = '${String(values[name]).toLowerCase().replace("'", "''")}'`);
  if (key[0] === 'code') where[0] = `code = '${values.code}'`;
  const size = key.includes('size') ? [`size = ${values.size}`] : [];
  const alive = key[0] === 'id' ? '' : ' and deleted_on is null';
  const condition = [...where.filter((text) => !text.startsWith('size')), ...size].join(' and ');
  const rows = await crm.platform.database.run(`select id::text as id from data.item where ${condition}${alive}`);
  const id = rows[0]?.id;
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !key.includes(name)));
  const seen = id !== undefined && (await crm.call(principal, 'GET', `/items(${id})?$select=id`)).status === 200;
  // A single request judges the payload before it looks for the record.
  const isPatch = mode === 'update' && key[0] === 'id';
  const notFound = { status: 404, error: { code: 'not_found', message: 'There is no such record' } };
  if (!seen && mode === 'upsert') {
    // What is hidden is created, as far as that goes: a taken id is answered as a missing record.
    const created = resultOf(await crm.call(principal, 'POST', '/items', values, STRICT));
    return key[0] === 'id' && created.error?.code === 'duplicate_key' && created.error.target === 'id'
      ? notFound
      : created;
  }
  if (!seen && !isPatch) return notFound;
  const headers = { prefer: 'return=minimal, handling=strict', 'if-match': '*' };
  const place = id ?? values.id;
  const before = await version(crm, String(place));
  const answer = await crm.call(principal, 'PATCH', `/items(${place})`, rest, headers);
  if (answer.status >= 300) return resultOf(answer);
  return { status: 200, changed: (await version(crm, String(place))) !== before };
}

async function keyMistakes(crm: BulkWorld['crm'], key: readonly string[], values: Record<string, unknown>) {
  const missing = key.filter((name) => values[name] === undefined || values[name] === null);
  const given = Object.fromEntries(key.filter((name) => !missing.includes(name)).map((name) => [name, values[name]]));
  const answer = await crm.call(crm.admin, 'POST', '/items', { ...given, name: 5 });
  const bad: { target: string }[] = answer.json.details.filter(({ target }: { target: string }) =>
    key.includes(target),
  );
  return key.flatMap((name) => {
    if (missing.includes(name)) return { code: 'required', message: `${name} is required`, target: name };
    return bad.filter(({ target }) => target === name);
  });
}

/** The values of keys by record. */
async function keysHeld({ crm }: BulkWorld): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await crm.platform.database.run(
    'select id::text as id, code, serial::text as serial, size::float8::text as size from data.item',
  );
  return new Map(rows.map((row) => [String(row.id), [`code ${row.code}`, `serial ${row.serial}`, `size ${row.size}`]]));
}

/**
 * Whether one record of the request gave up a key that another wants. That is judged in an order of the engine's own, as
 * docs/rest.md says.
 */
function passesKeys(
  before: ReadonlyMap<string, readonly string[]>,
  after: ReadonlyMap<string, readonly string[]>,
  records: readonly Record<string, unknown>[],
): boolean {
  const wanted = new Set(
    records.flatMap(({ code, serial, size }) => [`code ${code}`, `serial ${serial}`, `size ${size}`]),
  );
  return [...before].some(([id, keys]) => keys.some((key, at) => key !== after.get(id)?.[at] && wanted.has(key)));
}

async function version(crm: BulkWorld['crm'], id: string): Promise<unknown> {
  return (await crm.platform.database.run('select version::text as v from data.item where id = $1::uuid', [id]))[0]?.v;
}

function resultOf(answer: Answer): Result {
  if (answer.status < 300) return answer.status === 201 ? { status: 201, changed: true } : { status: 200 };
  const { code, message, target, details } = answer.json;
  const error = {
    code,
    message,
    ...(target === undefined ? {} : { target }),
    ...(details.length === 0 ? {} : { details }),
  };
  return { status: answer.status, error };
}

async function empty({ crm }: BulkWorld): Promise<void> {
  const { database } = crm.platform;
  await unguardedChangeLog(database, `delete from kartoteka.change_log where entity = 'item'`);
  await database.run('delete from data.item');
}

/** Rows and change log without what time and chance put in. */
async function stored({ crm }: BulkWorld): Promise<unknown> {
  const { database } = crm.platform;
  const known = `0490%`;
  const rows = await database.run(
    `select to_jsonb(t) - 'created_on' - 'modified_on' - 'id' || jsonb_build_object('known', case when id::text like $1::text then id end)
     - case when part_of_id::text like $1::text then '' else 'part_of_id' end as row
     from data.item t order by 1`,
    [known],
  );
  const log = await database.run(
    `select operation, version::text, actor_id::text as actor, client, before - 'part_of_id' as before, after - 'part_of_id' as after,
     case when record_id::text like $1::text then record_id::text end as known from kartoteka.change_log
     where entity = 'item' order by 7 nulls last, id`,
    [known],
  );
  const sorted = log.map((row) => JSON.stringify(row)).sort();
  return { rows, log: sorted };
}
