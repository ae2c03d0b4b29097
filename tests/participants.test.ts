// Who takes part in activities: users, contacts and leads, each once, with replies; and users may read what they take part in.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let far: Principal;
beforeAll(async () => {
  crm = await startCrm();
  anna = await crm.user('Anna', ['sales_representative']);
  const south = await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId });
  far = await crm.user('Far', ['sales_representative'], south.id);
});
afterAll(() => crm?.close());

const settle = async (): Promise<void> => {
  await crm.platform.jobs.runDue({ names: ['activity.show'], throwing: true });
  crm.platform.principals.flush();
  far = await crm.principal(far.id);
};
const make = (as = anna) =>
  crm.create('activities', { kind: 'task', subject: 'Together', due_on: '2030-01-01T08:00:00Z' }, as);
const join = (activity: { id: string }, user: string, as = anna) =>
  crm.create('activity_participants', { activity_id: activity.id, participant_id: user, participant_type: 'user' }, as);
const reads = async (activity: { id: string }, as: Principal): Promise<boolean> =>
  (await crm.call(as, 'GET', `/activities(${activity.id})`)).status === 200;
const sharesOf = async (activity: { id: string }): Promise<unknown[]> =>
  (await crm.call(crm.admin, 'GET', `/activities(${activity.id})/shares`)).json.value;

describe('participants', () => {
  it('are users, contacts and leads, each once, and reply', async () => {
    const activity = await make();
    const contact = await crm.create('contacts', { last_name: 'Guest' }, anna);
    const lead = await crm.create('leads', { last_name: 'Maybe' }, anna);
    for (const [participant_id, participant_type] of [
      [contact.id, 'contact'],
      [lead.id, 'lead'],
      [far.id, 'user'],
    ]) {
      const participant = { activity_id: activity.id, participant_id, participant_type };
      const made = await crm.create('activity_participants', participant, anna);
      expect(made).toMatchObject({ role: 'required', reply: 'none' });
      expect((await crm.call(anna, 'POST', '/activity_participants', participant)).status).toBe(409);
      const replied = await crm.call(anna, 'PATCH', `/activity_participants(${made.id})`, { reply: 'accepted' });
      expect(replied.status).toBeLessThan(300);
    }
  });

  it('who are users read the activity from then on, and no longer once they are removed', async () => {
    const activity = await make();
    expect(await reads(activity, far)).toBe(false);
    const { id } = await join(activity, far.id);
    await settle();
    expect(await reads(activity, far)).toBe(true);
    expect((await crm.call(far, 'PATCH', `/activities(${activity.id})`, { subject: 'Mine' })).status).toBe(403);
    const agenda = await crm.call(far, 'GET', '/activities/agenda?days=366');
    expect(agenda.status).toBe(200);
    expect((await crm.call(anna, 'DELETE', `/activity_participants(${id})`)).status).toBe(204);
    await settle();
    expect(await reads(activity, far)).toBe(false);
  });

  it('get no share where they read it anyway, and keep one that gives more', async () => {
    const activity = await make();
    const boris = await crm.user('Boris', ['sales_representative']);
    await join(activity, boris.id);
    await settle();
    expect(await sharesOf(activity)).toEqual([]);
    const { id } = await join(activity, far.id);
    await crm.call(anna, 'POST', `/activities(${activity.id})/share`, {
      principal_id: far.id,
      rights: ['read', 'write'],
    });
    await settle();
    await crm.call(anna, 'DELETE', `/activity_participants(${id})`);
    await settle();
    expect(await sharesOf(activity)).toMatchObject([{ principal_id: far.id }]);
  });

  it('are given nothing by who may not share it', async () => {
    const { privileges: _, ...role } = { privileges: null, name: 'x_writer', label: { en: 'Writer' } };
    const all = {
      create: 'organization',
      read: 'organization',
      write: 'organization',
      append: 'organization',
      append_to: 'organization',
    };
    const body = {
      ...role,
      privileges: {
        activity: all,
        activity_participant: all,
        user: { read: 'organization', append_to: 'organization' },
      },
    };
    const published = await crm.call(crm.admin, 'POST', '/metadata/publish', {
      comment: 'Writer',
      documents: [{ kind: 'role', name: 'x_writer', body }],
    });
    expect(published.status).toBe(200);
    const writer = await crm.user('Writer', ['x_writer']);
    const activity = await crm.create(
      'activities',
      { kind: 'task', subject: 'Not to share' },
      await crm.principal(crm.admin.id),
    );
    await join(activity, far.id, writer);
    await settle();
    expect(await reads(activity, far)).toBe(false);
    expect(await sharesOf(activity)).toEqual([]);
  });

  it('who take part in a series read its next activity, too', async () => {
    const recurs = { kind: 'task', subject: 'Series', due_on: '2030-01-01T08:00:00Z', recurrence: 'FREQ=DAILY' };
    const first = await crm.create('activities', recurs, await crm.principal(anna.id));
    await join(first, far.id, await crm.principal(anna.id));
    const done = await crm.call(await crm.principal(anna.id), 'POST', `/activities(${first.id})/complete`, {});
    await settle();
    expect(await reads(done.json.occurrence, far)).toBe(true);
  });
});
