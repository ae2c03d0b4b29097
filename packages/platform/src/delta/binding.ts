// What a delta token is bound to: the query, what it means under the Model, and what its reader may read. Where one of these is
// not what it was, the difference between two moments cannot be told. It decides nothing.
import { type EntityType, type Model, type Property, referencedPaths } from '@kartoteka/metadata';
import { authorizeRead } from '../plan/authorize.ts';
import { accessesOf, type DeltaPlan, decidingProperties } from '../plan/delta.ts';
import { mayUse } from '../plan/secured.ts';
import type { QueryOptions } from '../request/query-options.ts';
import type { Principal } from '../security/types.ts';
import { type DeltaToken, fingerprint } from './token.ts';

export type Binding = Pick<DeltaToken, 'query' | 'meaning' | 'rights'>;

/** Throws what authorizing the list throws; not_supported for one whose changes cannot be told (decidingProperties). */
export function bindingOf(model: Model, principal: Principal, plan: DeltaPlan, options: QueryOptions): Binding {
  const { entity } = plan.select;
  // Of what may not be read nobody learns how it is stored.
  authorizeRead(plan, model, principal);
  return {
    query: queryOf(principal, entity, options),
    meaning: meaningOf(model, principal, plan),
    rights: rightsOf(principal, entity),
  };
}

/** The text of the query, and who asks. */
export function queryOf(
  { id, callerId }: Principal,
  entity: EntityType,
  { filter, search, select }: QueryOptions,
): string {
  return fingerprint([entity.set, id, callerId ?? null, filter ?? null, search ?? null, select ?? null]);
}

/** The properties shown and those that decide, with all that their values are made by; other properties may come and go. */
function meaningOf(model: Model, principal: Principal, plan: DeltaPlan): string {
  const { entity, properties } = plan.select;
  const shown =
    properties ?? [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
  const deciding = decidingProperties(plan, principal.access(entity.name, 'read'));
  const paths = plan.filter === null ? [] : referencedPaths(plan.filter);
  const filtered = paths.flatMap(({ property }) => entity.properties.get(property) ?? []);
  const { baseCurrency, timeZone } = model.organization;
  const parts = [shown, deciding, filtered].map((each) => each.map(made));
  return fingerprint([entity.table, parts, plan.filter, baseCurrency, timeZone]);
}

function made({ name, column, type, computed, derived }: Property): unknown {
  return [name, column, type, computed ?? null, derived?.sql((property) => property) ?? null];
}

/** The arms of the access, without the shapes that measures choose; what conditions and filters name besides is the reader's own. */
function rightsOf(principal: Principal, entity: EntityType): string {
  const { id, callerId, businessUnitId, teamIds } = principal;
  const accesses = accessesOf(principal.access(entity.name, 'read')).map(({ granted, unrestricted, arms }) => [
    granted,
    unrestricted,
    arms.map(({ source, when, path, ids }) => [source, when, path?.key ?? null, ids]),
  ]);
  return fingerprint([id, callerId ?? null, businessUnitId, [...teamIds].sort(), accesses]);
}
