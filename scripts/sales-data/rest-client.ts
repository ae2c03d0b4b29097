// The little of a REST client that loading and checking need: sign in, send, walk pages. Nothing of the platform is used.

export type Json = Readonly<Record<string, unknown>>;

/** What the service answered when it was not what was asked for. */
export class RestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, body: Json) {
    const error = (body.error ?? {}) as {
      code?: string;
      message?: string;
      details?: { target?: string; message: string }[];
    };
    const details = (error.details ?? []).map((detail) => `${detail.target ?? ''}: ${detail.message}`).join('; ');
    super(`${request}: ${status} ${error.code ?? ''} ${error.message ?? ''} ${details}`.trim());
    this.status = status;
    this.code = error.code ?? '';
  }
}

export class RestClient {
  readonly #base: string;
  readonly #token: string;

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Signs in with the password grant. `address` is the service's, without a path. */
  static async signIn(address: string, email: string, password: string): Promise<RestClient> {
    const body = new URLSearchParams({ grant_type: 'password', username: email, password });
    const response = await fetch(`${address}/auth/token`, { method: 'POST', body });
    const answer = (await response.json()) as { access_token?: string };
    if (answer.access_token === undefined) throw new Error(`${email} cannot sign in: ${response.status}`);
    return new RestClient(address, answer.access_token);
  }

  /** One request to `/api/v1`; the JSON answer. Throws RestError unless it is a success. */
  async send(method: string, path: string, body?: Json): Promise<Json> {
    return this.#request(method, `${this.#base}/api/v1${path}`, body);
  }

  /** Sets a user's password (capability manage_credentials). */
  async setPassword(userId: string, password: string): Promise<void> {
    await this.#request('PUT', `${this.#base}/auth/users/${userId}/password`, { password });
  }

  /** Every record of a query, following the next links; pages are held one at a time. */
  async *all(path: string): AsyncGenerator<Json> {
    let url: string | undefined = `${this.#base}/api/v1${path}`;
    while (url !== undefined) {
      const page: Json = await this.#request('GET', url);
      yield* page.value as Json[];
      url = page['@odata.nextLink'] as string | undefined;
    }
  }

  async #request(method: string, url: string, body?: Json): Promise<Json> {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? {} : (JSON.parse(text) as Json);
    if (!response.ok) throw new RestError(`${method} ${new URL(url).pathname}`, response.status, answer);
    return answer;
  }
}
