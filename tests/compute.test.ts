// $compute over the protocol: computed values stand in answers with their types, can be selected, filtered and ordered by like
// properties, give no more than the caller may read, and are refused by name where they make no sense.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SALES, type Sales, startSales } from './apply-kit.ts';
import { statementsOf } from './crm-kit.ts';

let sales: Sales;
let keeper: Principal;
let trusted: Principal;
let toysOnly: Principal;

beforeAll(async () => {
  sales = await startSales();
  keeper = await sales.crm.user('Keeper', ['keeper']);
  trusted = await sales.crm.user('Trusted', ['trusted']);
  toysOnly = await sales.crm.user('Toys Only', ['toys_only']);
}, 120_000);
afterAll(() => sales?.crm.close());

const REQUEST = /^http:\/\/crm\.test\/api\/v1(\/.*)$/;
type Json = Record<string, unknown>;

describe('a computed property', () => {
  test('stands in the answer with its type, selected or not', async () => {
    const asked =
      "$filter=title eq 'Saw'&$compute=price mul quantity as total,concat(title,'!') as shout,quantity gt 1 as many";
    const { json, text } = await sales.get(`/sales?${asked}&$select=title,total,shout,many`);
    expect(json['@odata.context']).toBe('http://crm.test/api/v1/$metadata#sales(title,total,shout,many)');
    expect(text).toContain('"title":"Saw","total@odata.type":"#Decimal","total":100.50,"shout":"Saw!","many":true}');
    const [all] = await sales.rows(`/sales?${asked}`);
    expect(all).toMatchObject({ title: 'Saw', quantity: 2, total: 100.5, shout: 'Saw!', many: true });
    const [star] = await sales.rows(`/sales?${asked}&$select=*`);
    expect(star).toMatchObject({ title: 'Saw', total: 100.5 });
    const [unselected] = await sales.rows(`/sales?${asked}&$select=title`);
    expect(Object.keys(unselected)).toEqual(['@odata.etag', 'title']);
    const exact = await sales.get(`/sales?${asked}&$select=total`, sales.crm.admin, {
      accept: 'application/json;IEEE754Compatible=true',
    });
    expect(exact.text).toContain('"total@odata.type":"#Decimal","total":"100.50"');
    const none = await sales.get(`/sales?${asked}&$select=total`, sales.crm.admin, {
      accept: 'application/json;odata.metadata=none',
    });
    expect(none.text).toBe('{"value":[{"total":100.50}]}');
  });

  test('is of every type that expressions have', async () => {
    const compute =
      'quantity as i,length(title) as l,day as d,modified_on as m,shop_id as g,shop/region as r,-quantity as n';
    const { text, json } = await sales.get(`/sales?$filter=title eq 'Saw'&$compute=${compute}&$select=i,l,d,m,g,r,n`);
    expect(
      [...(text ?? '').matchAll(/"(\w)@odata\.type":"#(\w+)"/g)].map(([, name, type]) => `${name} ${type}`),
    ).toEqual([...['i Int64', 'l Int64', 'd Date', 'm DateTimeOffset', 'g Guid', 'n Decimal']]);
    expect(json.value[0]).toMatchObject({ i: 2, l: 3, d: '2026-01-05', g: sales.shops.get('Oslo'), r: 'north', n: -2 });
  });

  test('is a duration with one sign in front, however many parts it has', async () => {
    const texts = {
      minus: ["duration'P1DT2H' mul -1", '-P1DT2H'],
      fraction: ["duration'PT0S' sub duration'PT0.5S'", '-PT0.5S'],
      nothing: ['modified_on sub modified_on', 'PT0S'],
      days: ['2026-01-01 sub 2026-01-03', '-P2D'],
      plus: ["duration'P1DT2H3M4.5S' mul 1", 'P1DT2H3M4.5S'],
      neither: ['case(quantity gt 99:modified_on sub modified_on)', null],
    } as const;
    const names = Object.keys(texts).join(',');
    const compute = Object.entries(texts).map(([name, [text]]) => `${text} as ${name}`);
    const [row] = await sales.rows(`/sales?$filter=title eq 'Saw'&$compute=${compute.join(',')}&$select=${names}`);
    expect(row).toMatchObject(Object.fromEntries(Object.entries(texts).map(([name, [, shown]]) => [name, shown])));
    const [group] = await sales.rows('/sales?$apply=aggregate(2026-01-01 sub 2026-01-03 with min as least)');
    expect(group).toMatchObject({ least: '-P2D' });
  });

  test('is filtered and ordered by, page after page, and counted', async () => {
    const line = ({ quantity, price }: (typeof SALES)[number]): number | null =>
      quantity === null ? null : quantity * Number(price);
    const compute = '$compute=quantity mul price as line,line mul 2 as twice';
    const byLine = [...SALES].sort((a, b) => (line(a) ?? -1) - (line(b) ?? -1)).map(({ title }) => title);
    for (const [order, expected] of [
      ['line', byLine],
      ['twice desc', byLine.toReversed()],
    ] as const) {
      const titles: unknown[] = [];
      for (let next: string | undefined = `/sales?${compute}&$orderby=${order}&$select=title`; next !== undefined; ) {
        const { json } = await sales.get(next, sales.crm.admin, { prefer: 'odata.maxpagesize=2' });
        titles.push(...json.value.map((row: Json) => row.title));
        next = REQUEST.exec(json['@odata.nextLink'] ?? '')?.[1];
      }
      expect(titles).toEqual(expected);
    }
    const over = SALES.filter((sale) => (line(sale) ?? 0) > 10).map(({ title }) => title);
    const { json } = await sales.get(
      `/sales?${compute}&$filter=line gt 10 and title ne 'x'&$count=true&$select=title,twice`,
    );
    expect(json['@odata.count']).toBe(over.length);
    expect(json.value.map((row: Json) => row.title).sort()).toEqual([...over].sort());
    expect((await sales.get(`/sales/$count?${compute}&$filter=line gt 10`)).text).toBe(String(over.length));
  });

  test('is shown with a single record and in CSV, and tells no version', async () => {
    const [{ id }] = await sales.rows("/sales?$filter=title eq 'Saw'&$select=id");
    const path = `/sales(${id})?$compute=amount mul 2 as twice&$select=twice`;
    const { json, headers } = await sales.get(path);
    expect([json.twice, json['@odata.context']]).toEqual([
      201,
      'http://crm.test/api/v1/$metadata#sales(twice)/$entity',
    ]);
    expect((await sales.get(path, sales.crm.admin, { 'if-none-match': headers.etag ?? '' })).status).toBe(200);
    const csv = await sales.crm.platform.handle(
      {
        ...{ method: 'GET', path: '/sales', baseUrl: 'http://crm.test/api/v1', client: 'test', body: null },
        query: '$compute=quantity mul 2 as twice&$select=title,twice&$orderby=title&$top=2',
        headers: { accept: 'text/csv' },
      },
      keeper,
    );
    let text = '';
    for (let part = await csv.stream?.next(); part?.done === false; part = await csv.stream?.next()) text += part.value;
    expect(text).toBe('title,twice\r\nBall,\r\nBear,10\r\n');
  });

  test('over lookups gives nothing of what is hidden, and costs no further statement', async () => {
    const path = "/sales?$compute=shop/name as shop_name&$select=title,shop_name&$filter=kind eq 'toy'&$orderby=title";
    const names = async (who: Principal) => (await sales.rows(path, who)).map((row: Json) => row.shop_name);
    expect(await names(keeper)).toEqual([null, 'Rome', 'Rome']);
    expect(await names(toysOnly)).toEqual([null, null, null]);
    const only = "/sales?$compute=shop/name as shop_name&$filter=shop_name eq 'Rome'&$select=title";
    expect(await sales.rows(only, toysOnly)).toEqual([]);
    expect(await sales.rows(only, keeper)).toHaveLength(3);
    expect(await statementsOf(sales.crm, () => sales.get(path))).toBe(1);
  });

  test('within an expand stands in what is expanded, to one and to many, and in the link to the rest', async () => {
    const [saw] = await sales.rows(
      "/sales?$filter=title eq 'Saw'&$select=title&$expand=shop($compute=concat(name,'!') as shout,staff mul 2 as hands;$select=shout,hands)",
    );
    expect(saw.shop).toMatchObject({ shout: 'Oslo!', 'hands@odata.type': '#Decimal', hands: 8 });
    const many =
      '$compute=quantity mul price as line;$select=title,line;$filter=line gt 6;$orderby=line desc;$count=true';
    const [rome] = await sales.rows(`/shops?$filter=name eq 'Rome'&$expand=sales(${many})`);
    expect(rome['sales@odata.count']).toBe(3);
    expect(rome.sales.map(({ title, line }: Json) => [title, line])).toEqual([
      ['Doll', 20.01],
      ['Bear', 16.65],
      ['Kite', 7],
    ]);
    const counted = await sales.rows(
      '/shops?$orderby=name&$expand=sales/$count($compute=quantity mul price as line;$filter=line gt 15)',
    );
    expect(counted.map((shop: Json) => shop['sales@odata.count'])).toEqual([1, 2]);
    const deep = await sales.rows(
      '/shops?$orderby=name desc&$top=1&$expand=sales($top=1;$orderby=title;$expand=shop($compute=staff as hands;$select=hands))',
    );
    expect(deep[0].sales[0].shop.hands).toBe(3);
  });

  test('within an expand is in the link to more of the collection', async () => {
    const { crm } = sales;
    const { id } = await crm.create('shops', { name: 'Many' });
    for (let n = 0; n < 103; n += 1) await crm.create('sales', { title: `Sale ${n}`, quantity: n, shop_id: id });
    const [shop] = await sales.rows(
      `/shops?$filter=name eq 'Many'&$expand=sales($compute=quantity mul 2 as twice;$filter=twice gt 1;$orderby=twice;$select=twice)`,
    );
    const next = REQUEST.exec(shop['sales@odata.nextLink'])?.[1] ?? '';
    const rest = await sales.get(next);
    expect([rest.status, rest.json.value.map((row: Json) => row.twice)]).toEqual([200, [202, 204]]);
    await crm.platform.database.run('delete from data.sale where shop_id = $1::uuid', [id]);
  });

  test('of grouped rows is computed of the rows', async () => {
    const grouped = '$apply=compute(quantity mul 2 as d)/groupby((kind),aggregate(d with sum as s))';
    const rows = await sales.rows(`/sales?${grouped}&$compute=s add 1 as t&$orderby=t desc&$select=t`);
    expect(rows.map((row: Json) => row.t)).toEqual([17, 11, 7]);
    const lowered = await sales.rows(
      '/sales?$apply=compute(quantity mul 2 as d)/filter(d gt 5)&$compute=d mul 2 as e&$select=title,e&$orderby=e,title',
    );
    expect(lowered.map(({ title, e }: Json) => [title, e])).toEqual([
      ['Doll', 12],
      ['Bear', 20],
      ['Kite', 20],
    ]);
  });
});

