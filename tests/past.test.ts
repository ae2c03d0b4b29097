// Figures and lists of a moment in the past: they are those that were there then, of records that the caller may read now.
import type { Principal } from '@kartoteka/platform';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let seller: Principal;

beforeAll(async () => {
  crm = await startCrm();
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  seller = await crm.user('Seller', ['sales_representative'], unit.id);
});
afterAll(() => crm?.close());

const ask = (path: string, query: Record<string, string>, who: Principal = crm.admin) =>
  crm.call(who, 'GET', `${path}?${new URLSearchParams(query)}`);
const now = async (): Promise<string> => {
  const [row] = await crm.platform.database.run(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
  );
  return String(row?.now);
};

interface Known {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly amount: number | null;
  readonly close_date: string | null;
}

const snapshot = async (): Promise<Known[]> =>
  (await crm.call(crm.admin, 'GET', '/deals?$select=id,name,stage,amount,close_date&$top=1000')).json.value;

const STAGES = ['prospecting', 'engaging', 'proposal', 'negotiation'];

test('at any moment figures and lists are those of a list that was read then', async () => {
  const moments: { at: string; seen: Known[] }[] = [];
  const step = fc.record({
    kind: fc.constantFrom('create', 'update', 'update', 'update', 'delete'),
    which: fc.nat(1000),
    values: fc.record(
      {
        stage: fc.constantFrom(...STAGES),
        amount: fc.option(fc.integer({ min: 1, max: 500 }), { freq: 9 }),
        close_date: fc.option(fc.constantFrom('2026-01-31', '2027-02-28')),
      },
      { requiredKeys: [] },
    ),
  });
  const steps = fc.sample(step, { numRuns: 120, seed: 20261123 });
  const ids: string[] = [];
  for (const [index, { kind, which, values }] of steps.entries()) {
    const id = ids[which % Math.max(ids.length, 1)];
    if (kind === 'create' || id === undefined) {
      const made = await crm.call(crm.admin, 'POST', '/deals', { name: `D${index}`, ...values });
      if (made.status === 201) ids.push(made.json.id);
    } else if (kind === 'update') await crm.call(crm.admin, 'PATCH', `/deals(${id})`, values);
    else {
      await crm.call(crm.admin, 'DELETE', `/deals(${id})`);
      ids.splice(ids.indexOf(id), 1);
    }
    if (index % 12 === 0) moments.push({ seen: await snapshot(), at: await now() });
  }
  const alive = new Set((await snapshot()).map(({ id }) => id));
  expect(alive.size).toBeGreaterThan(5);
  expect(moments.some(({ seen }) => seen.some(({ id }) => !alive.has(id)))).toBe(true);
  for (const { at, seen } of moments) {
    const left = seen.filter(({ id }) => alive.has(id));
    for (const [filter, counts] of [
      [undefined, () => true],
      ["stage eq 'engaging' or amount gt 250", (deal: Known) => deal.stage === 'engaging' || (deal.amount ?? 0) > 250],
      ['close_date eq null', (deal: Known) => deal.close_date === null],
    ] as const) {
      const wanted = left.filter(counts);
      const query = { at, ...(filter === undefined ? {} : { filter }) };
      const { status, json } = await ask('/deals/figures_at', { ...query, levels: 'stage,close_date', sum: 'amount' });
      expect(status, JSON.stringify(json)).toBe(200);
      const groups = Map.groupBy(wanted, ({ stage, close_date }) => JSON.stringify([stage, close_date]));
      const sums = (deals: readonly Known[]) => {
        const amounts = deals.flatMap(({ amount }) => amount ?? []);
        return amounts.length === 0 ? null : amounts.reduce((sum, each) => sum + each, 0);
      };
      const expected = new Map([...groups].map(([key, deals]) => [key, [deals.length, sums(deals)]]));
      type Group = { values: unknown[]; count: number; sums: unknown[] };
      const got = new Map(
        json.groups.map((group: Group) => [JSON.stringify(group.values), [group.count, group.sums[0]]]),
      );
      expect(got).toEqual(expected);
      const list = await ask('/deals/records_at', query);
      expect(list.json.value.map(({ id }: Known) => id)).toEqual(wanted.map(({ id }) => id).sort());
    }
  }
});

