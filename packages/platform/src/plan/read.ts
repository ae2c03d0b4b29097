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
import type { NestedOptions } from '../request/expand.ts';
import type { Page } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { parseSearch, type Search } from '../request/search.ts';
import { parseOrderBy, parseSelect, type SelectItems } from '../request/select-expand.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import { type Aliases, NO_ALIASES } from './aliases.ts';
import { planComputes } from './compute.ts';
import { type Place, planExpands, planExpandText } from './expand.ts';
import { planExpression } from './expression.ts';
import { planOrderBy } from './order-by.ts';
import { limitReach } from './reach.ts';
import type { CollectionQuery, ReadPlan, SelectNode, WithinNode } from './read-plan.ts';

export { linkEntityOf, targetOf } from './targets.ts';

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
  const asked = { filter: options.filter ?? null, search: null, orderBy, top, skip, count };
  const search = options.search === undefined ? null : planSearch(entity, options.search).node;
  const query = { ...planCollection(model, entity, asked, false, aliases), search };
  if (after !== null && after.length !== query.orderBy.length) {
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  }
  const continuesAfter = after?.map((value) => value === null) ?? null;
  return { kind: 'collection', select, query, within, continuesAfter, paged };
}

/** What $compute names; nothing without one. `nested`: within an expand. */
export function planCompute(
  model: Model,
  entity: EntityType,
  { compute }: Pick<QueryOptions, 'compute'>,
  nested = false,
): Aliases {
  if (compute === undefined) return NO_ALIASES;
  const aliases = planComputes(model, entity, parseCompute(compute), '$compute', NO_ALIASES, nested);
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
  return {
    ...planProperties(entity, select, aliases),
    expands: options.expand === undefined ? [] : planExpandText(model, entity, options.expand),
  };
}

/** The same within an $expand. */
export function planSelect(
  model: Model,
  entity: EntityType,
  { select, expand }: Pick<NestedOptions, 'select' | 'expand'>,
  place: Place,
  aliases: Aliases,
): SelectNode {
  return { ...planProperties(entity, select, aliases), expands: planExpands(model, entity, expand, place) };
}

function planProperties(entity: EntityType, select: SelectItems | null, aliases: Aliases): Omit<SelectNode, 'expands'> {
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
  };
}

/** Without $select, and with `*`, everything computed is shown (OData 4.01 Part 1, 11.2.5.3). */
export function shownAliases(select: SelectItems | null, aliases: Aliases): SelectNode['computed'] {
  return [...aliases.values()].map((node) => ({
    ...node,
    shown: select === null || select.all || select.names.includes(node.name),
  }));
}

function navigationsOf(entity: EntityType, names: readonly string[]): readonly string[] {
  return names.filter((name) => entity.navigations.has(name));
}

type CollectionOptions = Pick<NestedOptions, 'filter' | 'search' | 'orderBy' | 'top' | 'skip' | 'count'>;

/** $filter, $search, $orderby, $top, $skip and $count of an expanded collection. Throws the errors of the expression language. */
export function planCollection(
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
  const { top, skip, count } = options;
  const query = { filter, search: null, orderBy, top, skip, count };
  if (options.search === null) return query;
  const { node, values } = planSearch(entity, options.search);
  return { ...query, search: node, searchTexts: values };
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
export function planSearch(entity: EntityType, text: string): Search {
  if (searchProperties(entity).length > 0) return parseSearch(text);
  const reason = `no field of ${entity.name} is searched`;
  throw new PlatformError('invalid_option', { name: '$search', reason }, { target: '$search' });
}

function unknown(name: string, entity: EntityType, target: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target });
}
