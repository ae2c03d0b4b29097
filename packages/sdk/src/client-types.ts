// The client of one CRM for the compiler: a member for each entity set, and what concerns the service as a whole. Types only.
import type { AfterOptions, BatchOptions, BatchResult, Handle } from './batch.ts';
import type { Precondition } from './plans.ts';
import type { Page, PageOptions, Query } from './query.ts';
import type { Key, ListOptions, Row } from './query-types.ts';
import type {
  Arguments,
  OperationNames,
  OperationOf,
  RecordSet,
  Returned,
  Selection,
  Shown,
} from './record-set-types.ts';
import type { CrmSchema } from './schema.ts';

/** What of a client is not an entity set. A set of such a name is reached by `set('name')`. */
export interface ClientMembers<S extends CrmSchema<S>, O> {
  set<Set extends keyof S & string>(name: Set): RecordSet<S, Set>;
  /** Requests that are sent together; what the function returns by name has its result under that name. */
  batch<H extends Readonly<Record<string, Handle<unknown>>>>(
    build: (batch: Batch<S, O>) => H,
    options?: BatchOptions,
  ): Promise<BatchResults<H>>;
  /** An action or function of the service itself. */
  action<N extends keyof O & string>(name: N, ...args: Arguments<O[N]>): Returned<O[N]>;
  /** A list by a link of the service: the rest of an expanded collection (`contacts@odata.nextLink`), a page's `next`. */
  follow<T>(link: string, options?: PageOptions): Query<T>;
  /** Ends the session, where signing in began one. */
  signOut(): Promise<void>;
}

export type Client<S extends CrmSchema<S>, O = object> = ClientMembers<S, O> & {
  readonly [Set in Exclude<keyof S & string, keyof ClientMembers<S, O>>]: RecordSet<S, Set>;
};

export type BatchResults<H> = { readonly [N in keyof H]: BatchResult<H[N] extends Handle<infer T> ? T : never> };

interface BatchMembers<S extends CrmSchema<S>, O> {
  set<Set extends keyof S & string>(name: Set): BatchSet<S, Set>;
  /** What is recorded within is done as a whole or not at all. It holds no reads. */
  atomic<T>(record: () => T): T;
  action<N extends keyof O & string>(
    name: N,
    ...args: BatchArguments<Arguments<O[N]>>
  ): Handle<Awaited<Returned<O[N]>>>;
}

export type Batch<S extends CrmSchema<S>, O = object> = BatchMembers<S, O> & {
  readonly [Set in Exclude<keyof S & string, keyof BatchMembers<S, O>>]: BatchSet<S, Set>;
};

type BatchArguments<A> = A extends [infer P, ...unknown[]]
  ? [parameters: P, options?: Precondition & AfterOptions]
  : [parameters?: object, options?: Precondition & AfterOptions];

/** A record by its key, or one that an earlier request of the batch makes or names. */
type BatchKey<S extends CrmSchema<S>, Set extends keyof S> = Key<S, Set> | Handle<unknown>;

/** Each records a request. */
export interface BatchSet<S extends CrmSchema<S>, Set extends keyof S> {
  get<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: BatchKey<S, Set>,
    options?: Shown<S, Set, Sel, E> & AfterOptions,
  ): Handle<Row<S, Set, Sel, E>>;
  /** One page of a list. */
  page<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    options?: ListOptions<S, Set> & Shown<S, Set, Sel, E> & AfterOptions & { readonly count?: boolean },
  ): Handle<Page<Row<S, Set, Sel, E>>>;
  create<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    values: S[Set]['create'],
    options?: Shown<S, Set, Sel, E> & AfterOptions,
  ): Handle<Row<S, Set, Sel, E>>;
  update(key: BatchKey<S, Set>, changes: S[Set]['update'], options?: Precondition & AfterOptions): Handle<string>;
  upsert<const Sel extends Selection<S, Set> = undefined, const E = unknown>(
    key: Key<S, Set>,
    values: S[Set]['create'] | S[Set]['update'],
    options?: Shown<S, Set, Sel, E> & AfterOptions,
  ): Handle<{ created: boolean; record: Row<S, Set, Sel, E> }>;
  delete(key: BatchKey<S, Set>, options?: Precondition & AfterOptions): Handle<void>;
  action<N extends OperationNames<S[Set]['operations'], 'record'>>(
    key: BatchKey<S, Set>,
    name: N,
    ...args: BatchArguments<Arguments<OperationOf<S[Set]['operations'], 'record', N>>>
  ): Handle<Awaited<Returned<OperationOf<S[Set]['operations'], 'record', N>>>>;
  actionOnSet<N extends OperationNames<S[Set]['operations'], 'collection'>>(
    name: N,
    ...args: BatchArguments<Arguments<OperationOf<S[Set]['operations'], 'collection', N>>>
  ): Handle<Awaited<Returned<OperationOf<S[Set]['operations'], 'collection', N>>>>;
}
