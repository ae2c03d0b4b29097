// The FROM, WHERE, ORDER BY and LIMIT of a list and of its exact count under an access, in the shape that the arms'
// cardinality asks for (3-security, "How it is enforced"). It decides no rights and prints no values.
import type { AccessArm } from '../security/types.ts';
import { alsoPredicate, armColumn, armIds, isShareArm, recordPredicate } from './access.ts';
import {
  and,
  anyRange,
  conditions,
  direction,
  fromTable,
  joins,
  keyColumns,
  keyOrder,
  keyPositions,
  keySelects,
  type ListRequest,
  merged,
  page,
  pageRows,
  primaryKeyDirection,
  type RowsRequest,
  whenOf,
} from './list-parts.ts';
import { sharedColumn, sharedSource, sharedType, sharesOf } from './shares.ts';
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

/** One page of an arm: `id`, `o1` ... in order, at most limit + skip rows; each row once. */
function armPage(request: ListRequest, arm: AccessArm, index: number): string {
  return ARM_PAGES[arm.source](request, arm, index);
}

type ArmPage = (request: ListRequest, arm: AccessArm, index: number) => string;

const ARM_PAGES: Readonly<Record<AccessArm['source'], ArmPage>> = {
  all: (request, arm) => {
    const tests = [whenOf(request, arm)];
    return request.order.length === 1 ? rowsInIdOrder(request, tests) : page(request, tests);
  },
  owners: principalPage,
  units: principalPage,
  shares: (request, arm, index) => {
    if (arm.cardinality === 'few') return fewSharesPage(request, arm, index);
    return request.order.length === 1 ? sharesInIdOrder(request, arm, index) : sharesInSortOrder(request, arm, index);
  },
  parent_shares: (request, arm, index) => {
    if (arm.cardinality !== 'many') return fewSharesPage(request, arm, index);
    if (request.order.length > 1) return sharesInSortOrder(request, arm, index);
    const tests = [hashTest(request, arm), whenOf(request, arm)];
    return `${hashOfShares(request, arm, index)} ${rowsInIdOrder(request, tests)}`;
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

/** Joins each shared record by its id, or the records below each by their lookup, then sorts. */
function fewSharesPage(request: ListRequest, arm: AccessArm, index: number): string {
  return merged(request, [sharedRows(request, arm, index, keyColumns(request), [anyRange(request)])]);
}

function sharedRows(
  request: RowsRequest,
  arm: AccessArm,
  index: number,
  columns: string,
  more: readonly string[],
): string {
  const { access, alias } = request;
  const { column, from } = sharedSource(arm, access, armIds(request, index));
  const tests = [`${sharedColumn(arm, alias)} = s.id${sharedType(arm, alias)}`, whenOf(request, arm), ...more];
  const inner = `select ${columns} from ${fromTable(request)} where ${conditions(request, tests)} offset 0`;
  return `select l.* from (select distinct ${column} as id from ${from}) s cross join lateral (${inner}) l`;
}

/** Walks the shares of each principal in the order of their index, which is the order of a list by id. */
function sharesInIdOrder(request: ListRequest, arm: AccessArm, index: number): string {
  const { alias, order } = request;
  const rows = pageRows(request);
  const range = anyRange(request);
  const towards = order[0]?.descending ? 'desc' : 'asc';
  const ids = `select s.record_id as id from ${sharesOf(request.access, 'array[p.id]')}`;
  const walk = `select ${alias}.id from (${ids}) ${alias}${range === '' ? '' : ` where ${range}`} order by ${alias}.id ${towards}`;
  const record = `select ${keyColumns(request)} from ${fromTable(request)} where ${conditions(request, [`${alias}.id = w.id`, whenOf(request, arm)])} offset 0`;
  const inner = `select l.* from (${walk}) w cross join lateral (${record}) l order by w.id ${towards} limit ${rows}`;
  return merged(request, [
    `select distinct l.* from unnest(${armIds(request, index)}) p(id) cross join lateral (${inner}) l`,
  ]);
}

/**
 * Walks the list's order and looks each row up in a hash of the shared ids. A condition is asked of the rows that are found only:
 * it reads the record, the walk its index alone.
 */
function sharesInSortOrder(request: ListRequest, arm: AccessArm, index: number): string {
  const hash = hashOfShares(request, arm, index);
  if (arm.when === null) return `${hash} ${page(request, [hashTest(request, arm)])}`;
  const { alias } = request;
  const tests = conditions(request, [`${alias}.id = w.id`, whenOf(request, arm)]);
  const holds = `select from ${fromTable(request)} where ${tests} offset 0`;
  const walks = keySelects({ ...request, filterSql: '' }, [hashTest(request, arm)]);
  const found = walks.map(
    (walk) => `select w.* from (${walk} order by ${keyPositions(request)}) w cross join lateral (${holds}) l`,
  );
  return `${hash} ${merged(request, found)}`;
}

/** Rows in the order of the primary key, which is no `nulls first` index. */
function rowsInIdOrder(request: ListRequest, tests: readonly string[]): string {
  const { alias, order } = request;
  const all = conditions(request, [...tests, anyRange(request)]);
  const rows = `select ${keyColumns(request)} from ${fromTable(request)} where ${all}`;
  const towards = order[0]?.descending ? 'desc' : 'asc';
  const inner = `${rows} order by ${alias}.id ${towards} limit ${pageRows(request)}`;
  return merged(request, [`select l.* from (${inner}) l`]);
}

function hashOfShares(request: RowsRequest, arm: AccessArm, index: number): string {
  const { column, from } = sharedSource(arm, request.access, armIds(request, index));
  return `with h(id) as materialized (select ${column} from ${from})`;
}

function hashTest({ alias }: RowsRequest, arm: AccessArm): string {
  return `coalesce(${sharedColumn(arm, alias)} in (select h.id from h)${sharedType(arm, alias)}, false)`;
}

/** Columns of every row of an arm, for counting and grouping: no order, no limit. */
function armRows(request: RowsRequest, arm: AccessArm, index: number, columns: string): string {
  const rows = isShareArm(arm) ? sharedRows : armRowsSelect;
  return rows(request, arm, index, columns, []);
}

/** A select of all rows of an arm that names them by a column. */
function armRowsSelect(
  request: RowsRequest,
  arm: AccessArm,
  index: number,
  columns: string,
  tests: readonly string[],
): string {
  const column = arm.source === 'all' ? '' : `${request.alias}.${armColumn(request.entity, arm)}`;
  const covers = column === '' ? '' : `${column} = any(${armIds(request, index)})`;
  return `select ${columns} from ${fromTable(request)} where ${conditions(request, [covers, whenOf(request, arm), ...tests])}`;
}

/** The whole record of a key; `offset 0` keeps it a lookup by id per key, whatever the planner thinks of their number. */
function recordOfKey({ alias, entity }: RowsRequest): string {
  return `select ${alias}.* from data.${quoteIdentifier(entity.table)} ${alias} where ${alias}.id = k.id offset 0`;
}
