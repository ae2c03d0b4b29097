// A user's calendar feed over HTTP: what is in it, by whose rights, and when its address ends.
import { calendarFeed } from '@kartoteka/crm';
import { convertIcsCalendar } from 'ts-ics';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  signIn,
  startTestService,
  type TestService,
} from '../packages/service/src/testing/test-service.ts';

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
type Any = any;
const PASSWORD = 'a password for a person';
const DAY = 86_400_000;
let test: TestService;
let admin = '';
let mine = '';
let userId = '';
let url = '';

beforeAll(async () => {
  test = await startTestService();
  admin = (await signIn(test.address, ADMIN.email, ADMIN.password)).access_token;
  userId = await makeUser(test.address, 'anna@example.com', PASSWORD, 'sales_representative');
  mine = (await signIn(test.address, 'anna@example.com', PASSWORD)).access_token;
});
afterAll(() => test?.stop());
beforeEach(async () => {
  url = (await api(mine, 'POST', 'renew_calendar_feed', {})).url;
});

async function api(token: string, method: string, path: string, body?: unknown): Promise<Any> {
  const response = await callApi(test.address, token, method, `/api/v1/${path}`, body);
  const text = await response.text();
  return text === '' ? { status: response.status } : JSON.parse(text);
}
const read = (headers: Record<string, string> = {}) => fetch(url, { headers });
const at = (days: number, ms = 0): string => new Date(Date.now() + days * DAY + ms).toISOString();
const make = (values: object, by = mine): Promise<Any> => api(by, 'POST', 'activities', { kind: 'task', ...values });
const eventsOf = async (): Promise<readonly Any[]> =>
  convertIcsCalendar(undefined, await (await read()).text()).events ?? [];
const subjects = async (): Promise<readonly string[]> => (await eventsOf()).map(({ summary }) => summary).sort();

