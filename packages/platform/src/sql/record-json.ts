// A record as JSON built by PostgreSQL: the select list of its properties, and one correlated subquery per expand, so
// that a read stays one statement whatever it expands.
import { contentHash, type EntityType, MAX_IDENTIFIER_BYTES, type Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { EXPAND_PAGE } from '../plan/expand.ts';
import type { CollectionQuery, ExpandNode, SelectNode } from '../plan/read-plan.ts';
import { belongsSql } from './belongs.ts';
import { propertySql } from './computed.ts';
import { computedColumns } from './computed-columns.ts';
import { type ExpandLink, expandLink } from './expand-link.ts';
import { type CountSource, countSource, listSource } from './list-keys.ts';
import type { ListRequest, RowsRequest } from './list-parts.ts';
import { SqlScope } from './path-scope.ts';
import { columnOf, conditionPrinter, holdsSql, nextAlias, readable, type StatementContext } from './scope.ts';
import { searchSql, type TermSlot } from './search.ts';
import { quoteLiteral, type SlotWriter, tableOf } from './statement.ts';
import { titleColumns } from './titles.ts';

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
  return columnsOf(context, select, { alias, above: [] });
}

function columnsOf(context: StatementContext, select: SelectNode, shown: Shown): string {
  const { alias } = shown;
  const items: string[] = [];
  if (context.annotations) items.push(`${alias}.version as "@odata.etag"`);
  for (const property of select.properties ?? context.plan.visible(select.entity)) {
    items.push(...titleColumns(context, select.entity, alias, property));
    items.push(`${valueSql(context, select.entity, alias, property)} as ${quoteJsonName(property.name)}`);
  }
  for (const computed of select.computed ?? []) items.push(...computedColumns(context, select.entity, alias, computed));
  for (const expand of select.expands) items.push(...expandColumns(context, select, shown, expand));
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

/** The column that becomes a member of an object as it is. Throws not_supported where its name is too long for a column. */
export function quoteJsonName(name: string): string {
  if (name.length > MAX_IDENTIFIER_BYTES)
    throw new PlatformError('not_supported', { what: `A name as long as ${name}` });
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same of a member of a record: a name too long for a column is another one, which finishRecords takes back. */
function memberColumn(name: string): string {
  return quoteJsonName(name.length > MAX_IDENTIFIER_BYTES ? shortName(name) : name);
}

/** What no property, and no member of a JSON value as PostgreSQL prints it (a blank after each colon), is called. */
function shortName(name: string): string {
  return `@kartoteka.name.${contentHash(name).slice(0, 16)}`;
}

function expandColumns(
  context: StatementContext,
  outer: SelectNode,
  record: Shown,
  expand: ExpandNode,
): readonly string[] {
  if (expand.query !== null) return expandCollection(context, outer.entity, record, expand, expand.query);
  const inner = nextAlias(context);
  const target = expand.select.entity;
  const { alias } = record;
  const holder = columnOf(alias, outer.entity, expand.navigation.property);
  const from = ` from ${tableOf(target)} ${inner} where ${inner}.id = ${holder}${holdsSql(alias, outer.entity, expand.navigation)} and ${readable(context, target, inner)}`;
  const shown = within(record, inner, expand);
  const value = expand.breaksCircles
    ? `(select ${orReference(context, expand, shown, jsonOf(shownColumns(context, expand, shown)))}${from})`
    : jsonOf(shownColumns(context, expand, shown), from);
  return [`${value} as ${memberColumn(expand.navigation.name)}`];
}

/** A record as it is shown: its alias, and those of the records above it that $levels=max has followed. */
interface Shown {
  readonly alias: string;
  readonly above: readonly string[];
}

function within({ alias, above }: Shown, inner: string, { breaksCircles, recursion }: ExpandNode): Shown {
  if (breaksCircles !== true) return { alias: inner, above: [] };
  return { alias: inner, above: recursion === 'first' ? [alias] : [...above, alias] };
}

/** What is shown of a related record: its select, or where it is. */
function shownColumns(context: StatementContext, { form, select }: ExpandNode, shown: Shown): string {
  if (form === 'records') return columnsOf(context, select, shown);
  return `${urlSql(context, select.entity, shown.alias)} as "@odata.id"`;
}

/** A record that stands above itself is told by where it is (OData 4.01 Part 1, 11.2.5.2.1.1). `record`: SQL of it as json. */
function orReference(context: StatementContext, { select }: ExpandNode, shown: Shown, record: string): string {
  const circle = shown.above.map((alias) => `${shown.alias}.id = ${alias}.id`).join(' or ');
  const reference = `json_build_object('@odata.id', ${urlSql(context, select.entity, shown.alias)})`;
  return `case when ${circle} then ${reference} else ${record} end`;
}

function urlSql({ slots, links }: StatementContext, entity: EntityType, alias: string): string {
  return `${slots.use(links.base, 'text')} || ${quoteLiteral(`/${entity.set}(`)} || ${alias}.id::text || ')'`;
}

function expandCollection(
  context: StatementContext,
  outer: EntityType,
  record: Shown,
  expand: ExpandNode,
  query: CollectionQuery,
): readonly string[] {
  const { name } = expand.navigation;
  const { entity } = expand.select;
  const inner = nextAlias(context);
  const scope = new SqlScope(context, entity, inner, false);
  const tests = [belongsSql(context, expand.navigation, inner, entity, `${record.alias}.id`)];
  if (query.filter !== null) tests.push(scope.predicate(query.filter));
  if (query.search !== null) tests.push(searchSql(query.search, entity, inner, context.slots, fixedTexts(query)));
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
    filterSql: tests.join(' and '),
    narrow: true,
  };
  const counted = countSource(rows);
  const items: string[] = [];
  if (query.count || expand.form === 'count')
    items.push(`${totalSql(context, counted)} as ${memberColumn(`${name}@odata.count`)}`);
  if (expand.form === 'count') return items;
  const shown = within(record, inner, expand);
  items.push(`${itemsSql(context, expand, query, { ...rows, order }, shown)} as ${memberColumn(name)}`);
  if (hasLink(expand)) {
    const link = expandLink(outer, expand, query.skip + expand.page);
    items.push(
      `${nextLinkSql(context, record.alias, link, query.skip + expand.page, counted)} as ${memberColumn(nextLinkName(expand))}`,
    );
  }
  return items;
}

/** The texts of a search in an $expand are part of the plan, as the literals of its filter are. */
function fixedTexts({ searchTexts = {} }: CollectionQuery): TermSlot {
  return (name) => ({ from: 'constant', value: searchTexts[name] ?? null });
}

function itemsSql(
  context: StatementContext,
  expand: ExpandNode,
  query: CollectionQuery,
  rows: RowsRequest & Pick<ListRequest, 'order'>,
  shown: Shown,
): string {
  // A size of the client's own is bound, so that the number of texts stays bounded; skipping is.
  const limitSql = query.top === null ? String(expand.page) : constant(context.slots, expand.page);
  const skip = query.skip > 0 ? { skipSql: constant(context.slots, query.skip) } : {};
  const source = listSource({ ...rows, limitSql, ...skip });
  const columns = shownColumns(context, expand, shown);
  const ending = `from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  if (expand.breaksCircles !== true)
    return `(select coalesce(json_agg(${JSON_ROW}), '[]'::json) from (select ${columns} ${ending}) ${JSON_ROW})`;
  const record = orReference(context, expand, shown, jsonOf(columns));
  return `(select coalesce(json_agg(${JSON_ROW}.record), '[]'::json) from (select ${record} as record ${ending}) ${JSON_ROW})`;
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

/** What is to be replaced in the text of an answer, and by what: never anything within a value. */
export type Replacement = readonly [text: string, by: string];

/** The texts that stand for an absent next link, and for names that are longer than those of columns. */
export function replacements(select: SelectNode): readonly Replacement[] {
  const found = new Map<string, string>();
  collectReplacements(select, found);
  return [...found];
}

function collectReplacements(select: SelectNode, found: Map<string, string>): void {
  for (const expand of select.expands) {
    const { name } = expand.navigation;
    const link = expand.form !== 'count' && expand.query !== null && hasLink(expand) ? nextLinkName(expand) : null;
    if (link !== null) found.set(`,${quoteMember(link)}:null`, '');
    for (const each of [name, `${name}@odata.count`, ...(link === null ? [] : [link])])
      if (each.length > MAX_IDENTIFIER_BYTES) found.set(`${quoteMember(each)}:`, `${JSON.stringify(each)}:`);
    collectReplacements(expand.select, found);
  }
}

/** A member's name as PostgreSQL prints it. */
function quoteMember(name: string): string {
  return JSON.stringify(name.length > MAX_IDENTIFIER_BYTES ? shortName(name) : name);
}
