// Nodes of a planned $apply: which records, what is made of them one stage after the other, and which rows of the result are
// shown. Names are resolved, nothing is authorized yet, no SQL.
import type { EntityType, TypedExpression } from '@kartoteka/metadata';
import type { AggregateMethod } from '../request/apply.ts';
import type { SearchNode } from '../request/search.ts';
import type { WithinNode } from './read-plan.ts';
import type { ValueType } from './value-type.ts';

/** A column of the rows that a stage answers. */
export interface RowColumn {
  /** As the answer names it, an object within the other: `company`, `industry`. */
  readonly path: readonly string[];
  readonly type: ValueType;
  /** The name is a property's, so that $metadata tells its type. */
  readonly declared: boolean;
  /** Of amounts that are not in the base currency: path of the column that holds their currency. Null for other values. */
  readonly currency: string | null;
  /** Made of now(), today() or is_stale(): another value on every page. */
  readonly clock: boolean;
  /** Whose words people read in place of the values; null where they read the values. */
  readonly shownAs: ShownAs | null;
}

export interface ShownAs {
  readonly entity: EntityType;
  readonly property: string;
  /** Path of the object that holds what stands beside the value (its currency). */
  readonly beside: readonly string[];
}

export interface AggregateNode {
  readonly method: AggregateMethod;
  /** Null: rows are counted. */
  readonly value: TypedExpression | null;
  /** Only rows for which it holds; null for all. */
  readonly when: TypedExpression | null;
  /** Of an average. */
  readonly scale: number;
}

export interface RowOrder {
  readonly expression: TypedExpression;
  readonly descending: boolean;
  /** PostgreSQL type of its values. */
  readonly sqlType: string;
  /** How many of a long text count; null: all. */
  readonly characters: number | null;
}

/** What is made of the rows before; paths of expressions are their columns (row-scope.ts), of the first stage properties of the record. */
export type Stage =
  /** One row per values of the keys, which are its first columns; without keys one row. */
  | { readonly kind: 'group'; readonly keys: readonly TypedExpression[]; readonly aggregates: readonly AggregateNode[] }
  | { readonly kind: 'where'; readonly condition: TypedExpression }
  /** The same rows with more columns. */
  | { readonly kind: 'extend'; readonly values: readonly TypedExpression[] }
  | {
      readonly kind: 'cut';
      /** Total. */
      readonly order: readonly RowOrder[];
      readonly top: number | null;
      readonly skip: number;
    };

export interface ApplyPlan {
  readonly kind: 'apply';
  readonly entity: EntityType;
  readonly within: WithinNode | null;
  readonly filter: readonly TypedExpression[];
  readonly search: SearchNode | null;
  /** All that is said of records, as it was written, and as it is asked: rights are needed on every path in it. */
  readonly named: readonly TypedExpression[];
  /** The first one groups. */
  readonly stages: readonly Stage[];
  /** Of the rows at the end. */
  readonly columns: readonly RowColumn[];
  /** Numbers of the columns that are shown. */
  readonly shown: readonly number[];
  /** Total. */
  readonly orderBy: readonly RowOrder[];
  readonly skip: number;
  readonly count: boolean;
  /** Only the number of rows is asked for. */
  readonly onlyCount: boolean;
  /** Per key of the order whether the continuation token holds null there; null on the first page. */
  readonly continuesAfter: readonly boolean[] | null;
  /** Every row is going to be read, page after page: an export. */
  readonly whole?: true;
}
