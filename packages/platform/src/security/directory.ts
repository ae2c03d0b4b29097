// Reads users, teams, business units, memberships and role assignments. The only place that names these entities and their
// properties; it decides no rights.
import type { EntityType, Model } from '@kartoteka/metadata';
import { quoteIdentifier, tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';

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
  readonly teams: readonly { readonly id: string; readonly unit: string }[];
  readonly roles: readonly HeldRole[];
  /** Per business unit of a holder: the ids of it and of every unit below it. */
  readonly subtrees: Readonly<Record<string, readonly string[]>>;
  /** By entity name. */
  readonly entities: Readonly<Record<string, EntityFacts>>;
}

/** Everything that the rights of a user follow from, in one statement. Null: no such user, or not active, or deleted. */
export async function loadPrincipal(executor: Executor, model: Model, userId: string): Promise<PrincipalFacts | null> {
  const entities = [...model.entities.values()].filter((entity) => entity.ownership !== 'organization');
  const parameters = [
    userId,
    arrayLiteral(entities.map((entity) => entity.name)),
    arrayLiteral(entities.map((entity) => entity.table)),
  ];
  const rows = await executor.run(principalSql(model), parameters, { prepare: true });
  const facts = rows[0]?.facts;
  return typeof facts === 'string' ? (JSON.parse(facts) as PrincipalFacts) : null;
}

/** PostgreSQL array literal of names and uuids. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => (/^[\w-]+$/.test(item) ? item : JSON.stringify(item))).join(',')}}`;
}

/** `$1` user id, `$2` entity names, `$3` their tables. */
function principalSql(model: Model): string {
  const names = tableNames(model);
  return `with recursive me as (
  select u.id, u.${names.userUnit} as unit from ${names.users} u
  where u.id = $1::uuid and u.deleted_on is null and u.${names.active} is not false
), my_teams as (
  select distinct t.id, t.${names.teamUnit} as unit from me
  join ${names.members} m on m.${names.memberUser} = me.id and m.deleted_on is null
  join ${names.teams} t on t.id = m.${names.memberTeam} and t.deleted_on is null
), holders as (select id, unit from me union select id, unit from my_teams
), held as (
  select r.${names.role} as role, me.id as holder, me.unit from me
  join ${names.assignments} r on r.${names.assignedUser} = me.id and r.deleted_on is null
  union
  select r.${names.role}, t.id, t.unit from my_teams t
  join ${names.assignments} r on r.${names.assignedTeam} = t.id and r.deleted_on is null
), subtree(root, id) as (
  select unit, unit from held
  union
  select s.root, b.id from subtree s join ${names.units} b on b.${names.parentUnit} = s.id and b.deleted_on is null
), facts as (
  select e.name, c.shares, coalesce(greatest(p.reltuples, 0), 0)::bigint as rows
  from unnest($2::text[], $3::text[]) e(name, table_name)
  cross join lateral (select sum(h.shares) as shares from holders cross join lateral (select count(*) as shares from
    (select from kartoteka.share s where s.principal_id = holders.id and s.entity = e.name limit ${MAX_COUNTED_SHARES}) s) h) c
  left join pg_class p on p.relname = e.table_name and p.relnamespace = 'data'::regnamespace and p.relkind = 'r'
)
select json_build_object(
  'id', me.id, 'unit', me.unit,
  'teams', (select coalesce(json_agg(json_build_object('id', id, 'unit', unit) order by id), '[]') from my_teams),
  'roles', (select coalesce(json_agg(json_build_object('role', role, 'holder', holder, 'unit', unit) order by role, holder), '[]') from held),
  'subtrees', (select coalesce(json_object_agg(root, ids), '{}') from (select root, json_agg(id order by id) as ids from subtree group by root) s),
  'entities', (select coalesce(json_object_agg(name, json_build_object('shares', shares, 'rows', rows)), '{}') from facts)
)::text as facts from me`;
}

/** Physical names of what DIRECTORY and DIRECTORY_PROPERTIES name. */
function tableNames(model: Model) {
  const user = entityOf(model, DIRECTORY.user);
  const team = entityOf(model, DIRECTORY.team);
  const unit = entityOf(model, DIRECTORY.businessUnit);
  const member = entityOf(model, DIRECTORY.teamMember);
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const property = DIRECTORY_PROPERTIES;
  return {
    users: tableOf(user),
    userUnit: columnOf(user, property.unit),
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
