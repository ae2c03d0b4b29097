// Several requests in one (docs/rest.md, "Batches"): recorded by a function, sent together, their results told by name. Every change in it
// is repeatable by itself, so that the batch can be sent again when its answer was lost.
import { CrmError, errorOf, NotStartedError, unexpectedAnswer } from './errors.ts';
import { jsonText } from './json.ts';
import { type AnyKey, type AnyRecord, operationPlan, type Plan, Plans, type Precondition, Reference } from './plans.ts';
import type { AnyOptions } from './query-text.ts';
import type { SchemaData } from './schema.ts';
import { type CallOptions, isPassing, JSON_TYPE, type Transport } from './transport.ts';

export interface BatchOptions extends CallOptions {
  /** Go on after a request that failed; the others are run but for those that depend on it. */
  readonly continueOnError?: boolean;
  /** As in the options of the client. */
  readonly repeatable?: boolean;
}

/** Of each request of a batch. */
export interface AfterOptions {
  /** Requests that have to have succeeded. Who names a record by its `ref` depends on it anyway. */
  readonly after?: readonly Handle<unknown>[];
}

/** A request that was recorded, and in later ones the record that it makes or names. `T` is what it answers. */
export class Handle<T> extends Reference {
  /** For `company@odata.bind`. */
  declare readonly ref: string;
  declare protected readonly answers: T;
}

/** What became of one request of a batch. */
export class BatchResult<T> {
  readonly error: CrmError | undefined;
  readonly #value: T | undefined;

  /** @internal */
  constructor(value: T | undefined, error?: CrmError) {
    this.#value = value;
    this.error = error;
  }

  /** Throws the error of a request that was refused, or not begun. */
  get value(): T {
    if (this.error !== undefined) throw this.error;
    return this.#value as T;
  }
}

interface Part {
  readonly id: string;
  readonly plan: Plan<unknown>;
  readonly group: string | undefined;
  readonly after: readonly string[];
  readonly repeatability: Readonly<Record<string, string>>;
}

/** Records requests; what it is for the compiler is in client-types.ts. */
class Recorder {
  readonly parts: Part[] = [];
  readonly #repeatability: () => Record<string, string>;
  #groups = 0;
  #group: string | undefined;

  constructor(repeatability: () => Record<string, string>) {
    this.#repeatability = repeatability;
  }

