// Over which lookups an owner travels from records of one entity to those of others. Derived from a Model once; it judges and
// writes nothing.
import type { Cascading, EntityType, Model, Navigation } from './model.ts';

/** A lookup of `child` whose records follow the owner of the record that it names. */
export interface OwnerRelation {
  readonly child: EntityType;
  /** To-one, of `child`. */
  readonly navigation: Navigation;
  /** `copy`: they are owned by their parent. Else which of them are assigned with it. */
  readonly follows: 'copy' | NonNullable<Cascading['assign']>;
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
  return toOne(entity).filter(({ field }) => field === parent);
}

function toOne(entity: EntityType): readonly Navigation[] {
  return [...entity.navigations.values()].filter(({ collection }) => !collection);
}

/** Lookups over which shares of the record that they name extend: the parent's, and those that say so. */
export function shareNavigations(entity: EntityType): readonly Navigation[] {
  const parents = parentNavigations(entity);
  return toOne(entity).filter((navigation) => navigation.cascade?.share === true || parents.includes(navigation));
}

function relationsOf(model: Model): ReadonlyMap<string, readonly OwnerRelation[]> {
  const found = new Map<string, OwnerRelation[]>();
  for (const child of model.entities.values()) {
    const parents = new Set(parentNavigations(child));
    for (const navigation of toOne(child)) {
      const follows = parents.has(navigation) ? 'copy' : navigation.cascade?.assign;
      if (follows === undefined) continue;
      const list = found.get(navigation.target) ?? [];
      list.push({ child, navigation, follows });
      found.set(navigation.target, list);
    }
  }
  return found;
}

/** One lookup on the way from a record to another whose shares count for it. */
export interface ShareStep {
  readonly from: EntityType;
  /** To-one, of `from`. */
  readonly navigation: Navigation;
}

/** The way from a record to one whose shares count for it as well. */
export interface SharePath {
  /** Names of the navigations, `/` between: equal for equal ways from one entity. */
  readonly key: string;
  /** At least one. */
  readonly steps: readonly ShareStep[];
  /** Entity of the record at the end. */
  readonly target: string;
}

const paths = new WeakMap<Model, Map<string, readonly SharePath[]>>();

/**
 * Over which lookups shares of other records extend to those of an entity: of the parent, of what a lookup that passes them on
 * names, and over theirs.
 * Records that belong to the organization are never shared.
 */
export function sharePaths(model: Model, entity: EntityType): readonly SharePath[] {
  const known = paths.get(model) ?? new Map<string, readonly SharePath[]>();
  paths.set(model, known);
  let found = known.get(entity.name);
  if (found === undefined) {
    found = pathsFrom(model, model.entities.get(entity.name) ?? entity, []);
    known.set(entity.name, found);
  }
  return found;
}

/** Ends, because no such way leads in a circle (link-ownership.ts). */
function pathsFrom(model: Model, from: EntityType, before: readonly ShareStep[]): readonly SharePath[] {
  return shareNavigations(from).flatMap((navigation) => {
    const target = model.entities.get(navigation.target);
    if (target === undefined) return [];
    const steps = [...before, { from, navigation }];
    const key = steps.map((step) => step.navigation.name).join('/');
    const own = target.ownership === 'organization' ? [] : [{ key, steps, target: target.name }];
    return [...own, ...pathsFrom(model, target, steps)];
  });
}
