import { alsoPredicate, isShareArm, recordPredicate } from './access.ts';
import { armPage, armRows, probe } from './list-arms.ts';
import {
  and,
  anyRange,
  conditions,
  direction,
  fromTable,
  joins,
  keyOrder,
  type ListRequest,
  page,
  primaryKeyDirection,
  type RowsRequest,
  whenOf,
} from './list-parts.ts';
import { quoteIdentifier } from './statement.ts';

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

/** `select count(*) from ${from} where ${where}`; nothing else may be selected from it. */
export interface CountSource {
  readonly from: string;
  readonly where: string;
}

/** The page of a list: every row the access and the filter allow, once, in order. Not granted: no row. */
export function listSource(asked: ListRequest): ListSource {
  const request = withAlso(asked);
  const plain = plainCondition(request);
  const ranges = request.ranges ?? [];
  if (plain !== null && (ranges.length < 2 || request.narrow)) return plainList(request, plain);
  const pages =
    plain !== null ? [page(request, [plain])] : request.access.arms.map((arm, i) => armPage(request, arm, i));
  const limited = pages.length === 1 && request.skipSql === undefined ? pages[0] : united(request, pages);
  return {
    from: `(${limited}) k cross join lateral (${recordOfKey(request)}) ${request.alias}${joins(request)}`,
    where: 'true',
    orderBy: keyOrder(request, 'k'),
    limit: `limit ${request.limitSql}`,
  };
}

/** A second access chooses no shape: it is one more condition of whatever rows the first one gives. */
function withAlso<Request extends RowsRequest>(request: Request): Request {
  const { also, ...access } = request.access;
  if (also === undefined) return request;
  const test = alsoPredicate(request, request.narrow ? 'probe' : 'hash');
  const { filterSql = '' } = request;
  return { ...request, access, firstArm: 0, filterSql: filterSql === '' ? test : `(${filterSql}) and ${test}` };
}

/** The page of the arms' pages: a row that several arms give counts once. */
function united(request: ListRequest, pages: readonly string[]): string {
  const skip = request.skipSql === undefined ? '' : ` offset ${request.skipSql}`;
  const keys = pages.length === 1 ? pages[0] : pages.map((sql) => `(${sql})`).join(' union ');
  return `select * from (${keys}) u order by ${keyOrder(request, 'u')} limit ${request.limitSql}${skip}`;
}

/** Every row the access and the filter allow, once, for an exact count. */
export function countSource(asked: RowsRequest): CountSource {
  const request = withAlso(asked);
  const plain = scanCondition(request);
  if (plain !== null) return { from: fromTable(request), where: conditions(request, [plain]) };
  const selects = request.access.arms.map((arm, index) => armRows(request, arm, index, `${request.alias}.id`));
  return { from: `(${selects.join(' union ')}) k`, where: 'true' };
}

/**
 * A select of columns of every row the access and the filter allow, each row once, for what is computed from all of them.
 * `columns`: SQL over the alias and the joins, each with a name; none: rows without columns, or with their id.
 */
export function rowsSelect(asked: RowsRequest, columns: readonly string[]): string {
  const request = withAlso(asked);
  const plain = scanCondition(request);
  if (plain !== null)
    return `select ${columns.join(', ')} from ${fromTable(request)} where ${conditions(request, [plain])}`;
  // With its id a row that several arms give is the same row.
  const named = [`${request.alias}.id`, ...columns].join(', ');
  return request.access.arms.map((arm, index) => armRows(request, arm, index, named)).join(' union ');
}

/** The condition under which one scan of the table gives all rows well; null where each arm is better read by itself. */
function scanCondition(request: RowsRequest): string | null {
  const { arms, granted } = request.access;
  const plain = plainCondition(request);
  // Of a single owner or unit the plain form is the one that gets a generic plan.
  return plain !== null && (arms.length !== 1 || arms[0]?.cardinality === 'one' || !granted) ? plain : null;
}

/** The one condition that serves the whole access as a single scan of the table; null when its arms need their own. */
function plainCondition(request: RowsRequest): string | null {
  const { access } = request;
  const { arms } = access;
  const arm = arms[0];
  if (!access.granted || arm === undefined) return access.granted && access.unrestricted ? '' : 'false';
  if (access.unrestricted) return '';
  if (request.narrow) return predicate(request, 'probe');
  if (arms.some(({ cardinality }) => cardinality === 'dense')) return predicate(request);
  if (arms.length > 1) return null;
  if (arm.source === 'all') return predicate(request);
  return !isShareArm(arm) && arm.cardinality === 'one' ? and([probe(request, arm, 0, 1), whenOf(request, arm)]) : null;
}

function predicate(request: RowsRequest, shares: 'probe' | 'hash' = 'hash'): string {
  const { access, alias, entity, slots, printCondition } = request;
  return recordPredicate(access, alias, entity, slots, printCondition, shares);
}

function plainList(request: ListRequest, test: string): ListSource {
  const skip = request.skipSql === undefined ? '' : ` offset ${request.skipSql}`;
  const probes = request.access.arms.length === 1 && request.access.arms[0]?.cardinality === 'one';
  const byId = request.order.length === 1 && !probes && !request.narrow;
  return {
    from: fromTable(request),
    where: conditions(request, [test, anyRange(request)]),
    orderBy: request.order
      .map((term) => `${term.sql} ${byId ? primaryKeyDirection(term) : direction(term)}`)
      .join(', '),
    limit: `limit ${request.limitSql}${skip}`,
  };
}

/** The whole record of a key; `offset 0` keeps it a lookup by id per key, whatever the planner thinks of their number. */
function recordOfKey({ alias, entity }: RowsRequest): string {
  return `select ${alias}.* from data.${quoteIdentifier(entity.table)} ${alias} where ${alias}.id = k.id offset 0`;
}
