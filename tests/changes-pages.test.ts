// Pages of the audit: what is asked for and refused, every change once while others are written, and how much is read for a page.
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditKit, type Change, startAuditKit } from './changes-kit.ts';
import type { Answer } from './crm-kit.ts';

let kit: AuditKit;
/** Reads what is of the unit: all of it, record by record. */
let sister: AuditKit['surgeon'];
const ids: string[] = [];

beforeAll(async () => {
  kit = await startAuditKit();
  sister = await kit.crm.user('Sister', ['sister']);
  const records = Array.from({ length: 2_100 }, (_, n) => ({ name: `N${n}`, visits: 0 }));
  for (const { id } of await bulk({ records })) ids.push(id);
  for (let visits = 1; visits < 5; visits += 1)
    await bulk({ mode: 'update', records: ids.map((id) => ({ id, visits })) });
  await kit.crm.create('patients', { name: 'Nurse' }, kit.nurse);
  await kit.crm.platform.database.run('analyze');
});
afterAll(() => kit.crm.close());

async function bulk(body: object): Promise<readonly { readonly id: string }[]> {
  const answer = await kit.crm.call(kit.surgeon, 'POST', '/patients/bulk', body);
  expect(answer.json.results.every(({ status }: { status: number }) => status < 300)).toBe(true);
  return answer.json.results;
}
const page = async (path: string, headers?: Record<string, string>): Promise<Answer['json']> => {
  const answer = await kit.get(kit.surgeon, path, headers);
  expect(answer.status, answer.text ?? '').toBe(200);
  return answer.json;
};
const link = (json: Answer['json']): string => json['@odata.nextLink']?.replace('http://crm.test/api/v1', '');

describe('ten thousand changes', () => {
  it('are paged completely and once, newest first, while records are written, for readers of all, of many and of few records', async () => {
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n += 1) {
        await kit.crm.call(kit.surgeon, 'PATCH', `/patients(${ids[n % 2_100]})`, { ward: `W${n}` });
        await kit.crm.create('patients', { name: 'Late' }, n % 2 === 0 ? kit.surgeon : kit.nurse);
      }
      return 'ended';
    })();
    const rows = await kit.crm.platform.database.run(
      `select l.id::text as id, l.record_id::text as record from kartoteka.change_log l where l.entity = 'patient'`,
    );
    const all = await kit.everyPage(kit.surgeon, '/patients/changes', { prefer: 'odata.maxpagesize=500' });
    const own = await kit.everyPage(kit.nurse, '/patients/changes', { prefer: 'odata.maxpagesize=7' });
    const unit = await kit.everyPage(sister, '/patients/changes', { prefer: 'odata.maxpagesize=1000' });
    writing = false;
    expect(await writer).toBe('ended');
    const seen = new Map(all.map((change) => [String(change.id), change]));
    expect(seen.size).toBe(all.length);
    expect(rows.length).toBeGreaterThan(10_000);
    expect(rows.filter(({ id }) => !seen.has(String(id)))).toEqual([]);
    const units = new Set(unit.map(({ id }) => String(id)));
    expect([units.size, rows.filter(({ id }) => !units.has(String(id)))]).toEqual([unit.length, []]);
    const order = (changes: readonly Change[]) =>
      changes.map(({ changed_on, id }) => `${changed_on} ${String(id).padStart(12, '0')}`);
    expect(order(all)).toEqual(order(all).toSorted().reverse());
    expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
    expect(own.length).toBeGreaterThan(1);
    expect(own.every(({ actor_id }) => actor_id === kit.nurse.id)).toBe(true);
  });

  it('of one record are paged by version', async () => {
    const path = `/patients(${ids[0]})/changes`;
    const versions = (await kit.everyPage(kit.surgeon, path, { prefer: 'maxpagesize=3' })).map(
      ({ version }) => version,
    );
    expect(versions.slice(-5)).toEqual([5, 4, 3, 2, 1]);
    expect(versions).toEqual(versions.toSorted((a, b) => b - a));
  });
});

