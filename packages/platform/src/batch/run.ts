// POST /$batch: requests one after the other, each through the whole pipeline under the caller's rights; groups in one
// transaction. It reads neither format and judges no right (OData 4.01 Part 1, 11.7).
import { mapUnavailable } from '../database-errors.ts';
import { errorObject, PlatformError } from '../errors.ts';
import { exportFormatOf } from '../export/run.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { roomOf } from '../plan/record-limit.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { GROUPS_LOCK } from '../publish/locks.ts';
import { continuesOnError, responseVersion } from '../request/headers.ts';
import { withKeyAliases } from '../request/key-aliases.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { parseResource } from '../request/resource.ts';
import { header } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { TransactionLost } from '../storage/transaction-lost.ts';
import type { Database } from '../storage/types.ts';
import { GroupDatabase, GroupLost } from './group.ts';
import { JSON_BATCH } from './json.ts';
import { multipartBatch } from './multipart.ts';
import { failedDependency, type Unit, unitsOf } from './order.ts';
import { pathOf, resolvedBody, resolvedUrl } from './references.ts';
import type { BatchAnswer, BatchFormat, BatchPart } from './types.ts';

/** The pipeline for one request. */
export type Handle = (env: RequestEnvironment) => Promise<EngineResponse>;

const NO_OPTIONS = new Set<keyof QueryOptions>();

/** 200 with an answer for every request that was begun. Throws what refuses the batch as a whole, before anything is done. */
export async function runBatch(env: RequestEnvironment, handle: Handle): Promise<EngineResponse> {
  const { request } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  const format = formatOf(header(request, 'content-type'));
  const units = unitsOf(format.parse(request.body ?? ''));
  const goesOn = continuesOnError(header(request, 'prefer'));
  const run = new BatchRun({ ...env, room: roomOf(env.principal) }, handle);
  for (const unit of units) {
    const succeeded = await run.unit(unit);
    if (!succeeded && goesOn !== true) break;
  }
  const { type, body } = format.print(run.answers);
  const headers: Record<string, string> = {
    'content-type': type,
    'odata-version': responseVersion(header(request, 'odata-maxversion')),
  };
  if (goesOn !== null) headers['preference-applied'] = `odata.continue-on-error=${goesOn}`;
  return { status: 200, headers, body, ...(run.failure === undefined ? {} : { failure: run.failure }) };
}

function formatOf(contentType: string | undefined): BatchFormat {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return JSON_BATCH;
  if (type === 'multipart/mixed') return multipartBatch(contentType ?? '');
  throw new PlatformError('unsupported_media_type', { type: type || '(none)' });
}

/** A request of a group was refused: the transaction is rolled back, and this is why. */
class GroupRefused extends Error {
  readonly answer: BatchAnswer;
  constructor(answer: BatchAnswer) {
    super('refused');
    this.answer = answer;
  }
}

const TRIES = 6;

class BatchRun {
  readonly answers: BatchAnswer[] = [];
  /** The first error that is not the client's, to be logged. */
  failure: unknown;
  readonly #env: RequestEnvironment;
  readonly #handle: Handle;
  readonly #records = new Map<string, string>();
  readonly #failed = new Set<string>();
  #characters = 0;
  /** Of the answers of the group that is under way. */
  #grouping = 0;

  constructor(env: RequestEnvironment, handle: Handle) {
    this.#env = env;
    this.#handle = handle;
  }

