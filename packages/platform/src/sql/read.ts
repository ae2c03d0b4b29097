// Compiles an authorized read to one statement. It takes only an AuthorizedPlan, so that no read can skip security.
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { CollectionQuery, OrderKey, ReadPlan, WithinNode } from '../plan/read-plan.ts';
import { PAGE } from '../request/page.ts';
import { boundedAnswer, MOST_BYTES, mostBytes } from './answer-size.ts';
import { belongsSql } from './belongs.ts';
import { POSITION_COLUMNS, positionSql } from './delta-position.ts';
import { type KeysetColumn, keysetRanges } from './keyset.ts';
import { countSource, type ListSource, listSource } from './list-keys.ts';
import type { RowsRequest } from './list-parts.ts';
import { SqlScope } from './path-scope.ts';
import { JSON_ROW, jsonOf, recordColumns, recordJson } from './record-json.ts';
import { conditionPrinter, coveredSql, readable, type StatementContext } from './scope.ts';
import { searchSql } from './search.ts';
import { type CompiledStatement, SlotWriter, tableOf } from './statement.ts';

export interface ReadFormat {
  readonly ieee754: boolean;
  readonly annotations: boolean;
  readonly titles?: boolean;
}

type Plan<Kind extends ReadPlan['kind']> = AuthorizedPlan<Extract<ReadPlan, { kind: Kind }>>;

const LINKS: StatementContext['links'] = {
  base: { from: 'value', name: 'base_url' },
  end: { from: 'value', name: 'format' },
};

export function contextOf(plan: AuthorizedPlan<unknown>, format: ReadFormat): StatementContext {
  return { plan, slots: new SlotWriter(), ...format, links: LINKS, aliases: 0 };
}

/**
 * One record by id: columns `body` (JSON object, null when it is too long) and `version`; no row when it is missing or
 * hidden. Slot values: id, base_url, format.
 */
export function compileRecord(plan: Plan<'record'>, format: ReadFormat): CompiledStatement {
  const context = contextOf(plan, format);
  const { select } = plan.plan;
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  const from = `from ${tableOf(select.entity)} t where t.id = ${id} and ${readable(context, select.entity, 't')}`;
  // Where the version is among the columns, the row is read and printed in one go.
  const text = format.annotations
    ? `select row_to_json(${JSON_ROW})::text as body, ${JSON_ROW}."@odata.etag" as version from (select ${recordColumns(context, select, 't')} ${from}) ${JSON_ROW}`
    : `select ${recordJson(context, select, 't')} as body, t.version ${from}`;
  const large = format.titles === true || mostBytes(select, context.plan.visible) > MOST_BYTES;
  return { text: large ? boundedAnswer(text, 'body', ['version']) : text, slots: context.slots.slots };
}

/** How many records there are: column `total`; within a record `found` as well, as compileCollection. */
export function compileCount(plan: Plan<'count'>): CompiledStatement {
  const context = contextOf(plan, { ieee754: false, annotations: false });
  const scope = new SqlScope(context, plan.plan.entity, 't', true);
  const { within } = plan.plan;
  const filterSql = listFilter(context, scope, plan.plan, within);
  const source = countSource(rowsRequest(context, { scope, filterSql, narrow: within !== null }));
  const found = within === null ? '' : `, ${foundSql(context, within)} as found`;
  return {
    text: `select count(*) as total${found} from ${source.from} where ${source.where}`,
    slots: context.slots.slots,
  };
}

/**
 * A page of a list: columns `items` (JSON array, null when it is too long), `total` when asked for, and for a paged list `rows` (up to limit + 1),
 * `k0..kn` (the order keys of the last row shown). Within a record: `found`, whether that is there and readable. Slot values: limit,
 * page (rows shown), skip, key0..keyn, base_url, format, within (id of the record), and of a plan for all pages most_bytes.
 */
