// Sessions over HTTP: where a user is signed in, and signing out there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from '../testing/test-service.ts';

interface Session {
  readonly id: string;
  readonly client: string | null;
  readonly current: boolean;
}

let node: TestService;
let admin: string;
let user: string;
const EMAIL = 'dora@example.com';
const PASSWORD = 'the password of dora';

beforeAll(async () => {
  node = await startTestService();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  user = await makeUser(node.address, EMAIL, PASSWORD, 'sales_representative');
});
afterAll(() => node.stop());

const call = (token: string, method: string, path: string): Promise<Response> =>
  callApi(node.address, token, method, path);
const token = async (): Promise<string> => (await signIn(node.address, EMAIL, PASSWORD)).access_token;
const statusOf = async (accessToken: string, address = node.address): Promise<number> =>
  (await callApi(address, accessToken, 'GET', '/api/v1/companies?$top=1')).status;

async function list(accessToken: string, path = '/auth/sessions'): Promise<Session[]> {
  const response = await call(accessToken, 'GET', path);
  expect(response.status).toBe(200);
  return ((await response.json()) as { value: Session[] }).value;
}

async function within1s(status: number, ask: () => Promise<number>): Promise<void> {
  await expect.poll(ask, { timeout: 1000, interval: 50 }).toBe(status);
}

describe('the list of sessions', () => {
  it('shows where the user is signed in, which one asks, and no token', async () => {
    const form = { grant_type: 'password', username: EMAIL, password: PASSWORD, client_id: 'phone' };
    const phone = (await (await postForm(`${node.address}/auth/token`, form)).json()) as {
      access_token: string;
      refresh_token: string;
    };
    const browser = await token();
    const response = await call(browser, 'GET', '/auth/sessions');
    const text = await response.text();
    const { value } = JSON.parse(text) as { value: Session[] };
    expect(value.map(({ client, current }) => [client, current])).toEqual([
      [null, true],
      ['phone', false],
    ]);
    expect(Object.keys(value[0] ?? {}).sort()).toEqual([
      'address',
      'client',
      'created_on',
      'current',
      'expires_on',
      'id',
      'last_used_on',
      'user_agent',
    ]);
    expect(text).not.toContain(phone.refresh_token);
    expect((await list(admin, `/auth/users/${user}/sessions`)).map(({ current }) => current)).toEqual([false, false]);
  });

  it('leaves out sessions that have ended or were not used for two weeks', async () => {
    const mine = await token();
    const before = await list(mine);
    const [idle] = before.filter(({ current }) => !current);
    await node.database.database.run(
      `update kartoteka.session set last_used_on = now() - interval '14 days 1 second' where id = $1::uuid`,
      [idle?.id ?? ''],
    );
    expect((await list(mine)).map(({ id }) => id)).toEqual(before.map(({ id }) => id).filter((id) => id !== idle?.id));
  });
});

describe('ending a session', () => {
  it('by its id, for the user himself and for who may write the user, counts on every node within a second', async () => {
    const other = await node.another();
    try {
      for (const [by, path] of [
        [null, '/auth/sessions'],
        [admin, `/auth/users/${user}/sessions`],
      ] as const) {
        const [mine, lost] = [await token(), await token()];
        expect(await statusOf(lost, other.address)).toBe(200);
        const [session] = (await list(lost)).filter(({ current }) => current);
        expect((await call(by ?? mine, 'DELETE', `${path}/${session?.id}`)).status).toBe(204);
        await within1s(401, () => statusOf(lost, other.address));
        await within1s(401, () => statusOf(lost));
        expect(await statusOf(mine)).toBe(200);
      }
    } finally {
      await other.stop();
    }
  });

  it('all others at once keeps the one that asks', async () => {
    const [mine, first, second] = [await token(), await token(), await token()];
    expect((await call(mine, 'DELETE', '/auth/sessions')).status).toBe(204);
    await within1s(401, () => statusOf(first));
    await within1s(401, () => statusOf(second));
    expect(await statusOf(mine)).toBe(200);
    expect(await list(mine)).toHaveLength(1);
  });

  it('all of another user leaves none', async () => {
    const [first, second] = [await token(), await token()];
    expect((await call(admin, 'DELETE', `/auth/users/${user}/sessions`)).status).toBe(204);
    await within1s(401, () => statusOf(first));
    await within1s(401, () => statusOf(second));
    expect(await statusOf(admin)).toBe(200);
  });

  it('of another user is not found, as one that never was', async () => {
    const mine = await token();
    const [foreign] = await list(admin);
    for (const id of [foreign?.id, crypto.randomUUID()]) {
      const response = await call(mine, 'DELETE', `/auth/sessions/${id}`);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    }
    expect(await statusOf(admin)).toBe(200);
    expect((await call(mine, 'DELETE', '/auth/sessions/x')).status).toBe(400);
    expect((await call('nothing', 'GET', '/auth/sessions')).status).toBe(401);
  });

  it('that is not his own needs the right to write the user', async () => {
    const mine = await token();
    const administrator = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
    const me = JSON.parse(Buffer.from(administrator.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    for (const method of ['GET', 'DELETE']) {
      const response = await call(mine, method, `/auth/users/${me.sub}/sessions`);
      expect([response.status, await response.json()]).toMatchObject([403, { error: { code: 'missing_privilege' } }]);
    }
    expect(await statusOf(administrator)).toBe(200);
  });
});
