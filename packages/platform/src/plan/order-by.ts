// The order of a list: $orderby as keys that a continuation can be told by, and the id that makes the order total.
import { childrenOf, type EntityType, isStored, type Model, type TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { OrderItem } from '../request/select-expand.ts';
import { type Aliases, NO_ALIASES } from './aliases.ts';
import { planExpression } from './expression.ts';
import { propertyAt, samePath } from './path.ts';
import type { OrderKey } from './read-plan.ts';

type Path = Extract<TypedExpression, { kind: 'path' }>;

const ID: Path = { kind: 'path', type: 'guid', navigations: [], property: 'id', nullable: false };

/**
 * Order keys; the id is added in the direction of the last key, so that the order is total and an index can serve it. Throws
 * invalid_expression and its kin, operator_not_applicable for what has no order, not_supported.
 */
export function planOrderBy(
  model: Model,
  entity: EntityType,
  items: readonly OrderItem[],
  nested: boolean,
  aliases: Aliases = NO_ALIASES,
): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  for (const [at, item] of items.entries()) {
    const expression = planExpression(model, entity, item.expression, '$orderby', undefined, nested, aliases);
    // What follows the id, or repeats a key, can change no order.
    const decided = keys.some((key) => isPath(key, ID));
    if (expression.kind !== 'path') {
      const key = computedKey(expression, item);
      const repeated = items.slice(0, at).some((earlier) => earlier.expression === item.expression);
      if (!decided && !repeated) keys.push(key);
      continue;
    }
    const property = propertyAt(model, entity, expression, '$orderby');
    if (property.sortable === false) throw hasNoOrder(item);
    if (decided || keys.some((key) => isPath(key, expression))) continue;
    const leftEmpty = property.field !== null && isStored(property);
    const nullable = expression.navigations.length > 0 || property.nullable || leftEmpty;
    keys.push({ expression, descending: item.descending, nullable });
  }
  if (keys.some((key) => isPath(key, ID))) return keys;
  return [...keys, { expression: ID, descending: keys.at(-1)?.descending ?? false, nullable: false }];
}

/** What is computed from the record: the same on every page, or a continuation could not be told by it. */
function computedKey(expression: TypedExpression, item: OrderItem): OrderKey {
  if (UNORDERED.has(expression.type)) throw hasNoOrder(item);
  if (asksForClock(expression)) {
    const what = 'An $orderby by now(), today() or is_stale(), whose values change between pages,';
    throw new PlatformError('not_supported', { what }, { target: '$orderby' });
  }
  const counts = expression.kind === 'count' || expression.kind === 'records_count';
  return { expression, descending: item.descending, nullable: !counts };
}

const UNORDERED: ReadonlySet<TypedExpression['type']> = new Set(['json', 'collection', 'null']);
const CLOCK: ReadonlySet<string> = new Set(['now', 'today', 'is_stale']);

/** Whether a value is another one on every page. */
export function asksForClock(node: TypedExpression): boolean {
  return (node.kind === 'call' && CLOCK.has(node.name)) || childrenOf(node).some(asksForClock);
}

function hasNoOrder({ expression }: OrderItem): PlatformError {
  return new PlatformError(
    'operator_not_applicable',
    { operator: '$orderby', name: expression },
    { target: '$orderby' },
  );
}

function isPath({ expression }: OrderKey, path: Path): boolean {
  return expression.kind === 'path' && samePath(expression, path);
}
