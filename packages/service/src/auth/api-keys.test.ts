// API keys over HTTP, on a real database: making, using, listing and revoking them, and who may.
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from '../testing/test-service.ts';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly key: string;
  readonly expires_on: string | null;
  readonly last_used_on: string | null;
}

let node: TestService;
let admin: string;
/** Ids of a person who sells, and of a program that reads everything. */
let seller: string;
let program: string;
let sellerToken: string;
const SELLER = { email: 'sam@example.com', password: 'the password of sam' };

beforeAll(async () => {
  node = await startTestService();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  seller = await makeUser(node.address, SELLER.email, SELLER.password, 'sales_representative');
  program = await makeProgram('erp@example.com', 'integrator');
  sellerToken = (await signIn(node.address, SELLER.email, SELLER.password)).access_token;
});
afterAll(() => node.stop());

async function json<T>(response: Response, status: number): Promise<T> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`answered ${response.status}: ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

async function makeProgram(email: string, ...roles: string[]): Promise<string> {
  const units = await callApi(node.address, admin, 'GET', '/api/v1/business_units?$top=1');
  const { value } = await json<{ value: { id: string }[] }>(units, 200);
  const user = { email, full_name: email, service_principal: true, owning_business_unit_id: value[0]?.id };
  const { id } = await json<{ id: string }>(await callApi(node.address, admin, 'POST', '/api/v1/users', user), 201);
  for (const role of roles) {
    await json(await callApi(node.address, admin, 'POST', '/api/v1/role_assignments', { role, user_id: id }), 201);
  }
  return id;
}

const call = (token: string, method: string, path: string, body?: unknown): Promise<Response> =>
  callApi(node.address, token, method, path, body);

async function makeKey(user: string | null, more: Record<string, unknown> = {}, token = admin): Promise<Key> {
  const path = user === null ? '/auth/keys' : `/auth/users/${user}/keys`;
  return json<Key>(await call(token, 'POST', path, { name: 'nightly load', ...more }), 201);
}

async function failure(response: Response): Promise<{ status: number; code: string; details?: unknown }> {
  const { error } = (await response.json()) as { error: { code: string; details?: unknown } };
  return { status: response.status, code: error.code, ...(error.details ? { details: error.details } : {}) };
}

/** Status of a read with an Authorization header. */
async function statusWith(authorization: string, address = node.address): Promise<number> {
  return (await fetch(`${address}/api/v1/companies?$top=1`, { headers: { authorization } })).status;
}
const basic = (name: string, key: string): string => `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}`;
const clientCredentials = (id: string, secret: string): Promise<Response> =>
  postForm(`${node.address}/auth/token`, { grant_type: 'client_credentials', client_id: id, client_secret: secret });

async function within1s(status: number, ask: () => Promise<number>): Promise<void> {
  await expect.poll(ask, { timeout: 1000, interval: 50 }).toBe(status);
}

describe('a key', () => {
  it('is told once, and shown by its first characters afterwards', async () => {
    const made = await makeKey(program, { expires_on: '2999-01-01T00:00:00+02:00' });
    expect(made).toMatchObject({ name: 'nightly load', expires_on: '2998-12-31T22:00:00.000Z', last_used_on: null });
    expect(made.key).toMatch(/^ktk_[\w-]{43}$/);
    expect(made.key.startsWith(made.prefix)).toBe(true);
    expect(made.prefix).toHaveLength(10);
    const list = await call(admin, 'GET', `/auth/users/${program}/keys`);
    const text = await list.text();
    expect(JSON.parse(text).value[0]).toMatchObject({ id: made.id, prefix: made.prefix, name: 'nightly load' });
    expect(text).not.toContain(made.key.slice(10));
    const [row] = await node.database.database.run(`select string_agg(k::text, '') as stored from kartoteka.api_key k`);
    expect(row?.stored).not.toContain(made.key.slice(10));
  });

  it('signs in as Bearer, and as Basic with its id or the e-mail address', async () => {
    const { id, key } = await makeKey(program);
    for (const header of [`Bearer ${key}`, `bearer  ${key} `, basic(id, key), basic('ERP@example.com', key)]) {
      expect(await statusWith(header)).toBe(200);
      // Once more, as it is kept.
      expect(await statusWith(header)).toBe(200);
    }
  });

  it('gives a token by client_credentials, in the form or as Basic', async () => {
    const { id, key } = await makeKey(program);
    const answer = await json<Record<string, unknown>>(await clientCredentials(id, key), 200);
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    expect(Object.keys(answer).sort()).toEqual(['access_token', 'expires_in', 'token_type']);
    expect(await statusWith(`Bearer ${String(answer.access_token)}`)).toBe(200);
    const inHeader = await fetch(`${node.address}/auth/token`, {
      method: 'POST',
      headers: { authorization: basic(id, key) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(inHeader.status).toBe(200);
  });

  it('has the roles of its user and no more, and the change log names both', async () => {
    const writer = await makeProgram('site@example.com', 'sales_representative');
    const { id, key } = await makeKey(writer);
    expect((await call(key, 'POST', '/api/v1/companies', { name: 'By key' })).status).toBe(201);
    const [row] = await node.database.database.run(
      `select actor_id::text as actor, client from kartoteka.change_log where entity = 'company' order by id desc limit 1`,
    );
    expect(row).toEqual({ actor: writer, client: `api_key:${id}` });
    const reader = await makeKey(program);
    expect(await failure(await call(reader.key, 'POST', '/api/v1/companies', { name: 'x' }))).toMatchObject({
      status: 403,
      code: 'missing_privilege',
    });
  });

  it('notes its use once a minute, not at every request', async () => {
    const { id, key } = await makeKey(program);
    const used = async () => {
      const [row] = await node.database.database.run(
        'select last_used_on::text as used, xmin::text as version from kartoteka.api_key where id = $1::uuid',
        [id],
      );
      return row;
    };
    expect((await used())?.used).toBeNull();
    await statusWith(`Bearer ${key}`);
    await expect.poll(async () => (await used())?.used).not.toBeNull();
    const first = await used();
    for (let n = 0; n < 5; n += 1) expect(await statusWith(`Bearer ${key}`)).toBe(200);
    expect(await used()).toEqual(first);
  });

  it('is kept for a moment: a request with it asks nobody about it', async () => {
    const { id, key } = await makeKey(program);
    for (const header of [`Bearer ${key}`, basic(id, key)]) expect(await statusWith(header)).toBe(200);
    // No way to revoke a key, so that only asking for it could tell.
    await node.database.database.run('delete from kartoteka.api_key where id = $1::uuid', [id]);
    for (const header of [`Bearer ${key}`, basic(id, key)]) expect(await statusWith(header)).toBe(200);
    const other = await node.another();
    expect(await statusWith(`Bearer ${key}`, other.address)).toBe(401);
    await other.stop();
  });

  it('cannot make keys or set passwords, but can be revoked with itself', async () => {
    const { id, key } = await makeKey(null);
    for (const [method, path, body] of [
      ['POST', '/auth/keys', { name: 'another' }],
      ['POST', `/auth/users/${program}/keys`, { name: 'another' }],
      ['POST', '/auth/password', { current_password: ADMIN.password, password: 'another password' }],
      ['PUT', `/auth/users/${seller}/password`, { password: 'another password' }],
    ] as const) {
      expect(await failure(await call(key, method, path, body))).toEqual({ status: 403, code: 'sign_in_needed' });
    }
    expect((await call(key, 'DELETE', `/auth/keys/${id}`)).status).toBe(204);
    await within1s(401, () => statusWith(`Bearer ${key}`));
  });
});

describe('a key that is no longer good', () => {
  it('is refused on every node within a second of its revocation, with its tokens', async () => {
    const other = await node.another();
    try {
      const { id, key } = await makeKey(program);
      const { access_token: token } = await json<{ access_token: string }>(await clientCredentials(id, key), 200);
      for (const header of [`Bearer ${key}`, basic(id, key), `Bearer ${token}`]) {
        expect(await statusWith(header, other.address)).toBe(200);
      }
      expect((await call(admin, 'DELETE', `/auth/users/${program}/keys/${id}`)).status).toBe(204);
      for (const header of [`Bearer ${key}`, basic(id, key), `Bearer ${token}`]) {
        await within1s(401, () => statusWith(header, other.address));
        await within1s(401, () => statusWith(header));
      }
      expect((await clientCredentials(id, key)).status).toBe(401);
      expect((await call(admin, 'DELETE', `/auth/users/${program}/keys/${id}`)).status).toBe(204);
    } finally {
      await other.stop();
    }
  });

  it('is refused by a node that got no notification', async () => {
    const { id, key } = await makeKey(program);
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    await node.database.database.run('update kartoteka.api_key set revoked_on = now() where id = $1::uuid', [id]);
    await expect.poll(() => statusWith(`Bearer ${key}`), { timeout: 1500 }).toBe(401);
  });

  it('is refused when it expires, kept or not, and its token lives no longer', async () => {
    const { id, key } = await makeKey(program, { expires_on: new Date(Date.now() + 4500).toISOString() });
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    const token = await json<{ access_token: string; expires_in: number }>(await clientCredentials(id, key), 200);
    expect(token.expires_in).toBeLessThanOrEqual(4);
    await expect.poll(() => statusWith(`Bearer ${key}`), { timeout: 6000, interval: 100 }).toBe(401);
    expect(await statusWith(`Bearer ${token.access_token}`)).toBe(401);
    expect((await clientCredentials(id, key)).status).toBe(401);
  });

  it('is refused with its disabled user on every node within a second, and taken again with him', async () => {
    const user = await makeProgram('shop@example.com', 'integrator');
    const { id, key } = await makeKey(user);
    const other = await node.another();
    try {
      const { access_token: token } = await json<{ access_token: string }>(await clientCredentials(id, key), 200);
      for (const header of [`Bearer ${key}`, `Bearer ${token}`])
        expect(await statusWith(header, other.address)).toBe(200);
      expect((await call(admin, 'PATCH', `/api/v1/users(${user})`, { active: false })).status).toBe(204);
      for (const header of [`Bearer ${key}`, `Bearer ${token}`]) {
        await within1s(401, () => statusWith(header, other.address));
        await within1s(401, () => statusWith(header));
      }
      expect((await clientCredentials(id, key)).status).toBe(401);
      expect((await call(admin, 'POST', `/auth/users/${user}/keys`, { name: 'x' })).status).toBe(400);
      await call(admin, 'PATCH', `/api/v1/users(${user})`, { active: true });
      await within1s(200, () => statusWith(`Bearer ${key}`, other.address));
    } finally {
      await other.stop();
    }
  });
});

describe('who may manage keys', () => {
  it('everybody his own', async () => {
    const { id, key } = await makeKey(null, {}, sellerToken);
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    const { value } = await json<{ value: Key[] }>(await call(sellerToken, 'GET', '/auth/keys'), 200);
    expect(value.map((item) => item.id)).toEqual([id]);
    expect((await call(sellerToken, 'DELETE', `/auth/keys/${id}`)).status).toBe(204);
    const after = await json<{ value: Key[] }>(await call(sellerToken, 'GET', `/auth/users/${seller}/keys`), 200);
    expect(after.value).toEqual([]);
  });

  it('nobody another person by making one, though revoking is allowed to who may write the user', async () => {
    expect(await failure(await call(admin, 'POST', `/auth/users/${seller}/keys`, { name: 'x' }))).toEqual({
      status: 400,
      code: 'rule_violated',
    });
    const { id, key } = await makeKey(null, {}, sellerToken);
    expect((await call(admin, 'DELETE', `/auth/users/${seller}/keys/${id}`)).status).toBe(204);
    await within1s(401, () => statusWith(`Bearer ${key}`));
  });

  it('nobody a user he cannot write, in the words of a change', async () => {
    const { id } = await makeKey(program);
    const before = await json<{ version: number }>(
      await call(admin, 'GET', `/api/v1/users(${program})?$select=version`),
      200,
    );
    for (const [method, path, body] of [
      ['GET', `/auth/users/${program}/keys`, undefined],
      ['POST', `/auth/users/${program}/keys`, { name: 'x' }],
      ['DELETE', `/auth/users/${program}/keys/${id}`, undefined],
      ['GET', `/auth/users/${program}/sessions`, undefined],
      ['DELETE', `/auth/users/${program}/sessions`, undefined],
      ['DELETE', `/auth/users/${program}/sessions/${id}`, undefined],
    ] as const) {
      const refused = await failure(await call(sellerToken, method, path, body));
      expect([path, refused.status, refused.code]).toEqual([path, 403, 'missing_privilege']);
    }
    const after = await json(await call(admin, 'GET', `/api/v1/users(${program})?$select=version`), 200);
    expect(after).toEqual(before);
  });

  it('the key of another user is not found, as one that never was', async () => {
    const { id } = await makeKey(program);
    expect(await failure(await call(sellerToken, 'DELETE', `/auth/keys/${id}`))).toEqual(
      await failure(await call(sellerToken, 'DELETE', `/auth/keys/${crypto.randomUUID()}`)),
    );
    expect((await call(sellerToken, 'DELETE', `/auth/keys/${id}`)).status).toBe(404);
    expect((await call(admin, 'GET', `/auth/users/${crypto.randomUUID()}/keys`)).status).toBe(404);
    expect((await call(admin, 'GET', '/auth/users/x/keys')).status).toBe(400);
    expect((await call(admin, 'DELETE', '/auth/keys/x')).status).toBe(400);
    expect((await call('nothing', 'GET', '/auth/keys')).status).toBe(401);
    for (const path of ['/auth/keys?$top=1', '/auth/sessions?x']) {
      expect(await failure(await call(admin, 'GET', path))).toEqual({ status: 400, code: 'unknown_option' });
    }
  });
});

describe('who may write users but does not hold everything', () => {
  let helper: string;
  let keeper: string;
  const label = { en: 'Role', ru: 'Роль' };

  beforeAll(async () => {
    const reads = { company: { read: 'organization' } };
    const helps = { user: { read: 'organization', write: 'organization' }, ...reads };
    await publish(node.database.database, {
      changes: [
        { kind: 'role', name: 'x_reader', body: { name: 'x_reader', label, privileges: reads } },
        {
          kind: 'role',
          name: 'x_helper',
          body: { name: 'x_helper', label, privileges: helps, capabilities: ['manage_credentials'] },
        },
      ],
      author: null,
      comment: 'roles of the test',
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    await vi.waitFor(() => expect(node.service.platform.model().roles.has('x_helper')).toBe(true));
    keeper = await makeUser(node.address, 'hal@example.com', 'the password of hal', 'x_helper');
    helper = (await signIn(node.address, 'hal@example.com', 'the password of hal')).access_token;
  });

  it('makes keys for programs that hold what he holds, and his request changes nothing of them', async () => {
    const reader = await makeProgram('reader@example.com', 'x_reader');
    const record = async () => (await call(admin, 'GET', `/api/v1/users(${reader})`)).text();
    const logged = async () =>
      node.database.database.run('select count(*)::text as n from kartoteka.change_log where record_id = $1::uuid', [
        reader,
      ]);
    const before = [await record(), await logged()];
    const { key } = await makeKey(reader, {}, helper);
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    expect([await record(), await logged()]).toEqual(before);
  });

  it('makes none for a program that holds more, and the answer says what', async () => {
    const exporter = await makeProgram('export@example.com', 'integrator');
    const response = await call(helper, 'POST', `/auth/users/${exporter}/keys`, { name: 'x' });
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: { code: 'escalation', message: 'You cannot give more than you hold: the capability export' } },
    ]);
    expect((await call(helper, 'GET', `/auth/users/${exporter}/keys`)).status).toBe(200);
  });

  it('sets no password of who holds more, nor of one who is disabled and may have', async () => {
    const set = async (id: string) =>
      failure(await call(helper, 'PUT', `/auth/users/${id}/password`, { password: 'taken over' }));
    expect(await set(seller)).toMatchObject({ status: 403, code: 'escalation' });
    const bob = await makeUser(node.address, 'bob@example.com', 'the password of bob', 'x_reader');
    await call(admin, 'PATCH', `/api/v1/users(${bob})`, { active: false });
    await expect
      .poll(async () => await set(bob), { timeout: 1000 })
      .toMatchObject({ status: 400, code: 'rule_violated' });
    const me = await call(helper, 'PUT', `/auth/users/${keeper}/password`, { password: 'the password of hal' });
    expect(me.status).toBe(204);
  });
});

describe('a service principal', () => {
  it('gets no password, and stays one', async () => {
    const set = await call(admin, 'PUT', `/auth/users/${program}/password`, { password: 'a long password' });
    expect(await failure(set)).toEqual({ status: 400, code: 'rule_violated' });
    await expect(signIn(node.address, 'erp@example.com', 'a long password')).rejects.toThrow('invalid_grant');
    for (const [id, value] of [
      [program, false],
      [seller, true],
    ]) {
      const patch = await call(admin, 'PATCH', `/api/v1/users(${String(id)})`, { service_principal: value });
      expect(patch.status).toBe(204);
      const read = await call(admin, 'GET', `/api/v1/users(${String(id)})`);
      expect(await read.json()).toMatchObject({ service_principal: !value });
    }
  });
});
