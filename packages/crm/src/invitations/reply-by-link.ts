// Replies by the link of an invitation, without signing in. Whoever holds the link sees what the mail with it said, and no more.
import { type Platform, PlatformError, systemPrincipal } from '@kartoteka/platform';
import { type Language, timeText } from '../mail/words.ts';
import { type InvitationState, type Reply, stateOf, storeReply } from './reply.ts';
import { invitationOfParticipant, lockMeeting, type ToldInvitation } from './store.ts';
import { isSigned, type ReplyToken, readReplyToken } from './token.ts';

/** What the page of an invitation shows. */
export interface InvitationView {
  readonly state: InvitationState;
  readonly language: Language;
  /** Null where the mail is outdated. */
  readonly subject: string | null;
  readonly when: string | null;
  readonly reply: string;
}

/** The invitation of a link, in this language or that of its mail; null: it is none of ours, or the meeting is gone. Changes nothing. */
export async function invitationView(
  platform: Platform,
  token: string,
  language?: Language,
): Promise<InvitationView | null> {
  const read = readReplyToken(token);
  const invitation = read === null ? null : await invitationOfParticipant(platform.database, read.participantId);
  if (read === null || invitation === null || !isSigned(read, invitation.secret)) return null;
  const filter = encodeURIComponent(`id eq ${read.participantId}`);
  const system = platform.engineFor(systemPrincipal());
  const { value } = await system.get(`/activity_participants?$filter=${filter}&$select=reply`);
  return viewOf(invitation, read, value[0]?.reply ?? 'none', language);
}

function viewOf(
  invitation: ToldInvitation,
  { sequence }: ReplyToken,
  reply: string,
  language = invitation.language,
): InvitationView {
  const state = stateOf(invitation, sequence);
  const content = state === 'outdated' ? null : invitation.content;
  const when =
    content === null ? null : timeText(new Date(content.start), new Date(content.end), language, invitation.timeZone);
  return { state, language, subject: content?.subject ?? null, when, reply };
}

/** Stores the reply, if it still counts; false: the link is none of ours, or the meeting is gone. */
export async function replyByLink(platform: Platform, token: string, reply: Reply): Promise<boolean> {
  const read = readReplyToken(token);
  const found = read === null ? null : await invitationOfParticipant(platform.database, read.participantId);
  if (read === null || found === null || !isSigned(read, found.secret)) return false;
  try {
    return await platform.transaction(systemPrincipal(), async ({ tx, system, model }) => {
      // As it is once nothing is being told of the meeting.
      await lockMeeting(tx, found.activityId);
      const invitation = await invitationOfParticipant(tx, read.participantId);
      if (invitation === null || !isSigned(read, invitation.secret)) return false;
      if (stateOf(invitation, read.sequence) === 'open')
        await storeReply({ model, system, writer: system }, invitation, reply);
      return true;
    });
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_found') return false;
    throw error;
  }
}
