// Who asks: the Authorization header of each request, and what keeps it good. However many requests wait for a token, one asks for it.
// It knows the token endpoint (docs/authentication.md) and nothing else of the service.
import { AuthenticationError, type CrmError, RateLimitError, UnavailableError } from './errors.ts';
import { untilAborted } from './retry.ts';

/** How the client signs in. */
export type Auth =
  /** A person; the session goes on by refresh tokens, and begins anew when it has ended. */
  | { readonly username: string; readonly password: string }
  /** A session that was begun elsewhere. The service replaces the token at every use: keep what `onRefreshToken` gives. */
  | { readonly refreshToken: string; readonly onRefreshToken?: (token: string) => void | Promise<void> }
  /** A program, its key sent with every request. */
  | { readonly apiKey: string }
  /** A program that exchanges its key for tokens. */
  | { readonly clientId: string; readonly clientSecret: string }
  /** Tokens from elsewhere; asked for again when one is refused. */
  | { readonly accessToken: () => string | Promise<string> };

/** Sends a form to the token endpoint, tries again where that makes sense. Throws CrmError. */
export type TokenRequest = (path: string, form: Readonly<Record<string, string>>) => Promise<unknown>;

export interface Authenticator {
  /** The Authorization header. Rejects with CrmError, or the signal's reason. */
  header(signal: AbortSignal | undefined): Promise<string>;
  /** The service has refused this header; false where there will be no other. */
  refused(header: string): boolean;
  /** Ends the session at the service, where there is one. */
  signOut(): Promise<void>;
}

export function authenticatorOf(auth: Auth, request: TokenRequest): Authenticator {
  if ('apiKey' in auth) {
    const header = bearer(auth.apiKey);
    return { header: async () => header, refused: () => false, signOut: async () => {} };
  }
  return new TokenSession(auth, request);
}

const bearer = (token: string): string => `Bearer ${token}`;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

type TokenAuth = Exclude<Auth, { apiKey: string }>;

/** Milliseconds before its end from which on a token is no longer used. */
const MARGIN = 30_000;

class TokenSession implements Authenticator {
  readonly #auth: TokenAuth;
  readonly #request: TokenRequest;
  #header: string | undefined;
  #goodUntil = 0;
  #refreshToken: string | undefined;
  #pending: Promise<string> | undefined;

  constructor(auth: TokenAuth, request: TokenRequest) {
    this.#auth = auth;
    this.#request = request;
    this.#refreshToken = 'refreshToken' in auth ? auth.refreshToken : undefined;
  }

  header(signal: AbortSignal | undefined): Promise<string> {
    if (this.#header !== undefined && performance.now() < this.#goodUntil) return Promise.resolve(this.#header);
    // Not with the signal of whoever asks first: the others go on waiting for it.
    this.#pending ??= this.#renewed().finally(() => {
      this.#pending = undefined;
    });
    return untilAborted(this.#pending, signal);
  }

  refused(header: string): boolean {
    // Another request may have had it replaced already.
    if (header === this.#header) this.#header = undefined;
    return true;
  }

  async signOut(): Promise<void> {
    const token = this.#refreshToken;
    this.#header = undefined;
    this.#refreshToken = undefined;
    if (token !== undefined) await this.#request('/auth/revoke', { token });
  }

  async #renewed(): Promise<string> {
    const auth = this.#auth;
    if ('accessToken' in auth) return this.#keep({ access_token: await auth.accessToken() });
    return this.#keep((await this.#asked(auth)) as Tokens);
  }

  async #asked(auth: Exclude<TokenAuth, { accessToken: unknown }>): Promise<unknown> {
    if ('clientSecret' in auth) {
      const { clientId, clientSecret } = auth;
      return this.#grant('client_credentials', { client_id: clientId, client_secret: clientSecret });
    }
    const signIn = 'password' in auth ? { username: auth.username, password: auth.password } : undefined;
    if (this.#refreshToken !== undefined) {
      try {
        return await this.#grant('refresh_token', { refresh_token: this.#refreshToken });
      } catch (error) {
        if (!(error instanceof AuthenticationError) || signIn === undefined) throw error;
        this.#refreshToken = undefined;
      }
    }
    if (signIn === undefined) throw signedOut();
    return this.#grant('password', signIn);
  }

  #grant(type: string, form: Readonly<Record<string, string>>): Promise<unknown> {
    return this.#request('/auth/token', { grant_type: type, ...form });
  }

  async #keep({ access_token, refresh_token, expires_in }: Tokens): Promise<string> {
    const header = bearer(access_token);
    // A short-lived token is used for half of its time.
    const life = expires_in === undefined ? Number.POSITIVE_INFINITY : expires_in * 1000;
    this.#goodUntil = performance.now() + Math.max(life - MARGIN, life / 2);
    if (refresh_token !== undefined) {
      this.#refreshToken = refresh_token;
      if ('refreshToken' in this.#auth) await this.#auth.onRefreshToken?.(refresh_token);
    }
    this.#header = header;
    return header;
  }
}

function signedOut(): CrmError {
  return new AuthenticationError({ status: 0, code: 'signed_out', message: 'This client has signed out' });
}

/** The error of the token endpoint, which has OAuth's shape (RFC 6749, 5.2). */
export function oauthError(
  status: number,
  body: unknown,
  more: { readonly retryAfter?: number; readonly request?: string },
): CrmError {
  const { error, error_description: message } = (body ?? {}) as { error?: unknown; error_description?: unknown };
  const facts = {
    ...more,
    status,
    code: typeof error === 'string' ? error : 'unexpected_answer',
    message: typeof message === 'string' ? message : `the answer ${status} is none of the service`,
  };
  if (status === 429) return new RateLimitError(facts);
  return status >= 500 ? new UnavailableError(facts) : new AuthenticationError(facts);
}
