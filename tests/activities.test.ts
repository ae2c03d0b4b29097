// Activities over HTTP: completing one and scheduling the next in one call, and what is to be done by the days of the user.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../packages/crm/src/activities/agenda.ts';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm.close());

const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const count = async (filter: string): Promise<number> =>
  (await crm.call(crm.admin, 'GET', `/activities?$top=0&$count=true&$filter=${encodeURIComponent(filter)}`)).json[
    '@odata.count'
  ];

describe('complete', () => {
  it('sets the outcome and schedules the next, about the same record', async () => {
    const company = await crm.create('companies', { name: 'Vega' });
    const about = { regarding_id: company.id, regarding_type: 'company' };
    const call = await crm.create('activities', { kind: 'call', subject: 'Offer', priority: 'high', ...about });
    const next = { subject: 'Ask again', due_on: at(48) };
    const done = await crm.call(crm.admin, 'POST', `/activities(${call.id})/complete`, { outcome: 'Later', next });
    expect(done.status).toBe(200);
    expect(done.json.completed).toMatchObject({ id: call.id, status: 'done', outcome: 'Later' });
    expect(done.json.next).toMatchObject({
      kind: 'call',
      subject: 'Ask again',
      priority: 'high',
      status: 'planned',
      ...about,
    });
    const again = await crm.call(crm.admin, 'POST', `/activities(${call.id})/complete`, { next });
    expect(again).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await count(`regarding_id eq ${company.id}`)).toBe(2);
  });

  it('completes nothing when the next one is refused', async () => {
    const task = await crm.create('activities', { kind: 'task', subject: 'Prepare' });
    const next = { kind: 'meeting', subject: 'Without a time' };
    const refused = await crm.call(crm.admin, 'POST', `/activities(${task.id})/complete`, { next });
    expect(refused.status).toBe(400);
    expect((await crm.call(crm.admin, 'GET', `/activities(${task.id})`)).json.status).toBe('planned');
    const alone = await crm.call(crm.admin, 'POST', `/activities(${task.id})/complete`, {});
    expect(alone.json).toMatchObject({ completed: { status: 'done' }, next: null });
  });

  it('makes one next activity of two calls at the same time', async () => {
    const task = await crm.create('activities', { kind: 'task', subject: 'Once' });
    const both = [1, 2].map(() =>
      crm.call(crm.admin, 'POST', `/activities(${task.id})/complete`, { next: { subject: 'After once' } }),
    );
    const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect([409, 412]).toContain(statuses[1]);
    expect(await count(`subject eq 'After once'`)).toBe(1);
  });

  it('is refused to whom the activity is not his to write, and hidden where he may not read it', async () => {
    const task = await crm.create('activities', { kind: 'task', subject: 'Of the administrator' });
    const colleague = await crm.user('Nina Sales', ['sales_representative']);
    const refused = await crm.call(colleague, 'POST', `/activities(${task.id})/complete`, {});
    expect(refused.status).toBe(403);
    const stranger = await crm.user('No Role', []);
    const hidden = await crm.call(stranger, 'POST', `/activities(${task.id})/complete`, {});
    expect([403, 404]).toContain(hidden.status);
    expect(await count(`id eq ${task.id} and status eq 'planned'`)).toBe(1);
  });
});

describe('agenda', () => {
  it('has what the user owns or takes part in, each activity in one part', async () => {
    const ira = await crm.user('Ira Sales', ['sales_representative']);
    const zone = await crm.call(crm.admin, 'PATCH', `/users(${ira.id})`, { time_zone: 'Asia/Kamchatka' });
    expect(zone.status).toBeLessThan(300);
    const make = (subject: string, values: object) =>
      crm.create('activities', { kind: 'task', subject, ...values }, ira);
    await make('late', { due_on: at(-1) });
    await make('begun', { starts_on: at(-48), due_on: at(480) });
    await make('soon', { due_on: at(48) });
    await make('far', { due_on: at(24 * 30) });
    await make('closed', { due_on: at(-1), status: 'done' });
    await make('some day', {});
    await crm.create('activities', { kind: 'task', subject: 'of another', due_on: at(48) });
    const shared = await crm.create('activities', { kind: 'task', subject: 'invited', due_on: at(49) });
    const participant = { activity_id: shared.id, participant_id: ira.id, participant_type: 'user' };
    await crm.create('activity_participants', participant);
    const { status, json } = await crm.call(ira, 'GET', '/activities/agenda');
    expect(status).toBe(200);
    const subjects = (part: { activities: { subject: string }[] }) => part.activities.map(({ subject }) => subject);
    expect(json.time_zone).toBe('Asia/Kamchatka');
    expect(subjects(json.overdue)).toEqual(['late']);
    expect(subjects(json.today)).toEqual(['begun']);
    expect(subjects(json.upcoming)).toEqual(['soon', 'invited']);
    expect(json.upcoming.count).toBe(2);
    const longer = await crm.call(ira, 'GET', '/activities/agenda?days=366');
    expect(subjects(longer.json.upcoming)).toEqual(['soon', 'invited', 'far']);
  });

  it('goes by the organization’s days where a user’s time zone is none', async () => {
    const lost = await crm.user('Lost', ['sales_representative']);
    await crm.call(crm.admin, 'PATCH', `/users(${lost.id})`, { time_zone: 'Mars/Olympus' });
    expect((await crm.call(lost, 'GET', '/activities/agenda')).json).toMatchObject({ time_zone: 'UTC' });
  });

  it('refuses days beyond its bounds', async () => {
    for (const days of [0, 367, -1]) {
      const wrong = await crm.call(crm.admin, 'GET', `/activities/agenda?days=${days}`);
      expect(wrong).toMatchObject({ status: 400, json: { details: [{ code: 'invalid_value', target: 'days' }] } });
    }
    expect((await crm.call(crm.admin, 'GET', '/activities/agenda?days=1')).status).toBe(200);
  });

  it('has days of 23 and 25 hours where clocks change', () => {
    const hours = (moment: string, zone: string) => {
      const { start, end } = dayOf(new Date(moment), zone, 1);
      return (Date.parse(end) - Date.parse(start)) / HOUR;
    };
    expect(hours('2026-03-29T12:00:00Z', 'Europe/Berlin')).toBe(23);
    expect(hours('2026-10-25T12:00:00Z', 'Europe/Berlin')).toBe(25);
    expect(dayOf(new Date('2026-11-23T23:30:00Z'), 'Asia/Tokyo', 1)).toMatchObject({
      date: '2026-11-24',
      start: '2026-11-23T15:00:00Z',
      horizon: '2026-11-25T15:00:00Z',
    });
  });
});