test('records that the caller may not read now do not count, nor do those that were made later', async () => {
  const before = await now();
  const deal = await crm.create('deals', { name: 'Of the administrator', stage: 'engaging' });
  const after = await now();
  const filter = "name eq 'Of the administrator'";
  const count = async (at: string, who: Principal) =>
    (await ask('/deals/figures_at', { at, filter, levels: 'stage' }, who)).json.groups.length;
  expect([await count(before, crm.admin), await count(after, crm.admin), await count(after, seller)]).toEqual([
    0, 1, 0,
  ]);
  await crm.call(crm.admin, 'POST', `/deals(${deal.id})/assign`, { owner_id: seller.id });
  expect(await count(after, seller)).toBe(1);
  const [owners] = (await ask('/deals/figures_at', { at: after, filter, levels: 'owner_id' })).json.groups;
  expect(owners.values).toEqual([crm.admin.id]);
});

test('a page of records begins after the last of the one before', async () => {
  const at = await now();
  const all = (await ask('/deals/records_at', { at })).json.value;
  const headers = { prefer: 'odata.maxpagesize=3' };
  const first = await crm.call(crm.admin, 'GET', `/deals/records_at?at=${at}`, undefined, headers);
  expect(first.json.value).toEqual(all.slice(0, 3));
  const next = first.json['@odata.nextLink'];
  const rest = await crm.call(crm.admin, 'GET', next.slice(next.indexOf('/deals')));
  expect(rest.json.value).toEqual(all.slice(3));
  expect(rest.json['@odata.nextLink']).toBeUndefined();
  // A position of another question is none of this one.
  const other = await crm.call(
    crm.admin,
    'GET',
    `/deals/records_at?at=${at}&filter=true&$skiptoken=${next.split('$skiptoken=')[1]}`,
  );
  expect([other.status, other.json.code]).toEqual([400, 'invalid_skiptoken']);
});

test('what is not known of the past is refused, with its place', async () => {
  const at = await now();
  const refused = async (query: Record<string, string>, path = '/deals/figures_at') => {
    const { status, json } = await ask(path, { at, levels: 'stage', ...query });
    return [status, json.code, json.target];
  };
  const day = 86_400_000;
  const back = (days: number) => new Date(Date.now() - days * day).toISOString();
  expect(await refused({ at: back(1095.01) })).toEqual([400, 'invalid_option', 'at']);
  expect((await refused({ at: back(1094.99) }))[0]).toBe(200);
  expect(await refused({ at: back(-0.01) })).toEqual([400, 'invalid_option', 'at']);
  expect(await refused({ at: '2026-06-30T23:59:60Z' })).toEqual([400, 'invalid_arguments', undefined]);
  expect(await refused({ levels: 'company/name' })).toEqual([501, 'not_supported', 'levels']);
  expect(await refused({ levels: 'modified_on' })).toEqual([501, 'not_supported', 'levels']);
  expect(await refused({ levels: 'nonsense' })).toEqual([400, 'unknown_property', 'levels']);
  expect(await refused({ levels: 'stage,stage' })).toEqual([400, 'invalid_option', 'levels']);
  expect(await refused({ levels: '' })).toEqual([400, 'invalid_option', 'levels']);
  expect(await refused({ levels: 'stage,description' })).toEqual([400, 'operator_not_applicable', 'levels']);
  expect(await refused({ sum: 'name' })).toEqual([400, 'operator_not_applicable', 'sum']);
  expect(await refused({ filter: "company/name eq 'A'" })).toEqual([501, 'not_supported', 'filter']);
  expect(await refused({ filter: 'stage eq' })).toEqual([400, 'invalid_expression', 'filter']);
});

test('a moment is a level as it is read, to the microsecond', async () => {
  const { id } = await crm.create('leads', { last_name: 'Moment' });
  await crm.platform.database.run(
    `update data.lead set created_on = '2026-01-02T03:04:05.678901Z' where id = $1::uuid`,
    [id],
  );
  const { json } = await ask('/leads/figures_at', { at: await now(), levels: 'created_on', filter: `id eq ${id}` });
  const read = (await crm.call(crm.admin, 'GET', `/leads(${id})`)).json.created_on;
  expect(json.groups).toMatchObject([{ values: [read], count: 1 }]);
  expect(read).toContain('05.678901');
});

test('a secured field is no level, no sum and no filter for whom it is hidden', async () => {
  const at = await now();
  const outside = await crm.user('Outside', ['integrator']);
  const queries: Record<string, string>[] = [
    { levels: 'bank_account' },
    { levels: 'name', filter: "bank_account eq '1'" },
  ];
  for (const query of queries) {
    const { status, json } = await ask('/companies/figures_at', { at, ...query }, outside);
    expect([status, json.code]).toEqual([403, 'secured_property']);
  }
});

