// Nodes of a planned read: names resolved against the Model, nothing authorized yet, no SQL. And how many records it can show.
import type { EntityType, ExpressionType, Navigation, Property, TypedExpression } from '@kartoteka/metadata';
import type { ExpandForm } from '../request/expand.ts';
import type { QueryOptions } from '../request/query-options.ts';
import type { SearchNode } from '../request/search.ts';
import type { ComputedNode } from './aliases.ts';
import type { ApplyPlan } from './apply-plan.ts';
import type { ChangesPlan } from './changes.ts';
import type { DeltaPlan } from './delta.ts';
import type { TimelinePlan } from './timeline.ts';

/** A property reached over to-one navigations. */
export interface PathNode {
  readonly navigations: readonly string[];
  readonly property: string;
  readonly type: ExpressionType;
}

export interface OrderKey {
  /** A path, or what is computed from paths; the literals in it are constants of the plan. */
  readonly expression: TypedExpression;
  readonly descending: boolean;
  /**
   * False only for a system property, a count or a sum of the record itself: a field made required later leaves older records
   * without value.
   */
  readonly nullable: boolean;
}

/** What is shown of a record. */
export interface SelectNode {
  readonly entity: EntityType;
  /** Null: every property the reader may see. */
  readonly properties: readonly Property[] | null;
  /** What $select names, for the context URL; null without $select. */
  readonly named: readonly string[] | null;
  /** What $compute names: rights are needed on all of it, also on what is not shown. */
  readonly computed?: readonly (ComputedNode & { readonly shown: boolean })[];
  readonly expands: readonly ExpandNode[];
}

export interface ExpandNode {
  readonly navigation: Navigation;
  readonly form: ExpandForm;
  /** Nothing of the record where references or a number are shown. */
  readonly select: SelectNode;
  /** For collections: which records, in which order; null for to-one navigations. */
  readonly query: CollectionQuery | null;
  /** Most records shown of a collection; 1 for to-one navigations, 0 for a number. */
  readonly page: number;
  /** The item's own options as written, for the link to the rest of a long collection. */
  readonly raw: QueryOptions;
  /** One of those that `*` stands for: left out where the reader may not follow it, instead of refused. */
  readonly star?: true;
  /** Of $levels: the first level, or one that follows another. */
  readonly recursion?: 'first' | 'further';
  /** Of $levels=max: a record that stands above itself is shown as a reference, so that circles end. */
  readonly breaksCircles?: true;
}

export interface CollectionQuery {
  readonly filter: TypedExpression | null;
  readonly search: SearchNode | null;
  /** Texts of the search's terms where they are fixed with the plan; absent: they are bound from the request. */
  readonly searchTexts?: Readonly<Record<string, string>>;
  /** Always ends with the id. */
  readonly orderBy: readonly OrderKey[];
  readonly top: number | null;
  readonly skip: number;
  readonly count: boolean;
}

/** The collection of one record, whose id is a value of the request. */
export interface WithinNode {
  readonly entity: EntityType;
  readonly navigation: Navigation;
}

export type ReadPlan =
  | ChangesPlan
  | TimelinePlan
  | ApplyPlan
  | DeltaPlan
  | { readonly kind: 'record'; readonly select: SelectNode }
  | {
      readonly kind: 'collection';
      readonly select: SelectNode;
      readonly query: CollectionQuery;
      /** Null: all records of the entity. */
      readonly within: WithinNode | null;
      /** Per order key whether the continuation token holds null there; null on the first page. */
      readonly continuesAfter: readonly boolean[] | null;
      /** False when $top fits a page, so that no continuation can be needed. */
      readonly paged: boolean;
      /** Every record is going to be read, page after page: an export. */
      readonly whole?: true;
      /** The answer tells the moment at which it was read, so that later changes can be told. */
      readonly tracked?: true;
    }
  | ({ readonly kind: 'count'; readonly entity: EntityType; readonly within: WithinNode | null } & Pick<
      CollectionQuery,
      'filter' | 'search'
    >);

/** Most records shown for one record, itself included. */
export function mostRecords(select: SelectNode): number {
  return select.expands.reduce((sum, expand) => sum + expand.page * mostRecords(expand.select), 1);
}
