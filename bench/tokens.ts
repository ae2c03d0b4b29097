// Access tokens for the load, signed with the secret that the measured servers were given.
// Signing in 200 times would measure argon2; the claims are those the service itself puts into a token.
import { createHmac, randomUUID } from 'node:crypto';
import { COUNTS, idOf } from './dataset.ts';

/** How long a token is valid, in seconds; a round must end before. */
export const TOKEN_SECONDS = 600;

const OWNERS = Array.from({ length: COUNTS.owners }, (_, index) => index + 1);

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** One token per user with these numbers; per owner of the data set unless said otherwise, in order of their numbers. */
export function signTokens(
  secret: string,
  users: readonly number[] = OWNERS,
  idOfUser = (user: number): string => idOf('user', user),
): string[] {
  const iat = Math.floor(Date.now() / 1_000);
  const head = encode({ alg: 'HS256', typ: 'at+jwt' });
  return users.map((user) => {
    const claims = {
      iss: 'kartoteka',
      aud: 'kartoteka/api',
      sub: idOfUser(user),
      sid: randomUUID(),
      jti: randomUUID(),
      iat,
      exp: iat + TOKEN_SECONDS,
    };
    const signed = `${head}.${encode(claims)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  });
}
