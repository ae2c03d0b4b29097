// What writes are answered, and what the world is afterwards: "Which operation needs what", line by line. In the order in which
// a request learns of them: privileges held at no depth (403), the record (404), rights on it (403), the records that it is going
// to name (400), rights on those (403).
import { granted, may, permits, targetOf, unitOf } from './access.ts';
import { type Answer, BAD_TARGET, OK, refusal } from './answers.ts';
import { assignAlong } from './assign.ts';
import { visible } from './records.ts';
import { answerDelete, answerRestore } from './recycle.ts';
import { schemaOf } from './schema.ts';
import { answerLink, answerShare, type LinkWrite, type ShareWrite } from './share-link.ts';
import { type Asker, type Privilege, type Stored, type Target, userOf, type World } from './world.ts';

/** Values of fields; what is absent is not written. */
export interface Values {
  readonly name?: string;
  readonly stage?: string | null;
  readonly amount?: number | null;
  readonly secret?: string | null;
}

export interface CreateWrite {
  readonly op: 'create';
  readonly entity: string;
  readonly id: string;
  readonly values: Values;
  /** A user or team, or of ownership `business_unit` a unit; null: whoever asks. */
  readonly owner: string | null;
  readonly lookups: Readonly<Record<string, Target | null>>;
}

export interface UpdateWrite {
  readonly op: 'update';
  readonly entity: string;
  readonly id: string;
  readonly values: Values;
  /** Null: it stays. */
  readonly owner: string | null;
  readonly lookups: Readonly<Record<string, Target | null>>;
}

export interface BinWrite {
  readonly op: 'delete' | 'restore';
  readonly entity: string;
  readonly id: string;
}

export interface AssignWrite {
  readonly op: 'assign';
  readonly entity: string;
  readonly id: string;
  readonly owner: string;
}

export type Write = CreateWrite | UpdateWrite | AssignWrite | BinWrite | ShareWrite | LinkWrite;

/** The answer, and the world after it: the same where it is refused. */
export interface Outcome {
  readonly answer: Answer;
  readonly world: World;
}

export function answerWrite(world: World, me: Asker, write: Write): Outcome {
  const refused = (answer: Answer): Outcome => ({ answer, world });
  const result = ((): Answer | World => {
    if (write.op === 'create') return answerCreate(world, me, write);
    if (write.op === 'update') return answerUpdate(world, me, write);
    if (write.op === 'assign') return answerAssign(world, me, write);
    if ('collection' in write) return answerLink(world, me, write);
    if ('principal' in write) return answerShare(world, me, write);
    return (write.op === 'delete' ? answerDelete : answerRestore)(world, me, write.entity, write.id);
  })();
  return 'kind' in result ? refused(result) : { answer: OK, world: result };
}

/**
 * Create, at a depth that covers the new owner's record; another owner also needs assign; per lookup set append on the new record,
 * read and append_to on the other. A record without a parent belongs to nobody: then the parent is what is missing.
 */
function answerCreate(world: World, me: Asker, write: CreateWrite): Answer | World {
  const { entity } = write;
  const held = (privilege: Privilege) => ({ entity, privilege, held: granted(world, me, privilege, entity) });
  const refused = refusal([held('create')]) ?? securedUse(world, me, entity, write.values, 'create');
  if (refused !== null) return refused;
  const record = newRecord(world, me, write);
  const next = { ...world, records: [...world.records, record] };
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
    refusedTargets(world, me, [], Object.values(write.lookups)) ??
    next
  );
}

function newRecord(world: World, me: Asker, { entity, id, values, owner, lookups }: CreateWrite): Stored {
  const kind = schemaOf(entity).ownership;
  const whose = owner ?? ownOwner(world, me, entity);
  return {
    ...{ entity, id, creator: userOf(me), deleted: null, lookups },
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

/** Write; for every lookup that changes append on the record, read and append_to on old and new target; assign for the owner. */
function answerUpdate(world: World, me: Asker, write: UpdateWrite): Answer | World {
  const { entity, id } = write;
  const none = (['read', 'write'] as const).map((privilege) => ({
    ...{ entity, privilege, held: granted(world, me, privilege, entity) },
  }));
  const refused = refusal(none) ?? securedUse(world, me, entity, write.values, 'update');
  if (refused !== null) return refused;
  const record = visible(world, me, entity, id);
  if (record === null) return { kind: 'not_found' };
  const owner = write.owner !== null && write.owner !== ownerOf(record) ? write.owner : null;
  const changed = Object.entries(write.lookups).filter(([field, target]) => differs(record.lookups[field], target));
  const needed: Privilege[] = ['write', ...(owner === null ? [] : ['assign' as const])];
  if (changed.length > 0) needed.push('append');
  const former = changed.map(([field]) => record.lookups[field] ?? null);
  const stopped =
    refusal(needed.map((privilege) => ({ entity, privilege, held: may(world, me, privilege, record) }))) ??
    refusedOwner(world, me, entity, owner) ??
    refusedTargets(
      world,
      me,
      former,
      changed.map(([, target]) => target),
    );
  if (stopped !== null) return stopped;
  const updated = { ...record, ...write.values, lookups: { ...record.lookups, ...write.lookups } };
  const next = replaced(world, updated);
  return owner === null ? next : assignAlong(next, me, updated, owner);
}

/** Change owner: assign (+ write + read). */
function answerAssign(world: World, me: Asker, { entity, id, owner }: AssignWrite): Answer | World {
  const needed = ['assign', 'write', 'read'] as const;
  const refused = refusal(
    needed.map((privilege) => ({ entity, privilege, held: granted(world, me, privilege, entity) })),
  );
  return refused ?? answerUpdate(world, me, { op: 'update', entity, id, owner, values: {}, lookups: {} });
}

const ownerOf = (record: Stored): string | null => record.owner ?? record.unit;

export function replaced(world: World, record: Stored): World {
  const records = world.records.map((item) => (item.entity === record.entity && item.id === record.id ? record : item));
  return { ...world, records };
}

function differs(before: Target | null | undefined, after: Target | null): boolean {
  return (before?.id ?? null) !== (after?.id ?? null) || (before?.entity ?? null) !== (after?.entity ?? null);
}

function securedUse(
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

function isOwnerThere(world: World, me: Asker, entity: string, owner: string | null): boolean {
  if (owner === null || owner === userOf(me) || schemaOf(entity).ownership !== 'user') return true;
  if (world.users.some((user) => user.id === owner && !user.active)) return false;
  return ['user', 'team'].some((name) => visible(world, me, name, owner) !== null);
}

/** An owner who is not there, for the user, has no unit that a record could belong to: nothing is told of it. */
function withoutUnit(world: World, owner: string | null): World {
  const hide = <T extends { readonly id: string; readonly unit: string }>(item: T): T =>
    item.id === owner ? { ...item, unit: '' } : item;
  return { ...world, users: world.users.map(hide), teams: world.teams.map(hide) };
}

function namedRecord(world: World, me: Asker, target: Target | null): Stored | null {
  return target === null ? null : visible(world, me, target.entity, target.id);
}

/** New targets must be there for the user; new and old ones need append_to, and old ones read. */
function refusedTargets(
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
