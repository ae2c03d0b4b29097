// Who is out is out everywhere: two processes on one database, with the same access token, session or key.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  signIn,
  startTestService,
  type TestService,
} from '../packages/service/src/testing/test-service.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

let service: TestService;
let nodes: readonly ServiceProcess[] = [];
let admin: string;

beforeAll(async () => {
  service = await startTestService();
  nodes = await Promise.all([1, 2].map(() => startServiceProcess(service.database.url)));
  admin = (await signIn(service.address, ADMIN.email, ADMIN.password)).access_token;
}, 120_000);
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await service?.stop();
});

/** A user with a password, signed in at the first process, and with a key made there. */
async function someone(name: string) {
  const [first] = nodes;
  if (first === undefined) throw new Error('no process');
  const email = `${name}@example.com`;
  const user = await makeUser(service.address, email, `the password of ${name}`, 'sales_representative');
  const { access_token: token } = await signIn(first.address, email, `the password of ${name}`);
  const made = await callApi(first.address, token, 'POST', '/auth/keys', { name: 'script' });
  const key = (await made.json()) as { id: string; key: string };
  return { user, token, key };
}

const statuses = (bearer: string): Promise<number[]> =>
  Promise.all(nodes.map(async ({ address }) => (await callApi(address, bearer, 'GET', '/api/v1/companies')).status));

/** Both processes answer so within a second. */
async function answer(bearer: string, status: number): Promise<void> {
  await expect.poll(() => statuses(bearer), { timeout: 1000, interval: 50 }).toEqual([status, status]);
}

const change = async (method: string, path: string, body?: unknown): Promise<void> => {
  const response = await callApi(nodes[0]?.address ?? '', admin, method, path, body);
  expect(response.status).toBe(204);
};

describe('in every process within a second', () => {
  it('a user who is disabled is out, and back when he is enabled', async () => {
    const { user, token, key } = await someone('ann');
    for (const bearer of [token, key.key]) expect(await statuses(bearer)).toEqual([200, 200]);
    await change('PATCH', `/api/v1/users(${user})`, { active: false });
    for (const bearer of [token, key.key]) await answer(bearer, 401);
    await change('PATCH', `/api/v1/users(${user})`, { active: true });
    for (const bearer of [token, key.key]) await answer(bearer, 200);
  });

  it('a user who is deleted is out', async () => {
    const { user, token, key } = await someone('bob');
    for (const bearer of [token, key.key]) expect(await statuses(bearer)).toEqual([200, 200]);
    await change('DELETE', `/api/v1/users(${user})`);
    for (const bearer of [token, key.key]) await answer(bearer, 401);
  });

  it('a key that is revoked is out, and the session of its user is not', async () => {
    const { user, token, key } = await someone('cat');
    expect(await statuses(key.key)).toEqual([200, 200]);
    await change('DELETE', `/auth/users/${user}/keys/${key.id}`);
    await answer(key.key, 401);
    expect(await statuses(token)).toEqual([200, 200]);
  });

  it('a user whose sessions are ended is out, and his key is not', async () => {
    const { user, token, key } = await someone('dan');
    expect(await statuses(token)).toEqual([200, 200]);
    await change('DELETE', `/auth/users/${user}/sessions`);
    await answer(token, 401);
    expect(await statuses(key.key)).toEqual([200, 200]);
  });
});
