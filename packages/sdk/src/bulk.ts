// Many records from wherever they come, in requests of many (docs/rest.md, "Many records in one request"). It holds the records that are
// being sent and those that are sent next, however many there are in all.
import { CrmError, errorOf, placedFrom, unexpectedAnswer } from './errors.ts';
import { jsonText } from './json.ts';
import { untilAborted } from './retry.ts';
import type { Transport, WriteOptions } from './transport.ts';

export interface BulkOptions<KeyName extends string = string> extends WriteOptions {
  /** `create` unless given. */
  readonly mode?: 'create' | 'update' | 'upsert';
  /** How records are found: by `id` unless given, or by an alternate key, whose values every record then has. */
  readonly key?: 'id' | KeyName;
  /** All or none of the records of one request. */
  readonly atomic?: boolean;
  /** Tells what would be, and stores nothing. */
  readonly dryRun?: boolean;
  /** Records of one request, 10,000 at most; 1,000 unless given. */
  readonly chunk?: number;
  /** Characters of one request, of which the service takes 32 Mi unless it is set up otherwise; 8 Mi unless given. */
  readonly chunkCharacters?: number;
  /**
   * Requests under way at a time; 1 unless given. With more, records of one request must not need those of another, and a failure of
   * one leaves it open what became of the others.
   */
  readonly parallel?: number;
}

export interface BulkResult<T> {
  /** From 0 on, over all records. */
  readonly index: number;
  readonly record: T;
  /** As a request for this record alone would answer. */
  readonly status: number;
  readonly id: string | undefined;
  /** False where the record had all values already. */
  readonly changed: boolean;
  /** Why it was refused; the others are not held up by it. */
  readonly error: CrmError | undefined;
}

interface Chunk<T> {
  readonly start: number;
  readonly records: readonly T[];
  readonly texts: readonly string[];
}

/**
 * A request as a whole that fails, or the source of the records, ends it with that error; results of the requests before it have been told
 * then.
 */
export async function* bulkResults<T extends object>(
  transport: Transport,
  set: string,
  records: Iterable<T> | AsyncIterable<T>,
  options: BulkOptions,
): AsyncGenerator<BulkResult<T>, void, undefined> {
  const { parallel = 1, signal } = options;
  const most = positive('parallel', parallel, 64);
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const underWay: Promise<readonly BulkResult<T>[]>[] = [];
  const oldest = async (): Promise<readonly BulkResult<T>[]> => (await underWay.shift()) ?? [];
  try {
    let failure: { readonly error: unknown } | undefined;
    for await (const next of withFailure(chunks(taken(records, signal), options))) {
      if ('error' in next) {
        failure = next;
        break;
      }
      const chunk = next.value;
      // The next records were read while these were on their way.
      if (underWay.length >= most) yield* await oldest();
      const sent = sendChunk(transport, set, chunk, { ...options, signal: stop.signal });
      // It is waited for later, and a failure must not be an unhandled one until then.
      sent.catch(() => {});
      underWay.push(sent);
    }
    while (underWay.length > 0) yield* await oldest();
    if (failure !== undefined) throw failure.error;
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort(new Error('the results of the bulk request are no longer waited for'));
  }
}

/** The records as they come; waiting for the next ends when the signal aborts. */
async function* taken<T>(
  records: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator = Symbol.asyncIterator in records ? records[Symbol.asyncIterator]() : records[Symbol.iterator]();
  let isOpen = true;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = iterator.next();
      isOpen = false;
      const { done, value } = next instanceof Promise ? await untilAborted(next, signal) : await next;
      if (done === true) return;
      isOpen = true;
      yield value;
    }
  } finally {
    if (isOpen) await iterator.return?.();
  }
}

async function* chunks<T extends object>(
  records: AsyncIterable<T>,
  { chunk = 1000, chunkCharacters = 8 * 1_048_576 }: BulkOptions,
): AsyncGenerator<Chunk<T>, void, undefined> {
  const most = positive('chunk', chunk, 10_000);
  const longest = positive('chunkCharacters', chunkCharacters, 512 * 1_048_576);
  let start = 0;
  let held: T[] = [];
  let texts: string[] = [];
  let characters = 0;
  for await (const record of records) {
    const text = textOf(record, start + held.length);
    if (held.length >= most || (held.length > 0 && characters + text.length > longest)) {
      yield { start, records: held, texts };
      start += held.length;
      [held, texts, characters] = [[], [], 0];
    }
    held.push(record);
    texts.push(text);
    characters += text.length + 1;
  }
  if (held.length > 0) yield { start, records: held, texts };
}

/** Throws TypeError that names the place of what is no record. */
function textOf(record: unknown, index: number): string {
  const text = record === null || typeof record !== 'object' ? '' : jsonText(record);
  if (text.startsWith('{')) return text;
  throw new TypeError(
    `record ${index} of a bulk request is ${Array.isArray(record) ? 'a list' : String(record)}, not an object`,
  );
}

/** A failure of the source as its last item, so that what was sent before can be told first. */
async function* withFailure<T>(
  source: AsyncIterable<T>,
): AsyncGenerator<{ value: T } | { error: unknown }, void, undefined> {
  try {
    for await (const value of source) yield { value };
  } catch (error) {
    yield { error };
  }
}

async function sendChunk<T>(
  transport: Transport,
  set: string,
  { start, records, texts }: Chunk<T>,
  { mode, key, atomic, dryRun, signal, headers, repeatable }: BulkOptions,
): Promise<readonly BulkResult<T>[]> {
  const options = JSON.stringify({ mode, key, atomic, dry_run: dryRun });
  const body = `${options.slice(0, -1)}${options === '{}' ? '' : ','}"records":[${texts.join(',')}]}`;
  const call = { method: 'POST', path: `${set}/bulk`, body, signal, headers, repeatable } as const;
  const { json } = await transport.send(call).catch((error) => {
    throw error instanceof CrmError ? placedFrom(start, error) : error;
  });
  const results: unknown = json?.results;
  if (!Array.isArray(results) || results.length !== records.length) throw unexpectedAnswer('a result for each record');
  return records.map((record, at) => resultOf(results[at], record, start + at, set));
}

function resultOf<T>(
  { status, id, changed, error }: { status: number; id?: string; changed?: boolean; error?: unknown },
  record: T,
  index: number,
  set: string,
): BulkResult<T> {
  const refused = error === undefined ? undefined : errorOf(status, { error }, { request: `POST ${set}/bulk` });
  return { index, record, status, id, changed: changed === true, error: refused };
}

function positive(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`${name} is a whole number from 1 to ${most}, not ${value}`);
}
