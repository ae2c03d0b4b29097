// Delete and restore: delete on the record and on what goes, or comes back, with it.
import { granted, may, targetOf } from './access.ts';
import { type Answer, NOT_FOUND, refusal } from './answers.ts';
import { recordsOf, visible } from './records.ts';
import { lookupsTo, schemaOf } from './schema.ts';
import type { Asker, Stored, World } from './world.ts';

const keyOf = ({ entity, id }: { readonly entity: string; readonly id: string }): string => `${entity} ${id}`;

const nowhere = (world: World, me: Asker, entity: string): Answer | null =>
  refusal(
    (['delete', 'read'] as const).map((privilege) => ({
      ...{ entity, privilege, held: granted(world, me, privilege, entity) },
    })),
  );

export function answerDelete(world: World, me: Asker, entity: string, id: string): Answer | World {
  const refused = nowhere(world, me, entity);
  if (refused !== null) return refused;
  const record = visible(world, me, entity, id);
  if (record === null) return NOT_FOUND;
  const doomed = goingWith(world, record, (item) => item.deleted === null);
  const kept = refusedAny(world, me, [record]) ?? refusedAny(world, me, doomed);
  if (kept !== null) return kept;
  const after = deleted(world, record, `delete of ${id}`);
  return after === null ? { kind: 'conflict', code: 'still_referenced' } : after;
}

function refusedAny(world: World, me: Asker, records: readonly Stored[]): Answer | null {
  return refusal(
    records.map((item) => ({
      ...{ entity: item.entity, privilege: 'delete' as const, held: may(world, me, 'delete', item) },
    })),
  );
}

/** The world without the record and what goes with it, whoever asks; null where something else refers to one of them. */
export function deleted(world: World, record: Stored, name: string): World | null {
  const doomed = new Set(goingWith(world, record, (item) => item.deleted === null).map(keyOf));
  const left = world.records.filter((item) => item.deleted === null && !doomed.has(keyOf(item)));
  const refers = (item: Stored, field: string): boolean => {
    const target = item.lookups[field] ?? null;
    return target !== null && doomed.has(keyOf(target));
  };
  const restricted = left.some((item) =>
    Object.entries(schemaOf(item.entity).lookups).some(
      ([field, { onDelete }]) => onDelete === 'restrict' && refers(item, field),
    ),
  );
  if (restricted) return null;
  const records = world.records.map((item) => {
    if (doomed.has(keyOf(item))) return { ...item, deleted: name };
    if (item.deleted !== null) return item;
    const lookups = Object.entries(item.lookups).map(([field, target]) => [field, refers(item, field) ? null : target]);
    return { ...item, lookups: Object.fromEntries(lookups) };
  });
  return { ...world, records };
}

/** The record and those that refer to it by a lookup that cascades, and to those. */
function goingWith(world: World, record: Stored, counts: (item: Stored) => boolean): readonly Stored[] {
  const found = new Map([[keyOf(record), record]]);
  for (const above of found.values()) {
    for (const { child, field, lookup } of lookupsTo(above.entity)) {
      if (lookup.onDelete !== 'cascade') continue;
      for (const item of recordsOf(world, child)) {
        const target = item.lookups[field] ?? null;
        if (target !== null && keyOf(target) === keyOf(above) && counts(item)) found.set(keyOf(item), item);
      }
    }
  }
  return [...found.values()];
}

/** A record that is there is no less hidden for being deleted. */
export function answerRestore(world: World, me: Asker, entity: string, id: string): Answer | World {
  const refused = nowhere(world, me, entity);
  if (refused !== null) return refused;
  const record = targetOf(world, { entity, id });
  if (record === null || !may(world, me, 'read', record)) return NOT_FOUND;
  const held = refusedAny(world, me, [record]);
  if (held !== null) return held;
  if (record.deleted === null) return { kind: 'conflict', code: 'not_deleted' };
  const returning = goingWith(world, record, (item) => item.deleted === record.deleted);
  return refusedAny(world, me, returning) ?? restored(world, record, returning);
}

/** What needs a record that stays deleted stays, too; where that is the record itself, it cannot come back. */
function restored(world: World, record: Stored, returning: readonly Stored[]): Answer | World {
  const conflict: Answer = { kind: 'conflict', code: 'target_deleted' };
  const back = new Map(returning.map((item) => [keyOf(item), item]));
  const lost = (item: Stored, behaviour: string): boolean =>
    Object.entries(schemaOf(item.entity).lookups).some(([field, { onDelete }]) => {
      const target = targetOf(world, item.lookups[field] ?? null);
      return onDelete === behaviour && target !== null && target.deleted !== null && !back.has(keyOf(target));
    });
  for (let stays = [...back.values()].find((item) => lost(item, 'cascade')); stays !== undefined; ) {
    if (stays === record) return conflict;
    back.delete(keyOf(stays));
    stays = [...back.values()].find((item) => lost(item, 'cascade'));
  }
  if ([...back.values()].some((item) => lost(item, 'restrict'))) return conflict;
  const records = world.records.map((item) => {
    if (!back.has(keyOf(item))) return item;
    const lookups = Object.entries(item.lookups).map(([field, target]) => {
      const named = targetOf(world, target);
      return [field, named === null || named.deleted === null || back.has(keyOf(named)) ? target : null];
    });
    return { ...item, deleted: null, lookups: Object.fromEntries(lookups) };
  });
  return { ...world, records };
}
