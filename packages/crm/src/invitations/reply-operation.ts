// Replies as calendar programs send them: whoever receives the mail of the organizer's address hands on their text/calendar part. It
// is written with the rights of who hands it on, as he could write the reply himself.
import { is, type OperationContext, type OperationDefinition, PlatformError, type Shape } from '@kartoteka/platform';
import { MOST_REPLY, readReply } from '../calendar/read-reply.ts';
import { isSameAddress, stateOf, storeReply } from './reply.ts';
import { invitationOfParticipant, invitationsOf, lockMeeting } from './store.ts';

export const replyShapes: Readonly<Record<string, Shape>> = {
  taken_reply: {
    context: true,
    description: 'What became of a reply to an invitation',
    members: {
      taken: is('Edm.Boolean', 'Whether it counts'),
      reason: is('Edm.String', 'Why it does not', { nullable: true, values: ['outdated', 'cancelled', 'over'] }),
    },
  },
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

async function take(context: OperationContext, calendar: string, sender: string | null): Promise<unknown> {
  const reply = readReply(calendar);
  if (typeof reply === 'string') throw invalid('calendar', reply);
  if (!UUID.test(reply.uid)) throw new PlatformError('not_found');
  const activityId = reply.uid.toLowerCase();
  const { engine, system, database, model } = context;
  // The meeting first: who cannot read it learns nothing of who is invited.
  await engine.get(`/activities(${activityId})?$select=id`);
  if (sender !== null && !isSameAddress(sender, reply.attendee))
    throw invalid('sender', 'is not the attendee who replies');
  const meeting = await lockMeeting(database, activityId);
  if (meeting === null) throw new PlatformError('not_found');
  const invitations = await invitationsOf(database, activityId);
  const found = invitations.find(({ address }) => isSameAddress(address, reply.attendee));
  if (found === undefined) throw invalid('calendar', 'is from an attendee who is not invited');
  const invitation = await invitationOfParticipant(database, found.participantId);
  const state = invitation === null ? 'cancelled' : stateOf(invitation, reply.sequence);
  if (invitation === null || state !== 'open') return { taken: false, reason: state };
  await storeReply({ model, system, writer: engine }, invitation, reply.reply);
  return { taken: true, reason: null };
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError('invalid_value', { name, reason }, { target: name });
}

export const replyOperation: OperationDefinition = {
  ...{ name: 'take_invitation_reply', kind: 'action', binding: 'service', returns: { shape: 'taken_reply' } },
  available: ({ principal }) => principal.access('activity_participant', 'write').granted,
  parameters: {
    calendar: is('Edm.String', `The text/calendar part of a mail with METHOD:REPLY, ${MOST_REPLY} characters at most`),
    sender: is('Edm.String', 'Address from which it verifiably came; one that is not the attendee is refused', {
      optional: true,
      nullable: true,
    }),
  },
  summary: 'Take the reply of a calendar program to an invitation',
  description:
    'Stores accepted, tentative or declined in the participant, tells the owner of the meeting, and adds it to the history. Takes the right to write the participant. A reply to another version than the last is not taken, and says so.',
  run: (context, { calendar, sender = null }) => take(context, String(calendar), sender as string | null),
};
