// The query language over HTTP: questions about related records under the rights of who asks, functions, computed orders.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReaderKit, startReaderKit, titles } from './read-kit.ts';

let kit: ReaderKit;

beforeAll(async () => {
  kit = await startReaderKit();
});
afterAll(() => kit?.world.close());

const encoded = encodeURIComponent;

async function count(set: string, filter: string): Promise<number> {
  const answer = await kit.get(`/${set}/$count?$filter=${encoded(filter)}`);
  expect(answer.status, `${filter}: ${answer.text}`).toBe(200);
  return Number(answer.text);
}

async function found(filter: string, more = ''): Promise<string[]> {
  const list = await kit.shown(
    `/visits?$filter=${encoded(`title ne null and not startswith(title,'bulk') and (${filter})`)}&$select=title&$orderby=title${more}`,
  );
  return titles(list.value);
}

describe('any, all and $count of records', () => {
  test('range over the records of a lookup that leads here', async () => {
    expect(await count('companies', "visits/any(v:v/title eq 'first')")).toBe(1);
    expect(await count('companies', "visits/any(v:v/title eq 'nobody')")).toBe(0);
    expect(await count('companies', 'visits/any()')).toBe(1);
    expect(await count('companies', 'visits/all(v:v/score ge 1)')).toBe(1);
    expect(await count('companies', 'visits/all(v:v/score gt 1)')).toBe(0);
    expect(await found('followers/any()')).toEqual(['first']);
    expect(await found('not followers/any()')).toEqual(['second']);
  });

  test('count them, all or those that a filter keeps, also in an order', async () => {
    expect(await count('companies', 'visits/$count eq 130')).toBe(1);
    expect(await count('companies', 'visits/$count($filter=score gt 1) eq 129')).toBe(1);
    expect(
      await count('companies', "visits/$count($filter=startswith(title,'bulk') and $it/name eq 'Shown') eq 129"),
    ).toBe(1);
    const list = await kit.shown('/visits?$orderby=followers/$count desc,title&$top=2&$select=title');
    expect(titles(list.value)).toEqual(['first', 'bulk 1']);
  });

  test('see variables around them, lookups on the way and $it', async () => {
    expect(await found('followers/any(f:f/score gt score)')).toEqual(['first']);
    expect(await found('followers/any(f:f/score lt $it/score)')).toEqual([]);
    expect(await found("followers/any(f:f/follows/title eq 'first' and f/follows/score eq score)")).toEqual(['first']);
    expect(await found('follows/followers/any(f:f/title eq $it/title)')).toEqual(['second']);
    expect(
      await count('companies', "visits/any(v:v/followers/any(f:f/score gt v/score and f/title eq 'second'))"),
    ).toBe(1);
  });

  test('range over records that the reader may read, and over live ones', async () => {
    const { world, ids } = kit;
    const admin = world.crm.admin;
    const asked = async (principal: typeof admin, filter: string) =>
      Number((await world.crm.call(principal, 'GET', `/companies/$count?$filter=${encoded(filter)}`)).text);
    const hidden = await world.crm.create('visits', { title: 'hidden', company_id: ids.company });
    expect(await asked(admin, "visits/any(v:v/title eq 'hidden')")).toBe(1);
    expect(await count('companies', "visits/any(v:v/title eq 'hidden')")).toBe(0);
    expect(await count('companies', 'visits/$count eq 130')).toBe(1);
    expect(await asked(admin, 'visits/$count eq 131')).toBe(1);
    await world.crm.call(admin, 'POST', `/visits(${hidden.id})/share`, {
      principal_id: kit.reader.principal.id,
      rights: ['read'],
    });
    const shared = await world.crm.principal(kit.reader.principal.id);
    expect(await asked(shared, "visits/any(v:v/title eq 'hidden')")).toBe(1);
    await world.crm.call(admin, 'DELETE', `/visits(${hidden.id})`);
    expect(await asked(admin, "visits/any(v:v/title eq 'hidden')")).toBe(0);
    expect(await asked(shared, "visits/any(v:v/title eq 'hidden')")).toBe(0);
    // A path to a hidden record leads to no records.
    expect(await found("company/visits/any() and title eq 'second'")).toEqual([]);
  });

  test('range over links', async () => {
    const { ids } = kit;
    expect(await found('guests/any()')).toEqual([]);
    const link = await kit.world.crm.call(kit.world.crm.admin, 'POST', `/visits(${ids.first})/guests/$ref`, {
      '@odata.id': `companies(${ids.company})`,
    });
    expect(link.status).toBe(204);
    expect(await found("guests/any(g:g/name eq 'Shown' and g/id eq $it/company_id)")).toEqual(['first']);
    expect(await found('guests/$count eq 1')).toEqual(['first']);
    expect(await count('companies', "hosted/any(h:h/title eq 'first')")).toBe(1);
  });

  test('in a filter within an expand', async () => {
    const { ids } = kit;
    const visits = '$select=title;$filter=followers/any() or guests/$count gt 5;$orderby=followers/$count desc';
    const json = await kit.shown(`/companies(${ids.company})?$select=id&$expand=visits(${encoded(visits)})`);
    expect(titles(json.visits)).toEqual(['first']);
    await kit.refused('/companies?$expand=visits($filter=$it/name eq title)', 501, 'not_supported');
  });

  test('take the right to read the entity whose records are asked for', async () => {
    await kit.refused("/companies?$filter=contacts/any(c:c/last_name eq 'x')", 403, 'missing_privilege');
    await kit.refused('/companies?$orderby=contacts/$count', 403, 'missing_privilege');
    await kit.refused('/visits?$filter=company/contacts/any()', 403, 'missing_privilege');
    await kit.refused('/companies?$filter=visits/any(v:v/company/contacts/any())', 403, 'missing_privilege');
  });

  test('are refused clearly where they make no sense', async () => {
    await kit.refused('/companies?$filter=visits eq null', 400, 'invalid_expression');
    await kit.refused('/companies?$filter=visits/any(v:v)', 400, 'invalid_expression');
    await kit.refused('/companies?$filter=visits/any(v:v/nothing eq 1)', 400, 'invalid_expression');
    await kit.refused('/companies?$filter=visits/title eq 1', 400, 'invalid_expression');
    await kit.refused('/companies?$orderby=visits', 400, 'invalid_expression');
    await kit.refused('/companies?$filter=visits/$count($search=x) gt 1', 501, 'not_supported');
    await kit.refused("/companies?$filter=matchesPattern(name,'a')", 501, 'not_supported');
    await kit.refused('/companies?$filter=cast(name,Edm.Int64) eq null', 501, 'not_supported');
  });
});

