// Giving roles and memberships judges who holds what; of users, teams and assignments that are hidden it says as little as of missing
// ones.
import { randomUUID } from 'node:crypto';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { roleDocument } from './security-matrix/documents.ts';

const ADMINISTRATOR = 'system_administrator';
const own = (name: string) => ({ depth: 'organization', when: `${name} eq me()` });
const DOCUMENTS = [
  ...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)),
  roleDocument('giver', {
    user: { read: own('id'), append: 'organization', append_to: 'organization' },
    team: { read: own('created_by_id'), append: 'organization', append_to: 'organization' },
    role_assignment: { '*': own('created_by_id') },
    team_member: { '*': own('created_by_id') },
  }),
];

let crm: Crm;
let giver: Principal;
let team: string;
let assignment: string;
let member: string;

beforeAll(async () => {
  crm = await startCrm({ documents: DOCUMENTS });
  giver = await crm.user('Giver', ['giver']);
  team = (await crm.create('teams', { name: 'Hidden', owning_business_unit_id: crm.rootUnitId })).id;
  assignment = (await crm.create('role_assignments', { team_id: team, role: ADMINISTRATOR })).id;
  member = (await crm.create('team_members', { team_id: team, user_id: crm.admin.id })).id;
});
afterAll(() => crm.close());

/** The answer with the record's own id taken out. */
async function answer(method: string, path: string, body: unknown, id: string): Promise<unknown> {
  const { status, json } = await crm.call(giver, method, path, body);
  return JSON.parse(JSON.stringify([status, json]).replaceAll(id, 'ID'));
}

const WAYS: readonly [string, () => string, (id: string) => readonly [string, string, unknown]][] = [
  [
    'a user who is given a role',
    () => crm.admin.id,
    (id) => ['POST', '/role_assignments', { user_id: id, role: ADMINISTRATOR }],
  ],
  [
    'a team that is given a role',
    () => team,
    (id) => ['POST', '/role_assignments', { team_id: id, role: ADMINISTRATOR }],
  ],
  ['a team that is joined', () => team, (id) => ['POST', '/team_members', { team_id: id, user_id: giver.id }]],
  ['a membership of somebody else', () => member, (id) => ['PUT', `/team_members(${id})/user_id`, { value: giver.id }]],
  [
    'an assignment of somebody else',
    () => assignment,
    (id) => ['PUT', `/role_assignments(${id})/user_id`, { value: giver.id }],
  ],
];

test.each(WAYS)('%s is hidden like one that is missing', async (_what, hidden, way) => {
  const missing = randomUUID();
  const [there, nowhere] = await Promise.all([hidden(), missing].map((id) => answer(...way(id), id)));
  expect(there).toEqual(nowhere);
  expect([400, 404]).toContain((there as [number])[0]);
});
