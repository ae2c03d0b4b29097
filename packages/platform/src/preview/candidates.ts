// Which users a change may concern at all, so that nobody else's rights are worked out: who holds a role that changes, sits
// where the tree of units changes, or is named by the change, by himself or through a team. Users hidden from the one who asks
// are not among them.
import { isStored, type Model } from '@kartoteka/metadata';
import { authorizeRead } from '../plan/authorize.ts';
import type { AuthorizedPreview } from '../plan/preview-authorize.ts';
import { planSelection } from '../plan/read.ts';
import { mayUse } from '../plan/secured.ts';
import { DIRECTORY, entityOf, tableNames } from '../security/directory.ts';
import { directorySources } from '../security/directory-sources.ts';
import { bindStatement } from '../sql/bind.ts';
import { textArray } from '../sql/row-source.ts';
import { columnOf, readable, type StatementContext } from '../sql/scope.ts';
import { SlotWriter, tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { changedRoles } from './role-edits.ts';

/** Users whose rights are worked out for one preview. */
export const MOST_EXAMINED = 5_000;

export interface Candidate {
  readonly id: string;
  readonly title: unknown;
}

export interface Candidates {
  /** In order of their ids. */
  readonly users: readonly Candidate[];
  /** How many there are. */
  readonly total: number;
}

/** Throws missing_privilege for who may read no users. */
export async function candidates(tx: Executor, preview: AuthorizedPreview, after: Model): Promise<Candidates> {
  const { model, principal, request } = preview;
  const user = entityOf(model, DIRECTORY.user);
  const plan = authorizeRead(
    { kind: 'record', select: planSelection(model, user, { select: 'id' }) },
    model,
    principal,
  );
  const slots = new SlotWriter();
  const links = { base: { from: 'constant', value: '' }, end: { from: 'constant', value: '' } } as const;
  const context: StatementContext = { plan, slots, ieee754: true, annotations: false, links, aliases: 0 };
  const change = slots.use({ from: 'constant', value: JSON.stringify(request.change) }, 'json');
  const roles = slots.use({ from: 'constant', value: textArray(changedRoles(model, after)) }, 'text[]');
  const title = user.properties.get(user.title);
  const named = title !== undefined && isStored(title) && mayUse(principal, user, title, 'read');
  const text = `with recursive ${touchedParts(model, change, roles)}, found as (
  select u.id, ${named ? columnOf('u', user, title.name) : 'null'} as title from ${tableOf(user)} u
  where u.id in (select id from touched) and ${readable(context, user, 'u')}
) select (select count(*) from found) as total,
  (select coalesce(json_agg(f order by id), '[]') from (select * from found order by id limit ${MOST_EXAMINED}) f)::text as users`;
  const bindings = { model, principal, literals: [], values: {} };
  const [row] = await tx.run(text, bindStatement({ text, slots: slots.slots }, bindings));
  return { users: JSON.parse(String(row?.users)) as Candidate[], total: Number(row?.total) };
}

/** WITH parts, the last of them `touched(id)`: users and teams, and the members of these teams. */
function touchedParts(model: Model, change: string, roles: string): string {
  const n = tableNames(model);
  const before = directorySources(model, null);
  const after = directorySources(model, change);
  const above = (name: string, units: string): string =>
    `${name}(unit, id) as (select u.id, u.parent from ${units} u where u.id in (select id from changed_units) ` +
    `union select a.unit, u.parent from ${name} a join ${units} u on u.id = a.id)`;
  return `${after.parts}${above('above_before', before.units)}, ${above('above_after', after.units)}, turned as (
  (select * from above_before except select * from above_after) union (select * from above_after except select * from above_before)
), holders(id) as (
  select id from changed_users union select id from changed_teams
  union select user_id from changed_members
  union select m.${n.memberUser} from ${n.members} m where m.id in (select id from lost_members)
  union select coalesce(user_id, team_id) from changed_assignments
  union select coalesce(r.${n.assignedUser}, r.${n.assignedTeam}) from ${n.assignments} r where r.id in (select id from lost_assignments)
  union select coalesce(r.user_id, r.team_id) from ${before.assignments} r where r.role = any(${roles})
  union select u.id from ${before.users} u where u.unit in (select id from turned)
  union select t.id from ${before.teams} t where t.unit in (select id from turned)
), touched(id) as (
  select id from holders
  union select m.user_id from ${before.members} m where m.team_id in (select id from holders)
  union select m.user_id from ${after.members} m where m.team_id in (select id from holders)
)`;
}