describe('rights', () => {
  test('a secured property can be computed with by nobody who may not read it, used or not', async () => {
    for (const query of [
      '$compute=secret mul 2 as s',
      '$compute=secret mul 2 as s&$select=title',
      '$compute=secret mul 2 as s&$filter=s gt 1&$select=title',
      '$compute=quantity as q,secret as s&$orderby=s&$select=q',
    ]
      .map((options) => `/sales?${options}`)
      .concat([
        '/shops?$expand=sales($compute=secret as s)',
        '/shops?$expand=sales($compute=secret as s;$select=title)',
        '/shops?$expand=sales($compute=secret as s;$filter=s gt 1;$select=title)',
        '/shops?$expand=sales($compute=secret as s;$orderby=s;$select=title)',
        '/shops?$expand=sales/$count($compute=secret as s)',
        '/shops?$expand=sales/$ref($compute=secret as s)',
      ])) {
      const { status, json } = await sales.get(query, keeper);
      expect([query, status, json.code, json.target]).toEqual([query, 403, 'secured_property', 'secret']);
      expect([query, (await sales.get(query, trusted)).status]).toEqual([query, 200]);
    }
    const count = await sales.get('/sales/$count?$compute=secret as s&$filter=s gt 1', keeper);
    expect([count.status, count.json.code]).toEqual([403, 'secured_property']);
  });
});

