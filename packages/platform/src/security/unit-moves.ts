// A unit that is put below another one comes into the reach of whoever holds a role at the depth parent_child there or above: who
// moves it gives them that, and nobody gives more than he holds. It reads the directory as it is and as it would be; it writes nothing.
import type { Model } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import { type DirectoryChange, directorySources } from './directory-sources.ts';
import { requireHolds } from './escalation.ts';
import type { UserPrincipal } from './principals.ts';

/** The change that one unit moves, and nothing else. */
export function unitMove(id: string, parent: string | null): DirectoryChange {
  const nothing = { users: [], teams: [], members: [], lost_members: [], assignments: [], lost_assignments: [] };
  return { ...nothing, units: [{ id, parent }] };
}

/**
 * Throws escalation where a role that reaches a unit only through the change gives more there than one of the givers holds.
 * `model`: as it is; `after`: with the roles as they would be. `isMade`: the change is stored already, and `change` says how it was before.
 */
export async function requireMovable(
  tx: Executor,
  { model, after = model, givers, isMade = false }: Movement,
  change: DirectoryChange,
): Promise<void> {
  if (change.units.length === 0 || givers.length === 0) return;
  const { reaching, subtrees } = await rolesReaching(tx, model, change, isMade);
  for (const { role, unit } of reaching) {
    const grants = after.roles.get(role)?.grants.filter(({ depth }) => depth === 'parent_child') ?? [];
    const deep = { grants, fieldPermissions: [], capabilities: new Set<string>() };
    const place = { unit, subtree: subtrees[unit] ?? [unit], moved: true };
    for (const giver of givers) requireHolds(after, giver, deep, place);
  }
}

interface Movement {
  readonly model: Model;
  readonly after?: Model;
  readonly givers: readonly UserPrincipal[];
  readonly isMade?: boolean;
}

interface Reaching {
  /** Each moved unit with the roles held above it that were not held above it before. */
  readonly reaching: readonly { readonly role: string; readonly unit: string }[];
  /** Moved units, each with itself and all units below it. */
  readonly subtrees: Readonly<Record<string, readonly string[]>>;
}

async function rolesReaching(tx: Executor, model: Model, change: DirectoryChange, isMade: boolean): Promise<Reaching> {
  const stored = directorySources(model, null);
  const { parts, users, teams, units: changed, assignments } = directorySources(model, '$1::json');
  const [units, former] = isMade ? [stored.units, changed] : [changed, stored.units];
  const rows = await tx.run(
    `with recursive ${parts}above(unit, id) as (
  select c.id, u.parent from changed_units c join ${units} u on u.id = c.id where u.parent is not null
  union select a.unit, u.parent from above a join ${units} u on u.id = a.id where u.parent is not null
), above_before(unit, id) as (
  select c.id, u.parent from changed_units c join ${former} u on u.id = c.id where u.parent is not null
  union select a.unit, u.parent from above_before a join ${former} u on u.id = a.id where u.parent is not null
), gained as (select unit, id from above except select unit, id from above_before
), holders as (select id, unit from ${users} u union all select id, unit from ${teams} t
), reaching as (
  select distinct a.role, g.unit from gained g join holders h on h.unit = g.id join ${assignments} a on coalesce(a.user_id, a.team_id) = h.id
), subtree(root, id) as (select unit, unit from reaching union select s.root, b.id from subtree s join ${units} b on b.parent = s.id)
select (select coalesce(json_agg(r order by role, unit), '[]') from reaching r)::text as reaching,
  (select coalesce(json_object_agg(root, ids), '{}') from (select root, json_agg(id) as ids from subtree group by root) s)::text as subtrees`,
    [JSON.stringify(change)],
    { prepare: true },
  );
  return { reaching: JSON.parse(String(rows[0]?.reaching)), subtrees: JSON.parse(String(rows[0]?.subtrees)) };
}
