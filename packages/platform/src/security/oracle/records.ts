// The records of a world: those it lists, and its users, teams and units as records of their own.
import { may } from './access.ts';
import { DIRECTORY } from './schema.ts';
import type { Asker, Stored, World } from './world.ts';

const PLAIN = { owner: null, unit: null, creator: '', name: '', stage: null, amount: null, secret: null, lookups: {} };

/** All records of an entity, deleted ones among them. */
export function recordsOf(world: World, entity: string): readonly Stored[] {
  if (!DIRECTORY.includes(entity)) return world.records.filter((record) => record.entity === entity);
  const plain = (id: string, unit: string | null, deleted: boolean): Stored => ({
    ...{ ...PLAIN, entity, id, unit, deleted: deleted ? 'gone' : null },
  });
  if (entity === 'business_unit') return world.units.map(({ id }) => plain(id, null, false));
  if (entity === 'team') return world.teams.map(({ id, unit, deleted }) => plain(id, unit, deleted));
  return world.users.map(({ id, unit }) => plain(id, unit, false));
}

/** The record, unless it is deleted or there is none. */
export function liveRecord(world: World, entity: string, id: string): Stored | null {
  return recordsOf(world, entity).find((record) => record.id === id && record.deleted === null) ?? null;
}

/** The record as a user sees it: what may not be read is not there. */
export function visible(world: World, me: Asker, entity: string, id: string): Stored | null {
  const record = liveRecord(world, entity, id);
  return record !== null && may(world, me, 'read', record) ? record : null;
}
