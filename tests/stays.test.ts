// How long records stay in a stage and how many go on: as the change log tells, of records that the caller may read.
import type { Principal } from '@kartoteka/platform';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const STAGES = ['prospecting', 'engaging', 'proposal', 'negotiation', 'won', 'lost'] as const;
const HOUR = 3_600_000;
const isClosed = (stage: string | undefined): boolean => stage === 'won' || stage === 'lost';

let crm: Crm;
let seller: Principal;
/** Of each deal, its stages with the hours before now at which it got them. */
const deals: { id: string; stays: { value: string; hours: number }[] }[] = [];

/** Deals whose history is put back in time: the log is written by the service, its times by the test. */
beforeAll(async () => {
  crm = await startCrm();
  // Otherwise nobody changes what was logged.
  await crm.platform.database.run('alter table kartoteka.change_log disable trigger user');
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  seller = await crm.user('Seller', ['sales_representative'], unit.id);
  const history = fc.array(fc.record({ stage: fc.constantFrom(...STAGES), hours: fc.integer({ min: 1, max: 200 }) }), {
    minLength: 1,
    maxLength: 6,
  });
  for (const [index, moves] of fc.sample(history, { numRuns: 25, seed: 7 }).entries()) {
    const [first, ...rest] = moves;
    const values = (stage = 'prospecting') => ({
      stage,
      amount: 10,
      close_date: '2026-12-01',
      ...(stage === 'lost' ? { lost_reason: 'price' } : {}),
    });
    const { id } = await crm.create('deals', { name: `D${index}`, ...values(first?.stage) });
    const stays = [{ value: first?.stage ?? '', hours: 0 }];
    for (const { stage } of rest) {
      // What is closed is opened again before it is closed otherwise.
      if (isClosed(stage) && isClosed(stays.at(-1)?.value)) continue;
      await crm.call(crm.admin, 'PATCH', `/deals(${id})`, { ...values(stage), next_step: `${stays.length}` });
      if (stage !== stays.at(-1)?.value) stays.push({ value: stage, hours: 0 });
    }
    await putBack(
      id,
      stays,
      moves.map(({ hours }) => hours),
    );
    deals.push({ id, stays });
  }
});
afterAll(() => crm?.close());

async function putBack(id: string, stays: { value: string; hours: number }[], steps: readonly number[]): Promise<void> {
  let hours = steps.slice(0, stays.length).reduce((sum, each) => sum + each, 0);
  for (const [at, stay] of stays.entries()) {
    stay.hours = hours;
    hours -= steps[at] ?? 0;
  }
  const rows = await crm.platform.database.run(
    `select version::text as version from kartoteka.change_log where record_id = $1::uuid and after ? 'stage' order by version`,
    [id],
  );
  expect(rows.length).toBe(stays.length);
  for (const [at, { version }] of rows.entries())
    await crm.platform.database.run(
      `update kartoteka.change_log set at = now() - $3::numeric * interval '1 hour' where record_id = $1::uuid and version = $2::bigint`,
      [id, String(version), String(stays[at]?.hours)],
    );
}

const ask = async (path: string, query: Record<string, string>, who: Principal = crm.admin) =>
  crm.call(await crm.principal(who.id), 'GET', `${path}?${new URLSearchParams({ property: 'stage', ...query })}`);

/** Everything that pages of two lead to, one after the other. */
async function pages(link: string): Promise<{ id: string }[]> {
  const path = link.slice(link.indexOf('/deals'));
  const headers = { prefer: 'odata.maxpagesize=2' };
  const { status, json } = await crm.call(crm.admin, 'GET', path, undefined, headers);
  expect(status, path).toBe(200);
  expect(json.value.length).toBeLessThanOrEqual(2);
  const next = json['@odata.nextLink'];
  return next === undefined ? json.value : [...json.value, ...(await pages(next))];
}

const lengths = ({ stays }: (typeof deals)[number]) =>
  stays.map(({ value, hours }, at) => ({
    value,
    hours,
    took: hours - (stays[at + 1]?.hours ?? 0),
    goesOn: at === stays.length - 1,
  }));

