// A service on a database of its own, for tests of HTTP: real server, real engine, real PostgreSQL. Not for product code.
import { connect } from 'node:net';
import { createTestDatabase, registerTemplate, type TestDatabase } from '@kartoteka/platform/test-kit';
import { type Environment, readSettings } from '../config.ts';
import { createLog } from '../log.ts';
import { type RunningService, startService } from '../service.ts';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery staple' } as const;
export const JWT_SECRET = 'a secret for tests, of more than 32 bytes';

const TEMPLATE = 'service';
const ENVIRONMENT: Environment = {
  PORT: '0',
  KARTOTEKA_ADMIN_PASSWORD: ADMIN.password,
  KARTOTEKA_JWT_SECRET: JWT_SECRET,
  LOG_LEVEL: 'info',
};

export interface TestService {
  readonly service: RunningService;
  readonly database: TestDatabase;
  readonly address: string;
  /** What was logged so far, one JSON text per line. */
  readonly lines: string[];
  /** A second node on the same database. */
  another(environment?: Environment): Promise<TestService>;
  stop(): Promise<void>;
}

/** Starts a service on a fresh clone of a database where the shipped documents are published and ADMIN exists. */
export async function startTestService(environment: Environment = {}): Promise<TestService> {
  registerTemplate(TEMPLATE, async (url) => {
    const { service } = await startOn(url, {});
    await service.stop();
  });
  const database = await createTestDatabase({ template: TEMPLATE });
  return wrap(database, environment, () => database.drop());
}

async function wrap(
  database: TestDatabase,
  environment: Environment,
  after: () => Promise<void>,
): Promise<TestService> {
  const { service, lines } = await startOn(database.url, environment);
  return {
    service,
    database,
    lines,
    address: service.address,
    another: (more = {}) => wrap(database, { ...environment, ...more }, async () => {}),
    stop: async () => {
      await service.stop();
      await after();
    },
  };
}

async function startOn(url: string, environment: Environment): Promise<{ service: RunningService; lines: string[] }> {
  const settings = readSettings({ ...ENVIRONMENT, DATABASE_URL: url, ...environment }, '/nowhere');
  const lines: string[] = [];
  const log = createLog(settings.logLevel, { write: (line) => lines.push(line) });
  return { service: await startService(settings, log, { demo: null }), lines };
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
}

/** POSTs a form. */
export function postForm(url: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
}

/** Signs in with a password; throws when that fails. */
export async function signIn(address: string, username: string, password: string): Promise<TokenAnswer> {
  const response = await postForm(`${address}/auth/token`, { grant_type: 'password', username, password });
  if (response.status !== 200) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as TokenAnswer;
}

/** Calls the API with a token; `body` is sent as JSON. */
export function callApi(
  address: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`${address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Makes a user through the API, with a password and a role; gives the id. */
export async function makeUser(address: string, email: string, password: string, role?: string): Promise<string> {
  const { access_token: token } = await signIn(address, ADMIN.email, ADMIN.password);
  const units = await callApi(address, token, 'GET', '/api/v1/business_units?$top=1');
  const { value } = (await units.json()) as { value: { id: string }[] };
  const user = { email, full_name: email.split('@')[0], owning_business_unit_id: value[0]?.id };
  const id = await created(await callApi(address, token, 'POST', '/api/v1/users', user));
  if (role !== undefined) {
    await created(await callApi(address, token, 'POST', '/api/v1/role_assignments', { role, user_id: id }));
  }
  const set = await callApi(address, token, 'PUT', `/auth/users/${id}/password`, { password });
  if (set.status !== 204) throw new Error(`setting a password answered ${set.status}: ${await set.text()}`);
  return id;
}

async function created(response: Response): Promise<string> {
  if (response.status !== 201) throw new Error(`creating answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** Sends bytes to a port and gives all that comes back until the connection ends. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
