// Many records in one request: whole or in parts, judged without being stored, against concurrent requests and under rights.
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BulkWorld, type HookLog, startBulkWorld, testId } from './bulk-kit.ts';
import type { Answer } from './crm-kit.ts';

const seen: HookLog = { after: [] };
let world: BulkWorld;

beforeAll(async () => {
  world = await startBulkWorld(seen);
});
afterAll(() => world.crm.close());
beforeEach(async () => {
  seen.after.length = 0;
  await unguardedChangeLog(world.crm.platform.database, `delete from kartoteka.change_log where entity = 'item'`);
  await sql('delete from data.item');
});

const sql = (text: string) => world.crm.platform.database.run(text);
const counted = async (from: string): Promise<number> => Number((await sql(`select count(*) as n from ${from}`))[0]?.n);
const statuses = (answer: Answer): number[] => answer.json.results.map(({ status }: { status: number }) => status);
const codes = (answer: Answer): (string | undefined)[] =>
  answer.json.results.map(({ error }: { error?: { code: string } }) => error?.code);
const numbered = (count: number, more: (at: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, at) => ({ name: `Item ${at}`, code: `N${at}`, ...more(at) }));

describe('an atomic request', () => {
  it('stores everything when every record is good', async () => {
    const answer = await world.bulk(world.clerk, { atomic: true, records: numbered(1_500) });
    expect(new Set(statuses(answer))).toEqual(new Set([201]));
    expect(await counted('data.item')).toBe(1_500);
    expect(await counted(`kartoteka.change_log where entity = 'item'`)).toBe(1_500);
  });

  it('stores nothing for one bad record, and tells all bad ones by their places', async () => {
    const records = numbered(1_200, (at) => (at === 17 || at === 1_100 ? { name: 'x'.repeat(51) } : {}));
    const answer = await world.bulk(world.clerk, {
      atomic: true,
      records: [...records, { code: 'N3', name: 'Again' }],
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'validation_failed', target: 'records/17/name' });
    expect(answer.json.details.map(({ target }: { target: string }) => target)).toEqual([
      'records/17/name',
      'records/1100/name',
      'records/1200/code',
    ]);
    expect(await counted('data.item')).toBe(0);
    expect(await counted(`kartoteka.change_log where entity = 'item'`)).toBe(0);
  });

  it('names a hundred bad records at most', async () => {
    const answer = await world.bulk(world.clerk, { atomic: true, records: Array.from({ length: 150 }, () => ({})) });
    expect(answer.json.details).toHaveLength(100);
    expect(answer.json.target).toBe('records/0/name');
  });
});

describe('a dry run', () => {
  const records = [...numbered(3), { name: 'Twice', code: 'N1' }, { code: 'N9' }, { name: 'Odd', kind: 'broken' }];

  it('answers as the request itself would, and leaves nothing behind', async () => {
    const dry = await world.bulk(world.clerk, { dry_run: true, records });
    expect(await counted('data.item')).toBe(0);
    expect(await counted(`kartoteka.change_log where entity = 'item'`)).toBe(0);
    const real = await world.bulk(world.clerk, { records });
    expect(statuses(dry)).toEqual([201, 201, 201, 409, 400, 400]);
    expect(statuses(real)).toEqual(statuses(dry));
    expect(real.json.results.slice(3)).toEqual(dry.json.results.slice(3));
  });

  it('judges records by those before it, also beyond one statement', async () => {
    const many = [...numbered(1_300), { name: 'Last', code: 'N0' }];
    const dry = await world.bulk(world.clerk, { dry_run: true, records: many });
    expect(codes(dry).at(-1)).toBe('duplicate_key');
    expect(await counted('data.item')).toBe(0);
  });

  it('may be atomic', async () => {
    const good = await world.bulk(world.clerk, { dry_run: true, atomic: true, records: numbered(2) });
    expect(statuses(good)).toEqual([201, 201]);
    expect((await world.bulk(world.clerk, { dry_run: true, atomic: true, records })).status).toBe(409);
    expect(await counted('data.item')).toBe(0);
  });
});