test('the history of a record tells each stay', async () => {
  for (const deal of deals.slice(0, 8)) {
    const { status, json } = await ask(`/deals(${deal.id})/stage_history`, {});
    expect(status).toBe(200);
    type Stay = { value: string; days: number; left_on: string | null };
    const told = json.value.map(({ value, days, left_on }: Stay) => [value, Math.round(days * 24), left_on === null]);
    expect(told).toEqual(lengths(deal).map(({ value, took, goesOn }) => [value, took, goesOn]));
  }
});

test('averages and medians are those of all stays', async () => {
  const { json } = await ask('/deals/time_in_stage', {});
  const all = Map.groupBy(deals.flatMap(lengths), ({ value }) => value);
  expect(json.value.map(({ value }: { value: string }) => value)).toEqual(STAGES.filter((stage) => all.has(stage)));
  for (const { value, stays, present, average_days, median_days } of json.value) {
    const own = all.get(value) ?? [];
    const took = own.map((each) => each.took / 24).sort((a, b) => a - b);
    expect([stays, present]).toEqual([own.length, own.filter(({ goesOn }) => goesOn).length]);
    expect(average_days).toBeCloseTo(took.reduce((sum, each) => sum + each, 0) / took.length, 1);
    const middle = ((took[Math.floor((took.length - 1) / 2)] ?? 0) + (took[Math.ceil((took.length - 1) / 2)] ?? 0)) / 2;
    expect(median_days).toBeCloseTo(middle, 1);
  }
});

test.each([null, 150])(
  'of those that entered a stage within the last hours (%s) the same number went on as by hand',
  async (hours) => {
    const from: Record<string, string> =
      hours === null ? {} : { from: new Date(Date.now() - hours * HOUR - HOUR / 2).toISOString() };
    const { json } = await ask('/deals/stage_conversion', from);
    const expected = STAGES.flatMap((stage) => {
      const entered = deals.flatMap(({ stays }) => {
        const at = stays.findIndex(({ value }) => value === stage);
        const hoursAgo = stays[at]?.hours ?? Number.POSITIVE_INFINITY;
        return at === -1 || (hours !== null && hoursAgo > hours)
          ? []
          : [new Set(stays.slice(at + 1).map(({ value }) => value))];
      });
      const reached = STAGES.filter((next) => next !== stage).flatMap((next) => {
        const count = entered.filter((later) => later.has(next)).length;
        return count === 0
          ? []
          : [{ value: next, count, percent: Math.round((count / entered.length) * 10_000) / 100 }];
      });
      return entered.length === 0 ? [] : [{ value: stage, entered: entered.length, reached }];
    });
    expect(json.value).toMatchObject(expected);
  },
);

test('records that do not move are told, the longest first and page by page, those that moved are not', async () => {
  const filter = "not (stage in ('won','lost'))";
  const { json } = await ask('/deals/stale', { days: '2', filter });
  const expected = deals
    .flatMap(({ id, stays }) => stays.slice(-1).map((stay) => ({ id, ...stay })))
    .filter(({ value, hours }) => hours >= 48 && !['won', 'lost'].includes(value));
  expect(expected.length).toBeGreaterThan(3);
  expect(new Set(json.value.map(({ id }: { id: string }) => id))).toEqual(new Set(expected.map(({ id }) => id)));
  const days = json.value.map((each: { days: number }) => each.days);
  expect(days).toEqual(days.toSorted((a: number, b: number) => b - a));
  expect(await pages(`/deals/stale?property=stage&days=2&filter=${encodeURIComponent(filter)}`)).toEqual(json.value);
});

test('each figure leads to as many records as it counts, page by page', async () => {
  const from = new Date(Date.now() - 300 * HOUR).toISOString();
  for (const query of [{}, { from, filter: "contains(name,'1')" }, { until: from }] as Record<string, string>[]) {
    const times = (await ask('/deals/time_in_stage', query)).json.value;
    for (const { count, present, records, present_records: kept } of times) {
      const found = (await pages(records)).map(({ id }) => id);
      expect(found).toEqual([...new Set(found)].sort());
      expect([found.length, (await pages(kept)).length]).toEqual([count, present]);
    }
    for (const { entered, records, reached } of (await ask('/deals/stage_conversion', query)).json.value) {
      expect(await pages(records)).toHaveLength(entered);
      for (const each of reached) expect(await pages(each.records)).toHaveLength(each.count);
    }
    expect(times.length).toBeGreaterThan(2);
  }
});

