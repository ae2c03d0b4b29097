// Access tokens that are not ours, not for us, not in time or not tokens: all answered 401 in the same words.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, JWT_SECRET, signIn, startTestService, type TestService } from '../testing/test-service.ts';

let node: TestService;
let claims: Record<string, unknown>;
let good: string;

beforeAll(async () => {
  node = await startTestService();
  good = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  claims = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
});
afterAll(() => node.stop());

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(
  payload: unknown,
  header: object = { alg: 'HS256', typ: 'at+jwt' },
  hash = 'sha256',
  secret = JWT_SECRET,
): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

async function ask(authorization: string | null): Promise<{ status: number; challenge: string | null; code: string }> {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  const response = await fetch(`${node.address}/api/v1/companies?$top=1`, { headers });
  const body = (await response.json()) as { error?: { code: string } };
  return { status: response.status, challenge: response.headers.get('www-authenticate'), code: body.error?.code ?? '' };
}

const without = (claim: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
const now = (): number => Math.floor(Date.now() / 1000);

describe('an access token', () => {
  it('says who, which session, for whom and until when', async () => {
    expect(claims).toMatchObject({ iss: 'kartoteka', aud: 'kartoteka/api' });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600);
    for (const claim of ['sub', 'sid', 'jti']) expect(claims[claim]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('made with the secret and the same claims is taken', async () => {
    expect((await ask(`Bearer ${sign(claims)}`)).status).toBe(200);
    expect((await ask(`bearer  ${sign(claims)}`)).status).toBe(200);
  });

  it('is needed', async () => {
    expect(await ask(null)).toEqual({ status: 401, challenge: 'Bearer realm="kartoteka"', code: 'unauthenticated' });
  });

  const forged: [string, () => string][] = [
    ['without a signature', () => `Bearer ${encoded({ alg: 'none', typ: 'at+jwt' })}.${encoded(claims)}.`],
    ['of algorithm None with a signature', () => `Bearer ${sign(claims, { alg: 'None', typ: 'at+jwt' })}`],
    ['of another secret', () => `Bearer ${sign(claims, undefined, 'sha256', `${JWT_SECRET}!`)}`],
    ['of an empty secret', () => `Bearer ${sign(claims, undefined, 'sha256', '')}`],
    ['of HS512', () => `Bearer ${sign(claims, { alg: 'HS512', typ: 'at+jwt' }, 'sha512')}`],
    ['of another type', () => `Bearer ${sign(claims, { alg: 'HS256', typ: 'JWT' })}`],
    [
      'with an unknown critical header',
      () => `Bearer ${sign(claims, { alg: 'HS256', typ: 'at+jwt', crit: ['x'], x: 1 })}`,
    ],
    [
      'with changed claims',
      () =>
        `Bearer ${good
          .split('.')
          .with(1, encoded({ ...claims, sub: '0' }))
          .join('.')}`,
    ],
    ['of another issuer', () => `Bearer ${sign({ ...claims, iss: 'other' })}`],
    ['for another audience', () => `Bearer ${sign({ ...claims, aud: 'other' })}`],
    ['that has expired', () => `Bearer ${sign({ ...claims, iat: now() - 900, exp: now() - 1 })}`],
    ['older than it may get', () => `Bearer ${sign({ ...claims, iat: now() - 700, exp: now() + 9000 })}`],
    ['that is not valid yet', () => `Bearer ${sign({ ...claims, nbf: now() + 60 })}`],
    ['with an expiry that is text', () => `Bearer ${sign({ ...claims, exp: 'tomorrow' })}`],
    ['with a user that is not text', () => `Bearer ${sign({ ...claims, sub: 7 })}`],
    ['of a user who is not there', () => `Bearer ${sign({ ...claims, sub: crypto.randomUUID() })}`],
    ['of a user whose id is no id', () => `Bearer ${sign({ ...claims, sub: "x' or 1=1" })}`],
    ['whose claims are a list', () => `Bearer ${sign([])}`],
    ['whose claims are null', () => `Bearer ${sign(null)}`],
    ['that is empty', () => 'Bearer '],
    ['that is a word', () => 'Bearer word'],
    ['of three words', () => 'Bearer a.b.c'],
    ['that is not base64', () => 'Bearer {}.{}.{}'],
    ['of another scheme', () => `Basic ${good}`],
    ['twice', () => `Bearer ${good}, Bearer ${good}`],
    ['of ten thousand characters', () => `Bearer ${'x'.repeat(10_000)}`],
  ];
  it.each(forged)('%s is answered 401', async (_, authorization) => {
    expect(await ask(authorization())).toEqual({
      status: 401,
      challenge: 'Bearer realm="kartoteka", error="invalid_token"',
      code: 'unauthenticated',
    });
  });

  it.each(['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'])('without the claim %s is answered 401', async (claim) => {
    expect((await ask(`Bearer ${sign(without(claim))}`)).status).toBe(401);
  });

  it('is refused once it has expired, although it was verified before', async () => {
    const short = sign({ ...claims, exp: now() + 2 });
    expect((await ask(`Bearer ${short}`)).status).toBe(200);
    await expect.poll(async () => (await ask(`Bearer ${short}`)).status, { timeout: 4000, interval: 200 }).toBe(401);
  });
});
