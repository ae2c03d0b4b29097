// The function `funnel`: each figure is that of the records behind it, of those that the caller may read, whatever the levels.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let seller: Principal;

beforeAll(async () => {
  crm = await startCrm();
  seller = await crm.user('Seller', ['sales_representative']);
  const companies = await Promise.all(
    [{ name: "O'Neill & Co", industry: 'retail' }, { name: 'Plain' }].map((values) => crm.create('companies', values)),
  );
  for (let index = 0; index < 24; index++) {
    await crm.create(
      'deals',
      {
        name: `Deal ${index}`,
        ...(index % 3 === 2 ? {} : { company_id: companies[index % 3].id }),
        ...(index % 2 === 0 ? { stage: 'proposal', amount: 100 + index } : {}),
        ...(index % 5 === 0 ? { close_date: '2026-03-01' } : {}),
      },
      index < 6 && index % 3 === 2 ? seller : crm.admin,
    );
  }
});
afterAll(() => crm?.close());

interface Figure {
  group: Record<string, unknown>;
  count: number;
  sums: Record<string, number>;
  records: string;
}

const ask = (query: Record<string, string>, who: Principal = crm.admin) =>
  crm.call(who, 'GET', `/deals/funnel?${new URLSearchParams(query)}`);

async function behind(figure: Figure, who: Principal = crm.admin): Promise<{ amount: number | null }[]> {
  const path = figure.records.slice(figure.records.indexOf('/deals?'));
  const { status, json } = await crm.call(who, 'GET', `${path}&$top=1000`);
  expect(status, path).toBe(200);
  return json.value;
}

test.each(['stage', 'company/name', 'company/industry,stage', 'stage,close_date,owner_id,company/name'])(
  'by %s every figure is that of the list it leads to',
  async (levels) => {
    const { status, json, text } = await ask({ levels, sum: 'amount', filter: "contains(name,'Deal')" });
    expect(status, text ?? '').toBe(200);
    for (const figure of json.groups as Figure[]) {
      const records = await behind(figure);
      expect(records).toHaveLength(figure.count);
      const sum = records.reduce((total, { amount }) => total + (amount ?? 0), 0);
      expect(figure.sums.amount ?? 0).toBe(sum);
    }
    expect(json.groups.reduce((total: number, { count }: Figure) => total + count, 0)).toBe(24);
  },
);

test('a duration is a level, and leads to its records', async () => {
  const { id: regarding_id } = await crm.create('deals', { name: 'Called' });
  const call = { kind: 'call', subject: 'Call', direction: 'outgoing', regarding_id, regarding_type: 'deal' };
  for (const duration of ['PT5M', 'PT300S', 'P1DT1.5S', undefined])
    await crm.create('events', duration === undefined ? call : { ...call, duration });
  const { json } = await crm.call(
    crm.admin,
    'GET',
    `/events/funnel?levels=duration&filter=regarding_id eq ${regarding_id}`,
  );
  expect(json.groups.map(({ count }: Figure) => count)).toEqual([1, 2, 1]);
  for (const { count, records } of json.groups as Figure[]) {
    const list = await crm.call(crm.admin, 'GET', records.slice(records.indexOf('/events?')));
    expect([list.status, list.json.value.length], records).toEqual([200, count]);
  }
});

test('only records that the caller may read are counted', async () => {
  const { json } = await ask({ levels: 'owner_id' }, seller);
  expect(json.groups).toMatchObject([{ group: { owner_id: seller.id }, count: 2 }]);
  expect(await behind(json.groups[0], seller)).toHaveLength(2);
});

test('the filter narrows the figures, and cannot become more than a filter', async () => {
  const { json } = await ask({ levels: 'stage', filter: "stage eq 'proposal'" });
  expect(json.groups).toMatchObject([{ group: { stage: 'proposal' }, count: 12 }]);
  for (const filter of ["stage eq 'won')/filter(stage ne 'x'", '', "(stage eq 'won'", "stage eq 'won"])
    expect(await ask({ levels: 'stage', filter }), filter).toMatchObject({ status: 400, json: { target: 'filter' } });
});

