// The routes of the web application's sessions over HTTP: the cookie, who may ask, going on and ending.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, callApi, startTestService, type TestService } from '../testing/test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

const ask = (method: string, path = '', headers: Record<string, string> = {}, body?: unknown): Promise<Response> =>
  fetch(`${service.address}/auth/browser-session${path}`, {
    method,
    headers: {
      origin: service.address,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const signIn = (): Promise<Response> => ask('POST', '', {}, ADMIN);
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code;

test('signing in gives an access token, and the refresh token as a cookie that no script reads', async () => {
  const response = await signIn();
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = (await response.json()) as { access_token: string };
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type']);
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(
    /^kartoteka_session=[\w-]{40,}; Max-Age=1209600; Path=\/auth\/browser-session; HttpOnly; SameSite=Strict$/,
  );
  expect((await callApi(service.address, body.access_token, 'GET', '/api/v1/companies?$top=1')).status).toBe(200);
});

test('the cookie is for TLS alone where the page came over it', async () => {
  const host = service.address.replace('http://', '');
  const response = await ask('POST', '', { origin: `https://${host}` }, ADMIN);
  expect(response.headers.getSetCookie()[0]).toMatch(/; Secure(;|$)/);
});

/** As if all cookies had been used that much earlier. */
async function letPass(interval: string): Promise<void> {
  await service.database.database.run(`update kartoteka.refresh_token set created_on = created_on - interval '${interval}',
    used_on = case when used_on > '1971-01-01' then used_on - interval '${interval}' else used_on end`);
}

const tokenOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { access_token: string }).access_token;
const works = async (token: string): Promise<boolean> =>
  (await callApi(service.address, token, 'GET', '/api/v1/companies?$top=1')).status === 200;

test('a session goes on with a new cookie each time; one that is used again later ends it', async () => {
  const first = cookieOf(await signIn());
  const second = await ask('POST', '/refresh', { cookie: first });
  const token = await tokenOf(second);
  expect([second.status, await works(token), cookieOf(second) === first]).toEqual([200, true, false]);
  await letPass('11 seconds');
  const stolen = await ask('POST', '/refresh', { cookie: first });
  expect([stolen.status, await codeOf(stolen)]).toEqual([401, 'unauthenticated']);
  expect(stolen.headers.getSetCookie()[0]).toMatch(/^kartoteka_session=;/);
  expect((await ask('POST', '/refresh', { cookie: cookieOf(second) })).status).toBe(401);
  await expect.poll(() => works(token), { timeout: 1000, interval: 50 }).toBe(false);
});

test('tabs that go on at once all go on, on any node, and have the same cookie whichever answer the browser keeps', async () => {
  const other = await service.another();
  try {
    const cookie = cookieOf(await signIn());
    const nodes = [service.address, other.address];
    const headers = (address: string) => ({ cookie, origin: address });
    const tabs = await Promise.all(
      Array.from({ length: 12 }, (_, tab) => nodes[tab % 2] as string).map((address) =>
        fetch(`${address}/auth/browser-session/refresh`, { method: 'POST', headers: headers(address) }),
      ),
    );
    expect(tabs.map(({ status }) => status)).toEqual(tabs.map(() => 200));
    for (const tab of tabs) expect(await works(await tokenOf(tab))).toBe(true);
    expect(new Set(tabs.map(cookieOf)).size).toBe(1);
    await letPass('11 seconds');
    expect((await ask('POST', '/refresh', { cookie: cookieOf(tabs[0] as Response) })).status).toBe(200);
  } finally {
    await other.stop();
  }
});

test('a tab that is late by several refreshes of the others gets what they have come to', async () => {
  const first = cookieOf(await signIn());
  const second = cookieOf(await ask('POST', '/refresh', { cookie: first }));
  const third = cookieOf(await ask('POST', '/refresh', { cookie: second }));
  const late = await ask('POST', '/refresh', { cookie: first });
  expect([late.status, cookieOf(late)]).toEqual([200, third]);
  expect((await ask('POST', '/refresh', { cookie: third })).status).toBe(200);
});

test('without a cookie, or with one that is none, nothing goes on', async () => {
  expect((await ask('POST', '/refresh')).status).toBe(401);
  expect((await ask('POST', '/refresh', { cookie: `kartoteka_session=${'x'.repeat(4000)}` })).status).toBe(401);
});

test('signing out ends the session, and is answered without one, too', async () => {
  const cookie = cookieOf(await signIn());
  const out = await ask('DELETE', '', { cookie });
  expect([out.status, out.headers.getSetCookie()[0]?.startsWith('kartoteka_session=;')]).toEqual([204, true]);
  expect((await ask('POST', '/refresh', { cookie })).status).toBe(401);
  expect((await ask('DELETE')).status).toBe(204);
});

test.each([
  ['another site', { origin: 'https://evil.example' }],
  ['another port', { origin: 'http://127.0.0.1:1' }],
  ['a page that hides where it is from', { origin: 'null' }],
  ['a site that the browser calls foreign', { 'sec-fetch-site': 'same-site' }],
])('%s may not use a session', async (_, headers) => {
  const cookie = cookieOf(await signIn());
  for (const [method, path] of [
    ['POST', ''],
    ['POST', '/refresh'],
    ['DELETE', ''],
  ] as const) {
    const response = await ask(
      method,
      path,
      { cookie, ...headers },
      method === 'POST' && path === '' ? ADMIN : undefined,
    );
    expect([response.status, await codeOf(response)]).toEqual([403, 'foreign_origin']);
  }
  expect((await ask('POST', '/refresh', { cookie })).status).toBe(200);
});

test('a program that says no origin is refused', async () => {
  const response = await fetch(`${service.address}/auth/browser-session/refresh`, { method: 'POST' });
  expect([response.status, await codeOf(response)]).toEqual([403, 'foreign_origin']);
});

test('a wrong password and an unknown address are told in the same words; bad bodies say what is wrong', async () => {
  const wrong = await ask('POST', '', {}, { ...ADMIN, password: 'nope' });
  const unknown = await ask('POST', '', {}, { email: 'nobody@example.com', password: 'nope' });
  const told = await Promise.all([wrong, unknown].map(async (each) => [each.status, await codeOf(each)]));
  expect(told).toEqual([
    [401, 'unauthenticated'],
    [401, 'unauthenticated'],
  ]);
  for (const body of [{}, { email: 'a@b.c' }, { email: 1, password: 'x' }, { ...ADMIN, more: 1 }, [], 'x']) {
    expect((await ask('POST', '', {}, body)).status).toBe(400);
  }
});

test('many wrong passwords are slowed down, and told when to try again', async () => {
  const attempts = [];
  for (let n = 0; n < 7; n += 1)
    attempts.push(await ask('POST', '', {}, { email: 'slow@example.com', password: 'nope' }));
  const last = attempts.at(-1) as Response;
  expect([last.status, await codeOf(last)]).toEqual([429, 'too_many_attempts']);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
});
