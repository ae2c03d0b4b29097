// The service as a user of its REST API sees it: requests with a fresh token, tried again in a way that is safe. It knows no
// entity and no file.

import { randomUUID } from 'node:crypto';
import {
  type ApiAnswer,
  type ApiError,
  refusal,
  ServiceAway,
  type ServiceClient,
  TransferError,
} from '@kartoteka/metadata/transfer';
import { BUSY, connectionFailure, DEFAULT_RETRY, Retries, type RetryPolicy, retryAfter } from './retry.ts';
import { type Login, openSession, type Session } from './session.ts';

export interface ClientOptions {
  /** Address of the service without a path: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly login: Login;
  readonly retry?: RetryPolicy;
}

interface Request {
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: string;
  /** What the answer shall be; null: JSON, all of it at once. */
  readonly accept: string | null;
  /** Headers by which the service knows a repetition (docs/rest.md); none where sending twice does no more than sending once. */
  readonly repeatability?: Readonly<Record<string, string>>;
}

/** Milliseconds that an answer may take; one that is streamed takes as long as it takes. */
const ANSWER_TIMEOUT = 300_000;

export class ApiClient implements ServiceClient {
  readonly url: string;
  readonly #session: Session;
  readonly #retry: RetryPolicy;

  private constructor(url: string, session: Session, retry: RetryPolicy) {
    this.url = url;
    this.#session = session;
    this.#retry = retry;
  }

  /** Signs in. Throws TransferError. */
  static async connect({ url, login, retry = DEFAULT_RETRY }: ClientOptions): Promise<ApiClient> {
    return new ApiClient(url, await openSession(url, login), retry);
  }

  /** GET of `path`; any answer but those worth waiting for. Throws TransferError when the service stays away. */
  async get(path: string): Promise<ApiAnswer> {
    return this.#answer({ method: 'GET', path, accept: null });
  }

  /**
   * POST of a JSON text, repeated until there is an answer. `repeatable`: sending it twice does no more than sending it once by itself; what is
   * not is known to the service by an id. Throws TransferError when the service stays away.
   */
  async post(path: string, body: string, repeatable: boolean): Promise<ApiAnswer> {
    const request = { method: 'POST', path, body, accept: null } as const;
    return this.#answer(repeatable ? request : { ...request, repeatability: newRepeatability() });
  }

  /** GET whose answer is read as it comes; errors are thrown as TransferError. */
  async stream(path: string, accept: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send({ method: 'GET', path, accept });
    if (response.ok && response.body !== null) return response.body;
    throw refusal(await answerOf(response));
  }

  async #answer(request: Request): Promise<ApiAnswer> {
    const retries = new Retries(this.#retry);
    for (;;) {
      const response = await this.#send(request);
      try {
        return await answerOf(response);
      } catch (error) {
        if (!(await retries.again())) throw given(this.url, connectionFailure(error));
      }
    }
  }

  /** Sends until there is an answer that waiting will not change. */
  async #send(request: Request): Promise<Response> {
    const retries = new Retries(this.#retry);
    let renewed = false;
    for (;;) {
      const token = await this.#token(retries);
      const response = await this.#attempt(request, token);
      if (response instanceof Failure) {
        if (!(await retries.again())) throw given(this.url, response.reason);
      } else if (response.status === 401 && !renewed) {
        renewed = true;
        await response.arrayBuffer();
        await this.#token(retries, token);
      } else if (BUSY.has(response.status)) {
        await response.arrayBuffer();
        const wait = retryAfter(response.headers.get('retry-after'));
        if (!(await retries.again(wait))) throw given(this.url, `it answers ${response.status}`);
      } else return response;
    }
  }

  /** A token, another one than `refused`; a service that is away is waited for. */
  async #token(retries: Retries, refused?: string): Promise<string> {
    for (;;) {
      try {
        return await (refused === undefined ? this.#session.token() : this.#session.renew(refused));
      } catch (error) {
        if (!(error instanceof ServiceAway) || !(await retries.again())) throw error;
      }
    }
  }

  async #attempt({ method, path, body, accept, repeatability }: Request, token: string): Promise<Response | Failure> {
    // What is sent are the records of an import.
    const content = body === undefined ? {} : { 'content-type': 'application/json', 'kartoteka-duplicates': 'import' };
    try {
      return await fetch(`${this.url}/api/v1/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...content,
          ...(accept === null ? {} : { accept }),
          ...repeatability,
        },
        // A redirect would turn a POST into a GET.
        redirect: 'manual',
        signal: accept === null ? AbortSignal.timeout(ANSWER_TIMEOUT) : null,
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
    } catch (error) {
      return new Failure(error);
    }
  }
}

class Failure {
  readonly reason: string;

  constructor(error: unknown) {
    this.reason = connectionFailure(error);
  }
}

async function answerOf(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const json = parsed(text);
  const error = response.ok ? null : errorOf(response.status, json);
  return { status: response.status, json, error };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function errorOf(status: number, json: unknown): ApiError {
  const error = (json as { error?: ApiError } | null)?.error;
  return typeof error?.message === 'string'
    ? error
    : { code: String(status), message: `the service answers ${status}` };
}

function newRepeatability(): Readonly<Record<string, string>> {
  return { 'repeatability-request-id': randomUUID(), 'repeatability-first-sent': new Date().toUTCString() };
}

function given(url: string, reason: string): TransferError {
  return new TransferError(`${url} does not answer any more (${reason})`);
}