test('a history of more stays than a page holds goes on', async () => {
  const { id } = await crm.create('deals', { name: 'Long' });
  for (const stage of ['engaging', 'prospecting', 'engaging', 'prospecting'])
    await crm.call(crm.admin, 'PATCH', `/deals(${id})`, { stage });
  const whole = (await ask(`/deals(${id})/stage_history`, {})).json.value;
  const days = ({ days: _, ...stay }: Record<string, unknown>) => stay;
  expect(whole).toHaveLength(5);
  const paged = (await pages(`/deals(${id})/stage_history?property=stage`)) as unknown as Record<string, unknown>[];
  expect(paged.map(days)).toEqual(whole.map(days));
  expect((await ask(`/deals(${id})/stage_history`, { $top: '3' })).json).toMatchObject({ value: { length: 3 } });
});

test('what the caller may not read is in none of it', async () => {
  const mine = await crm.create('deals', { name: 'Mine' }, await crm.principal(seller.id));
  expect((await ask('/deals/time_in_stage', {}, seller)).json.value).toMatchObject([
    { value: 'prospecting', count: 1 },
  ]);
  expect((await ask('/deals/stage_conversion', {}, seller)).json.value).toMatchObject([
    { value: 'prospecting', entered: 1, reached: [] },
  ]);
  expect((await ask('/deals/stale', { days: '0' }, seller)).json.value).toMatchObject([{ id: mine.id, title: 'Mine' }]);
  expect((await ask(`/deals(${deals[0]?.id})/stage_history`, {}, seller)).status).toBe(404);
});

test('a record whose first entries are no longer in the log has been where it was since it was made', async () => {
  const { id } = await crm.create('deals', { name: 'Old' });
  await crm.call(crm.admin, 'PATCH', `/deals(${id})`, { stage: 'engaging' });
  await crm.platform.database.run(
    `delete from kartoteka.change_log where record_id = $1::uuid and operation = 'create'`,
    [id],
  );
  const { json } = await ask(`/deals(${id})/stage_history`, {});
  expect(json.value.map(({ value }: { value: string }) => value)).toEqual(['prospecting', 'engaging']);
  await crm.platform.database.run('delete from kartoteka.change_log where record_id = $1::uuid', [id]);
  const { value } = (await ask(`/deals(${id})/stage_history`, {})).json;
  expect(value).toMatchObject([{ value: 'engaging', left_on: null }]);
});

test('bad arguments are refused with their places', async () => {
  const refused = async (query: Record<string, string>) => {
    const { status, json } = await ask('/deals/stale', { days: '1', ...query });
    return [status, json.code, json.target];
  };
  expect(await refused({ property: 'name' })).toEqual([400, 'invalid_option', 'property']);
  expect(await refused({ property: 'nothing' })).toEqual([400, 'unknown_property', 'levels']);
  expect(await refused({ days: '-1' })).toEqual([400, 'invalid_option', 'days']);
  expect(await refused({ days: '36501' })).toEqual([400, 'invalid_option', 'days']);
  expect((await refused({ days: '36500' }))[0]).toBe(200);
  expect(await refused({ $skiptoken: 'abc' })).toEqual([400, 'invalid_skiptoken', '$skiptoken']);
  expect(await refused({ $top: '-1' })).toEqual([400, 'invalid_option', '$top']);
});

test('what is emptied again went on to no value', async () => {
  const made = [];
  for (const rating of ['hot', 'hot', 'cold']) made.push(await crm.create('leads', { last_name: 'Emptied', rating }));
  await crm.call(crm.admin, 'PATCH', `/leads(${made[0]?.id})`, { rating: null });
  await crm.call(crm.admin, 'PATCH', `/leads(${made[1]?.id})`, { rating: 'cold' });
  const { json } = await ask('/leads/stage_conversion', { property: 'rating', filter: "last_name eq 'Emptied'" });
  expect(json.value.find(({ value }: { value: string }) => value === 'hot')).toMatchObject({
    value: 'hot',
    entered: 2,
    reached: [
      { value: null, count: 1, percent: 50 },
      { value: 'cold', count: 1, percent: 50 },
    ],
  });
});

