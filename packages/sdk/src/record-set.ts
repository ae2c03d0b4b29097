// The records of one entity set as a program uses them: plans, each sent by itself. Its types are in record-set-types.ts.
import { type BulkOptions, bulkResults } from './bulk.ts';
import { type DeltaRequest, deltaPages } from './delta.ts';
import { jsonText } from './json.ts';
import { type AnyKey, type AnyRecord, type Plan, Plans, type Precondition } from './plans.ts';
import { type PageOptions, Query } from './query.ts';
import { type AnyOptions, encodedQuery } from './query-text.ts';
import type { SchemaData } from './schema.ts';
import type { Answer, CallOptions, Transport, WriteOptions } from './transport.ts';

/** Sends one request by itself. Throws CrmError, or the signal's reason. */
export async function sendPlan<T>(
  transport: Transport,
  { method, path, headers, body, read }: Plan<T>,
  options: WriteOptions = {},
): Promise<T> {
  const { signal, repeatable } = options;
  const answer = await transport.send({
    method,
    path,
    signal,
    repeatable,
    headers: { ...headers, ...options.headers },
    body: body === undefined ? undefined : jsonText(body),
  });
  return read(readable(answer));
}

const readable = ({ status, json, headers }: Answer) => ({ status, json, etag: headers.get('etag') ?? undefined });

class Readable {
  protected readonly transport: Transport;
  protected readonly plans: Plans;

  constructor(transport: Transport, plans: Plans) {
    this.transport = transport;
    this.plans = plans;
  }

  get(key: AnyKey, options: AnyOptions & CallOptions = {}): Promise<unknown> {
    return this.send(this.plans.get(key, options), options);
  }

  query(options: AnyOptions & PageOptions = {}): Query<unknown> {
    return new Query(this.transport, this.plans.listPath(options), options);
  }

  count(options: AnyOptions & CallOptions = {}): Promise<string> {
    const { filter, search } = options;
    return this.send(this.plans.count({ filter, search }), options);
  }

  action(key: AnyKey, name: string, parameters: AnyRecord = {}, options: Precondition & WriteOptions = {}): unknown {
    return this.operate(key, name, parameters, options);
  }

  protected operate(
    key: AnyKey | null,
    name: string,
    parameters: AnyRecord,
    options: Precondition & WriteOptions,
  ): unknown {
    const plan = this.plans.operation(key, name, parameters, options);
    return plan.kind === 'list' ? new Query(this.transport, plan.path, options) : this.send(plan, options);
  }

  protected send<T>(plan: Plan<T>, options: WriteOptions): Promise<T> {
    return sendPlan(this.transport, plan, options);
  }
}

export class Records extends Readable {
  /** What is in the recycle bin. */
  readonly deleted: Readable;
  readonly #schema: SchemaData;
  readonly #set: string;

  constructor(transport: Transport, schema: SchemaData, set: string) {
    super(transport, new Plans(schema, set));
    this.#schema = schema;
    this.#set = set;
    this.deleted = new Readable(transport, new Plans(schema, set, '/deleted'));
  }

  getIfChanged(key: AnyKey, etag: string, options: AnyOptions & CallOptions = {}): Promise<unknown> {
    const plan = this.plans.get(key, options);
    const headers = { ...plan.headers, 'if-none-match': etag };
    return this.send(
      { ...plan, headers, read: (answer) => (answer.status === 304 ? undefined : plan.read(answer)) },
      options,
    );
  }

  create(values: object, options: AnyOptions & WriteOptions = {}): Promise<unknown> {
    return this.send(this.plans.create(values, options), options);
  }

  update(key: AnyKey, changes: object, options: Precondition & WriteOptions = {}): Promise<string> {
    return this.send(this.plans.update(key, changes, options), options);
  }

  updateAndGet(key: AnyKey, changes: object, options: AnyOptions & Precondition & WriteOptions = {}): Promise<unknown> {
    return this.send(this.plans.updateAndGet(key, changes, options), options);
  }

  upsert(key: AnyKey, values: object, options: AnyOptions & WriteOptions = {}): Promise<unknown> {
    return this.send(this.plans.upsert(key, values, options), options);
  }

  delete(key: AnyKey, options: Precondition & WriteOptions = {}): Promise<void> {
    return this.send(this.plans.delete(key, options), options);
  }

  bulk(records: Iterable<object> | AsyncIterable<object>, options: BulkOptions = {}) {
    return bulkResults(this.transport, this.#set, records, options);
  }

  delta(options: AnyOptions & PageOptions = {}, state?: string) {
    const { select, filter, search } = options;
    const path = this.plans.listPath({ select, filter, search });
    const request: DeltaRequest = { path, options, state };
    return deltaPages(this.transport, this.#set, request);
  }

  actionOnSet(name: string, parameters: AnyRecord = {}, options: Precondition & WriteOptions = {}): unknown {
    return this.operate(null, name, parameters, options);
  }

  related(key: AnyKey, navigation: string) {
    const target = new Plans(this.#schema, this.plans.target(navigation));
    const path = (options: AnyOptions): string => this.plans.relatedPath(key, navigation, options);
    const plain = { headers: {}, read: () => undefined };
    return {
      query: (options: AnyOptions & PageOptions = {}) => new Query(this.transport, path(options), options),
      create: (values: object, options: WriteOptions = {}) =>
        this.send({ ...target.create(values), path: path({}) }, options),
      link: (other: AnyKey, options: WriteOptions = {}) => {
        const body = { '@odata.id': target.keyPath(other) };
        return this.send({ ...plain, method: 'POST', path: `${path({})}/$ref`, body }, options);
      },
      unlink: (other: AnyKey, options: WriteOptions = {}) => {
        const id = encodeURIComponent(decodeURIComponent(target.keyPath(other)));
        return this.send({ ...plain, method: 'DELETE', path: `${path({})}/$ref?$id=${id}` }, options);
      },
    };
  }

  odata(query: string, options: PageOptions = {}): Query<unknown> {
    return new Query(this.transport, `${this.#set}?${encodedQuery(query)}`, options);
  }
}