describe('a computed $orderby', () => {
  const orders = [
    'length(title) desc',
    'score mod 7,score desc',
    "case(score gt 200:'b',score gt 150:'a') desc,title",
    'score add 0.5 desc',
    'tolower(concat(title,title))',
    'year(created_on),title',
    'created_on sub 2026-01-01T00:00:00Z,title',
    "startswith(title,'bulk 1'),company/name,length(company/name) desc",
    'followers/$count desc,guests/$count($filter=id ne null)',
    'null eq score,title',
    'title in ["a,b","first"] desc,score in [1,2],title',
  ];

  test.each(orders)('by %s is the same page by page as at once', async (order) => {
    const all = await kit.shown(`/visits?$orderby=${encoded(order)}&$select=id&$top=1000`);
    const ids: string[] = [];
    let next: string | undefined = `/visits?$orderby=${encoded(order)}&$select=id`;
    while (next !== undefined) {
      const page = await kit.shown(next, { prefer: 'maxpagesize=17' });
      ids.push(...page.value.map(({ id }: { id: string }) => id));
      next = page['@odata.nextLink']?.slice('http://crm.test/api/v1'.length);
    }
    expect(ids).toEqual(all.value.map(({ id }: { id: string }) => id));
    expect(new Set(ids).size).toBeGreaterThanOrEqual(131);
  });

  test.each(['id,followers/$count', 'id desc,score add 1,title'])('after the id decides nothing: %s', async (order) => {
    const ids = async (by: string, more: string) =>
      (await kit.shown(`/visits?$orderby=${encoded(by)}&$select=id${more}`)).value.map(({ id }: { id: string }) => id);
    const [first = ''] = order.split(',');
    for (const more of ['', '&$top=0', '&$top=7&$skip=3']) {
      expect(await ids(order, more)).toEqual(await ids(first, more));
    }
  });

  test('orders by the value', async () => {
    const top = async (order: string) =>
      titles((await kit.shown(`/visits?$orderby=${encoded(order)}&$select=title&$top=2`)).value);
    expect(await top("case(title eq 'second':1,title eq 'first':2) desc")).toEqual(['first', 'second']);
    expect(await top('score sub 230 desc,title')).toEqual(['bulk 129', 'bulk 128']);
    expect(await top('- score')).toEqual(['bulk 129', 'bulk 128']);
  });
});

