// How far the expressions of one collection reach: records over lookups, which are joins, and rollups, which are subqueries for every
// record. Nothing about who may read them.
import type { EntityType, Model, TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { LIMITS } from '../request/select-expand.ts';
import { visitNames } from './expression-names.ts';
import { propertyAt } from './path.ts';

/** Throws limit_exceeded where the expressions together reach too far, what they ask of records of collections included. */
export function limitReach(model: Model, entity: EntityType, expressions: readonly TypedExpression[]): void {
  const joined = new Set<string>();
  let rollups = 0;
  const join = (variable: string | undefined, navigations: readonly string[]): void => {
    for (let length = 1; length <= navigations.length; length++)
      joined.add([variable ?? '', ...navigations.slice(0, length)].join('/'));
    if (joined.size > LIMITS.joins) throw exceeded('records reached over lookups', LIMITS.joins);
  };
  const visitor: Parameters<typeof visitNames>[3] = {
    path: (root, path) => {
      join(path.variable, path.navigations);
      const { computed } = propertyAt(model, root, path, '$filter');
      if (computed !== undefined) rollups += computed.kind === 'rollup' ? 1 : computed.rollups;
      if (rollups > LIMITS.rollups) throw exceeded('rollups in one query', LIMITS.rollups);
    },
    records: (_root, { variable, navigations }) => join(variable, navigations),
  };
  for (const expression of expressions) visitNames(model, entity, expression, visitor);
}

function exceeded(limit: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit, value: String(value) });
}
