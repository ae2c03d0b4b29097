// A business unit that moves comes into the reach of whoever holds a role above its new place: that is given by who moves it.
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
const units: Record<string, string> = {};
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const mover = {
    name: 'unit_mover',
    label: { en: 'Moves units' },
    privileges: {
      business_unit: { read: 'organization', write: 'organization', append: 'organization', append_to: 'organization' },
    },
  };
  const everything = { name: 'reader', label: { en: 'Reads deals' }, privileges: { deal: { read: 'organization' } } };
  const role = (body: { name: string }) =>
    ({ kind: 'role', name: body.name, layer: 'base', source: 'test', body }) as const;
  const chief = { name: 'chief', label: { en: 'Chief' }, privileges: { deal: { read: 'parent_child' } } };
  const may = { write: 'organization', append: 'organization', append_to: 'organization' };
  const clerk = {
    name: 'clerk',
    label: { en: 'Clerk' },
    privileges: {
      business_unit: { read: { depth: 'organization', when: "name ne 'quay'" }, ...may },
      user: { read: 'business_unit', ...may },
    },
  };
  const giver = {
    name: 'giver',
    label: { en: 'Gives roles' },
    privileges: { role_assignment: { '*': 'organization' }, user: { read: 'organization', append_to: 'organization' } },
  };
  const local = { name: 'local', label: { en: 'Of the unit' }, privileges: { deal: { read: 'business_unit' } } };
  const roles = [mover, everything, chief, clerk, giver, local].map(role);
  crm = await startCrm({ documents: [...shipped, ...roles] });
  const unit = async (name: string, parent: string): Promise<void> => {
    units[name] = (await crm.create('business_units', { name, parent_id: parent })).id;
  };
  for (const name of ['north', 'south']) await unit(name, crm.rootUnitId);
  await unit('harbour', units.south ?? '');
  await unit('quay', units.harbour ?? '');
});
afterAll(() => crm.close());

const move = async (name: string, roles: readonly string[], unit: string, to: string): Promise<Answer> => {
  const user = await crm.user(name, roles, units[unit]);
  return crm.call(user, 'PATCH', `/business_units(${units.harbour})`, { parent_id: units[to] });
};

test('nobody brings a unit into his own reach, or into that of others, beyond what he holds', async () => {
  await crm.user('Chief of the north', ['chief'], units.north);
  const refused = await move('Mover', ['unit_mover'], 'south', 'north');
  expect([refused.status, refused.json.code, refused.json.message]).toEqual([
    403,
    'escalation',
    'You cannot give more than you hold: read on deal at the depth parent_child',
  ]);
  const own = await move('Mover and chief', ['unit_mover', 'chief'], 'north', 'north');
  expect([own.status, own.json.code]).toEqual([403, 'escalation']);
  expect((await crm.call(crm.admin, 'GET', `/business_units(${units.harbour})?$select=parent_id`)).json.parent_id).toBe(
    units.south,
  );
  const user = await crm.principal((await crm.user('Previewer', ['unit_mover'], units.south)).id);
  const preview = { business_units: [{ id: units.harbour, parent_id: units.north }] };
  expect((await crm.call(user, 'POST', '/preview_role_change', preview)).status).toBe(403);
});

test('who holds it on all of the unit may, and where nobody gains anything everybody who may write units', async () => {
  expect((await move('Reader', ['unit_mover', 'reader'], 'south', 'north')).status).toBe(204);
  // Back to where nobody holds a role, and along the tree: those above both places gain nothing.
  expect((await move('Plain', ['unit_mover'], 'south', 'south')).status).toBe(204);
  const root = await crm.user('Sees all', ['unit_mover'], crm.rootUnitId);
  expect(
    (await crm.call(root, 'PATCH', `/business_units(${units.harbour})`, { parent_id: crm.rootUnitId })).status,
  ).toBe(204);
  expect(
    (await crm.call(crm.admin, 'PATCH', `/business_units(${units.harbour})`, { parent_id: units.north })).status,
  ).toBe(204);
});

test('a hidden unit, or user, that is moved answers like a missing one', async () => {
  const clerk = await crm.user('Clerk', ['clerk'], units.north);
  const missing = '00000000-0000-0000-0000-000000000000';
  const patch = (path: string, body: unknown): Promise<Answer> =>
    crm.call(clerk, 'PATCH', path, body, { 'if-match': '*' });
  const parent = { parent_id: units.north };
  const chief = await crm.user('Chief of the south', ['chief'], units.south);
  for (const [hidden, none, body] of [
    [`/business_units(${units.quay})`, `/business_units(${missing})`, parent],
    [`/users(${chief.id})`, `/users(${missing})`, { owning_business_unit_id: units.north }],
  ] as const) {
    const [a, b] = [await patch(hidden, body), await patch(none, body)];
    expect([a.status, a.json]).toEqual([404, b.json]);
  }
});

test('a role that is given above a unit and the move of another below it are judged as if one came after the other', async () => {
  const asAdmin = (path: string, body: unknown): Promise<Answer> => crm.call(crm.admin, 'PATCH', path, body);
  await asAdmin(`/business_units(${units.harbour})`, { parent_id: units.south });
  const unit = (await crm.create('business_units', { name: 'island', parent_id: crm.rootUnitId })).id;
  const holder = await crm.user('Holder', [], unit);
  const giver = await crm.user('Giver', ['local', 'giver'], unit);
  const mover = await crm.user('Mover of the island', ['unit_mover'], units.south);
  // Both have written before either is judged.
  let both: readonly Promise<Answer>[] = [];
  await crm.platform.database.transaction(async (tx) => {
    await tx.run('select from kartoteka.state for update');
    both = [
      crm.call(giver, 'POST', '/role_assignments', { role: 'chief', user_id: holder.id }),
      crm.call(mover, 'PATCH', `/business_units(${units.harbour})`, { parent_id: unit }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  const answers = await Promise.all(both);
  expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
  expect(answers.map(({ json }) => json?.code).filter((code) => code === 'escalation')).toHaveLength(1);
});
