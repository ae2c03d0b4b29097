// The token of a form's page: when it was made, and what tells one post from its repetition. It is signed, so that nobody makes one himself,
// and it holds nothing of whom it was given to.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Seconds for which a page can be sent. */
export const TOKEN_SECONDS = 86_400;

export interface FormToken {
  /** Seconds since the page was made. */
  readonly age: number;
  /** The same for every post of the page. */
  readonly postId: string;
}

/** Signs and reads tokens with the service's secret, each for one form (its public key). */
export class FormTokens {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** A new token: `<seconds>.<random>.<signature>`. */
  issue(key: string, now = Date.now()): string {
    const body = `${Math.floor(now / 1000)}.${randomBytes(12).toString('base64url')}`;
    return `${body}.${this.#sign(`token ${key} ${body}`)}`;
  }

  /** What a token says; null when it is not ours, of another form, or older than TOKEN_SECONDS. */
  read(key: string, token: string, now = Date.now()): FormToken | null {
    const [, body = '', signature = ''] = /^(\d{1,12}\.[\w-]{16})\.([\w-]{43})$/.exec(token) ?? [];
    const expected = this.#sign(`token ${key} ${body}`);
    if (signature.length !== expected.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected)))
      return null;
    const [made = '', postId = ''] = body.split('.');
    const age = now / 1000 - Number(made);
    return age > TOKEN_SECONDS ? null : { age, postId: `page.${postId}` };
  }

  /** What stands for a sender's network, so that it can be counted and not be read. */
  sender(network: string): string {
    return this.#sign(`sender ${network}`);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(`web form ${text}`).digest('base64url');
  }
}
