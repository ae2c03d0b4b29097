// What chooses and orders the records of a list, of an expanded collection and of a count, as plans: $filter, $search, $orderby and
// $compute. Every name is resolved or refused; rights are the next stage's.
import { type EntityType, type Model, searchProperties, type TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { parseCompute } from '../request/compute.ts';
import type { NestedOptions } from '../request/expand.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { parseSearch, type Search } from '../request/search.ts';
import { type Aliases, NO_ALIASES } from './aliases.ts';
import { planComputes } from './compute.ts';
import { planExpression } from './expression.ts';
import { planOrderBy } from './order-by.ts';
import { limitReach } from './reach.ts';
import type { CollectionQuery } from './read-plan.ts';

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