describe('refusals', () => {
  test.each([
    ['$compute=', 400, 'invalid_option', '$compute'],
    ['$compute=amount', 400, 'invalid_option', '$compute'],
    ['$compute=amount as', 400, 'invalid_option', '$compute'],
    ['$compute=amount as a b', 400, 'invalid_option', '$compute'],
    ["$compute=concat(title,' as x", 400, 'invalid_option', '$compute'],
    ['$compute=amount as 2x', 400, 'invalid_option', '$compute'],
    ['$compute=amount as title', 400, 'invalid_option', '$compute'],
    ['$compute=amount as shop', 400, 'invalid_option', '$compute'],
    ['$compute=amount as a,price as a', 400, 'invalid_option', '$compute'],
    ['$compute=a as b,amount as a', 400, 'invalid_expression', '$compute'],
    ['$compute=nothing as a', 400, 'invalid_expression', '$compute'],
    ['$compute=title add 1 as a', 400, 'invalid_expression', '$compute'],
    ['$compute=null as a', 501, 'not_supported', '$compute'],
    ['$compute=tags as a', 400, 'operator_not_applicable', '$compute'],
    ['$compute=price as a&$select=b', 400, 'unknown_property', '$select'],
    ['$compute=price as a&$filter=b eq 1', 400, 'invalid_expression', '$filter'],
    ["$compute=price as a&$filter=a eq 'x'", 400, 'invalid_expression', '$filter'],
    ['$compute=price as a&compute=price as b', 400, 'duplicate_option', '$compute'],
    ['$expand=shop($apply=aggregate($count as n))', 501, 'not_supported', '$expand'],
    ['$expand=shop($compute=name as name)', 400, 'invalid_option', '$compute'],
    ['$expand=shop($compute=$it/name as n)', 501, 'not_supported', '$compute'],
  ])('%s answers %i %s', async (query, status, code, target) => {
    const { status: answered, json } = await sales.get(`/sales?${query}`);
    expect([answered, json.code, json.target]).toEqual([status, code, target]);
  });

  test('name the limit', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `quantity as a${n}`).join();
    expect((await sales.get(`/sales?$compute=${many(20)}&$top=1`)).status).toBe(200);
    const { json } = await sales.get(`/sales?$compute=${many(21)}`);
    expect([json.code, json.message]).toEqual([
      'limit_exceeded',
      'The limit $compute: computed properties (20) is exceeded',
    ]);
    const doubled = (times: number) => {
      const steps = Array.from({ length: times }, (_, n) => `a${n} add a${n} as a${n + 1}`);
      return ['quantity as a0', ...steps].join();
    };
    expect((await sales.get(`/sales?$compute=${doubled(6)}`)).status).toBe(200);
    expect((await sales.get(`/sales?$compute=${doubled(7)}`)).json.code).toBe('limit_exceeded');
  });
});
