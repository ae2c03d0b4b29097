// Lookups with several targets, read off an entity's navigations: which two properties hold the reference, and what they may
// lead to. Derived once per entity; it judges no values.
import type { EntityType, Navigation } from './model.ts';

export interface PolymorphicLookup {
  /** Property of the target's id. */
  readonly id: string;
  /** Property of the target's entity. */
  readonly type: string;
  /** The navigation to each target, by the target's entity. */
  readonly targets: ReadonlyMap<string, Navigation>;
}

const known = new WeakMap<EntityType, readonly PolymorphicLookup[]>();

/** The entity's lookups with several targets, in document order; for most entities none. */
export function polymorphicLookups(entity: EntityType): readonly PolymorphicLookup[] {
  let lookups = known.get(entity);
  if (lookups === undefined) {
    lookups = collect(entity);
    known.set(entity, lookups);
  }
  return lookups;
}

function collect(entity: EntityType): readonly PolymorphicLookup[] {
  const byId = new Map<string, PolymorphicLookup & { readonly targets: Map<string, Navigation> }>();
  for (const navigation of entity.navigations.values()) {
    const { collection, discriminator, property } = navigation;
    if (collection || discriminator === undefined) continue;
    const lookup = byId.get(property) ?? { id: property, type: discriminator.property, targets: new Map() };
    lookup.targets.set(discriminator.value, navigation);
    byId.set(property, lookup);
  }
  return [...byId.values()];
}
