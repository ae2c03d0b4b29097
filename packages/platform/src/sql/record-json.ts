// A record as JSON built by PostgreSQL: the select list of its properties, and one correlated subquery per expand, so
// that a read stays one statement whatever it expands.
import type { EntityType, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { EXPAND_PAGE } from '../plan/read.ts';
import type { CollectionQuery, ExpandNode, SelectNode } from '../plan/read-plan.ts';
import { belongsSql } from './belongs.ts';
import { propertySql } from './computed.ts';
import { computedColumns } from './computed-columns.ts';
import { type ExpandLink, expandLink } from './expand-link.ts';
import { type CountSource, countSource, listSource } from './list-keys.ts';
import type { ListRequest, RowsRequest } from './list-parts.ts';
import { SqlScope } from './path-scope.ts';
import { columnOf, conditionPrinter, holdsSql, nextAlias, readable, type StatementContext } from './scope.ts';
import type { SlotWriter } from './statement.ts';
import { tableOf } from './statement.ts';

/** Alias of the row that becomes an object. It is no name of a property: a column of that name would be taken for the row. */
export const JSON_ROW = '_r';

/** Columns as one JSON object; `from` is what follows them, ` from ...`, or ''. */
export function jsonOf(columns: string, from = ''): string {
  return `(select row_to_json(${JSON_ROW}) from (select ${columns}${from}) ${JSON_ROW})`;
}

/**
 * `"name", ..., "company"` as a select list over `alias`; JSON names are the column names of the list. It can be empty. Of the
 * entity tag it prints the version alone; finishRecords makes a tag of it.
 */
export function recordColumns(context: StatementContext, select: SelectNode, alias: string): string {
  const items: string[] = [];
  if (context.annotations) items.push(`${alias}.version as "@odata.etag"`);
  for (const property of select.properties ?? context.plan.visible(select.entity)) {
    items.push(`${valueSql(context, select.entity, alias, property)} as ${quoteJsonName(property.name)}`);
  }
  for (const computed of select.computed ?? []) items.push(...computedColumns(context, select.entity, alias, computed));
  for (const expand of select.expands) items.push(...expandColumns(context, select, alias, expand));
  return items.join(', ');
}

/** The record as one JSON text. */
export function recordJson(context: StatementContext, select: SelectNode, alias: string): string {
  return `${jsonOf(recordColumns(context, select, alias))}::text`;
}

function valueSql(context: StatementContext, entity: EntityType, alias: string, property: Property): string {
  const column = propertySql(context, entity, alias, property.name);
  const quoted = context.ieee754 && (property.type === 'Edm.Int64' || property.type === 'Edm.Decimal');
  return quoted ? `${column}::text` : column;
}

/** PostgreSQL cuts longer names of columns without an error. */
const LONGEST_NAME = 63;

/** Names are ASCII. Throws not_supported for one that cannot be a column's. */
export function quoteJsonName(name: string): string {
  if (name.length > LONGEST_NAME)
    throw new PlatformError('not_supported', { what: `Expanding a navigation with a name as long as ${name}` });
  return `"${name.replaceAll('"', '""')}"`;
}

function expandColumns(
  context: StatementContext,
  outer: SelectNode,
  alias: string,
  expand: ExpandNode,
): readonly string[] {
  if (expand.query !== null) return expandCollection(context, outer.entity, alias, expand, expand.query);
  const inner = nextAlias(context);
  const target = expand.select.entity;
  const holder = columnOf(alias, outer.entity, expand.navigation.property);
  const from = ` from ${tableOf(target)} ${inner} where ${inner}.id = ${holder}${holdsSql(alias, outer.entity, expand.navigation)} and ${readable(context, target, inner)}`;
  const record = jsonOf(recordColumns(context, expand.select, inner), from);
  return [`${record} as ${quoteJsonName(expand.navigation.name)}`];
}

function expandCollection(
  context: StatementContext,
  outer: EntityType,
  alias: string,
  expand: ExpandNode,
  query: CollectionQuery,
): readonly string[] {
  const { name } = expand.navigation;
  const { entity } = expand.select;
  const inner = nextAlias(context);
  const scope = new SqlScope(context, entity, inner, false);
  const belongs = belongsSql(context, expand.navigation, inner, entity, `${alias}.id`);
  const filterSql = query.filter === null ? belongs : `${belongs} and ${scope.predicate(query.filter)}`;
  const order = query.orderBy.map((key) => ({
    sql: scope.sortValue(key.expression),
    descending: key.descending,
  }));
  const rows: RowsRequest = {
    entity,
    alias: inner,
    access: context.plan.access(entity),
    slots: context.slots,
    printCondition: conditionPrinter(context, entity),
    joinsSql: scope.joins(),
    filterSql,
    narrow: true,
  };
  const counted = countSource(rows);
  const items: string[] = [];
  if (query.count) items.push(`${totalSql(context, counted)} as ${quoteJsonName(`${name}@odata.count`)}`);
  items.push(`${itemsSql(context, expand, query, { ...rows, order })} as ${quoteJsonName(name)}`);
  if (hasLink(expand)) {
    const link = expandLink(outer, expand, query.skip + expand.page);
    items.push(
      `${nextLinkSql(context, alias, link, query.skip + expand.page, counted)} as ${quoteJsonName(nextLinkName(expand))}`,
    );
  }
  return items;
}

function itemsSql(
  context: StatementContext,
  expand: ExpandNode,
  query: CollectionQuery,
  rows: RowsRequest & Pick<ListRequest, 'order'>,
): string {
  // A size of the client's own is bound, so that the number of texts stays bounded; skipping is.
  const limitSql = query.top === null ? String(expand.page) : constant(context.slots, expand.page);
  const skip = query.skip > 0 ? { skipSql: constant(context.slots, query.skip) } : {};
  const source = listSource({ ...rows, limitSql, ...skip });
  const columns = recordColumns(context, expand.select, rows.alias);
  const body = `select ${columns} from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  return `(select coalesce(json_agg(${JSON_ROW}), '[]'::json) from (${body}) ${JSON_ROW})`;
}

function constant(slots: SlotWriter, value: number): string {
  return slots.use({ from: 'constant', value: String(value) }, 'bigint');
}

function totalSql(context: StatementContext, counted: CountSource): string {
  const total = `(select count(*) from ${counted.from} where ${counted.where})`;
  return context.ieee754 ? `${total}::text` : total;
}

/** Whether more records than a page may be asked for. */
function hasLink(expand: ExpandNode): boolean {
  return (expand.query?.top ?? EXPAND_PAGE.max + 1) > expand.page;
}

/** Where more than a page follows, a link to the rest; else null, which shaping takes out of the text (finishRecords). */
function nextLinkSql(
  context: StatementContext,
  alias: string,
  link: ExpandLink,
  shown: number,
  rows: CountSource,
): string {
  const { slots, links } = context;
  const more = `exists (select 1 from ${rows.from} where ${rows.where} offset ${constant(slots, shown)} limit 1)`;
  const text = (value: string): string => slots.use({ from: 'constant', value }, 'text');
  const parts = [
    slots.use(links.base, 'text'),
    text(link.before),
    `${alias}.id::text`,
    text(link.after),
    slots.use(links.end, 'text'),
  ];
  return `case when ${more} then ${parts.join(' || ')} end`;
}

function nextLinkName(expand: ExpandNode): string {
  return `${expand.navigation.name}@odata.nextLink`;
}

/** The texts that stand for an absent next link anywhere in the answer of a select; empty when it expands no collection. */
export function nullLinks(select: SelectNode): readonly string[] {
  return select.expands.flatMap((expand) => {
    const own = expand.query === null || !hasLink(expand) ? [] : [`,${JSON.stringify(nextLinkName(expand))}:null`];
    return [...own, ...nullLinks(expand.select)];
  });
}
