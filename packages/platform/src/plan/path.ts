// Paths over to-one navigations x Model: the entity and the property that they lead to. Nothing about who may read them.
import type { EntityType, Model, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';

export interface Path {
  readonly navigations: readonly string[];
  readonly property: string;
}

/** The entity at the end of a path. Throws unknown_property (of `option`). */
export function entityAt(model: Model, entity: EntityType, navigations: readonly string[], option: string): EntityType {
  let at = entity;
  for (const name of navigations) {
    const navigation = at.navigations.get(name);
    const target = navigation === undefined ? undefined : model.entities.get(navigation.target);
    if (target === undefined) throw unknownProperty(name, at, option);
    at = target;
  }
  return at;
}

/** The property at the end of a path. Throws unknown_property (of `option`). */
export function propertyAt(model: Model, entity: EntityType, path: Path, option: string): Property {
  const at = entityAt(model, entity, path.navigations, option);
  const property = at.properties.get(path.property);
  if (property === undefined) throw unknownProperty(path.property, at, option);
  return property;
}

export function samePath(one: Path, other: Path): boolean {
  return one.property === other.property && one.navigations.join('/') === other.navigations.join('/');
}

export function unknownProperty(name: string, entity: Pick<EntityType, 'name'>, option: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target: option });
}