test('the funnel as of a moment has figures that lead to the records of that moment', async () => {
  const deal = await crm.create('deals', { name: "Funnel's", stage: 'engaging', amount: 70 });
  await crm.create('deals', { name: "Funnel's", stage: 'proposal', amount: 30 });
  const at = await now();
  await crm.call(crm.admin, 'PATCH', `/deals(${deal.id})`, { stage: 'proposal', amount: 90, name: 'Another' });
  const query = { as_of: at, levels: 'stage,name', sum: 'amount', filter: "name eq 'Funnel''s'" };
  const { json } = await ask('/deals/funnel', query);
  expect(json.groups).toMatchObject([
    { group: { stage: 'engaging', name: "Funnel's" }, count: 1, sums: { amount: 70 } },
    { group: { stage: 'proposal', name: "Funnel's" }, count: 1, sums: { amount: 30 } },
  ]);
  const [{ records }] = json.groups;
  const list = await crm.call(crm.admin, 'GET', records.slice(records.indexOf('/deals/')));
  expect(list.json.value).toEqual([{ id: deal.id, title: 'Another' }]);
  const refused = await ask('/deals/funnel', { ...query, levels: 'company/name' });
  expect([refused.status, refused.json.code]).toEqual([501, 'not_supported']);
});

test('whatever is a level now is one in the past, and every figure leads to its records', async () => {
  const values = { name: 'Levels', description: "Long, it's said", website: 'https://example.com/a' };
  await crm.create('companies', values);
  const filter = "name eq 'Levels'";
  const at = await now();
  for (const { name } of crm.platform.model().entities.get('company')?.properties.values() ?? []) {
    const past = await ask('/companies/funnel', { levels: name, filter, as_of: at });
    const present = await ask('/companies/funnel', { levels: name, filter });
    if (past.status === 501) continue;
    expect([past.status, past.json.code], name).toEqual([present.status, present.json.code]);
    for (const { count, records } of past.json.groups ?? []) {
      const list = await crm.call(crm.admin, 'GET', records.slice(records.indexOf('/companies/')));
      expect([list.status, list.json.value.length], name).toEqual([200, count]);
    }
  }
});

test('what was in the recycle bin at the moment does not count then, though it was restored since', async () => {
  const { id } = await crm.create('deals', { name: 'Binned', stage: 'engaging' });
  const there = await now();
  await crm.call(crm.admin, 'DELETE', `/deals(${id})`);
  const binned = await now();
  await crm.call(crm.admin, 'POST', `/deals(${id})/restore`);
  const back = await now();
  await crm.call(crm.admin, 'DELETE', `/deals(${id})`);
  await crm.call(crm.admin, 'POST', `/deals(${id})/restore`);
  const filter = "name eq 'Binned'";
  const counts = async (at: string) => [
    (await ask('/deals/figures_at', { at, filter, levels: 'stage' })).json.groups.length,
    (await ask('/deals/records_at', { at, filter })).json.value.length,
  ];
  expect([await counts(there), await counts(binned), await counts(back)]).toEqual([
    [1, 1],
    [0, 0],
    [1, 1],
  ]);
});

test('a moment of which changes were purged is refused, whatever the documents promise by now', async () => {
  await crm.create('deals', { name: 'Purged' });
  const { database } = crm.platform;
  await database.run('alter table kartoteka.change_log disable trigger user');
  await database.run(
    `update kartoteka.change_log set at = now() - interval '9 days' where entity = 'deal' and after->>'name' = 'Purged'`,
  );
  await database.run('alter table kartoteka.change_log enable trigger user');
  const days = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString();
  const status = async (count: number) => {
    const figures = await ask('/deals/figures_at', { at: days(count), levels: 'stage' });
    const records = await ask('/deals/records_at', { at: days(count) });
    return [figures.status, figures.json.target, records.status, records.json.code];
  };
  expect(await status(9.5)).toEqual([200, undefined, 200, undefined]);
  await database.run(`select kartoteka.purge_changes(now() - interval '7 days', 1000)`);
  expect(await status(9.5)).toEqual([400, 'at', 400, 'invalid_option']);
  expect(await status(8)).toEqual([200, undefined, 200, undefined]);
});
