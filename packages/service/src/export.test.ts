// Lists as CSV over HTTP: what a file holds, who may take one, and how it is sent, stopped and broken off.
import { get as httpGet, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, makeUser, signIn, startTestService, type TestService } from './testing/test-service.ts';

const ROWS = 60_000;

let node: TestService;
let token: string;
let reader: string;

beforeAll(async () => {
  node = await startTestService();
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  await makeUser(node.address, 'rep@example.com', ADMIN.password, 'sales_representative');
  reader = (await signIn(node.address, 'rep@example.com', ADMIN.password)).access_token;
});
afterAll(() => node.stop());

const sql = (text: string) => node.database.database.run(text);
const exported = (query: string, headers: Record<string, string> = { accept: 'text/csv' }, by = token) =>
  fetch(`${node.address}/api/v1/companies?${query}`, { headers: { authorization: `Bearer ${by}`, ...headers } });
const create = async (values: object): Promise<string> => {
  const response = await callApi(node.address, token, 'POST', '/api/v1/companies', values);
  return ((await response.json()) as { id: string }).id;
};
const lastLog = async () =>
  (
    await sql(
      `select s.target_entity as entity, s.details->>'query' as query, e.details->>'records' as records,
       (e.details->'complete' = 'true') is true as finished
       from kartoteka.security_log s left join kartoteka.security_log e on e.kind = 'export_ended' and e.details->'export_id' = s.details->'export_id'
       where s.kind = 'export_started' order by s.id desc limit 1`,
    )
  )[0];

/** Bytes that are alive in this process, service and client together. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Waits until what is asked for is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 200) throw new Error('it never came to be');
    await sleep(50);
  }
}

describe('a list as CSV', () => {
  beforeAll(async () => {
    const parent = await create({ name: 'Parent, "Ltd"', revenue: '1234567890.1234', revenue_currency: 'EUR' });
    await create({ name: '=1+1', description: 'two\r\nlines', parent_company_id: parent, headcount: 7 });
  });

  it('has a header, RFC 4180 cells, exact numbers, nothing for null and flattened lookups', async () => {
    const query =
      '$select=name,description,headcount,revenue&$expand=parent_company($select=name,revenue)&$orderby=name desc';
    const response = await exported(query);
    expect(response.headers.get('content-type')).toBe('text/csv;charset=utf-8;header=present');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="companies.csv"');
    expect(await response.text()).toBe(
      'name,description,headcount,revenue,parent_company/name,parent_company/revenue\r\n' +
        '"Parent, ""Ltd""",,,1234567890.1234,,\r\n' +
        '\'=1+1,"two\r\nlines",7,,"Parent, ""Ltd""",1234567890.1234\r\n',
    );
    expect(await lastLog()).toEqual({
      entity: 'company',
      query: expect.stringContaining('orderby'),
      records: '2',
      finished: true,
    });
  });

  it('is asked for by Accept or $format, with or without its header', async () => {
    const body = async (query: string, headers: Record<string, string>) => (await exported(query, headers)).text();
    expect(await body('$select=name&$top=1&$orderby=name&$format=csv', {})).toBe("name\r\n'=1+1\r\n");
    expect(await body('$select=name&$top=1&$orderby=name', { accept: 'text/csv;header=absent' })).toBe("'=1+1\r\n");
    expect(await body('$select=name', { accept: 'text/csv;q=0.5, application/json' })).toContain('"@odata.context"');
    expect(await body("$select=name&$filter=name eq 'csv'", { accept: '*/*' })).toContain('"value":[]');
    expect((await exported('', { accept: 'text/csv;charset=windows-1251' })).status).toBe(406);
    expect((await exported('', { accept: 'text/csv;header=maybe' })).status).toBe(406);
  });

  it('keeps to $filter, $top and $skip, and is empty but for its header where nothing is found', async () => {
    expect(await (await exported('$select=name&$filter=headcount gt 5')).text()).toBe("name\r\n'=1+1\r\n");
    expect(await (await exported('$select=name&$orderby=name&$skip=1')).text()).toBe('name\r\n"Parent, ""Ltd"""\r\n');
    expect(await (await exported('$select=name&$top=0')).text()).toBe('name\r\n');
    expect(await (await exported("$select=name&$filter=name eq 'none'")).text()).toBe('name\r\n');
  });

  it('refuses what has no place in it', async () => {
    const codeOf = async (query: string) =>
      ((await (await exported(query)).json()) as { error: { code: string } }).error.code;
    expect(await codeOf('$count=true')).toBe('invalid_option');
    expect(await codeOf('$skiptoken=x')).toBe('invalid_option');
    expect(await codeOf('$expand=subsidiaries')).toBe('not_supported');
    expect(await codeOf('$select=nothing')).toBe('unknown_property');
    expect(await codeOf('$filter=name eq')).toBe('invalid_expression');
    expect(
      (
        await fetch(`${node.address}/api/v1/companies/$count`, {
          headers: { authorization: `Bearer ${token}`, accept: 'text/csv' },
        })
      ).status,
    ).toBeLessThan(500);
  });

  it('needs the capability export; a page of the list does not', async () => {
    const count = `select count(*) as n from kartoteka.security_log where kind like 'export%'`;
    const before = await sql(count);
    const refused = await exported('', { accept: 'text/csv' }, reader);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: { code: 'missing_capability', message: expect.stringContaining('export') },
    });
    expect((await exported('', {}, reader)).status).toBe(200);
    expect(await sql(count)).toEqual(before);
  });

  it('answers HEAD without reading on', async () => {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/csv' };
    const response = await fetch(`${node.address}/api/v1/companies`, { method: 'HEAD', headers });
    expect([response.status, await response.text()]).toEqual([200, '']);
    await until(async () => (await lastLog())?.records === '0');
  });
});

