// Second stage of a read: syntax x Model -> ReadPlan. Every name is resolved or refused; rights are the next stage's.
import {
  childrenOf,
  type EntityType,
  isStored,
  type Model,
  type Navigation,
  type Property,
  referencedPaths,
  searchProperties,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Page } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { parseSearch, type SearchNode } from '../request/search.ts';
import {
  type ExpandItem,
  LIMITS,
  type NestedOptions,
  type OrderItem,
  parseExpand,
  parseOrderBy,
  parseSelect,
  type SelectItems,
} from '../request/select-expand.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import { planExpression } from './expression.ts';
import type { CollectionQuery, ExpandNode, OrderKey, ReadPlan, SelectNode, WithinNode } from './read-plan.ts';

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
  if (options.compute !== undefined)
    throw new PlatformError('not_supported', { what: '$compute' }, { target: '$compute' });
  const select = planSelection(model, entity, options);
  const orderBy = options.orderby === undefined ? [] : parseOrderBy(options.orderby);
  const { top, skip, count, paged } = page;
  const collection = planCollection(model, entity, { filter: options.filter ?? null, orderBy, top, skip, count });
  const query = { ...collection, search: options.search === undefined ? null : planSearch(entity, options.search) };
  if (after !== null && after.length !== query.orderBy.length) {
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  }
  const continuesAfter = after?.map((value) => value === null) ?? null;
  return { kind: 'collection', select, query, within, continuesAfter, paged };
}

/** What $select and $expand show of a record. Throws unknown_property and the errors of the nested options. */
export function planSelection(
  model: Model,
  entity: EntityType,
  options: Pick<QueryOptions, 'select' | 'expand'>,
): SelectNode {
  const select = options.select === undefined ? null : parseSelect(options.select);
  return planSelect(model, entity, select, options.expand === undefined ? [] : parseExpand(options.expand), 0);
}

/** `depth`: how many expanded collections the record stands in. */
function planSelect(
  model: Model,
  entity: EntityType,
  select: SelectItems | null,
  expand: readonly ExpandItem[],
  depth: number,
): SelectNode {
  const properties: Property[] = [];
  for (const name of select?.names ?? []) {
    const property = entity.properties.get(name);
    if (property !== undefined) properties.push(property);
    else if (!entity.navigations.has(name)) throw unknown(name, entity, '$select');
  }
  return {
    entity,
    properties: select === null || select.all ? null : properties,
    named: select === null ? null : select.all ? ['*', ...navigationsOf(entity, select.names)] : select.names,
    expands: expand.map((item) => planExpand(model, entity, item, depth)),
  };
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
  return { navigation, select, query: planCollection(model, target, options), page, raw: options.raw };
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
function planCollection(model: Model, entity: EntityType, options: CollectionOptions): CollectionQuery {
  const filter = options.filter === null ? null : planFilter(model, entity, options.filter);
  const orderBy = planOrderBy(model, entity, options.orderBy);
  limitJoins(filter, orderBy);
  limitRollups(model, entity, filter, orderBy);
  return { filter, search: null, orderBy, top: options.top, skip: options.skip, count: options.count };
}

/** A $filter text as a checked boolean expression. Throws invalid_expression and its kin, all findings as details. */
export function planFilter(model: Model, entity: EntityType, text: string): TypedExpression {
  const filter = planExpression(model, entity, text, '$filter', 'boolean');
  limitJoins(filter, []);
  limitRollups(model, entity, filter, []);
  return filter;
}

/** A $search over what the entity is searched by. Throws invalid_option also where that is nothing, limit_exceeded. */
export function planSearch(entity: EntityType, text: string): SearchNode {
  if (searchProperties(entity).length > 0) return parseSearch(text).node;
  const reason = `no field of ${entity.name} is searched`;
  throw new PlatformError('invalid_option', { name: '$search', reason }, { target: '$search' });
}

/** Order keys; the id is added in the direction of the last key, so that the order is total and an index can serve it. */
function planOrderBy(model: Model, entity: EntityType, items: readonly OrderItem[]): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  for (const item of items) {
    const path = planExpression(model, entity, item.expression, '$orderby');
    if (path.kind !== 'path')
      throw new PlatformError('not_supported', { what: 'A computed $orderby' }, { target: '$orderby' });
    const property = propertyAt(model, entity, path);
    if (property.sortable === false) {
      const values = { operator: '$orderby', name: item.expression };
      throw new PlatformError('operator_not_applicable', values, { target: '$orderby' });
    }
    // What follows the id, or repeats a key, can change no order.
    if (keys.some((key) => samePath(key.path, path) || samePath(key.path, ID))) continue;
    const leftEmpty = property.field !== null && isStored(property);
    const nullable = path.navigations.length > 0 || property.nullable || leftEmpty;
    keys.push({ path, descending: item.descending, nullable });
  }
  if (keys.some((key) => samePath(key.path, ID))) return keys;
  return [...keys, { path: ID, descending: keys.at(-1)?.descending ?? false, nullable: false }];
}

