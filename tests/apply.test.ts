// $apply over the protocol: groups and figures equal what is counted by hand from the six sales of the kit, in one statement, page
// by page, for the records that the caller may read; what is not served or makes no sense is refused by name.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sales, startSales } from './apply-kit.ts';
import { principalOf, statementsOf } from './crm-kit.ts';

let sales: Sales;
let keeper: Principal;
let trusted: Principal;
let seller: Principal;
let toysOnly: Principal;
let noSales: Principal;

beforeAll(async () => {
  sales = await startSales();
  const { crm } = sales;
  keeper = await crm.user('Keeper', ['keeper']);
  trusted = await crm.user('Trusted', ['trusted']);
  seller = await crm.user('Seller', ['seller']);
  toysOnly = await crm.user('Toys Only', ['toys_only']);
  noSales = await crm.user('No Sales', ['no_sales']);
}, 120_000);
afterAll(() => sales?.crm.close());

type Json = Record<string, unknown>;

/** Rows of `/sales?$apply=...` without the annotations of types. */
async function applied(apply: string, principal = sales.crm.admin): Promise<Json[]> {
  return (await sales.rows(`/sales?$apply=${apply}`, principal)).map(plain);
}

const plain = (row: Json): Json =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('@odata.type')));

const REQUEST = /^http:\/\/crm\.test\/api\/v1(\/.*)$/;

async function walk(path: string, size: number): Promise<Json[]> {
  const rows: Json[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, json } = await sales.get(next, sales.crm.admin, { prefer: `odata.maxpagesize=${size}` });
    expect([next, status]).toEqual([next, 200]);
    expect(json.value.length).toBeLessThanOrEqual(size);
    rows.push(...json.value.map(plain));
    next = REQUEST.exec(json['@odata.nextLink'] ?? '')?.[1];
  }
  return rows;
}

describe('figures', () => {
  test('are exact: sums, averages, least, greatest, distinct values and numbers of records', async () => {
    const figures = await applied(
      'aggregate(quantity with sum as units,quantity with average as mean,price with average as mean_price,price with min as least,' +
        'day with max as last,title with min as first_title,kind with countdistinct as kinds,$count as n)',
    );
    // 2 + 1 + 5 + 3 + 5 = 16 over five; 50.25 + 10 + 3.33 + 6.67 + 1.40 = 71.65 over five.
    expect(figures).toEqual([
      { units: 16, mean: 3.2, mean_price: 14.33, least: 1.4, last: '2027-02-11', first_title: 'Ball', kinds: 2, n: 6 },
    ]);
  });

  test('over no records are null, and numbers of records zero', async () => {
    const nothing =
      "filter(title eq 'nothing')/aggregate(quantity with sum as s,day with max as m,kind with countdistinct as k,$count as n)";
    expect(await applied(nothing)).toEqual([{ s: null, m: null, k: 0, n: 0 }]);
    expect(await applied(nothing.replace('aggregate', 'groupby((kind),aggregate').concat(')'))).toEqual([]);
  });

  test('of thirds keep twenty digits where nobody knows how many the values have', async () => {
    const { text } = await sales.get(
      '/sales?$apply=aggregate(quantity mul 1 with average as a,price mul 1 with average as b)',
    );
    expect(text).toContain('"a":3.2000,');
    expect(text).toContain('"b":14.33000000000000000000');
  });

  test('of amounts count in the base currency, as rollups do, and in their own where groups are of one currency', async () => {
    // EUR 10 and 7 at 1.08: 10.8 and 7.56.
    expect(await applied('aggregate(amount with sum as total,amount with max as most)')).toEqual([
      { total: 138.8601, most: 100.5 },
    ]);
    expect(await applied('aggregate(amount mul 2 with sum as total)')).toEqual([{ total: 277.7202 }]);
    expect(await applied('compute(amount mul quantity as a)/aggregate(a with sum as total)')).toEqual([
      { total: 309.6005 },
    ]);
    expect(await applied('groupby((amount_currency),aggregate(amount with sum as total))')).toEqual([
      { amount_currency: 'EUR', total: 17 },
      { amount_currency: 'USD', total: 120.5001 },
    ]);
    expect(await applied('aggregate(shop/budget with max as most)')).toEqual([{ most: 1080 }]);
    expect(await applied('groupby((shop/budget_currency),aggregate(shop/budget with max as most))')).toEqual([
      { shop: { budget_currency: null }, most: null },
      { shop: { budget_currency: 'EUR' }, most: 1000 },
      { shop: { budget_currency: 'USD' }, most: 500 },
    ]);
  });

  test('of computed properties of records are those of the properties', async () => {
    const line = 'aggregate(line_total with sum as total,shop/sold with max as sold)';
    expect(await applied(line)).toEqual([{ total: 154.16, sold: 3 }]);
  });
});

