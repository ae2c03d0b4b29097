// Which properties have a column. What is computed in the query (formulas, rollups) has none: whoever walks an entity's
// properties for the table, a row or its images asks here.
import type { EntityType, Property } from './model.ts';

/** Whether the property has a column of its own. */
export function isStored(property: Property): boolean {
  return property.column !== '';
}

/** Whether a value comes from other records, which only a read can see. */
export function readsRecords({ computed }: Property): boolean {
  return computed !== undefined && computed.reads.length > 0;
}

/** The properties of an entity that pass a test, in order; found once per entity. */
function listed(test: (property: Property) => boolean): (entity: EntityType) => readonly Property[] {
  const known = new WeakMap<EntityType, readonly Property[]>();
  return (entity) => {
    let properties = known.get(entity);
    if (properties === undefined) {
      properties = [...entity.properties.values()].filter(test);
      known.set(entity, properties);
    }
    return properties;
  };
}

/** The properties that have a column. */
export const storedProperties = listed(isStored);

/** The properties whose values depend on other records. */
export const recordReaders = listed(({ computed }) => computed !== undefined && computed.reads.length > 0);
