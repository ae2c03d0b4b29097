// The body of a preview: a change of roles and of the directory, as the documents and records that would be saved. Every finding
// is told at once. Whether the change may be made is asked later (save.ts).
import { type Model, PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import { parseObject } from '../request/json-object.ts';
import type { DirectoryChange } from '../security/directory-sources.ts';
import { Findings } from './findings.ts';
import { parseRoles, type RoleEdit } from './role-edits.ts';

export interface PreviewRequest {
  readonly roles: readonly RoleEdit[];
  readonly change: DirectoryChange;
  /** Entities whose records are counted; null: all. */
  readonly entities: readonly string[] | null;
  readonly privileges: readonly Privilege[];
}

const PARTS = ['roles', 'business_units', 'teams', 'users', 'role_assignments', 'team_members'];
/** Privileges on records that exist. */
const COUNTED: readonly Privilege[] = PRIVILEGES.filter((privilege) => privilege !== 'create');

/** Throws malformed_json, body_not_object, bad_request, limit_exceeded, validation_failed (with every finding). */
export function parsePreview(body: string | null, model: Model): PreviewRequest {
  const members = parseObject(body);
  const findings = new Findings();
  findings.only(members, '', [...PARTS, 'entities', 'privileges']);
  if (!PARTS.some((part) => members[part] !== undefined)) {
    findings.add('roles', `nothing changes: give some of ${PARTS.join(', ')}`);
  }
  const given = findings.object(members.role_assignments ?? {}, 'role_assignments') ?? {};
  const joined = findings.object(members.team_members ?? {}, 'team_members') ?? {};
  findings.only(given, 'role_assignments', ['create', 'delete']);
  findings.only(joined, 'team_members', ['create', 'delete']);
  const request = {
    roles: parseRoles(members.roles, findings),
    change: {
      users: parseUsers(members.users, findings),
      teams: parseTeams(members.teams, findings),
      units: parseUnits(members.business_units, findings),
      members: parseMembers(joined.create, findings),
      lost_members: parseIds(joined.delete, 'team_members/delete', findings),
      assignments: parseAssignments(given.create, findings),
      lost_assignments: parseIds(given.delete, 'role_assignments/delete', findings),
    },
    entities: parseEntities(members.entities, model, findings),
    privileges: parsePrivileges(members.privileges, findings),
  };
  findings.settle();
  return request;
}

function parseUsers(value: unknown, findings: Findings): DirectoryChange['users'] {
  const users = findings.objects(value, 'users').map(({ members, place }) => {
    findings.only(members, place, ['id', 'owning_business_unit_id', 'active']);
    const { active, owning_business_unit_id: unit } = members;
    if (active !== undefined && typeof active !== 'boolean') findings.add(`${place}/active`, 'true or false is needed');
    if (active === undefined && unit === undefined) findings.add(place, 'give owning_business_unit_id or active');
    return {
      id: findings.id(members.id, `${place}/id`),
      unit: unit === undefined ? null : findings.id(unit, `${place}/owning_business_unit_id`),
      active: typeof active === 'boolean' ? active : null,
    };
  });
  findings.unique(
    users,
    ({ id }) => id,
    (at) => `users/${at}/id`,
  );
  return users;
}

function parseTeams(value: unknown, findings: Findings): DirectoryChange['teams'] {
  const teams = findings.objects(value, 'teams').map(({ members, place }) => {
    findings.only(members, place, ['id', 'owning_business_unit_id']);
    return {
      id: findings.id(members.id, `${place}/id`),
      unit: findings.id(members.owning_business_unit_id, `${place}/owning_business_unit_id`),
    };
  });
  findings.unique(
    teams,
    ({ id }) => id,
    (at) => `teams/${at}/id`,
  );
  return teams;
}

function parseUnits(value: unknown, findings: Findings): DirectoryChange['units'] {
  const units = findings.objects(value, 'business_units').map(({ members, place }) => {
    findings.only(members, place, ['id', 'parent_id']);
    if (members.parent_id === undefined) findings.add(`${place}/parent_id`, 'a GUID or null is needed');
    return {
      id: findings.id(members.id, `${place}/id`),
      parent: findings.idOrNull(members.parent_id, `${place}/parent_id`),
    };
  });
  findings.unique(
    units,
    ({ id }) => id,
    (at) => `business_units/${at}/id`,
  );
  return units;
}

function parseMembers(value: unknown, findings: Findings): DirectoryChange['members'] {
  const members = findings.objects(value, 'team_members/create').map(({ members: each, place }) => {
    findings.only(each, place, ['user_id', 'team_id']);
    return {
      user_id: findings.id(each.user_id, `${place}/user_id`),
      team_id: findings.id(each.team_id, `${place}/team_id`),
    };
  });
  findings.unique(
    members,
    (each) => `${each.user_id} ${each.team_id}`,
    (at) => `team_members/create/${at}`,
  );
  return members;
}

function parseAssignments(value: unknown, findings: Findings): DirectoryChange['assignments'] {
  const assignments = findings.objects(value, 'role_assignments/create').map(({ members, place }) => {
    findings.only(members, place, ['role', 'user_id', 'team_id']);
    const user_id = findings.idOrNull(members.user_id, `${place}/user_id`);
    const team_id = findings.idOrNull(members.team_id, `${place}/team_id`);
    if ((user_id === null) === (team_id === null)) findings.add(place, 'one of user_id and team_id is needed');
    return { role: findings.name(members.role, `${place}/role`), user_id, team_id };
  });
  findings.unique(
    assignments,
    ({ role, user_id, team_id }) => JSON.stringify([role, user_id, team_id]),
    (at) => `role_assignments/create/${at}`,
  );
  return assignments;
}

function parseIds(value: unknown, place: string, findings: Findings): readonly string[] {
  const ids = findings.list(value, place).map((item, at) => findings.id(item, `${place}/${at}`));
  findings.unique(
    ids,
    (id) => id,
    (at) => `${place}/${at}`,
  );
  return ids;
}

function parseEntities(value: unknown, model: Model, findings: Findings): readonly string[] | null {
  if (value === undefined) return null;
  const names = findings.list(value, 'entities').map((item, at) => {
    const name = findings.name(item, `entities/${at}`);
    if (name !== '' && !model.entities.has(name)) findings.add(`entities/${at}`, `there is no entity ${name}`);
    return name;
  });
  if (names.length === 0) findings.add('entities', 'name one at least, or leave it out for all');
  return [...new Set(names)];
}

function parsePrivileges(value: unknown, findings: Findings): readonly Privilege[] {
  if (value === undefined) return ['read'];
  const names = findings.list(value, 'privileges');
  const privileges = COUNTED.filter((privilege) => names.includes(privilege));
  const unknown = names.findIndex((name) => !COUNTED.includes(name as Privilege));
  if (unknown >= 0) findings.add(`privileges/${unknown}`, `one of ${COUNTED.join(', ')} is needed`);
  if (names.length === 0) findings.add('privileges', 'name one at least, or leave it out for read');
  return privileges;
}
