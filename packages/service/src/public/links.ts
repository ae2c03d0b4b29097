// What the pages behind links of mails have in common: who tries many is slowed down, the language is the reader's, and a page runs
// nothing and is framed by nobody.
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TooManyAttempts } from '../auth/key-sign-in.ts';
import type { LoginThrottle } from '../auth/login-throttle.ts';

export type LinkRequest = FastifyRequest<{ Params: { token: string } }>;

/** @throws TooManyAttempts */
export async function countTry({ params, ip }: LinkRequest, throttle: LoginThrottle): Promise<void> {
  const { retryAfter } = await throttle.begin(params.token, ip);
  if (retryAfter > 0) throw new TooManyAttempts(retryAfter);
}

/** As the reader's browser asks; undefined: it asks for none of ours. */
export function readerLanguage({ headers }: FastifyRequest): 'en' | 'ru' | undefined {
  const [, language] = /^\s*(en|ru)\b/i.exec(headers['accept-language'] ?? '') ?? [];
  return language?.toLowerCase() as 'en' | 'ru' | undefined;
}

/** `page` makes the HTML with the nonce of its styles. */
export function sendPage(reply: FastifyReply, page: (nonce: string) => string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
  return reply
    .header('content-security-policy', policy)
    .header('content-type', 'text/html; charset=utf-8')
    .send(page(nonce));
}