test('a figure of no value leads to its records', async () => {
  const query = { property: 'rating', filter: "last_name eq 'Emptied'" };
  const { json } = await ask('/leads/stage_conversion', query);
  const [, hot] = json.value;
  const link = hot.reached[0].records;
  expect(hot.reached[0]).toMatchObject({ value: null, count: 1 });
  expect((await crm.call(crm.admin, 'GET', link.slice(link.indexOf('/leads')))).json.value).toHaveLength(1);
  const none = json.value[0];
  expect(none).toMatchObject({ value: null, entered: 1 });
  expect(
    (await crm.call(crm.admin, 'GET', none.records.slice(none.records.indexOf('/leads')))).json.value,
  ).toHaveLength(1);
});

test('a field that is younger than the record has had its first known value since the record was made', async () => {
  const { id } = await crm.create('leads', { last_name: 'Older', rating: 'hot' });
  await crm.platform.database.run(
    `update kartoteka.change_log set after = after - 'rating' where record_id = $1::uuid`,
    [id],
  );
  const valuesOf = async () => {
    const { json } = await ask(`/leads(${id})/stage_history`, { property: 'rating' });
    return json.value.map(({ value }: { value: string }) => value);
  };
  expect(await valuesOf()).toEqual(['hot']);
  await crm.call(crm.admin, 'PATCH', `/leads(${id})`, { rating: 'cold' });
  expect(await valuesOf()).toEqual(['hot', 'cold']);
});

test('without days a record is stale after the days of its stage in the process, not before, and its view has the same ones', async () => {
  const process = crm.platform.model().entities.get('deal')?.fields.get('stage')?.document.process;
  const stages = Object.entries(process as Record<string, { stale_after?: number }>);
  const open = [...(crm.platform.model().choices.get('deal_stage')?.values ?? [])].filter(
    ([, { category }]) => category === 'open',
  );
  expect(
    stages
      .filter(([, step]) => step.stale_after !== undefined)
      .map(([stage]) => stage)
      .sort(),
  ).toEqual(open.map(([stage]) => stage).sort());
  const [day, minute] = [24, 1 / 60];
  const make = async (name: string, stage: string, hours: number) => {
    const { id } = await crm.create('deals', { name: `Threshold ${name}`, stage, amount: 1, close_date: '2027-01-01' });
    await putBack(id, [{ value: stage, hours: 0 }], [hours]);
    return id;
  };
  const stale = [
    await make('exactly', 'proposal', 14 * day),
    await make('later', 'prospecting', 30 * day + minute),
  ].sort();
  await make('not yet', 'proposal', 14 * day - minute);
  await make('longer stage', 'prospecting', 14 * day);
  await make('over', 'won', 400 * day);
  const filter = "startswith(name,'Threshold')";
  const ids = (json: { value: { id: string }[] }) => json.value.map(({ id }) => id).sort();
  expect(ids((await ask('/deals/stale', { filter })).json)).toEqual(stale);
  const view = crm.platform.model().views.get('stale_deals')?.filter;
  expect(view).toBe('is_stale(stage)');
  const list = async (test: string, who: Principal = crm.admin) =>
    crm.call(await crm.principal(who.id), 'GET', `/deals?$filter=${encodeURIComponent(test)}`);
  expect(ids((await list(`${view} and ${filter}`)).json)).toEqual(stale);
  expect((await list(`not ${view} and ${filter}`)).json.value).toHaveLength(3);
  expect((await list(`${view}`, seller)).json.value).toEqual([]);
  // As a value, of another record, and of those of a collection.
  const { id: company } = await crm.create('companies', { name: 'Threshold' });
  await crm.call(crm.admin, 'PATCH', `/deals(${stale[0]})`, { company_id: company });
  const companies = await crm.call(crm.admin, 'GET', '/companies?$filter=deals/any(d:is_stale(d/stage))');
  expect(ids(companies.json)).toEqual([company]);
  const computed = await crm.call(
    crm.admin,
    'GET',
    `/deals(${stale[0]})?$compute=is_stale(stage) as late&$select=id,late`,
  );
  expect(computed.json).toMatchObject({ late: true });
  const counted = await crm.call(
    crm.admin,
    'GET',
    `/deals?$apply=filter(is_stale(stage) and ${filter})/aggregate($count as n)`,
  );
  expect(counted.json.value).toMatchObject([{ n: 2 }]);
  // Of a choice whose process says no days nothing is stale, and it can be asked.
  const none = '/leads?$filter=is_stale(status)';
  expect((await crm.call(crm.admin, 'GET', none)).json.value).toEqual([]);
  expect((await crm.call(crm.admin, 'GET', '/leads?$filter=not is_stale(status)')).json.value).not.toEqual([]);
});

