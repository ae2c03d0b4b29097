// Before anything is measured: both servers must give the same answers to the same requests of the same users.
// Annotations (names with @), and headers of the answers in a batch, are the service's alone; everything else must be equal.
import { isDeepStrictEqual } from 'node:util';
import { dealNumber, idOf, seededRandom } from './dataset.ts';
import {
  type BenchRequest,
  nextRequest,
  OPERATIONS,
  type OperationName,
  RECORDS,
  type Target,
  WRITES,
} from './operations.ts';
import type { RunningServer } from './servers.ts';

const SAMPLES = 25;
/** Of requests with many records. */
const SAMPLES_OF_MANY = 2;
/** What a server makes up itself when it creates a record. */
const MADE_UP = new Set(['id', 'number', 'created_on', 'modified_on']);

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

/** Throws an Error that shows the first difference. Leaves written rows behind. */
export async function compareAnswers(
  servers: Readonly<Record<Target, RunningServer>>,
  tokens: readonly string[],
): Promise<void> {
  for (const operation of OPERATIONS) {
    const draw = { baseline: seededRandom(7), service: seededRandom(7) };
    const samples = RECORDS[operation] === undefined ? SAMPLES : SAMPLES_OF_MANY;
    for (let sample = 0; sample < samples; sample += 1) {
      const [baseline, service] = await Promise.all(
        (['baseline', 'service'] as const).map((target) =>
          ask(servers[target], nextRequest(target, operation, tokens.length, draw[target]), tokens),
        ),
      );
      if (baseline && service) mustAgree(operation, baseline, service);
    }
  }
  await refusals(servers, tokens);
}

/** Somebody else's deal is a missing deal, and nobody gets in without a token. */
async function refusals(servers: Readonly<Record<Target, RunningServer>>, tokens: readonly string[]): Promise<void> {
  for (const target of ['baseline', 'service'] as const) {
    const path = `${target === 'service' ? '/api/v1' : ''}/deals/${idOf('deal', dealNumber(2, 0))}`;
    const hidden: BenchRequest = { user: 1, method: 'GET', path, body: '', status: 404 };
    for (const [request, known] of [
      [hidden, tokens],
      [{ ...hidden, status: 401 }, []],
    ] as const) {
      const { status } = await ask(servers[target], request, known);
      if (status !== request.status) throw new Error(`${target}: ${path} answered ${status}, not ${request.status}`);
    }
  }
}

function mustAgree(operation: OperationName, baseline: Answer, service: Answer): void {
  const created = operation !== 'update' && WRITES.has(operation);
  const left = { ...baseline, body: comparable(baseline.body, created) };
  const right = { ...service, body: comparable(service.body, created) };
  // Lists have no ETag of their own; two updates of the same deal cannot answer with the same version.
  const versioned = operation === 'read' || operation === 'create';
  if (!versioned && /^W\/"\d+"$/.test(service.etag ?? 'W/"0"')) left.etag = right.etag;
  if (isDeepStrictEqual(left, right)) return;
  const show = (answer: Answer): string => JSON.stringify(answer).slice(0, 1_500);
  throw new Error(`${operation}: the answers differ\nbaseline ${show(left)}\nservice  ${show(right)}`);
}

/** The body without annotations; the total of a list counts as data. */
function comparable(value: unknown, created: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item, created));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, content]) => {
    if (name === '@odata.count') return [['count', content]];
    if (name.includes('@') || name === 'headers' || name === 'atomicityGroup' || (created && MADE_UP.has(name)))
      return [];
    return [[name, comparable(content, created)]];
  });
  return Object.fromEntries(kept.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

async function ask(server: RunningServer, request: BenchRequest, tokens: readonly string[]): Promise<Answer> {
  const token = tokens[request.user - 1];
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (request.body !== '') headers['content-type'] = 'application/json';
  const body = request.body === '' ? null : request.body;
  const response = await fetch(`http://127.0.0.1:${server.port}${request.path}`, {
    method: request.method,
    headers,
    body,
  });
  const text = await response.text();
  if (response.status >= 500) throw new Error(`${server.target} ${request.method} ${request.path}: ${text}`);
  const etag = response.headers.get('etag');
  return { status: response.status, etag, body: text === '' || response.status >= 400 ? null : JSON.parse(text) };
}
