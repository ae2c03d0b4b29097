// Reading over the protocol: plans, pages, order and what is hidden, at the edges.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bulk, pathOf, type ReaderKit, startReaderKit, titles } from './read-kit.ts';

let kit: ReaderKit;
let { world, reader, ids, get, shown, refused } = {} as ReaderKit;

beforeAll(async () => {
  kit = await startReaderKit();
  ({ world, reader, ids, get, shown, refused } = kit);
});
afterAll(() => kit?.world.close());

describe('plans', () => {
  test('a filter that looks like the shape of another is a mistake, not that other', async () => {
    await shown("/visits?$filter=title eq 'first'&$top=1");
    await refused('/visits?$filter=title eq %3Fs&$top=1', 400, 'invalid_expression');
    await shown("/visits/$count?$filter=title eq 'first'");
    await refused('/visits/$count?$filter=title eq %3Fs', 400, 'invalid_expression');
  });

  test('options whose texts run together the same way are different requests', async () => {
    await shown("/companies?$expand=visits($filter=title eq 'a|b')&$orderby=name");
    await refused("/companies?$expand=visits($filter=title eq 'a&$orderby=b')|name", 400, 'invalid_option');
  });

  test('one shape serves every literal, size and start', async () => {
    const { plans } = reader.principal;
    const titled = (title: string, top: number) =>
      shown(`/visits?$filter=title eq '${title}'&$top=${top}&$select=title`);
    expect(titles((await titled('first', 3)).value)).toEqual(['first']);
    const known = plans.size;
    expect(titles((await titled('second', 0)).value)).toEqual([]);
    expect(titles((await titled("no | 'one'".replaceAll("'", "''"), 7)).value)).toEqual([]);
    expect(plans.size).toBe(known);
  });

  test('a statement is prepared from the second time on, one that is asked once is not', async () => {
    const prepared: boolean[] = [];
    const { database } = world.crm.platform;
    const run = database.run.bind(database);
    // The platform asks the same database meanwhile, for instance which revision is the newest.
    database.run = (text, parameters, options) => {
      if (text.includes('visit')) prepared.push(options?.prepare === true);
      return run(text, parameters, options);
    };
    try {
      for (let n = 0; n < 3; n++) await shown('/visits?$select=t1,r,score,title&$top=1');
      await shown('/visits?$select=score,t1,title,r&$top=1');
    } finally {
      Reflect.deleteProperty(database, 'run');
    }
    expect(prepared).toEqual([false, true, true, false]);
  });

  test('plans of a principal are bounded', async () => {
    for (let n = 0; n < 230; n++) await shown(`/visits?$expand=company($select=name;$expand=visits($top=${n}))&$top=0`);
    expect(reader.principal.plans.size).toBeLessThanOrEqual(200);
  });
});

describe('$top, $skip and pages', () => {
  test('$top=0 shows nothing and still counts', async () => {
    const { value, ...rest } = await shown('/visits?$top=0&$count=true');
    expect([value, rest['@odata.count'], rest['@odata.nextLink']]).toEqual([[], 131, undefined]);
  });

  test('a start beyond the end is an empty page', async () => {
    const json = await shown('/visits?$skip=100000&$count=true');
    expect([json.value, json['@odata.count'], json['@odata.nextLink']]).toEqual([[], 131, undefined]);
    await refused('/visits?$skip=100001', 400, 'limit_exceeded');
    await refused('/visits?$top=-1', 400, 'invalid_option');
  });

  test('the preferred page size bounds a page, is named in the answer, and $top bounds the whole', async () => {
    const first = await get('/visits?$orderby=score&$top=5&$select=title', { prefer: 'odata.maxpagesize=3' });
    expect(first.headers['preference-applied']).toBe('odata.maxpagesize=3');
    expect(titles(first.json.value)).toEqual(['first', 'second', 'bulk 1']);
    const rest = await get(pathOf(first.json['@odata.nextLink']), { prefer: 'odata.maxpagesize=3' });
    expect(titles(rest.json.value)).toEqual(bulk(2, 3));
    expect(rest.json['@odata.nextLink']).toBeUndefined();
    const fits = await get('/visits?$top=2', { prefer: 'maxpagesize=5000' });
    expect([fits.json.value.length, fits.headers['preference-applied']]).toEqual([2, 'odata.maxpagesize=1000']);
  });

  test('a $top larger than a page is paged by the largest page', async () => {
    expect((await shown('/visits?$top=131&$select=title')).value).toHaveLength(131);
    expect((await shown('/visits?$top=5000&$select=title')).value).toHaveLength(131);
    expect((await shown('/visits?$select=title')).value).toHaveLength(100);
  });

  test('a continuation belongs to its filter and order, may be damaged, and starts nothing else', async () => {
    const link = pathOf(
      (await shown("/visits?$orderby=score&$filter=title ne 'x'&$top=1500&$skip=1"))['@odata.nextLink'] ?? '',
    );
    expect(link).toBe('');
    const next = (await shown('/visits?$orderby=score'))['@odata.nextLink'];
    const token = /skiptoken=([\w-]+)/.exec(next)?.[1] ?? '';
    await refused(`/visits?$orderby=title&$skiptoken=${token}`, 400, 'invalid_skiptoken');
    await refused(`/companies?$orderby=score&$skiptoken=${token}`, 400, 'invalid_skiptoken');
    await refused(`/visits?$orderby=score&$filter=score gt 1&$skiptoken=${token}`, 400, 'invalid_skiptoken');
    await refused(`/visits?$orderby=score&$skiptoken=${token.slice(0, -4)}`, 400, 'invalid_skiptoken');
    await refused('/visits?$orderby=score&$skiptoken=', 400, 'invalid_skiptoken');
    await refused(`/visits?$orderby=score&$skip=1&$skiptoken=${token}`, 400, 'invalid_option');
    await refused(`/visits(${ids.first})?$skiptoken=${token}`, 400, 'invalid_option');
    const forged = Buffer.from(
      JSON.stringify([JSON.parse(Buffer.from(token, 'base64url').toString())[0], 'x', 'y']),
    ).toString('base64url');
    await refused(`/visits?$orderby=score&$skiptoken=${forged}`, 400, 'invalid_query');
  });

  test("another principal's continuation shows nothing that the principal may not see", async () => {
    const all = await world.crm.call(world.crm.admin, 'GET', '/companies?$orderby=name', undefined, {
      prefer: 'maxpagesize=1',
    });
    const path = pathOf(all.json['@odata.nextLink']);
    const { value } = await shown(path);
    for (const company of value) expect((await get(`/companies(${company.id})`)).status).toBe(200);
  });

  test('long texts are ordered by their beginning, and their continuation fits into a URL', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/visits?$filter=note ne null&$orderby=note,title desc&$select=title';
    while (path !== undefined) {
      const json = await shown(path, { prefer: 'maxpagesize=1' });
      seen.push(...titles(json.value));
      path = json['@odata.nextLink'] === undefined ? undefined : pathOf(json['@odata.nextLink']);
    }
    expect(seen).toEqual(bulk(1, 6).reverse());
  });
});