describe('a calendar feed', () => {
  it('has meetings, calls and tasks with times as events of RFC 5545 that another parser reads', async () => {
    const subject = `Встреча; «крыша», ${'длинная '.repeat(12)}😀`;
    const times = { starts_on: '2026-11-25T09:30:00Z', due_on: '2026-11-25T10:30:00Z' };
    const start = new Date(Date.now() + 2 * DAY);
    const moved = { starts_on: start.toISOString(), due_on: new Date(start.getTime() + 3_600_000).toISOString() };
    const meeting = await make({ kind: 'meeting', subject, place: 'Room, 1', ...times, ...moved });
    const task = await make({ subject: 'Due task', due_on: at(3) });
    await make({ subject: 'Timeless task' });
    await make({ kind: 'note', subject: 'A note', starts_on: at(1) });
    const answer = await read();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
    const text = await answer.text();
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(text).not.toMatch(/METHOD|ATTENDEE|[^\r]\n/);
    const events = await eventsOf();
    expect(events).toHaveLength(2);
    expect(events.find(({ uid }) => uid === meeting.id)).toMatchObject({
      ...{ summary: subject, location: 'Room, 1', timeTransparent: 'OPAQUE', status: 'CONFIRMED' },
      start: { date: new Date(Math.floor(start.getTime() / 1000) * 1000) },
      end: { date: new Date(Math.floor(start.getTime() / 1000) * 1000 + 3_600_000) },
    });
    const due = events.find(({ uid }) => uid === task.id);
    expect([due.summary, due.timeTransparent, due.end]).toEqual(['Due task', 'TRANSPARENT', undefined]);
    await api(mine, 'PATCH', `activities(${task.id})`, { status: 'cancelled' });
    await api(mine, 'DELETE', `activities(${meeting.id})`);
    expect(await subjects()).toEqual([]);
  });

  it('reaches from 90 days back to 366 ahead', async () => {
    const edge = 60_000;
    const times = {
      'in back': at(-90, edge),
      'out back': at(-90, -edge),
      'in ahead': at(366, -edge),
      'out ahead': at(366, edge),
    };
    const made = [];
    for (const [subject, starts_on] of Object.entries(times))
      made.push(await make({ kind: 'call', subject, starts_on }));
    expect(await subjects()).toEqual(['in ahead', 'in back']);
    for (const { id } of made) await api(mine, 'DELETE', `activities(${id})`);
  });

  it('has what he takes part in and has not declined, and nothing that is only others', async () => {
    const times = { starts_on: at(1), due_on: at(1, 3_600_000) };
    const meeting = await make({ kind: 'meeting', subject: 'Shared', ...times }, admin);
    await make({ kind: 'meeting', subject: 'Foreign', ...times }, admin);
    const person = { activity_id: meeting.id, participant_id: userId, participant_type: 'user' };
    const participant = await api(admin, 'POST', 'activity_participants', person);
    expect(await subjects()).toEqual(['Shared']);
    await api(admin, 'PATCH', `activity_participants(${participant.id})`, { reply: 'declined' });
    expect(await subjects()).toEqual([]);
  });

  it('has so many events and no more, those to come before those that are past', async () => {
    const made = [];
    for (const [n, day] of [-2, 5, 1].entries()) {
      made.push(await make({ kind: 'call', subject: `call ${n}`, starts_on: at(day) }));
      made.push(await make({ subject: `task ${n}`, due_on: at(day) }));
    }
    const token = /([\w-]{43})\.ics$/.exec(url)?.[1] ?? '';
    const limited = async (most: number) => {
      const text = await calendarFeed(test.service.platform, token, { publicUrl: 'https://crm.example.com', most });
      return (convertIcsCalendar(undefined, text ?? '').events ?? []).map(({ summary }) => summary).sort();
    };
    expect(await limited(2)).toEqual(['call 1', 'call 2', 'task 1', 'task 2']);
    expect(await limited(3)).toHaveLength(6);
    for (const { id } of made) await api(mine, 'DELETE', `activities(${id})`);
  });

  it('has the times of a series that are to come, each once, under the id that its activity gets', async () => {
    const first = new Date(Math.ceil(Date.now() / DAY) * DAY + 9 * 3_600_000);
    const due = new Date(first.getTime() + 1_800_000);
    const task = await make({
      ...{ kind: 'call', subject: 'Weekly', starts_on: first.toISOString(), due_on: due.toISOString() },
      ...{ recurrence: 'FREQ=WEEKLY;COUNT=4', recurrence_time_zone: 'UTC' },
    });
    const weekly = async () =>
      (await eventsOf())
        .filter(({ summary }) => summary === 'Weekly')
        .map(({ uid, start, end }) => ({
          uid,
          at: start.date.getTime(),
          ms: end.date.getTime() - start.date.getTime(),
        }))
        .sort((one, other) => one.at - other.at);
    const before = await weekly();
    expect(before.map(({ at }) => (at - first.getTime()) / DAY)).toEqual([0, 7, 14, 21]);
    expect(before.map(({ ms }) => ms)).toEqual([1_800_000, 1_800_000, 1_800_000, 1_800_000]);
    expect(before[0]?.uid).toBe(task.id);
    // The next one is made, moved by hand, and stays one entry; those after it go by the rule.
    const { occurrence } = await api(mine, 'POST', `activities(${task.id})/complete`, {});
    expect(occurrence.id).toBe(before[1]?.uid);
    await api(mine, 'PATCH', `activities(${occurrence.id})`, { starts_on: at(8), due_on: at(8, 1_800_000) });
    const after = await weekly();
    expect(after.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
    // Cancelled alone, it is gone, and the one after it is there.
    await api(mine, 'PATCH', `activities(${occurrence.id})`, { status: 'cancelled' });
    expect((await weekly()).map(({ uid }) => uid)).toEqual([before[0]?.uid, before[2]?.uid, before[3]?.uid]);
    const { value } = await api(mine, 'GET', "activities?$filter=subject eq 'Weekly'");
    for (const { id } of value) await api(mine, 'DELETE', `activities(${id})`);
    expect(await weekly()).toEqual([]);
  });

  it('has each time of a series once where several of it are open, and none that was cancelled or deleted', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000 - 3 * DAY;
    const times = { starts_on: new Date(start).toISOString(), due_on: new Date(start + 3_600_000).toISOString() };
    const rule = { recurrence: 'FREQ=WEEKLY;COUNT=6', recurrence_time_zone: 'UTC' };
    const past = await make({ kind: 'meeting', subject: 'Open', ...times, ...rule });
    const made = async () => (await api(mine, 'GET', "activities?$filter=subject eq 'Open'&$orderby=starts_on")).value;
    // Its end has come: a job makes the next one, and nobody has closed the first.
    await expect.poll(async () => (await made()).length).toBe(2);
    const weeks = async () =>
      (await eventsOf())
        .filter(({ summary }) => summary === 'Open')
        .map(({ start: { date } }) => (date.getTime() - start) / DAY / 7)
        .sort((one, other) => one - other);
    expect(await weeks()).toEqual([0, 1, 2, 3, 4, 5]);
    const [, second] = await made();
    await api(mine, 'PATCH', `activities(${second.id})`, { status: 'cancelled' });
    expect(await weeks()).toEqual([0, 2, 3, 4, 5]);
    // Put off, it is to come again, and is still not the last of its series.
    const later = { starts_on: at(1), due_on: at(1, 3_600_000) };
    await api(mine, 'PATCH', `activities(${past.id})`, later);
    expect((await weeks()).slice(1)).toEqual([2, 3, 4, 5]);
    await api(mine, 'PATCH', `activities(${past.id})`, times);
    // Who deletes the open one ends the series, whatever stays open before it.
    const [, , third] = await made();
    await api(mine, 'DELETE', `activities(${third.id})`);
    expect(await weeks()).toEqual([0]);
    for (const { id } of await made()) await api(mine, 'DELETE', `activities(${id})`);
  });

  it('has so many times of a series and no more', async () => {
    const task = await make({ subject: 'Daily', due_on: at(1), recurrence: 'FREQ=DAILY' });
    expect((await eventsOf()).filter(({ summary }) => summary === 'Daily')).toHaveLength(1 + 40);
    await api(mine, 'DELETE', `activities(${task.id})`);
  });

  it('expects nothing of a series that its reader is not told of, and has what is there', async () => {
    const task = await make({ subject: 'Hidden series', due_on: at(1), recurrence: 'FREQ=DAILY' });
    const secure = async (secured: boolean) => {
      const fields = { place: { secured }, series: { secured } };
      const documents = [{ kind: 'entity', name: 'activity', patch: { fields } }];
      expect(await api(admin, 'POST', 'metadata/publish', { comment: 'Series', documents })).toHaveProperty('revision');
    };
    await secure(true);
    expect(await subjects()).toEqual(['Hidden series']);
    await secure(false);
    expect(await subjects()).toHaveLength(1 + 40);
    await api(mine, 'DELETE', `activities(${task.id})`);
  });

  it('answers HEAD as GET, without the contents', async () => {
    const [head, get] = [await fetch(url, { method: 'HEAD' }), await read()];
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['etag', 'content-type', 'cache-control'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    expect((await fetch(`${url}x`, { method: 'HEAD' })).status).toBe(404);
  });

  it('is not sent again while it is the same', async () => {
    const task = await make({ subject: 'Same', due_on: at(1) });
    const etag = (await read()).headers.get('etag') ?? '';
    const same = await read({ 'if-none-match': `"other", W/${etag}` });
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag]);
    await api(mine, 'PATCH', `activities(${task.id})`, { subject: 'Changed' });
    expect((await read({ 'if-none-match': etag })).status).toBe(200);
    await api(mine, 'DELETE', `activities(${task.id})`);
  });

  it('has one address, told once and kept as a hash; another one, or none, ends it', async () => {
    const former = url;
    expect(former).toMatch(new RegExp(`^${test.address}/public/calendar/[\\w-]{43}\\.ics$`));
    expect((await api(mine, 'GET', 'calendar_feed')).made_on).toMatch(/^2\d{3}-/);
    const token = /([\w-]{43})\.ics$/.exec(former)?.[1] ?? '';
    const rows = await test.service.platform.database.run('select f::text as row from kartoteka.calendar_feed f');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(test.lines.join('\n')).not.toContain(token);
    url = (await api(mine, 'POST', 'renew_calendar_feed', {})).url;
    expect([(await fetch(former)).status, (await read()).status]).toEqual([404, 200]);
    expect((await api(mine, 'POST', 'revoke_calendar_feed', {})).status).toBe(204);
    expect((await read()).status).toBe(404);
    expect((await api(mine, 'GET', 'calendar_feed')).made_on).toBeNull();
  });

  it('of somebody who may read no activities any more, or is disabled, is not there', async () => {
    await api(admin, 'PATCH', `users(${userId})`, { active: false });
    expect((await read()).status).toBe(404);
    await api(admin, 'PATCH', `users(${userId})`, { active: true });
    expect((await read()).status).toBe(200);
    const { value } = await api(admin, 'GET', `role_assignments?$filter=user_id eq ${userId}`);
    await api(admin, 'DELETE', `role_assignments(${value[0].id})`);
    expect((await read()).status).toBe(404);
    await api(admin, 'POST', 'role_assignments', { user_id: userId, role: 'sales_representative' });
  });

  it('is not made by who acts as another, and guesses are slowed down', async () => {
    const response = await fetch(`${test.address}/api/v1/renew_calendar_feed`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'Act-As': userId },
      body: '{}',
    });
    const { error } = (await response.json()) as Any;
    expect([response.status, error.code]).toEqual([403, 'cannot_act_as']);
    const statuses = new Set<number>();
    for (let n = 0; n < 40; n += 1) statuses.add((await fetch(`${test.address}/public/calendar/guess${n}.ics`)).status);
    expect([...statuses].sort()).toEqual([404, 429]);
    expect((await read()).status).toBe(200);
  });
});
