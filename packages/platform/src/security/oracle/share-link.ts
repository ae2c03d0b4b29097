// Shares of single records (share + read; nobody gives what he does not hold), and links of many-to-many relations (append and
// append_to on both sides).
import { granted, may } from './access.ts';
import { type Answer, BAD_TARGET, NOT_FOUND, refusal } from './answers.ts';
import { visible } from './records.ts';
import { relationOf } from './schema.ts';
import type { Asker, Link, Privilege, Right, Share, Stored, World } from './world.ts';

export interface ShareWrite {
  readonly op: 'share' | 'modify' | 'revoke';
  readonly entity: string;
  readonly id: string;
  readonly principal: string;
  /** Of `revoke` none. */
  readonly rights: readonly Right[];
}

export interface LinkWrite {
  readonly op: 'link' | 'unlink';
  readonly entity: string;
  readonly id: string;
  readonly collection: string;
  readonly other: string;
}

export function answerShare(world: World, me: Asker, write: ShareWrite): Answer | World {
  const { op, entity, id, principal, rights } = write;
  const needed = ['read', 'share'] as const;
  const nowhere = refusal(
    needed.map((privilege) => ({ entity, privilege, held: granted(world, me, privilege, entity) })),
  );
  if (nowhere !== null) return nowhere;
  const record = visible(world, me, entity, id);
  if (record === null) return NOT_FOUND;
  const refused = refusal([{ entity, privilege: 'share', held: may(world, me, 'share', record) }]);
  if (refused !== null) return refused;
  const isThis = (share: Share): boolean =>
    share.entity === entity && share.record === id && share.principal === principal;
  const before = world.shares.find(isThis);
  if (op !== 'share' && before === undefined) return NOT_FOUND;
  const others = world.shares.filter((share) => !isThis(share));
  if (op === 'revoke') return { ...world, shares: others };
  const kept = op === 'share' ? [] : (before?.rights ?? []);
  const given = rights.filter((right) => !kept.includes(right));
  if (given.some((right) => !may(world, me, right, record))) return { kind: 'escalation' };
  if (op === 'share' && !isReceiver(world, me, principal)) return BAD_TARGET;
  const held = op === 'share' ? [...new Set([...(before?.rights ?? []), ...rights])] : rights;
  return { ...world, shares: [...others, { entity, record: id, principal, rights: held }] };
}

/** A user who is active, or a team, that the sharer may read. */
export function isReceiver(world: World, me: Asker, principal: string): boolean {
  if (world.users.some(({ id, active }) => id === principal && !active)) return false;
  return ['user', 'team'].some((entity) => visible(world, me, entity, principal) !== null);
}

const BOTH = ['append', 'append_to'] as const;

export function answerLink(world: World, me: Asker, write: LinkWrite): Answer | World {
  const { op, entity, id, collection, other } = write;
  const relation = relationOf(entity, collection);
  if (relation === null) throw new Error(`${entity} has no relation ${collection}`);
  const needed: [Privilege, string][] = [['read', entity]];
  for (const privilege of BOTH) needed.push([privilege, entity], [privilege, relation.target]);
  const nowhere = refusal(
    needed.map(([privilege, name]) => ({ privilege, entity: name, held: granted(world, me, privilege, name) })),
  );
  if (nowhere !== null) return nowhere;
  const record = visible(world, me, entity, id);
  if (record === null) return NOT_FOUND;
  const target = visible(world, me, relation.target, other);
  if (op === 'unlink' && target === null) return NOT_FOUND;
  const refused = refusedEnd(world, me, record);
  if (refused !== null) return refused;
  if (target === null) return BAD_TARGET;
  const [own, end] = relation.forward ? [id, other] : [other, id];
  const isThis = (link: Link): boolean =>
    link.entity === relation.entity && link.field === relation.field && link.own === own && link.other === end;
  const linked = world.links.some(isThis);
  const refusedOther = refusedEnd(world, me, target);
  if (refusedOther !== null) return refusedOther;
  if (op === 'unlink') return linked ? { ...world, links: world.links.filter((link) => !isThis(link)) } : NOT_FOUND;
  const made = { entity: relation.entity, field: relation.field, own, other: end };
  return linked ? world : { ...world, links: [...world.links, made] };
}

function refusedEnd(world: World, me: Asker, record: Stored): Answer | null {
  return refusal(
    BOTH.map((privilege) => ({ privilege, entity: record.entity, held: may(world, me, privilege, record) })),
  );
}
