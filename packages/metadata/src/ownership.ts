// Over which lookups an owner travels from records of one entity to those of others. Derived from a Model once; it judges and
// writes nothing.
import type { EntityType, Model, Navigation } from './model.ts';

/** A lookup of `child` whose records follow the owner of the record that it names. */
export interface OwnerRelation {
  readonly child: EntityType;
  /** To-one, of `child`. */
  readonly navigation: Navigation;
}

const relations = new WeakMap<Model, ReadonlyMap<string, readonly OwnerRelation[]>>();

/** The lookups through which records follow when the owner of a record of `entity` changes. */
export function ownerRelations(model: Model, entity: EntityType): readonly OwnerRelation[] {
  let known = relations.get(model);
  if (known === undefined) {
    known = relationsOf(model);
    relations.set(model, known);
  }
  return known.get(entity.name) ?? [];
}

/** To-one navigations of the lookup that decides the owner; several where the lookup has several targets. */
export function parentNavigations(entity: EntityType): readonly Navigation[] {
  const { parent } = entity;
  if (parent === undefined) return [];
  return [...entity.navigations.values()].filter(({ collection, field }) => !collection && field === parent);
}

function relationsOf(model: Model): ReadonlyMap<string, readonly OwnerRelation[]> {
  const found = new Map<string, OwnerRelation[]>();
  for (const child of model.entities.values()) {
    for (const navigation of parentNavigations(child)) {
      const list = found.get(navigation.target) ?? [];
      list.push({ child, navigation });
      found.set(navigation.target, list);
    }
  }
  return found;
}
