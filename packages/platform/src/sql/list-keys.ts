// The FROM, WHERE, ORDER BY and LIMIT of a list and of its exact count under an access, in the shape that the arms'
// cardinality asks for (3-security, "How it is enforced"). It decides no rights and prints no values.
import type { AccessArm } from '../security/types.ts';
import { type AccessPrinter, armColumn, armIds, recordPredicate, sharesOf } from './access.ts';
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
export function listSource(request: ListRequest): ListSource {
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

/** The page of the arms' pages: a row that several arms give counts once. */
function united(request: ListRequest, pages: readonly string[]): string {
  const skip = request.skipSql === undefined ? '' : ` offset ${request.skipSql}`;
  const keys = pages.length === 1 ? pages[0] : pages.map((sql) => `(${sql})`).join(' union ');
  return `select * from (${keys}) u order by ${keyOrder(request, 'u')} limit ${request.limitSql}${skip}`;
}

/** Every row the access and the filter allow, once, for an exact count. */
export function countSource(request: RowsRequest): CountSource {
  const { arms } = request.access;
  const from = fromTable(request);
  const plain = plainCondition(request);
  // Of a single owner or unit the plain form is the one that gets a generic plan.
  if (plain !== null && (arms.length !== 1 || arms[0]?.cardinality === 'one' || !request.access.granted))
    return { from, where: conditions(request, [plain]) };
  const selects = arms.map((arm, index) => armRows(request, arm, index));
  return { from: `(${selects.join(' union ')}) k`, where: 'true' };
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
  return arm.source !== 'shares' && arm.cardinality === 'one'
    ? and([probe(request, arm, 0, 1), whenOf(request, arm)])
    : null;
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

/** One page of an arm: `id`, `o1` ... in order, at most limit + skip rows; each row once. */
function armPage(request: ListRequest, arm: AccessArm, index: number): string {
  return ARM_PAGES[arm.source](request, arm, index);
}

type ArmPage = (request: ListRequest, arm: AccessArm, index: number) => string;

const ARM_PAGES: Readonly<Record<AccessArm['source'], ArmPage>> = {
  all: (request, arm) => page(request, [whenOf(request, arm)]),
  owners: principalPage,
  units: principalPage,
  shares: (request, arm, index) => {
    if (arm.cardinality === 'few') return fewSharesPage(request, arm, index);
    return request.order.length === 1 ? sharesInIdOrder(request, arm, index) : sharesInSortOrder(request, arm, index);
  },
};

function principalPage(request: ListRequest, arm: AccessArm, index: number): string {
  if (arm.cardinality === 'sparse') return sparsePage(request, arm, index);
  if (arm.cardinality !== 'many') {
    const numbers = Array.from({ length: arm.probes }, (_, i) => i + 1);
    const tests = numbers.map((n) => [probe(request, arm, index, n), whenOf(request, arm)]);
    return merged(
      request,
      tests.flatMap((test) => keySelects(request, test)),
    );
  }
  const test = `${request.alias}.${armColumn(request.entity, arm)} = p.id`;
  const inner = page(request, [test, whenOf(request, arm)]);
  return merged(request, [`select l.* from unnest(${armIds(request, index)}) p(id) cross join lateral (${inner}) l`]);
}

/** `(select array[n])` is not folded, so that custom plans are as general as the generic one; no n-th id: no row. */
function probe(request: RowsRequest, arm: AccessArm, index: number, n: number): string {
  return `${request.alias}.${armColumn(request.entity, arm)} = (select (${armIds(request, index)})[${n}])`;
}

/** All rows of all ids, then sorted; `offset 0` keeps the planner from walking the sort order instead. */
function sparsePage(request: ListRequest, arm: AccessArm, index: number): string {
  const rows = `${armRowsSelect(request, arm, index, keyColumns(request), [anyRange(request)])} offset 0`;
  return merged(request, [`select l.* from (${rows}) l`]);
}

/** Joins each shared record by its id, then sorts. */
function fewSharesPage(request: ListRequest, arm: AccessArm, index: number): string {
  const { alias } = request;
  const tests = [`${alias}.id = s.id`, whenOf(request, arm)];
  const inner = `select ${keyColumns(request)} from ${fromTable(request)} where ${conditions(request, [...tests, anyRange(request)])} offset 0`;
  return merged(request, [`select l.* from (${sharedIds(request, index)}) s cross join lateral (${inner}) l`]);
}

/** Walks the shares of each principal in the order of their index, which is the order of a list by id. */
function sharesInIdOrder(request: ListRequest, arm: AccessArm, index: number): string {
  const { alias, order } = request;
  const rows = pageRows(request);
  const range = anyRange(request);
  const towards = order[0]?.descending ? 'desc' : 'asc';
  const ids = `select s.record_id as id from ${sharesOf(request, 'array[p.id]')}`;
  const walk = `select ${alias}.id from (${ids}) ${alias}${range === '' ? '' : ` where ${range}`} order by ${alias}.id ${towards}`;
  const record = `select ${keyColumns(request)} from ${fromTable(request)} where ${conditions(request, [`${alias}.id = w.id`, whenOf(request, arm)])} offset 0`;
  const inner = `select l.* from (${walk}) w cross join lateral (${record}) l order by w.id ${towards} limit ${rows}`;
  return merged(request, [
    `select distinct l.* from unnest(${armIds(request, index)}) p(id) cross join lateral (${inner}) l`,
  ]);
}

/** Walks the list's order and looks each row up in a hash of the shared ids. */
function sharesInSortOrder(request: ListRequest, arm: AccessArm, index: number): string {
  const shared = `select s.record_id from ${sharesOf(request, armIds(request, index))}`;
  const test = `coalesce(${request.alias}.id in (select h.record_id from h), false)`;
  return `with h as materialized (${shared}) ${page(request, [test, whenOf(request, arm)])}`;
}

/** `id` of every row of an arm, for counting: no order, no limit. */
function armRows(request: RowsRequest, arm: AccessArm, index: number): string {
  const { alias } = request;
  if (arm.source === 'shares') {
    const when = whenOf(request, arm);
    const inner = `select ${alias}.id from ${fromTable(request)} where ${conditions(request, [`${alias}.id = s.id`, when])} offset 0`;
    return `select l.id from (${sharedIds(request, index)}) s cross join lateral (${inner}) l`;
  }
  return armRowsSelect(request, arm, index, `${alias}.id`, []);
}

/** A select of all rows of an arm that names them by a column. */
function armRowsSelect(
  request: RowsRequest,
  arm: AccessArm,
  index: number,
  columns: string,
  tests: readonly string[],
): string {
  const column = `${request.alias}.${armColumn(request.entity, arm)}`;
  const covers = arm.source === 'all' ? '' : `${column} = any(${armIds(request, index)})`;
  return `select ${columns} from ${fromTable(request)} where ${conditions(request, [covers, whenOf(request, arm), ...tests])}`;
}

function sharedIds(request: RowsRequest, index: number): string {
  return `select distinct s.record_id as id from ${sharesOf(request, armIds(request, index))}`;
}

/** Selects of the keys of the rows that pass the tests; a keyset of several ranges reads each range by itself. */
function keySelects(request: ListRequest, tests: readonly string[]): readonly string[] {
  const { ranges = [] } = request;
  const select = `select ${keyColumns(request)} from ${fromTable(request)} where `;
  return (ranges.length === 0 ? [''] : ranges).map((range) => select + conditions(request, [...tests, range]));
}

function page(request: ListRequest, tests: readonly string[]): string {
  return merged(request, keySelects(request, tests));
}

/** Disjoint selects of key columns as one page in order; each is limited by itself, so that they can be merged lazily. */
function merged(request: ListRequest, selects: readonly string[]): string {
  const rows = pageRows(request);
  const limited = selects.map((sql) => `${sql} order by ${keyPositions(request)} limit ${rows}`);
  if (limited.length === 1) return limited[0] ?? '';
  const all = limited.map((sql) => `(${sql})`).join(' union all ');
  return `select m.* from (${all}) m order by ${keyOrder(request, 'm')} limit ${rows}`;
}

function pageRows({ limitSql, skipSql }: ListRequest): string {
  return skipSql === undefined ? limitSql : `${limitSql} + ${skipSql}`;
}

/** `o1`, `o2` ... are the order's values, `id` the record's. */
function keyColumns(request: ListRequest): string {
  const terms = request.order.slice(0, -1).map((term, i) => `${term.sql} as o${i + 1}`);
  return [`${request.alias}.id`, ...terms].join(', ');
}

function keyOrder(request: ListRequest, alias: string): string {
  const last = request.order.length - 1;
  return request.order.map((term, i) => `${alias}.${i === last ? 'id' : `o${i + 1}`} ${direction(term)}`).join(', ');
}

/** The order by output columns, as a select of `keyColumns` can say it whatever stands behind them. */
function keyPositions(request: ListRequest): string {
  const last = request.order.length - 1;
  return request.order.map((term, i) => `${i === last ? 1 : i + 2} ${direction(term)}`).join(', ');
}

/** Nulls first ascending and last descending, as the indexes are made. */
function direction(term: OrderTerm): string {
  return term.descending ? 'desc nulls last' : 'asc nulls first';
}

/** An order by id alone, to be served by the primary key, which is no `nulls first` index; an id is never null. */
function primaryKeyDirection(term: OrderTerm): string {
  return term.descending ? 'desc' : 'asc';
}

/** The whole record of a key; `offset 0` keeps it a lookup by id per key, whatever the planner thinks of their number. */
function recordOfKey({ alias, entity }: RowsRequest): string {
  return `select ${alias}.* from data.${quoteIdentifier(entity.table)} ${alias} where ${alias}.id = k.id offset 0`;
}

function whenOf(request: RowsRequest, arm: AccessArm): string {
  return arm.when === null ? '' : `(${request.printCondition(arm.when, request.alias)})`;
}

/** One condition for all of a keyset's ranges, where no index is walked. */
function anyRange({ ranges = [] }: ListRequest): string {
  return ranges.length < 2 ? (ranges[0] ?? '') : `(${ranges.map((range) => `(${range})`).join(' or ')})`;
}

function fromTable(request: RowsRequest): string {
  return `data.${quoteIdentifier(request.entity.table)} ${request.alias}${joins(request)}`;
}

function joins({ joinsSql = '' }: RowsRequest): string {
  return joinsSql === '' ? '' : ` ${joinsSql}`;
}

function conditions(request: RowsRequest, tests: readonly string[]): string {
  const filter = request.filterSql === undefined || request.filterSql === '' ? '' : `(${request.filterSql})`;
  return and([presentSql(request.alias, request.entity), ...tests, filter]);
}

function and(tests: readonly string[]): string {
  return tests.filter((test) => test !== '' && test !== 'true').join(' and ');
}