describe('a long list as CSV', () => {
  beforeAll(async () => {
    await sql(
      `insert into data.company select r.* from data.company c, generate_series(1, ${ROWS}) n,
       lateral jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'name', 'Row ' || n,
       'description', repeat('x', 1000), 'external_id', null)) r where c.name = '=1+1'`,
    );
    await sql('analyze data.company');
  });

  /** The answer, not read yet. */
  const open = (query: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/csv' };
      httpGet(`${node.address}/api/v1/companies?${query}`, { headers }, resolve).on('error', reject);
    });

  it('arrives whole, every record once, in bounded memory', async () => {
    const response = await open('$select=id,name,description');
    const seen = new Set<string>();
    let [rest, most, bytes, sampled] = ['', 0, 0, 0];
    const before = liveBytes();
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      // Copied: a slice would keep the whole text alive.
      for (const line of lines) seen.add(Buffer.from(line.slice(0, 36)).toString());
      bytes += chunk.length;
      if (bytes - sampled < 4_000_000) continue;
      sampled = bytes;
      most = Math.max(most, liveBytes() - before);
    }
    expect(rest).toBe('');
    // Beside the records there are the header and the line break inside a cell.
    expect(seen.size).toBe(ROWS + 2 + 2);
    expect(bytes).toBeGreaterThan(60_000_000);
    // Half of the text, and less than the ids seen and a few pages on their way come to together.
    expect(most).toBeLessThan(32_000_000);
    await until(async () => (await lastLog())?.finished === true);
    expect((await lastLog())?.records).toBe(String(ROWS + 2));
  });

  it('is read no faster than it is taken, and no further when the client is gone', async () => {
    const response = await open('$select=id,name,description');
    response.pause();
    await sleep(1_500);
    response.destroy();
    await until(async () => (await lastLog())?.records !== null);
    const line = await lastLog();
    expect(line?.finished).toBe(false);
    expect(Number(line?.records)).toBeGreaterThan(0);
    expect(Number(line?.records)).toBeLessThan(ROWS / 2);
  });

  it('breaks off where it cannot go on, so that a part is never taken for the whole', async () => {
    const response = await open('$select=id,name,description');
    response.pause();
    await sleep(500);
    await sql('alter table data.company rename to company_away');
    try {
      const read = async () => {
        for await (const _ of response);
      };
      await expect(read()).rejects.toThrow(/aborted|ECONNRESET/);
    } finally {
      await sql('alter table data.company_away rename to company');
    }
    await until(async () => (await lastLog())?.records !== null);
    expect((await lastLog())?.finished).toBe(false);
    expect(node.lines.some((line) => line.includes('Internal error'))).toBe(true);
  });

  it('shrinks its pages where records are wide', async () => {
    // A page of a thousand such records would be longer than a page may be.
    await sql(
      `update data.company set description = repeat('w', 9500)
       where id in (select id from data.company where name like 'Row%' order by id limit 1500)`,
    );
    const text = await (await exported("$select=id,description&$filter=startswith(name,'Row')&$top=2000")).text();
    expect(text.split('\r\n')).toHaveLength(2_000 + 2);
    expect(text.match(/w{9500}/g)).toHaveLength(1_500);
  });
});
