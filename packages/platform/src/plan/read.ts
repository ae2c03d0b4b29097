// Second stage of a read: syntax x Model -> ReadPlan. Every name is resolved or refused; rights are the next stage's.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Page } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { parseOrderBy, parseSelect } from '../request/select-expand.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import type { Aliases } from './aliases.ts';
import { planCollection, planCompute, planSearch } from './collection.ts';
import { planExpandText } from './expand.ts';
import type { ReadPlan, SelectNode, WithinNode } from './read-plan.ts';
import { planProperties } from './select.ts';

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