describe('records of one request', () => {
  it('see those before them: by id, by key, as targets of lookups', async () => {
    const [whole, part] = [testId(4, 1), testId(4, 2)];
    const answer = await world.bulk(world.clerk, {
      mode: 'upsert',
      key: 'code',
      records: [
        { id: whole, name: 'Whole', code: 'W' },
        { id: part, name: 'Part', code: 'P', part_of_id: whole },
        { name: 'Whole, renamed', code: 'W' },
        { name: 'Whole, renamed', code: 'W' },
      ],
    });
    expect(answer.json.results).toMatchObject([
      { status: 201, id: whole },
      { status: 201, id: part },
      { status: 200, id: whole, changed: true },
      { status: 200, id: whole, changed: false },
    ]);
    expect((await world.crm.call(world.clerk, 'GET', `/items(${whole})`)).json.name).toBe('Whole, renamed');
  });

  it('are refused one by one by a hook, whether it refuses or throws', async () => {
    const records = [{ name: 'One' }, { name: 'refused' }, { name: 'throws' }, { name: 'noted' }, { name: 'Two' }];
    const answer = await world.bulk(world.clerk, { records });
    expect(statuses(answer)).toEqual([201, 409, 400, 201, 201]);
    expect(answer.json.results[2].error.details).toMatchObject([{ code: 'rule_violated', target: 'name' }]);
    expect(seen.after.flatMap(({ ids }) => ids).toSorted()).toEqual(
      answer.json.results.flatMap(({ id }: { id?: string }) => id ?? []).toSorted(),
    );
    expect(await counted(`data.item where note = 'by the hook'`)).toBe(1);
  });

  it('are given to hooks together', async () => {
    await world.bulk(world.clerk, { records: numbered(40) });
    expect(seen.after.map(({ ids }) => ids.length)).toEqual([40]);
  });

  it('are judged by what the caller may do with each', async () => {
    const shelf = (shelf_id: string) => ({ name: 'On a shelf', shelf_id });
    const { own, others, hidden } = world.shelves;
    const answer = await world.bulk(world.clerk, {
      records: [
        shelf(own),
        shelf(others),
        shelf(hidden),
        { name: 'Old', kind: 'used' },
        { name: 'Given', owner_id: testId(1, 2) },
      ],
    });
    expect(statuses(answer)).toEqual([201, 403, 400, 403, 403]);
    expect(answer.json.results.slice(1).map(({ error }: { error: object }) => error)).toMatchObject([
      { code: 'missing_privilege_on_record', target: 'shelf_id' },
      { code: 'validation_failed', details: [{ code: 'target_not_found', target: 'shelf_id' }] },
      { code: 'missing_privilege_on_record' },
      { code: 'missing_privilege_on_record' },
    ]);
  });

  it('that are hidden are not there for an update and in the way of an upsert', async () => {
    await world.crm.create('items', { id: testId(4, 5), name: 'Hidden', code: 'H' }, world.keeper);
    const by = (body: object) =>
      world.bulk(world.clerk, { records: [{ name: 'Mine', code: 'H', id: testId(4, 5) }], ...body });
    expect(codes(await by({ mode: 'update', key: 'id' }))).toEqual(['not_found']);
    expect(codes(await by({ mode: 'update', key: 'code' }))).toEqual(['not_found']);
    expect(codes(await by({ mode: 'upsert', key: 'id' }))).toEqual(['not_found']);
    expect(codes(await by({ mode: 'upsert', key: 'code' }))).toEqual(['duplicate_key']);
    expect(codes(await by({ mode: 'create' }))).toEqual(['duplicate_key']);
    await world.crm.call(world.keeper, 'DELETE', `/items(${testId(4, 5)})`);
    expect(codes(await by({ mode: 'upsert', key: 'id' }))).toEqual(['not_found']);
    expect(statuses(await by({ mode: 'upsert', key: 'code', records: [{ name: 'Mine', code: 'H' }] }))).toEqual([201]);
  });

  it('that are hidden are told from missing ones to nobody who may not create them', async () => {
    await world.crm.create('items', { id: testId(4, 5), name: 'Hidden', code: 'H' }, world.keeper);
    const by = (key: string, record: object) =>
      world.bulk(world.clerk, { mode: 'upsert', key, records: [{ name: 'Mine', kind: 'used', ...record }] });
    for (const code of ['H', 'missing'])
      expect(codes(await by('code', { code }))).toEqual(['missing_privilege_on_record']);
    for (const id of [testId(4, 5), testId(4, 6)])
      expect(codes(await by('id', { id }))).toEqual(['missing_privilege_on_record']);
    const rejected = await by('code', { code: 'H', kind: 'new', name: 5 });
    expect(codes(rejected)).toEqual(['validation_failed']);
  });

  it('are refused together to whom may write none', async () => {
    for (const mode of ['create', 'update', 'upsert']) {
      const answer = await world.bulk(world.reader, { mode, records: [{ name: 'x', id: testId(4, 1) }] });
      expect([answer.status, answer.json.code]).toEqual([403, 'missing_privilege']);
    }
  });
});