export function compileCollection(plan: Plan<'collection'>, format: ReadFormat): CompiledStatement {
  const context = contextOf(plan, format);
  const { select, query, paged, within } = plan.plan;
  const scope = new SqlScope(context, select.entity, 't', true);
  const list: List = { scope, filterSql: listFilter(context, scope, query, within), narrow: within !== null };
  const source = pageSource(context, list, plan.plan);
  const from = `from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  const columns = recordColumns(context, select, 't');
  const total = query.count ? `, ${totalSql(context, list)} as total` : '';
  const found = within === null ? '' : `, ${foundSql(context, within)} as found`;
  const position = plan.plan.tracked === true ? positionSql(select.entity) : '';
  const more = `${total}${found}${position}`;
  const text = paged ? pagedText(context, scope, query.orderBy, columns, from, more) : wholeText(columns, from, more);
  const others = otherColumns(plan.plan);
  const { slots } = context;
  // Who reads every page says how long one may be, and asks for a smaller page where it is longer.
  if (plan.plan.whole === true) {
    const most = slots.use({ from: 'value', name: 'most_bytes' }, 'bigint');
    return { text: boundedAnswer(text, 'items', others, most), slots: slots.slots };
  }
  const large = format.titles === true || mostBytes(select, context.plan.visible) * PAGE.max > MOST_BYTES;
  return { text: large ? boundedAnswer(text, 'items', others) : text, slots: slots.slots };
}

/** Columns of a list's statement besides `items`. */
function otherColumns({ query, paged, within, tracked }: Plan<'collection'>['plan']): readonly string[] {
  const keys = paged ? ['rows', ...query.orderBy.map((_, index) => `k${index}`)] : [];
  const more = [...(query.count ? ['total'] : []), ...(within === null ? [] : ['found'])];
  return [...keys, ...more, ...(tracked === true ? POSITION_COLUMNS : [])];
}

/** Rows of a statement: which, and whether they are few whatever the access (the records of one record's collection). */
export interface List {
  readonly scope: SqlScope;
  readonly filterSql: string;
  readonly narrow: boolean;
}

/** $filter and $search of a list, and that its records are in the collection `within`; or ''. */
export function listFilter(
  context: StatementContext,
  scope: SqlScope,
  query: Pick<CollectionQuery, 'filter' | 'search'>,
  within: WithinNode | null,
): string {
  const filter = whereSql(context, scope, query);
  if (within === null) return filter;
  // Asked once, before: what belongs to a hidden record is not looked at, however much it is.
  const found = foundSql(context, within);
  const belongs = `${found} and ${belongsSql(context, within.navigation, scope.alias, scope.entity, withinId(context))}`;
  return filter === '' ? belongs : `${belongs} and ${filter}`;
}

function withinId(context: StatementContext): string {
  return context.slots.use({ from: 'value', name: 'within' }, 'uuid');
}

/** Whether the record whose collection is read is there and readable. */
export function foundSql(context: StatementContext, { entity }: WithinNode): string {
  return `exists (select from ${tableOf(entity)} o where o.id = ${withinId(context)} and ${readable(context, entity, 'o')})`;
}

function wholeText(columns: string, from: string, total: string): string {
  // Measured: json_agg takes a fifth longer than putting the rows' texts together.
  const items = `coalesce(string_agg(row_to_json(${JSON_ROW})::text, ','), '')`;
  return `select ${items} as items${total} from (select ${columns} ${from}) ${JSON_ROW}`;
}

function pageSource(context: StatementContext, list: List, plan: Plan<'collection'>['plan']): ListSource {
  const { scope } = list;
  const order = plan.query.orderBy.map((key) => ({ sql: orderSql(scope, key), descending: key.descending }));
  const after = plan.continuesAfter;
  const ranges =
    after === null
      ? undefined
      : keysetRanges(
          plan.query.orderBy.map((key, index) => keysetColumn(context, scope, key, index, after[index] === true)),
        );
  return listSource({
    ...rowsRequest(context, list),
    order,
    ...(ranges === undefined ? {} : { ranges }),
    limitSql: context.slots.use({ from: 'value', name: 'limit' }, 'bigint'),
    ...(plan.query.skip > 0 ? { skipSql: context.slots.use({ from: 'value', name: 'skip' }, 'bigint') } : {}),
  });
}

/** $filter and $search of a list, or ''. */
function whereSql(
  context: StatementContext,
  scope: SqlScope,
  { filter, search }: Pick<CollectionQuery, 'filter' | 'search'>,
): string {
  const tests = filter === null ? [] : [scope.predicate(filter)];
  if (search !== null) tests.push(searchSql(search, scope.entity, scope.alias, context.slots));
  return tests.join(' and ');
}

export function rowsRequest(context: StatementContext, { scope, filterSql, narrow }: List): RowsRequest {
  const bin = scope.entity.records === 'deleted' ? binRequest(context, scope, filterSql) : { filterSql, narrow };
  return {
    entity: scope.entity,
    alias: scope.alias,
    access: context.plan.access(scope.entity),
    slots: context.slots,
    printCondition: conditionPrinter(context, scope.entity),
    joinsSql: scope.joins(),
    ...bin,
  };
}

/** The recycle bin is read along its own index, and needs the right to delete beside the right to read. */
function binRequest(
  context: StatementContext,
  { entity, alias }: SqlScope,
  filterSql: string,
): Pick<RowsRequest, 'filterSql' | 'narrow'> {
  const deletable = coveredSql(context, entity, alias, 'delete');
  const tests = [deletable, filterSql].filter((test) => test !== '' && test !== 'true');
  return { filterSql: tests.map((test) => `(${test})`).join(' and '), narrow: true };
}

function totalSql(context: StatementContext, list: List): string {
  const source = countSource(rowsRequest(context, list));
  return `(select count(*) from ${source.from} where ${source.where})`;
}

/** The rows carry their number, so that the one row beyond the page only says that there is more. */
function pagedText(
  context: StatementContext,
  scope: SqlScope,
  orderBy: readonly OrderKey[],
  columns: string,
  from: string,
  total: string,
): string {
  const page = context.slots.use({ from: 'value', name: 'page' }, 'int');
  const keys = orderBy.map((key, index) => `${orderSql(scope, key)}::text as k${index}`);
  const lastKeys = orderBy.map((_, index) => `(array_agg(p.k${index}))[${page}] as k${index}`);
  const body = `${jsonOf(columns)}::text as body`;
  return (
    `select coalesce(string_agg(p.body, ',') filter (where p.n <= ${page}), '') as items, ` +
    `count(*) as rows, ${lastKeys.join(', ')}${total} ` +
    `from (select row_number() over () as n, q.* from (select ${body}, ${keys.join(', ')} ${from}) q) p`
  );
}

function orderSql(scope: SqlScope, key: OrderKey): string {
  return scope.sortValue(key.expression);
}

function keysetColumn(
  context: StatementContext,
  scope: SqlScope,
  key: OrderKey,
  index: number,
  isNull: boolean,
): KeysetColumn {
  const cast = scope.sortType(key.expression);
  return {
    sql: orderSql(scope, key),
    descending: key.descending,
    nullable: key.nullable,
    value: isNull ? 'null' : context.slots.use({ from: 'value', name: `key${index}` }, cast),
    isNull,
  };
}
