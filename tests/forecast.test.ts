// The forecast: open deals by the month in which they are to close, each figure equal to the list behind it.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let seller: Principal;

beforeAll(async () => {
  crm = await startCrm();
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  seller = await crm.user('Seller', ['sales_representative'], unit.id);
  const deals: readonly object[] = [
    { close_date: '2026-12-31', amount: 100, probability: 50 },
    { close_date: '2026-12-01', amount: 10, probability: 10 },
    { close_date: '2027-01-01', amount: 40, probability: 25, pipeline: 'renewal', stage: 'review' },
    { close_date: '2027-02-28', amount: 8, probability: 100 },
    { amount: 7, probability: 0 },
    { close_date: '2026-12-15', stage: 'won', amount: 1000 },
    { close_date: '2026-12-15', stage: 'lost', lost_reason: 'price', amount: 1000 },
  ];
  for (const [index, values] of deals.entries()) {
    const who = index === 3 ? await crm.principal(seller.id) : crm.admin;
    await crm.create('deals', { name: `Deal ${index}`, ...values }, who);
  }
});
afterAll(() => crm?.close());

interface Month {
  readonly month: string | null;
  readonly split: string | null;
  readonly count: number;
  readonly amount: number;
  readonly records: string;
}

const ask = async (query: Record<string, string> = {}, who: Principal = crm.admin) =>
  crm.call(await crm.principal(who.id), 'GET', `/deals/forecast?${new URLSearchParams(query)}`);

test('each month has its open deals, weighted by probability; those without a date come first', async () => {
  const { json } = await ask();
  expect(json.months.map(({ records: _, ...figures }: Month) => figures)).toEqual([
    { month: null, split: null, count: 1, amount: 7, weighted_amount: 0 },
    { month: '2026-12', split: null, count: 2, amount: 110, weighted_amount: 51 },
    { month: '2027-01', split: null, count: 1, amount: 40, weighted_amount: 10 },
    { month: '2027-02', split: null, count: 1, amount: 8, weighted_amount: 8 },
  ]);
  expect((await ask({}, seller)).json.months).toMatchObject([{ month: '2027-02', count: 1 }]);
});

test.each(['owner_id', 'pipeline', 'stage', 'company_id', 'source'])(
  'split by %s every figure is that of the list it leads to',
  async (by) => {
    const { json } = await ask({ by, filter: "contains(name,'Deal') and amount gt 7" });
    expect(json.months.reduce((sum: number, { count }: Month) => sum + count, 0)).toBe(4);
    for (const { count, amount, records } of json.months as Month[]) {
      const path = records.slice(records.indexOf('/deals?'));
      const { value } = (await crm.call(crm.admin, 'GET', path)).json;
      expect(value.length, path).toBe(count);
      expect(value.reduce((sum: number, deal: { amount: number }) => sum + deal.amount, 0)).toBe(amount);
    }
  },
);

test('the first and the last years that there are have their months too', async () => {
  for (const close_date of ['0999-12-15', '9999-12-31'])
    await crm.create('deals', { name: 'Edge', amount: 1, close_date });
  const { json } = await ask({ filter: "name eq 'Edge'" });
  expect(json.months.map(({ month }: Month) => month)).toEqual(['0999-12', '9999-12']);
  for (const { records } of json.months as Month[]) {
    const answer = await crm.call(crm.admin, 'GET', records.slice(records.indexOf('/deals?')));
    expect([answer.status, answer.json.value?.length]).toEqual([200, 1]);
  }
});

test('bad arguments are refused', async () => {
  const refused = async (query: Record<string, string>) => {
    const { status, json } = await ask(query);
    return [status, json.code];
  };
  expect(await refused({ by: 'name' })).toEqual([400, 'invalid_arguments']);
  expect(await refused({ filter: "stage eq 'won') or (true" })).toEqual([400, 'invalid_option']);
  expect(await refused({ filter: 'nonsense eq 1' })).toEqual([400, 'invalid_expression']);
});
