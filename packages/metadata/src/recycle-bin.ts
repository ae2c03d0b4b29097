// An entity's recycle bin as an entity type of its own: the same table read from the other side, so that lists of deleted
// records are filtered, sorted, selected and authorized like any other. It knows no SQL.
import type { EntityType, Navigation, Property } from './model.ts';

const bins = new WeakMap<EntityType, EntityType>();

/**
 * The deleted records of an entity: its properties and navigations, and `deleted_on`, `deleted_by_id`, `deleted_by`. A deleted
 * record is not written any more, so who deleted it is who modified it last.
 */
export function recycleBinOf(entity: EntityType): EntityType {
  const known = bins.get(entity);
  if (known !== undefined) return known;
  const bin = Object.freeze({
    ...entity,
    set: `${entity.set}/deleted`,
    records: 'deleted' as const,
    properties: new Map([
      ...entity.properties,
      ...deletionProperties(entity).map((each) => [each.name, each] as const),
    ]),
    navigations: new Map([
      ...entity.navigations,
      ...deletionNavigations(entity).map((each) => [each.name, each] as const),
    ]),
  });
  bins.set(entity, bin);
  return bin;
}

function deletionProperties(entity: EntityType): readonly Property[] {
  const [on, by] = [entity.properties.get('modified_on'), entity.properties.get('modified_by_id')];
  if (on === undefined || by === undefined) throw new Error(`${entity.name} has no system properties`);
  return [
    { ...on, name: 'deleted_on', column: 'deleted_on' },
    { ...by, name: 'deleted_by_id' },
  ];
}

function deletionNavigations(entity: EntityType): readonly Navigation[] {
  const by = entity.navigations.get('modified_by');
  return by === undefined ? [] : [{ ...by, name: 'deleted_by', property: 'deleted_by_id' }];
}