describe('functions', () => {
  test('of dates and moments are told in the time zone of the organization', async () => {
    const { world } = kit;
    const zone = world.crm.platform.model().organization.timeZone;
    const owner_id = kit.reader.principal.id;
    await world.crm.create('visits', { title: 'new year', at: '2026-12-31T23:30:00Z', day: '2026-12-31', owner_id });
    const shown = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(
      new Date('2026-12-31T23:30:00Z'),
    );
    expect(await found(`date(at) eq ${shown} and year(at) eq ${shown.slice(0, 4)} and minute(at) eq 30`)).toEqual([
      'new year',
    ]);
    expect(await found('year(day) eq 2026 and month(day) eq 12 and day(day) eq 31')).toEqual(['new year']);
    expect(await found("day add duration'P1D' eq 2027-01-01 and at sub duration'PT1H' lt now() add 'P9999D'")).toEqual([
      'new year',
    ]);
    expect(await found('at lt maxdatetime() and at gt mindatetime() and time(at) ge 00:00')).toEqual(['new year']);
  });

  test('of lengths of time, however long', async () => {
    const longest = 'PT999999999H99999999999M999999999999S';
    expect(await found(`modified_on sub created_on lt '${longest}' and title eq 'first'`)).toEqual(['first']);
    expect(await found(`modified_on add '${longest}' eq null and title eq 'first'`)).toEqual(['first']);
    expect(
      await found(`duration'${longest}' mul 9999999999 mul 9999999999 gt '${longest}' and title eq 'first'`),
    ).toEqual(['first']);
    const order = `duration'${longest}' mul score mul 9999999999,modified_on sub created_on desc`;
    const first = await kit.shown(`/visits?$orderby=${encoded(order)}&$top=150&$select=title`, {
      prefer: 'maxpagesize=70',
    });
    expect(await kit.shown(first['@odata.nextLink'].slice('http://crm.test/api/v1'.length))).toMatchObject({
      value: expect.any(Array),
    });
  });

  test('of numbers, and names in any case', async () => {
    expect(await found('round(score divby 3) eq 1')).toEqual(['second']);
    expect(await found('Floor(score divby 3) EQ 0 And CEILING(score divby 3) eq 1')).toEqual(['first', 'second']);
    expect(await found("Contains(title,'irs') eq true")).toEqual(['first']);
    expect(await found('score in [1,5] and title in ["first"]')).toEqual(['first']);
    await kit.refused('/visits?$filter=score eq INF', 400, 'invalid_expression');
    await kit.refused('/visits?$filter=hour(day) eq 1', 400, 'invalid_expression');
  });
});

describe('parameter aliases', () => {
  const shown = async (query: string) => titles((await kit.shown(`/visits?${query}&$select=title`)).value);

  test('stand for values, lists and expressions, wherever an expression stands', async () => {
    expect(await shown("$filter=title eq @t&@t='first'")).toEqual(['first']);
    expect(await shown("@t='first'&$filter=title%20eq%20%40t")).toEqual(['first']);
    expect(await shown('$filter=score in @s and title in @t&@s=[1,2]&@t=["first","x@y"]')).toEqual(['first']);
    expect(await shown("$filter=title in @t&@t=('first','it''s')")).toEqual(['first']);
    expect(await shown('$filter=score mul @n eq 6&@n=1 add 2&$orderby=score')).toEqual(['second']);
    expect(await shown('$filter=@c&@c=score eq 1 or score eq 2&$orderby=score mul @m&@m=-1')).toEqual([
      'second',
      'first',
    ]);
    expect(await shown("$filter=title eq '@t' or title eq 'first'")).toEqual(['first']);
    const json = await kit.shown(
      `/companies(${kit.ids.company})?$select=id&$expand=visits($select=title;$filter=title eq @t)&@t='first'`,
    );
    expect(titles(json.visits)).toEqual(['first']);
  });

  test('are null without a value', async () => {
    expect(await shown("$filter=title eq @nobody or title eq 'first'")).toEqual(['first']);
  });

  test('belong to a continuation by their values', async () => {
    const first = await kit.shown('/visits?$filter=score gt @n&@n=100&$select=title&$orderby=score', {
      prefer: 'maxpagesize=2',
    });
    const next = new URL(first['@odata.nextLink']);
    const rest = await kit.shown(`/visits?${decodeURIComponent(next.search.slice(1))}`, { prefer: 'maxpagesize=2' });
    expect(titles(rest.value)).toEqual(['bulk 3', 'bulk 4']);
    const token = next.searchParams.get('$skiptoken');
    await kit.refused(
      `/visits?$filter=score gt @n&@n=5&$select=title&$orderby=score&$skiptoken=${token}`,
      400,
      'invalid_skiptoken',
    );
  });

  test('are refused where they are wrong', async () => {
    await kit.refused('/visits?$filter=score eq @n&@n=1) or (true', 400, 'invalid_option');
    await kit.refused('/visits?$filter=score eq @n&@n=', 400, 'invalid_option');
    await kit.refused('/visits?$filter=score eq @n&@n=1&@n=1', 400, 'duplicate_option');
    await kit.refused('/visits?$filter=score eq 1&@n=1', 400, 'invalid_option');
    await kit.refused('/visits?@n=1', 400, 'invalid_option');
    await kit.refused('/visits?$filter=score eq @n&@n=@m&@m=1', 501, 'not_supported');
    await kit.refused('/visits?$filter=score eq score/@Measures.Unit', 501, 'not_supported');
    await kit.refused('/visits?$filter=score eq @n&@1=1', 400, 'invalid_option');
    const long = `${Array(1_500).fill('@t').join()}`;
    await kit.refused(`/visits?$filter=title in (${long})&@t='${'x'.repeat(20)}'`, 400, 'limit_exceeded');
  });
});