describe('groups', () => {
  test('are one row for each values of the properties, null among them, in their order', async () => {
    expect(await applied('groupby((kind),aggregate($count as n,quantity with sum as units))')).toEqual([
      { kind: null, n: 1, units: 5 },
      { kind: 'tool', n: 2, units: 3 },
      { kind: 'toy', n: 3, units: 8 },
    ]);
    expect(await applied('groupby((paid))')).toEqual([{ paid: null }, { paid: false }, { paid: true }]);
  });

  test('over lookups are objects within the row', async () => {
    expect(await applied('groupby((shop/region,shop/staff,kind),aggregate($count as n))')).toEqual([
      { shop: { region: null, staff: null }, kind: 'toy', n: 1 },
      { shop: { region: 'north', staff: 4 }, kind: 'tool', n: 2 },
      { shop: { region: 'south', staff: 3 }, kind: null, n: 1 },
      { shop: { region: 'south', staff: 3 }, kind: 'toy', n: 2 },
    ]);
  });

  test('are made of computed values as of others', async () => {
    expect(
      await applied(
        'compute(quantity mul price as line,quantity gt 2 as many)/groupby((many),aggregate(line with sum as t))',
      ),
    ).toEqual([
      { many: false, t: 110.5 },
      { many: true, t: 43.66 },
    ]);
    expect(
      await applied("compute(concat(kind,'s') as kinds)/groupby((kinds),aggregate($count as n))/filter(kinds ne null)"),
    ).toEqual([
      { kinds: 'tools', n: 2 },
      { kinds: 'toys', n: 3 },
    ]);
  });

  test('are made of parts of days and moments, as the organization sees them', async () => {
    expect(await applied('compute(year(day) as y,month(day) as m)/groupby((y,m),aggregate($count as n))')).toEqual([
      { y: null, m: null, n: 1 },
      { y: 2026, m: 1, n: 2 },
      { y: 2026, m: 2, n: 2 },
      { y: 2027, m: 2, n: 1 },
    ]);
    const { status, json } = await sales.get('/sales?$apply=compute(date(created_on) as d)/groupby((d))');
    expect([status, json.value[0]['d@odata.type']]).toEqual([200, '#Date']);
  });

  test('have conditions of their own: a group in which nothing holds is there all the same', async () => {
    expect(
      await applied(
        'groupby((shop/region),filter(paid eq true)/aggregate($count as n,amount with sum as t)/compute(n mul 2 as m))',
      ),
    ).toEqual([
      { shop: { region: null }, n: 0, t: null, m: 0 },
      { shop: { region: 'north' }, n: 1, t: 100.5, m: 2 },
      { shop: { region: 'south' }, n: 2, t: 7.5601, m: 4 },
    ]);
  });

  test('are filtered, computed with, grouped again and cut, one transformation after the other', async () => {
    const perShop = 'filter(quantity gt 1)/groupby((shop/name,kind),aggregate(quantity with sum as units))';
    expect(await applied(`${perShop}/filter(units gt 4)/compute(units mul 2 as twice)`)).toEqual([
      { shop: { name: 'Rome' }, kind: null, units: 5, twice: 10 },
      { shop: { name: 'Rome' }, kind: 'toy', units: 8, twice: 16 },
    ]);
    expect(await applied(`${perShop}/groupby((shop/name),aggregate(units with sum as all,$count as kinds))`)).toEqual([
      { shop: { name: 'Oslo' }, all: 2, kinds: 1 },
      { shop: { name: 'Rome' }, all: 13, kinds: 2 },
    ]);
    expect(await applied(`${perShop}/aggregate(units with max as most)`)).toEqual([{ most: 8 }]);
    expect((await applied(`${perShop}/topcount(2,units)`)).map(({ units }) => units)).toEqual([5, 8]);
    expect((await applied(`${perShop}/bottomcount(1,units)`)).map(({ units }) => units)).toEqual([2]);
    expect((await applied(`${perShop}/orderby(units desc)`)).map(({ units }) => units)).toEqual([8, 5, 2]);
    expect((await applied(`${perShop}/orderby(units desc)/skip(1)/top(1)`)).map(({ units }) => units)).toEqual([5]);
    expect((await applied('search(b)/groupby((title))')).map(({ title }) => title)).toEqual(['Ball', 'Bear']);
  });
});

