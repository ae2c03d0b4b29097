// Activities that recur: when the next one is made, what it has of the one before, and when it ends.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let boris: Principal;
beforeAll(async () => {
  crm = await startCrm();
  anna = await crm.user('Anna', ['sales_representative']);
  boris = await crm.user('Boris', ['sales_representative']);
  await crm.call(crm.admin, 'PATCH', `/users(${anna.id})`, { time_zone: 'Europe/Berlin' });
});
afterAll(() => crm?.close());

const DAY = 86_400_000;
/** Times of an answer as they were sent. */
const plain = <T>(json: T): T => JSON.parse(JSON.stringify(json).replaceAll('+00:00"', 'Z"'));
const make = (subject: string, values: object, as = anna) =>
  crm.create('activities', { kind: 'task', subject, ...values }, as);
const close = async (id: string, status = 'done', as = anna): Promise<void> => {
  expect((await crm.call(as, 'PATCH', `/activities(${id})`, { status })).status).toBeLessThan(300);
};
const seriesOf = async (id: string) =>
  plain(
    (await crm.call(crm.admin, 'GET', `/activities?$filter=series_id eq ${id}&$orderby=occurrence_on,id`)).json.value,
  );
const ticks = (): Promise<number> => crm.platform.jobs.runDue({ names: ['activity.continue'], throwing: true });
const in400Days = (time: string): string => `${new Date(Date.now() + 400 * DAY).toISOString().slice(0, 10)}T${time}`;