describe('$orderby', () => {
  test('a key named twice orders by the first, and a wrong one is refused wherever it stands', async () => {
    const json = await shown('/visits?$orderby=score,score desc&$top=2&$select=title');
    expect(titles(json.value)).toEqual(['first', 'second']);
    const once = await shown('/visits?$orderby=year(created_on)&$select=id');
    const twice = await shown('/visits?$orderby=year(created_on),year(created_on) desc&$select=id');
    expect(twice.value).toEqual(once.value);
    await refused('/visits?$orderby=id,nothing', 400, 'invalid_expression');
    await refused('/visits?$orderby=now() sub created_on', 501, 'not_supported');
    await refused('/visits?$orderby=null', 400, 'operator_not_applicable');
    await refused('/visits?$orderby=a,b,c,d,e,f,g,h,i', 400, 'limit_exceeded');
  });

  test('paths reach over as many lookups as a statement can bear', async () => {
    const path = 'follows/'.repeat(20);
    await shown(`/visits?$filter=${path}score eq 1&$top=1`);
    await refused(`/visits?$filter=${path}follows/score eq 1`, 400, 'limit_exceeded');
    await refused(`/visits/$count?$filter=${path}follows/score eq 1`, 400, 'limit_exceeded');
    await refused(`/visits?$orderby=${path}follows/score`, 400, 'limit_exceeded');
  });
});

describe('hidden records', () => {
  test('an expanded lookup and a path over it say as little of a hidden record as of none', async () => {
    const { value } = await shown(
      '/visits?$filter=score le 2&$orderby=score&$select=title&$expand=company($select=name)',
    );
    expect(value.map(({ company }: { company: { name: string } | null }) => company?.name ?? null)).toEqual([
      'Shown',
      null,
    ]);
    for (const [filter, count] of [
      ["company/name eq 'Secret'", 0],
      ["company/name ne 'Secret'", 131],
      ['company/name eq null', 1],
      ["startswith(company/name,'Sec')", 0],
      ["not startswith(company/name,'Sec')", 130],
      ['company/parent_company/name eq null', 131],
      ["company/legal_name gt 'A' or company/legal_name le 'A'", 130],
    ] as const) {
      expect(Number((await get(`/visits/$count?$filter=${filter}`)).text), filter).toBe(count);
      expect((await shown(`/visits?$filter=${filter}&$top=0&$count=true`))['@odata.count'], filter).toBe(count);
    }
  });

  test('a hidden, a deleted and a missing record answer alike', async () => {
    const gone = await world.crm.create('companies', { name: 'Gone', owner_id: reader.principal.id });
    const visit = await world.crm.create('visits', {
      title: 'orphan',
      company_id: gone.id,
      owner_id: reader.principal.id,
    });
    await world.crm.platform.database.run('update data.company set deleted_on = now() where id = $1::uuid', [gone.id]);
    const missing = await get('/companies(00000000-0000-0000-0000-000000000000)');
    for (const id of [ids.hidden, gone.id]) {
      const answer = await get(`/companies(${id})`);
      expect([answer.status, answer.json]).toEqual([404, missing.json]);
    }
    const orphan = await shown(`/visits(${visit.id})?$select=title,company_id&$expand=company`);
    expect([orphan.company_id, orphan.company]).toEqual([gone.id, null]);
    expect((await get("/visits/$count?$filter=title eq 'orphan' and company/name eq null")).text).toBe('1');
    expect((await world.crm.call(world.crm.admin, 'DELETE', `/visits(${visit.id})`)).status).toBe(204);
  });

  test('what the principal may read nowhere is refused by name, in expands and paths too', async () => {
    for (const path of ['/deals', '/companies?$expand=deals', `/companies(${ids.company})?$expand=deals`]) {
      const { json, status } = await get(path);
      expect([status, json.code, json.target]).toEqual([403, 'missing_privilege', 'deal']);
    }
    await refused('/visits?$filter=company/primary_contact/email ne null', 403, 'missing_privilege');
    await refused('/visits?$orderby=company/primary_contact/email', 403, 'missing_privilege');
    await refused(
      '/visits?$expand=company($expand=visits($filter=company/primary_contact/id ne null))',
      403,
      'missing_privilege',
    );
  });
});
