// The ways from record to record, and what lies at their ends for who reads: only records that may be read.
import { may, propertyOf, targetOf } from './access.ts';
import { holds, plainSubject, type Value } from './conditions.ts';
import { liveRecord, recordsOf, visible } from './records.ts';
import { lookupsTo, relationOf, schemaOf } from './schema.ts';
import type { Asker, Stored, World } from './world.ts';

/** A lookup with several targets has one navigation per target: `on_account`. */
export function lookupOf(
  entity: string,
  navigation: string,
): { readonly field: string; readonly target: string } | null {
  for (const [field, { targets }] of Object.entries(schemaOf(entity).lookups)) {
    if (targets.length === 1 && field === navigation) return { field, target: targets[0] ?? '' };
    const target = targets.find((name) => targets.length > 1 && `${field}_${name}` === navigation);
    if (target !== undefined) return { field, target };
  }
  return null;
}

export function targetEntity(entity: string, navigation: string): string {
  const lookup = lookupOf(entity, navigation);
  if (lookup !== null) return lookup.target;
  if (SYSTEM[navigation] !== undefined) return SYSTEM[navigation].target;
  const inverse = lookupsTo(entity).find((item) => item.lookup.inverse === navigation);
  const target = inverse?.child ?? relationOf(entity, navigation)?.target;
  if (target === undefined) throw new Error(`${entity} has no navigation ${navigation}`);
  return target;
}

const SYSTEM: Readonly<Record<string, { readonly property: string; readonly target: string }>> = {
  owning_user: { property: 'owner_id', target: 'user' },
  owning_team: { property: 'owner_id', target: 'team' },
  owning_business_unit: { property: 'owning_business_unit_id', target: 'business_unit' },
  created_by: { property: 'created_by_id', target: 'user' },
};

/** The one record that a navigation leads to, if it may be read. */
export function followed(world: World, me: Asker, record: Stored, navigation: string): Stored | null {
  const system = SYSTEM[navigation];
  if (system !== undefined) {
    const id = propertyOf(world, record, system.property);
    return id === null ? null : visible(world, me, system.target, String(id));
  }
  const lookup = lookupOf(record.entity, navigation);
  const target = lookup === null ? null : targetOf(world, record.lookups[lookup.field] ?? null);
  if (target === null || target.entity !== lookup?.target) return null;
  return visible(world, me, target.entity, target.id);
}

/** The property of a record that names what a navigation leads to; null where it names a record of another kind. */
export function referenceProperty(record: Stored, navigation: string): string | null {
  const system = SYSTEM[navigation];
  if (system !== undefined) return system.property;
  const lookup = lookupOf(record.entity, navigation);
  if (lookup === null) throw new Error(`${record.entity} has no navigation ${navigation}`);
  const target = record.lookups[lookup.field] ?? null;
  return target !== null && target.entity !== lookup.target ? null : `${lookup.field}_id`;
}

export const isToOne = (entity: string, navigation: string): boolean =>
  lookupOf(entity, navigation) !== null || SYSTEM[navigation] !== undefined;

/** The readable records of a collection, by id. */
export function collected(world: World, me: Asker, record: Stored, collection: string): readonly Stored[] {
  const leading = lookupsTo(record.entity).filter(({ lookup }) => lookup.inverse === collection);
  const inverse = leading.flatMap(({ child, field }) =>
    recordsOf(world, child).filter((item) => {
      const target = item.lookups[field] ?? null;
      return target !== null && target.entity === record.entity && target.id === record.id;
    }),
  );
  const relation = relationOf(record.entity, collection);
  const linked =
    relation === null
      ? []
      : world.links
          .filter(({ entity, field }) => entity === relation.entity && field === relation.field)
          .flatMap(({ own, other }) => {
            const [here, there] = relation.forward ? [own, other] : [other, own];
            return here === record.id ? (liveRecord(world, relation.target, there) ?? []) : [];
          });
  return byId([...inverse, ...linked].filter((item) => item.deleted === null && may(world, me, 'read', item)));
}

const byId = (records: readonly Stored[]): readonly Stored[] =>
  [...records].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

/** A property of a record as it is read: one of its own, or one that is computed from records of a collection. */
export function readProperty(world: World, me: Asker, record: Stored, name: string): Value {
  const rollup = schemaOf(record.entity).rollups[name];
  if (rollup === undefined) return propertyOf(world, record, name);
  const { relation, aggregate, field, filter } = rollup;
  const counted = collected(world, me, record, relation).filter(
    (item) =>
      filter === null ||
      holds(
        filter,
        plainSubject((path) => propertyOf(world, item, path)),
        NOBODY,
      ),
  );
  if (aggregate === 'count') return counted.length;
  return counted.reduce((sum, item) => sum + Number(propertyOf(world, item, field ?? '') ?? 0), 0);
}

/** Filters of rollups name nobody. */
const NOBODY = { me: '', teams: [], unit: '' };