test('what cannot be told of staleness is refused, with the reason', async () => {
  const leads = await crm.call(crm.admin, 'GET', '/leads/stale?property=status');
  expect([leads.status, leads.json.code, leads.json.target]).toEqual([400, 'invalid_option', 'days']);
  const refused = async (path: string) => {
    const { status, json } = await crm.call(crm.admin, 'GET', path);
    return [status, json.code];
  };
  expect(await refused("/deals?$filter=is_stale('proposal')")).toEqual([400, 'invalid_expression']);
  expect(await refused('/deals?$filter=is_stale(name)')).toEqual([400, 'invalid_expression']);
  expect(await refused('/deals?$filter=is_stale()')).toEqual([400, 'invalid_expression']);
  expect(await refused('/deals?$apply=groupby((stage))/filter(is_stale(stage))')).toEqual([400, 'invalid_expression']);
  expect(await refused('/deals?$orderby=is_stale(stage)')).toEqual([501, 'not_supported']);
  expect(await refused('/deals/time_in_stage?property=stage&filter=is_stale(stage)')).toEqual([501, 'not_supported']);
  const tracked = { prefer: 'odata.track-changes' };
  const delta = await crm.call(crm.admin, 'GET', '/deals?$filter=is_stale(stage)', undefined, tracked);
  expect([delta.status, delta.json.code]).toEqual([501, 'not_supported']);
});

test('a time in the recycle bin is none in a stage: the stay ends, and another begins with the restore', async () => {
  const { id } = await crm.create('deals', { name: 'Binned', stage: 'proposal', amount: 1 });
  await crm.call(crm.admin, 'DELETE', `/deals(${id})`);
  await crm.call(crm.admin, 'POST', `/deals(${id})/restore`);
  const hours = { create: 40 * 24, delete: 38 * 24, restore: 2 * 24 };
  for (const [operation, ago] of Object.entries(hours))
    await crm.platform.database.run(
      `update kartoteka.change_log set at = now() - $3::int * interval '1 hour' where record_id = $1::uuid and operation = $2::text`,
      [id, operation, String(ago)],
    );
  const { json } = await ask(`/deals(${id})/stage_history`, {});
  expect(json.value).toMatchObject([
    { value: 'proposal', days: 2 },
    { value: 'proposal', days: 2, left_on: null },
  ]);
  const filter = "name eq 'Binned'";
  const [times] = (await ask('/deals/time_in_stage', { filter })).json.value;
  expect(times).toMatchObject({ stays: 2, count: 1, present: 1, average_days: 2 });
  expect((await ask('/deals/stale', { filter })).json.value).toEqual([]);
  const listed = await crm.call(crm.admin, 'GET', `/deals?$filter=is_stale(stage) and ${filter}`);
  expect(listed.json.value).toEqual([]);
});

test('of a record that had no value first, that is known, though the first entry is no longer in the log', async () => {
  const { id } = await crm.create('leads', { last_name: 'Unrated' });
  await crm.call(crm.admin, 'PATCH', `/leads(${id})`, { rating: 'hot' });
  await crm.platform.database.run(
    `delete from kartoteka.change_log where record_id = $1::uuid and operation = 'create'`,
    [id],
  );
  const { json } = await ask(`/leads(${id})/stage_history`, { property: 'rating' });
  expect(json.value).toMatchObject([{ value: null }, { value: 'hot', left_on: null }]);
});
