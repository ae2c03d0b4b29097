// Invitations to meetings as iCalendar mails over a real SMTP server, parsed back: who is told what, when, as which version.
import { convertIcsCalendar } from 'ts-ics';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';
import { type MailServer, type ReceivedMail, startMailServer } from './mail-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
type Any = any;
const names = ['invitation.sync', 'mail.send'];
let server: MailServer;
let crm: Crm;

beforeAll(async () => {
  server = await startMailServer();
  crm = await startCrm({
    mail: { smtpUrl: server.url, from: 'crm@example.com', publicUrl: 'https://crm.example.com' },
  });
});
afterAll(async () => {
  await crm?.close();
  await server?.close();
});
beforeEach(() => {
  server.mails.length = 0;
});

let serial = 0;
interface Meeting {
  readonly id: string;
  readonly contacts: readonly Any[];
  /** Of the contacts, in their order. */
  readonly participants: readonly Any[];
}

async function makeMeeting(addresses: readonly (string | null)[], more: object = {}, by = crm.admin): Promise<Meeting> {
  serial += 1;
  const times = { starts_on: '2030-11-24T09:30:00Z', due_on: '2030-11-24T10:30:00Z' };
  const meeting = await crm.create('activities', { kind: 'meeting', subject: `M ${serial}`, ...times, ...more }, by);
  const contacts: Any[] = [];
  const participants: Any[] = [];
  for (const email of addresses) {
    const contact = await crm.create('contacts', { last_name: `C ${serial}`, email }, by);
    const link = { activity_id: meeting.id, participant_id: contact.id, participant_type: 'contact' };
    contacts.push(contact);
    participants.push(await crm.create('activity_participants', link, by));
  }
  return { id: meeting.id, contacts, participants };
}

const invite = async (id: string, by = crm.admin): Promise<Any> => {
  const { status, json, text } = await crm.call(by, 'POST', `/activities(${id})/invite`);
  expect(status, text ?? '').toBe(200);
  return json;
};
const patch = async (id: string, values: object): Promise<void> => {
  expect((await crm.call(crm.admin, 'PATCH', `/activities(${id})`, values)).status).toBe(204);
};

/** Sends what waits; it, by recipient. */
async function sent(): Promise<readonly ReceivedMail[]> {
  server.mails.length = 0;
  await crm.platform.jobs.runDue({ names });
  return [...server.mails].sort((a, b) => (a.to < b.to ? -1 : 1));
}
const read = (mail: ReceivedMail | undefined) => {
  const calendar = convertIcsCalendar(undefined, mail?.calendar ?? '');
  const [event] = calendar.events ?? [];
  return { method: calendar.method, sequence: event?.sequence ?? 0, event };
};
const brief = (mails: readonly ReceivedMail[]) =>
  mails.map((mail) => `${mail.to} ${read(mail).method} ${read(mail).sequence}`);

