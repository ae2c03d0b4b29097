// The session of this browser: the access token lives in this module's memory and nowhere else, the refresh token in a cookie that no
// script reads. Tabs renew one after another (Web Locks) and tell each other of signing in and out. It knows no screens.
import { AuthenticationError, ConnectionError, type CrmError, errorOf } from '@kartoteka/sdk';

const PATH = '/auth/browser-session';
const LOCK = 'kartoteka-session';

/** `starting`: not known yet; `ended`: a session that had begun is over, and what people typed is still on the screen. */
export type SessionState = 'starting' | 'signed-out' | 'signed-in' | 'ended';

type Told = 'signed-in' | 'signed-out';

export class Session {
  #state: SessionState = 'starting';
  /** Not handed out yet: the transport asks again only when one was refused. */
  #fresh: string | undefined;
  /** Requests that wait until somebody has signed in again. */
  #waiting: { resolve: (token: string) => void; reject: (error: unknown) => void }[] = [];
  #starting: Promise<void> | undefined;
  /** Of whose session this page is; a page never goes on with another person's. */
  #subject: string | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #tabs: BroadcastChannel | undefined;

  constructor() {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#tabs = new BroadcastChannel(LOCK);
    this.#tabs.onmessage = ({ data }: MessageEvent<Told>) => void this.#heard(data);
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the cookie of an earlier visit still opens a session. Throws CrmError where the service cannot be asked. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#state !== 'starting') return;
    try {
      this.#fresh = await this.#mine(await this.#renewed());
      this.#become('signed-in');
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      this.#become('signed-out');
    }
  }

  /** Throws AuthenticationError for wrong credentials, RateLimitError after many of them, another CrmError otherwise. */
  async signIn(email: string, password: string): Promise<void> {
    const token = await ask('POST', PATH, { email, password });
    this.#resume(await this.#mine(token));
    this.#tabs?.postMessage('signed-in' satisfies Told);
  }

  /** The session is over in every tab, whether or not the service could be told. */
  async signOut(): Promise<void> {
    try {
      await ask('DELETE', PATH);
    } finally {
      this.#leave();
      this.#tabs?.postMessage('signed-out' satisfies Told);
    }
  }

  /**
   * A token that was not refused yet. Where the session has ended it waits until somebody has signed in again, so that the request which
   * needed it is carried out then. Throws CrmError where the service cannot be asked, and after signing out.
   */
  async accessToken(): Promise<string> {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    if (fresh !== undefined) return fresh;
    if (this.#state !== 'signed-in') return this.#signedInAgain();
    try {
      return await this.#mine(await this.#renewed());
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      this.#become('ended');
      return this.#signedInAgain();
    }
  }

  #signedInAgain(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #renewed(): Promise<string> {
    const renew = (): Promise<string> => ask('POST', `${PATH}/refresh`);
    return navigator.locks === undefined ? renew() : navigator.locks.request(LOCK, renew);
  }

  /** The cookie is all tabs': where another person has signed in, this page and what waits in it end here, and it is loaded for that person. */
  #mine(token: string): string | Promise<never> {
    const subject = subjectOf(token);
    const isMine = this.#subject === undefined || this.#subject === subject;
    this.#subject = subject;
    if (isMine) return token;
    location.reload();
    return new Promise(() => {});
  }

  #resume(token: string): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) this.#fresh = token;
    for (const { resolve } of waiting) resolve(token);
    this.#become('signed-in');
  }

  #leave(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#fresh = undefined;
    this.#subject = undefined;
    const signedOut = new AuthenticationError({ status: 0, code: 'signed_out', message: 'The session was ended' });
    for (const { reject } of waiting) reject(signedOut);
    this.#become('signed-out');
  }

  /** Another tab signed in or out: the cookie is shared, so this one follows. */
  async #heard(told: Told): Promise<void> {
    if (told === 'signed-out') this.#leave();
    else if (this.#state === 'signed-out' || this.#state === 'ended') {
      try {
        this.#resume(await this.#mine(await this.#renewed()));
      } catch {
        // It stays where it is; whoever sits there signs in.
      }
    }
  }

  #become(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Whose token it is (`sub` of a JWT); undefined for one that tells nothing. */
function subjectOf(token: string): string | undefined {
  try {
    const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    return (JSON.parse(atob(payload)) as { sub?: string }).sub;
  } catch {
    return undefined;
  }
}

/** The access token of the answer; empty for DELETE. Throws CrmError. */
async function ask(method: 'POST' | 'DELETE', path: string, body?: object): Promise<string> {
  const request = `${method} ${path}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(20_000),
    });
    text = await response.text();
  } catch (cause) {
    throw new ConnectionError({ status: 0, code: 'no_answer', message: request, request, maybeDone: false, cause });
  }
  if (!response.ok) throw refusal(response, text, request);
  return text === '' ? '' : String((JSON.parse(text) as { access_token?: string }).access_token);
}

function refusal(response: Response, text: string, request: string): CrmError {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page: errorOf() says that it is none of the service.
  }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return errorOf(response.status, body, {
    request,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isNaN(seconds) ? undefined : seconds * 1000,
  });
}
