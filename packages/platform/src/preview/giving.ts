// What a previewed change would give, and to whom where: nobody sees what it is to give more than he holds, and a unit stands
// below itself in no preview either. The same checks as when the change is made (security/hooks.ts), over the changed directory.
import type { Model } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { AuthorizedPreview } from '../plan/preview-authorize.ts';
import { holdersOf } from '../security/acting.ts';
import { DIRECTORY_PROPERTIES } from '../security/directory.ts';
import { type DirectoryChange, directorySources } from '../security/directory-sources.ts';
import { type RoleRights, requireHolds, rightsGained, securedFields } from '../security/escalation.ts';
import type { UserPrincipal } from '../security/principals.ts';
import { requireJoinable } from '../security/team-members.ts';
import { requireMovable } from '../security/unit-moves.ts';
import { textArray } from '../sql/row-source.ts';
import type { Executor } from '../storage/types.ts';
import { changedRoles } from './role-edits.ts';

/** Throws validation_failed for roles that are not there. */
export function requireKnownRoles({ request }: AuthorizedPreview, after: Model): void {
  const details = request.change.assignments.flatMap(({ role }, at): ErrorDetail[] => {
    if (after.roles.has(role)) return [];
    const target = `role_assignments/create/${at}/${DIRECTORY_PROPERTIES.role}`;
    return [errorDetail('invalid_value', { name: target, reason: `there is no role ${role}` }, target)];
  });
  if (details.length > 0) throw new PlatformError('validation_failed', {}, { details });
}

/** Throws conflict where a unit would stand below itself. */
export async function requireTree(tx: Executor, { request, model }: AuthorizedPreview): Promise<void> {
  const { change } = request;
  if (change.units.length === 0) return;
  const { parts, units } = directorySources(model, '$1::json');
  const rows = await tx.run(
    `with recursive ${parts}above(unit, id) as (
  select id, parent from ${units} u where id in (select id from changed_units)
  union select a.unit, u.parent from above a join ${units} u on u.id = a.id
) select unit::text as id from above where id = unit`,
    [JSON.stringify(change)],
    { prepare: true },
  );
  const at = change.units.findIndex(({ id }) => id === rows[0]?.id);
  if (at < 0) return;
  const reason = 'A business unit cannot stand below itself';
  throw new PlatformError('conflict', { reason }, { target: `business_units/${at}/parent_id` });
}

/** A role as somebody would hold it after the change, and why that is asked about. */
interface Held {
  readonly role: string;
  readonly unit: string;
  /** The assignment is new, or the membership through which it comes. */
  readonly given: boolean;
  readonly moved: boolean;
}

/** Throws escalation for whatever the change gives and the one who asks does not hold. */
export async function requireGivable(tx: Executor, preview: AuthorizedPreview, after: Model): Promise<void> {
  const givers = holdersOf(preview.principal);
  if (givers.length === 0) return;
  const { model, request } = preview;
  await requireRolesGivable(tx, { givers, before: model, after, change: request.change });
  await requireJoinable(tx, { model: after, givers }, request.change);
  await requireMovable(tx, { model, after, givers }, request.change);
}

/** Roles that change, together with the directory or (no `change`) alone. */
interface Giving {
  readonly givers: readonly UserPrincipal[];
  readonly before: Model;
  readonly after: Model;
  readonly change?: DirectoryChange;
}

const NO_CHANGE: DirectoryChange = {
  ...{ users: [], teams: [], units: [], members: [], lost_members: [], assignments: [], lost_assignments: [] },
};

/** Throws escalation for what holders of these roles would get and one of the givers does not hold where they do. */
export async function requireRolesGivable(tx: Executor, { givers, before, after, change }: Giving): Promise<void> {
  const gained = new Map<string, RoleRights>();
  const changed = changedRoles(before, after);
  for (const name of changed) {
    const role = after.roles.get(name);
    if (role !== undefined) gained.set(name, amongKnown(rightsGained(before.roles.get(name), role), before));
  }
  if (change === undefined && [...gained.values()].every(isNothing)) return;
  const { held, subtrees } = await heldAfter(tx, before, change ?? NO_CHANGE, changed);
  for (const giver of givers) for (const each of held) requireEach(after, giver, each, gained, subtrees);
}

/** Without what is about entities that come with the change, whose records nobody has yet, and about fields that everybody used until now. */
function amongKnown({ grants, fieldPermissions, capabilities }: RoleRights, before: Model): RoleRights {
  return {
    capabilities,
    grants: grants.filter(({ entity }) => before.entities.has(entity)),
    fieldPermissions: fieldPermissions.filter(({ entity, field }) =>
      securedFields(before.entities.get(entity)).has(field),
    ),
  };
}

const isNothing = ({ grants, fieldPermissions, capabilities }: RoleRights): boolean =>
  grants.length === 0 && fieldPermissions.length === 0 && capabilities.size === 0;

function requireEach(
  after: Model,
  giver: UserPrincipal,
  { role, unit, given, moved }: Held,
  gained: ReadonlyMap<string, RoleRights>,
  subtrees: Readonly<Record<string, readonly string[]>>,
): void {
  const whole = after.roles.get(role);
  if (whole === undefined) return;
  const place = { unit, subtree: subtrees[unit] ?? [unit] };
  if (given) requireHolds(after, giver, whole, { ...place, moved: false });
  else if (moved) requireHolds(after, giver, whole, { ...place, moved: true });
  const more = given ? undefined : gained.get(role);
  if (more !== undefined) requireHolds(after, giver, more, { ...place, moved: false });
}

async function heldAfter(
  tx: Executor,
  model: Model,
  change: DirectoryChange,
  roles: readonly string[],
): Promise<{ held: readonly Held[]; subtrees: Readonly<Record<string, readonly string[]>> }> {
  const { parts, users, teams, units, assignments } = directorySources(model, '$1::json');
  const rows = await tx.run(
    `with recursive ${parts}holders as (select id, unit from ${users} u union all select id, unit from ${teams} t
), moved as (select id from changed_users where unit is not null union select id from changed_teams
), held as (
  select a.role, h.unit, exists (select from changed_assignments c where (c.role, c.user_id, c.team_id) is not distinct from (a.role, a.user_id, a.team_id))
      or h.id in (select team_id from changed_members) as given, h.id in (select id from moved) as moved
  from ${assignments} a join holders h on h.id = coalesce(a.user_id, a.team_id)
), asked as (select distinct role, unit, given, moved from held where given or moved or role = any($2::text[])
), subtree(root, id) as (select unit, unit from asked union select s.root, b.id from subtree s join ${units} b on b.parent = s.id)
select (select coalesce(json_agg(a order by role, unit), '[]') from asked a)::text as held,
  (select coalesce(json_object_agg(root, ids), '{}') from (select root, json_agg(id) as ids from subtree group by root) s)::text as subtrees`,
    [JSON.stringify(change), textArray(roles)],
    { prepare: true },
  );
  return { held: JSON.parse(String(rows[0]?.held)), subtrees: JSON.parse(String(rows[0]?.subtrees)) };
}
