// Takes replies to invitations: whether one still counts, what it leaves behind. Who may reply is proven by the caller of it: by a
// signed link, or by the right to write the participant.
import { domainToASCII } from 'node:url';
import type { Model } from '@kartoteka/metadata';
import { type Engine, PlatformError } from '@kartoteka/platform';
import { eventTargets } from '../history/event-targets.ts';
import { recordEvents } from '../history/record-events.ts';
import { type Language, languageOf } from '../mail/words.ts';
import { notify } from '../notifications/notify.ts';
import type { ToldInvitation } from './store.ts';

export const REPLIES = ['accepted', 'tentative', 'declined'] as const;
export type Reply = (typeof REPLIES)[number];

/** `open`: a reply counts; else why none does (any more). */
export type InvitationState = 'open' | 'outdated' | 'cancelled' | 'over';

/** What a reply to this version of it would be. */
export function stateOf(invitation: ToldInvitation, sequence: number, now = Date.now()): InvitationState {
  if (invitation.isCancelled || invitation.content === null) return 'cancelled';
  if (invitation.sequence !== sequence) return 'outdated';
  return Date.parse(invitation.content.end) < now ? 'over' : 'open';
}

/** Whether both are one mailbox: case does not count, nor how a domain of another script is written. */
export function isSameAddress(one: string, other: string): boolean {
  const key = (address: string): string => {
    const at = address.lastIndexOf('@');
    return `${address.slice(0, at).toLowerCase()}@${domainToASCII(address.slice(at + 1).toLowerCase())}`;
  };
  return key(one) === key(other);
}

export interface ReplyContext {
  readonly model: Model;
  readonly system: Engine;
  /** Writes the participant. */
  readonly writer: Engine;
}

interface Meeting {
  readonly id: string;
  readonly owner_id: string;
  readonly subject: string;
  readonly regarding_id: string | null;
  readonly regarding_type: string | null;
}

interface Participant {
  readonly participant_id: string;
  readonly participant_type: string;
  readonly reply: string;
  readonly activity: Meeting | null;
}

/**
 * Stores the reply, tells the owner of the meeting (of a team its members) and its history. The same reply again does nothing. The
 * meeting is locked by the caller. @throws PlatformError not_found when the meeting or the participant is gone, or what `writer` is refused
 */
export async function storeReply(context: ReplyContext, invitation: ToldInvitation, reply: Reply): Promise<void> {
  const { system, writer } = context;
  const { participantId } = invitation;
  const query = new URLSearchParams({
    $filter: `id eq ${participantId}`,
    $expand: 'activity($select=id,owner_id,subject,regarding_id,regarding_type)',
  });
  const { value } = await system.get(`/activity_participants?${query}`);
  const participant: Participant | undefined = value[0];
  if (participant?.activity == null) throw new PlatformError('not_found');
  const replied_on = new Date().toISOString();
  // Written also where it is the same already, so that who may not write it is refused.
  if (participant.reply === reply) {
    await writer.update('activity_participants', participantId, { reply });
    return;
  }
  await writer.update('activity_participants', participantId, { reply, replied_on });
  await tellOwner(context, participant.activity, invitation, { reply, replied_on });
  await recordReply(context, participant.activity, participant, { invitation, reply });
}

const WORDS: Readonly<Record<Language, Readonly<Record<Reply, string>>>> = {
  en: { accepted: 'accepted', tentative: 'accepted tentatively', declined: 'declined' },
  ru: { accepted: 'принимает приглашение', tentative: 'придёт, возможно', declined: 'отклоняет приглашение' },
};

/** Members of a team who are told. */
const MOST_TOLD = 100;

async function tellOwner(
  { system, model }: ReplyContext,
  meeting: Meeting,
  { participantId, name }: ToldInvitation,
  { reply, replied_on }: { readonly reply: Reply; readonly replied_on: string },
): Promise<void> {
  const members = `$filter=${encodeURIComponent(`team_id eq ${meeting.owner_id}`)}&$select=user_id&$top=${MOST_TOLD}`;
  const found = await system.get(`/team_members?${members}`);
  const ids = [meeting.owner_id, ...found.value.map(({ user_id }: { readonly user_id: string }) => user_id)];
  const users = await system.get(
    `/users?$filter=${encodeURIComponent(`id in (${ids.join(',')})`)}&$select=id,language`,
  );
  await notify(
    system,
    users.value.map(({ id, language }: { readonly id: string; readonly language: string | null }) => ({
      key: `invitation reply ${participantId} ${replied_on}`,
      recipientId: id,
      kind: 'reply',
      subject: `${name} ${WORDS[languageOf(language, model.organization.locale)][reply]}: ${meeting.subject}`,
      regarding: { id: meeting.id, type: 'activity' },
    })),
  );
}

/** In the history of what the meeting is about, else of who replied, where they have one. */
async function recordReply(
  { system, model }: ReplyContext,
  meeting: Meeting,
  { participant_id, participant_type }: Participant,
  { invitation, reply }: { readonly invitation: ToldInvitation; readonly reply: Reply },
): Promise<void> {
  const targets = eventTargets(model);
  const { regarding_id: id, regarding_type: type } = meeting;
  const isAbout = id !== null && type !== null && targets.includes(type);
  const regarding = isAbout ? { id, type } : { id: participant_id, type: participant_type };
  if (!targets.includes(regarding.type)) return;
  const words = WORDS[languageOf(null, model.organization.locale)][reply];
  const subject = [...`${invitation.name} ${words}: ${meeting.subject}`].slice(0, 300).join('');
  const event = { kind: 'message', direction: 'incoming', address: invitation.address, subject, regarding };
  try {
    await recordEvents(system, [{ ...event, details: { activity_id: meeting.id, reply } }]);
  } catch (error) {
    // A reply counts, also where an administrator's rules want no such event.
    if (!(error instanceof PlatformError) || error.code !== 'rule_violated') throw error;
  }
}
