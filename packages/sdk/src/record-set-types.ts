// What can be done with the records of one entity set, for the compiler. Types only; record-set.ts is what runs.
import type { BulkOptions, BulkResult } from './bulk.ts';
import type { DeltaPage } from './delta.ts';
import type { Int64 } from './exact.ts';
import type { IsMany, Names, TargetOf } from './field-types.ts';
import type { Precondition } from './plans.ts';
import type { PageOptions, Query } from './query.ts';
import type { Expand, FilterOption, Key, ListOptions, Row, Select, StrictExpand } from './query-types.ts';
import type { CrmSchema, OperationShape } from './schema.ts';
import type { CallOptions, WriteOptions } from './transport.ts';

/** What of a record is shown. `E` is inferred from what is written, and checked by the other two. */
export interface Shown<S extends CrmSchema<S>, Set extends keyof S, Sel, E> {
  readonly select?: Sel;
  readonly expand?: E & Expand<S, Set> & StrictExpand<S, Set, E>;
}

export type Selection<S extends CrmSchema<S>, Set extends keyof S> = Select<S, Set> | undefined;

export type QueryOptions<S extends CrmSchema<S>, Set extends keyof S, Sel, E> = ListOptions<S, Set> &
  Shown<S, Set, Sel, E> &
  PageOptions & {
    /** Counts the records of all pages, which a page then tells. */
    readonly count?: boolean;
  };

export interface CountOptions<S extends CrmSchema<S>, Set extends keyof S> extends CallOptions {
  readonly filter?: FilterOption<S, Set>;
  readonly search?: string;
}

/** Reading; the recycle bin has this as well. */
export interface ReadableSet<S extends CrmSchema<S>, Set extends keyof S, More = unknown> {
  /** One record, by its id or the values of an alternate key. Throws NotFoundError. */
  get<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: Key<S, Set>,
    options?: Shown<S, Set, Sel, E> & CallOptions,
  ): Promise<Row<S, Set, Sel, E> & More>;
  /** The records of a list; nothing is sent before they are asked for. */
  query<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    options?: QueryOptions<S, Set, Sel, E>,
  ): Query<Row<S, Set, Sel, E> & More>;
  count(options?: CountOptions<S, Set>): Promise<Int64>;
}

/** Of a record in the recycle bin. */
export interface Deletion {
  readonly deleted_on: string;
  readonly deleted_by_id: string | null;
}

export interface DeltaOptions<S extends CrmSchema<S>, Set extends keyof S, Sel> extends PageOptions {
  readonly select?: Sel;
  readonly filter?: FilterOption<S, Set>;
  readonly search?: string;
}

type DeltaRow<S extends CrmSchema<S>, Set extends keyof S, Sel> = Row<S, Set, Sel> & { readonly id: string };

type Id = { readonly id: string };

export type BulkRecord<S extends CrmSchema<S>, Set extends keyof S> =
  | S[Set]['create']
  | (S[Set]['update'] & Partial<Id>);

