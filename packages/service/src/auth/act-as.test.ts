// The header Act-As over HTTP: who may send it where, on every node, and what is logged of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  exchange,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from '../testing/test-service.ts';

const SELLER = { email: 'sam@example.com', password: 'the password of sam' };
const MISSING = '00000000-0000-7000-8000-00000000dead';

let node: TestService;
let second: TestService;
let admin: string;
let adminKey: string;
let seller: string;
let sellerToken: string;

beforeAll(async () => {
  node = await startTestService();
  second = await node.another();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  seller = await makeUser(node.address, SELLER.email, SELLER.password, 'sales_representative');
  sellerToken = (await signIn(node.address, SELLER.email, SELLER.password)).access_token;
  const made = await callApi(node.address, admin, 'POST', '/auth/keys', { name: 'script' });
  adminKey = ((await made.json()) as { key: string }).key;
  await callApi(node.address, admin, 'POST', '/api/v1/deals', { name: "The administrator's" });
  await callApi(node.address, sellerToken, 'POST', '/api/v1/deals', { name: "The seller's" });
});
afterAll(async () => {
  await second?.stop();
  await node?.stop();
});

interface Asked {
  readonly token?: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly address?: string;
}

/** A request of the administrator who acts as `user`, unless said otherwise. */
function as(user: string, { token = admin, method = 'GET', path = '/api/v1/deals', body, address }: Asked = {}) {
  return fetch(`${address ?? node.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'act-as': user, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function failure(response: Response): Promise<{ status: number; code: string; target?: string }> {
  const { error } = (await response.json()) as { error: { code: string; target?: string } };
  return { status: response.status, code: error.code, ...(error.target ? { target: error.target } : {}) };
}

async function names(response: Response): Promise<string[]> {
  const { value } = (await response.json()) as { value: { name: string }[] };
  return value.map(({ name }) => name);
}

describe('Act-As', () => {
  it('runs a request as the user: its records, its name on what is made, and the log says who it was', async () => {
    expect(await names(await as(seller))).toEqual(["The seller's"]);
    expect(await names(await as(seller.toUpperCase()))).toEqual(["The seller's"]);
    expect(await names(await callApi(node.address, admin, 'GET', '/api/v1/deals'))).toHaveLength(2);
    const made = await as(seller, { method: 'POST', body: { name: 'Made for the seller' } });
    expect(made.status).toBe(201);
    const record = (await made.json()) as { id: string; owner_id: string; created_by_id: string };
    expect(record).toMatchObject({ owner_id: seller, created_by_id: seller });
    expect((await callApi(node.address, admin, 'DELETE', `/api/v1/deals(${record.id})`)).status).toBe(204);
    const line = node.lines.map((text) => JSON.parse(text)).findLast(({ caller_id }) => caller_id !== undefined);
    expect(line).toMatchObject({ user_id: seller, method: 'POST', status: 201 });
  });

  it('is refused to a key, and to the token of a key, whatever their user may do', async () => {
    const grant = { grant_type: 'client_credentials', client_id: ADMIN.email, client_secret: adminKey };
    const { access_token: token } = (await (await postForm(`${node.address}/auth/token`, grant)).json()) as {
      access_token: string;
    };
    expect(token).toMatch(/^ey/);
    for (const shown of [adminKey, token]) {
      const refused = await failure(await as(seller, { token: shown }));
      expect(refused).toEqual({ status: 403, code: 'sign_in_needed', target: 'Act-As' });
    }
  });

  it.each([
    [MISSING, 400, 'target_not_found'],
    ['sam', 400, 'bad_request'],
    ['', 400, 'bad_request'],
    [`${MISSING}, ${MISSING}`, 400, 'bad_request'],
  ])('is refused for %j', async (user, status, code) => {
    expect(await failure(await as(user))).toEqual({ status, code, target: 'Act-As' });
  });

  it('is refused where two are sent', async () => {
    const { port, host } = new URL(node.address);
    const lines = ['GET /api/v1/deals HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${admin}`];
    const twice = [...lines, `Act-As: ${seller}`, `Act-As: ${seller}`, 'Connection: close', '', ''].join('\r\n');
    const answer = await exchange(Number(port), twice);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"bad_request"');
  });

  it('is refused to who lacks the capability, before anything is said of the user', async () => {
    for (const user of [MISSING, seller]) {
      const refused = await failure(await as(user, { token: sellerToken }));
      expect(refused).toEqual({ status: 403, code: 'missing_capability', target: 'Act-As' });
    }
    const nobody = await failure(await as(seller, { token: 'eyJ' }));
    expect(nobody).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('is a security event: its use once an hour and node, a refusal once in five minutes and then counted', async () => {
    const { database } = node.service.platform;
    const other = await makeUser(node.address, 'eve@example.com', 'the password of eve', 'sales_representative');
    const mine = await callApi(
      node.address,
      admin,
      'GET',
      "/api/v1/users?$filter=email eq 'admin@example.com'&$select=id",
    );
    const { value } = (await mine.json()) as { value: { id: string }[] };
    for (const address of [node.address, node.address, second.address]) await as(other, { address });
    await Promise.all([as(other), as(other)]);
    for (const [user, token] of [
      [MISSING, admin],
      [MISSING, admin],
      [other, sellerToken],
      ['no id', admin],
    ] as const)
      await as(user, { token });
    const events = await database.run(
      `select kind, actor_id::text as actor, target_id::text as target, address, details->>'reason' as reason
       from kartoteka.security_log where kind in ('acted_as', 'act_as_refused') and (target_id = $1::uuid or target_id = $2::uuid)
       order by id`,
      [other, MISSING],
    );
    const address = '127.0.0.1';
    const used = { kind: 'acted_as', actor: value[0]?.id, target: other, address, reason: null };
    const refused = { kind: 'act_as_refused', address };
    expect(events.filter(({ kind }) => kind === 'acted_as')).toEqual([used, used]);
    expect(events.filter(({ kind, actor }) => kind === 'act_as_refused' && actor === value[0]?.id)).toEqual([
      { ...refused, actor: value[0]?.id, target: MISSING, reason: 'target_not_found' },
    ]);
    const byKeys = `select count(*) as n from kartoteka.security_log where kind = 'act_as_refused' and details->>'reason' = 'sign_in_needed'`;
    expect(await database.run(byKeys)).toEqual([{ n: '1' }]);
    expect(events.filter(({ actor }) => actor === seller)).toMatchObject([
      { ...refused, reason: 'missing_capability' },
    ]);
  });

  it("is refused where sessions, keys and passwords are somebody's own", async () => {
    for (const [method, path] of [
      ['GET', '/auth/sessions'],
      ['POST', '/auth/keys'],
      ['POST', '/auth/password'],
      ['PUT', `/auth/users/${seller}/password`],
    ] as const) {
      const refused = await failure(await as(seller, { method, path, ...(method === 'GET' ? {} : { body: {} }) }));
      expect(refused).toEqual({ status: 501, code: 'not_supported', target: 'Act-As' });
    }
  });

  it('follows changes of the rights of either on every node within a second', async () => {
    const everywhere = () =>
      Promise.all([node, second].map(async ({ address }) => (await as(seller, { address })).status));
    expect(await everywhere()).toEqual([200, 200]);
    const roles = await callApi(node.address, admin, 'GET', `/api/v1/role_assignments?$filter=user_id eq ${seller}`);
    const { value } = (await roles.json()) as { value: { id: string }[] };
    await callApi(node.address, admin, 'DELETE', `/api/v1/role_assignments(${value[0]?.id})`);
    await expect.poll(everywhere, { timeout: 1_000, interval: 50 }).toEqual([403, 403]);
    const give = { role: 'sales_representative', user_id: seller };
    await callApi(node.address, admin, 'POST', '/api/v1/role_assignments', give);
    await expect.poll(everywhere, { timeout: 1_000, interval: 50 }).toEqual([200, 200]);
    await callApi(node.address, admin, 'PATCH', `/api/v1/users(${seller})`, { active: false });
    await expect.poll(everywhere, { timeout: 1_000, interval: 50 }).toEqual([403, 403]);
    expect(await failure(await as(seller))).toMatchObject({ code: 'cannot_act_as', target: 'Act-As' });
  });
});
