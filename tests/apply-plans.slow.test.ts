// What $apply costs among forty thousand sales: a group over what an index finds reads no more than that, whoever asks, and
// a number of records no more than /$count does.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sales, startSales } from './apply-kit.ts';
import { principalOf } from './crm-kit.ts';
import { explained, statementsOf } from './security-matrix/hidden-kit.ts';

const SALES = 40_000;

let sales: Sales;
let keeper: Principal;
let seller: Principal;

beforeAll(async () => {
  sales = await startSales();
  const { platform } = sales.crm;
  keeper = await sales.crm.user('Keeper', ['keeper']);
  seller = await sales.crm.user('Seller', ['seller']);
  const owners: string[] = [];
  for (let n = 0; n < 40; n += 1) owners.push((await sales.crm.user(`Owner ${n}`, [])).id);
  // Every day has twenty sales, and the seller one sale in a thousand.
  await platform.database.run(
    `insert into data.sale (id, created_on, modified_on, version, created_by_id, modified_by_id, owner_id, owning_business_unit_id,
       title, kind, amount, amount_currency, amount_base, quantity, price, day, tags)
     select gen_random_uuid(), now(), now(), 1, u.id, u.id, case when n % 1000 = 0 then $1::uuid else ($2::uuid[])[1 + n % 40] end, u.owning_business_unit_id,
       'Sale ' || n, case n % 3 when 0 then 'tool' when 1 then 'toy' end, n, 'USD', n, n % 7, n % 100, date '2020-01-01' + (n % 2000), '{}'
     from generate_series(1, ${SALES}) n, (select id, owning_business_unit_id from data."user" order by id limit 1) u`,
    [seller.id, `{${owners.join(',')}}`],
  );
  await platform.database.run('analyze data.sale');
  await platform.database.run('vacuum data.sale');
  [keeper, seller] = [await principalOf(platform, keeper.id), await principalOf(platform, seller.id)];
}, 240_000);
afterAll(() => sales?.crm.close());

async function planOf(path: string, principal: Principal) {
  const { database } = sales.crm.platform;
  const ask = () => sales.rows(path, principal).catch(async () => (await sales.get(path, principal)).text);
  await ask();
  const [statement, ...others] = await statementsOf(database, ask);
  if (statement === undefined) throw new Error('nothing was asked');
  expect(others).toEqual([]);
  await explained(database, statement);
  return explained(database, statement);
}

async function tablePages(): Promise<number> {
  const [row] = await sales.crm.platform.database.run(
    `select relpages::int as n from pg_class where oid = 'data.sale'::regclass`,
  );
  return Number(row?.n);
}

test('a group over what an index finds reads little of the table', async () => {
  const grouped = 'groupby((kind,shop/region),aggregate(amount with sum as total,$count as n))';
  const all = await tablePages();
  const day = await planOf(
    `/sales?$apply=filter(day eq 2021-05-05)/${grouped}&$orderby=total desc&$count=true`,
    keeper,
  );
  expect(day.shape).toMatch(/Index Scan|Bitmap Index Scan/);
  expect(day.shape).not.toContain('Seq Scan(');
  expect(day.buffers).toBeLessThan(all / 10);
  const own = await planOf(`/sales?$apply=${grouped}`, seller);
  expect(own.shape).toMatch(/Index Scan|Bitmap Index Scan/);
  expect(own.buffers).toBeLessThan(all / 5);
});

test('a number of records costs what /$count costs', async () => {
  for (const who of [keeper, seller]) {
    const asked = await planOf('/sales?$apply=aggregate($count as n)', who);
    const count = await planOf('/sales/$count', who);
    expect(asked.buffers).toBeLessThanOrEqual(count.buffers * 1.1 + 10);
  }
});

test('a page of many groups holds no more than a page', async () => {
  const { json } = await sales.get(
    '/sales?$apply=groupby((title),aggregate(amount with sum as total))&$count=true',
    keeper,
  );
  expect([json.value.length, json['@odata.count']]).toEqual([100, SALES + 6]);
  expect(json['@odata.nextLink']).toContain('$skiptoken=');
});
