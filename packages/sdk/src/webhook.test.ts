// The receiver's half of signed events, by the vector of the Standard Webhooks specification.
import { expect, test } from 'vitest';
import { verifyWebhook, type WebhookMessage, WebhookVerificationError } from './webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const body = '{"test": 2432232314}';
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const now = new Date(1_614_265_330_000);
const message: WebhookMessage = { secret, headers, body, now };

async function codeOf(changes: Partial<WebhookMessage>): Promise<string> {
  const error = await verifyWebhook({ ...message, ...changes }).catch((thrown: unknown) => thrown);
  return error instanceof WebhookVerificationError ? error.code : `no error: ${JSON.stringify(error)}`;
}

test('the vector of the specification is believed, as text, as bytes and with Headers', async () => {
  expect(await verifyWebhook(message)).toEqual({ test: 2432232314 });
  expect(await verifyWebhook({ ...message, body: new TextEncoder().encode(body) })).toEqual({ test: 2432232314 });
  expect(await verifyWebhook({ ...message, headers: new Headers(headers) })).toEqual({ test: 2432232314 });
});

test('one of several secrets, and one of several signatures, is enough', async () => {
  expect(await verifyWebhook({ ...message, secret: [other, secret] })).toEqual({ test: 2432232314 });
  const two = { ...headers, 'webhook-signature': `v1,AAAA v2,zzz v1,? ${headers['webhook-signature']}` };
  expect(await verifyWebhook({ ...message, headers: two })).toEqual({ test: 2432232314 });
});

test('what was changed, or signed by another, is not believed', async () => {
  expect(await codeOf({ body: `${body} ` })).toBe('wrong_signature');
  expect(await codeOf({ secret: other })).toBe('wrong_signature');
  expect(await codeOf({ headers: { ...headers, 'webhook-id': 'msg_other' } })).toBe('wrong_signature');
  expect(await codeOf({ headers: { ...headers, 'webhook-timestamp': '1614265331' } })).toBe('wrong_signature');
  expect(await codeOf({ headers: { ...headers, 'webhook-signature': 'v1,' } })).toBe('wrong_signature');
  expect(await codeOf({ secret: [] })).toBe('wrong_signature');
});

test('an event counts as long as the tolerance says, to the second', async () => {
  const at = (seconds: number) => ({ now: new Date(now.getTime() + seconds * 1000) });
  expect(await verifyWebhook({ ...message, ...at(300) })).toBeTruthy();
  expect(await codeOf(at(301))).toBe('too_old');
  expect(await verifyWebhook({ ...message, ...at(-300) })).toBeTruthy();
  expect(await codeOf(at(-301))).toBe('too_new');
  expect(await codeOf({ ...at(11), tolerance: 10 })).toBe('too_old');
});

test('what is missing or no number or no secret is named', async () => {
  for (const name of Object.keys(headers))
    expect(await codeOf({ headers: { ...headers, [name]: undefined } })).toBe('missing_header');
  expect(await codeOf({ headers: { ...headers, 'webhook-timestamp': '1e9' } })).toBe('invalid_timestamp');
  expect(await codeOf({ secret: 'whsec_%%%' })).toBe('invalid_secret');
  expect(await codeOf({ secret: '' })).toBe('invalid_secret');
});
