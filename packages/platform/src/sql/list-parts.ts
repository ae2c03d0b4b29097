// What the shapes of a list (list-keys.ts) are put together from: conditions, keys and their order, pages of keys.
import type { AccessArm } from '../security/types.ts';
import type { AccessPrinter } from './access.ts';
import { presentSql, quoteIdentifier } from './statement.ts';

/** One key of an ordering. */
export interface OrderTerm {
  /** SQL of the value over the list's alias and the aliases of `joinsSql`, e.g. `a.close_date`, `j1.name`. */
  readonly sql: string;
  readonly descending: boolean;
}

/**
 * The rows of a list: which entity under which access (`alias` stands for its table in every SQL text of the request, all
 * placeholders come from the one slot writer), filtered how.
 */
export interface RowsRequest extends AccessPrinter {
  /** To-one left joins that filter and order need, e.g. `left join data.company j1 on j1.id = a.company_id`; or ''. */
  readonly joinsSql?: string;
  /** Boolean SQL over the alias and the joins; or ''. Whether a row is deleted and the access are added here. */
  readonly filterSql?: string;
  /**
   * True: the filter alone selects few rows through an index (the children of one record), so that the access is tested
   * row by row instead of choosing the shape.
   */
  readonly narrow?: boolean;
}

export interface ListRequest extends RowsRequest {
  /** Ends with the record's own id, so that the order is total. */
  readonly order: readonly OrderTerm[];
  /** Keyset page: the disjoint conditions of keysetRanges, whose union is all after the last row; empty: from the start. */
  readonly ranges?: readonly string[];
  /** Page size: a placeholder with cast, or (better for the planner, when there are few sizes) a literal. */
  readonly limitSql: string;
  /** Placeholder with cast of $skip. */
  readonly skipSql?: string;
}

/** Selects of the keys of the rows that pass the tests; a keyset of several ranges reads each range by itself. */
export function keySelects(request: ListRequest, tests: readonly string[]): readonly string[] {
  const { ranges = [] } = request;
  const select = `select ${keyColumns(request)} from ${fromTable(request)} where `;
  return (ranges.length === 0 ? [''] : ranges).map((range) => select + conditions(request, [...tests, range]));
}

export function page(request: ListRequest, tests: readonly string[]): string {
  return merged(request, keySelects(request, tests));
}

/** Disjoint selects of key columns as one page in order; each is limited by itself, so that they can be merged lazily. */
export function merged(request: ListRequest, selects: readonly string[]): string {
  const rows = pageRows(request);
  const limited = selects.map((sql) => `${sql} order by ${keyPositions(request)} limit ${rows}`);
  if (limited.length === 1) return limited[0] ?? '';
  const all = limited.map((sql) => `(${sql})`).join(' union all ');
  return `select m.* from (${all}) m order by ${keyOrder(request, 'm')} limit ${rows}`;
}

export function pageRows({ limitSql, skipSql }: ListRequest): string {
  return skipSql === undefined ? limitSql : `${limitSql} + ${skipSql}`;
}

/** `o1`, `o2` ... are the order's values, `id` the record's. */
export function keyColumns(request: ListRequest): string {
  const terms = request.order.slice(0, -1).map((term, i) => `${term.sql} as o${i + 1}`);
  return [`${request.alias}.id`, ...terms].join(', ');
}

export function keyOrder(request: ListRequest, alias: string): string {
  const last = request.order.length - 1;
  return request.order.map((term, i) => `${alias}.${i === last ? 'id' : `o${i + 1}`} ${direction(term)}`).join(', ');
}

/** The order by output columns, as a select of `keyColumns` can say it whatever stands behind them. */
export function keyPositions(request: ListRequest): string {
  const last = request.order.length - 1;
  return request.order.map((term, i) => `${i === last ? 1 : i + 2} ${direction(term)}`).join(', ');
}

/** Nulls first ascending and last descending, as the indexes are made. */
export function direction(term: OrderTerm): string {
  return term.descending ? 'desc nulls last' : 'asc nulls first';
}

/** An order by id alone, to be served by the primary key, which is no `nulls first` index; an id is never null. */
export function primaryKeyDirection(term: OrderTerm): string {
  return term.descending ? 'desc' : 'asc';
}

export function whenOf(request: RowsRequest, arm: AccessArm): string {
  return arm.when === null ? '' : `(${request.printCondition(arm.when, request.alias)})`;
}

/** One condition for all of a keyset's ranges, where no index is walked. */
export function anyRange({ ranges = [] }: ListRequest): string {
  return ranges.length < 2 ? (ranges[0] ?? '') : `(${ranges.map((range) => `(${range})`).join(' or ')})`;
}

export function fromTable(request: RowsRequest): string {
  return `data.${quoteIdentifier(request.entity.table)} ${request.alias}${joins(request)}`;
}

export function joins({ joinsSql = '' }: RowsRequest): string {
  return joinsSql === '' ? '' : ` ${joinsSql}`;
}

export function conditions(request: RowsRequest, tests: readonly string[]): string {
  const filter = request.filterSql === undefined || request.filterSql === '' ? '' : `(${request.filterSql})`;
  return and([presentSql(request.alias, request.entity), ...tests, filter]);
}

export function and(tests: readonly string[]): string {
  return tests.filter((test) => test !== '' && test !== 'true').join(' and ');
}
