// Second stage of a read: syntax x Model -> ReadPlan. Every name is resolved or refused; rights are the next stage's.
import {
  type EntityType,
  type Model,
  type Property,
  searchProperties,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { parseCompute } from '../request/compute.ts';
import type { Page } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { parseSearch, type SearchNode } from '../request/search.ts';
import {
  type ExpandItem,
  type NestedOptions,
  parseExpand,
  parseOrderBy,
  parseSelect,
  type SelectItems,
} from '../request/select-expand.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import { type Aliases, NO_ALIASES } from './aliases.ts';
import { planComputes } from './compute.ts';
import { planExpression } from './expression.ts';
import { planOrderBy } from './order-by.ts';
import { limitReach } from './reach.ts';
import type { CollectionQuery, ExpandNode, ReadPlan, SelectNode, WithinNode } from './read-plan.ts';
import { targetOf } from './targets.ts';

export { linkEntityOf, targetOf } from './targets.ts';

/**
 * Records of an expanded collection in one answer; a next link offers the rest. `nested`: of a collection within an expanded
 * collection, unless its $top says otherwise.
 */
export const EXPAND_PAGE = { max: 100, nested: 20 } as const;

/** The plan of a list; throws what its options deserve (invalid_expression, unknown_property, invalid_skiptoken ...). */
export function planList(
  model: Model,
  entity: EntityType,
  options: QueryOptions,
  page: Pick<Page, 'top' | 'skip' | 'count' | 'paged'>,
  after: TokenValues | null,
  within: WithinNode | null = null,
): Extract<ReadPlan, { kind: 'collection' }> {
  const aliases = planCompute(model, entity, options);
  const select = planSelection(model, entity, options, aliases);
  const orderBy = options.orderby === undefined ? [] : parseOrderBy(options.orderby);
  const { top, skip, count, paged } = page;
  const collection = planCollection(
    model,
    entity,
    { filter: options.filter ?? null, orderBy, top, skip, count },
    false,
    aliases,
  );
  const query = { ...collection, search: options.search === undefined ? null : planSearch(entity, options.search) };
  if (after !== null && after.length !== query.orderBy.length) {
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  }
  const continuesAfter = after?.map((value) => value === null) ?? null;
  return { kind: 'collection', select, query, within, continuesAfter, paged };
}

/** What $compute names; nothing without one. */
export function planCompute(model: Model, entity: EntityType, { compute }: Pick<QueryOptions, 'compute'>): Aliases {
  if (compute === undefined) return NO_ALIASES;
  const aliases = planComputes(model, entity, parseCompute(compute), '$compute');
  const expressions = [...aliases.values()].map(({ expression }) => expression);
  limitReach(model, entity, expressions);
  return aliases;
}

/** What $select, $expand and $compute show of a record. Throws unknown_property and the errors of the nested options. */
export function planSelection(
  model: Model,
  entity: EntityType,
  options: Pick<QueryOptions, 'select' | 'expand' | 'compute'>,
  aliases: Aliases = planCompute(model, entity, options),
): SelectNode {
  const select = options.select === undefined ? null : parseSelect(options.select);
  const expand = options.expand === undefined ? [] : parseExpand(options.expand);
  return planSelect(model, entity, select, expand, 0, aliases);
}

/** `depth`: how many expanded collections the record stands in. */
function planSelect(
  model: Model,
  entity: EntityType,
  select: SelectItems | null,
  expand: readonly ExpandItem[],
  depth: number,
  aliases: Aliases = NO_ALIASES,
): SelectNode {
  const properties: Property[] = [];
  for (const name of select?.names ?? []) {
    const property = entity.properties.get(name);
    if (property !== undefined) properties.push(property);
    else if (!entity.navigations.has(name) && !aliases.has(name)) throw unknown(name, entity, '$select');
  }
  return {
    entity,
    properties: select === null || select.all ? null : properties,
    named: select === null ? null : select.all ? ['*', ...navigationsOf(entity, select.names)] : select.names,
    ...(aliases.size === 0 ? {} : { computed: shownAliases(select, aliases) }),
    expands: expand.map((item) => planExpand(model, entity, item, depth)),
  };
}

/** Without $select, and with `*`, everything computed is shown (OData 4.01 Part 1, 11.2.5.3). */
function shownAliases(select: SelectItems | null, aliases: Aliases): SelectNode['computed'] {
  return [...aliases.values()].map((node) => ({
    ...node,
    shown: select === null || select.all || select.names.includes(node.name),
  }));
}

function navigationsOf(entity: EntityType, names: readonly string[]): readonly string[] {
  return names.filter((name) => entity.navigations.has(name));
}

function planExpand(model: Model, entity: EntityType, item: ExpandItem, depth: number): ExpandNode {
  const navigation = entity.navigations.get(item.navigation);
  if (navigation === undefined) throw unknown(item.navigation, entity, '$expand');
  const target = targetOf(model, navigation);
  const { options } = item;
  const select = planSelect(model, target, options.select, options.expand, depth + (navigation.collection ? 1 : 0));
  if (!navigation.collection) {
    refuseCollectionOptions(item);
    return { navigation, select, query: null, page: 1, raw: options.raw };
  }
  const page = Math.min(options.top ?? (depth === 0 ? EXPAND_PAGE.max : EXPAND_PAGE.nested), EXPAND_PAGE.max);
  return { navigation, select, query: planCollection(model, target, options, true), page, raw: options.raw };
}

function refuseCollectionOptions(item: ExpandItem): void {
  const { filter, orderby, top, skip, count } = item.options.raw;
  if ([filter, orderby, top, skip, count].every((option) => option === undefined)) return;
  throw new PlatformError(
    'invalid_option',
    { name: '$expand', reason: `${item.navigation} leads to one record: only $select and $expand apply` },
    { target: '$expand' },
  );
}

type CollectionOptions = Pick<NestedOptions, 'filter' | 'orderBy' | 'top' | 'skip' | 'count'>;

/** $filter, $orderby, $top, $skip and $count of a collection. Throws the errors of the expression language. */
function planCollection(
  model: Model,
  entity: EntityType,
  options: CollectionOptions,
  nested = false,
  aliases: Aliases = NO_ALIASES,
): CollectionQuery {
  const filter = options.filter === null ? null : planFilter(model, entity, options.filter, nested, aliases);
  const orderBy = planOrderBy(model, entity, options.orderBy, nested, aliases);
  const ordered = orderBy.map(({ expression }) => expression);
  limitReach(model, entity, filter === null ? ordered : [filter, ...ordered]);
  return { filter, search: null, orderBy, top: options.top, skip: options.skip, count: options.count };
}

/** A $filter text as a checked boolean expression. Throws invalid_expression and its kin, all findings as details. */
export function planFilter(
  model: Model,
  entity: EntityType,
  text: string,
  nested = false,
  aliases: Aliases = NO_ALIASES,
): TypedExpression {
  const filter = planExpression(model, entity, text, '$filter', 'boolean', nested, aliases);
  limitReach(model, entity, [filter]);
  return filter;
}

/** A $search over what the entity is searched by. Throws invalid_option also where that is nothing, limit_exceeded. */
export function planSearch(entity: EntityType, text: string): SearchNode {
  if (searchProperties(entity).length > 0) return parseSearch(text).node;
  const reason = `no field of ${entity.name} is searched`;
  throw new PlatformError('invalid_option', { name: '$search', reason }, { target: '$search' });
}

function unknown(name: string, entity: EntityType, target: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target });
}
