// Setting passwords: one's own and, with the capability, those of others.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, makeUser, signIn, startTestService, type TestService } from '../testing/test-service.ts';

let node: TestService;
let admin: string;
let user: string;
const EMAIL = 'carol@example.com';
const PASSWORD = 'the password of carol';

beforeAll(async () => {
  node = await startTestService();
  admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  user = await makeUser(node.address, EMAIL, PASSWORD, 'sales_manager');
});
afterAll(() => node.stop());

async function send(
  token: string,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; error: unknown }> {
  const response = await callApi(node.address, token, method, path, body);
  const text = await response.text();
  return { status: response.status, error: text === '' ? null : (JSON.parse(text) as { error: unknown }).error };
}

const setOther = (token: string, id: string, body: unknown) => send(token, 'PUT', `/auth/users/${id}/password`, body);

describe('a password', () => {
  it.each([
    ['too short', 'ninechars', 'must have at least 10 characters'],
    ['too long', 'x1'.repeat(129), 'must have at most 256 characters'],
    ['of one character', 'aaaaaaaaaaaaaa', 'must not repeat one or two characters'],
    ['with a control character', 'a password\u0007 with a bell', 'must not contain control characters'],
    ['that is a number', 12_345_678_901, 'must be text'],
  ])('%s is refused with the reason', async (_, password, reason) => {
    expect(await setOther(admin, user, { password })).toMatchObject({
      status: 400,
      error: {
        code: 'validation_failed',
        details: [{ code: 'invalid_value', target: 'password', message: `password: ${reason}` }],
      },
    });
  });

  it.each([
    ['{', 'malformed_json'],
    ['[]', 'body_not_object'],
    ['{}', 'validation_failed'],
    ['{"password":"long enough to be one","role":"x"}', 'validation_failed'],
  ])('in the body %s is refused', async (body, code) => {
    const response = await fetch(`${node.address}/auth/users/${user}/password`, {
      method: 'PUT',
      body,
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
  });

  it('of letters beyond ASCII is the same in composed and decomposed form', async () => {
    expect((await setOther(admin, user, { password: 'Zoë și Ångström' })).status).toBe(204);
    expect((await signIn(node.address, EMAIL, 'Zoë și Ångström'.normalize('NFD'))).token_type).toBe('Bearer');
    await setOther(admin, user, { password: PASSWORD });
  });
});

describe('setting the password of another user', () => {
  it('needs the capability manage_credentials', async () => {
    const { access_token: token } = await signIn(node.address, EMAIL, PASSWORD);
    expect(await setOther(token, user, { password: 'some new password' })).toMatchObject({
      status: 403,
      error: { code: 'missing_capability' },
    });
  });

  it('ends the sessions of that user', async () => {
    const { access_token: token } = await signIn(node.address, EMAIL, PASSWORD);
    expect((await setOther(admin, user, { password: PASSWORD })).status).toBe(204);
    const ask = async () => (await callApi(node.address, token, 'GET', '/api/v1/companies')).status;
    await expect.poll(ask, { timeout: 1000 }).toBe(401);
  });

  it('answers 404 for a user who is not there and 400 for what is no id', async () => {
    const body = { password: 'some new password' };
    expect(await setOther(admin, crypto.randomUUID(), body)).toMatchObject({
      status: 404,
      error: { code: 'not_found' },
    });
    expect(await setOther(admin, 'x', body)).toMatchObject({ status: 400, error: { code: 'invalid_key' } });
  });
});

describe('changing the own password', () => {
  it('needs the current one, keeps this session and ends the others', async () => {
    const [mine, other] = [await signIn(node.address, EMAIL, PASSWORD), await signIn(node.address, EMAIL, PASSWORD)];
    const change = (body: unknown) => send(mine.access_token, 'POST', '/auth/password', body);
    expect(await change({ password: 'my next password' })).toMatchObject({ status: 400 });
    expect(await change({ current_password: 'wrong', password: 'my next password' })).toMatchObject({
      status: 400,
      error: { details: [{ target: 'current_password' }] },
    });
    expect((await change({ current_password: PASSWORD, password: 'my next password' })).status).toBe(204);
    const ask = async () => (await callApi(node.address, other.access_token, 'GET', '/api/v1/companies')).status;
    await expect.poll(ask, { timeout: 1000 }).toBe(401);
    expect((await callApi(node.address, mine.access_token, 'GET', '/api/v1/companies')).status).toBe(200);
    await expect(signIn(node.address, EMAIL, PASSWORD)).rejects.toThrow('invalid_grant');
    await signIn(node.address, EMAIL, 'my next password');
  });

  it('is throttled like signing in', async () => {
    const { access_token: token } = await signIn(node.address, EMAIL, 'my next password');
    const statuses = [];
    for (let n = 0; n < 8; n += 1) {
      const body = { current_password: `wrong ${n}`, password: 'another password' };
      statuses.push((await send(token, 'POST', '/auth/password', body)).status);
    }
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  it('needs a token', async () => {
    expect((await send('nothing', 'POST', '/auth/password', {})).status).toBe(401);
  });
});
