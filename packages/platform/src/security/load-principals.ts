// Reads what the rights of users follow from, as it is or as it would be after a change of the directory. It decides no rights.
import type { Model } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import { arrayLiteral, MAX_COUNTED_SHARES, type PrincipalFacts } from './directory.ts';
import { type DirectoryChange, type DirectorySources, directorySources } from './directory-sources.ts';

/** Everything that the rights of a user follow from, in one statement. Null: no such user, or not active, or deleted. */
export async function loadPrincipal(executor: Executor, model: Model, userId: string): Promise<PrincipalFacts | null> {
  return (await loadPrincipals(executor, model, [userId])).get(userId) ?? null;
}

/** The same of a user or of a team: of one, what follows from the roles that the team itself holds. */
export async function loadHolder(executor: Executor, model: Model, id: string): Promise<PrincipalFacts | null> {
  return (await loadPrincipals(executor, model, [id], null, 'teams too')).get(id) ?? null;
}

/**
 * The same of many users, by id, in one statement. `change`: as it would be after a change of the directory that has not been
 * made.
 */
export async function loadPrincipals(
  executor: Executor,
  model: Model,
  userIds: readonly string[],
  change: DirectoryChange | null = null,
  of: 'users' | 'teams too' = 'users',
): Promise<ReadonlyMap<string, PrincipalFacts>> {
  if (userIds.length === 0) return new Map();
  const entities = [...model.entities.values()].filter((entity) => entity.ownership !== 'organization');
  const [first = '', ...others] = userIds;
  const parameters = [
    others.length === 0 ? first : arrayLiteral(userIds),
    arrayLiteral(entities.map((entity) => entity.name)),
    arrayLiteral(entities.map((entity) => entity.table)),
    ...(change === null ? [] : [JSON.stringify(change)]),
  ];
  const sources = directorySources(model, change === null ? null : '$4::json');
  const rows = await executor.run(
    principalsSql(sources, of, others.length === 0 ? '= $1::uuid' : '= any($1::uuid[])'),
    parameters,
    { prepare: true },
  );
  const subtrees = JSON.parse(
    String(rows.find(({ kind }) => kind === 'subtrees')?.facts),
  ) as PrincipalFacts['subtrees'];
  const users = rows.filter(({ kind }) => kind === 'user');
  const parsed = users.map(({ facts }) => ({ ...(JSON.parse(String(facts)) as PrincipalFacts), subtrees }));
  return new Map(parsed.map((facts) => [facts.id, facts]));
}

/**
 * `$1` the users, of whom `ids` says whether they are one or many (for one, PostgreSQL comes to keep its plan); `$2` entity names,
 * `$3` their tables; what `sources` asks for comes after. One row per user, and one of all the subtrees together, which many
 * users share.
 */
function principalsSql(
  { parts, users, language, teams, units, members, assignments }: DirectorySources,
  of: 'users' | 'teams too',
  ids: string,
): string {
  const isTeams = of === 'teams too';
  const themselves = isTeams ? ` union all select t.id, t.unit from ${teams} t where t.id ${ids}` : '';
  const ofTeams = isTeams ? ' or r.team_id = me.id' : '';
  return `with recursive ${parts}me as (
  select u.id, u.unit from ${users} u where u.id ${ids} and u.active is not false${themselves}
), my_teams as (
  select distinct me.id as member, t.id, t.unit from me
  join ${members} m on m.user_id = me.id
  join ${teams} t on t.id = m.team_id
), holders as (select id as member, id from me union select member, id from my_teams
), held as (
  select r.role, me.id as member, me.id as holder, me.unit from me join ${assignments} r on r.user_id = me.id${ofTeams}
  union
  select r.role, t.member, t.id, t.unit from my_teams t join ${assignments} r on r.team_id = t.id
), subtree(root, id) as (
  select unit, unit from held
  union
  select s.root, b.id from subtree s join ${units} b on b.parent = s.id
), sizes as (
  select e.name, coalesce(greatest(p.reltuples, 0), 0)::bigint as rows from unnest($2::text[], $3::text[]) e(name, table_name)
  left join pg_class p on p.relname = e.table_name and p.relnamespace = 'data'::regnamespace and p.relkind = 'r'
), facts as (
  select h.member, e.name, sum(c.shares) as shares, min(e.rows) as rows from holders h cross join sizes e
  cross join lateral (select count(*) as shares from
    (select from kartoteka.share s where s.principal_id = h.id and s.entity = e.name limit ${MAX_COUNTED_SHARES}) s) c
  group by h.member, e.name
), by_team as (
  select member, json_agg(json_build_object('id', id, 'unit', unit) order by id) as teams from my_teams group by member
), by_role as (
  select member, json_agg(json_build_object('role', role, 'holder', holder, 'unit', unit) order by role, holder) as roles
  from held group by member
), by_entity as (
  select member, json_object_agg(name, json_build_object('shares', shares, 'rows', rows)) as entities from facts group by member
)
select 'user' as kind, json_build_object(
  'id', me.id, 'unit', me.unit, 'language', ${language}, 'teams', coalesce(t.teams, '[]'), 'roles', coalesce(r.roles, '[]'), 'entities', coalesce(e.entities, '{}')
)::text as facts from me left join by_team t on t.member = me.id left join by_role r on r.member = me.id left join by_entity e on e.member = me.id
union all
select 'subtrees', (select coalesce(json_object_agg(root, ids), '{}') from (select root, json_agg(id order by id) as ids from subtree group by root) s)::text`;
}
