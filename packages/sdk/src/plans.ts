// What is sent for each thing that can be done with records, and what its answer means: the same whether it is sent alone or in a batch.
// It sends nothing.
import { unexpectedAnswer } from './errors.ts';
import { writeKey } from './literal.ts';
import { type Page, pageOf } from './query.ts';
import { type AnyOptions, parameterText, queryText } from './query-text.ts';
import type { OperationData, SchemaData, SetData } from './schema.ts';
import type { Answer } from './transport.ts';

/** One request, before it is known how it is sent. */
export interface Plan<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly read: (answer: Pick<Answer, 'status' | 'json'> & { readonly etag: string | undefined }) => T;
}

/** A record that an earlier request of a batch makes or names: `$r1`. */
export class Reference {
  readonly ref: string;
  constructor(ref: string) {
    this.ref = ref;
  }
}

export type AnyKey = string | Readonly<Record<string, unknown>> | Reference;

export interface Precondition {
  /** An ETag, a record that was read with one, or `'*'`: whatever version it is. */
  readonly ifMatch?: string | { readonly '@odata.etag': string };
}

export type AnyRecord = Record<string, unknown>;

const WHOLE = { prefer: 'return=representation' };
/** Else the service would create a record that is not there. */
const THERE = { 'if-match': '*' };

export class Plans {
  readonly #schema: SchemaData;
  readonly #set: string;
  readonly #data: SetData;
  /** `deals`, or `deals/deleted`. */
  readonly #root: string;

  constructor(schema: SchemaData, set: string, place: '' | '/deleted' = '') {
    const data = Object.hasOwn(schema.sets, set) ? schema.sets[set] : undefined;
    if (data === undefined) throw new TypeError(`the schema has no entity set ${set}`);
    this.#schema = schema;
    this.#set = set;
    this.#data = data;
    this.#root = `${set}${place}`;
  }

  keyPath(key: AnyKey): string {
    if (key instanceof Reference) return key.ref;
    return `${this.#root}(${writeKey(key, this.#data)})`;
  }

  listPath(options: AnyOptions): string {
    return `${this.#root}${queryText(this.#schema, this.#set, options)}`;
  }

  /** Of a collection of a record; `target` is the set that it leads to. */
  relatedPath(key: AnyKey, navigation: string, options: AnyOptions): string {
    return `${this.keyPath(key)}/${navigation}${queryText(this.#schema, this.target(navigation), options)}`;
  }

  target(navigation: string): string {
    const { navigations } = this.#data;
    const [target, many] = (Object.hasOwn(navigations, navigation) ? navigations[navigation] : undefined) ?? [];
    if (target === undefined || many !== 'many') throw new TypeError(`${this.#set} has no collection ${navigation}`);
    return target;
  }

  get<T>(key: AnyKey, options: AnyOptions = {}): Plan<T> {
    return { method: 'GET', path: `${this.keyPath(key)}${this.#shown(options)}`, read: recordOf };
  }

  page<T>(options: AnyOptions = {}): Plan<Page<T>> {
    return { method: 'GET', path: this.listPath(options), read: pageOf };
  }

  count(options: AnyOptions = {}): Plan<string> {
    const path = `${this.#root}/$count${queryText(this.#schema, this.#set, options)}`;
    return {
      method: 'GET',
      path,
      headers: { accept: 'text/plain, application/json' },
      read: ({ json }) => String(json),
    };
  }

  create<T>(values: object, options: AnyOptions = {}): Plan<T> {
    return {
      method: 'POST',
      path: `${this.#set}${this.#shown(options)}`,
      headers: WHOLE,
      body: values,
      read: recordOf,
    };
  }

  /** The new ETag. */
  update(key: AnyKey, changes: object, precondition: Precondition = {}): Plan<string> {
    const headers = { prefer: 'return=minimal', ...THERE, ...matching(precondition) };
    return { method: 'PATCH', path: this.keyPath(key), headers, body: changes, read: etagOf };
  }

  updateAndGet<T>(key: AnyKey, changes: object, options: AnyOptions & Precondition = {}): Plan<T> {
    const headers = { ...WHOLE, ...THERE, ...matching(options) };
    const path = `${this.keyPath(key)}${this.#shown(options)}`;
    return { method: 'PATCH', path, headers, body: changes, read: recordOf };
  }

  upsert<T>(key: AnyKey, values: object, options: AnyOptions = {}): Plan<{ created: boolean; record: T }> {
    const path = `${this.keyPath(key)}${this.#shown(options)}`;
    const read: Plan<{ created: boolean; record: T }>['read'] = (answer) => ({
      created: answer.status === 201,
      record: recordOf(answer),
    });
    return { method: 'PATCH', path, headers: WHOLE, body: values, read };
  }

  delete(key: AnyKey, precondition: Precondition = {}): Plan<void> {
    return { method: 'DELETE', path: this.keyPath(key), headers: matching(precondition), read: () => undefined };
  }

  /** An operation on a record, or (`key` null) on the set. */
  operation<T>(
    key: AnyKey | null,
    name: string,
    parameters: AnyRecord,
    precondition: Precondition = {},
  ): Plan<T> & { readonly kind: OperationData } {
    const { record, deleted_record, collection } = this.#data.operations;
    const place = key === null ? collection : this.#root === this.#set ? record : deleted_record;
    const path = key === null ? this.#root : this.keyPath(key);
    return operationPlan(place, path, name, parameters, precondition);
  }

  #shown({ select, expand }: AnyOptions): string {
    return queryText(this.#schema, this.#set, { select, expand });
  }
}

/** `known`: the operations that there are at this place. Throws TypeError for others. */
export function operationPlan<T>(
  known: Readonly<Record<string, OperationData>> | undefined,
  place: string,
  name: string,
  parameters: AnyRecord,
  precondition: Precondition = {},
): Plan<T> & { readonly kind: OperationData } {
  const kind = known !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
  if (kind === undefined) throw new TypeError(`${place || 'the service'} has no operation ${name}`);
  const path = place === '' ? name : `${place}/${name}`;
  const read: Plan<T>['read'] = ({ json }) => json ?? undefined;
  if (kind !== 'action') return { kind, method: 'GET', path: `${path}${parameterText(parameters)}`, read };
  const headers = { ...WHOLE, ...matching(precondition) };
  const body = Object.keys(parameters).length === 0 ? undefined : parameters;
  return { kind, method: 'POST', path, headers, body, read };
}

function matching({ ifMatch }: Precondition): Record<string, string> {
  if (ifMatch === undefined) return {};
  return { 'if-match': typeof ifMatch === 'object' ? ifMatch['@odata.etag'] : ifMatch };
}

function recordOf<T>({ json }: Pick<Answer, 'json'>): T {
  if (typeof json !== 'object' || json === null) throw unexpectedAnswer('a record is an object');
  // It says where the record is described, which its type says already.
  delete json['@odata.context'];
  return json;
}

function etagOf({ etag }: { readonly etag: string | undefined }): string {
  if (etag === undefined) throw unexpectedAnswer('a change has an ETag');
  return etag;
}
