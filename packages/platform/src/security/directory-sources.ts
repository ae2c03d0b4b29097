// Users, teams, business units, memberships and role assignments as SQL relations: as they are stored, or as they would be after
// a change that nobody has made yet, so that rights are worked out by one text either way. It decides no rights.
import type { Model } from '@kartoteka/metadata';
import { tableNames } from './directory.ts';

/** A change of the directory, as the JSON text that the relations are overlaid with. Ids are canonical. */
export interface DirectoryChange {
  /** Null: as it is stored. */
  readonly users: readonly { readonly id: string; readonly unit: string | null; readonly active: boolean | null }[];
  readonly teams: readonly { readonly id: string; readonly unit: string }[];
  readonly units: readonly { readonly id: string; readonly parent: string | null }[];
  readonly members: readonly { readonly user_id: string; readonly team_id: string }[];
  /** Ids of memberships and of role assignments that are taken away. */
  readonly lost_members: readonly string[];
  readonly assignments: readonly {
    readonly role: string;
    readonly user_id: string | null;
    readonly team_id: string | null;
  }[];
  readonly lost_assignments: readonly string[];
}

/** What stands in a FROM for each relation; deleted records are in none of them. */
export interface DirectorySources {
  /** WITH parts that the others use, a comma after each; they ask for nothing but the change. */
  readonly parts: string;
  /** Columns id, unit, active. */
  readonly users: string;
  /** The language of the user `me.id`, as SQL of one value. */
  readonly language: string;
  /** Columns id, unit. */
  readonly teams: string;
  /** Columns id, parent. */
  readonly units: string;
  /** Columns user_id, team_id. */
  readonly members: string;
  /** Columns role, user_id, team_id; one of the two is null. */
  readonly assignments: string;
}

/** `change`: SQL of a DirectoryChange as json; null: as it is stored. */
export function directorySources(model: Model, change: string | null): DirectorySources {
  return change === null ? storedSources(model) : changedSources(model, change);
}

function languageSql({ users, language }: ReturnType<typeof tableNames>): string {
  return language === null ? 'null::text' : `(select u.${language} from ${users} u where u.id = me.id)`;
}

function storedSources(model: Model): DirectorySources {
  const n = tableNames(model);
  return {
    parts: '',
    users: `(select u.id, u.${n.userUnit} as unit, u.${n.active} as active from ${n.users} u where u.deleted_on is null)`,
    language: languageSql(n),
    teams: `(select t.id, t.${n.teamUnit} as unit from ${n.teams} t where t.deleted_on is null)`,
    units: `(select b.id, b.${n.parentUnit} as parent from ${n.units} b where b.deleted_on is null)`,
    members: `(select m.${n.memberUser} as user_id, m.${n.memberTeam} as team_id from ${n.members} m where m.deleted_on is null)`,
    assignments: `(select r.${n.role} as role, r.${n.assignedUser} as user_id, r.${n.assignedTeam} as team_id from ${n.assignments} r where r.deleted_on is null)`,
  };
}

/** Columns of the members of a DirectoryChange that are lists of objects. */
const CHANGED = {
  users: 'id uuid, unit uuid, active boolean',
  teams: 'id uuid, unit uuid',
  units: 'id uuid, parent uuid',
  members: 'user_id uuid, team_id uuid',
  assignments: 'role text, user_id uuid, team_id uuid',
} as const satisfies Partial<Record<keyof DirectoryChange, string>>;

function changedSources(model: Model, change: string): DirectorySources {
  const n = tableNames(model);
  const parts = Object.entries(CHANGED).map(
    ([name, columns]) =>
      `changed_${name} as materialized (select * from json_to_recordset((${change})->'${name}') as r(${columns})), `,
  );
  const lost = (name: 'lost_members' | 'lost_assignments'): string =>
    `${name} as materialized (select value::uuid as id from json_array_elements_text((${change})->'${name}') value), `;
  return {
    parts: parts.join('') + lost('lost_members') + lost('lost_assignments'),
    users:
      `(select u.id, coalesce(c.unit, u.${n.userUnit}) as unit, coalesce(c.active, u.${n.active}) as active ` +
      `from ${n.users} u left join changed_users c on c.id = u.id where u.deleted_on is null)`,
    language: languageSql(n),
    teams:
      `(select t.id, coalesce(c.unit, t.${n.teamUnit}) as unit ` +
      `from ${n.teams} t left join changed_teams c on c.id = t.id where t.deleted_on is null)`,
    units:
      `(select b.id, case when c.id is null then b.${n.parentUnit} else c.parent end as parent ` +
      `from ${n.units} b left join changed_units c on c.id = b.id where b.deleted_on is null)`,
    members:
      `(select m.${n.memberUser} as user_id, m.${n.memberTeam} as team_id from ${n.members} m ` +
      'where m.deleted_on is null and m.id not in (select id from lost_members) ' +
      'union all select user_id, team_id from changed_members)',
    assignments:
      `(select r.${n.role} as role, r.${n.assignedUser} as user_id, r.${n.assignedTeam} as team_id from ${n.assignments} r ` +
      'where r.deleted_on is null and r.id not in (select id from lost_assignments) ' +
      'union all select role, user_id, team_id from changed_assignments)',
  };
}
