// Users, teams, business units, memberships and role assignments: the only place that names these entities and their
// properties. It decides no rights and runs no statement.
import type { EntityType, Model } from '@kartoteka/metadata';
import { quoteIdentifier, tableOf } from '../sql/statement.ts';

/** The entities that rights are made of: writing any of them may change the rights of many. */
export const DIRECTORY = {
  user: 'user',
  team: 'team',
  businessUnit: 'business_unit',
  teamMember: 'team_member',
  roleAssignment: 'role_assignment',
} as const;

/** Properties of these entities that rights are made of. */
export const DIRECTORY_PROPERTIES = {
  active: 'active',
  unit: 'owning_business_unit_id',
  parentUnit: 'parent_id',
  user: 'user_id',
  team: 'team_id',
  role: 'role',
} as const;

/** Property of a user, text, that says in which language he is answered; it may be missing. */
export const LANGUAGE_PROPERTY = 'language';

/** A role as a principal holds it. */
export interface HeldRole {
  /** Name of the role document. */
  readonly role: string;
  /** Id of the user or team that it is assigned to. */
  readonly holder: string;
  /** Business unit of the holder. */
  readonly unit: string;
}

/** What the size of an entity's data means for the shape of lists. */
export interface EntityFacts {
  /** Shares of its records with the user or a team of the user; counting ends at MAX_COUNTED_SHARES. */
  readonly shares: number;
  /** Rows of its table as the planner estimates them; 0 when it does not know. */
  readonly rows: number;
}

export const MAX_COUNTED_SHARES = 10_000;

/** A user as the database knows it. */
export interface PrincipalFacts {
  readonly id: string;
  readonly unit: string;
  /** As the user's record says it; null where it says nothing. */
  readonly language?: string | null;
  readonly teams: readonly { readonly id: string; readonly unit: string }[];
  readonly roles: readonly HeldRole[];
  /** Per business unit of a holder: the ids of it and of every unit below it. */
  readonly subtrees: Readonly<Record<string, readonly string[]>>;
  /** By entity name. */
  readonly entities: Readonly<Record<string, EntityFacts>>;
}

/** PostgreSQL array literal of names and uuids. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => (/^[\w-]+$/.test(item) ? item : JSON.stringify(item))).join(',')}}`;
}

/** Physical names of what DIRECTORY and DIRECTORY_PROPERTIES name. */
export function tableNames(model: Model) {
  const user = entityOf(model, DIRECTORY.user);
  const team = entityOf(model, DIRECTORY.team);
  const unit = entityOf(model, DIRECTORY.businessUnit);
  const member = entityOf(model, DIRECTORY.teamMember);
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const property = DIRECTORY_PROPERTIES;
  return {
    users: tableOf(user),
    userUnit: columnOf(user, property.unit),
    language: isText(user, LANGUAGE_PROPERTY) ? columnOf(user, LANGUAGE_PROPERTY) : null,
    active: columnOf(user, property.active),
    teams: tableOf(team),
    teamUnit: columnOf(team, property.unit),
    units: tableOf(unit),
    parentUnit: columnOf(unit, property.parentUnit),
    members: tableOf(member),
    memberUser: columnOf(member, property.user),
    memberTeam: columnOf(member, property.team),
    assignments: tableOf(assignment),
    role: columnOf(assignment, property.role),
    assignedUser: columnOf(assignment, property.user),
    assignedTeam: columnOf(assignment, property.team),
  };
}

function isText(entity: EntityType, property: string): boolean {
  const found = entity.properties.get(property);
  return found?.type === 'Edm.String' && found.column !== '';
}

/** An entity that the platform cannot do without. Throws when the Model lacks it. */
export function entityOf(model: Model, name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`the Model has no entity ${name}`);
  return entity;
}

/** Physical column of a property. Throws when the entity lacks it. */
export function columnOf(entity: EntityType, property: string): string {
  const column = entity.properties.get(property)?.column;
  if (column === undefined) throw new Error(`${entity.name} has no property ${property}`);
  return quoteIdentifier(column);
}