describe('an invitation', () => {
  test('is an iCalendar request to everybody who has an address, each with himself as attendee', async () => {
    const owner = await crm.user('Olga Org', ['sales_representative']);
    const subject = 'Встреча; крыша, "новая"';
    const more = { subject, place: 'Room 1', owner_id: owner.id };
    const meeting = await makeMeeting(['anna@example.com', null, 'boris@example.com'], more);
    const self = { activity_id: meeting.id, participant_id: owner.id, participant_type: 'user', role: 'organizer' };
    await crm.create('activity_participants', self);
    const answer = await invite(meeting.id);
    expect(answer).toMatchObject({ invited: 2 });
    expect(answer.others).toHaveLength(2);
    expect(answer.others).toContainEqual({ participant_id: meeting.contacts[1].id, reason: 'no_address' });
    expect(answer.others).toContainEqual({ participant_id: owner.id, reason: 'organizer' });
    const mails = await sent();
    expect(brief(mails)).toEqual(['anna@example.com REQUEST 0', 'boris@example.com REQUEST 0']);
    const [mail] = mails;
    expect(mail?.parsed.subject).toBe(`Invitation: ${subject}`);
    expect(mail?.parsed.replyTo?.value[0]).toEqual({
      name: 'Olga Org',
      address: 'olga.org@example.com',
    });
    expect(mail?.parsed.text).toContain('Sunday, November 24, 2030');
    expect(mail?.parsed.text).toContain('https://crm.example.com/public/invitations/');
    expect(read(mail).event).toMatchObject({
      ...{ uid: meeting.id, summary: subject, location: 'Room 1', status: 'CONFIRMED' },
      ...{ start: { date: new Date('2030-11-24T09:30:00Z') }, end: { date: new Date('2030-11-24T10:30:00Z') } },
      organizer: { email: 'crm@example.com' },
      attendees: [{ email: 'anna@example.com', partstat: 'NEEDS-ACTION', rsvp: true }],
    });
    expect(mail?.calendar).not.toContain('boris');
    expect((await crm.call(crm.admin, 'GET', `/activities(${meeting.id})`)).json.invited_on).not.toBeNull();
  });

  test('is sent once; who came later is invited by asking again', async () => {
    const meeting = await makeMeeting(['one@example.com']);
    await invite(meeting.id);
    expect(brief(await sent())).toEqual(['one@example.com REQUEST 0']);
    const contact = await crm.create('contacts', { last_name: 'Late', email: 'two@example.com' });
    const late = { activity_id: meeting.id, participant_id: contact.id, participant_type: 'contact' };
    await crm.create('activity_participants', late);
    const answer = await invite(meeting.id);
    expect(answer.others).toEqual([{ participant_id: meeting.contacts[0].id, reason: 'invited_already' }]);
    expect(brief(await sent())).toEqual(['two@example.com REQUEST 0']);
    await crm.call(crm.admin, 'PATCH', `/contacts(${contact.id})`, { email: 'moved@example.com' });
    expect((await invite(meeting.id)).invited).toBe(1);
    expect(brief(await sent())).toEqual(['moved@example.com REQUEST 0']);
  });

  test('is followed by what changes, as a later version; a change that tells nothing new is not', async () => {
    const meeting = await makeMeeting(['a@example.com', 'b@example.com']);
    await invite(meeting.id);
    await sent();
    const [first] = meeting.participants;
    await crm.call(crm.admin, 'PATCH', `/activity_participants(${first.id})`, { reply: 'accepted' });
    await patch(meeting.id, { place: 'Room 2' });
    await patch(meeting.id, { place: 'Room 3' });
    const mails = await sent();
    expect(brief(mails)).toEqual(['a@example.com REQUEST 1', 'b@example.com REQUEST 1']);
    expect(mails[0]?.parsed.subject).toMatch(/^Changed: M/);
    expect(read(mails[0]).event?.location).toBe('Room 3');
    expect(await replyOf(first.id)).toBe('accepted');
    await patch(meeting.id, { description: 'inner notes', priority: 'high' });
    await patch(meeting.id, { place: 'Room 4' });
    await patch(meeting.id, { place: 'Room 3' });
    expect(await sent()).toEqual([]);
    await patch(meeting.id, { starts_on: '2030-11-24T10:00:00Z' });
    expect(brief(await sent())).toEqual(['a@example.com REQUEST 2', 'b@example.com REQUEST 2']);
    expect(await replyOf(first.id)).toBe('none');
  });

  test('is cancelled with the meeting, once, whether that is called off or deleted', async () => {
    const off = await makeMeeting(['off@example.com'], { place: 'Room 9' });
    const deleted = await makeMeeting(['del@example.com']);
    await invite(off.id);
    await invite(deleted.id);
    await sent();
    await patch(off.id, { status: 'cancelled' });
    expect((await crm.call(crm.admin, 'DELETE', `/activities(${deleted.id})`)).status).toBe(204);
    const mails = await sent();
    expect(brief(mails)).toEqual(['del@example.com CANCEL 1', 'off@example.com CANCEL 1']);
    expect(read(mails[1]).event).toMatchObject({ uid: off.id, status: 'CANCELLED', location: 'Room 9' });
    expect(mails[1]?.parsed.text).not.toContain('/public/invitations/');
    await patch(off.id, { subject: 'Again' });
    expect(await sent()).toEqual([]);
    await patch(off.id, { status: 'planned' });
    expect((await invite(off.id)).invited).toBe(1);
    expect(brief(await sent())).toEqual(['off@example.com REQUEST 3']);
  });

  test('is cancelled for who is taken off the meeting, and for nobody else', async () => {
    const meeting = await makeMeeting(['stays@example.com', 'leaves@example.com']);
    await invite(meeting.id);
    await sent();
    expect((await crm.call(crm.admin, 'DELETE', `/activity_participants(${meeting.participants[1].id})`)).status).toBe(
      204,
    );
    expect(brief(await sent())).toEqual(['leaves@example.com CANCEL 1']);
    await patch(meeting.id, { subject: 'New' });
    expect(brief(await sent())).toEqual(['stays@example.com REQUEST 2']);
  });

  test('is cancelled for a contact who is deleted', async () => {
    const meeting = await makeMeeting(['here@example.com', 'gone@example.com']);
    await invite(meeting.id);
    await sent();
    expect((await crm.call(crm.admin, 'DELETE', `/contacts(${meeting.contacts[1].id})`)).status).toBe(204);
    expect(brief(await sent())).toEqual(['gone@example.com CANCEL 1']);
  });

  test('is for one occurrence: the next one of a series says of none that they were sent', async () => {
    const meeting = await makeMeeting(['series@example.com'], { subject: 'Weekly', recurrence: 'FREQ=WEEKLY' });
    await invite(meeting.id);
    await sent();
    await patch(meeting.id, { status: 'done' });
    const next = await crm.call(crm.admin, 'GET', `/activities?$filter=subject eq 'Weekly' and status eq 'planned'`);
    expect(next.json.value).toMatchObject([
      { starts_on: expect.stringMatching(/^2030-12-01T09:30/), invited_on: null },
    ]);
    expect(await sent()).toEqual([]);
    expect((await invite(next.json.value[0].id)).invited).toBe(1);
    expect(brief(await sent())).toEqual(['series@example.com REQUEST 0']);
  });

  test('that was never sent is not cancelled, and one of a transaction that is undone not sent', async () => {
    const meeting = await makeMeeting(['never@example.com']);
    await invite(meeting.id);
    await patch(meeting.id, { status: 'cancelled' });
    expect(await sent()).toEqual([]);
    const other = await makeMeeting(['undone@example.com']);
    const requests = [
      { id: '1', method: 'POST', url: `activities(${other.id})/invite`, atomicityGroup: 'g' },
      { id: '2', method: 'POST', url: 'activities', atomicityGroup: 'g', body: { kind: 'meeting' } },
    ].map((request) => ({ headers: { 'content-type': 'application/json' }, body: {}, ...request }));
    await crm.call(crm.admin, 'POST', '/$batch', { requests });
    expect(await sent()).toEqual([]);
  });
});

