// The properties and navigations that the compiler adds to every entity (docs/architecture.md). Tables of data; the entities
// user, team and business_unit are named here because ownership is defined by them.
import type { Navigation, Ownership, Property } from './model.ts';
import { columnName } from './names.ts';
import { OPERATORS } from './operators.ts';

/** Entities that ownership is made of. */
export const PRINCIPAL_ENTITIES = { user: 'user', team: 'team', businessUnit: 'business_unit' } as const;

type Kind = 'guid' | 'moment' | 'version';

const KINDS: Readonly<Record<Kind, Pick<Property, 'type' | 'sqlType' | 'operators' | 'valueSchema'>>> = {
  guid: {
    type: 'Edm.Guid',
    sqlType: 'uuid',
    operators: new Set(OPERATORS.identifier),
    valueSchema: { type: 'string', format: 'uuid' },
  },
  moment: {
    type: 'Edm.DateTimeOffset',
    sqlType: 'timestamptz',
    operators: new Set(OPERATORS.datetime),
    valueSchema: { type: 'string', format: 'date-time' },
  },
  version: { type: 'Edm.Int64', sqlType: 'bigint', operators: new Set(OPERATORS.number) },
};

function systemProperty(name: string, kind: Kind, readOnly: boolean, nullable = false): Property {
  return {
    name,
    field: null,
    column: columnName(name),
    nullable,
    readOnly,
    readOnlyAfterCreate: false,
    secured: false,
    ...KINDS[kind],
  };
}

function stamp(name: string, kind: Kind): Property {
  return { ...systemProperty(name, kind, true), importable: true };
}

const OWNERSHIP_PROPERTIES: Readonly<Record<Ownership, readonly Property[]>> = {
  user: [systemProperty('owner_id', 'guid', false), systemProperty('owning_business_unit_id', 'guid', true)],
  business_unit: [systemProperty('owning_business_unit_id', 'guid', false)],
  organization: [],
  // Copies of the parent's, which has an owner or a unit or neither.
  parent: [
    systemProperty('owner_id', 'guid', true, true),
    systemProperty('owning_business_unit_id', 'guid', true, true),
  ],
};

/** System properties in the order they are shown and stored. `id` is written by a client at create only. */
export function systemProperties(ownership: Ownership): readonly Property[] {
  return [
    { ...systemProperty('id', 'guid', false), readOnlyAfterCreate: true },
    ...OWNERSHIP_PROPERTIES[ownership],
    stamp('created_on', 'moment'),
    stamp('created_by_id', 'guid'),
    stamp('modified_on', 'moment'),
    stamp('modified_by_id', 'guid'),
    systemProperty('version', 'version', true),
  ];
}

function systemNavigation(name: string, target: string, property: string): Navigation {
  return { name, target, property, collection: false, partner: null, field: null, onDelete: 'restrict' };
}

const EVERY_NAVIGATION: readonly Navigation[] = [
  systemNavigation('created_by', PRINCIPAL_ENTITIES.user, 'created_by_id'),
  systemNavigation('modified_by', PRINCIPAL_ENTITIES.user, 'modified_by_id'),
];
const UNIT_NAVIGATION = systemNavigation(
  'owning_business_unit',
  PRINCIPAL_ENTITIES.businessUnit,
  'owning_business_unit_id',
);
const OWNED_BY_PRINCIPAL: readonly Navigation[] = [
  systemNavigation('owning_user', PRINCIPAL_ENTITIES.user, 'owner_id'),
  systemNavigation('owning_team', PRINCIPAL_ENTITIES.team, 'owner_id'),
  UNIT_NAVIGATION,
];
const OWNERSHIP_NAVIGATIONS: Readonly<Record<Ownership, readonly Navigation[]>> = {
  user: OWNED_BY_PRINCIPAL,
  business_unit: [UNIT_NAVIGATION],
  organization: [],
  parent: OWNED_BY_PRINCIPAL,
};

/** System navigations; those to an entity the model does not have are left to the caller to drop. */
export function systemNavigations(ownership: Ownership): readonly Navigation[] {
  return [...OWNERSHIP_NAVIGATIONS[ownership], ...EVERY_NAVIGATION];
}