  /** Everything that is recorded by the function is done as a whole or not at all. */
  atomic<T>(record: () => T): T {
    if (this.#group !== undefined) throw new TypeError('an atomic group has no group in it');
    this.#groups += 1;
    this.#group = `g${this.#groups}`;
    try {
      return record();
    } finally {
      this.#group = undefined;
    }
  }

  add<T>(plan: Plan<T>, { after = [] }: AfterOptions = {}): Handle<T> {
    const id = `r${this.parts.length + 1}`;
    const repeatability = plan.method === 'GET' ? {} : this.#repeatability();
    this.parts.push({ id, plan, group: this.#group, after: after.map(({ ref }) => ref.slice(1)), repeatability });
    return new Handle<T>(`$${id}`);
  }
}

function recorderOf(recorder: Recorder, schema: SchemaData, set: string) {
  const plans = new Plans(schema, set);
  type Options = AnyOptions & Precondition & AfterOptions;
  const add = <T>(plan: Plan<T>, options?: AfterOptions): Handle<T> => recorder.add(plan, options);
  return {
    get: (key: AnyKey, options?: Options) => add(plans.get(key, options), options),
    page: (options?: Options) => add(plans.page(options), options),
    create: (values: object, options?: Options) => add(plans.create(values, options), options),
    update: (key: AnyKey, changes: object, options?: Options) => add(plans.update(key, changes, options), options),
    upsert: (key: AnyKey, values: object, options?: Options) => add(plans.upsert(key, values, options), options),
    delete: (key: AnyKey, options?: Options) => add(plans.delete(key, options), options),
    action: (key: AnyKey, name: string, parameters: AnyRecord = {}, options?: Options) =>
      add(plans.operation(key, name, parameters, options), options),
    actionOnSet: (name: string, parameters: AnyRecord = {}, options?: Options) =>
      add(plans.operation(null, name, parameters, options), options),
  };
}

/** Runs what `build` records, and tells the result of each handle that it gives. Throws what concerns the batch as a whole. */
export async function runBatch(
  transport: Transport,
  schema: SchemaData,
  build: (batch: never) => Readonly<Record<string, Handle<unknown>>>,
  { continueOnError = false, ...options }: BatchOptions,
): Promise<Record<string, BatchResult<unknown>>> {
  const repeats = options.repeatable ?? transport.repeats;
  const recorder = new Recorder(() => (repeats ? transport.repeatability() : {}));
  const sets = Object.keys(schema.sets).map((set) => [set, recorderOf(recorder, schema, set)] as const);
  const own = {
    set: (name: string) => recorderOf(recorder, schema, name),
    atomic: <T>(record: () => T): T => recorder.atomic(record),
    action: (name: string, parameters: AnyRecord = {}, after?: AfterOptions) =>
      recorder.add(operationPlan(schema.operations, '', name, parameters), after),
  };
  const handles = build({ ...Object.fromEntries(sets), ...own } as never);
  const { parts } = recorder;
  const answers = parts.length === 0 ? new Map() : await sent(transport, parts, continueOnError, options);
  const results = parts.map((part) => [`$${part.id}`, resultOf(part, answers.get(part.id))] as const);
  const byRef = new Map<string, BatchResult<unknown>>(results);
  return Object.fromEntries(
    Object.entries(handles).map(([name, { ref }]) => [name, byRef.get(ref) ?? notStarted(ref)]),
  );
}

interface WireAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function sent(
  transport: Transport,
  parts: readonly Part[],
  goesOn: boolean,
  options: CallOptions & { repeatable?: boolean },
): Promise<ReadonlyMap<string, WireAnswer>> {
  const { json } = await transport.send({
    ...options,
    method: 'POST',
    path: '$batch',
    headers: { ...options.headers, prefer: `odata.continue-on-error=${goesOn}` },
    body: jsonText({ requests: parts.map(wireOf) }),
    inParts: true,
    unfinished: (answer) =>
      answersIn(answer)
        .map(errorIn)
        .find((error) => error !== undefined && isPassing(error, true)),
  });
  return new Map(answersIn(json).map((answer) => [answer.id, answer]));
}

function wireOf({ id, plan, group, after, repeatability }: Part): object {
  const headers = { accept: JSON_TYPE, ...plan.headers, ...repeatability };
  const depends = after.length === 0 ? undefined : after;
  const { method, path: url, body } = plan;
  return { id, method, url, headers, body, atomicityGroup: group, dependsOn: depends };
}

function answersIn(json: unknown): readonly WireAnswer[] {
  const responses = (json as { responses?: unknown } | null)?.responses;
  if (!Array.isArray(responses)) throw unexpectedAnswer('a batch has responses');
  return responses;
}

function errorIn({ status, headers, body }: WireAnswer): CrmError | undefined {
  if (status < 400) return undefined;
  const seconds = Number(headers?.['retry-after']);
  return errorOf(status, body, { retryAfter: Number.isNaN(seconds) ? undefined : seconds * 1000 });
}

function resultOf({ plan, id }: Part, answer: WireAnswer | undefined): BatchResult<unknown> {
  if (answer === undefined) return notStarted(id);
  const error = errorIn(answer);
  if (error !== undefined) return new BatchResult(undefined, error);
  const { status, body, headers } = answer;
  try {
    return new BatchResult(plan.read({ status, json: body ?? null, etag: headers?.etag ?? headers?.ETag }));
  } catch (thrown) {
    // What the others answered is told all the same.
    if (thrown instanceof CrmError) return new BatchResult(undefined, thrown);
    throw thrown;
  }
}

function notStarted(what: string): BatchResult<never> {
  const message = `The request ${what} was not begun, because one before it failed`;
  return new BatchResult<never>(undefined, new NotStartedError({ status: 0, code: 'not_started', message }));
}
