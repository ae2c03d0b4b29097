// Who makes somebody the member of a team lets him reach what the team owns and what is shared with it, and gives no more than he holds.
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

/** Whoever holds it may make members of any team. */
const JOINS = {
  team_member: { '*': 'organization' },
  user: { read: 'organization', append_to: 'organization' },
  team: { read: 'organization', append_to: 'organization' },
  role_assignment: { read: 'organization' },
};
const ROLES = {
  x_own: { company: { read: 'user' } },
  x_joins: JOINS,
  x_joins_own: { ...JOINS, company: { read: 'user' } },
  x_joins_unit: { ...JOINS, company: { read: 'business_unit' } },
  x_joins_all: { ...JOINS, company: { read: 'organization' } },
  x_joins_retail: { ...JOINS, company: { read: { depth: 'organization', when: "industry eq 'retail'" } } },
  x_all: { company: { read: 'organization' } },
};

let crm: Crm;
let north: string;
let south: string;
/** Of north; holds x_own and owns a company; another one, of south, is shared with `guests`, which holds nothing. */
let owners: string;
let guests: string;

beforeAll(async () => {
  crm = await startCrm();
  const changes = Object.entries(ROLES).map(([name, privileges]) => ({
    kind: 'role' as const,
    name,
    body: { name, label: { en: name, ru: name }, privileges },
  }));
  const { revision } = await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  await vi.waitFor(() => expect(crm.platform.model().revision).toBe(revision));
  const admin = await crm.principal(crm.admin.id);
  const make = async (set: string, values: object): Promise<string> => (await crm.create(set, values, admin)).id;
  north = await make('business_units', { name: 'North', parent_id: crm.rootUnitId });
  south = await make('business_units', { name: 'South', parent_id: crm.rootUnitId });
  owners = await make('teams', { name: 'Owners', owning_business_unit_id: north });
  guests = await make('teams', { name: 'Guests', owning_business_unit_id: north });
  await make('role_assignments', { team_id: owners, role: 'x_own' });
  await make('companies', { name: 'Of the owners', owner_id: owners });
  const shared = await make('companies', { name: 'Of the guests', owner_id: await person(['x_own'], south) });
  const body = { principal_id: guests, rights: ['read'] };
  expect((await crm.call(admin, 'POST', `/companies(${shared})/share`, body)).status).toBe(204);
});
afterAll(() => crm?.close());

let people = 0;
async function person(roles: readonly (keyof typeof ROLES)[], unit = north): Promise<string> {
  const admin = await crm.principal(crm.admin.id);
  people += 1;
  const values = {
    full_name: `Person ${people}`,
    email: `person${people}@example.com`,
    owning_business_unit_id: unit,
  };
  const { id } = await crm.create('users', values, admin);
  for (const role of roles) await crm.create('role_assignments', { user_id: id, role }, admin);
  return id;
}

const giver = async (role: keyof typeof ROLES, unit = north): Promise<Principal> =>
  crm.principal(await person([role], unit));

async function joined(by: Principal, team: string, user: string): Promise<readonly unknown[]> {
  const told = await previewed(by, team, user);
  const made = outcome(await crm.call(by, 'POST', '/team_members', { team_id: team, user_id: user }));
  expect(told.slice(1)).toEqual(made.slice(1));
  return made;
}

const previewed = async (by: Principal, team: string, user: string) =>
  outcome(
    await crm.call(by, 'POST', '/preview_role_change', {
      team_members: { create: [{ team_id: team, user_id: user }] },
    }),
  );

const outcome = ({ status, json, text }: Answer): readonly unknown[] =>
  status < 300 ? [status] : [status, json.code, String(text).replace(/^.*: /, '')];

const OWNED = [403, 'escalation', 'read on company, records that the team owns'];
const SHARED = [403, 'escalation', 'read on company, records shared with the team'];

it('is refused to who reads nothing of what the team owns, also for himself', async () => {
  const own = await giver('x_joins_own');
  expect(await joined(own, owners, await person([]))).toEqual(OWNED);
  expect(await joined(own, owners, own.id)).toEqual(OWNED);
});

it('is refused to who reads another unit than that of the team, or under a condition only', async () => {
  expect(await joined(await giver('x_joins_unit', south), owners, await person([]))).toEqual(OWNED);
  expect((await joined(await giver('x_joins_retail'), owners, await person([])))[0]).toBe(403);
});

it('is open to who reads all of what the team owns, and to its members', async () => {
  expect(await joined(await giver('x_joins_unit'), owners, await person([]))).toEqual([201]);
  expect(await joined(await giver('x_joins_all', south), owners, await person([]))).toEqual([201]);
  const member = await person(['x_joins_own']);
  await crm.create('team_members', { team_id: owners, user_id: member }, await crm.principal(crm.admin.id));
  expect(await joined(await crm.principal(member), owners, await person([]))).toEqual([201]);
});

it('of a team that records are shared with, it is refused to who does not read those', async () => {
  expect(await joined(await giver('x_joins_unit'), guests, await person(['x_own']))).toEqual(SHARED);
  expect(await joined(await giver('x_joins_all'), guests, await person(['x_own']))).toEqual([201]);
});

it('gives nothing to who holds no role that reads such records, or reads them all already', async () => {
  expect(await joined(await giver('x_joins'), guests, await person([]))).toEqual([201]);
  expect(await joined(await giver('x_joins'), guests, await person(['x_all']))).toEqual([201]);
  expect(await joined(await giver('x_joins_own'), owners, await person(['x_all']))).toEqual([201]);
});

it('is judged for users who are not active yet, for each of many, and when a membership comes back', async () => {
  const admin = await crm.principal(crm.admin.id);
  const own = await giver('x_joins_own');
  const idle = await person(['x_own']);
  await crm.call(admin, 'PATCH', `/users(${idle})`, { active: false });
  expect(await joined(own, owners, idle)).toEqual(OWNED);

  const [first, second] = [await person([]), await person(['x_own'])];
  const records = [
    { team_id: guests, user_id: first },
    { team_id: guests, user_id: second },
  ];
  const bulk = await crm.call(own, 'POST', '/team_members/bulk', { records });
  expect(bulk.json.results.map(({ status }: { status: number }) => status)).toEqual([201, 403]);

  const moved = `/team_members(${bulk.json.results[0].id})`;
  // A membership keeps its team: who sends another one changes nothing.
  expect(outcome(await crm.call(own, 'PATCH', moved, { team_id: owners }))).toEqual([204]);
  expect((await crm.call(own, 'GET', moved)).json).toMatchObject({ team_id: guests, version: 1 });
  const member = await crm.create('team_members', { team_id: owners, user_id: second }, admin);
  await crm.call(admin, 'DELETE', `/team_members(${member.id})`);
  expect(outcome(await crm.call(own, 'POST', `/team_members(${member.id})/restore`))).toEqual(OWNED);
});
