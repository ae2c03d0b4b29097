// A record as JSON built by PostgreSQL: the select list of its properties, and one correlated subquery per expand, so
// that a read stays one statement whatever it expands.
import type { EntityType, Property } from '@kartoteka/metadata';
import type { CollectionQuery, ExpandNode, SelectNode } from '../plan/read-plan.ts';
import { nextLinkPrefix, nextLinkSuffix } from './expand-link.ts';
import { type CountSource, countSource, listSource } from './list-keys.ts';
import { columnOf, conditionPrinter, nextAlias, readable, SqlScope, type StatementContext, tableOf } from './scope.ts';
import { quoteLiteral } from './statement.ts';

/** Records of an expanded collection in one answer; more are offered by a next link. */
export const EXPAND_PAGE = 100;

/** `"name", ..., "company"` as a select list over `alias`; JSON names are the column names of the list. */
export function recordColumns(context: StatementContext, select: SelectNode, alias: string): string {
  const items: string[] = [];
  if (context.annotations) items.push(`'W/"' || ${alias}.version || '"' as "@odata.etag"`);
  for (const property of select.properties ?? context.plan.visible(select.entity)) {
    items.push(`${valueSql(context, select.entity, alias, property)} as ${quoteJsonName(property.name)}`);
  }
  for (const expand of select.expands) items.push(...expandColumns(context, select, alias, expand));
  return items.length === 0 ? 'null' : items.join(', ');
}

/** The same as one JSON text: `(select row_to_json(r)::text from (select ...) r)`. */
export function recordJson(context: StatementContext, select: SelectNode, alias: string): string {
  return `(select row_to_json(r)::text from (select ${recordColumns(context, select, alias)}) r)`;
}

function valueSql(context: StatementContext, entity: EntityType, alias: string, property: Property): string {
  const column = columnOf(alias, entity, property.name);
  const quoted = context.ieee754 && (property.type === 'Edm.Int64' || property.type === 'Edm.Decimal');
  return quoted ? `${column}::text` : column;
}

function quoteJsonName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function expandColumns(
  context: StatementContext,
  outer: SelectNode,
  alias: string,
  expand: ExpandNode,
): readonly string[] {
  if (expand.query !== null) return expandCollection(context, alias, expand, expand.query);
  const inner = nextAlias(context);
  const target = expand.select.entity;
  const holder = columnOf(alias, outer.entity, expand.navigation.property);
  const body = `select ${recordColumns(context, expand.select, inner)} from ${tableOf(target)} ${inner} where ${inner}.id = ${holder} and ${readable(context, target, inner)}`;
  return [`(select row_to_json(r) from (${body}) r) as ${quoteJsonName(expand.navigation.name)}`];
}

function expandCollection(
  context: StatementContext,
  alias: string,
  expand: ExpandNode,
  query: CollectionQuery,
): readonly string[] {
  const name = expand.navigation.name;
  const page = Math.min(query.top ?? EXPAND_PAGE, EXPAND_PAGE);
  const inner = nextAlias(context);
  const scope = new SqlScope(context, expand.select.entity, inner, false);
  const belongs = `${columnOf(inner, expand.select.entity, expand.navigation.property)} = ${alias}.id`;
  const filterSql = query.filter === null ? belongs : `${belongs} and ${scope.predicate(query.filter)}`;
  const order = query.orderBy.map((key) => ({
    sql: scope.column(key.path.navigations, key.path.property),
    descending: key.descending,
  }));
  const rows = {
    entity: expand.select.entity,
    alias: inner,
    access: context.plan.access(expand.select.entity),
    slots: context.slots,
    printCondition: conditionPrinter(context, expand.select.entity),
    joinsSql: scope.joins(),
    filterSql,
  };
  const source = listSource({
    ...rows,
    order,
    limitSql: String(page),
    ...(query.skip > 0 ? { skipSql: String(query.skip) } : {}),
  });
  const body = `select ${recordColumns(context, expand.select, inner)} from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  const items = [`(select coalesce(json_agg(r), '[]'::json) from (${body}) r) as ${quoteJsonName(name)}`];
  const counted = countSource(rows);
  const total = `(select count(*) from ${counted.from} where ${counted.where})`;
  if (query.count) items.unshift(`${total} as ${quoteJsonName(`${name}@odata.count`)}`);
  if ((query.top ?? EXPAND_PAGE + 1) > EXPAND_PAGE) items.push(nextLinkColumn(context, alias, expand, query, counted));
  return items;
}

/** Where more than a page follows, a link to the rest; else null, which shaping takes out of the text (removeNullLinks). */
function nextLinkColumn(
  context: StatementContext,
  alias: string,
  expand: ExpandNode,
  query: CollectionQuery,
  rows: CountSource,
): string {
  const shown = query.skip + EXPAND_PAGE;
  const more = `exists (select 1 from ${rows.from} where ${rows.where} offset ${shown} limit 1)`;
  const base = context.slots.use({ from: 'value', name: 'base_url' }, 'text');
  const link = [
    base,
    quoteLiteral(nextLinkPrefix(expand)),
    `${alias}.id::text`,
    quoteLiteral(nextLinkSuffix(expand, shown, EXPAND_PAGE)),
  ];
  return `case when ${more} then ${link.join(' || ')} end as ${quoteJsonName(nextLinkName(expand))}`;
}

function nextLinkName(expand: ExpandNode): string {
  return `${expand.navigation.name}@odata.nextLink`;
}

/** The texts that stand for an absent next link anywhere in the answer of a select; empty when it expands no collection. */
export function nullLinks(select: SelectNode): readonly string[] {
  return select.expands.flatMap((expand) => {
    const own = expand.query === null ? [] : [`,${JSON.stringify(nextLinkName(expand))}:null`];
    return [...own, ...nullLinks(expand.select)];
  });
}
