// A service over HTTP with a few shipped records, for the tests by clause of OData 4.01 Part 1, section 13. Tests see what a client
// sees: nothing here reaches into the engine.
import { checkAnswer } from '@kartoteka/platform/test-kit';
import { ADMIN, signIn, startTestService, type TestService } from '../../packages/service/src/testing/test-service.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and tests look into them
  readonly json: any;
}

export interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
}

export interface Client {
  /** e.g. `http://127.0.0.1:40123/api/v1` */
  readonly root: string;
  /** Bearer token of the administrator. */
  readonly token: string;
  readonly service: TestService;
  /** `path` follows the root (`/deals?$top=1`), or is a whole URL; what a URL cannot hold is encoded. */
  send(method: string, path: string, options?: Options): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** POST of a record; the record. Throws when it is refused. */
  // biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
  create(set: string, values: unknown): Promise<any>;
  stop(): Promise<void>;
}

/** A service on a database of its own, with the administrator signed in. */
export async function startClient(): Promise<Client> {
  const service = await startTestService();
  const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
  const root = `${service.address}/api/v1`;
  const client: Client = {
    root,
    token,
    service,
    send: (method, path, options) => send(client, method, path, options),
    get: (path, headers = {}) => send(client, 'GET', path, { headers }),
    async create(set, values) {
      const answer = await client.send('POST', `/${set}`, { body: values });
      if (answer.status !== 201) throw new Error(`POST ${set} answered ${answer.status}: ${answer.text}`);
      return answer.json;
    },
    stop: () => service.stop(),
  };
  return client;
}

/** Every answer below the root has to be one that the OpenAPI document promises. */
async function send(
  { root, token, service }: Client,
  method: string,
  path: string,
  { headers = {}, body }: Options = {},
): Promise<Answer> {
  const url = new URL(path.startsWith('/') ? root + path : path);
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? undefined;
  const exchange = { method, path: url.pathname + url.search, status: response.status, contentType, body: text };
  if (url.href.startsWith(`${root}/`)) await checkAnswer(service.service.platform, exchange);
  const isJson = text !== '' && contentType?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** The error that an answer holds, as `[status, code]`. */
export function failure({ status, json }: Answer): readonly [number, string | undefined] {
  return [status, json?.error?.code];
}

export interface Sample {
  readonly acme: { readonly id: string };
  readonly bolt: { readonly id: string };
  readonly anna: { readonly id: string };
  readonly boris: { readonly id: string };
  readonly roof: { readonly id: string };
  readonly pens: { readonly id: string };
}

/** Two companies with a contact each, and two deals of the first company. */
export async function createSample({ create }: Client): Promise<Sample> {
  const acme = await create('companies', { name: 'Acme', industry: 'retail', headcount: 120, external_id: 'A-1' });
  const bolt = await create('companies', { name: 'Bolt', headcount: 8 });
  const anna = await create('contacts', { first_name: 'Anna', last_name: 'Smith', company_id: acme.id });
  const boris = await create('contacts', { first_name: 'Boris', last_name: 'Jones', company_id: bolt.id });
  const roof = await create('deals', { name: 'Roof', amount: 900.5, close_date: '2027-01-31', company_id: acme.id });
  const pens = await create('deals', { name: 'Pens', amount: 20, close_date: '2027-03-15', company_id: acme.id });
  return { acme, bolt, anna, boris, roof, pens };
}
