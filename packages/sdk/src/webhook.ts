// Receiving webhooks: whether an event was sent by the CRM that shares a secret, and lately. For servers: a secret does not belong
// in a browser. It keeps nothing: whether an id was seen before is the receiver's to know.

/** An event as the CRM sends it. Of a record that is gone and may not be read `data` is null. */
export interface WebhookEvent<Data = Readonly<Record<string, unknown>>> {
  /** The same however often it is sent. */
  readonly id: string;
  /** Entity and operation: `deal.update`. */
  readonly type: string;
  readonly webhook_id: string;
  readonly entity: string;
  readonly set: string;
  readonly record_id: string;
  readonly operation: string;
  readonly occurred_on: string;
  /** Properties that were written, of those in `data`. */
  readonly changed: readonly string[];
  readonly data: Data | null;
}

export interface WebhookMessage {
  /** The secret, as it was shown; several while one is changed. */
  readonly secret: string | readonly string[];
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came: parsed and printed again it has another signature. */
  readonly body: string | Uint8Array;
  /** Seconds that sender's and receiver's clocks, and the way, may differ by; 300 when not given. */
  readonly tolerance?: number;
  /** The receiver's time; now when not given. */
  readonly now?: Date;
}

export interface WebhookRefusal {
  readonly code: 'missing_header' | 'invalid_timestamp' | 'too_old' | 'too_new' | 'wrong_signature' | 'invalid_secret';
  readonly message: string;
}

/** Why an event is not to be believed. `code` is for programs. */
export class WebhookVerificationError extends Error {
  readonly code: WebhookRefusal['code'];

  constructor({ code, message }: WebhookRefusal) {
    super(message);
    this.code = code;
  }
}

// As in errors.ts: a minifier leaves nothing of the name of a class.
Object.defineProperty(WebhookVerificationError.prototype, 'name', {
  value: 'WebhookVerificationError',
  writable: true,
  configurable: true,
});

function refuse(code: WebhookRefusal['code'], message: string): never {
  throw new WebhookVerificationError({ code, message });
}

const TOLERANCE = 300;
const encoder = new TextEncoder();

/**
 * The event, if it was signed by one of the secrets within the tolerance; signatures are compared in constant time.
 * @throws WebhookVerificationError otherwise; SyntaxError for a signed body that is not JSON.
 */
export async function verifyWebhook<Data = Readonly<Record<string, unknown>>>(
  message: WebhookMessage,
): Promise<WebhookEvent<Data>> {
  const id = headerOf(message, 'webhook-id');
  const timestamp = headerOf(message, 'webhook-timestamp');
  const signatures = headerOf(message, 'webhook-signature');
  checkTime(timestamp, message);
  const body = typeof message.body === 'string' ? encoder.encode(message.body) : message.body;
  const head = encoder.encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const secrets = typeof message.secret === 'string' ? [message.secret] : message.secret;
  if (!(await isSigned(signed, signatures, secrets)))
    refuse('wrong_signature', 'No signature of the event is by this secret');
  return JSON.parse(new TextDecoder().decode(body)) as WebhookEvent<Data>;
}

function headerOf({ headers }: WebhookMessage, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value === 'string' && value !== '') return value;
  refuse('missing_header', `The header ${name} is missing`);
}

function checkTime(timestamp: string, { tolerance = TOLERANCE, now = new Date() }: WebhookMessage): void {
  if (!/^\d{1,12}$/.test(timestamp)) refuse('invalid_timestamp', 'webhook-timestamp is not a number of seconds');
  const age = now.getTime() / 1000 - Number(timestamp);
  if (age > tolerance) refuse('too_old', `The event was signed ${Math.round(age)} s ago`);
  if (age < -tolerance) refuse('too_new', 'The event was signed in the future');
}

async function isSigned(signed: Uint8Array<ArrayBuffer>, header: string, secrets: readonly string[]): Promise<boolean> {
  const signatures = header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => bytesOf(part.slice(3)));
  let isFound = false;
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures)
      if (signature !== null && (await crypto.subtle.verify('HMAC', key, signature, signed))) isFound = true;
  }
  return isFound;
}

function keyOf(secret: string) {
  const bytes = bytesOf(secret.replace(/^whsec_/, ''));
  if (bytes === null || bytes.length === 0)
    refuse('invalid_secret', 'The secret is not one that the CRM shows: whsec_...');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/** Null for what is not base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
