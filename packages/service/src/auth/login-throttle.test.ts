// Throttling of sign-in: counted per account and address, on all nodes, without telling who exists.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, makeUser, postForm, startTestService, type TestService } from '../testing/test-service.ts';
import { createLoginThrottle } from './login-throttle.ts';

let node: TestService;
const USER = 'bob@example.com';
const PASSWORD = 'a password of bob';

beforeAll(async () => {
  node = await startTestService();
  await makeUser(node.address, USER, PASSWORD, 'sales_representative');
});
afterAll(() => node.stop());
beforeEach(async () => {
  await node.database.database.run('delete from kartoteka.login_attempt');
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number;
}

async function attempt(username: string, password: string, address = node.address): Promise<Answer> {
  const response = await postForm(`${address}/auth/token`, { grant_type: 'password', username, password });
  return {
    status: response.status,
    text: await response.text(),
    retryAfter: Number(response.headers.get('retry-after')),
  };
}

async function fail(times: number, username = USER): Promise<void> {
  for (let n = 0; n < times; n += 1) expect((await attempt(username, `wrong ${n}`)).status).toBe(400);
}

async function letPass(seconds: number): Promise<void> {
  await node.database.database.run(`update kartoteka.login_attempt set last_attempt_on = last_attempt_on -
    interval '${seconds} seconds', locked_until = locked_until - interval '${seconds} seconds'`);
}

describe('throttling', () => {
  it('lets five wrong passwords pass and then makes the account wait, longer each time', async () => {
    await fail(6);
    const first = await attempt(USER, 'wrong');
    expect(first).toMatchObject({ status: 429, retryAfter: 2 });
    await letPass(2);
    await fail(1);
    expect((await attempt(USER, 'wrong')).retryAfter).toBe(4);
    await letPass(4);
    await fail(1);
    expect((await attempt(USER, 'wrong')).retryAfter).toBe(8);
  });

  it('refuses the right password during a wait in the same words, and takes it afterwards', async () => {
    await fail(6);
    const [wrong, right] = [await attempt(USER, 'wrong'), await attempt(USER, PASSWORD)];
    expect(right).toEqual(wrong);
    await letPass(2);
    expect((await attempt(USER, PASSWORD)).status).toBe(200);
    await fail(5);
  });

  it('waits fifteen minutes at most and forgets after an hour', async () => {
    await fail(6);
    await node.database.database.run('update kartoteka.login_attempt set failures = 40, locked_until = null');
    await fail(1);
    expect((await attempt(USER, 'wrong')).retryAfter).toBeGreaterThan(890);
    expect((await attempt(USER, 'wrong')).retryAfter).toBeLessThanOrEqual(900);
    await letPass(3601);
    await fail(5);
  });

  it('is not prolonged by attempts during the wait', async () => {
    await fail(6);
    for (let n = 0; n < 20; n += 1) await attempt(USER, 'wrong');
    expect((await attempt(USER, 'wrong')).retryAfter).toBeLessThanOrEqual(2);
  });

  it('treats users who do not exist alike', async () => {
    await fail(6, 'nobody@example.com');
    const nobody = await attempt('nobody@example.com', 'wrong');
    await fail(6);
    expect(await attempt(USER, 'wrong')).toEqual(nobody);
  });

  it('counts an account whatever the case of its address', async () => {
    await fail(3);
    await fail(3, USER.toUpperCase());
    expect((await attempt(USER, 'wrong')).status).toBe(429);
  });

  it('leaves other accounts alone', async () => {
    await fail(6);
    expect((await attempt(ADMIN.email, ADMIN.password)).status).toBe(200);
  });

  it('lets no more guesses through when they come at once, on two nodes', async () => {
    const other = await node.another();
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) => attempt(USER, `guess ${n}`, n % 2 === 0 ? node.address : other.address)),
    );
    await other.stop();
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(6);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(18);
  });

  it('counts an address over all accounts, and locks no account for it', async () => {
    const throttle = createLoginThrottle(node.database.database);
    for (let n = 0; n < 31; n += 1) expect((await throttle.begin(`user${n}`, '203.0.113.7')).retryAfter).toBe(0);
    expect((await throttle.begin(USER, '203.0.113.7')).retryAfter).toBeGreaterThan(0);
    expect((await throttle.begin(USER, '::ffff:203.0.113.7')).retryAfter).toBeGreaterThan(0);
    expect((await throttle.begin(USER, '203.0.113.8')).retryAfter).toBe(0);
  });

  it('counts the /64 of an IPv6 address', async () => {
    const throttle = createLoginThrottle(node.database.database);
    for (let n = 0; n < 31; n += 1) {
      expect((await throttle.begin(`user${n}`, `2001:db8:1:2::${n.toString(16)}`)).retryAfter).toBe(0);
    }
    expect((await throttle.begin('x', '2001:db8:1:2:ffff:0:0:1')).retryAfter).toBeGreaterThan(0);
    expect((await throttle.begin('x', '2001:db8:1:3::1')).retryAfter).toBe(0);
  });

  it('keeps neither names nor addresses in the table', async () => {
    await fail(1);
    const rows = await node.database.database.run('select key from kartoteka.login_attempt');
    expect(rows).toHaveLength(2);
    for (const { key } of rows) expect(key).toMatch(/^(account|address):[\w-]{43}$/);
  });
});
