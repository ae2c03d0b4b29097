// Queries for the compiler: what can be selected, expanded, filtered and ordered, and what a record of the answer then has. Types only.
import type { Int64 } from './exact.ts';
import type { Fields, IsMany, Names, TargetOf } from './field-types.ts';
import type { Condition, Order } from './filter.ts';
import type { CrmSchema } from './schema.ts';

/** Version of a record, for `ifMatch`. */
export interface Versioned {
  readonly '@odata.etag': string;
}

type Unsortable = 'long_text' | 'choices' | 'json';
type SortableNames<E extends { read: object; kinds: object }> = {
  [P in Names<E['read']>]: P extends keyof E['kinds'] ? (E['kinds'][P] extends Unsortable ? never : P) : never;
}[Names<E['read']>];

/** A condition made of a record's fields; undefined: none. Or $filter in OData. */
export type FilterOption<S extends CrmSchema<S>, Set extends keyof S> =
  | ((record: Fields<S, Set>) => Condition | undefined)
  | string;

/** Own properties by name (`'name desc'`), anything that has an order by a function, or $orderby in OData. */
export type OrderOption<S extends CrmSchema<S>, Set extends keyof S> =
  | readonly `${SortableNames<S[Set]>}${'' | ' asc' | ' desc'}`[]
  | ((record: Fields<S, Set>) => readonly Order[])
  | string;

export interface ListOptions<S extends CrmSchema<S>, Set extends keyof S> {
  readonly filter?: FilterOption<S, Set>;
  /** Words to search for ($search). */
  readonly search?: string;
  readonly orderBy?: OrderOption<S, Set>;
  /** Records in all. */
  readonly top?: number;
  readonly skip?: number;
}

export type Select<S extends CrmSchema<S>, Set extends keyof S> = readonly Names<S[Set]['read']>[];

/** `true` expands with all properties. Filter, order and the like are of collections. */
export type Expand<S extends CrmSchema<S>, Set extends keyof S> = {
  readonly [N in Names<S[Set]['navigations']>]?: true | ExpandOptions<S, TargetOf<S, Set, N>, S[Set]['navigations'][N]>;
};

export type ExpandOptions<S extends CrmSchema<S>, Set extends keyof S, Shape = unknown> = {
  readonly select?: Select<S, Set>;
  readonly expand?: Expand<S, Set>;
} & (IsMany<Shape> extends true
  ? ListOptions<S, Set> & {
      /** How many there are, as `contacts@odata.count`. */
      readonly count?: boolean;
    }
  : unknown);

type OptionNames<Shape> =
  | 'select'
  | 'expand'
  | (IsMany<Shape> extends true ? keyof ListOptions<never, never> | 'count' : never);

/** Stands beside an expand: whatever is no name of a navigation or option, at any depth, can be nothing, so that it is an error where it stands. */
export type StrictExpand<S extends CrmSchema<S>, Set extends keyof S, E> = {
  readonly [N in keyof E]: N extends Names<S[Set]['navigations']>
    ? E[N] extends true
      ? unknown
      : {
          readonly [O in keyof E[N]]: O extends OptionNames<S[Set]['navigations'][N]>
            ? O extends 'expand'
              ? StrictExpand<S, TargetOf<S, Set, N>, E[N][O]>
              : unknown
            : never;
        }
    : never;
};

type Chosen<Read, Sel> = Sel extends readonly (infer P)[] ? Pick<Read, P & keyof Read> : Read;

type SelectOf<O> = O extends { readonly select: infer Sel } ? Sel : undefined;
type ExpandOf<O> = O extends { readonly expand: infer E } ? E : undefined;

type Related<S extends CrmSchema<S>, Set extends keyof S, E> = {
  [N in keyof E & Names<S[Set]['navigations']>]: IsMany<S[Set]['navigations'][N]> extends true
    ? Row<S, TargetOf<S, Set, N>, SelectOf<E[N]>, ExpandOf<E[N]>>[]
    : /** Also null where it may not be read. */
      Row<S, TargetOf<S, Set, N>, SelectOf<E[N]>, ExpandOf<E[N]>> | null;
} & {
  /** The rest of a long collection, for `follow`. */
  [N in keyof E & Names<S[Set]['navigations']> as IsMany<S[Set]['navigations'][N]> extends true
    ? `${N}@odata.nextLink`
    : never]?: string;
} & {
  [N in keyof E & Names<S[Set]['navigations']> as E[N] extends { readonly count: true }
    ? `${N}@odata.count`
    : never]: Int64;
};

type Flat<T> = { [K in keyof T]: T[K] };

/** A record as a query shows it: what was selected and expanded, no more. */
export type Row<S extends CrmSchema<S>, Set extends keyof S, Sel = undefined, E = undefined> = Flat<
  Chosen<S[Set]['read'], Sel> & Versioned & (E extends object ? Related<S, Set, E> : unknown)
>;

/** An id, or the values of an alternate key. */
export type Key<S extends CrmSchema<S>, Set extends keyof S> = string | S[Set]['keys'][keyof S[Set]['keys']];
