// Headers and bodies that are wrong, keys that are wrong too often, and where no secret may turn up.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, callApi, postForm, signIn, startTestService, type TestService } from '../testing/test-service.ts';

let node: TestService;
let admin: string;

beforeAll(async () => {
  node = await startTestService();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());
beforeEach(async () => {
  await node.database.database.run('delete from kartoteka.login_attempt');
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const wrong = (n: number): string => `ktk_${String(n).padStart(43, 'A')}`;
const ask = (authorization: string): Promise<Response> =>
  fetch(`${node.address}/api/v1/companies?$top=1`, { headers: { authorization } });

async function makeKey(name = 'test'): Promise<{ id: string; key: string }> {
  const response = await callApi(node.address, admin, 'POST', '/auth/keys', { name });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string; key: string };
}

describe('a header', () => {
  const headers: [string, string][] = [
    ['of a key that never was', `Bearer ${wrong(1)}`],
    ['of a key that is too short', 'Bearer ktk_x'],
    ['of a key that is too long', `Bearer ${wrong(1)}A`],
    ['of the mark alone', 'Bearer ktk_'],
    ['of a key in another scheme', `Digest ${wrong(1)}`],
    ['of Basic without anything', 'Basic'],
    ['of Basic that is not base64', 'Basic %%%'],
    ['of Basic without a colon', `Basic ${base64('admin@example.com')}`],
    ['of Basic with a colon alone', `Basic ${base64(':')}`],
    ['of Basic without a name', `Basic ${base64(`:${wrong(1)}`)}`],
    ['of Basic without a key', `Basic ${base64('admin@example.com:')}`],
    ['of Basic with a password', `Basic ${base64(`${ADMIN.email}:${ADMIN.password}`)}`],
    ['of Basic with a NUL in the name', `Basic ${base64(`a\u0000b:${wrong(1)}`)}`],
    ['of Basic with bytes that are no text', `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x61]).toString('base64')}`],
    ['of Basic with a name that is SQL', `Basic ${base64(`' or 1=1 --:${wrong(1)}`)}`],
    ['of Basic of two thousand characters', `Basic ${base64('x'.repeat(2000))}`],
  ];
  it.each(headers)('%s is answered 401 in the words of a wrong token', async (_, authorization) => {
    const response = await ask(authorization);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="kartoteka", error="invalid_token"',
    ]);
    expect(await response.json()).toMatchObject({ error: { code: 'unauthenticated' } });
  });

  it('of Basic with a good key and the name of another key or user is refused', async () => {
    const [one, two] = [await makeKey(), await makeKey()];
    for (const name of [two.id, 'nobody@example.com', 'x'])
      expect((await ask(`Basic ${base64(`${name}:${one.key}`)}`)).status).toBe(401);
    expect((await ask(`Basic ${base64(`${one.id}:${one.key}`)}`)).status).toBe(200);
  });
});

describe('client_credentials', () => {
  const token = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${node.address}/auth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }),
    });

  it('that are missing, wrong, given twice or not as they should be are refused in the shape of OAuth', async () => {
    const { id, key } = await makeKey();
    const cases: [Record<string, string>, Record<string, string>, number, string][] = [
      [{}, {}, 400, 'invalid_request'],
      [{ client_id: id }, {}, 400, 'invalid_request'],
      [{ client_secret: key }, {}, 400, 'invalid_request'],
      [{ client_id: id, client_secret: wrong(2) }, {}, 401, 'invalid_client'],
      [{ client_id: crypto.randomUUID(), client_secret: key }, {}, 401, 'invalid_client'],
      [{ client_id: 'a\u0000b', client_secret: key }, {}, 401, 'invalid_client'],
      [{ client_id: id, client_secret: 'x'.repeat(257) }, {}, 400, 'invalid_request'],
      [{ client_id: id, client_secret: key, scope: 'all' }, {}, 400, 'invalid_scope'],
      [{ client_secret: key }, { authorization: `Basic ${base64(`${id}:${key}`)}` }, 400, 'invalid_request'],
      [{ client_id: 'other' }, { authorization: `Basic ${base64(`${id}:${key}`)}` }, 401, 'invalid_client'],
      [{}, { authorization: `Bearer ${key}` }, 401, 'invalid_client'],
      [{}, { authorization: 'Basic %%%' }, 401, 'invalid_client'],
    ];
    for (const [fields, headers, status, error] of cases) {
      const response = await token(fields, headers);
      expect([fields, response.status, await response.json()]).toMatchObject([fields, status, { error }]);
      if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Basic realm="kartoteka"');
    }
    expect((await token({ client_id: id, client_secret: key })).status).toBe(200);
  });

  it('give a token that POST /auth/revoke refuses to end, and says what does', async () => {
    const { id, key } = await makeKey();
    const { access_token } = (await (await token({ client_id: id, client_secret: key })).json()) as {
      access_token: string;
    };
    const response = await postForm(`${node.address}/auth/revoke`, { token: access_token });
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'unsupported_token_type' }]);
  });

  it('are no name that a person may give his client', async () => {
    const form = { grant_type: 'password', username: ADMIN.email, password: ADMIN.password, client_id: 'api_key:1' };
    const response = await postForm(`${node.address}/auth/token`, form);
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });
});