describe('the rule of an activity', () => {
  it('is kept as it is counted by: in capitals, by the clock of the owner', async () => {
    const task = await make('Rule', { due_on: '2027-03-01T08:00:00Z', recurrence: 'rrule:freq=weekly;byday=mo' });
    expect(task).toMatchObject({
      recurrence: 'FREQ=WEEKLY;BYDAY=MO',
      recurrence_time_zone: 'Europe/Berlin',
      series_id: null,
    });
    expect([task.recurrence_start, task.occurrence_on]).toEqual([task.due_on, task.due_on]);
    const other = await make('Zone', {
      due_on: '2027-03-01T08:00:00Z',
      recurrence: 'FREQ=DAILY',
      recurrence_time_zone: 'Asia/Tokyo',
    });
    expect(other.recurrence_time_zone).toBe('Asia/Tokyo');
  });

  it.each([
    [{ recurrence: 'FREQ=SECONDLY' }, 'recurrence', /FREQ is DAILY/],
    [{ recurrence: 'every day' }, 'recurrence', /FREQ is needed/],
    [{ recurrence: 'FREQ=DAILY', recurrence_time_zone: 'Mars/Olympus' }, 'recurrence_time_zone', /no such time zone/],
    [{ recurrence_time_zone: 'Europe/Berlin' }, 'recurrence_time_zone', /no rule/],
    [{ recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'recurrence', /no time after the first/],
    [{ recurrence: 'FREQ=DAILY;UNTIL=20260101' }, 'recurrence', /no time after the first/],
    [{ recurrence: 5 }, 'recurrence', /./],
    [{ recurrence: 'FREQ=DAILY', owner_id: 'nobody' }, 'owner_id', /./],
    [{ recurrence: `FREQ=DAILY;BYMONTHDAY=${'1,'.repeat(200)}1` }, 'recurrence', /./],
  ])('%j is refused with its reason', async (values, target, reason) => {
    const task = { kind: 'task', subject: 'Wrong', due_on: '2027-03-01T08:00:00Z', ...values };
    const refused = await crm.call(anna, 'POST', '/activities', task);
    expect(refused).toMatchObject({ status: 400, json: { code: 'validation_failed', details: [{ target }] } });
    expect(refused.json.details[0].message).toMatch(reason);
    const { id } = await make('Right', { due_on: task.due_on });
    expect((await crm.call(anna, 'PATCH', `/activities(${id})`, values)).status).toBe(400);
  });

  it('needs a time, and keeps needing it', async () => {
    const refused = await crm.call(anna, 'POST', '/activities', {
      kind: 'task',
      subject: 'No time',
      recurrence: 'FREQ=DAILY',
    });
    expect(refused).toMatchObject({ status: 400, json: { details: [{ code: 'rule_violated' }] } });
    const { id } = await make('Time', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    expect((await crm.call(anna, 'PATCH', `/activities(${id})`, { due_on: null })).status).toBe(400);
  });

  it('counts anew where it, or it with another time, is written, and not where all is written as it was', async () => {
    const first = await make('Anew', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    const path = `/activities(${first.id})`;
    const read = async () => plain((await crm.call(anna, 'GET', path)).json);
    await crm.call(anna, 'PATCH', path, { due_on: '2027-03-01T12:00:00Z' });
    expect(await read()).toMatchObject({ recurrence_start: '2027-03-01T08:00:00Z', due_on: '2027-03-01T12:00:00Z' });
    await crm.call(anna, 'PATCH', path, { recurrence: 'FREQ=DAILY', due_on: '2027-03-01T12:00:00Z' });
    expect((await read()).recurrence_start).toBe('2027-03-01T08:00:00Z');
    await crm.call(anna, 'PATCH', path, { recurrence: 'FREQ=DAILY', due_on: '2027-03-01T14:00:00Z' });
    expect((await read()).recurrence_start).toBe('2027-03-01T14:00:00Z');
    await crm.call(anna, 'PATCH', path, { recurrence: null });
    expect(await read()).toMatchObject({
      recurrence: null,
      recurrence_time_zone: null,
      recurrence_start: null,
      occurrence_on: null,
    });
  });

  it('stays where a record is sent back as it was read, and is nothing of a trial run', async () => {
    const first = await make('Back', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    const path = `/activities(${first.id})`;
    await crm.call(anna, 'PATCH', path, { due_on: '2027-03-01T12:00:00Z' });
    const { json } = await crm.call(anna, 'GET', path);
    const back = await crm.call(anna, 'PUT', path, { ...json, subject: 'Sent back' });
    expect(back.status).toBeLessThan(300);
    const after = plain((await crm.call(anna, 'GET', path)).json);
    expect(after).toMatchObject({
      subject: 'Sent back',
      recurrence_start: '2027-03-01T08:00:00Z',
      recurrence: 'FREQ=DAILY',
    });
    const records = [{ id: first.id, status: 'done' }];
    const trial = await crm.call(anna, 'POST', '/activities/bulk', { mode: 'update', dry_run: true, records });
    expect(trial.json.results).toMatchObject([{ status: 200 }]);
    expect(await seriesOf(first.id)).toEqual([]);
  });

  it('tells nothing of an activity that the caller may not see', async () => {
    const south = await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId });
    const far = await crm.user('Far', ['sales_representative'], south.id);
    const { id } = await make('Hidden', { due_on: '2027-03-01T08:00:00Z' });
    for (const until of ['20270201', '20270401']) {
      const answer = await crm.call(
        far,
        'PATCH',
        `/activities(${id})`,
        { recurrence: `FREQ=DAILY;UNTIL=${until}` },
        { 'if-match': '*' },
      );
      expect(answer.status).toBe(404);
    }
  });
});

describe('the next activity of a series', () => {
  it('has what the one before had, at its time by the clock, with its participants asked anew', async () => {
    const company = await crm.create('companies', { name: 'Vega' }, anna);
    const [starts, ends, reminds] = [in400Days('08:00:00Z'), in400Days('09:30:00Z'), in400Days('07:00:00Z')];
    const about = {
      regarding_id: company.id,
      regarding_type: 'company',
      priority: 'high',
      place: 'Room 5',
      description: 'Bring samples',
    };
    const times = { starts_on: starts, due_on: ends, reminder_on: reminds, recurrence: 'FREQ=MONTHLY;BYMONTHDAY=15' };
    const first = await make('Monthly', { kind: 'meeting', external_id: 'M-1', ...about, ...times });
    const contact = await crm.create('contacts', { last_name: 'Guest' }, anna);
    for (const [participant_id, participant_type] of [
      [boris.id, 'user'],
      [contact.id, 'contact'],
    ])
      await crm.create(
        'activity_participants',
        { activity_id: first.id, participant_id, participant_type, role: 'optional', reply: 'accepted' },
        anna,
      );
    await close(first.id, 'cancelled');
    const [next, ...rest] = await seriesOf(first.id);
    expect(rest).toEqual([]);
    expect(next).toMatchObject({
      ...about,
      kind: 'meeting',
      subject: 'Monthly',
      status: 'planned',
      owner_id: anna.id,
      external_id: null,
      outcome: null,
    });
    expect(next).toMatchObject({
      recurrence: first.recurrence,
      recurrence_time_zone: 'Europe/Berlin',
      recurrence_start: starts,
    });
    expect(next.starts_on).toBe(next.occurrence_on);
    expect(Date.parse(next.due_on) - Date.parse(next.starts_on)).toBe(90 * 60_000);
    expect(Date.parse(next.starts_on) - Date.parse(next.reminder_on)).toBe(60 * 60_000);
    const clock = (iso: string) => new Date(iso).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    expect(clock(next.starts_on)).toBe(clock(starts));
    const asked = await crm.call(
      anna,
      'GET',
      `/activity_participants?$filter=activity_id eq ${next.id}&$orderby=participant_type`,
    );
    expect(asked.json.value).toMatchObject([
      { participant_id: contact.id, role: 'optional', reply: 'none' },
      { participant_id: boris.id, role: 'optional', reply: 'none' },
    ]);
  });

  it('keeps the hour where clocks change, and the day that a month does not have', async () => {
    const spring = await make('Spring', { due_on: '2027-03-27T08:00:00Z', recurrence: 'FREQ=DAILY' });
    await close(spring.id);
    expect(await seriesOf(spring.id)).toMatchObject([{ due_on: '2027-03-28T07:00:00Z' }]);
    const leap = await make('Leap', { due_on: '2028-02-29T08:00:00Z', recurrence: 'FREQ=YEARLY' });
    await close(leap.id);
    expect(await seriesOf(leap.id)).toMatchObject([{ due_on: '2032-02-29T08:00:00Z' }]);
    const last = await make('31st', { due_on: '2027-01-31T08:00:00Z', recurrence: 'FREQ=MONTHLY' });
    await close(last.id);
    expect(await seriesOf(last.id)).toMatchObject([{ due_on: '2027-03-31T07:00:00Z' }]);
  });

  it('goes by the rule, not by where one of them was moved to', async () => {
    const first = await make('Moved', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=WEEKLY' });
    await crm.call(anna, 'PATCH', `/activities(${first.id})`, { due_on: '2027-03-03T12:00:00Z' });
    await close(first.id);
    expect(await seriesOf(first.id)).toMatchObject([
      { due_on: '2027-03-08T08:00:00Z', occurrence_on: '2027-03-08T08:00:00Z' },
    ]);
  });

  it('is not in the past: what was missed is left out', async () => {
    const begun = new Date(Date.now() - 10 * DAY - 60_000).toISOString();
    const late = await make('Late', { due_on: begun, recurrence: 'FREQ=DAILY', recurrence_time_zone: 'UTC' });
    await close(late.id);
    const [next] = await seriesOf(late.id);
    expect(Date.parse(next.due_on) - Date.parse(begun)).toBe(11 * DAY);
  });

  it('ends with COUNT, of which the first is one, and when the rule is taken away', async () => {
    const first = await make('Three', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY;COUNT=3' });
    await close(first.id);
    for (const expected of [1, 2]) {
      const made = await seriesOf(first.id);
      expect(made).toHaveLength(expected);
      await close(made.at(-1).id);
    }
    expect(await seriesOf(first.id)).toHaveLength(2);
    const ended = await make('Ended', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    await crm.call(anna, 'PATCH', `/activities(${ended.id})`, { recurrence: null, status: 'done' });
    expect(await seriesOf(ended.id)).toEqual([]);
  });

  it('is made once: closed again, by two at the same time, and not again after it was deleted', async () => {
    const first = await make('Once', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    const close2 = () => crm.call(anna, 'PATCH', `/activities(${first.id})`, { status: 'done' });
    expect((await Promise.all([close2(), close2()])).every(({ status }) => status < 300)).toBe(true);
    expect(await seriesOf(first.id)).toHaveLength(1);
    await close(first.id, 'planned');
    await close(first.id, 'cancelled');
    const [next] = await seriesOf(first.id);
    expect((await crm.call(anna, 'DELETE', `/activities(${next.id})`)).status).toBe(204);
    await close(first.id, 'in_progress');
    await close(first.id);
    expect(await seriesOf(first.id)).toEqual([]);
  });

  it('comes with complete, and belongs to the owner, whoever closes the one before', async () => {
    const first = await make('Owned', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' });
    const manager = await crm.user('Manager', ['sales_manager']);
    const next = { subject: 'Another', due_on: '2027-03-05T08:00:00Z' };
    const { json: answered, status } = await crm.call(manager, 'POST', `/activities(${first.id})/complete`, { next });
    expect(status).toBe(200);
    const json = plain(answered);
    expect(json.next).toMatchObject({ subject: 'Another', series_id: null });
    expect(json.occurrence).toMatchObject({
      subject: 'Owned',
      series_id: first.id,
      owner_id: anna.id,
      due_on: '2027-03-02T08:00:00Z',
    });
    const changes = await crm.call(crm.admin, 'GET', `/activities(${json.occurrence.id})`);
    expect(changes.json.created_by_id).toBe(manager.id);
  });

  it('is not made where its owner is disabled, and the one before is closed all the same', async () => {
    const gone = await crm.user('Gone', ['sales_representative']);
    const first = await make('Left', { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' }, gone);
    await crm.call(crm.admin, 'PATCH', `/users(${gone.id})`, { active: false });
    await close(first.id, 'done', await crm.principal(crm.admin.id));
    expect(await seriesOf(first.id)).toEqual([]);
  });

  it('of a meeting is made when its time is over, of a task only when it is closed', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const recurrence = 'FREQ=DAILY';
    const meeting = await make('Daily', { kind: 'meeting', starts_on: ago(30), due_on: ago(10), recurrence });
    const later = await make('Later', { kind: 'call', due_on: ago(-10), recurrence });
    const task = await make('Task', { due_on: ago(10), recurrence });
    expect(await ticks()).toBeGreaterThan(0);
    expect(await seriesOf(meeting.id)).toHaveLength(1);
    expect(await seriesOf(later.id)).toEqual([]);
    expect(await seriesOf(task.id)).toEqual([]);
    await close(meeting.id);
    expect(await seriesOf(meeting.id)).toHaveLength(1);
  });

  it('is made for each of many that are closed together, and costs plain writes nothing', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1)
      ids.push((await make(`Bulk ${n}`, { due_on: '2027-03-01T08:00:00Z', recurrence: 'FREQ=DAILY' })).id);
    const records = ids.map((id) => ({ id, status: 'done' }));
    const closed = await crm.call(anna, 'POST', '/activities/bulk', { mode: 'update', records });
    expect(closed.json.results.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200]);
    for (const id of ids) expect(await seriesOf(id)).toHaveLength(1);
    const { id } = await make('Plain', { due_on: '2027-03-01T08:00:00Z' });
    let serial = 0;
    const write = () => {
      serial += 1;
      return crm.call(anna, 'PATCH', `/activities(${id})`, {
        subject: `Plain ${serial}`,
        due_on: '2027-03-02T08:00:00Z',
      });
    };
    expect(await statementsOf(crm, write)).toBe(1);
  });
});
