// Which entities navigations lead to.
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';

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