describe('wrong keys', () => {
  it('under one name are slowed down after five, with Retry-After, and right ones are not', async () => {
    const { id, key } = await makeKey();
    const statuses = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await ask(`Basic ${base64(`${id}:${wrong(n)}`)}`)).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    const response = await ask(`Basic ${base64(`${id}:${wrong(9)}`)}`);
    expect(await response.json()).toMatchObject({ error: { code: 'too_many_attempts' } });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: wrong(9) };
    const tokens = await postForm(`${node.address}/auth/token`, form);
    expect([tokens.status, await tokens.json()]).toMatchObject([429, { error: 'too_many_attempts' }]);
    expect((await ask(`Basic ${base64(`${id}:${key}`)}`)).status).toBe(200);
  });

  it('from one address are slowed down after thirty, and passwords are not', async () => {
    const statuses = [];
    for (let n = 0; n < 33; n += 1) statuses.push((await ask(`Bearer ${wrong(n)}`)).status);
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect((await signIn(node.address, ADMIN.email, ADMIN.password)).token_type).toBe('Bearer');
  });
});

describe('the body of a new key', () => {
  const make = (body: unknown): Promise<Response> => callApi(node.address, admin, 'POST', '/auth/keys', body);
  const past = new Date(Date.now() - 1000).toISOString();

  it.each([
    [{}, ['required name']],
    [{ name: null }, ['required name']],
    [{ name: '' }, ['invalid_value name']],
    [{ name: '   ' }, ['invalid_value name']],
    [{ name: 7 }, ['invalid_value name']],
    [{ name: 'a\nb' }, ['invalid_value name']],
    [{ name: 'x'.repeat(101) }, ['invalid_value name']],
    [{ name: 'x', expires_on: past }, ['invalid_value expires_on']],
    [{ name: 'x', expires_on: 'tomorrow' }, ['invalid_value expires_on']],
    [{ name: 'x', expires_on: '2999-02-30T00:00:00Z' }, ['invalid_value expires_on']],
    [{ name: 'x', expires_on: '2999-01-01' }, ['invalid_value expires_on']],
    [{ name: 'x', expires_on: '2999-01-01T00:00:00' }, ['invalid_value expires_on']],
    [{ name: 'x', expires_on: 4_000_000_000 }, ['invalid_value expires_on']],
    [{ name: '', expires_on: 'x' }, ['invalid_value name', 'invalid_value expires_on']],
    [{ name: 'x', role: 'y', key: 'z' }, ['unknown_property role', 'unknown_property key']],
  ])('%j is refused with all that is wrong', async (body, expected) => {
    const response = await make(body);
    const { error } = (await response.json()) as {
      error: { code: string; details: { code: string; target: string }[] };
    };
    expect([response.status, error.code]).toEqual([400, 'validation_failed']);
    expect(error.details.map(({ code, target }) => `${code} ${target}`)).toEqual(expected);
  });

  it('may have a name of a hundred characters', async () => {
    expect((await make({ name: 'ё'.repeat(100), expires_on: null })).status).toBe(201);
  });

  it('is refused for the key after the fiftieth, also when they come at once', async () => {
    await node.database.database.run('delete from kartoteka.api_key');
    const statuses = await Promise.all(
      Array.from({ length: 53 }, async () => {
        const response = await make({ name: 'many' });
        const body = (await response.json()) as { error?: { code: string } };
        return body.error?.code ?? response.status;
      }),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 'limit_exceeded')).toHaveLength(3);
    const list = await callApi(node.address, admin, 'GET', '/auth/keys');
    const { value } = (await list.json()) as { value: { id: string }[] };
    expect(value).toHaveLength(50);
    await callApi(node.address, admin, 'DELETE', `/auth/keys/${value[0]?.id}`);
    expect((await make({ name: 'again' })).status).toBe(201);
    await node.database.database.run('delete from kartoteka.api_key');
  });
});

describe('the log', () => {
  it('names the user and the key of a request, and holds no secret', async () => {
    const { id, key } = await makeKey('name of a key');
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: key };
    const { access_token: token } = (await (await postForm(`${node.address}/auth/token`, form)).json()) as {
      access_token: string;
    };
    const basic = base64(`${ADMIN.email}:${key}`);
    for (const header of [`Bearer ${key}`, `Basic ${basic}`, `Bearer ${token}`]) {
      expect((await ask(header)).status).toBe(200);
    }
    expect((await ask(`Bearer ${wrong(7)}`)).status).toBe(401);
    const me = JSON.parse(Buffer.from(admin.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    const used = node.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.key_id === id);
    expect(used.map(({ path, user_id, status }) => [path, user_id, status])).toEqual([
      ['/auth/token', me.sub, 200],
      ['/api/v1/companies', me.sub, 200],
      ['/api/v1/companies', me.sub, 200],
      ['/api/v1/companies', me.sub, 200],
    ]);
    const log = node.lines.join('\n');
    for (const secret of [key.slice(10), basic, token, wrong(7), ADMIN.password]) expect(log).not.toContain(secret);
  });
});