describe('a page', () => {
  it('holds 100 changes, what is preferred up to 1,000, or $top', async () => {
    const first = await page('/patients/changes');
    expect([first.value.length, Object.keys(first)]).toEqual([100, ['@odata.context', 'value', '@odata.nextLink']]);
    const preferred = await kit.get(kit.surgeon, '/patients/changes', { prefer: 'odata.maxpagesize=5000' });
    expect([preferred.json.value.length, preferred.headers['preference-applied']]).toEqual([
      1_000,
      'odata.maxpagesize=1000',
    ]);
    const top = await page('/patients/changes?$top=3');
    expect([top.value.length, link(top)]).toEqual([3, undefined]);
    expect((await page('/patients/changes?$top=0')).value).toEqual([]);
    const counted = await kit.everyPage(kit.surgeon, '/patients/changes?$top=25', { prefer: 'maxpagesize=10' });
    expect(counted).toHaveLength(25);
    expect(
      (await page('/patients/changes?$format=application/json;odata.metadata=none'))['@odata.context'],
    ).toBeUndefined();
  });

  it('is filtered by time, actor, operation and property', async () => {
    const [latest] = (await page('/patients/changes?$top=1')).value;
    const on = encodeURIComponent(latest.changed_on.replace('+00:00', 'Z'));
    const found = async (filter: string): Promise<readonly Change[]> =>
      (await page(`/patients/changes?$filter=${filter}&$top=1000`)).value;
    expect((await found(`changed_on ge ${on}`)).map(({ id }) => id)).toEqual([latest.id]);
    expect(await found(`changed_on gt ${on}`)).toEqual([]);
    expect(await found(`changed_on lt 2000-01-01T00:00:00Z`)).toEqual([]);
    const nurses = await found(`actor_id eq ${kit.nurse.id} and changed_on le ${on}`);
    expect(new Set(nurses.map(({ actor_id }) => actor_id))).toEqual(new Set([kit.nurse.id]));
    expect(await kit.changes(kit.nurse, '/patients/changes?$filter=actor_id eq me()&$top=1')).toHaveLength(1);
    expect((await found(`operation in ('delete','restore')`)).length).toBe(0);
    expect(new Set((await found(`operation eq 'create'`)).map(({ operation }) => operation))).toEqual(
      new Set(['create']),
    );
    const wards = await found(`property eq 'ward' and property in ('ward','name')`);
    expect(wards.length).toBeGreaterThan(0);
    for (const { changes } of wards) expect(changes.map(({ property }) => property)).toContain('ward');
    expect(await found(`property eq 'ward' and property eq 'visits'`)).toEqual([]);
    const next = await page(`/patients/changes?$filter=property eq 'visits'`, { prefer: 'maxpagesize=2' });
    expect(link(next)).toContain("$filter=property%20eq%20'visits'");
    expect((await page(link(next))).value[0].id).toBeLessThan(next.value[1].id);
  });

  it.each([
    ['$skip=1', 400, 'invalid_option'],
    ['$count=true', 400, 'invalid_option'],
    ['$orderby=changed_on', 400, 'invalid_option'],
    ['$select=id', 400, 'invalid_option'],
    ['$expand=actor', 400, 'invalid_option'],
    ['$search=x', 400, 'invalid_option'],
    ['$top=-1', 400, 'invalid_option'],
    ['$skiptoken=x', 400, 'invalid_skiptoken'],
    ['$filter=', 400, 'invalid_expression'],
    ['$filter=changed_on', 400, 'invalid_expression'],
    [`$filter=operation eq 'nothing'`, 400, 'invalid_expression'],
    [`$filter=client eq 'test'`, 400, 'invalid_expression'],
    [`$filter=contains(operation,'e')`, 400, 'invalid_expression'],
    [`$filter=operation ne 'create'`, 400, 'invalid_expression'],
    [`$filter=operation eq 'create' or operation eq 'update'`, 501, 'not_supported'],
    [`$filter=not (operation eq 'create')`, 501, 'not_supported'],
    [`$filter='create' eq operation`, 501, 'not_supported'],
    ['$filter=true', 501, 'not_supported'],
    ['$filter=property eq operation', 501, 'not_supported'],
    [`$filter=property eq 'nothing'`, 400, 'unknown_property'],
    ['$filter=property eq null', 400, 'unknown_property'],
    ['$compute=1 as x', 400, 'invalid_option'],
  ])('asked for with %s is refused', async (query, status, code) => {
    for (const path of ['/patients/changes', `/patients(${ids[0]})/changes`]) {
      const answer = await kit.get(kit.surgeon, `${path}?${query}`);
      expect([path, answer.status, answer.json.code]).toEqual([path, status, code]);
    }
  });

  it('goes on only where it came from', async () => {
    const next = link(await page('/patients/changes')) ?? '';
    const token = next.slice(next.indexOf('$skiptoken'));
    for (const path of [
      `/patients(${ids[0]})/changes?`,
      '/pets/changes?',
      `/patients/changes?$filter=operation eq 'create'&`,
    ])
      expect((await kit.get(kit.surgeon, path + token)).json.code).toBe('invalid_skiptoken');
    const [shape] = JSON.parse(Buffer.from(token.slice('$skiptoken='.length), 'base64url').toString());
    for (const keys of [
      ['x', '1'],
      ['2026-01-01', "1'"],
      ['2026-01-01'],
      [null, '1'],
      ['9'.repeat(30), '1'],
      ['2026-01-01', '9'.repeat(19)],
    ]) {
      const forged = Buffer.from(JSON.stringify([shape, ...keys])).toString('base64url');
      expect((await kit.get(kit.surgeon, `/patients/changes?$skiptoken=${forged}`)).status).toBe(400);
    }
  });

  it('is 64 MiB long at most', async () => {
    const { id } = await kit.crm.create('patients', { name: 'Long' }, kit.surgeon);
    await unguardedChangeLog(
      kit.crm.platform.database,
      `insert into kartoteka.change_log (entity, record_id, operation, version, before, after)
       select 'patient', $1::uuid, 'update', n, '{}', jsonb_build_object('ward', repeat('x', 1048576)) from generate_series(2, 66) n`,
      [id],
    );
    const path = `/patients(${id})/changes`;
    expect((await kit.get(kit.surgeon, path)).json).toMatchObject({ code: 'limit_exceeded' });
    expect((await page(`${path}?$top=63`)).value).toHaveLength(63);
  });

  it('is read, and nothing else is done to it', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT'])
      expect((await kit.crm.call(kit.surgeon, method, '/patients/changes', {})).status).toBe(405);
    for (const path of ['/patients/changes/1', '/patients/changes(1)', '/nothing/changes', '/patients/deleted/changes'])
      expect([400, 404]).toContain((await kit.get(kit.surgeon, path)).status);
  });
});