describe('who invites', () => {
  test('must be able to write the meeting, and reaches no address that he may not read', async () => {
    const [owner, other] = [
      await crm.user('Own Er', ['sales_representative']),
      await crm.user('Oth Er', ['sales_representative']),
    ];
    const meeting = await makeMeeting(['mine@example.com'], {}, owner);
    const elsewhere = (await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId })).id;
    const stranger = await crm.user('Stran Ger', ['sales_representative'], elsewhere);
    const person = { last_name: 'Hidden', email: 'hidden@example.com', owner_id: stranger.id };
    const hidden = await crm.create('contacts', person);
    const link = { activity_id: meeting.id, participant_id: hidden.id, participant_type: 'contact' };
    await crm.create('activity_participants', link);
    const foreign = await crm.call(other, 'POST', `/activities(${meeting.id})/invite`);
    expect([403, 404]).toContain(foreign.status);
    const answer = await invite(meeting.id, owner);
    expect(answer).toMatchObject({ invited: 1 });
    expect(brief(await sent())).toEqual(['mine@example.com REQUEST 0']);
  });

  test('is refused for what is no meeting, is over, or has too many participants', async () => {
    const call = await crm.create('activities', { kind: 'call', subject: 'Call' });
    expect((await crm.call(crm.admin, 'POST', `/activities(${call.id})/invite`)).json.code).toBe('rule_violated');
    const over = await makeMeeting([], { status: 'done' });
    expect((await crm.call(crm.admin, 'POST', `/activities(${over.id})/invite`)).json.code).toBe('conflict');
    const missing = await crm.call(crm.admin, 'POST', '/activities(00000000-0000-7000-8000-000000000001)/invite');
    expect(missing.status).toBe(404);
    const full = await makeMeeting([]);
    const contacts = Array.from({ length: 201 }, (_, n) => ({ last_name: `Many ${n}` }));
    const made = await crm.call(crm.admin, 'POST', '/contacts/bulk', { mode: 'create', records: contacts });
    const links = made.json.results.map(({ id }: Any) => ({
      ...{ activity_id: full.id, participant_id: id, participant_type: 'contact' },
    }));
    await crm.call(crm.admin, 'POST', '/activity_participants/bulk', { mode: 'create', records: links.slice(0, 200) });
    expect((await invite(full.id)).others).toHaveLength(200);
    await crm.create('activity_participants', links[200]);
    expect((await crm.call(crm.admin, 'POST', `/activities(${full.id})/invite`)).json.code).toBe('limit_exceeded');
  });

  test('is told that a service without a mail server invites nobody', async () => {
    const other = await startCrm();
    const times = { starts_on: '2030-11-24T09:30:00Z', due_on: '2030-11-24T10:30:00Z' };
    const meeting = await other.create('activities', { kind: 'meeting', subject: 'M', ...times });
    expect((await other.call(other.admin, 'POST', `/activities(${meeting.id})/invite`)).status).toBe(501);
    await other.close();
  });
});

