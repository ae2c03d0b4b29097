// Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body. The SDK holds the other half.
import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new secret: 32 random bytes. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64')}`;
}

/** The headers that sign a body; one signature per secret, so that a receiver may change over. `at` in seconds since 1970. */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  at: number,
  body: string,
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => `v1,${sign(secret, id, at, body)}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signatures.join(' ') };
}

function sign(secret: string, id: string, at: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
}
