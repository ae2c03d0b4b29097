// Which properties have a column. What is computed in the query (formulas, rollups) has none: whoever walks an entity's
// properties for the table, a row or its images asks here.
import type { EntityType, Property } from './model.ts';

/** Whether the property has a column of its own. */
export function isStored(property: Property): boolean {
  return property.column !== '';
}

const stored = new WeakMap<EntityType, readonly Property[]>();

/** The properties that have a column, in order. */
export function storedProperties(entity: EntityType): readonly Property[] {
  const known = stored.get(entity);
  if (known !== undefined) return known;
  const properties = [...entity.properties.values()].filter(isStored);
  stored.set(entity, properties);
  return properties;
}
