// The service as a whole: limits of the API, what the log holds, readiness, and stopping with requests in flight.
import { request as httpRequest } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, postForm, signIn, startTestService, type TestService } from './testing/test-service.ts';

let node: TestService;
let token: string;

beforeAll(async () => {
  node = await startTestService();
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());

const get = (path: string) => callApi(node.address, token, 'GET', path);

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
}

describe('the API', () => {
  it('takes a filter of 16 KiB and refuses a longer URL with a clear error', async () => {
    const filter = (length: number) => `/api/v1/companies?$filter=name%20eq%20'${'x'.repeat(length)}'`;
    expect((await get(filter(16_300))).status).toBe(200);
    expect(await codeOf(await get(filter(24_000)))).toEqual([400, 'limit_exceeded']);
    expect(await codeOf(await get(filter(60_000)))).toEqual([400, 'limit_exceeded']);
  });

  it('answers a body over 1 MiB with 413 and stores nothing', async () => {
    const body = { name: 'x', description: 'x'.repeat(1_100_000) };
    expect(await codeOf(await callApi(node.address, token, 'POST', '/api/v1/companies', body))).toEqual([
      413,
      'payload_too_large',
    ]);
    const [row] = await node.database.database.run('select count(*)::text as n from data.company');
    expect(row?.n).toBe('0');
  });

  it('answers HEAD like GET, without a body', async () => {
    const response = await callApi(node.address, token, 'HEAD', '/api/v1/companies');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('creates and changes by PUT, a single value as text', async () => {
    const send = (method: string, path: string, body: string, type: string) =>
      fetch(`${node.address}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        body,
      });
    const path = "/companies(external_id='put')";
    const made = await send('PUT', path, '{"name":"Put"}', 'application/json;odata.metadata=minimal;charset=utf-8');
    expect([made.status, made.headers.get('location')]).toEqual([201, made.headers.get('odata-entityid')]);
    expect((await send('PUT', `${path}/description/$value`, 'Zeile 1 ü', 'text/plain;charset=UTF-8')).status).toBe(204);
    expect(await (await get(`/api/v1${path}/description/$value`)).text()).toBe('Zeile 1 ü');
    expect((await send('PUT', `${path}/description/$value`, '', 'text/plain')).status).toBe(204);
    for (const [method, at] of [
      ['PUT', path],
      ['PATCH', path],
      ['POST', '/companies'],
      ['PUT', `${path}/description`],
    ] as const)
      expect(await codeOf(await send(method, at, '{"name":"x"}', 'text/plain')), method).toEqual([
        415,
        'unsupported_media_type',
      ]);
    await node.database.database.run('delete from data.company');
  });

  it('builds absolute links from Host, which must be a host', async () => {
    const ask = (host: string) =>
      new Promise<string>((resolve, reject) => {
        const headers = { host, authorization: `Bearer ${token}` };
        httpRequest(`${node.address}/api/v1/companies`, { headers }, (response) => {
          response.setEncoding('utf8').on('data', resolve);
        })
          .on('error', reject)
          .end();
      });
    expect(await ask('crm.example:8443')).toContain('"http://crm.example:8443/api/v1/$metadata#companies"');
    expect(await ask('crm.example/evil"')).toContain('bad_request');
  });

  it('believes forwarded headers of a trusted proxy only', async () => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-forwarded-host': 'crm.example',
      'x-forwarded-proto': 'https',
    };
    const ask = async (address: string) => (await fetch(`${address}/api/v1/companies`, { headers })).text();
    expect(await ask(node.address)).toContain(`"${node.address}/api/v1/$metadata`);
    const proxied = await startTestService({ KARTOTEKA_TRUST_PROXY: 'loopback' });
    const { access_token } = await signIn(proxied.address, ADMIN.email, ADMIN.password);
    headers.authorization = `Bearer ${access_token}`;
    expect(await ask(proxied.address)).toContain('"https://crm.example/api/v1/$metadata');
    await proxied.stop();
  });
});

describe('the log', () => {
  it('of a nasty session holds no secret, no body, no query and no value', async () => {
    const secrets = ['hunter2hunter2', 'Ivan.Secretov', 'top-secret-value', 'sneaky-header', 'token-like-text'];
    const [password, person, value, header, forged] = secrets as [string, string, string, string, string];
    await postForm(`${node.address}/auth/token`, { grant_type: 'password', username: person, password });
    await postForm(`${node.address}/auth/token`, { grant_type: password, refresh_token: forged, [value]: person });
    await postForm(`${node.address}/auth/revoke`, { token: forged });
    await fetch(`${node.address}/api/v1/companies`, {
      headers: { authorization: `Bearer ${forged}`, 'x-request-id': `${header} !` },
    });
    await get(`/api/v1/companies?$filter=name%20eq%20'${value}'`);
    await get(`/api/v1/companies?$filter=${value}`);
    await get(`/api/v1/companies(name='${person}')/${value}`);
    await get(`/${value}/${person}`);
    await callApi(node.address, token, 'POST', '/api/v1/companies', { name: person, [value]: value });
    await callApi(node.address, token, 'POST', '/api/v1/contacts', { last_name: person, birth_date: value });
    await callApi(node.address, token, 'POST', '/auth/password', { current_password: password, password: value });
    // The database itself breaks: errors of the driver quote statements and values.
    await node.database.database.run('alter table data.contact rename to contact_gone');
    const broken = await callApi(node.address, token, 'POST', '/api/v1/contacts', {
      last_name: person,
      job_title: value,
    });
    expect(await codeOf(broken)).toEqual([500, 'internal']);
    await node.database.database.run('alter table data.contact_gone rename to contact');
    const text = node.lines.join('');
    for (const secret of [...secrets, token, ADMIN.password, ADMIN.email]) expect(text).not.toContain(secret);
    expect(text).toContain('42P01');
  });

  it('has one line per request with id, user, method, path, status and duration', async () => {
    const response = await fetch(`${node.address}/api/v1/companies?$top=1`, {
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'my-request-0001' },
    });
    await response.text();
    await expect.poll(() => node.lines.filter((line) => line.includes('my-request-0001'))).toHaveLength(1);
    const line = JSON.parse(node.lines.find((text) => text.includes('my-request-0001')) ?? '') as Record<
      string,
      unknown
    >;
    expect(line).toMatchObject({
      request_id: 'my-request-0001',
      method: 'GET',
      path: '/api/v1/companies',
      status: 200,
    });
    expect(line.user_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(line.duration_ms).toBeTypeOf('number');
  });
});

describe('health', () => {
  it('is told without a token', async () => {
    expect(await (await fetch(`${node.address}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${node.address}/readyz`)).json()).toEqual({ status: 'ready' });
  });
});

describe('stopping', () => {
  it('lets a request in flight end and refuses new connections', async () => {
    const other = await node.another();
    const release = await holdTable(node);
    const slow = callApi(other.address, token, 'GET', '/api/v1/deals');
    await expect.poll(() => waiting(node)).toBe(1);
    let stopped = false;
    const stopping = other.stop().then(() => {
      stopped = true;
    });
    await expect
      .poll(() =>
        fetch(`${other.address}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    expect(stopped).toBe(false);
    await release();
    expect((await slow).status).toBe(200);
    await stopping;
  });

  it('cuts what is not done in time', async () => {
    const other = await node.another({ KARTOTEKA_STOP_TIMEOUT: '200' });
    const release = await holdTable(node);
    const slow = callApi(other.address, token, 'GET', '/api/v1/deals').then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => waiting(node)).toBe(1);
    const stopping = other.stop();
    expect(await slow).toBe('cut');
    await release();
    await stopping;
  });
});

/** Locks the deals against reading until the function it gives is called. */
async function holdTable({ database }: TestService): Promise<() => Promise<void>> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let locked = (): void => {};
  const isLocked = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const transaction = database.database.transaction(async (tx) => {
    await tx.run('lock table data.deal in access exclusive mode');
    locked();
    await held;
  });
  await isLocked;
  return async () => {
    release();
    await transaction;
  };
}

async function waiting({ database }: TestService): Promise<number> {
  const [row] = await database.database.run(`select count(*)::text as n from pg_locks
    where not granted and database = (select oid from pg_database where datname = current_database())`);
  return Number(row?.n);
}

describe('the first start', () => {
  it('has the given password set before its port is open', async () => {
    const first = await startTestService();
    const { database } = first.database;
    try {
      await database.run('delete from kartoteka.credential');
      const port = await freePort();
      const address = `http://127.0.0.1:${port}`;
      const starting = await database.transaction(async (tx) => {
        await tx.run('lock table kartoteka.credential in share mode');
        const second = first.another({ PORT: String(port) });
        second.catch(() => {});
        while (!(await isAwaited(tx))) await new Promise((resolve) => setTimeout(resolve, 20));
        await expect(fetch(`${address}/readyz`)).rejects.toThrow();
        return { second };
      });
      const { service } = await starting.second;
      expect(await signIn(address, ADMIN.email, ADMIN.password)).toMatchObject({ token_type: 'Bearer' });
      await service.stop();
    } finally {
      await first.stop();
    }
  });
});

/** Whether somebody waits for a lock of the passwords' table. */
async function isAwaited(executor: Pick<TestService['database']['database'], 'run'>): Promise<boolean> {
  const rows = await executor.run(
    "select 1 as found from pg_locks where relation = 'kartoteka.credential'::regclass and not granted",
  );
  return rows.length > 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
