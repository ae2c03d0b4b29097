// Changes of the directory drawn at random for a world.
import type { DirectoryChange } from './directory-change.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export function drawDirectoryChange(random: Random, world: World): DirectoryChange {
  const live = world.teams.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const users = world.users.map(({ id }) => id);
  const isLive = (holder: string): boolean => users.includes(holder) || live.includes(holder);
  const held = new Set(world.assignments.map(({ holder, role }) => `${holder} ${role}`));
  const assigned = [...users, ...live].flatMap((holder) =>
    random
      .some(world.roles, 0.12)
      .filter(({ name }) => !held.has(`${holder} ${name}`))
      .map(({ name }) => ({ holder, role: name })),
  );
  const taken = [...world.assignments.keys()].filter(
    (at) => isLive(world.assignments[at]?.holder ?? '') && random.chance(0.2),
  );
  const member = new Set(world.members.map(({ user, team }) => `${user} ${team}`));
  const joined = live.flatMap((team) =>
    random
      .some(users, 0.2)
      .filter((user) => !member.has(`${user} ${team}`))
      .map((user) => ({ user, team })),
  );
  const left = [...world.members.keys()].filter((at) => isLive(world.members[at]?.team ?? '') && random.chance(0.25));
  const active = random.some(world.users, 0.15).map((user) => ({ user: user.id, active: !user.active }));
  const change = { assigned, taken, joined, left, moved: drawMoves(random, world), active };
  const isEmpty = Object.values(change).every((part) => part.length === 0);
  return isEmpty ? { ...change, active: [{ user: users[0] ?? '', active: false }] } : change;
}

/** A unit goes below one that was made before it, so that they stay a tree; the first stays above all. */
function drawMoves(random: Random, { units }: World): DirectoryChange['moved'] {
  return units.flatMap(({ id, parent }, at) => {
    if (at === 0 || !random.chance(0.25)) return [];
    const above = units[random.nat(at)]?.id ?? null;
    return above === parent ? [] : [{ unit: id, parent: above }];
  });
}
