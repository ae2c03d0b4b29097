// A change of owner with what goes along: `all` records that name it, those that the former owner `owned`, or those still
// `active`; each as by a request of its own. Records of ownership `parent` need nothing: they are whose their parent is.
import { isActive, may, targetOf } from './access.ts';
import { type Answer, refusal } from './answers.ts';
import { lookupsTo, schemaOf } from './schema.ts';
import { refusedOwner } from './targets.ts';
import type { Asker, Stored, World } from './world.ts';
import { replaced } from './writes.ts';

const PRIVILEGES = ['read', 'write', 'assign'] as const;

/** The world with the owner of `record`, who asks may change it, and of what goes along; or why that is refused. */
export function assignAlong(world: World, me: Asker, record: Stored, owner: string): Answer | World {
  const seen = new Set<string>();
  let next = world;
  const waiting = [record];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const current = targetOf(next, at);
    if (current === null || seen.has(keyOf(current))) continue;
    const refused = seen.size === 0 ? null : refusedAlong(next, me, current, owner);
    if (refused !== null) return refused;
    seen.add(keyOf(current));
    next = replaced(next, withOwner(current, owner));
    waiting.push(...goingAlong(next, current, owner));
  }
  return next;
}

function refusedAlong(world: World, me: Asker, record: Stored, owner: string): Answer | null {
  const checks = PRIVILEGES.map((privilege) => ({
    ...{ entity: record.entity, privilege, held: may(world, me, privilege, record) },
  }));
  return refusal(checks) ?? refusedOwner(world, me, record.entity, owner);
}

const keyOf = ({ entity, id }: Stored): string => `${entity} ${id}`;

const ownerOf = ({ owner, unit }: Stored): string | null => owner ?? unit;

function withOwner(record: Stored, owner: string): Stored {
  return schemaOf(record.entity).ownership === 'user' ? { ...record, owner } : { ...record, unit: owner };
}

/** Live records that go along with one whose owner was `former`'s; who has the new owner already has nothing to change. */
function goingAlong(world: World, former: Stored, owner: string): readonly Stored[] {
  return lookupsTo(former.entity).flatMap(({ child, field, lookup }) => {
    if (lookup.assign === 'none') return [];
    return world.records.filter((record) => {
      const target = record.lookups[field] ?? null;
      if (record.entity !== child || record.deleted !== null || ownerOf(record) === owner) return false;
      if (target === null || target.entity !== former.entity || target.id !== former.id) return false;
      if (lookup.assign === 'owned') return ownerOf(record) === ownerOf(former);
      return lookup.assign === 'all' || isActive(record);
    });
  });
}