  /** Answers the requests of a unit; false where one of them failed. */
  async unit(unit: Unit): Promise<boolean> {
    const missing = failedDependency(unit, this.#failed);
    const answers =
      missing === undefined ? await this.#answered(unit) : unit.parts.map((part) => skipped(part, missing));
    this.answers.push(...answers.map((answer) => versioned(answer, this.#env.request)));
    this.#grouping = 0;
    for (const { part, status, record, body } of answers) {
      this.#characters += body?.length ?? 0;
      if (status >= 400) this.#failed.add(part.id);
      else if (record !== null) this.#records.set(part.id, record);
    }
    const succeeded = answers.every(({ status }) => status < 400);
    if (!succeeded && unit.group !== null) this.#failed.add(unit.group);
    return succeeded;
  }

  async #answered({ group, parts }: Unit): Promise<readonly BatchAnswer[]> {
    if (group !== null) return this.#group(parts);
    const answers: BatchAnswer[] = [];
    for (const part of parts) answers.push(await this.#part(part, this.#env.database, this.#records, false));
    return answers;
  }

  /** All in one transaction; where one is refused, it alone says why, and nothing of the others is kept. */
  async #group(parts: readonly BatchPart[]): Promise<readonly BatchAnswer[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#env.database.transaction(async (tx) => {
          // Groups that have lost once go one after the other, so that they cannot lose against each other for ever.
          if (attempt > 1) await tx.run(`select pg_advisory_xact_lock(${GROUPS_LOCK})`);
          return this.#grouped(parts, new GroupDatabase(tx, this.#env.database, this.#env.model));
        });
      } catch (error) {
        if (error instanceof GroupRefused) {
          const { part: refused } = error.answer;
          return parts.map((part) => (part === refused ? error.answer : skipped(part, refused.id)));
        }
        // Of the transaction that the whole batch runs in: who began it runs it again.
        if (error instanceof TransactionLost && !(error instanceof GroupLost)) throw error;
        if (!(error instanceof GroupLost) || attempt === TRIES) return this.#groupFailed(parts, error);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
      }
    }
  }

  async #grouped(parts: readonly BatchPart[], database: GroupDatabase): Promise<readonly BatchAnswer[]> {
    const records = new Map(this.#records);
    const answers: BatchAnswer[] = [];
    this.#grouping = 0;
    for (const part of parts) {
      const answer = await this.#part(part, database, records, true);
      if (answer.status >= 400) throw new GroupRefused(answer);
      if (database.undone instanceof GroupLost) throw database.undone;
      if (database.undone !== undefined) throw new GroupRefused(refusal(part, TRIAL_RUN));
      if (answer.record !== null) records.set(part.id, answer.record);
      this.#grouping += answer.body?.length ?? 0;
      answers.push(answer);
    }
    return answers;
  }

  /** It was the transaction that failed, not one of its requests. */
  #groupFailed(parts: readonly BatchPart[], error: unknown): readonly BatchAnswer[] {
    const reason = 'Other writes on the same records got in the way; try again';
    const lost = error instanceof GroupLost ? new PlatformError('conflict', { reason }) : error;
    return parts.map((part, index) => (index === 0 ? this.#refused(part, lost) : skipped(part, parts[0]?.id ?? '')));
  }

  async #part(
    part: BatchPart,
    database: Database,
    records: ReadonlyMap<string, string>,
    grouped: boolean,
  ): Promise<BatchAnswer> {
    try {
      if (this.#characters + this.#grouping > MOST_BYTES) {
        throw new PlatformError('limit_exceeded', { limit: 'characters in one batch', value: String(MOST_BYTES) });
      }
      const request = this.#requestOf(part, records);
      if (grouped) requireGroupable(request, this.#env);
      const response = await this.#handle({ ...this.#env, database, request });
      if (response.failure !== undefined) this.failure ??= response.failure;
      return answerOf(part, request, response);
    } catch (error) {
      if (error instanceof TransactionLost) throw error;
      return this.#refused(part, error);
    }
  }

  #refused(part: BatchPart, thrown: unknown): BatchAnswer {
    const error = mapUnavailable(thrown);
    const known = error instanceof PlatformError ? error : new PlatformError('internal');
    if (known.status >= 500 && known.code !== 'not_supported') this.failure ??= error;
    return refusal(part, known);
  }

  #requestOf(part: BatchPart, records: ReadonlyMap<string, string>): EngineRequest {
    const { request } = this.#env;
    for (const name of ['authorization', 'act-as']) {
      if (part.headers[name] === undefined) continue;
      throw new PlatformError('bad_request', { reason: `${name} belongs to the batch, not to a request in it` });
    }
    requireHead(part);
    const url = pathOf(part, resolvedUrl(part.url, records), request.baseUrl);
    const mark = url.indexOf('?');
    const own = withKeyAliases({
      ...request,
      method: part.method === 'HEAD' ? 'GET' : part.method,
      path: mark < 0 ? url : url.slice(0, mark),
      query: mark < 0 ? '' : url.slice(mark + 1),
      headers: { ...inherited(request), ...part.headers },
      body: resolvedBody(part.body, records),
    });
    if (isBatch(own.path)) throw new PlatformError('bad_request', { reason: 'a batch has no batch in it' });
    if (own.method === 'GET' && exportFormatOf(own) !== null)
      throw new PlatformError('not_supported', { what: 'A list as CSV or XLSX in a batch' });
    return own;
  }
}

