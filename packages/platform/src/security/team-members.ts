// A user who becomes a member of a team reaches what the team owns and what is shared with it: who makes him one gives him that,
// and nobody gives more than he holds. It reads the directory as it would be; it writes nothing.
import { type Model, PRIVILEGES } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Executor } from '../storage/types.ts';
import { type RuleConditions, rulesOf } from './ability.ts';
import { arrayLiteral } from './directory.ts';
import type { DirectoryChange } from './directory-sources.ts';
import { isWithin, REACH_OF_TEAM } from './escalation.ts';
import { loadPrincipals } from './load-principals.ts';
import { principalOf, type UserPrincipal } from './principals.ts';

/** The change that these users become members of these teams, and nothing else. */
export function joining(members: DirectoryChange['members']): DirectoryChange {
  const nothing = { users: [], teams: [], units: [], lost_members: [], assignments: [], lost_assignments: [] };
  return { ...nothing, members };
}

/**
 * Throws escalation where a membership that the change makes would let its user reach, by any role that he will hold, what the team
 * owns or what is shared with it, and one of the givers does not. `model`: with the roles as they would be. Whether the user is
 * active does not matter: he may become so later.
 */
export async function requireJoinable(
  tx: Executor,
  { model, givers }: { readonly model: Model; readonly givers: readonly UserPrincipal[] },
  change: DirectoryChange,
): Promise<void> {
  const joiners = [...new Set(change.members.map(({ user_id }) => user_id))];
  if (joiners.length === 0 || givers.length === 0) return;
  const units = new Map(change.users.map((user) => [user.id, user]));
  const active = joiners.map((id) => ({ id, unit: units.get(id)?.unit ?? null, active: true }));
  const others = change.users.filter(({ id }) => !joiners.includes(id));
  const found = await loadPrincipals(tx, model, joiners, { ...change, users: [...others, ...active] });
  const shared = await sharedWith(tx, change);
  for (const { user_id, team_id } of change.members) {
    const facts = found.get(user_id);
    const team = facts?.teams.find(({ id }) => id === team_id);
    if (facts === undefined || team === undefined) continue;
    const member = principalOf(tx, model, facts);
    for (const giver of givers) requireReach(giver, member, { ...team, shared: shared.get(team_id) ?? new Set() });
  }
}

/** Entities of the records that are shared with the teams, by team. */
async function sharedWith(
  tx: Executor,
  { members }: DirectoryChange,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const teams = [...new Set(members.map(({ team_id }) => team_id))];
  const rows = await tx.run(
    'select s.principal_id::text as team, s.entity from kartoteka.share s where s.principal_id = any($1::uuid[]) group by 1, 2',
    [arrayLiteral(teams)],
    { prepare: true },
  );
  const byTeam = Map.groupBy(rows, ({ team }) => String(team));
  return new Map([...byTeam].map(([team, found]) => [team, new Set(found.map(({ entity }) => String(entity)))]));
}

interface JoinedTeam {
  readonly id: string;
  readonly unit: string;
  /** Entities of which records are shared with it. */
  readonly shared: ReadonlySet<string>;
}

/** Whether a rule of a member gives him anything of the team's. */
function reachesTeam(rule: RuleConditions, entity: string, team: JoinedTeam): boolean {
  if (!rule.ids.includes(team.id)) return false;
  if (rule.source === 'shares') return team.shared.has(entity);
  return rule.path === undefined || team.shared.has(rule.path.target);
}

/** A user, as he will be, against who makes him a member of this team of his. */
function requireReach(giver: UserPrincipal, member: UserPrincipal, team: JoinedTeam): void {
  for (const name of member.model.entities.keys()) {
    for (const privilege of PRIVILEGES) {
      const held = rulesOf(member.ability, privilege, name);
      const through = held
        .filter((rule) => reachesTeam(rule, name, team))
        .map((rule) => ({ ...rule, ids: [team.id], unit: rule.source === 'owners' ? team.unit : null }));
      if (through.length === 0) continue;
      const without = held.map((rule) => ({ ...rule, ids: rule.ids.filter((id) => id !== team.id) }));
      const mine = rulesOf(giver.ability, privilege, name);
      const missing = through.find((rule) => !isWithin(rule, without) && !isWithin(rule, mine));
      if (missing === undefined) continue;
      throw new PlatformError('escalation', { what: `${privilege} on ${name}, ${REACH_OF_TEAM[missing.source]}` });
    }
  }
}
