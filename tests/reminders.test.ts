// Reminders of activities: whom they tell, what makes them void, and that they tell once.
import { type Principal, systemPrincipal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recipientsOf } from '../packages/crm/src/activities/recipients.ts';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let boris: Principal;
beforeAll(async () => {
  crm = await startCrm();
  anna = await crm.user('Anna', ['sales_representative']);
  boris = await crm.user('Boris', ['sales_representative']);
});
afterAll(() => crm?.close());

const MINUTE = 60_000;
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
const fire = (): Promise<number> => crm.platform.jobs.runDue({ names: ['activity.remind'], throwing: true });
const make = (subject: string, values: object = {}, as = anna) =>
  crm.create('activities', { kind: 'task', subject, reminder_on: at(-1), due_on: at(60 * MINUTE), ...values }, as);
const patch = async (id: string, values: object): Promise<void> => {
  expect((await crm.call(crm.admin, 'PATCH', `/activities(${id})`, values)).status).toBeLessThan(300);
};
/** Who was told of the activity, and how often, as `name: count`. */
async function told(id: string): Promise<Record<string, number>> {
  const path = `/notifications?$filter=regarding_id eq ${id} and kind eq 'reminder'&$expand=owning_user($select=full_name)`;
  const { json } = await crm.call(crm.admin, 'GET', path);
  const counts: Record<string, number> = {};
  for (const { owning_user } of json.value) counts[owning_user.full_name] = (counts[owning_user.full_name] ?? 0) + 1;
  return counts;
}

