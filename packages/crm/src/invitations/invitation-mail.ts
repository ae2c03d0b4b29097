// The mail that tells one participant of one version of a meeting: its words, its link to reply, its iCalendar object. It decides
// nothing about who is told what.
import { calendarText } from '../calendar/ics.ts';
import type { Mail, MailAddress } from '../mail/types.ts';
import { timeText } from '../mail/words.ts';
import type { Invitation, MeetingContent } from './store.ts';
import { replyToken } from './token.ts';

const WORDS = {
  en: {
    request: 'Invitation',
    update: 'Changed',
    cancel: 'Cancelled',
    invites: 'invites you to a meeting.',
    changed: 'has changed a meeting to which you are invited.',
    cancelled: 'has cancelled a meeting, or your part in it.',
    reply: 'Accept or decline',
    place: 'Place',
  },
  ru: {
    request: 'Приглашение',
    update: 'Изменено',
    cancel: 'Отменено',
    invites: 'приглашает вас на встречу.',
    changed: 'изменил(а) встречу, на которую вы приглашены.',
    cancelled: 'отменил(а) встречу или ваше участие в ней.',
    reply: 'Принять или отклонить',
    place: 'Место',
  },
} as const;

const KINDS = {
  request: { subject: 'request', says: 'invites' },
  update: { subject: 'update', says: 'changed' },
  cancel: { subject: 'cancel', says: 'cancelled' },
} as const;

export interface Telling {
  readonly kind: keyof typeof KINDS;
  readonly invitation: Invitation;
  readonly content: MeetingContent;
  readonly sequence: number;
}

export interface MailParts {
  /** Replies of programs go to the organizer of the calendar object, so that is the address that mail is from. */
  readonly from: MailAddress;
  readonly publicUrl: string | null;
}

export function invitationMail({ kind, invitation, content, sequence }: Telling, { from, publicUrl }: MailParts): Mail {
  const { participantId, address, name, language, timeZone } = invitation;
  const words = WORDS[language];
  const { organizer, subject, place } = content;
  const link = kind === 'cancel' || publicUrl === null ? null : `${publicUrl}/public/invitations/`;
  const paragraphs = [
    `${organizer.name} ${words[KINDS[kind].says]}`,
    `${subject}\n${timeText(new Date(content.start), new Date(content.end), language, timeZone)}`,
    place === null ? null : `${words.place}: ${place}`,
    link === null ? null : `${words.reply}: ${link}${replyToken(participantId, sequence, invitation.secret)}`,
  ];
  const method = kind === 'cancel' ? 'CANCEL' : 'REQUEST';
  return {
    key: `invitation ${participantId} ${sequence} ${method} ${address}`,
    to: { address, name },
    subject: `${words[KINDS[kind].subject]}: ${subject}`,
    text: paragraphs.filter((paragraph) => paragraph !== null).join('\n\n'),
    ...(organizer.address === null ? {} : { replyTo: { address: organizer.address, name: organizer.name } }),
    calendar: { method, text: calendarOf({ kind, invitation, content, sequence }, from, method) },
  };
}

/** Only the recipient is named as attendee: nobody learns the addresses of others. */
function calendarOf(
  { kind, invitation, content, sequence }: Telling,
  from: MailAddress,
  method: 'REQUEST' | 'CANCEL',
): string {
  const { address, name, isOptional, activityId } = invitation;
  return calendarText({ method }, [
    {
      ...{ uid: activityId, sequence, stamp: new Date(), start: new Date(content.start), end: new Date(content.end) },
      ...{ summary: content.subject, location: content.place, status: kind === 'cancel' ? 'CANCELLED' : 'CONFIRMED' },
      organizer: { address: from.address, name: content.organizer.name },
      attendees: [{ address, name, isOptional, status: 'NEEDS-ACTION' }],
    },
  ]);
}
