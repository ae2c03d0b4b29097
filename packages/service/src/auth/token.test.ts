// Signing in, going on with refresh tokens, signing out: over HTTP, on a real database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
  type TokenAnswer,
} from '../testing/test-service.ts';

let node: TestService;

beforeAll(async () => {
  node = await startTestService();
});
afterAll(() => node.stop());

const token = (fields: Record<string, string>): Promise<Response> => postForm(`${node.address}/auth/token`, fields);

async function refresh(refreshToken: string): Promise<TokenAnswer | string> {
  const response = await token({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const body = (await response.json()) as TokenAnswer & { error: string };
  return response.status === 200 ? body : body.error;
}

async function refreshed(refreshToken: string): Promise<TokenAnswer> {
  const answer = await refresh(refreshToken);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

async function statusOf(accessToken: string, address = node.address): Promise<number> {
  return (await callApi(address, accessToken, 'GET', '/api/v1/companies?$top=1')).status;
}

/** Waits until the status is there, one second at most. */
async function within1s(status: number, ask: () => Promise<number>): Promise<void> {
  await expect.poll(ask, { timeout: 1000, interval: 50 }).toBe(status);
}

/** Moves the clock of the session's family by moving its times back. */
async function letPass(interval: string): Promise<void> {
  await node.database.database.run(`update kartoteka.refresh_token set created_on = created_on - interval '${interval}',
    expires_on = expires_on - interval '${interval}',
    used_on = case when used_on > '1971-01-01' then used_on - interval '${interval}' else used_on end`);
  await node.database.database.run(`update kartoteka.session set created_on = created_on - interval '${interval}',
    expires_on = expires_on - interval '${interval}', last_used_on = last_used_on - interval '${interval}'`);
}

describe('the password grant', () => {
  it('gives a bearer token for ten minutes and a refresh token, not to be stored', async () => {
    const response = await token({ grant_type: 'password', username: ADMIN.email, password: ADMIN.password });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answer = (await response.json()) as TokenAnswer;
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    expect(Buffer.from(answer.refresh_token, 'base64url')).toHaveLength(32);
    expect(await statusOf(answer.access_token)).toBe(200);
  });

  it('takes the e-mail address in any case', async () => {
    expect((await signIn(node.address, 'ADMIN@Example.com', ADMIN.password)).token_type).toBe('Bearer');
  });

  it('answers a wrong password and an unknown user in the same words', async () => {
    const answers = [];
    for (const username of [ADMIN.email, 'nobody@example.com', 'x', 'a\u0000b']) {
      const response = await token({ grant_type: 'password', username, password: 'wrong password' });
      answers.push([response.status, await response.text()]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual([
      400,
      '{"error":"invalid_grant","error_description":"The user name or the password is not right"}',
    ]);
    await signIn(node.address, ADMIN.email, ADMIN.password);
  });

  it('stores neither password nor refresh token in clear', async () => {
    const { refresh_token } = await signIn(node.address, ADMIN.email, ADMIN.password);
    const [row] = await node.database.database.run(`select
      (select string_agg(c::text, '') from kartoteka.credential c) ||
      (select string_agg(t::text, '') from kartoteka.refresh_token t) as everything`);
    expect(row?.everything).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(row?.everything).not.toContain(ADMIN.password);
    expect(row?.everything).not.toContain(refresh_token);
  });
});

describe('a request that is not as RFC 6749 says', () => {
  const good = { grant_type: 'password', username: 'a@example.com', password: 'some password' };

  it.each([
    ['without a grant type', {}, 'invalid_request', 400],
    ['of an unknown grant type', { ...good, grant_type: 'implicit' }, 'unsupported_grant_type', 400],
    ['of the grant type constructor', { ...good, grant_type: 'constructor' }, 'unsupported_grant_type', 400],
    ['without a password', { grant_type: 'password', username: 'x' }, 'invalid_request', 400],
    ['with a client secret', { ...good, client_secret: 'x' }, 'invalid_client', 401],
    ['with a scope', { ...good, scope: 'all' }, 'invalid_scope', 400],
    ['with a client id that is none', { ...good, client_id: 'a b' }, 'invalid_request', 400],
  ])('%s is refused', async (_, fields, error, status) => {
    const response = await token(fields as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });

  it('as JSON, or with a parameter twice, is refused', async () => {
    const json = await fetch(`${node.address}/auth/token`, {
      method: 'POST',
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/json' },
    });
    expect([json.status, await json.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    const twice = await fetch(`${node.address}/auth/token`, {
      method: 'POST',
      body: 'grant_type=password&grant_type=password',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([twice.status, await twice.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it('of more than 16 KiB is refused', async () => {
    const response = await token({ ...good, password: 'x'.repeat(20_000) });
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });
});

describe('a refresh token', () => {
  it('is good for one use, which gives the next', async () => {
    const first = await signIn(node.address, ADMIN.email, ADMIN.password);
    const second = await refreshed(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const third = await refreshed(second.refresh_token);
    expect(await statusOf(third.access_token)).toBe(200);
  });

  it('that is used again ends the whole family, access tokens included', async () => {
    const first = await signIn(node.address, ADMIN.email, ADMIN.password);
    const second = await refreshed(first.refresh_token);
    const third = await refreshed(second.refresh_token);
    expect(await refresh(first.refresh_token)).toBe('invalid_grant');
    expect(await refresh(third.refresh_token)).toBe('invalid_grant');
    await within1s(401, () => statusOf(third.access_token));
    await within1s(401, () => statusOf(first.access_token));
  });

  it('whose answer was lost is taken once more within ten seconds, and what was lost is void', async () => {
    const first = await signIn(node.address, ADMIN.email, ADMIN.password);
    const lost = await refreshed(first.refresh_token);
    const second = await refreshed(first.refresh_token);
    const third = await refreshed(second.refresh_token);
    expect(await refresh(lost.refresh_token)).toBe('invalid_grant');
    expect(await refresh(third.refresh_token)).toBe('invalid_grant');
  });

  it('is not taken again after ten seconds', async () => {
    const first = await signIn(node.address, ADMIN.email, ADMIN.password);
    const second = await refreshed(first.refresh_token);
    await letPass('11 seconds');
    expect(await refresh(first.refresh_token)).toBe('invalid_grant');
    expect(await refresh(second.refresh_token)).toBe('invalid_grant');
  });

  it('used by twenty requests at once leaves at most one live token', async () => {
    const first = await signIn(node.address, ADMIN.email, ADMIN.password);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh_token)));
    expect(answers.every((answer) => typeof answer !== 'string' || answer === 'invalid_grant')).toBe(true);
    const [row] = await node.database.database.run(`select max(live)::text as live from (
      select count(*) filter (where used_on is null) as live from kartoteka.refresh_token group by session_id) s`);
    expect(row?.live).toBe('1');
  });

  it('expires after two weeks without use, and the session after ninety days', async () => {
    const idle = await signIn(node.address, ADMIN.email, ADMIN.password);
    await letPass('14 days 1 second');
    expect(await refresh(idle.refresh_token)).toBe('invalid_grant');
    let answer = await signIn(node.address, ADMIN.email, ADMIN.password);
    for (let day = 0; day < 84; day += 12) {
      await letPass('12 days');
      answer = await refreshed(answer.refresh_token);
    }
    await letPass('7 days');
    expect(await refresh(answer.refresh_token)).toBe('invalid_grant');
  });

  it.each([['x'], ["' or 1=1"], [Buffer.alloc(32).toString('base64url')]])(
    '%s that was never given is refused',
    async (text) => {
      expect(await refresh(text)).toBe('invalid_grant');
    },
  );
});

describe('signing out', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'by %s ends the session on every node within a second',
    async (by) => {
      const other = await node.another();
      try {
        const tokens = await signIn(node.address, ADMIN.email, ADMIN.password);
        expect(await statusOf(tokens.access_token, other.address)).toBe(200);
        const response = await postForm(`${node.address}/auth/revoke`, { token: tokens[by], token_type_hint: 'x' });
        expect(response.status).toBe(200);
        await within1s(401, () => statusOf(tokens.access_token, other.address));
        await within1s(401, () => statusOf(tokens.access_token));
        expect(await refresh(tokens.refresh_token)).toBe('invalid_grant');
      } finally {
        await other.stop();
      }
    },
  );

  it('is seen by a node that starts afterwards, and by one that got no notification', async () => {
    const other = await node.another();
    const tokens = await signIn(node.address, ADMIN.email, ADMIN.password);
    expect(await statusOf(tokens.access_token, other.address)).toBe(200);
    await node.database.database.run('update kartoteka.session set revoked_on = now() where revoked_on is null');
    await expect.poll(() => statusOf(tokens.access_token, other.address), { timeout: 1500 }).toBe(401);
    await other.stop();
    const later = await node.another();
    expect(await statusOf(tokens.access_token, later.address)).toBe(401);
    await later.stop();
  });

  it('with an unknown token is answered like with a known one', async () => {
    expect((await postForm(`${node.address}/auth/revoke`, { token: 'nothing' })).status).toBe(200);
    expect((await postForm(`${node.address}/auth/revoke`, { token: 'a.b.c' })).status).toBe(200);
    expect((await postForm(`${node.address}/auth/revoke`, {})).status).toBe(400);
  });
});

describe('a user who is disabled', () => {
  it('is out within a second: access, refresh and sign-in', async () => {
    const id = await makeUser(node.address, 'ann@example.com', 'a long password', 'sales_manager');
    const tokens = await signIn(node.address, 'ann@example.com', 'a long password');
    expect(await statusOf(tokens.access_token)).toBe(200);
    const admin = await signIn(node.address, ADMIN.email, ADMIN.password);
    const patch = await callApi(node.address, admin.access_token, 'PATCH', `/api/v1/users(${id})`, { active: false });
    expect(patch.status).toBe(204);
    await within1s(401, () => statusOf(tokens.access_token));
    expect(await refresh(tokens.refresh_token)).toBe('invalid_grant');
    await expect(signIn(node.address, 'ann@example.com', 'a long password')).rejects.toThrow('invalid_grant');
  });
});

describe('somebody who is disabled', () => {
  it('is known to be at the node that disabled him before that is answered', async () => {
    const { platform, administrator } = node.service;
    const id = await makeUser(node.address, 'cut-off@example.com', 'a long enough password', 'sales_representative');
    const admin = await platform.principals.get(administrator.id);
    if (admin === null) throw new Error('no administrator');
    for (let round = 0; round < 20; round += 1) {
      await platform.principals.get(id);
      const body = JSON.stringify({ active: round % 2 === 1 });
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'PATCH', path: `/users(${id})`, query: '', headers, body, baseUrl: '', client: null };
      expect((await platform.handle(request, admin)).status).toBe(204);
      expect(platform.principals.peek(id)).toBeUndefined();
    }
  });
});