describe('a limit is told by its name and value', () => {
  const inner = (depth: number, from = ''): string =>
    depth === 0 ? `${from}score ge 0` : `${from}followers/any(v:${inner(depth - 1, 'v/')})`;
  const expand = (depth: number): string =>
    depth === 1 ? 'followers($top=1)' : `followers($top=1;$select=id;$expand=${expand(depth - 1)})`;
  const LOOKUPS = ['company', 'follows', 'about_visit', 'about_company', 'owning_user', 'created_by'];
  const NAVIGATIONS = [...LOOKUPS, 'modified_by', 'followers($top=1)', 'guests($top=1)', 'mentions($top=1)'];
  const expands = (count: number): string =>
    `about_visit($expand=${NAVIGATIONS.slice(0, 9).join()}),follows($expand=${NAVIGATIONS.slice(0, count - 11).join()})`;

  test.each([
    ['depth (100)', (n: number) => `$filter=${'('.repeat(n)}score eq 1${')'.repeat(n)}`, 100],
    [
      'nodes (1000)',
      (n: number) => `$filter=paid${' or paid'.repeat((n - 1) / 2)}${n % 2 === 0 ? ' or not paid' : ''}`,
      999,
    ],
    ['list_items (500)', (n: number) => `$filter=score in (${Array(n).fill('1').join()})`, 500],
    ['arithmetic_operators (100)', (n: number) => `$filter=score${' add 1'.repeat(n)} gt 1`, 100],
    ['lambdas (20)', (n: number) => `$filter=${Array(n).fill('followers/any()').join(' or ')}`, 20],
    ['lambda_depth (5)', (n: number) => `$filter=${inner(n)}`, 5],
    ['$expand depth (5)', (n: number) => `$select=id&$top=1&$expand=${expand(n)}`, 5],
    ['$expand items (20)', (n: number) => `$select=id&$top=1&$expand=${expands(n)}`, 20],
    ['$orderby keys (8)', (n: number) => `$orderby=${Array(n).fill('score').join()}`, 8],
    ['$select items (500)', (n: number) => `$select=${Array(n).fill('id').join()}`, 500],
    ['$top (1000000000)', (n: number) => `$top=${n}`, 1_000_000_000],
    ['$skip (100000)', (n: number) => `$skip=${n}`, 100_000],
    ['records reached over lookups (20)', (n: number) => `$filter=${'follows/'.repeat(n)}score eq 1`, 20],
    ['query length (16384)', (n: number) => `$filter=title eq '${'x'.repeat(n - 23)}'`, 16_384],
  ] as const)('%s', async (limit, query, most) => {
    const within = await kit.get(`/visits?${encodeURI(query(most))}`);
    expect([limit, within.status, within.text?.slice(0, 200)]).toEqual([limit, 200, expect.anything()]);
    const beyond = await kit.get(`/visits?${encodeURI(query(most + 1))}`);
    expect([beyond.status, `${beyond.text}`]).toEqual([400, expect.stringContaining(`limit ${limit}`)]);
  });
});
