// What a preview's change of the directory would save, record by record, as requests for these records would. It asks nothing.
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import { DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import type { DirectoryChange } from '../security/directory-sources.ts';

export interface Save {
  readonly entity: EntityType;
  readonly operation: 'create' | 'update' | 'delete';
  /** Null for a new record. */
  readonly id: string | null;
  /** By property. */
  readonly values: Readonly<Record<string, string | boolean | null>>;
  /** Where it stands in the request. */
  readonly place: string;
}

const property = DIRECTORY_PROPERTIES;

export function savesOf(change: DirectoryChange, model: Model): readonly Save[] {
  const entity = (name: keyof typeof DIRECTORY): EntityType => entityOf(model, DIRECTORY[name]);
  const update = (name: keyof typeof DIRECTORY, id: string, values: Save['values'], place: string): Save => ({
    entity: entity(name),
    operation: 'update',
    id,
    values,
    place,
  });
  const create = (name: keyof typeof DIRECTORY, values: Save['values'], place: string): Save => ({
    entity: entity(name),
    operation: 'create',
    id: null,
    values,
    place,
  });
  const remove = (name: keyof typeof DIRECTORY, id: string, place: string): Save => ({
    entity: entity(name),
    operation: 'delete',
    id,
    values: {},
    place,
  });
  return [
    ...change.units.map(({ id, parent }, at) =>
      update('businessUnit', id, { [property.parentUnit]: parent }, `business_units/${at}`),
    ),
    ...change.teams.map(({ id, unit }, at) => update('team', id, { [property.unit]: unit }, `teams/${at}`)),
    ...change.users.map(({ id, unit, active }, at) => {
      const values = {
        ...(unit === null ? {} : { [property.unit]: unit }),
        ...(active === null ? {} : { [property.active]: active }),
      };
      return update('user', id, values, `users/${at}`);
    }),
    ...change.members.map((values, at) => create('teamMember', { ...values }, `team_members/create/${at}`)),
    ...change.lost_members.map((id, at) => remove('teamMember', id, `team_members/delete/${at}`)),
    ...change.assignments.map((values, at) => create('roleAssignment', { ...values }, `role_assignments/create/${at}`)),
    ...change.lost_assignments.map((id, at) => remove('roleAssignment', id, `role_assignments/delete/${at}`)),
  ];
}

/** The lookups among the values of a save. */
export function lookupsOf({ entity, values }: Save): readonly Navigation[] {
  return [...entity.navigations.values()].filter(
    ({ collection, field, property: holder }) => !collection && field !== null && Object.hasOwn(values, holder),
  );
}
