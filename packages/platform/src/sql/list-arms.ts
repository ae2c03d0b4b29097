// Pages and rows of one arm of an access, in the shape that its cardinality asks for (list-keys.ts puts them together). It decides no
// rights and prints no values.
import type { AccessArm } from '../security/types.ts';
import { armColumn, armIds, isShareArm } from './access.ts';
import {
  anyRange,
  conditions,
  fromTable,
  keyColumns,
  keyOrder,
  keyPositions,
  keySelects,
  type ListRequest,
  merged,
  page,
  pageRows,
  type RowsRequest,
  whenOf,
} from './list-parts.ts';
import { sharedColumn, sharedSource, sharedType, sharesOf } from './shares.ts';

/** One page of an arm: `id`, `o1` ... in order, at most limit + skip rows; each row once. */
export function armPage(request: ListRequest, arm: AccessArm, index: number): string {
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
  return arm.when === null || readsRecords(request)
    ? pageOfEach(request, arm, index, [whenOf(request, arm)])
    : conditionedPage(request, arm, index);
}

/** A page of each id, merged. */
function pageOfEach(request: ListRequest, arm: AccessArm, index: number, tests: readonly string[]): string {
  const test = `${request.alias}.${armColumn(request.entity, arm)} = p.id`;
  const inner = page(request, [test, ...tests]);
  return merged(request, [`select l.* from unnest(${armIds(request, index)}) p(id) cross join lateral (${inner}) l`]);
}

/** Whether the records of a page are read for the list's own sake, so that a condition costs nothing more. */
const readsRecords = ({ filterSql = '', joinsSql = '' }: ListRequest): boolean => filterSql !== '' || joinsSql !== '';

/** Of how many records, for each that a page has room for, a condition is asked before a page of each id is. */
const CANDIDATES = 4;

/**
 * A page of each of many ids under a condition would read a page of records for each. So the first records without the condition,
 * which an index holds, are asked for it one after the other; only where too few of them meet it, a page of each id is read.
 */
function conditionedPage(request: ListRequest, arm: AccessArm, index: number): string {
  const { alias, skipSql: _, ...rest } = request;
  const rows = pageRows(request);
  const first = pageOfEach({ ...rest, alias, limitSql: `${CANDIDATES} * (${rows})` }, arm, index, []);
  const tests = conditions(request, [`${alias}.id = c.id`, whenOf(request, arm)]);
  const meets = `select from ${fromTable(request)} where ${tests} offset 0`;
  const found = `select c.* from (${first}) c cross join lateral (${meets}) l order by ${keyOrder(request, 'c')} limit ${rows}`;
  const all = pageOfEach(request, arm, index, [whenOf(request, arm)]);
  const enough = `(select count(*) from g) >= ${rows}`;
  return `with g as materialized (${found}) select * from g where ${enough} union all select f.* from (${all}) f where not ${enough}`;
}

/** `(select array[n])` is not folded, so that custom plans are as general as the generic one; no n-th id: no row. */
export function probe(request: RowsRequest, arm: AccessArm, index: number, n: number): string {
  return `${request.alias}.${armColumn(request.entity, arm)} = (select (${armIds(request, index)})[${n}])`;
}

/** All rows of all ids, then sorted; `offset 0` keeps the planner from walking the sort order instead. */
function sparsePage(request: ListRequest, arm: AccessArm, index: number): string {
  const rows = `${armRowsSelect(request, arm, index, keyColumns(request), [anyRange(request)])} offset 0`;
  return merged(request, [`select l.* from (${rows}) l`]);
}

/** Finds each shared record by its id, or the records below each by their lookup, then sorts. */
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
  const covers = `${sharedColumn(arm, alias)} = any(array(select ${column} from ${from}))${sharedType(arm, alias)}`;
  const tests = conditions(request, [covers, whenOf(request, arm), ...more]);
  return `select l.* from (select ${columns} from ${fromTable(request)} where ${tests} offset 0) l`;
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
export function armRows(request: RowsRequest, arm: AccessArm, index: number, columns: string): string {
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