describe('the options of the list', () => {
  const grouped = '$apply=groupby((shop/region,kind),aggregate(quantity with sum as units,$count as n))';
  const units = async (options: string) =>
    (await sales.rows(`/sales?${grouped}&${options}`)).map((row: Json) => row.units);

  test('apply to the rows: $filter, $orderby, $top, $skip, $select, $compute', async () => {
    expect(await units('$orderby=units')).toEqual([null, 3, 5, 8]);
    expect(await units('$orderby=shop/region desc,units desc')).toEqual([8, 5, 3, null]);
    expect(await units('$orderby=units mul -1&$top=2')).toEqual([null, 8]);
    expect(await units("$filter=shop/region eq 'south'&$orderby=units")).toEqual([5, 8]);
    expect(await units('$filter=n gt 1&$orderby=units&$skip=1')).toEqual([8]);
    expect(await units('$compute=units add n as both&$filter=both gt 5&$orderby=both desc')).toEqual([8, 5]);
    const { json } = await sales.get(`/sales?${grouped}&$select=shop,units&$filter=n eq 1 and units ne null`);
    expect(json['@odata.context']).toMatch(/#sales\(shop\(region\),units\)$/);
    expect(json.value.map(plain)).toEqual([{ shop: { region: 'south' }, units: 5 }]);
  });

  test('count rows, not records', async () => {
    const { json } = await sales.get(`/sales?${grouped}&$count=true&$top=1&$filter=n ge 1`);
    expect([json['@odata.count'], json.value.length]).toEqual([4, 1]);
    expect((await sales.get(`/sales/$count?${grouped}`)).text).toBe('4');
    expect((await sales.get(`/sales/$count?${grouped}&$filter=units gt 4`)).text).toBe('2');
    expect((await sales.get('/sales/$count?$apply=filter(quantity gt 1)')).text).toBe('4');
  });

  test('page after page show every row once, in order, nulls too, whatever the order', async () => {
    const by = '$apply=groupby((kind,paid,day),aggregate(amount with sum as total))';
    const orders = ['', 'total', 'total desc', 'kind desc,total', 'paid,day desc', 'day desc', 'total mul -1'];
    for (const order of orders) {
      const path = `/sales?${by}${order === '' ? '' : `&$orderby=${order}`}`;
      const whole = await walk(path, 1_000);
      expect(whole).toHaveLength(6);
      for (const size of [1, 2, 5]) expect(await walk(path, size)).toEqual(whole);
      expect(await walk(`${path}&$top=3`, 2)).toEqual(whole.slice(0, 3));
      expect(await walk(`${path}&$skip=2`, 2)).toEqual(whole.slice(2));
    }
  });

  test('take parameter aliases, and show nothing of a page of none', async () => {
    const rows = await sales.rows(
      "/sales?$apply=filter(kind eq @k)/groupby((kind),aggregate(quantity add @a with sum as s))&$compute=s mul @b as t&@k='toy'&@a=1&@b=2",
    );
    expect(rows.map(plain)).toEqual([{ kind: 'toy', s: 10, t: 20 }]);
    const { json } = await sales.get(`/sales?${grouped}&$top=0&$count=true`);
    expect([json.value, json['@odata.count'], json['@odata.nextLink']]).toEqual([[], 4, undefined]);
  });

  test('carry over what is asked into the next page, whose token fits no other request', async () => {
    const { json } = await sales.get(`/sales?${grouped}&$compute=n mul 2 as m&$filter=m gt 0`, sales.crm.admin, {
      prefer: 'odata.maxpagesize=1',
    });
    const next = REQUEST.exec(json['@odata.nextLink'])?.[1] ?? '';
    expect(next).toContain('$apply=groupby');
    expect(next).toContain('$compute=');
    expect((await sales.get(next)).json.value).toHaveLength(3);
    const other = next.replace('%24count%20as%20n', '%24count%20as%20k').replace('$count%20as%20n', '$count%20as%20k');
    expect(other).not.toBe(next);
    expect((await sales.get(other)).json.code).toMatch(/invalid_(skiptoken|expression)/);
  });

  test('where nothing is grouped are $filter, $search and $compute of the records', async () => {
    const titles = async (query: string) =>
      (await sales.rows(`/sales?${query}&$select=title`)).map((row: Json) => row.title);
    expect(await titles("$apply=filter(quantity gt 1)/filter(kind eq 'toy')&$filter=paid eq true")).toEqual(['Bear']);
    expect(await titles('$apply=search(b)/identity&$search=ear')).toEqual(['Bear']);
    expect(await titles('$apply=identity&$top=1&$orderby=title')).toEqual(['Ball']);
    expect(await titles('$apply=filter(paid eq true or paid eq false)/filter(quantity lt 2)')).toEqual(['Drill']);
  });
});

describe('the answer', () => {
  test('names its columns in the context, types what JSON does not tell, and has no ids', async () => {
    const query =
      '/sales?$apply=groupby((day,kind),aggregate(amount with sum as total,at with max as latest,title with max as name))&$top=1&$skip=1';
    const { json, text } = await sales.get(query);
    expect(json['@odata.context']).toBe('http://crm.test/api/v1/$metadata#sales(day,kind,total,latest,name)');
    expect(text).toContain(
      '{"day":"2026-01-05","kind":"tool","total@odata.type":"#Decimal","total":100.5000,"latest@odata.type":"#DateTimeOffset","latest":null,"name":"Saw"}',
    );
    const exact = await sales.get(`${query}&$count=true`, sales.crm.admin, {
      accept: 'application/json;IEEE754Compatible=true',
    });
    expect(exact.text).toContain('"total@odata.type":"#Decimal","total":"100.5000"');
    expect(exact.json['@odata.count']).toBe('6');
    const none = await sales.get(query, sales.crm.admin, { accept: 'application/json;odata.metadata=none' });
    expect(none.text).toBe(
      '{"value":[{"day":"2026-01-05","kind":"tool","total":100.5000,"latest":null,"name":"Saw"}]}',
    );
  });

  test('has labels of choices and amounts with their currency on request', async () => {
    const prefer = 'odata.include-annotations="*"';
    const formatted = '@OData.Community.Display.V1.FormattedValue';
    const asked = async (apply: string) =>
      (await sales.rows(`/sales?$apply=${apply}`, sales.crm.admin, { prefer, 'accept-language': 'ru' })).map(plain);
    expect(
      await asked(
        "filter(kind eq 'toy' and shop ne null)/groupby((kind,shop/region),aggregate($count as n))".replace(
          'shop ne null',
          'shop_id ne null',
        ),
      ),
    ).toEqual([
      { [`kind${formatted}`]: 'Игрушка', kind: 'toy', shop: { [`region${formatted}`]: 'Юг', region: 'south' }, n: 2 },
    ]);
    const [usd] = await asked('aggregate(amount with sum as total,amount with countdistinct as n)');
    expect(usd).toEqual({ [`total${formatted}`]: expect.stringMatching(/138,8601.\$/u), total: 138.8601, n: 5 });
    const [eur] = await asked('groupby((amount_currency),aggregate(amount with sum as total))');
    expect(eur).toMatchObject({ [`total${formatted}`]: expect.stringMatching(/17,00.€/u), amount_currency: 'EUR' });
  });

  test('costs one statement, and a second time no plan', async () => {
    const { crm } = sales;
    const path = '/sales?$apply=groupby((shop/region),aggregate(amount with sum as total))&$count=true';
    expect(await statementsOf(crm, () => sales.get(path))).toBe(1);
  });
});

describe('rights', () => {
  test('only records that the caller may read are counted, whatever lets him read them', async () => {
    const { crm } = sales;
    const n = async (who: Principal) => (await applied('aggregate($count as n,quantity with sum as units)', who))[0];
    expect(await n(seller)).toEqual({ n: 0, units: null });
    const { id } = await crm.create('sales', { title: 'Own', quantity: 40 }, seller);
    const [bear] = await sales.rows("/sales?$filter=title eq 'Bear'&$select=id");
    await crm.call(crm.admin, 'POST', `/sales(${bear.id})/share`, { principal_id: seller.id, rights: ['read'] });
    seller = await principalOf(crm.platform, seller.id);
    expect(await n(seller)).toEqual({ n: 2, units: 45 });
    expect(await n(toysOnly)).toEqual({ n: 3, units: 8 });
    await crm.call(crm.admin, 'DELETE', `/sales(${id})`);
    expect(await n(seller)).toEqual({ n: 1, units: 5 });
    const deleted = await sales.rows(
      '/sales/deleted?$apply=groupby((deleted_on),aggregate(quantity with sum as units))',
    );
    expect(deleted.map(plain)).toEqual([{ deleted_on: expect.any(String), units: 40 }]);
  });

  test('a path over a lookup gives nothing of a record that is hidden', async () => {
    expect(await applied('groupby((shop/name),aggregate($count as n,shop/staff with sum as staff))', toysOnly)).toEqual(
      [{ shop: { name: null }, n: 3, staff: null }],
    );
    expect(await applied('filter(shop/name ne null)/aggregate($count as n)', toysOnly)).toEqual([{ n: 0 }]);
  });

  test('of the collection of a record are those of the list; of a hidden record there is none', async () => {
    const rome = sales.shops.get('Rome');
    const path = `/shops(${rome})/sales?$apply=groupby((kind),aggregate(quantity with sum as units))`;
    expect((await sales.rows(path)).map(plain)).toEqual([
      { kind: null, units: 5 },
      { kind: 'toy', units: 8 },
    ]);
    expect((await sales.get(path.replace('/sales?', '/sales/$count?'))).text).toBe('2');
    expect((await sales.get(path, toysOnly)).status).toBe(404);
    expect((await sales.get(path.replace('/sales?', '/sales/$count?'), toysOnly)).status).toBe(404);
  });

  test('a secured property is named in no transformation without the permission', async () => {
    const named = [
      'filter(secret gt 1)/aggregate($count as n)',
      'filter(secret gt 1)',
      'aggregate(secret with sum as s)',
      'aggregate(quantity add secret with sum as s)',
      'groupby((secret))',
      'groupby((kind),filter(secret eq null)/aggregate($count as n))',
      'compute(secret mul 2 as s)/aggregate($count as n)',
      'compute(secret mul 2 as s)/groupby((kind))',
    ];
    for (const apply of named) {
      const { status, json } = await sales.get(`/sales?$apply=${apply}`, keeper);
      expect([apply, status, json.code, json.target]).toEqual([apply, 403, 'secured_property', 'secret']);
      expect([apply, (await sales.get(`/sales?$apply=${apply}`, trusted)).status]).toEqual([apply, 200]);
    }
    const elsewhere = await sales.get('/sales?$apply=groupby((shop/name),aggregate($count as n))', noSales);
    expect([elsewhere.status, elsewhere.json.code]).toEqual([403, 'missing_privilege']);
  });
});

describe('refusals', () => {
  const APPLY = '$apply';
  test.each([
    ['', 400, 'invalid_option', APPLY],
    ['nonsense(a)', 400, 'invalid_option', APPLY],
    ['filter(', 400, 'invalid_option', APPLY],
    ['filter()', 400, 'invalid_option', APPLY],
    ["filter(title eq ')", 400, 'invalid_option', APPLY],
    ['filter(a) or (b)', 400, 'invalid_option', APPLY],
    ['filter(nothing eq 1)/aggregate($count as n)', 400, 'invalid_expression', APPLY],
    ['groupby(kind)', 400, 'invalid_option', APPLY],
    ['groupby(())', 400, 'invalid_option', APPLY],
    ['groupby((kind,kind))', 400, 'invalid_option', APPLY],
    ['groupby((nothing))', 400, 'unknown_property', APPLY],
    ['groupby((null))', 400, 'unknown_property', APPLY],
    ['groupby((kind))/groupby((true))', 400, 'unknown_property', APPLY],
    ['groupby((shop))', 400, 'unknown_property', APPLY],
    ['groupby((tags))', 400, 'operator_not_applicable', APPLY],
    ['groupby((data))', 400, 'operator_not_applicable', APPLY],
    ['groupby((note))', 400, 'operator_not_applicable', APPLY],
    ['groupby((rollup(kind,title)))', 501, 'not_supported', APPLY],
    ['groupby((kind),topcount(1,amount))', 501, 'not_supported', APPLY],
    ['groupby((kind),filter(paid eq true))', 501, 'not_supported', APPLY],
    ['aggregate(amount with sum)', 400, 'invalid_option', APPLY],
    ['aggregate($count)', 400, 'invalid_option', APPLY],
    ['aggregate(amount with median as m)', 400, 'invalid_option', APPLY],
    ['aggregate(amount with my.median as m)', 501, 'not_supported', APPLY],
    ['aggregate(Forecast)', 501, 'not_supported', APPLY],
    ['aggregate(amount with sum from day with average as m)', 501, 'not_supported', APPLY],
    ['aggregate(shop/$count as n)', 501, 'not_supported', APPLY],
    ['aggregate(spent with sum as t)', 400, 'operator_not_applicable', APPLY],
    ['aggregate(title with sum as t)', 400, 'operator_not_applicable', APPLY],
    ['aggregate(kind with max as k)', 400, 'operator_not_applicable', APPLY],
    ['aggregate(note with max as k)', 400, 'operator_not_applicable', APPLY],
    ['aggregate(tags with countdistinct as t)', 400, 'operator_not_applicable', APPLY],
    ['aggregate(amount with sum as amount)', 400, 'invalid_option', APPLY],
    ['aggregate(amount with sum as shop)', 400, 'invalid_option', APPLY],
    ['aggregate(amount with sum as a,price with sum as a)', 400, 'invalid_option', APPLY],
    ['compute(price as kind)/aggregate($count as n)', 400, 'invalid_option', APPLY],
    ['compute(price as p,price as p)/aggregate($count as n)', 400, 'invalid_option', APPLY],
    ['compute(null as p)/groupby((p))', 501, 'not_supported', APPLY],
    ['groupby((amount),aggregate($count as n))/aggregate(amount with sum as t)', 400, 'invalid_option', APPLY],
    [
      'groupby((amount_currency),aggregate(amount with sum as t))/aggregate(t with sum as all)',
      400,
      'invalid_option',
      APPLY,
    ],
    ['compute(now() as n)/groupby((n))', 501, 'not_supported', APPLY],
    [
      'compute(today() sub day as n)/groupby((kind),aggregate(n with max as m))&$orderby=m',
      501,
      'not_supported',
      '$orderby',
    ],
    ['groupby((kind))/compute(now() as n)/groupby((n))', 501, 'not_supported', APPLY],
    ['groupby((kind))/compute(now() as n)/topcount(1,n)', 501, 'not_supported', APPLY],
    ['groupby((kind))/filter(title eq null)', 400, 'invalid_expression', APPLY],
    ['groupby((kind))/search(a)', 501, 'not_supported', APPLY],
    ['topcount(1,amount)', 501, 'not_supported', APPLY],
    ['orderby(amount)/top(1)', 501, 'not_supported', APPLY],
    ['groupby((kind))/topcount(x,kind)', 400, 'invalid_option', '$apply'],
    ['concat(identity,identity)', 501, 'not_supported', APPLY],
    ['groupby((kind))&$select=title', 400, 'unknown_property', '$select'],
    ['groupby((kind))&$filter=title eq null', 400, 'invalid_expression', '$filter'],
    ['groupby((kind))&$orderby=title', 400, 'invalid_expression', '$orderby'],
    ['groupby((kind))&$expand=shop', 501, 'not_supported', '$expand'],
    ['groupby((kind))&$search=a', 501, 'not_supported', '$search'],
    ['groupby((kind))&$skiptoken=abc', 400, 'invalid_skiptoken', '$skiptoken'],
  ])('%s answers %i %s', async (apply, status, code, target) => {
    const { status: answered, json } = await sales.get(`/sales?$apply=${apply}`);
    expect([answered, json.code, json.target]).toEqual([status, code, target]);
  });

  test('name the limit', async () => {
    const list = (count: number, item: (n: number) => string): string =>
      Array.from({ length: count }, (_, n) => item(n)).join();
    const at = async (apply: string) => {
      const { status, json } = await sales.get(`/sales?$apply=${apply}`);
      return status === 200 ? 200 : `${json.code}: ${json.message}`;
    };
    const aggregates = (count: number) => `aggregate(${list(count, (n) => `quantity with sum as a${n}`)})`;
    expect(await at(aggregates(50))).toBe(200);
    expect(await at(aggregates(51))).toBe('limit_exceeded: The limit $apply: aggregates (50) is exceeded');
    const computes = (count: number) => `compute(${list(count, (n) => `quantity as a${n}`)})/groupby((a0))`;
    expect(await at(computes(20))).toBe(200);
    expect(await at(computes(21))).toBe('limit_exceeded: The limit $apply: computed properties (20) is exceeded');
    const stages = (count: number) => `groupby((kind))${'/identity'.repeat(count - 1)}`;
    expect(await at(stages(20))).toBe(200);
    expect(await at(stages(21))).toBe('limit_exceeded: The limit $apply: transformations (20) is exceeded');
    const keys = (count: number) =>
      `compute(${list(20, (n) => `quantity as a${n}`)})/groupby((${list(count, (n) => (n < 20 ? `a${n}` : 'kind'))}))`;
    expect(await at(keys(20))).toBe(200);
    expect(await at(keys(21))).toBe('limit_exceeded: The limit $apply: grouping properties (20) is exceeded');
    expect(await at(`aggregate($count as ${'n'.repeat(50)})`)).toBe(200);
    expect(await at(`aggregate($count as ${'n'.repeat(51)})`)).toBe(
      'limit_exceeded: The limit $apply: characters of a name (50) is exceeded',
    );
    const doubled = (times: number) =>
      `compute(quantity as a0,${list(times, (n) => `a${n} add a${n} as a${n + 1}`)})/aggregate(a${times} with sum as s)`;
    expect(await at(doubled(6))).toBe(200);
    expect(await at(doubled(7))).toMatch(/^limit_exceeded: The limit arithmetic_operators/);
  });

  test('of what does not take $apply at all', async () => {
    const [bear] = await sales.rows("/sales?$filter=title eq 'Bear'&$select=id");
    const refused = async (path: string, headers = {}) => {
      const { status, json } = await sales.get(path, keeper, headers);
      return [status, json.code];
    };
    const apply = '$apply=groupby((kind))';
    expect(await refused(`/sales(${bear.id})?${apply}`)).toEqual([400, 'invalid_option']);
    expect(await refused('/shops?$expand=sales($apply=aggregate($count as n))')).toEqual([501, 'not_supported']);
    expect(await refused(`/sales/changes?${apply}`)).toEqual([400, 'invalid_option']);
  });
});
