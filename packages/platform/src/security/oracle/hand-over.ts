// Handing over what a user owns: each live record that who asks may read is assigned as if alone, all of them or none.
import { granted, may } from './access.ts';
import { type Answer, BAD_TARGET, NOT_FOUND, refusal } from './answers.ts';
import { assignAlong } from './assign.ts';
import { visible } from './records.ts';
import { RECORDS, schemaOf } from './schema.ts';
import { isReceiver } from './share-link.ts';
import { type Asker, type Stored, userOf, type World } from './world.ts';
import { answerUpdate } from './writes.ts';

export interface HandOverWrite {
  readonly op: 'hand_over';
  readonly entity: 'user';
  readonly id: string;
  readonly owner: string;
}

/** What a trial run tells: the records that would be refused, and how many would change their owner if none was. */
export interface Trial {
  readonly refused: readonly string[];
  readonly count: number;
}

export function answerHandOver(world: World, me: Asker, write: HandOverWrite): Answer | World {
  const none = refusedHandOver(world, me, write);
  if (none !== null) return none;
  const { world: next, refused } = handedOver(world, me, write);
  return refused.length === 0 ? next : { kind: 'any', of: refused.map(({ answer }) => answer) };
}

export function tryHandOver(world: World, me: Asker, write: HandOverWrite): Answer | Trial {
  const none = refusedHandOver(world, me, write);
  if (none !== null) return none;
  const { world: next, refused } = handedOver(world, me, write);
  const moved = next.records.filter((record, at) => record.owner !== world.records[at]?.owner);
  return { refused: refused.map(({ id }) => id).sort(), count: moved.length };
}

function refusedHandOver(world: World, me: Asker, { id, owner }: HandOverWrite): Answer | null {
  const none = refusal([{ entity: 'user', privilege: 'read', held: granted(world, me, 'read', 'user') }]);
  if (none !== null) return none;
  if (owner === id) return BAD_TARGET;
  if (visible(world, me, 'user', id) === null) return NOT_FOUND;
  return owner === userOf(me) || isReceiver(world, me, owner) ? null : BAD_TARGET;
}

interface Refused {
  readonly id: string;
  readonly answer: Answer;
}

function handedOver(world: World, me: Asker, { id, owner }: HandOverWrite): { world: World; refused: Refused[] } {
  const refused: Refused[] = [];
  let next = world;
  for (const entity of RECORDS.filter((name) => schemaOf(name).ownership === 'user')) {
    // All of an entity are judged as they were before any of them moves.
    const before = next;
    const isOwned = (record: Stored): boolean =>
      record.entity === entity && record.deleted === null && record.owner === id && may(before, me, 'read', record);
    for (const record of before.records.filter(isOwned).sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const current = next.records.find((item) => item.entity === entity && item.id === record.id);
      const judged = answerUpdate(before, me, { op: 'update', entity, id: record.id, owner, values: {}, lookups: {} });
      // What has gone along with another one is judged all the same.
      const moved = current?.owner === owner ? next : assignAlong(next, me, record, owner);
      const answer = 'kind' in judged ? judged : 'kind' in moved ? moved : null;
      if (answer !== null) refused.push({ id: record.id, answer });
      else if (!('kind' in moved)) next = moved;
    }
  }
  return { world: next, refused };
}
