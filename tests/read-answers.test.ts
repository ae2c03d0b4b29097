// Reading over the protocol: what $select, $expand and headers make of an answer, at the edges.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bulk, pathOf, type ReaderKit, startReaderKit, titles } from './read-kit.ts';

let kit: ReaderKit;
let { world, reader, ids, get, shown, refused } = {} as ReaderKit;

beforeAll(async () => {
  kit = await startReaderKit();
  ({ world, reader, ids, get, shown, refused } = kit);
});
afterAll(() => kit?.world.close());

describe('$select and $expand', () => {
  const context = async (query: string) => (await shown(`/visits?${query}&$top=1`))['@odata.context'].split('#')[1];

  test('the context URL names what is selected and what is expanded', async () => {
    expect(await context('$select=title,score')).toBe('visits(title,score)');
    expect(await context('$select=*')).toBe('visits(*)');
    expect(await context('$select=company')).toBe('visits(company)');
    expect(await context('$expand=company')).toBe('visits(company())');
    expect(await context('$select=title&$expand=company($select=name)')).toBe('visits(title,company(name))');
    expect(await context('$select=company&$expand=company($expand=visits)')).toBe('visits(company,company(visits()))');
    expect((await shown(`/visits(${ids.first})?$select=title`))['@odata.context']).toMatch(
      /#visits\(title\)\/\$entity$/,
    );
  });

  test('a navigation in $select is shown only where it is expanded', async () => {
    const record = (query: string, headers = {}) => shown(`/visits(${ids.first})?${query}`, headers);
    const none = { accept: 'application/json;odata.metadata=none' };
    expect(await record('$select=company', none)).toEqual({});
    expect(await record('$select=company&$expand=company($select=name)', none)).toEqual({ company: { name: 'Shown' } });
    expect(await record('$expand=company($select=name)&$select=score', none)).toEqual({
      score: 1,
      company: { name: 'Shown' },
    });
    expect(Object.keys(await record('$select=*,company', none))).toContain('title');
    expect((await shown('/visits?$select=company&$top=2', none)).value).toEqual([{}, {}]);
    await refused('/visits?$select=*,nothing', 400, 'unknown_property');
    await refused('/visits?$select=', 400, 'invalid_option');
  });

  test('properties named like parts of a statement are shown like others', async () => {
    const made = await world.crm.create('visits', { r: 'R', t1: 7, company_id: ids.company });
    const answer = await world.crm.call(
      world.crm.admin,
      'GET',
      `/visits(${made.id})?$select=r,t1&$expand=company($select=name)`,
    );
    expect(answer.json).toMatchObject({ r: 'R', t1: 7, company: { name: 'Shown' } });
    const list = await world.crm.call(world.crm.admin, 'GET', "/visits?$filter=r eq 'R'&$orderby=t1,r&$select=r,t1");
    expect(list.json.value).toMatchObject([{ r: 'R', t1: 7 }]);
    expect((await world.crm.call(world.crm.admin, 'DELETE', `/visits(${made.id})`)).status).toBe(204);
  });

  test('system navigations lead to the owner, the unit and the user who made a record', async () => {
    const expand = '$expand=owning_user($select=full_name),owning_team($select=name),created_by($select=email)';
    const path = `/visits(${ids.first})?$select=title&${expand}`;
    const { json } = await world.crm.call(world.crm.admin, 'GET', path);
    expect([json.owning_user.full_name, json.owning_team, json.created_by.email]).toEqual([
      'representative',
      null,
      'admin@example.com',
    ]);
    expect((await get("/visits/$count?$filter=owning_user/full_name eq 'representative'")).text).toBe('131');
  });

  test('the link of a long expanded collection leads through the rest, once and in order', async () => {
    const nested = '$select=title;$filter=score gt 100;$orderby=score desc;$count=true';
    const company = await shown(`/companies(${ids.company})?$select=name&$expand=visits(${nested})`);
    expect(company['visits@odata.count']).toBe(129);
    expect(titles(company.visits)).toEqual(bulk(30, 129).reverse());
    const link = company['visits@odata.nextLink'];
    expect(link).toMatch(
      /^http:\/\/crm\.test\/api\/v1\/visits\?\$filter=company_id%20eq%20[0-9a-f-]{36}%20and%20\(score/,
    );
    const rest = await shown(pathOf(link), { prefer: 'maxpagesize=20' });
    expect(titles(rest.value)).toEqual(bulk(10, 29).reverse());
    const last = await shown(pathOf(rest['@odata.nextLink']));
    expect([titles(last.value), last['@odata.nextLink'], last['@odata.count']]).toEqual([
      bulk(1, 9).reverse(),
      undefined,
      129,
    ]);
  });

  test('the link of an expanded collection keeps $top, $skip and the format, and is absent where nothing follows', async () => {
    const json = 'application/json;IEEE754Compatible=true';
    const expand = 'visits($select=score;$orderby=score;$skip=5;$top=110;$count=true)';
    const company = await shown(`/companies(${ids.company})?$expand=${expand}&$format=${json}`);
    expect([company.visits.length, company.visits[0].score, company['visits@odata.count']]).toEqual([
      100,
      '105',
      '130',
    ]);
    const rest = await shown(pathOf(company['visits@odata.nextLink']));
    expect(rest.value.map(({ score }: { score: string }) => score)).toEqual(
      Array.from({ length: 10 }, (_, n) => String(205 + n)),
    );
    for (const options of ['$top=100', '$skip=30', '$filter=score lt 200', '$top=0']) {
      const short = await shown(`/companies(${ids.company})?$expand=visits($select=id;${options})`);
      expect(Object.keys(short), options).not.toContain('visits@odata.nextLink');
    }
  });

  test('a collection within an expanded collection shows fewer, and no answer is without bounds', async () => {
    const expand = 'visits($select=id;$top=1;$expand=company($select=id;$expand=visits($select=id)))';
    const { visits } = await shown(`/companies(${ids.company})?$expand=${expand}`);
    expect(visits[0].company.visits).toHaveLength(20);
    expect(visits[0].company['visits@odata.nextLink']).toContain('$skip=20');
    const deep = 'visits($expand=company($expand=visits($expand=company($expand=visits))))';
    await refused(`/companies?$expand=${deep}`, 400, 'limit_exceeded');
    await refused(`/companies?$expand=${deep.replace('visits(', 'visits($top=x;')}`, 400, 'invalid_option');
    await shown(`/companies?$expand=${deep.replace('visits(', 'visits($top=3;')}`);
    await refused(
      `/companies?$expand=visits($expand=${'followers($expand='.repeat(5)}followers${')'.repeat(6)}`,
      400,
      'limit_exceeded',
    );
  });

  test('options that do not apply to one record, or at all, are refused', async () => {
    for (const option of ['$filter=name ne null', '$top=1', '$skip=0', '$count=false', '$orderby=name']) {
      await refused(`/visits?$expand=company(${option})`, 400, 'invalid_option');
    }
    await refused('/visits?$expand=company,company', 400, 'invalid_option');
    await refused('/visits?$expand=title', 400, 'unknown_property');
    await refused('/visits?$expand=company/$count', 400, 'invalid_option');
    await refused('/visits?$expand=company($levels=2)', 400, 'invalid_option');
    await refused('/visits/$count?$top=1', 400, 'invalid_option');
    await refused('/?$filter=x', 400, 'invalid_option');
  });
});

describe('what a record holds', () => {
  test('a JSON value that looks like control information stays what it is', async () => {
    const data = {
      '@odata.etag': 5,
      'visits@odata.nextLink': null,
      x: ['"@odata.etag":5', ',"visits@odata.nextLink":null'],
    };
    const made = await world.crm.create('visits', { data, title: ',"followers@odata.nextLink":null' });
    const path = `/visits(${made.id})?$select=title,data&$expand=followers,company($expand=visits($top=200))`;
    const { json } = await world.crm.call(world.crm.admin, 'GET', path);
    expect(json).toMatchObject({ '@odata.etag': 'W/"1"', title: ',"followers@odata.nextLink":null', data });
    expect((await world.crm.call(world.crm.admin, 'DELETE', `/visits(${made.id})`)).status).toBe(204);
  });

  test('an answer too long to be held is refused by its size', async () => {
    const { database } = world.crm.platform;
    const rows = (set: string) =>
      database.run(`update data.visit set body = ${set} where title like 'bulk %' and score <= 200`);
    await rows("repeat('€', 250000)");
    await refused('/visits?$top=1000', 400, 'limit_exceeded');
    expect((await shown('/visits?$select=body&$top=20&$orderby=score&$count=true')).value).toHaveLength(20);
    const page = await shown('/visits?$select=body&$orderby=score desc', { prefer: 'maxpagesize=40' });
    expect([page.value.length, page['@odata.nextLink']]).toEqual([40, expect.stringContaining('skiptoken')]);
    expect((await shown('/visits?$select=title&$top=1000')).value).toHaveLength(131);
    await rows('null');
  });
});

describe('headers', () => {
  test('If-None-Match saves sending a known version, and only that', async () => {
    const path = `/visits(${ids.first})?$select=title`;
    const known = await get(path, { 'if-none-match': 'W/"7", W/"1"' });
    expect([known.status, known.text, known.headers]).toEqual([304, null, { etag: 'W/"1"', 'odata-version': '4.0' }]);
    expect((await get(path, { 'if-none-match': '*' })).status).toBe(304);
    expect((await get(path, { 'if-none-match': 'W/"2", "strange"' })).status).toBe(200);
    expect((await get(`${path}&$expand=company`, { 'if-none-match': 'W/"1"' })).status).toBe(200);
    expect((await get(`/visits(${ids.hidden})`, { 'if-none-match': '*' })).status).toBe(404);
  });

  test('If-Match reads only the version that is named', async () => {
    const path = `/visits(${ids.first})`;
    expect((await get(path, { 'if-match': 'W/"1"' })).status).toBe(200);
    expect((await get(path, { 'if-match': '"2"' })).json.code).toBe('precondition_failed');
    expect((await get(path, { 'if-match': 'one' })).json.code).toBe('invalid_if_match');
  });

  test('HEAD answers as GET', async () => {
    const [head, read] = await Promise.all(
      ['HEAD', 'GET'].map((method) => world.crm.call(reader.principal, method, `/visits(${ids.first})`)),
    );
    expect([head?.status, head?.headers.etag]).toEqual([read?.status, read?.headers.etag]);
  });

  test('the first format that can be produced is', async () => {
    const type = async (accept: string) => {
      const { status, headers, json } = await get('/visits?$top=0', { accept });
      return status === 200 ? headers['content-type'] : json.code;
    };
    expect(
      await type('application/json;odata.metadata=full;q=0.4, application/json;odata.metadata=none;q=0.5'),
    ).toContain('=none');
    expect(await type('text/html, application/json;q=0.2')).toContain('=minimal');
    expect(await type('application/json;odata.metadata=full')).toContain('=full');
    expect(await type('application/json;odata.streaming=true;charset=utf-8')).toContain('=minimal');
    expect(await type('application/json;q=0')).toBe('not_acceptable');
    expect(await type('application/json;IEEE754Compatible=perhaps')).toBe('not_acceptable');
    expect(await type('application/xml')).toBe('not_acceptable');
    expect((await get('/?$format=JSON')).status).toBe(200);
    expect((await get('/?$format=atom')).json.code).toBe('not_acceptable');
  });

  test('without control information a list has neither context nor ETags, but counts and links', async () => {
    const json = await shown('/visits?$select=score&$count=true&$orderby=score', {
      accept: 'application/json;odata.metadata=none',
      prefer: 'maxpagesize=1',
    });
    expect(Object.keys(json)).toEqual(['@odata.count', 'value', '@odata.nextLink']);
    expect(json.value).toEqual([{ score: 1 }]);
  });

  test('a version of OData that is not spoken is refused before anything is done', async () => {
    const before = (await get('/visits/$count')).text;
    const spoken: [headers: Record<string, string>, code: string][] = [
      [{ 'odata-maxversion': '3.0' }, 'not_supported'],
      [{ 'odata-version': '3.0' }, 'bad_request'],
      [{ 'odata-maxversion': 'x' }, 'not_supported'],
    ];
    for (const [headers, code] of spoken) {
      const post = await world.crm.call(
        world.crm.admin,
        'POST',
        '/visits',
        { title: 'x', owner_id: reader.principal.id },
        headers,
      );
      expect(post.json.code).toBe(code);
      expect((await get('/visits', headers)).json.code).toBe(code);
    }
    expect((await get('/visits/$count')).text).toBe(before);
    expect((await get('/visits?$top=0', { 'odata-maxversion': '4.01' })).headers['odata-version']).toBe('4.01');
  });
});

describe('the answer of a write', () => {
  const write = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.crm.call(world.crm.admin, method, path, body, headers);

  test('shows expanded collections with absolute links', async () => {
    const prefer = { prefer: 'return=representation' };
    const answer = await write(
      'PATCH',
      `/companies(${ids.company})?$expand=visits($select=title;$orderby=score)`,
      { legal_name: 'K' },
      prefer,
    );
    expect([answer.status, answer.json.legal_name, answer.json.visits.length]).toEqual([200, 'K', 100]);
    expect(answer.json['visits@odata.nextLink']).toMatch(/^http:\/\/crm\.test\/api\/v1\/visits\?/);
    const created = await write('POST', '/companies?$expand=visits($select=title),subsidiaries', { name: 'New' });
    expect([created.status, created.json.visits, created.json.subsidiaries]).toEqual([201, [], []]);
  });

  test('is refused, with nothing written, where an option or header does not apply', async () => {
    const path = `/companies(${ids.company})`;
    const version = (await get(path)).json.version;
    expect((await write('PATCH', `${path}?$top=1`, { legal_name: 'L' })).json.code).toBe('invalid_option');
    expect((await write('PATCH', path, { legal_name: 'L' }, { 'if-none-match': 'W/"1"' })).json.code).toBe(
      'not_supported',
    );
    expect((await write('DELETE', `${path}?$select=name`, undefined)).json.code).toBe('invalid_option');
    expect((await write('POST', `${path}/share?$top=1`, {})).json.code).toBe('invalid_option');
    expect((await get(path)).json.version).toBe(version);
  });
});

test('the service document lists what the principal may read, under either form of links', async () => {
  const sets = (json: { value: { url: string }[] }) => json.value.map(({ url }) => url).sort();
  expect(sets(await shown('/'))).toEqual(['companies', 'users', 'visits']);
  const bare = await shown('', { accept: 'application/json;odata.metadata=none' });
  expect(Object.keys(bare)).toEqual(['value']);
  expect(sets(bare)[0]).toBe('http://crm.test/api/v1/companies');
});