describe('what is read for a page of 100', () => {
  /** Shared buffers that the statement of a request touches. */
  async function buffersOf(principal: AuditKit['surgeon'], path: string, status = 200): Promise<number> {
    const { database } = kit.crm.platform;
    const { run } = database;
    let buffers = 0;
    database.run = async (text, parameters, options) => {
      if (!text.includes('kartoteka.change_log')) return run.call(database, text, parameters, options);
      const [row] = await run.call(database, `explain (analyze, buffers, format json) ${text}`, parameters);
      const plan = Object.values(row ?? {})[0];
      const [top] = (typeof plan === 'string' ? JSON.parse(plan) : plan) as { Plan: Record<string, number> }[];
      buffers = (top?.Plan['Shared Hit Blocks'] ?? 0) + (top?.Plan['Shared Read Blocks'] ?? 0);
      return run.call(database, text, parameters, options);
    };
    try {
      expect((await kit.get(principal, path)).status).toBe(status);
    } finally {
      database.run = run;
    }
    expect(buffers).toBeGreaterThan(0);
    return buffers;
  }

  beforeAll(async () => {
    // Another 60,000 changes of records that the nurse cannot read, newer than his own, and of another entity.
    const { database } = kit.crm.platform;
    for (const entity of ['patient', 'pet']) {
      await unguardedChangeLog(
        database,
        `insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after)
         select $1::text, t.id, 'update', 1000 + n, t.owner_id, 'scale', '{"ward": "A"}', jsonb_build_object('ward', n)
         from data.patient t cross join generate_series(1, 30) n where t.name like 'N%' and t.owner_id = $2::uuid`,
        [entity, kit.surgeon.id],
      );
    }
    await database.run('vacuum analyze');
  });

  it('is bounded for a reader of everything, on the first page and deep in the log', async () => {
    expect(await buffersOf(kit.surgeon, '/patients/changes')).toBeLessThan(1_500);
    const deep = await page('/patients/changes', { prefer: 'maxpagesize=1000' });
    const further = await page(link(deep), { prefer: 'maxpagesize=1000' });
    expect(await buffersOf(kit.surgeon, link(further))).toBeLessThan(1_500);
    expect(await buffersOf(kit.surgeon, '/patients/changes?$filter=changed_on lt 2000-01-01T00:00:00Z')).toBeLessThan(
      100,
    );
  });

  it('is bounded for a reader of many records but not of all', async () => {
    expect(await buffersOf(sister, '/patients/changes')).toBeLessThan(3_000);
    const deep = await kit.get(sister, '/patients/changes', { prefer: 'maxpagesize=1000' });
    expect(await buffersOf(sister, link(deep.json))).toBeLessThan(3_000);
  });

  it('is bounded for a reader of few records, however much others write', async () => {
    const own = await kit.everyPage(kit.nurse, '/patients/changes');
    const records = new Set(own.map(({ record_id }) => record_id)).size;
    expect(await buffersOf(kit.nurse, '/patients/changes')).toBeLessThan(500 + 12 * records);
  });

  it('is bounded for one record with thousands of changes', async () => {
    await unguardedChangeLog(
      kit.crm.platform.database,
      `insert into kartoteka.change_log (entity, record_id, operation, version, before, after)
       select 'patient', $1::uuid, 'update', 5000 + n, '{"ward": "A"}', jsonb_build_object('ward', n) from generate_series(1, 20000) n`,
      [ids[1] ?? ''],
    );
    await kit.crm.platform.database.run('vacuum analyze kartoteka.change_log');
    const path = `/patients(${ids[1]})/changes`;
    expect(await buffersOf(kit.surgeon, path)).toBeLessThan(1_000);
    expect(await buffersOf(kit.surgeon, link(await page(path)))).toBeLessThan(1_000);
    // Who may not read it learns nothing from the time it takes either.
    const missing = await buffersOf(kit.nurse, '/patients(00000000-0000-7000-8000-000000000000)/changes', 404);
    expect(Math.abs((await buffersOf(kit.nurse, path, 404)) - missing)).toBeLessThan(4);
  });
});
