// Second stage of a read: syntax x Model -> ReadPlan. Every name is resolved or refused; rights are the next stage's.
import {
  checkExpression,
  type EntityType,
  type ExpressionError,
  entityScope,
  type Model,
  type Navigation,
  parseExpression,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { ExpandItem, NestedOptions, OrderItem } from '../request/select-expand.ts';
import type { CollectionQuery, ExpandNode, OrderKey, SelectNode } from './read-plan.ts';

/** $select and $expand of a record or collection. Throws unknown_property. */
export function planSelect(
  model: Model,
  entity: EntityType,
  select: readonly string[] | null,
  expand: readonly ExpandItem[],
): SelectNode {
  const names = select?.filter((name) => !entity.navigations.has(name));
  const properties = names?.map((name) => {
    const property = entity.properties.get(name);
    if (property === undefined) throw unknown(name, entity, '$select');
    return property;
  });
  return { entity, properties: properties ?? null, expands: expand.map((item) => planExpand(model, entity, item)) };
}

function planExpand(model: Model, entity: EntityType, item: ExpandItem): ExpandNode {
  const navigation = entity.navigations.get(item.navigation);
  if (navigation === undefined) throw unknown(item.navigation, entity, '$expand');
  const target = targetOf(model, navigation);
  const select = planSelect(model, target, item.options.select, item.options.expand);
  if (navigation.collection)
    return { navigation, select, query: planCollection(model, target, item.options), raw: item.options.raw };
  refuseCollectionOptions(item);
  return { navigation, select, query: null, raw: item.options.raw };
}

function refuseCollectionOptions(item: ExpandItem): void {
  const { filter, orderBy, top, skip, count } = item.options;
  if (filter === null && orderBy.length === 0 && top === null && skip === 0 && !count) return;
  throw new PlatformError(
    'invalid_option',
    { name: '$expand', reason: `${item.navigation} leads to one record: only $select and $expand apply` },
    { target: '$expand' },
  );
}

type CollectionOptions = Pick<NestedOptions, 'filter' | 'orderBy' | 'top' | 'skip' | 'count'>;

/** $filter, $orderby, $top, $skip and $count of a collection. Throws the errors of the expression language. */
export function planCollection(model: Model, entity: EntityType, options: CollectionOptions): CollectionQuery {
  return {
    filter: options.filter === null ? null : planFilter(model, entity, options.filter),
    orderBy: planOrderBy(model, entity, options.orderBy),
    top: options.top,
    skip: options.skip,
    count: options.count,
  };
}

/** A $filter text as a checked boolean expression. Throws invalid_expression and its kin, all findings as details. */
export function planFilter(model: Model, entity: EntityType, text: string): TypedExpression {
  return planExpression(model, entity, text, '$filter', 'boolean');
}

function planExpression(
  model: Model,
  entity: EntityType,
  text: string,
  option: string,
  expects?: 'boolean',
): TypedExpression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw expressionError(parsed.errors, option);
  const checked = checkExpression(
    parsed.expression,
    entityScope(entity, model),
    expects === undefined ? {} : { expects },
  );
  if (!checked.ok) throw expressionError(checked.errors, option);
  return checked.expression;
}

/** Order keys; the id is added in the direction of the last key, so that the order is total and an index can serve it. */
function planOrderBy(model: Model, entity: EntityType, items: readonly OrderItem[]): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  for (const item of items) {
    const path = planExpression(model, entity, item.expression, '$orderby');
    if (path.kind !== 'path')
      throw new PlatformError('not_supported', { what: 'A computed $orderby' }, { target: '$orderby' });
    if (keys.some((key) => samePath(key, path))) continue;
    keys.push({ path, descending: item.descending, nullable: path.nullable || path.navigations.length > 0 });
    if (path.property === 'id' && path.navigations.length === 0) return keys;
  }
  const id = { navigations: [], property: 'id', type: 'guid' as const };
  keys.push({ path: id, descending: keys.at(-1)?.descending ?? false, nullable: false });
  return keys;
}

function samePath(key: OrderKey, path: { navigations: readonly string[]; property: string }): boolean {
  return key.path.property === path.property && key.path.navigations.join('/') === path.navigations.join('/');
}

/** The entity type a navigation leads to. */
export function targetOf(model: Model, navigation: Navigation): EntityType {
  const target = model.entities.get(navigation.target);
  if (target === undefined) throw new Error(`the Model has no entity ${navigation.target}`);
  return target;
}

function unknown(name: string, entity: EntityType, target: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target });
}

/** Codes of the expression language that are codes of the error table as well. */
const SHARED_CODES = [
  'limit_exceeded',
  'invalid_text',
  'unknown_property',
  'operator_not_applicable',
  'type_mismatch',
] as const;

function expressionError(errors: readonly ExpressionError[], option: string): PlatformError {
  const first = errors[0];
  const reason = first?.message ?? 'the expression is not valid';
  if (first?.code === 'not_supported') {
    return new PlatformError('not_supported', { what: first.values?.what ?? reason }, { target: option });
  }
  const details = errors.map((error) => ({
    code: SHARED_CODES.find((code) => code === error.code) ?? ('invalid_expression' as const),
    message: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
    target: `${option}@${error.at}`,
  }));
  return new PlatformError('invalid_expression', { reason }, { target: option, details });
}
