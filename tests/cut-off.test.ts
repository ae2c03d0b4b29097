// Who is out is out everywhere: two processes on one database, with the same access token, session or key, also while an export
// is under way.
import { get as httpGet, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
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
  const { access_token: token, refresh_token: refresh } = await signIn(first.address, email, `the password of ${name}`);
  const made = await callApi(first.address, token, 'POST', '/auth/keys', { name: 'script' });
  const key = (await made.json()) as { id: string; key: string };
  const { access_token: keyToken } = (await (await exchange(first.address, key)).json()) as { access_token: string };
  return { user, token, refresh, key, keyToken };
}

/** Asks for a token of a key. */
const exchange = (address: string, { id, key }: { id: string; key: string }): Promise<Response> =>
  postForm(`${address}/auth/token`, { grant_type: 'client_credentials', client_id: id, client_secret: key });

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
    const { user, token, key, keyToken } = await someone('ann');
    const proofs = [token, key.key, keyToken];
    for (const bearer of proofs) expect(await statuses(bearer)).toEqual([200, 200]);
    await change('PATCH', `/api/v1/users(${user})`, { active: false });
    await Promise.all(proofs.map((bearer) => answer(bearer, 401)));
    await change('PATCH', `/api/v1/users(${user})`, { active: true });
    await Promise.all(proofs.map((bearer) => answer(bearer, 200)));
  });

  it('a user who is disabled gets no new token, by refresh token, key or password', async () => {
    const { user, refresh, key } = await someone('eve');
    await change('PATCH', `/api/v1/users(${user})`, { active: false });
    for (const { address } of nodes) {
      const basic = `Basic ${Buffer.from(`${key.id}:${key.key}`).toString('base64')}`;
      const byBasic = () => fetch(`${address}/api/v1/companies`, { headers: { authorization: basic } });
      await expect.poll(async () => (await byBasic()).status, { timeout: 1000, interval: 50 }).toBe(401);
      expect((await exchange(address, key)).status).toBe(401);
      const password = { username: 'eve@example.com', password: 'the password of eve' };
      expect((await postForm(`${address}/auth/token`, { grant_type: 'password', ...password })).status).toBe(400);
    }
    const again = { grant_type: 'refresh_token', refresh_token: refresh };
    expect((await postForm(`${nodes[1]?.address}/auth/token`, again)).status).toBe(400);
    // Its session ended with the attempt, so that it does not come back with the user.
    await change('PATCH', `/api/v1/users(${user})`, { active: true });
    expect((await postForm(`${nodes[0]?.address}/auth/token`, again)).status).toBe(400);
  });

  it('a user who is deleted is out', async () => {
    const { user, token, key } = await someone('bob');
    for (const bearer of [token, key.key]) expect(await statuses(bearer)).toEqual([200, 200]);
    await change('DELETE', `/api/v1/users(${user})`);
    for (const bearer of [token, key.key]) await answer(bearer, 401);
  });

  it('a key that is revoked is out, and the session of its user is not', async () => {
    const { user, token, key, keyToken } = await someone('cat');
    for (const bearer of [key.key, keyToken]) expect(await statuses(bearer)).toEqual([200, 200]);
    await change('DELETE', `/auth/users/${user}/keys/${key.id}`);
    await Promise.all([key.key, keyToken].map((bearer) => answer(bearer, 401)));
    expect(await statuses(token)).toEqual([200, 200]);
  });

  it('a user whose sessions are ended is out, and his key is not', async () => {
    const { user, token, key, keyToken } = await someone('dan');
    expect(await statuses(token)).toEqual([200, 200]);
    await change('DELETE', `/auth/users/${user}/sessions`);
    await answer(token, 401);
    for (const bearer of [key.key, keyToken]) expect(await statuses(bearer)).toEqual([200, 200]);
  });
});

describe('an export under way', () => {
  const ROWS = 30_000;

  beforeAll(async () => {
    const made = await callApi(service.address, admin, 'POST', '/api/v1/companies', { name: 'Row' });
    const { id } = (await made.json()) as { id: string };
    await service.database.database.run(
      `insert into data.company select r.* from data.company c, generate_series(2, ${ROWS}) n,
       lateral jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'name', 'Row ' || n, 'description', repeat('x', 1000))) r
       where c.id = '${id}'`,
    );
  });

  /** An export of more than the sockets between can hold, not read yet. */
  const begin = (bearer: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer}`, accept: 'text/csv' };
      httpGet(`${nodes[1]?.address}/api/v1/companies?$select=id,description`, { headers }, resolve).on('error', reject);
    });
  const records = async (answer: IncomingMessage): Promise<number> => {
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    return text.split('\r\n').length - 2;
  };
  const ended = async (user: string) => {
    const [row] = await service.database.database.run(
      `select details->>'complete' as complete, details->>'reason' as reason, (details->>'records')::int < ${ROWS} as short
       from kartoteka.security_log where kind = 'export_ended' and actor_id = $1::uuid order by id desc limit 1`,
      [user],
    );
    return row;
  };
  const exporter = async (name: string) => {
    const made = await someone(name);
    await callApi(service.address, admin, 'POST', '/api/v1/role_assignments', {
      role: 'system_administrator',
      user_id: made.user,
    });
    await expect
      .poll(async () => (await callApi(nodes[1]?.address ?? '', made.token, 'GET', '/api/v1/users')).status)
      .toBe(200);
    return made;
  };

  it.each([
    ['disabled', 'fay', 'token', (user: string) => change('PATCH', `/api/v1/users(${user})`, { active: false })],
    ['signed out', 'gus', 'token', (user: string) => change('DELETE', `/auth/users/${user}/sessions`)],
    [
      'left without his key',
      'hal',
      'key',
      async (user: string, key: string) => change('DELETE', `/auth/users/${user}/keys/${key}`),
    ],
  ] as const)('breaks off within a second when its user is %s', async (_what, name, proof, cut) => {
    const { user, token, key } = await exporter(name);
    const answering = await begin(proof === 'key' ? key.key : token);
    answering.pause();
    await cut(user, key.id);
    await answer(proof === 'key' ? key.key : token, 401);
    await expect(records(answering)).rejects.toThrow(/aborted|ECONNRESET/);
    await expect.poll(() => ended(user)).toEqual({ complete: 'false', reason: 'cut_off', short: true });
  });

  it('goes on to its end for everybody else', async () => {
    const { user, token } = await exporter('ivy');
    const answering = await begin(token);
    answering.pause();
    const other = await someone('joe');
    await change('PATCH', `/api/v1/users(${other.user})`, { active: false });
    await answer(other.token, 401);
    expect(await records(answering)).toBe(ROWS);
    await expect.poll(() => ended(user)).toMatchObject({ complete: 'true', reason: null });
  });
});
