// What writes are answered, and what the world is afterwards: "Which operation needs what", line by line. In the order in which
// a request learns of them: privileges held at no depth (403), the record (404), rights on it (403), the records that it is going
// to name (400), rights on those (403).
import { granted, may } from './access.ts';
import { type Answer, OK, refusal } from './answers.ts';
import { assignAlong } from './assign.ts';
import { answerCreate } from './creates.ts';
import { answerDeep, type DeepWrite } from './deep.ts';
import { answerHandOver, type HandOverWrite } from './hand-over.ts';
import { visible } from './records.ts';
import { answerDelete, answerRestore } from './recycle.ts';
import { answerLink, answerShare, type LinkWrite, type ShareWrite } from './share-link.ts';
import { refusedOwner, refusedTargets, securedUse } from './targets.ts';
import type { Asker, Privilege, Stored, Target, World } from './world.ts';

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
  /** Of an imported record: who made it elsewhere. It counts for holders of the capability import. */
  readonly creator?: string;
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

export type Write =
  | CreateWrite
  | UpdateWrite
  | AssignWrite
  | BinWrite
  | ShareWrite
  | LinkWrite
  | HandOverWrite
  | DeepWrite;

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
    if (write.op === 'deep') return answerDeep(world, me, write);
    if (write.op === 'hand_over') return answerHandOver(world, me, write);
    if (write.op === 'assign') return answerAssign(world, me, write);
    if ('collection' in write) return answerLink(world, me, write);
    if ('principal' in write) return answerShare(world, me, write);
    return (write.op === 'delete' ? answerDelete : answerRestore)(world, me, write.entity, write.id);
  })();
  return 'kind' in result ? refused(result) : { answer: OK, world: result };
}

/** Write; for every lookup that changes append on the record, read and append_to on old and new target; assign for the owner. */
export function answerUpdate(world: World, me: Asker, write: UpdateWrite): Answer | World {
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
