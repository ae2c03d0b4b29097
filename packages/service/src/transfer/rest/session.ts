// Who the command works as: an access token that is kept fresh for as long as the command runs. The password stays in memory
// only; a token that was given is used as it is.
import { ServiceAway, TransferError } from '@kartoteka/metadata/transfer';
import { BUSY, connectionFailure } from './retry.ts';

export type Login =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string };

export interface Session {
  /** A token that is valid for some time yet. Throws like `renew`. */
  token(): Promise<string>;
  /** A new one in place of `refused`. Throws ServiceAway, or TransferError when there is none to be had. */
  renew(refused: string): Promise<string>;
}

/** Part of a token's life after which it is renewed. */
const FRESH = 0.8;

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
}

/** Signs in. Throws TransferError when that is refused or nobody answers. */
export async function openSession(url: string, login: Login): Promise<Session> {
  if (login.kind === 'token') return givenToken(login.token);
  const session = new PasswordSession(url, login.user, login.password);
  await session.signIn();
  return session;
}

function givenToken(token: string): Session {
  return {
    token: async () => token,
    renew: async () => {
      throw new TransferError('The service does not accept the token of KARTOTEKA_TOKEN, or not any more');
    },
  };
}

class PasswordSession implements Session {
  readonly #url: string;
  readonly #user: string;
  readonly #password: string;
  #tokens: TokenAnswer = { access_token: '', expires_in: 0, refresh_token: '' };
  #renewOn = 0;
  #renewing: Promise<string> | null = null;

  constructor(url: string, user: string, password: string) {
    this.#url = url;
    this.#user = user;
    this.#password = password;
  }

  async token(): Promise<string> {
    if (performance.now() < this.#renewOn) return this.#tokens.access_token;
    return this.renew(this.#tokens.access_token);
  }

  /** Requests that run at the same time share one renewal. */
  async renew(refused: string): Promise<string> {
    if (refused !== this.#tokens.access_token) return this.#tokens.access_token;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(): Promise<string> {
    const refreshed = await this.#ask({ grant_type: 'refresh_token', refresh_token: this.#tokens.refresh_token });
    if (refreshed === null) return this.signIn();
    return this.#keep(refreshed);
  }

  async signIn(): Promise<string> {
    const answer = await this.#ask({ grant_type: 'password', username: this.#user, password: this.#password });
    if (answer === null)
      throw new TransferError(`${this.#user} cannot sign in at ${this.#url}: user name or password is not right`);
    return this.#keep(answer);
  }

  #keep(answer: TokenAnswer): string {
    this.#tokens = answer;
    this.#renewOn = performance.now() + answer.expires_in * 1000 * FRESH;
    return answer.access_token;
  }

  /** Null: the grant is refused. */
  async #ask(fields: Readonly<Record<string, string>>): Promise<TokenAnswer | null> {
    const response = await this.#post(new URLSearchParams(fields));
    if (response.status === 400 || response.status === 401) {
      await response.arrayBuffer();
      return null;
    }
    if (response.ok) return (await response.json()) as TokenAnswer;
    const answer = (await response.json().catch(() => ({}))) as { error_description?: string };
    const text = `Signing in at ${this.#url} failed: ${response.status} ${answer.error_description ?? ''}`.trim();
    throw BUSY.has(response.status) ? new ServiceAway(text) : new TransferError(text);
  }

  async #post(body: URLSearchParams): Promise<Response> {
    try {
      return await fetch(`${this.#url}/auth/token`, { method: 'POST', body, redirect: 'manual' });
    } catch (error) {
      const reason = connectionFailure(error);
      throw new ServiceAway(`${this.#url} does not answer (${reason}): is the service running, is --url right?`);
    }
  }
}
