// What a write names beside its record: a new owner, the targets of lookups, secured fields. Each must be there for who asks.
import { granted, may, permits, targetOf, unitOf } from './access.ts';
import { type Answer, BAD_TARGET, refusal } from './answers.ts';
import { visible } from './records.ts';
import { schemaOf } from './schema.ts';
import { type Asker, type Stored, type Target, userOf, type World } from './world.ts';
import type { Values } from './writes.ts';

export function securedUse(
  world: World,
  me: Asker,
  entity: string,
  values: Values,
  right: 'create' | 'update',
): Answer | null {
  return values.secret === undefined || permits(world, me, entity, right) ? null : { kind: 'secured' };
}

/**
 * The new owner is there for the user (or is the user), active, and holds read on the entity. Null where it may be the owner.
 */
export function refusedOwner(world: World, me: Asker, entity: string, owner: string | null): Answer | null {
  if (owner === null) return null;
  if (schemaOf(entity).ownership === 'business_unit') {
    const found = owner === unitOf(world, userOf(me)) || visible(world, me, 'business_unit', owner) !== null;
    return found ? null : BAD_TARGET;
  }
  return isOwnerThere(world, me, entity, owner) && granted(world, owner, 'read', entity) ? null : BAD_TARGET;
}

export function isOwnerThere(world: World, me: Asker, entity: string, owner: string | null): boolean {
  if (owner === null || owner === userOf(me) || schemaOf(entity).ownership !== 'user') return true;
  if (world.users.some((user) => user.id === owner && !user.active)) return false;
  return ['user', 'team'].some((name) => visible(world, me, name, owner) !== null);
}

/** An owner who is not there, for the user, has no unit that a record could belong to: nothing is told of it. */
export function withoutUnit(world: World, owner: string | null): World {
  const hide = <T extends { readonly id: string; readonly unit: string }>(item: T): T =>
    item.id === owner ? { ...item, unit: '' } : item;
  return { ...world, users: world.users.map(hide), teams: world.teams.map(hide) };
}

export function namedRecord(world: World, me: Asker, target: Target | null): Stored | null {
  return target === null ? null : visible(world, me, target.entity, target.id);
}

/** New targets must be there for the user; new and old ones need append_to, and old ones read. */
export function refusedTargets(
  world: World,
  me: Asker,
  former: readonly (Target | null)[],
  named: readonly (Target | null)[],
): Answer | null {
  const wanted = named.filter((target) => target !== null);
  if (wanted.some((target) => namedRecord(world, me, target) === null)) return BAD_TARGET;
  const checks = [...former, ...wanted].flatMap((target) => {
    const record = targetOf(world, target);
    if (record === null) return [];
    const privileges = former.includes(target) ? (['read', 'append_to'] as const) : (['append_to'] as const);
    const readable = may(world, me, 'read', record);
    const appendable = may(world, me, 'append_to', record);
    return privileges.map((privilege) => ({
      ...{ entity: record.entity, privilege, held: privilege === 'read' ? readable : appendable },
    }));
  });
  return refusal(checks);
}
