// The FROM, WHERE, ORDER BY and LIMIT of a list and of its exact count under an access, in the shape that the arms'
// cardinality asks for (3-security, "How it is enforced"). It decides no rights and prints no values.
import type { EntityType, TypedExpression } from '@kartoteka/metadata';
import type { Access } from '../security/types.ts';
import type { SlotWriter } from './statement.ts';

/** One key of an ordering. */
export interface OrderTerm {
  /** SQL of the value over the list's alias and the aliases of `joinsSql`, e.g. `a.close_date`, `j1.name`. */
  readonly sql: string;
  readonly descending: boolean;
}

/** The rows of a list: which entity, under which access, filtered how. */
export interface RowsRequest {
  readonly entity: EntityType;
  /** Alias of the entity's table in every SQL text of the request, e.g. `a`. */
  readonly alias: string;
  readonly access: Access;
  /** Gets the access slots; the placeholders inside the other SQL texts must come from the same writer. */
  readonly slots: SlotWriter;
  /** Prints the condition of a grant over `alias` (expressionToSql). */
  readonly printCondition: (when: TypedExpression, alias: string) => string;
  /** To-one left joins that filter and order need, e.g. `left join data.company j1 on j1.id = a.company_id`; or ''. */
  readonly joinsSql?: string;
  /** Boolean SQL over the alias and the joins; or ''. `deleted_on is null` and the access are added here. */
  readonly filterSql?: string;
}

export interface ListRequest extends RowsRequest {
  /** Ends with the record's own id, so that the order is total. */
  readonly order: readonly OrderTerm[];
  /** Keyset page: the disjoint conditions of keysetRanges, whose union is everything after the last row; absent or empty: from the start. */
  readonly ranges?: readonly string[];
  /** Placeholder with cast of the page size, e.g. `$5::bigint`. */
  readonly limitSql: string;
  /** Placeholder with cast of $skip. */
  readonly skipSql?: string;
}

/**
 * Parts of one SELECT: `select <over alias and joins> from ${from} where ${where} order by ${orderBy} ${limit}`. The
 * alias stands for the table with all its columns and the joins' aliases are visible, whatever the shape; `from` may be
 * followed by further joins that keep the number of rows (to-one, lateral).
 */
export interface ListSource {
  readonly from: string;
  readonly where: string;
  readonly orderBy: string;
  /** `limit n` or `limit n offset m`. */
  readonly limit: string;
}

/** `select count(*) from ${from} where ${where}`; for aggregates over the same rows the alias is visible as in a list. */
export interface CountSource {
  readonly from: string;
  readonly where: string;
}

/** The page of a list: every row the access and the filter allow, once, in order. Not granted: no row. */
export function listSource(_request: ListRequest): ListSource {
  throw new Error('not written yet');
}

/** Every row the access and the filter allow, once, for an exact count. */
export function countSource(_request: RowsRequest): CountSource {
  throw new Error('not written yet');
}