describe('concurrent requests', () => {
  it('that create and change the same keys in opposite orders leave one record per key and no error', async () => {
    const records = numbered(400, (at) => ({ note: `${at}` }));
    const rounds = [records, records.toReversed(), records, records.toReversed()];
    const answers = await Promise.all(
      rounds.map((list, at) =>
        world.bulk(world.clerk, {
          mode: 'upsert',
          key: 'code',
          records: list.map((record) => ({ ...record, name: `Round ${at}` })),
        }),
      ),
    );
    for (const answer of answers) expect(new Set(codes(answer))).toEqual(new Set([undefined]));
    expect(await counted('data.item')).toBe(400);
    expect(answers.flatMap(statuses).filter((status) => status === 201)).toHaveLength(400);
  });

  it('that are atomic leave one of them or the other', async () => {
    const records = numbered(300);
    const answers = await Promise.all([
      world.bulk(world.clerk, { atomic: true, records }),
      world.bulk(world.clerk, { atomic: true, records: records.toReversed() }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await counted('data.item')).toBe(300);
  });
});

describe('the body', () => {
  it('has every member once and is JSON', async () => {
    const text = (body: string) => world.crm.call(world.clerk, 'POST', '/items/bulk', body);
    expect((await text('{"records":[],"records":[]}')).json).toMatchObject({ code: 'bad_request', target: 'records' });
    expect((await text('{"records":[{"name":"a"},{"name":"b"]}')).json.code).toBe('malformed_json');
    expect((await text('[]')).json.code).toBe('body_not_object');
    expect((await text('{"records":[]}')).json).toEqual({ results: [] });
    const mixed = await text('{"records":[{"name":"a","name":"b"},5,null,{"name":"c"}]}');
    expect(codes(mixed)).toEqual(['bad_request', 'body_not_object', 'body_not_object', undefined]);
    expect(await counted('data.item')).toBe(1);
  });

  it('keeps digits that a double would lose', async () => {
    await world.crm.call(
      world.clerk,
      'POST',
      '/items/bulk',
      '{"records":[{"name":"a","serial":9007199254740993,"size":0.1234567891}]}',
    );
    expect((await sql('select serial::text as serial, size::text as size from data.item'))[0]).toEqual({
      serial: '9007199254740993',
      size: '0.1234567891',
    });
  });

  it('binds lookups as a single request does', async () => {
    const record = { name: 'Bound', 'shelf@odata.bind': `shelves(${world.shelves.own})` };
    expect(statuses(await world.bulk(world.clerk, { records: [record, { ...record, shelf_id: null }] }))).toEqual([
      201, 400,
    ]);
  });

  it('links many-to-many relations as a single request does, or refuses the record', async () => {
    const on = (...ids: string[]) => ({ 'also_on@odata.bind': ids.map((id) => `shelves(${id})`) });
    const { own, others, hidden } = world.shelves;
    const records = [
      { name: 'Linked', code: 'L1', ...on(own) },
      { name: 'Hidden', code: 'L2', ...on(own, hidden) },
      { name: 'Others', code: 'L3', ...on(others) },
      { name: 'Plain', code: 'L4' },
    ];
    for (const status of [201, 200]) {
      const answer = await world.bulk(world.clerk, { mode: 'upsert', key: 'code', records });
      expect(statuses(answer)).toEqual([status, 400, 403, status]);
      expect(answer.json.results[1].error.details).toMatchObject([{ code: 'target_not_found' }]);
    }
    const query = '$select=name&$expand=also_on($select=name)&$orderby=name';
    expect((await world.crm.call(world.clerk, 'GET', `/items?${query}`)).json.value).toMatchObject([
      { name: 'Linked', also_on: [{ name: 'Own' }] },
      { name: 'Plain', also_on: [] },
    ]);
  });

  it('names a key that is one', async () => {
    const answer = await world.bulk(world.clerk, {
      mode: 'upsert',
      key: 'code',
      records: [{ name: 'x' }, { name: 'x', code: null }],
    });
    expect(answer.json.results.map(({ error }: { error: { details: object[] } }) => error.details[0])).toMatchObject([
      { code: 'required', target: 'code' },
      { code: 'required', target: 'code' },
    ]);
    expect((await world.bulk(world.clerk, { mode: 'create', key: 'code', records: [] })).json.details).toMatchObject([
      { target: 'key' },
    ]);
  });
});

describe('limits', () => {
  it('of one record: as much as a request for one may have', async () => {
    const pad = (length: number) => ({ name: 'Long', color: 'x'.repeat(length - '{"name":"Long","color":""}'.length) });
    const answer = await world.bulk(world.clerk, { records: [pad(1_048_577), { name: 'Short' }, pad(1_048_576)] });
    expect(codes(answer)).toEqual(['limit_exceeded', undefined, 'validation_failed']);
  });

  it('of depth: deeply nested values are refused or stored, and end nothing', async () => {
    const nested = (depth: number) => `{"name":"Deep","spec":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const body = `{"records":[${nested(20)},${nested(400_000)},{"name":"After"}]}`;
    const answer = await world.crm.call(world.clerk, 'POST', '/items/bulk', body);
    const single = await world.crm.call(world.clerk, 'POST', '/items', nested(400_000));
    expect(statuses(answer)).toEqual([201, single.status, 201]);
    expect(single.status).toBe(400);
  });

  it('of findings: beyond fifty thousand, three of each record are told', async () => {
    const strange = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`strange${at}`, 1]));
    const answer = await world.bulk(world.clerk, { records: Array.from({ length: 600 }, () => strange) });
    const told = answer.json.results.map(({ error }: { error: { details: object[] } }) => error.details.length);
    expect([told[0], told[500], told[599]]).toEqual([91, 91, 3]);
    expect(new Set(told)).toEqual(new Set([91, 3]));
  });
});

describe('a table that is filled', () => {
  const scanned = async (): Promise<{ inserted: number; read: number }> => {
    const [row] = await sql(
      `select n_tup_ins as inserted, seq_tup_read as read from pg_stat_user_tables where relid = 'data.item'::regclass`,
    );
    return { inserted: Number(row?.inserted), read: Number(row?.read) };
  };

  it('is not read as a whole for each record, whatever plans were made while it was empty', async () => {
    const upsert = (records: object[]) => world.bulk(world.clerk, { mode: 'upsert', key: 'code', records });
    const record = (at: number) => ({ name: 'Many', code: `M${at}`, part_of_id: null });
    // Known to be empty: a table of which nothing is known is taken for larger.
    await sql('vacuum analyze data.item');
    for (let at = 0; at < 8; at += 1) await upsert([record(at)]);
    const before = await scanned();
    await upsert(Array.from({ length: 3_000 }, (_, at) => record(at + 8)));
    let after = await scanned();
    // Sessions report what they did a moment later.
    for (let tries = 0; after.inserted < before.inserted + 3_000 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      after = await scanned();
    }
    expect(after.inserted).toBeGreaterThanOrEqual(before.inserted + 3_000);
    // A scan for each record would read millions.
    expect(after.read - before.read).toBeLessThan(100_000);
  });
});

describe('a mistake inside', () => {
  const request = (body: object) => ({
    method: 'POST',
    path: '/items/bulk',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    baseUrl: 'http://crm.test/api/v1',
    client: null,
  });

  it('after a part was stored is told for the rest, record by record, and handed on to be logged', async () => {
    const records = numbered(1_500, (at) => (at === 1_200 ? { name: 'crashes' } : {}));
    const answer = await world.crm.platform.handle(request({ records }), world.clerk);
    const results = JSON.parse(answer.body ?? '').results.map(({ status }: { status: number }) => status);
    expect(results).toEqual([...Array(1_000).fill(201), ...Array(500).fill(500)]);
    expect(answer.failure).toBeInstanceOf(Error);
    expect(await counted('data.item')).toBe(1_000);
  });

  it('among records that were tried apart loses none of those that were stored', async () => {
    const names: Readonly<Record<number, string>> = { 10: 'throws', 700: 'crashes' };
    const records = numbered(900, (at) => (names[at] === undefined ? {} : { name: names[at] }));
    const answer = await world.crm.platform.handle(request({ records }), world.clerk);
    const results: { status: number; id?: string }[] = JSON.parse(answer.body ?? '').results;
    const stored = results.flatMap(({ id }) => id ?? []);
    expect(results[10]?.status).toBe(400);
    expect(results[700]?.status).toBe(500);
    expect(stored.length).toBeGreaterThan(400);
    expect(await counted('data.item')).toBe(stored.length);
    expect(await counted(`data.item where id = any('{${stored.join(',')}}'::uuid[])`)).toBe(stored.length);
  });

  it('before anything was stored refuses the request', async () => {
    await expect(world.crm.platform.handle(request({ records: [{ name: 'crashes' }] }), world.clerk)).rejects.toThrow(
      'mistake',
    );
    const atomic = request({
      atomic: true,
      records: numbered(1_500, (at) => (at === 1_200 ? { name: 'crashes' } : {})),
    });
    await expect(world.crm.platform.handle(atomic, world.clerk)).rejects.toThrow('mistake');
    expect(await counted('data.item')).toBe(0);
  });
});

describe('a secured key', () => {
  it('finds records for nobody who may not read it, and a secured property refuses the records that give it', async () => {
    const records = [{ name: 'x', secret_code: 'S1' }, { name: 'y' }];
    const byKey = await world.bulk(world.clerk, { mode: 'upsert', key: 'secret_code', records });
    expect([byKey.status, byKey.json.code]).toEqual([403, 'secured_property']);
    const created = await world.bulk(world.clerk, { records });
    expect(codes(created)).toEqual(['secured_property', undefined]);
  });
});

describe('units in a tree', () => {
  it('are judged one after the other, so that two moves cannot make a circle', async () => {
    const { crm } = world;
    const unit = async (name: string, parent_id: string): Promise<string> =>
      (await crm.create('business_units', { name, parent_id })).id;
    const [a, c] = [await unit('A', crm.rootUnitId), await unit('C', crm.rootUnitId)];
    const [b, d] = [await unit('B', a), await unit('D', c)];
    const answer = await crm.call(crm.admin, 'POST', '/business_units/bulk', {
      mode: 'update',
      records: [
        { id: c, parent_id: b },
        { id: a, parent_id: d },
      ],
    });
    expect(codes(answer)).toEqual([undefined, 'conflict']);
  });
});
