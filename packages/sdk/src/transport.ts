// One request with everything that goes with it: the token, Repeatability headers, waiting and trying again where that is safe, one error
// for whatever went wrong. It knows no entity.
import { type Auth, type Authenticator, authenticatorOf, oauthError } from './auth.ts';
import { deadline } from './deadline.ts';
import { ConnectionError, CrmError, errorOf, unexpectedAnswer } from './errors.ts';
import { readJson } from './json.ts';
import { policyOf, Retries, type RetryPolicy, retryAfter } from './retry.ts';

export interface ClientOptions {
  /** Address of the service, with or without `/api/v1`. */
  readonly url: string;
  readonly auth: Auth;
  /** In place of the global fetch. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds that one attempt may take; 100,000 unless given. */
  readonly timeout?: number;
  /**
   * Whether writes are sent with Repeatability headers, so that they can be sent again without being done twice; true unless given.
   * Without, a write is sent once, whatever happens to it.
   */
  readonly repeatable?: boolean;
  /** Sent with every request: `Accept-Language`, `Act-As`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every call of the client takes. */
export interface CallOptions {
  /** Ends the call at once, whether it is being sent or waits for another try; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WriteOptions extends CallOptions {
  /** As in the options of the client. */
  readonly repeatable?: boolean;
}

export interface Call extends WriteOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/v1/`, with its query, percent-encoded. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  /** Each part of a batch has Repeatability headers of its own. */
  readonly inParts?: boolean;
  /** Of an answer of 2xx: what in it is worth another try, where that is safe. */
  readonly unfinished?: (json: unknown) => CrmError | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Null without a body. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
  readonly json: any;
}

const ROOT = '/api/v1/';
export const JSON_TYPE = 'application/json;IEEE754Compatible=true';
const WAIT_FOR: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Trying again soon would not change these. */
const FINAL: ReadonlySet<string> = new Set(['too_many_repeatable_requests']);
/** The clock here and the service's differ too much. */
const CLOCK: ReadonlySet<string> = new Set(['invalid_repeatability', 'repeated_request_expired']);

export class Transport {
  readonly #base: string;
  readonly #options: ClientOptions;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #retry: RetryPolicy;
  readonly #auth: Authenticator;
  /** Whether writes are repeatable where a call does not say. */
  readonly repeats: boolean;
  readonly #version: string;
  readonly #parse: (text: string) => unknown;
  /** Milliseconds that the service's clock is ahead, where that matters. */
  #clock = 0;
  /** When the service sent an error, as it says. */
  readonly #dates = new WeakMap<CrmError, string>();

  /**
   * `version`: of the schema, sent with every request; empty: none is. `hasJson`: answers may have JSON fields.
   * Throws TypeError for an address that is none.
   */
  constructor(options: ClientOptions, version: string, hasJson: boolean) {
    const { origin, pathname, protocol } = new URL(options.url);
    if (!/^https?:$/.test(protocol)) throw new TypeError(`${options.url} does not begin with http:// or https://`);
    this.#base = `${origin}${pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}`;
    this.#options = options;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#retry = policyOf(options.retry);
    this.#version = version;
    this.#parse = hasJson ? readJson : JSON.parse;
    this.repeats = options.repeatable ?? true;
    this.#auth = authenticatorOf(options.auth, (path, form) => this.#form(path, form));
  }

  /** Answers of 2xx and 304. Throws CrmError, or the signal's reason. */
  async send(call: Call): Promise<Answer> {
    const { method, signal } = call;
    const { body } = call;
    const request = `${method} ${call.path.split('?', 1)[0]}`;
    const repeats = call.repeatable ?? this.repeats;
    const isWrite = method !== 'GET';
    const isSafe = !isWrite || repeats;
    let repeatability = isWrite && repeats && call.inParts !== true ? this.repeatability() : undefined;
    const url = `${this.#base}${ROOT}${this.#versioned(call.path)}`;
    const retries = new Retries(this.#retry);
    let [renewed, set] = [false, false];
    for (;;) {
      signal?.throwIfAborted();
      const authorization = await this.#auth.header(signal);
      const headers = {
        accept: JSON_TYPE,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.#options.headers,
        ...call.headers,
        ...repeatability,
        authorization,
      };
      const answer = await this.#attempt(url, { method, headers, body }, request, signal);
      if (!(answer instanceof CrmError)) {
        const unfinished = isSafe ? call.unfinished?.(answer.json) : undefined;
        if (unfinished === undefined || !(await retries.again(unfinished.retryAfter, signal))) return answer;
      } else if (answer.status === 401 && !renewed && this.#auth.refused(authorization)) {
        renewed = true;
      } else if (repeatability !== undefined && CLOCK.has(answer.code) && !set && this.#setClock(answer)) {
        set = true;
        repeatability = this.repeatability();
      } else {
        if (!isSafe || !isPassing(answer, isWrite) || !(await retries.again(answer.retryAfter, signal))) throw answer;
      }
    }
  }

  /** New headers by which the service knows repetitions of one write. */
  repeatability(): Record<string, string> {
    return {
      'repeatability-request-id': crypto.randomUUID(),
      'repeatability-first-sent': new Date(Date.now() + this.#clock).toUTCString(),
    };
  }

  /**
   * The path of a link of the service, to be sent as any other: whatever host it names, the token goes to the client's own address
   * alone. Throws CrmError for what is no link.
   */
  pathOf(link: string): string {
    const at = link.split('?', 1)[0]?.lastIndexOf(ROOT) ?? -1;
    if (at >= 0) return link.slice(at + ROOT.length);
    throw unexpectedAnswer(`${link} is no link`);
  }

  signOut(): Promise<void> {
    return this.#auth.signOut();
  }

  /** The path with the version of the client's schema, whichever a link names. */
  #versioned(path: string): string {
    const bare = path.replace(/([?&])(?:\$|%24)schemaversion=[^&]*(?:&|$)/i, '$1').replace(/[?&]$/, '');
    if (this.#version === '') return bare;
    return `${bare}${bare.includes('?') ? '&' : '?'}$schemaversion=${encodeURIComponent(this.#version)}`;
  }

  /** One try; what went wrong comes back, because it may be worth another. Throws the signal's reason. */
  async #attempt(
    url: string,
    init: { method: string; headers: Record<string, string>; body: string | undefined },
    request: string,
    signal: AbortSignal | undefined,
    toError: typeof errorOf = errorOf,
  ): Promise<Answer | CrmError> {
    const limit = deadline(signal, this.#options.timeout ?? 100_000);
    try {
      // A redirect would turn a POST into a GET, and could lead elsewhere.
      const response = await this.#fetch(url, { ...init, redirect: 'error', signal: limit.signal });
      const { status, headers } = response;
      const text = await response.text();
      const json = text === '' ? null : parsed(text, response.ok, this.#parse);
      if (response.ok || status === 304) return { status, headers, json };
      const error = toError(status, json, {
        retryAfter: retryAfter(headers),
        request,
        requestId: headers.get('x-request-id') ?? undefined,
      });
      this.#dates.set(error, headers.get('date') ?? '');
      return error;
    } catch (cause) {
      signal?.throwIfAborted();
      const maybeDone = init.method !== 'GET';
      const message = `${request}: no whole answer (${cause instanceof Error ? cause.message : String(cause)})`;
      return new ConnectionError({ status: 0, code: 'no_answer', message, request, maybeDone, cause });
    } finally {
      limit.end();
    }
  }

  /** False where the service's clock is not known, or agrees with the one that was used. */
  #setClock(error: CrmError): boolean {
    const ahead = Date.parse(this.#dates.get(error) ?? '') - Date.now();
    if (Number.isNaN(ahead) || Math.abs(ahead - this.#clock) < 60_000) return false;
    this.#clock = ahead;
    return true;
  }

  async #form(path: string, form: Readonly<Record<string, string>>): Promise<unknown> {
    const request = `POST ${path}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const init = { method: 'POST', headers, body: new URLSearchParams(form).toString() };
    const retries = new Retries(this.#retry);
    for (;;) {
      const answer = await this.#attempt(`${this.#base}${path}`, init, request, undefined, oauthError);
      if (!(answer instanceof CrmError)) return answer.json;
      // Asking twice gives two tokens, and a refresh token is taken again when its answer was lost (docs/authentication.md).
      if (!isPassing(answer, false) || !(await retries.again(answer.retryAfter, undefined))) throw answer;
    }
  }
}

/** Whether another try may do better; the same write is carried out again after a `conflict` that it lost. */
export function isPassing(error: CrmError, isWrite: boolean): boolean {
  if (error instanceof ConnectionError) return true;
  return (WAIT_FOR.has(error.status) && !FINAL.has(error.code)) || (isWrite && error.code === 'conflict');
}

/** An answer that is cut off, or none of the service, is no JSON; that of an error may be a proxy's page. */
function parsed(text: string, isOk: boolean, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (isOk) throw error;
    return null;
  }
}