describe('a reminder', () => {
  it('comes when its time has come and not before, in the language and by the clock of the user', async () => {
    const zone = { time_zone: 'Asia/Tokyo', language: 'ru' };
    expect((await crm.call(crm.admin, 'PATCH', `/users(${anna.id})`, zone)).status).toBeLessThan(300);
    crm.platform.principals.flush();
    const times = { starts_on: '2030-05-01T01:00:00Z', due_on: '2030-05-01T02:30:00Z', reminder_on: at(500) };
    const { id } = await make('Показ', { kind: 'meeting', place: 'Офис 5', ...times });
    await fire();
    expect(await told(id)).toEqual({});
    await new Promise((resolve) => setTimeout(resolve, 600));
    await fire();
    const { json } = await crm.call(anna, 'GET', `/notifications?$filter=regarding_id eq ${id}`);
    expect(json.value).toMatchObject([
      { kind: 'reminder', subject: 'Показ', regarding_type: 'activity', read_on: null },
    ]);
    expect(json.value[0].text).toMatch(/^Встреча, 1 мая 2030.*10:00.*11:30, Офис 5$/);
  });

  it('tells once, whichever way its time is written again, and anew at another time', async () => {
    const first = at(-2 * MINUTE);
    const { id } = await make('Once', { reminder_on: first });
    await fire();
    await patch(id, { reminder_on: at(-MINUTE) });
    await patch(id, { reminder_on: first });
    expect(await fire()).toBeGreaterThan(0);
    expect(await told(id)).toEqual({ Anna: 1 });
    await patch(id, { reminder_on: at(-1) });
    await fire();
    expect(await told(id)).toEqual({ Anna: 2 });
    const [{ id: entry }] = (await crm.call(anna, 'GET', `/notifications?$filter=regarding_id eq ${id}`)).json.value;
    await crm.call(anna, 'DELETE', `/notifications(${entry})`);
    await patch(id, { reminder_on: null });
    await patch(id, { reminder_on: first });
    await fire();
    expect(await told(id)).toEqual({ Anna: 1 });
  });

  it('is void where the activity is closed, deleted, or reminds at another time, and holds again after a restore', async () => {
    const ids: string[] = [];
    for (const status of ['done', 'cancelled']) {
      const { id } = await make(status);
      await patch(id, { status });
      ids.push(id);
    }
    const moved = await make('moved');
    await patch(moved.id, { reminder_on: at(30 * MINUTE) });
    const none = await make('none');
    await patch(none.id, { reminder_on: null });
    const deleted = await make('deleted');
    await crm.call(anna, 'DELETE', `/activities(${deleted.id})`);
    await fire();
    for (const id of [...ids, moved.id, none.id, deleted.id]) expect(await told(id)).toEqual({});
    expect((await crm.call(anna, 'POST', `/activities(${deleted.id})/restore`)).status).toBeLessThan(300);
    await fire();
    expect(await told(deleted.id)).toEqual({ Anna: 1 });
  });

  it('of long ago, as imports bring it, tells nobody', async () => {
    const { id } = await make('old', { reminder_on: at(-25 * 60 * MINUTE) });
    expect(await fire()).toBe(0);
    expect(await told(id)).toEqual({});
  });

  it('tells the participants who have not declined and may read it, but nobody who is disabled', async () => {
    const south = await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId });
    const far = await crm.user('Far', ['sales_representative'], south.id);
    const gone = await crm.user('Gone', ['sales_representative']);
    const declined = await crm.user('Declined', ['sales_representative']);
    const activity = await make('Together', { reminder_on: at(300) });
    for (const user of [boris, far, gone, declined, anna]) {
      const participant = { activity_id: activity.id, participant_id: user.id, participant_type: 'user' };
      const reply = user === declined ? { reply: 'declined' } : {};
      await crm.create('activity_participants', { ...participant, ...reply }, crm.admin);
    }
    await crm.call(crm.admin, 'POST', `/activities(${activity.id})/revoke`, { principal_id: far.id });
    const contact = await crm.create('contacts', { last_name: 'Guest' });
    const guest = { activity_id: activity.id, participant_id: contact.id, participant_type: 'contact' };
    await crm.create('activity_participants', guest);
    await crm.call(crm.admin, 'PATCH', `/users(${gone.id})`, { active: false });
    crm.platform.principals.flush();
    await new Promise((resolve) => setTimeout(resolve, 400));
    await fire();
    expect(await told(activity.id)).toEqual({ Anna: 1, Boris: 1 });
  });

  it('of a team’s activity tells its members', async () => {
    const team = await crm.create('teams', { name: 'Support', owning_business_unit_id: crm.rootUnitId });
    await crm.create('role_assignments', { team_id: team.id, role: 'sales_representative' });
    for (const user of [anna, boris]) await crm.create('team_members', { team_id: team.id, user_id: user.id });
    crm.platform.principals.flush();
    const { id } = await make('Of the team', { owner_id: team.id }, await crm.principal(crm.admin.id));
    await fire();
    expect(await told(id)).toEqual({ Anna: 1, Boris: 1 });
  });

  it('has a bound of users, and tells where it is passed', async () => {
    const activity = await make('Bound');
    for (const user of [boris, crm.admin])
      await crm.create('activity_participants', {
        activity_id: activity.id,
        participant_id: user.id,
        participant_type: 'user',
      });
    const system = crm.platform.engineFor(systemPrincipal());
    expect(await recipientsOf(system, activity, 3)).toEqual({
      users: [anna.id, boris.id, crm.admin.id],
      isWhole: true,
    });
    expect(await recipientsOf(system, activity, 2)).toEqual({ users: [anna.id, boris.id], isWhole: false });
  });

  it('of many activities created together costs one statement, and none where there is none', async () => {
    let serial = 0;
    const cost = (count: number, values: object) =>
      statementsOf(crm, () => {
        serial += 1;
        const records = Array.from({ length: count }, (_, n) => ({
          kind: 'task',
          subject: `${serial} ${n}`,
          ...values,
        }));
        return crm.call(crm.admin, 'POST', '/activities/bulk', { records });
      });
    const reminder_on = at(60 * MINUTE);
    const plain = await cost(2, {});
    expect([await cost(50, { reminder_on }), await cost(2, { reminder_on })]).toEqual([plain + 1, plain + 1]);
    const single = (values: object) =>
      statementsOf(crm, () => crm.create('activities', { kind: 'task', subject: 'One', ...values }));
    expect(await single({})).toBe(1);
  });
});
