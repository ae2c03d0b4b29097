// Writes iCalendar (RFC 5545): lines of at most 75 octets, texts escaped, parameters quoted. It knows no records. Own code, because
// the library at hand folds by characters and lets a name end its line.
import type { MailAddress } from '../mail/types.ts';

export type ReplyStatus = 'NEEDS-ACTION' | 'ACCEPTED' | 'TENTATIVE' | 'DECLINED';

export interface Attendee extends MailAddress {
  readonly status: ReplyStatus;
  readonly isOptional: boolean;
}

export interface CalendarEvent {
  readonly uid: string;
  readonly sequence: number;
  /** When this was written; the same contents have the same. */
  readonly stamp: Date;
  readonly lastModified?: Date;
  readonly start: Date;
  /** Absent: a moment. */
  readonly end?: Date;
  readonly summary: string;
  readonly location?: string | null;
  readonly description?: string | null;
  readonly url?: string | null;
  readonly status: 'CONFIRMED' | 'CANCELLED';
  /** Whether its time counts as free. */
  readonly isFree?: boolean;
  readonly organizer?: MailAddress;
  readonly attendees?: readonly Attendee[];
}

export interface CalendarHead {
  /** Absent: a calendar that is published and asks for nothing. */
  readonly method?: 'REQUEST' | 'CANCEL';
  /** As programs show it. */
  readonly name?: string;
}

const PRODUCT = '-//Kartoteka//Kartoteka CRM//EN';

/** The object as text, in one piece. */
export function calendarText(head: CalendarHead, events: readonly CalendarEvent[]): string {
  return [calendarStart(head), ...events.map(eventText), CALENDAR_END].join('');
}

/** What stands before the events. */
function calendarStart({ method, name }: CalendarHead): string {
  return lines([
    ['BEGIN', {}, 'VCALENDAR'],
    ['VERSION', {}, '2.0'],
    ['PRODID', {}, PRODUCT],
    ['CALSCALE', {}, 'GREGORIAN'],
    ['METHOD', {}, method],
    ['X-WR-CALNAME', {}, escaped(name)],
  ]);
}

const CALENDAR_END = 'END:VCALENDAR\r\n';

function eventText(event: CalendarEvent): string {
  const { organizer, attendees = [], url } = event;
  return lines([
    ['BEGIN', {}, 'VEVENT'],
    ['UID', {}, escaped(event.uid)],
    ['SEQUENCE', {}, String(event.sequence)],
    ['DTSTAMP', {}, utc(event.stamp)],
    ['LAST-MODIFIED', {}, utc(event.lastModified)],
    ['DTSTART', {}, utc(event.start)],
    ['DTEND', {}, utc(event.end)],
    ['SUMMARY', {}, escaped(event.summary)],
    ['LOCATION', {}, escaped(event.location)],
    ['DESCRIPTION', {}, escaped(event.description)],
    ['URL', {}, url == null ? undefined : plain(url)],
    ['STATUS', {}, event.status],
    ['TRANSP', {}, event.isFree === true ? 'TRANSPARENT' : 'OPAQUE'],
    ['ORGANIZER', { CN: organizer?.name }, mailto(organizer)],
    ...attendees.map((attendee): Line => ['ATTENDEE', attendeeParameters(attendee), mailto(attendee)]),
    ['END', {}, 'VEVENT'],
  ]);
}

function attendeeParameters({ name, status, isOptional }: Attendee): Record<string, string | undefined> {
  const role = isOptional ? 'OPT-PARTICIPANT' : 'REQ-PARTICIPANT';
  return { CN: name, CUTYPE: 'INDIVIDUAL', ROLE: role, PARTSTAT: status, RSVP: 'TRUE' };
}

/** Name, parameters, value; a line without a value is left out, and so is a parameter. */
type Line = readonly [
  name: string,
  parameters: Readonly<Record<string, string | undefined>>,
  value: string | undefined,
];

function lines(given: readonly Line[]): string {
  return given
    .flatMap(([name, parameters, value]) =>
      value === undefined ? [] : [folded(`${name}${printed(parameters)}:${value}`)],
    )
    .join('');
}

function printed(parameters: Line[1]): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === undefined || value === '' ? '' : `;${name}=${parameter(value)}`))
    .join('');
}

/** There is no escape for a quotation mark that all programs know. */
function parameter(value: string): string {
  const text = plain(value).replaceAll('"', "'");
  return /^[\w-]+$/.test(text) ? text : `"${text}"`;
}

/** As a value of the type TEXT; undefined stays so, and so does what is empty. */
function escaped(text: string | null | undefined): string | undefined {
  if (text == null || text === '') return undefined;
  return text
    .toWellFormed()
    .replaceAll(/[\\;,]/g, (char) => `\\${char}`)
    .replaceAll(/\r\n|[\r\n\u2028\u2029]/g, '\\n')
    .replaceAll(/\p{Cc}/gu, ' ');
}

/** Without what could end the line. */
function plain(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function mailto(address: MailAddress | undefined): string | undefined {
  return address === undefined ? undefined : `mailto:${plain(address.address)}`;
}

/** `20261123T093000Z` */
function utc(moment: Date | undefined): string | undefined {
  return moment?.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

const MOST_OCTETS = 75;

/** Lines of at most 75 octets, never cut within a character; those that go on begin with a space. */
function folded(line: string): string {
  if (Buffer.byteLength(line) <= MOST_OCTETS) return `${line}\r\n`;
  let text = '';
  let octets = 0;
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (octets + size > MOST_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += char;
    octets += size;
  }
  return `${text}\r\n`;
}