export interface RecordSet<S extends CrmSchema<S>, Set extends keyof S> extends ReadableSet<S, Set> {
  /** The record if it is another version than `etag`; undefined if it is that one still. */
  getIfChanged<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: Key<S, Set>,
    etag: string,
    options?: Shown<S, Set, Sel, E> & CallOptions,
  ): Promise<Row<S, Set, Sel, E> | undefined>;
  create<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    values: S[Set]['create'],
    options?: Shown<S, Set, Sel, E> & WriteOptions,
  ): Promise<Row<S, Set, Sel, E>>;
  /** Changes what is given; the new ETag. Throws NotFoundError, and PreconditionFailedError where `ifMatch` is another version. */
  update(key: Key<S, Set>, changes: S[Set]['update'], options?: Precondition & WriteOptions): Promise<string>;
  updateAndGet<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: Key<S, Set>,
    changes: S[Set]['update'],
    options?: Shown<S, Set, Sel, E> & Precondition & WriteOptions,
  ): Promise<Row<S, Set, Sel, E>>;
  /** Changes the record with this key, or creates it. */
  upsert<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: Key<S, Set>,
    values: S[Set]['create'] | S[Set]['update'],
    options?: Shown<S, Set, Sel, E> & WriteOptions,
  ): Promise<{ created: boolean; record: Row<S, Set, Sel, E> }>;
  /** Moves the record to the recycle bin. */
  delete(key: Key<S, Set>, options?: Precondition & WriteOptions): Promise<void>;
  /** Writes however many records in requests of many; a result for each, in their order, as soon as it is known. */
  bulk<R extends BulkRecord<S, Set>>(
    records: Iterable<R> | AsyncIterable<R>,
    options?: BulkOptions<Names<S[Set]['keys']>>,
  ): AsyncGenerator<BulkResult<R>, void, undefined>;
  /**
   * Everything at first, then what has changed since `state`, which is the text that each page gives to be kept with what was done with
   * it. Throws DeltaExpiredError where a state tells nothing any more.
   */
  delta<const Sel extends Selection<S, Set> = undefined>(
    options?: DeltaOptions<S, Set, Sel>,
    state?: string,
  ): AsyncGenerator<DeltaPage<DeltaRow<S, Set, Sel>>, void, undefined>;
  /** An action or function on one record. */
  action<N extends OperationNames<S[Set]['operations'], 'record'>>(
    key: Key<S, Set>,
    name: N,
    ...args: Arguments<OperationOf<S[Set]['operations'], 'record', N>>
  ): Returned<OperationOf<S[Set]['operations'], 'record', N>>;
  /** An action or function on the set. */
  actionOnSet<N extends OperationNames<S[Set]['operations'], 'collection'>>(
    name: N,
    ...args: Arguments<OperationOf<S[Set]['operations'], 'collection', N>>
  ): Returned<OperationOf<S[Set]['operations'], 'collection', N>>;
  /** A collection of one record. */
  related<N extends ManyNames<S[Set]['navigations']>>(
    key: Key<S, Set>,
    navigation: N,
  ): RelatedSet<S, TargetOf<S, Set, N>>;
  /** Rows of any query in OData (`$apply=...`), whose type is yours to say. */
  odata<T>(query: string, options?: PageOptions): Query<T>;
  readonly deleted: DeletedSet<S, Set>;
}

export interface DeletedSet<S extends CrmSchema<S>, Set extends keyof S> extends ReadableSet<S, Set, Deletion> {
  action<N extends OperationNames<S[Set]['operations'], 'deleted_record'>>(
    key: string,
    name: N,
    ...args: Arguments<OperationOf<S[Set]['operations'], 'deleted_record', N>>
  ): Returned<OperationOf<S[Set]['operations'], 'deleted_record', N>>;
}

export interface RelatedSet<S extends CrmSchema<S>, Set extends keyof S> {
  query<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    options?: QueryOptions<S, Set, Sel, E>,
  ): Query<Row<S, Set, Sel, E>>;
  create(values: S[Set]['create'], options?: WriteOptions): Promise<Row<S, Set>>;
  /** Adds a record that is there. */
  link(key: Key<S, Set>, options?: WriteOptions): Promise<void>;
  unlink(key: Key<S, Set>, options?: WriteOptions): Promise<void>;
}

type ManyNames<Navigations> = {
  [N in Names<Navigations>]: IsMany<Navigations[N]> extends true ? N : never;
}[Names<Navigations>];

type At<Operations, Place extends string> = Operations extends { readonly [P in Place]: infer Known } ? Known : object;

export type OperationNames<Operations, Place extends string> = Names<At<Operations, Place>>;

export type OperationOf<Operations, Place extends string, N> = At<Operations, Place>[N & keyof At<Operations, Place>];

type ParametersOf<O> = O extends OperationShape ? O['parameters'] : never;

/** Parameters may be left out where none is needed. */
export type Arguments<O> =
  object extends ParametersOf<O>
    ? [parameters?: ParametersOf<O>, options?: Precondition & WriteOptions]
    : [parameters: ParametersOf<O>, options?: Precondition & WriteOptions];

export type Returned<O> = O extends { list: true; returns: infer Item }
  ? Query<Item>
  : O extends OperationShape
    ? Promise<O['returns']>
    : never;
