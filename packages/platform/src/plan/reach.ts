// How far the expressions of one collection reach: records over lookups, which are joins, and rollups, which are subqueries for every
// record. Nothing about who may read them.
import { childrenOf, type EntityType, type Model, type TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { LIMITS } from '../request/select-expand.ts';
import { type Path, propertyAt } from './path.ts';

/** Throws limit_exceeded where the expressions together reach too far. */
export function limitReach(model: Model, entity: EntityType, expressions: readonly TypedExpression[]): void {
  const joined = new Set<string>();
  let rollups = 0;
  const count = (path: Path): void => {
    const { navigations } = path;
    for (let length = 1; length <= navigations.length; length++) joined.add(navigations.slice(0, length).join('/'));
    if (joined.size > LIMITS.joins) throw exceeded('records reached over lookups', LIMITS.joins);
    const { computed } = propertyAt(model, entity, path, '$apply');
    if (computed !== undefined) rollups += computed.kind === 'rollup' ? 1 : computed.rollups;
    if (rollups > LIMITS.rollups) throw exceeded('rollups in one query', LIMITS.rollups);
  };
  const visit = (node: TypedExpression): void => {
    if (node.kind === 'path') count(node);
    for (const child of childrenOf(node)) visit(child);
  };
  for (const expression of expressions) visit(expression);
}

function exceeded(limit: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit, value: String(value) });
}
