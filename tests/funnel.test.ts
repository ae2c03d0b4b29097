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