/** However its characters are written; what is not encoded as it has to be is refused elsewhere. */
function isBatch(path: string): boolean {
  try {
    return /^\/+\$batch\b/i.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}

/** Characters of a request's URL and headers: what the service takes of a request of its own (40 KiB). */
const LONGEST_HEAD = 40_960;

/** Throws for a URL and headers that no request of HTTP could have: too long, or with control characters in them. */
function requireHead({ url, headers }: BatchPart): void {
  const texts = [url, ...Object.entries(headers).flat()];
  if (texts.reduce((sum, text) => sum + text.length, 0) > LONGEST_HEAD) {
    throw new PlatformError('limit_exceeded', { limit: 'size of the URL and headers of a request', value: '40 KiB' });
  }
  if (texts.some((text) => /(?!\t)\p{Cc}/u.test(text)))
    throw new PlatformError('bad_request', { reason: 'the URL or a header has a control character in it' });
}

/** What the batch says for every request in it. */
function inherited(request: EngineRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['accept-language', 'odata-maxversion', 'odata-version', 'user-agent']) {
    const value = header(request, name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

const GROUPABLE = new Set([
  ...[
    'collection',
    'record',
    'property',
    'related',
    'references',
    'target_reference',
    'operation',
    'extension',
    'unbound_extension',
  ],
]);

/** A request that answers well and takes back what it did. */
const TRIAL_RUN = new PlatformError('not_supported', { what: 'A trial run (dry_run) in an atomic group' });

/** Throws for what cannot be part of one transaction: requests that read, and those that have several of their own. */
function requireGroupable(request: EngineRequest, { model }: RequestEnvironment): void {
  if (request.method === 'GET' || request.method === 'OPTIONS') {
    throw new PlatformError('bad_request', { reason: 'a request that reads has no place in an atomic group' });
  }
  if (GROUPABLE.has(parseResource(request.path, model).kind)) return;
  throw new PlatformError('not_supported', { what: 'A request for many records in an atomic group' });
}

function answerOf(part: BatchPart, request: EngineRequest, response: EngineResponse): BatchAnswer {
  const { 'server-timing': _timing, ...headers } = response.headers;
  const location = headers.location?.slice(request.baseUrl.length + 1);
  const own = request.method === 'POST' || request.method === 'DELETE' ? null : request.path.slice(1);
  const body = part.method === 'HEAD' ? null : response.body;
  return { part, status: response.status, headers, body, record: location ?? own };
}

function refusal(part: BatchPart, error: PlatformError): BatchAnswer {
  const innererror = error.hint === undefined ? {} : { innererror: { hint: error.hint } };
  const body = JSON.stringify({ error: { ...errorObject(error), ...innererror } });
  const wait: Record<string, string> = error.status === 503 ? { 'retry-after': '1' } : {};
  const headers = { 'content-type': 'application/json', ...wait, ...error.headers };
  return { part, status: error.status, headers, body, record: null };
}

/** An error tells the version that it is written in, as every answer does; one that cannot be told is answered as 4.0. */
function versioned(answer: BatchAnswer, batch: EngineRequest): BatchAnswer {
  if (answer.status < 400) return answer;
  const asked = Number(answer.part.headers['odata-maxversion'] ?? header(batch, 'odata-maxversion'));
  return { ...answer, headers: { ...answer.headers, 'odata-version': asked >= 4.01 ? '4.01' : '4.0' } };
}

function skipped(part: BatchPart, id: string): BatchAnswer {
  return refusal(part, new PlatformError('failed_dependency', { id }));
}
