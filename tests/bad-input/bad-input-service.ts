// A service process with a little data, to be sent bad input; and what every refusal must look like. The process runs in a
// time zone far from UTC, because nothing may depend on it.
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { ERRORS, publish } from '@kartoteka/platform';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { expect } from 'vitest';
import { ADMIN, signIn } from '../../packages/service/src/testing/test-service.ts';
import { quietLog } from '../crm-kit.ts';
import { type Json, type ServiceProcess, startServiceProcess } from '../service-process.ts';
import { exchange } from './raw-requests.ts';

/** Values of other people's records: no refusal may repeat them. */
export const SECRETS = ['Confidential Ltd', 'hidden-external-id', '987654321.1234'] as const;

/** One property of every type. */
const SAMPLE_ENTITY = {
  name: 'x_sample',
  set: 'x_samples',
  label: { en: 'Sample' },
  plural_label: { en: 'Samples' },
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', required: true, max_length: 20, search: true },
    whole: { type: 'integer' },
    ratio: { type: 'decimal', precision: 38, scale: 10 },
    price: { type: 'money' },
    flag: { type: 'boolean' },
    day: { type: 'date' },
    moment: { type: 'datetime' },
    kind: { type: 'choice', values: { a: { label: { en: 'A' }, order: 1 }, b: { label: { en: 'B' }, order: 2 } } },
    company: { type: 'lookup', targets: ['company'], inverse: 'x_samples' },
  },
  indexes: { by_moment: ['moment'] },
};

export interface Call {
  readonly method?: string;
  /** After `/api/v1`, sent as it is; begin with `//` for a path outside the API (without the first slash). */
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body parsed, or undefined. */
  readonly json: Json | undefined;
}

export interface BadInputService {
  readonly process: ServiceProcess;
  readonly database: TestDatabase;
  readonly companyId: string;
  readonly sampleId: string;
  /** Sends a request as the administrator; `Content-Type: application/json` unless the headers say otherwise. */
  call(call: Call): Promise<Reply>;
  /** Sends bytes to the port and gives all that comes back. */
  exchange(bytes: string | Buffer): Promise<string>;
  /** Number of rows of every table. */
  rowCounts(): Promise<Readonly<Record<string, string>>>;
  readonly token: string;
  stop(): Promise<void>;
}

/** A service on a database of its own with an entity of every field type and a few records. */
export async function startBadInputService(): Promise<BadInputService> {
  const database = await createTestDatabase({ template: 'crm' });
  const changes = [{ kind: 'entity', name: SAMPLE_ENTITY.name, body: SAMPLE_ENTITY }] as const;
  await publish(database.database, { changes, author: null, comment: 'Sample', log: quietLog });
  const service = await startServiceProcess(database.url, { TZ: 'America/Los_Angeles' });
  const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const call = (each: Call): Promise<Reply> => sendCall(agent, service.address, token, each);
  const create = async (set: string, values: Json): Promise<string> => {
    const reply = await call({ method: 'POST', path: `/${set}`, body: JSON.stringify(values) });
    expect(reply.status, reply.text).toBe(201);
    return String(reply.json?.id);
  };
  const secret = { name: SECRETS[0], external_id: SECRETS[1], revenue: SECRETS[2] };
  await create('companies', secret);
  const companyId = await create('companies', { name: 'Open company', headcount: 5 });
  const sampleId = await create('x_samples', { name: 'First', whole: 1, company_id: companyId });
  await create('x_samples', { name: 'Second', whole: 2, moment: '2026-03-08T10:00:00.000001Z' });
  return {
    process: service,
    database,
    companyId,
    sampleId,
    token,
    call,
    exchange: (bytes) => exchange(Number(new URL(service.address).port), bytes),
    rowCounts: () => rowCounts(database),
    stop: async () => {
      agent.destroy();
      await service.stop();
      await database.drop();
    },
  };
}

function sendCall(agent: Agent, address: string, token: string, call: Call): Promise<Reply> {
  const { method = 'GET', path, body } = call;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  // Node.js frames the bodies of some methods only when it is told their length.
  if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  const { hostname, port } = new URL(address);
  const target = path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ agent, hostname, port, method, path: target, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Of every table but those that count wrong sign-ins and record what was refused: there, a trace is left on purpose. */
async function rowCounts({ database }: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const tables = await database.run(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('data', 'kartoteka') and tablename not in ('login_attempt', 'security_log') order by 1`,
  );
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::text as rows from ${name}`);
  const rows = await database.run(counts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, rows: count }) => [String(name), String(count)]));
}

interface ErrorObject {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly { code: string; message: string; target?: string }[];
  readonly innererror: { request_id: string; hint?: string };
}

/** Words that come from PostgreSQL, from a statement or from a stack, never from the error table. */
const LEAKS: readonly RegExp[] = [
  /\bat \S+ \(|\bat (file|node):|node_modules|node:internal|\.ts:\d+/,
  /\b(data|kartoteka)\."?(company|contact|deal|user|x_sample|share|change_log|state|principal)\b/,
  /syntax error at|violates|relation "|column "|invalid input syntax|out of range for type|operator does not exist/,
  /duplicate key value|null value in|current transaction|PostgresError|SQLSTATE|TypeError|RangeError|SyntaxError/,
  /Cannot read prop|is not a function|is not iterable|undefined|\[object/,
];

/** Asserts that the reply is a refusal as the protocol has it, and gives its error object. */
export function expectRefusal(reply: Reply, what: string): ErrorObject {
  const shown = `${what}: ${reply.status} ${reply.text.slice(0, 1000)}`;
  expect(reply.status === 501 || (reply.status >= 400 && reply.status < 500), shown).toBe(true);
  expect(reply.headers['content-type'], shown).toBe('application/json; charset=utf-8');
  expect(Object.keys(reply.json ?? {}), shown).toEqual(['error']);
  const error = reply.json?.error as ErrorObject;
  expect(Object.hasOwn(ERRORS, error.code), shown).toBe(true);
  expect(ERRORS[error.code as keyof typeof ERRORS].status, shown).toBe(reply.status);
  expect(error.message, shown).toMatch(/\S/);
  expect(['string', 'undefined'], shown).toContain(typeof error.target);
  for (const detail of error.details ?? []) {
    expect(Object.hasOwn(ERRORS, detail.code), shown).toBe(true);
    expect(detail.message, shown).toMatch(/\S/);
    expect(detail.target, shown).toEqual(expect.any(String));
  }
  expect(error.innererror.request_id, shown).toBe(reply.headers['x-request-id']);
  for (const leak of LEAKS) expect(reply.text, shown).not.toMatch(leak);
  for (const secret of SECRETS) expect(reply.text, shown).not.toContain(secret);
  return error;
}