test('a write that tells nobody anything costs no statement more', async () => {
  const { id } = await makeMeeting([]);
  let n = 0;
  const write = (name: string) => async () => {
    n += 1;
    await crm.call(crm.admin, 'PATCH', `/activities(${id})`, { [name]: `text ${n}` });
  };
  const [plain, told] = [await statementsOf(crm, write('description')), await statementsOf(crm, write('place'))];
  expect(plain).toBeLessThan(told);
});

const replyOf = async (id: string): Promise<string> =>
  (await crm.call(crm.admin, 'GET', `/activity_participants(${id})`)).json.reply;

describe('a reply of a calendar program', () => {
  const replyText = (uid: string, sequence: number, status: string, address: string): string =>
    [
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REPLY', 'BEGIN:VEVENT', `UID:${uid}`, `SEQUENCE:${sequence}`],
      ...[`ATTENDEE;CN="A: B";PARTSTAT=${status}:mailto:${address}`, 'END:VEVENT', 'END:VCALENDAR', ''],
    ].join('\r\n');
  const take = (calendar: string, by = crm.admin, more: object = {}) =>
    crm.call(by, 'POST', '/take_invitation_reply', { calendar, ...more });

  test('is stored, told to the owner once, and in the history of what the meeting is about', async () => {
    const owner = await crm.user('Rita Own', ['sales_representative']);
    const lead = await crm.create('leads', { last_name: 'About', owner_id: owner.id });
    const about = { regarding_id: lead.id, regarding_type: 'lead' };
    const meeting = await makeMeeting(['r@example.com'], { owner_id: owner.id, subject: 'Roof', ...about });
    await invite(meeting.id);
    await sent();
    const text = replyText(meeting.id, 0, 'ACCEPTED', 'R@Example.com');
    expect((await take(text)).json).toMatchObject({ taken: true, reason: null });
    expect((await take(text)).json).toMatchObject({ taken: true });
    const [participant] = meeting.participants;
    const stored = (await crm.call(crm.admin, 'GET', `/activity_participants(${participant.id})`)).json;
    expect([stored.reply, typeof stored.replied_on]).toEqual(['accepted', 'string']);
    const inbox = (await crm.call(owner, 'GET', `/notifications?$filter=kind eq 'reply'`)).json.value;
    expect(inbox).toMatchObject([{ subject: expect.stringMatching(/accepted: Roof$/), regarding_id: meeting.id }]);
    const events = (await crm.call(owner, 'GET', `/events?$filter=regarding_id eq ${lead.id} and kind eq 'message'`))
      .json;
    expect(events.value).toMatchObject([{ direction: 'incoming', address: 'r@example.com' }]);
    const mails = await sent();
    expect(mails.map(({ to, parsed }) => [to, parsed.subject])).toEqual([['rita.own@example.com', inbox[0].subject]]);
  });

  test('of who is not invited, to another version, to nothing, or without the rights is not taken', async () => {
    const stranger = await crm.user('Not Any', ['sales_representative']);
    const meeting = await makeMeeting(['w@example.com']);
    await invite(meeting.id);
    await sent();
    const refused = async (text: string, by = crm.admin, more: object = {}) => {
      const { status, json } = await take(text, by, more);
      return [status, json.code, json.target ?? null];
    };
    const good = replyText(meeting.id, 0, 'DECLINED', 'w@example.com');
    expect(await refused(replyText(meeting.id, 0, 'DECLINED', 'x@example.com'))).toEqual([
      400,
      'invalid_value',
      'calendar',
    ]);
    expect(await refused(good, crm.admin, { sender: 'x@example.com' })).toEqual([400, 'invalid_value', 'sender']);
    expect(await refused('BEGIN:VCALENDAR')).toEqual([400, 'invalid_value', 'calendar']);
    expect(await refused('x'.repeat(65_537))).toEqual([400, 'invalid_value', 'calendar']);
    expect((await take(replyText('no-uuid', 0, 'DECLINED', 'w@example.com'))).status).toBe(404);
    expect((await take(replyText(stranger.id, 0, 'DECLINED', 'w@example.com'))).status).toBe(404);
    expect([403, 404]).toContain((await take(good, stranger)).status);
    await patch(meeting.id, { place: 'Elsewhere' });
    await sent();
    expect((await take(good)).json).toMatchObject({ taken: false, reason: 'outdated' });
    expect((await take(replyText(meeting.id, 2, 'DECLINED', 'w@example.com'))).json.reason).toBe('outdated');
    expect(await replyOf(meeting.participants[0].id)).toBe('none');
    const right = replyText(meeting.id, 1, 'TENTATIVE', 'w@example.com');
    expect((await take(right, crm.admin, { sender: 'W@example.com' })).json.taken).toBe(true);
    expect(await replyOf(meeting.participants[0].id)).toBe('tentative');
  });
});
