// What signing in, keys, sessions and passwords leave in the record of security events, and that nobody can flood it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from '../testing/test-service.ts';

const PASSWORD = 'a password that is long enough';
let node: TestService;
let admin: string;
let adminId: string;
let user: string;
let from: string;

beforeAll(async () => {
  node = await startTestService();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  user = await makeUser(node.address, 'ann@example.com', PASSWORD, 'sales_representative');
  adminId = String(
    (await node.database.database.run(`select id from data."user" where email = '${ADMIN.email}'`))[0]?.id,
  );
}, 60_000);
afterAll(() => node?.stop());
beforeEach(async () => {
  await node.service.platform.events.flush();
  await node.database.database.run('delete from kartoteka.login_attempt');
  const [row] = await node.database.database.run('select max(id)::text as id from kartoteka.security_log');
  from = String(row?.id);
});

interface Logged {
  readonly kind: string;
  readonly actor: string | null;
  readonly target: string | null;
  readonly client: string | null;
  readonly address: string | null;
  readonly agent: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what is said of each kind
  readonly details: any;
}

/** What was recorded since the test began. */
async function logged(): Promise<readonly Logged[]> {
  await node.service.platform.events.settled();
  const rows = await node.database.database.run(
    `select kind, actor_id as actor, target_id as target, client, address, user_agent as agent, details
     from kartoteka.security_log where id > $1::bigint order by id`,
    [from],
  );
  return rows.map((row) => ({ ...row, details: JSON.parse(String(row.details)) })) as unknown as Logged[];
}
const kinds = async () => (await logged()).map(({ kind }) => kind);
const token = (form: Record<string, string>, agent = 'test/1') =>
  fetch(`${node.address}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'user-agent': agent },
  });
const password = (username: string, given: string) => token({ grant_type: 'password', username, password: given });
const call = async (bearer: string, method: string, path: string, body?: unknown) => {
  const response = await callApi(node.address, bearer, method, path, body);
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
};
const bearer = async () => (await signIn(node.address, 'ann@example.com', PASSWORD)).access_token;

describe('a sign-in with a password', () => {
  it('that succeeds says who, from where and with what', async () => {
    const form = { grant_type: 'password', username: 'ann@example.com', password: PASSWORD, client_id: 'crm-app' };
    expect((await token(form)).status).toBe(200);
    expect(await logged()).toEqual([
      {
        kind: 'sign_in',
        actor: user,
        target: user,
        client: 'crm-app',
        address: '127.0.0.1',
        agent: 'test/1',
        details: { grant: 'password', session_id: expect.any(String) },
      },
    ]);
  });

  it('that fails names the user it is of and why; a name that nobody has is a fingerprint', async () => {
    await password('ann@example.com', 'wrong password');
    await password('nobody@example.com', 'wrong password');
    const found = await logged();
    expect(found.map(({ kind, actor, target, details }) => [kind, actor, target, details])).toEqual([
      ['sign_in_failed', null, user, { grant: 'password', reason: 'wrong_password' }],
      [
        'sign_in_failed',
        null,
        null,
        { grant: 'password', reason: 'unknown_user', account: expect.stringMatching(/^[\w-]{16}$/) },
      ],
    ]);
    expect(JSON.stringify(found)).not.toContain('nobody@');
  });

  it('with the right password of somebody who is disabled says so to nobody else', async () => {
    const id = await makeUser(node.address, 'off@example.com', PASSWORD);
    await call(admin, 'PATCH', `/api/v1/users(${id})`, { active: false });
    const answer = await (await password('off@example.com', PASSWORD)).json();
    expect(answer).toEqual({ error: 'invalid_grant', error_description: 'The user name or the password is not right' });
    expect((await logged()).at(-1)).toMatchObject({
      kind: 'sign_in_failed',
      target: id,
      details: { reason: 'user_disabled' },
    });
  });

  it('that fails again and again is one row and a number, and so is that it was throttled', async () => {
    for (let n = 0; n < 12; n += 1) await password('ann@example.com', 'wrong password');
    await node.service.platform.events.flush();
    const found = await logged();
    expect(found.map(({ kind, details }) => [kind, details.repeated])).toEqual([
      ['sign_in_failed', undefined],
      ['sign_in_throttled', undefined],
      ['sign_in_failed', 5],
      ['sign_in_throttled', 5],
    ]);
  });

  it('with ever other names from one address is counted together', async () => {
    for (let n = 0; n < 5; n += 1) await password(`guess${n}@example.com`, 'wrong password');
    expect(await kinds()).toEqual(['sign_in_failed']);
  });
});

describe('sessions', () => {
  it('show address and program; signing out and ending others are different events', async () => {
    const one = await signIn(node.address, 'ann@example.com', PASSWORD);
    const two = (await (await password('ann@example.com', PASSWORD)).json()) as { access_token: string };
    const { value } = (await call(two.access_token, 'GET', '/auth/sessions')).json;
    const current = value.find((session: { current: boolean }) => session.current);
    expect(current).toMatchObject({ address: '127.0.0.1', user_agent: 'test/1' });
    expect((await call(two.access_token, 'DELETE', '/auth/sessions')).status).toBe(204);
    await postForm(`${node.address}/auth/revoke`, { token: two.access_token });
    await postForm(`${node.address}/auth/revoke`, { token: one.refresh_token });
    const found = (await logged()).filter(({ kind }) => kind !== 'sign_in');
    const others = found.filter(({ kind }) => kind === 'session_revoked');
    expect(others.length).toBeGreaterThan(0);
    expect(
      others.every(
        ({ actor, target, details }) => actor === user && target === user && details.session_id !== current.id,
      ),
    ).toBe(true);
    expect(found.filter(({ kind }) => kind === 'sign_out')).toMatchObject([
      { actor: user, target: user, details: { session_id: current.id } },
    ]);
  });

  it('are gone on with from elsewhere: the list shows the last place', async () => {
    const { refresh_token } = await signIn(node.address, 'ann@example.com', PASSWORD);
    const next = await token({ grant_type: 'refresh_token', refresh_token }, 'phone/2');
    const { access_token } = (await next.json()) as { access_token: string };
    const { value } = (await call(access_token, 'GET', '/auth/sessions')).json;
    expect(value.find((session: { current: boolean }) => session.current)).toMatchObject({ user_agent: 'phone/2' });
    expect(await kinds()).toEqual(['sign_in']);
  });

  it('a refresh token that comes back ends the session, once', async () => {
    const { refresh_token: first } = await signIn(node.address, 'ann@example.com', PASSWORD);
    const refresh = (given: string) => token({ grant_type: 'refresh_token', refresh_token: given });
    const { refresh_token: second } = (await (await refresh(first)).json()) as { refresh_token: string };
    await refresh(second);
    for (const _ of [1, 2]) expect((await refresh(first)).status).toBe(400);
    const found = await logged();
    expect(found.map(({ kind }) => kind)).toEqual(['sign_in', 'refresh_token_reused']);
    expect(found[1]).toMatchObject({
      actor: null,
      target: user,
      details: { session_id: found[0]?.details.session_id },
    });
  });

  it('ended by an administrator name him', async () => {
    await bearer();
    expect((await call(admin, 'DELETE', `/auth/users/${user}/sessions`)).status).toBe(204);
    const ended = (await logged()).filter(({ kind }) => kind === 'session_revoked');
    expect(ended.length).toBeGreaterThan(0);
    expect(new Set(ended.map(({ actor, target }) => `${actor} ${target}`))).toEqual(new Set([`${adminId} ${user}`]));
  });
});

describe('passwords', () => {
  it('changed by the user and set by another are told apart; a wrong current one counts', async () => {
    const id = await makeUser(node.address, 'pam@example.com', PASSWORD);
    const { access_token: own } = await signIn(node.address, 'pam@example.com', PASSWORD);
    const change = (current_password: string) =>
      call(own, 'POST', '/auth/password', { current_password, password: `${PASSWORD} 2` });
    expect((await change('not this one')).status).toBe(400);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await call(admin, 'PUT', `/auth/users/${id}/password`, { password: PASSWORD })).status).toBe(204);
    const found = (await logged()).filter(({ target, kind }) => target === id && /password|failed|revoked/.test(kind));
    expect(found.map(({ kind, actor, details }) => [kind, actor, details?.reason])).toEqual([
      ['password_reset', adminId, undefined],
      ['sign_in_failed', null, 'wrong_password'],
      ['password_changed', id, undefined],
      ['password_reset', adminId, undefined],
      ['session_revoked', adminId, 'new_password'],
    ]);
  });

  it('set without the capability is refused and recorded', async () => {
    expect((await call(await bearer(), 'PUT', `/auth/users/${adminId}/password`, { password: PASSWORD })).status).toBe(
      403,
    );
    expect((await logged()).at(-1)).toMatchObject({
      kind: 'capability_refused',
      actor: user,
      details: { capability: 'manage_credentials' },
    });
  });
});

describe('keys', () => {
  it('made, used for the first time, revoked, and shown again', async () => {
    const own = await bearer();
    const made = (await call(own, 'POST', '/auth/keys', { name: 'script', expires_on: '2099-01-01T00:00:00Z' })).json;
    for (const _ of [1, 2, 3]) expect((await call(made.key, 'GET', '/api/v1/companies?$top=1')).status).toBe(200);
    await expect.poll(kinds).toContain('api_key_first_used');
    for (const _ of [1, 2]) expect((await call(own, 'DELETE', `/auth/keys/${made.id}`)).status).toBe(204);
    await expect.poll(async () => (await call(made.key, 'GET', '/api/v1/companies')).status).toBe(401);
    const found = (await logged()).slice(1);
    expect(found.map(({ kind, actor, target, details }) => [kind, actor, target, details])).toEqual([
      ['api_key_created', user, user, { key_id: made.id, name: 'script', expires_on: '2099-01-01T00:00:00.000Z' }],
      ['api_key_first_used', user, user, { key_id: made.id }],
      ['api_key_revoked', user, user, { key_id: made.id }],
      ['api_key_refused', null, user, { key_id: made.id, reason: 'revoked' }],
    ]);
    expect(found[1]).toMatchObject({ client: `api_key:${made.id}`, address: '127.0.0.1' });
  });

  it('that have expired, or are of somebody disabled, say why they are refused', async () => {
    const id = await makeUser(node.address, 'kim@example.com', PASSWORD);
    const { access_token: own } = await signIn(node.address, 'kim@example.com', PASSWORD);
    const make = async () => (await call(own, 'POST', '/auth/keys', { name: 'x' })).json as { id: string; key: string };
    const [expired, disabled] = [await make(), await make()];
    await node.database.database.run(
      `update kartoteka.api_key set expires_on = now() - interval '1 s' where id = '${expired.id}'`,
    );
    expect((await call(expired.key, 'GET', '/api/v1/companies')).status).toBe(401);
    await call(admin, 'PATCH', `/api/v1/users(${id})`, { active: false });
    await expect.poll(async () => (await call(disabled.key, 'GET', '/api/v1/companies')).status).toBe(401);
    const basic = { grant_type: 'client_credentials', client_id: disabled.id, client_secret: disabled.key };
    expect((await token(basic)).status).toBe(401);
    await node.service.platform.events.flush();
    const refused = (await logged()).filter(({ kind }) => kind === 'api_key_refused');
    expect(refused.map(({ target, details }) => [target, details.key_id, details.reason])).toEqual([
      [id, expired.id, 'expired'],
      [id, disabled.id, 'user_disabled'],
      [id, disabled.id, 'user_disabled'],
    ]);
  });

  it('that nobody has, or with the name of another, are failed sign-ins', async () => {
    const made = (await call(await bearer(), 'POST', '/auth/keys', { name: 'y' })).json;
    const unknown = `ktk_${'A'.repeat(43)}`;
    expect((await call(unknown, 'GET', '/api/v1/companies')).status).toBe(401);
    const form = { grant_type: 'client_credentials', client_id: ADMIN.email, client_secret: made.key };
    expect((await token(form)).status).toBe(401);
    const found = (await logged()).filter(({ kind }) => kind === 'sign_in_failed');
    expect(found.map(({ target, details }) => [target, details])).toEqual([
      [null, { grant: 'api_key', reason: 'unknown_key' }],
      [user, { grant: 'client_credentials', reason: 'wrong_name' }],
    ]);
  });

  it('exchanged for tokens again and again are one event, and a number', async () => {
    const made = (await call(await bearer(), 'POST', '/auth/keys', { name: 'z' })).json;
    const form = { grant_type: 'client_credentials', client_id: made.id, client_secret: made.key };
    for (let n = 0; n < 6; n += 1) expect((await token(form)).status).toBe(200);
    await node.service.platform.events.flush();
    const found = (await logged()).filter(({ details }) => details?.grant === 'client_credentials');
    const details = { grant: 'client_credentials', key_id: made.id };
    expect(found.map((each) => [each.kind, each.actor, each.details])).toEqual([
      ['sign_in', user, details],
      ['sign_in', user, { ...details, repeated: 5 }],
    ]);
  });
});