test.each([
  [{}, 'levels'],
  [{ levels: '' }, 'levels'],
  [{ levels: 'stage,stage' }, 'levels'],
  [{ levels: 'stage),aggregate($count as n' }, 'levels'],
  [{ levels: 'stage', sum: 'amount with max as x' }, 'sum'],
])('%j is refused', async (query, target) => {
  const { status, json } = await ask(query as Record<string, string>);
  expect(status).toBe(400);
  expect([json.target, ...(json.details ?? []).map((detail: { target: string }) => detail.target)].join(' ')).toContain(
    target,
  );
});

test('levels that do not exist are refused, not empty', async () => {
  expect((await ask({ levels: 'nothing' })).status).toBe(400);
});

test.each([
  ['month(close_date)', [null, '0999-12', '2026-03', '2026-04', '9999-12']],
  ['quarter(close_date)', [null, '0999-Q4', '2026-Q1', '2026-Q2', '9999-Q4']],
  ['year(close_date)', [null, '0999', '2026', '9999']],
  ['year(close_date),stage', [null, '0999', '2026', '9999']],
  ['quarter(created_on),month(created_on)', null],
  ['year(company/created_on)', [null]],
])('by %s periods are in order, and every figure is that of the list it leads to', async (levels, periods) => {
  for (const close_date of ['0999-12-31', '9999-12-01', '2026-03-31', '2026-04-01'])
    await crm.create('deals', { name: `Period ${levels}`, amount: 1, close_date });
  await crm.create('deals', { name: `Period ${levels}` });
  const { status, json, text } = await ask({ levels, sum: 'amount', filter: `name eq 'Period ${levels}'` });
  expect(status, text ?? '').toBe(200);
  const [first = ''] = levels.split(',');
  if (periods !== null)
    expect([...new Set((json.groups as Figure[]).map(({ group }) => group[first]))]).toEqual(periods);
  else expect(json.groups[0].group[first]).toMatch(/^20\d\d-Q[1-4]$/);
  expect(json.groups.reduce((total: number, { count }: Figure) => total + count, 0)).toBe(5);
  for (const figure of json.groups as Figure[]) expect(await behind(figure)).toHaveLength(figure.count);
});

test('a moment lies in the period that it has in the time zone of the organization', async () => {
  const documents = [{ kind: 'organization', name: 'organization', patch: { time_zone: 'Asia/Tokyo' } }];
  const published = await crm.call(crm.admin, 'POST', '/metadata/publish', { comment: 'Zone', documents });
  expect(published.status, published.text ?? '').toBe(200);
  const { id } = await crm.create('deals', { name: 'Zoned' });
  await crm.platform.database.run(`update data.deal set created_on = '2025-12-31T15:30:00Z' where id = $1::uuid`, [id]);
  // A principal keeps the Model that it was made of.
  const admin = await crm.principal(crm.admin.id);
  const { json } = await ask({ levels: 'month(created_on)', filter: "name eq 'Zoned'" }, admin);
  expect(json.groups).toMatchObject([{ group: { 'month(created_on)': '2026-01' }, count: 1 }]);
  expect(await behind(json.groups[0], admin)).toHaveLength(1);
});

test('what has no period is refused, and periods of the past', async () => {
  const refused = async (query: Record<string, string>) => {
    const { status, json } = await ask(query);
    return [status, json.code, json.target];
  };
  expect(await refused({ levels: 'month(name)' })).toEqual([400, 'invalid_option', 'levels']);
  expect(await refused({ levels: 'week(close_date)' })).toEqual([400, 'invalid_option', 'levels']);
  expect(await refused({ levels: 'month(close_date),month(close_date)' })).toEqual([400, 'invalid_option', 'levels']);
  expect(await refused({ levels: 'month(year(close_date))' })).toEqual([400, 'invalid_option', 'levels']);
  expect((await refused({ levels: 'month(nothing)' }))[0]).toBe(400);
  const past = { levels: 'month(close_date)', as_of: new Date(Date.now() - 1000).toISOString() };
  expect(await refused(past)).toEqual([501, 'not_supported', 'levels']);
});
