// iCalendar as it is written, held against RFC 5545 and read back by another's parser; replies of programs as they are read.
import { convertIcsCalendar } from 'ts-ics';
import { describe, expect, it } from 'vitest';
import { type CalendarEvent, calendarText } from '../packages/crm/src/calendar/ics.ts';
import { MOST_REPLY, readReply } from '../packages/crm/src/calendar/read-reply.ts';

const event: CalendarEvent = {
  uid: '0198f7a2-0000-7000-8000-000000000001',
  sequence: 3,
  stamp: new Date('2026-11-23T06:00:00.123Z'),
  start: new Date('2026-11-24T09:30:00Z'),
  end: new Date('2026-11-24T10:30:00Z'),
  summary: 'Offer; roof, "new" \\ old',
  status: 'CONFIRMED',
};

describe('a calendar', () => {
  it('has lines of at most 75 octets that end with CRLF, and is read back as it was meant', () => {
    const summary = `Встреча 😀 ${'очень важная '.repeat(20)}`.trim();
    const text = calendarText({ method: 'REQUEST' }, [
      {
        ...{
          ...event,
          summary,
          location: 'Room; 1, floor 2',
          description: 'One\r\nTwo\nThree \\n',
          url: 'https://crm.example.com/a?b=1',
        },
        organizer: { address: 'crm@example.com', name: 'Иван; "И", : X' },
        attendees: [{ address: 'anna@example.com', name: 'Anna, B', status: 'NEEDS-ACTION', isOptional: false }],
      },
    ]);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
    for (const line of text.split('\r\n')) expect(line).toBe(line.toWellFormed());
    expect(text.replaceAll('\r\n ', '')).toContain(`ORGANIZER;CN="Иван; 'И', : X":mailto:crm@example.com\r\n`);
    expect(text.replaceAll('\r\n ', '')).toContain('DESCRIPTION:One\\nTwo\\nThree \\\\n\r\n');
    const read = convertIcsCalendar(undefined, text);
    expect(read).toMatchObject({ version: '2.0', method: 'REQUEST' });
    expect(read.events?.[0]).toMatchObject({
      ...{ uid: event.uid, sequence: 3, summary, location: 'Room; 1, floor 2', status: 'CONFIRMED' },
      ...{ start: { date: event.start }, end: { date: event.end }, timeTransparent: 'OPAQUE' },
      attendees: [{ email: 'anna@example.com', partstat: 'NEEDS-ACTION', role: 'REQ-PARTICIPANT', rsvp: true }],
    });
  });

  it('has no line that a text or a name brought in', () => {
    const evil = 'x\r\nATTENDEE:mailto:victim@example.com\nBEGIN:VALARM\u2028X\u0000Y';
    const text = calendarText({ name: evil }, [
      {
        ...{ ...event, summary: evil, location: evil, description: evil, url: evil, uid: evil },
        organizer: { address: 'crm@example.com', name: evil },
        attendees: [{ address: 'a@example.com', name: `"${evil}`, status: 'ACCEPTED', isOptional: true }],
      },
    ]);
    const names = text
      .replaceAll('\r\n ', '')
      .split('\r\n')
      .map((line) => line.split(/[:;]/)[0]);
    expect(names.filter((name) => name === 'ATTENDEE')).toHaveLength(1);
    expect(names.filter((name) => name === 'BEGIN')).toHaveLength(2);
    expect(text).not.toContain('\u0000');
  });

  it.each([74, 75, 76, 77])('folds a line of %i octets at its edge', (size) => {
    const summary = 'x'.repeat(size - 'SUMMARY:'.length);
    const text = calendarText({}, [{ ...event, summary }]);
    expect(text.includes(`SUMMARY:${summary}\r\n`)).toBe(size <= 75);
    expect(text.replaceAll('\r\n ', '')).toContain(`SUMMARY:${summary}\r\n`);
  });
});

const replyText = (lines: Record<string, string>): string => {
  const whole = { 'UID:': 'u1', 'SEQUENCE:': '2', 'ATTENDEE;PARTSTAT=': 'ACCEPTED:mailto:anna@example.com', ...lines };
  const inner = Object.entries(whole).flatMap(([name, value]) => (value === '' ? [] : [name + value]));
  return ['BEGIN:VCALENDAR', 'METHOD:REPLY', 'BEGIN:VEVENT', ...inner, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
};

describe('a reply', () => {
  it('is read as programs write it: folded, quoted, in any case', () => {
    const text = replyText({
      'ATTENDEE;PARTSTAT=': '',
      'Attendee;CN="Petrov: Anna; B";X-A=1;\r\n partstat=Declined:MAILTO:Anna': '@Example.com',
    });
    expect(readReply(text)).toEqual({ uid: 'u1', sequence: 2, attendee: 'anna@example.com', reply: 'declined' });
    expect(readReply(replyText({ 'SEQUENCE:': '' }).replaceAll('\r\n', '\n'))).toMatchObject({ sequence: 0 });
  });

  it('that is none is refused with the reason', () => {
    const twice = { 'ATTENDEE;X=1;PARTSTAT=': 'DECLINED:mailto:b@example.com' };
    expect(readReply('hello')).toMatch(/no iCalendar/);
    expect(readReply(replyText({}).replace('REPLY', 'REQUEST'))).toMatch(/METHOD/);
    expect(readReply(replyText({ 'UID:': '' }))).toMatch(/UID/);
    expect(readReply(replyText({ 'SEQUENCE:': '-1' }))).toMatch(/SEQUENCE/);
    expect(readReply(replyText(twice))).toMatch(/exactly one/);
    expect(readReply(replyText({ 'ATTENDEE;PARTSTAT=': 'DELEGATED:mailto:a@b.c' }))).toMatch(/PARTSTAT/);
    expect(readReply(replyText({ 'ATTENDEE;PARTSTAT=': 'ACCEPTED:urn:x' }))).toMatch(/address/);
    expect(readReply(replyText({ 'RECURRENCE-ID:': '20261124T093000Z' }))).toMatch(/occurrence/);
    expect(readReply(replyText({}).replace('END:VEVENT\r\n', ''))).toMatch(/VEVENT/);
  });

  it('may be as long as the limit, and no longer', () => {
    const padding = MOST_REPLY - replyText({ 'COMMENT:': 'x' }).length;
    expect(readReply(replyText({ 'COMMENT:': 'x'.repeat(padding + 1) }))).toMatchObject({ uid: 'u1' });
    expect(readReply(replyText({ 'COMMENT:': 'x'.repeat(padding + 2) }))).toMatch(/more than/);
  });
});
