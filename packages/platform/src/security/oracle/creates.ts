// Making records: what a create needs, of its own and for what it names.
import { granted, hasCapability, may, unitOf } from './access.ts';
import { type Answer, BAD_TARGET, refusal } from './answers.ts';
import { visible } from './records.ts';
import { schemaOf } from './schema.ts';
import { isOwnerThere, namedRecord, refusedOwner, refusedTargets, securedUse, withoutUnit } from './targets.ts';
import { type Asker, type Privilege, type Stored, userOf, type World } from './world.ts';
import type { CreateWrite } from './writes.ts';

/**
 * Create, at a depth that covers the new owner's record; another owner also needs assign; per lookup set append on the new record,
 * read and append_to on the other. A record without a parent belongs to nobody: then the parent is what is missing.
 */
export function answerCreate(world: World, me: Asker, write: CreateWrite, anyway = false): Answer | World {
  const { entity } = write;
  const held = (privilege: Privilege) => ({ entity, privilege, held: granted(world, me, privilege, entity) });
  const refused = refusal([held('create')]) ?? securedUse(world, me, entity, write.values, 'create');
  if (refused !== null && !anyway) return refused;
  const record = newRecord(world, me, write);
  const next = { ...world, records: [...world.records, record] };
  if (anyway) return next;
  const judged = isOwnerThere(world, me, entity, write.owner) ? next : withoutUnit(next, write.owner);
  const { parent } = schemaOf(entity);
  const orphan = parent !== null && namedRecord(world, me, write.lookups[parent] ?? null) === null;
  const check = (privilege: Privilege) => ({ entity, privilege, held: may(judged, me, privilege, record) });
  const names = Object.values(write.lookups).some((target) => target !== null);
  const foreign = write.owner !== null && write.owner !== ownOwner(world, me, entity);
  const onRecord = [
    ...(orphan ? [] : [check('create'), ...(names ? [check('append')] : [])]),
    ...(foreign ? [check('assign')] : []),
  ];
  return (
    refusal(onRecord) ??
    refusedOwner(world, me, entity, write.owner === userOf(me) ? null : write.owner) ??
    refusedCreator(world, me, write) ??
    refusedTargets(world, me, [], Object.values(write.lookups)) ??
    next
  );
}

/** Who may import says who made the record: a user whom he may read. */
function refusedCreator(world: World, me: Asker, write: CreateWrite): Answer | null {
  const creator = importedCreator(world, me, write);
  return creator === null || visible(world, me, 'user', creator) !== null ? null : BAD_TARGET;
}

/** Null: it does not count. */
const importedCreator = (world: World, me: Asker, { creator }: CreateWrite): string | null =>
  creator !== undefined && hasCapability(world, me, 'import') ? creator : null;

function newRecord(world: World, me: Asker, write: CreateWrite): Stored {
  const { entity, id, values, owner, lookups } = write;
  const kind = schemaOf(entity).ownership;
  const whose = owner ?? ownOwner(world, me, entity);
  return {
    ...{ entity, id, creator: importedCreator(world, me, write) ?? userOf(me), deleted: null, lookups },
    owner: kind === 'user' ? whose : null,
    unit: kind === 'business_unit' ? whose : null,
    name: values.name ?? '',
    stage: values.stage ?? null,
    amount: values.amount ?? null,
    secret: values.secret ?? null,
  };
}

const ownOwner = (world: World, me: Asker, entity: string): string | null =>
  schemaOf(entity).ownership === 'user' ? userOf(me) : unitOf(world, userOf(me));
