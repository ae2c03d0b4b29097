// Reads a reply to an invitation, as calendar programs send it (RFC 5546, METHOD:REPLY). It takes from it only who answers what to
// which event, and judges none of that.

/** Characters of a reply; programs send some hundred. */
export const MOST_REPLY = 65_536;

export interface CalendarReply {
  readonly uid: string;
  readonly sequence: number;
  /** Address of who answers, in lower case. */
  readonly attendee: string;
  readonly reply: 'accepted' | 'tentative' | 'declined';
}

const REPLIES: Readonly<Record<string, CalendarReply['reply']>> = {
  ACCEPTED: 'accepted',
  TENTATIVE: 'tentative',
  DECLINED: 'declined',
};

/** The reply, or in words why it is none. */
export function readReply(text: string): CalendarReply | string {
  if (text.length > MOST_REPLY) return `has more than ${MOST_REPLY} characters`;
  const lines = contentLines(text);
  if (textOf(lines, 'BEGIN')?.toUpperCase() !== 'VCALENDAR') return 'is no iCalendar object';
  if (textOf(lines, 'METHOD')?.toUpperCase() !== 'REPLY') return 'is no reply: its METHOD is not REPLY';
  const begin = lines.findIndex(({ name, value }) => name === 'BEGIN' && value.toUpperCase() === 'VEVENT');
  const end = lines.findIndex(({ name, value }) => name === 'END' && value.toUpperCase() === 'VEVENT');
  if (begin < 0 || end < begin) return 'has no whole VEVENT';
  const event = lines.slice(begin + 1, end);
  if (textOf(event, 'RECURRENCE-ID') !== undefined)
    return 'answers to one occurrence of a series, which is not supported';
  return replyOf(event);
}

function replyOf(event: readonly ContentLine[]): CalendarReply | string {
  const uid = textOf(event, 'UID');
  const sequence = textOf(event, 'SEQUENCE') ?? '0';
  const attendees = event.filter(({ name }) => name === 'ATTENDEE');
  const [attendee] = attendees;
  if (uid === undefined) return 'has no UID';
  if (!/^\d{1,9}$/.test(sequence)) return 'has a SEQUENCE that is no number';
  if (attendee === undefined || attendees.length > 1) return 'has not exactly one ATTENDEE';
  const address = /^mailto:(.+)$/i.exec(attendee.value)?.[1]?.toLowerCase();
  if (address === undefined) return 'has an ATTENDEE without an address';
  const reply = REPLIES[attendee.parameters.get('PARTSTAT')?.toUpperCase() ?? ''];
  if (reply === undefined) return 'has a PARTSTAT that is none of ACCEPTED, TENTATIVE, DECLINED';
  return { uid, sequence: Number(sequence), attendee: address, reply };
}

interface ContentLine {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly value: string;
}

function textOf(lines: readonly ContentLine[], name: string): string | undefined {
  return lines.find((line) => line.name === name)?.value.trim();
}

function contentLines(text: string): readonly ContentLine[] {
  return text
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const read = contentLine(line);
      return read === null ? [] : [read];
    });
}

/** Names, parameters and the value of a line: separators count outside of quotation marks. */
function contentLine(line: string): ContentLine | null {
  const pieces: string[] = [''];
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '"') isQuoted = !isQuoted;
    else if (char === ':' && !isQuoted) return { ...headOf(pieces), value: line.slice(at + 1) };
    else if (char === ';' && !isQuoted) pieces.push('');
    else pieces[pieces.length - 1] += char;
  }
  return null;
}

function headOf([name = '', ...pieces]: readonly string[]): Omit<ContentLine, 'value'> {
  const parameters = pieces.map((piece) => {
    const [key = '', ...value] = piece.split('=');
    return [key.trim().toUpperCase(), value.join('=')] as const;
  });
  return { name: name.trim().toUpperCase(), parameters: new Map(parameters) };
}
