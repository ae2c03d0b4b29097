// Makes a world in which the engine and the oracle differ as small as it can be while they still do. It must not be imported by
// product code.
import type { World } from '../oracle/world.ts';

const PARTS = ['records', 'shares', 'links', 'assignments', 'members', 'teams', 'users', 'units', 'roles'] as const;

/** `differs` is asked about smaller worlds, `keep` are the users who ask. */
export async function minimize(
  world: World,
  keep: readonly string[],
  differs: (world: World) => Promise<boolean>,
): Promise<World> {
  let smallest = world;
  for (let shrunk = true; shrunk; ) {
    shrunk = false;
    for (const smaller of candidates(smallest)) {
      if (!isWhole(smaller, keep) || !(await differs(smaller).catch(() => false))) continue;
      smallest = smaller;
      shrunk = true;
      break;
    }
  }
  return smallest;
}

function* candidates(world: World): Generator<World> {
  for (const part of PARTS) {
    const items: readonly unknown[] = world[part];
    for (let n = 0; n < items.length; n += 1) yield { ...world, [part]: items.filter((_, at) => at !== n) };
  }
  for (const [n, role] of world.roles.entries()) {
    const withRole = (changed: World['roles'][number]): World => ({ ...world, roles: world.roles.with(n, changed) });
    for (let size = Math.ceil(role.grants.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < role.grants.length; at += size) {
        yield withRole({ ...role, grants: role.grants.filter((_, m) => m < at || m >= at + size) });
      }
    }
    for (const [m, grant] of role.grants.entries()) {
      if (grant.when !== null) yield withRole({ ...role, grants: role.grants.with(m, { ...grant, when: null }) });
    }
  }
  for (const [n, record] of world.records.entries()) {
    for (const [field, target] of Object.entries(record.lookups)) {
      if (target === null) continue;
      yield { ...world, records: world.records.with(n, { ...record, lookups: { ...record.lookups, [field]: null } }) };
    }
  }
}

/** Nothing refers to what is not there. */
function isWhole(world: World, keep: readonly string[]): boolean {
  const ids = (items: readonly { readonly id: string }[]) => new Set(items.map(({ id }) => id));
  const [units, users, teams] = [ids(world.units), ids(world.users), ids(world.teams)];
  const records = new Set(world.records.map(({ entity, id }) => `${entity} ${id}`));
  const principals = new Set([...users, ...teams]);
  const roles = new Set(world.roles.map(({ name }) => name));
  return (
    keep.every((id) => users.has(id)) &&
    world.units.every(({ parent }) => parent === null || units.has(parent)) &&
    [...world.users, ...world.teams].every(({ unit }) => units.has(unit)) &&
    world.members.every(({ user, team }) => users.has(user) && teams.has(team)) &&
    world.assignments.every(({ holder, role }) => principals.has(holder) && roles.has(role)) &&
    world.shares.every((share) => principals.has(share.principal) && records.has(`${share.entity} ${share.record}`)) &&
    world.records.every(
      ({ owner, unit, lookups, creator }) =>
        (owner === null || principals.has(owner)) &&
        (unit === null || units.has(unit)) &&
        users.has(creator) &&
        Object.values(lookups).every((target) => target === null || records.has(`${target.entity} ${target.id}`)),
    ) &&
    world.links.every(
      (link) => world.records.some(({ id }) => id === link.own) && world.records.some(({ id }) => id === link.other),
    )
  );
}