function propertyAt(model: Model, entity: EntityType, path: Path): Property {
  let at = entity;
  for (const name of path.navigations) {
    const navigation = at.navigations.get(name);
    if (navigation === undefined) throw unknown(name, at, '$orderby');
    at = targetOf(model, navigation);
  }
  const property = at.properties.get(path.property);
  if (property === undefined) throw unknown(path.property, at, '$orderby');
  return property;
}

interface Path {
  readonly navigations: readonly string[];
  readonly property: string;
}

const ID = { navigations: [], property: 'id', type: 'guid' } as const;

function samePath(one: Path, other: Path): boolean {
  return one.property === other.property && one.navigations.join('/') === other.navigations.join('/');
}

/** Every record reached over lookups is a join of the statement. Throws limit_exceeded. */
function limitJoins(filter: TypedExpression | null, orderBy: readonly OrderKey[]): void {
  const joined = new Set<string>();
  const add = ({ navigations }: Path): void => {
    for (let length = 1; length <= navigations.length; length++) joined.add(navigations.slice(0, length).join('/'));
    if (joined.size > LIMITS.joins)
      throw new PlatformError('limit_exceeded', { limit: 'records reached over lookups', value: String(LIMITS.joins) });
  };
  if (filter !== null) for (const path of referencedPaths(filter)) add(path);
  for (const key of orderBy) add(key.path);
}

/** Every mention of a rollup is a subquery for each record, also within a formula. Throws limit_exceeded. */
function limitRollups(
  model: Model,
  entity: EntityType,
  filter: TypedExpression | null,
  orderBy: readonly OrderKey[],
): void {
  let rollups = 0;
  const count = (path: Path): void => {
    const { computed } = propertyAt(model, entity, path);
    if (computed !== undefined) rollups += computed.kind === 'rollup' ? 1 : computed.rollups;
    if (rollups > LIMITS.rollups)
      throw new PlatformError('limit_exceeded', { limit: 'rollups in one query', value: String(LIMITS.rollups) });
  };
  const visit = (node: TypedExpression): void => {
    if (node.kind === 'path') count(node);
    for (const child of childrenOf(node)) visit(child);
  };
  if (filter !== null) visit(filter);
  for (const key of orderBy) count(key.path);
}

/** The entity type a navigation leads to. */
export function targetOf(model: Model, navigation: Navigation): EntityType {
  const target = model.entities.get(navigation.target);
  if (target === undefined) throw new Error(`the Model has no entity ${navigation.target}`);
  return target;
}

/** The entity whose records are the links of a many-to-many navigation; null where there is none. */
export function linkEntityOf(model: Model, { through }: Navigation): EntityType | null {
  if (through === undefined) return null;
  const entity = model.entities.get(through.entity);
  if (entity === undefined) throw new Error(`the Model has no entity ${through.entity}`);
  return entity;
}

function unknown(name: string, entity: EntityType, target: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target });
}
