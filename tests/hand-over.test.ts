// Handing over all records of a user over the engine: what moves, what stays, who may, and that it is all or nothing.
import type { Hook, Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { document, parent, requests, role, startWorld, type World } from './ownership-kit.ts';

const TEXT = { type: 'text', max_length: 200 };
const to = (target: string, inverse: string, assign: string) => ({
  ...{ type: 'lookup', targets: [target], inverse, on_delete: 'set_null' },
  cascade: { assign },
});
const KINDS = ['parcel', 'label', 'stamp', 'scrap'];
const DOCUMENTS = [
  document('entity', 'parcel', {
    ownership: 'user',
    fields: { text: TEXT, secret: { ...TEXT, secured: true } },
    rules: { sealed: { invalid_when: "text eq 'sealed' and owner_id ne created_by_id", error: { en: 'Sealed' } } },
  }),
  document('entity', 'label', { ownership: 'user', fields: { text: TEXT, parcel: to('parcel', 'labels', 'all') } }),
  document('entity', 'stamp', { ownership: 'user', fields: { text: TEXT, parcel: to('parcel', 'stamps', 'owned') } }),
  document('entity', 'scrap', {
    ownership: 'parent',
    parent: 'parcel',
    fields: { text: TEXT, parcel: parent('parcel', 'scraps') },
  }),
  role('sender', Object.fromEntries(KINDS.map((name) => [name, { '*': 'user' }]))),
  role('chief', Object.fromEntries(KINDS.map((name) => [name, { '*': 'organization' }]))),
  role('parcels_only', { parcel: { '*': 'organization' } }),
  role('no_label_assign', {
    ...Object.fromEntries(KINDS.map((name) => [name, { '*': 'organization' }])),
    label: { '*': 'organization', assign: 'user' },
  }),
  role('reads_labels', { parcel: { '*': 'organization' }, label: { read: 'organization' } }),
  role('near', { parcel: { '*': 'business_unit' } }),
  role('usersless', { user: { read: 'none' }, parcel: { '*': 'organization' } }),
];

let world: World;
let chief: Principal;
let users = 0;
/** Ids of the parcels that the hook saw before and after, one list per call. */
const seen: string[][] = [];
const parcelHook: Hook = {
  entity: 'parcel',
  operations: ['update'],
  before: (_context, records) => void seen.push(records.map(({ id }) => id)),
  after: (_context, records) => void seen.push(records.map(({ after }) => String(after?.owner_id))),
};
beforeAll(async () => {
  world = await startWorld(DOCUMENTS, [parcelHook]);
  chief = await world.crm.user('Chief', ['chief']);
});
afterAll(() => world?.crm.close());
beforeEach(() => {
  seen.length = 0;
});

const { create, call } = requests(() => world);
const user = (name: string, unit: string = world.units.north): Promise<Principal> => {
  users += 1;
  return world.crm.user(`U${users} ${name}`, [name], unit);
};
const handOver = (as: Principal, from: string, owner_id: string, more: object = {}) =>
  call(as, 'POST', `/users(${from})/hand_over`, { owner_id, ...more });
const sql = (text: string, parameters: readonly string[] = []) => world.crm.platform.database.run(text, parameters);
const table = async (name: string) =>
  sql(
    `select id::text as id, owner_id::text as owner, owning_business_unit_id::text as unit, version::text as version from data.${name} order by id`,
  );
const everything = async () => [
  ...(await Promise.all(KINDS.map(table))),
  await sql('select count(*)::text as n from kartoteka.change_log'),
  await sql('select count(*)::text as n from kartoteka.security_log'),
];

/** A leaver with two parcels, one of which somebody else has put a label on, and a stamp. */
async function leaving() {
  const [leaver, other, heir] = [await user('sender'), await user('sender'), await user('sender', world.units.south)];
  const parcels = [
    await create(leaver, 'parcels', { text: 'first' }),
    await create(leaver, 'parcels', { text: 'second' }),
  ];
  const [{ id: parcel_id } = { id: '' }] = parcels;
  const label = await create(chief, 'labels', { text: 'l', parcel_id, owner_id: other.id });
  const own = await create(leaver, 'labels', { text: 'own' });
  const stamp = await create(chief, 'stamps', { text: 's', parcel_id, owner_id: other.id });
  const scrap = await create(leaver, 'scraps', { text: 'x', parcel_id });
  const kept = await create(other, 'parcels', { text: 'kept' });
  return { leaver, other, heir, parcels, label, own, stamp, scrap, kept };
}

it('moves every record of every entity with what follows them, and tells what moved', async () => {
  const { leaver, other, heir, parcels, label, own, stamp, scrap, kept } = await leaving();
  await call(world.crm.admin, 'PATCH', `/users(${leaver.id})`, { active: false });
  seen.length = 0;
  const answer = await handOver(chief, leaver.id, heir.id);
  expect([answer.status, answer.json]).toEqual([
    200,
    {
      dry_run: false,
      complete: true,
      count: 4,
      entities: expect.arrayContaining([
        { entity: 'parcel', set: 'parcels', count: 2 },
        { entity: 'label', set: 'labels', count: 2 },
      ]),
      records: expect.arrayContaining([
        { entity: 'parcel', set: 'parcels', id: parcels[0]?.id, title: 'first' },
        { entity: 'label', set: 'labels', id: label.id, title: 'l' },
      ]),
      refused: [],
    },
  ]);
  const moved = { owner: heir.id, unit: world.units.south, version: '2' };
  const row = async (name: string, id: string) => (await table(name)).find((each) => each.id === id);
  for (const { id } of parcels) expect(await row('parcel', id)).toMatchObject(moved);
  for (const { id } of [label, own]) expect(await row('label', id)).toMatchObject(moved);
  expect(await row('scrap', scrap.id)).toMatchObject(moved);
  expect(await row('stamp', stamp.id)).toMatchObject({ owner: other.id, version: '1' });
  expect(await row('parcel', kept.id)).toMatchObject({ owner: other.id, version: '1' });
  expect(seen).toEqual([parcels.map(({ id }) => id), [heir.id, heir.id]]);
  const log = await sql(
    `select record_id::text as id from kartoteka.change_log where actor_id = $1::uuid and operation = 'update' order by 1`,
    [chief.id],
  );
  const changed = [...parcels, label, own, scrap].map(({ id }) => ({ id }));
  for (const each of changed) expect(log).toContainEqual(each);
  const [event] = await sql(
    `select actor_id::text as actor, details->>'owner_id' as owner, details->'counts'->>'label' as labels from kartoteka.security_log
     where kind = 'records_handed_over' and target_id = $1::uuid`,
    [leaver.id],
  );
  expect(event).toEqual({ actor: chief.id, owner: heir.id, labels: '2' });
  expect((await handOver(chief, leaver.id, heir.id)).json).toMatchObject({ count: 0, entities: [], records: [] });
});

it('shows the same beforehand, and changes nothing by it', async () => {
  const { leaver, heir } = await leaving();
  const before = await everything();
  const preview = await handOver(chief, leaver.id, heir.id, { dry_run: true });
  expect(await everything()).toEqual(before);
  const real = await handOver(chief, leaver.id, heir.id, { dry_run: false });
  expect(real.json).toEqual({ ...preview.json, dry_run: false });
});

it('goes to a team as well; memberships, roles, shares and deleted records stay', async () => {
  const { leaver, parcels, kept } = await leaving();
  const team = await create(world.crm.admin, 'teams', { name: 'Heirs', owning_business_unit_id: world.units.city });
  await create(world.crm.admin, 'role_assignments', { team_id: team.id, role: 'sender' });
  await create(world.crm.admin, 'team_members', { team_id: team.id, user_id: leaver.id });
  await call(chief, 'POST', `/parcels(${kept.id})/share`, { principal_id: leaver.id, rights: ['read'] });
  const gone = parcels[1]?.id ?? '';
  expect((await call(chief, 'DELETE', `/parcels(${gone})`)).status).toBe(204);
  const answer = await handOver(chief, leaver.id, team.id);
  expect([answer.status, answer.json.count]).toEqual([200, 3]);
  const rows = await table('parcel');
  expect(rows.find(({ id }) => id === parcels[0]?.id)).toMatchObject({ owner: team.id, unit: world.units.city });
  expect(rows.find(({ id }) => id === gone)).toMatchObject({ owner: leaver.id });
  const left = await sql(
    `select (select count(*) from data.role_assignment where user_id = $1::uuid)::text as roles,
      (select count(*) from data.team_member where user_id = $1::uuid)::text as teams,
      (select count(*) from kartoteka.share where principal_id = $1::uuid)::text as shares`,
    [leaver.id],
  );
  expect(left).toEqual([{ roles: '1', teams: '1', shares: '1' }]);
});

it('moves nothing where a record may not be assigned, and names it', async () => {
  const { leaver, heir, own, label, parcels } = await leaving();
  const before = await everything();
  const limited = await user('no_label_assign', world.crm.rootUnitId);
  const start = (await everything()).at(-1);
  const refused = await handOver(limited, leaver.id, heir.id);
  expect([refused.status, refused.json.code]).toEqual([403, 'missing_privilege_on_record']);
  expect(refused.text).toBe('You do not have the privilege assign on this label');
  const links = refused.json.details.filter(({ code }: { code: string }) => code === 'explain_access');
  expect(links.map((link: Record<string, string>) => link['@kartoteka.explain'])).toContain(
    `http://crm.test/api/v1/labels(${own.id})/explain_access`,
  );
  const found = refused.json.details.filter(({ code }: { code: string }) => code !== 'explain_access');
  const targets = found.map(({ target }: { target: string }) => target).sort();
  expect(targets).toEqual([`labels(${own.id})`, `parcels(${parcels[0]?.id})`]);
  expect((await everything()).slice(0, 4)).toEqual(before.slice(0, 4));
  expect((await everything()).at(-1)).toEqual(start);
  const preview = await handOver(limited, leaver.id, heir.id, { dry_run: true });
  expect(preview.status).toBe(200);
  expect(preview.json).toMatchObject({ complete: true, count: 1, entities: [{ entity: 'parcel', count: 1 }] });
  expect(preview.json.refused.map(({ status }: { status: number }) => status)).toEqual([403, 403]);
  // The record that stands in the way is the label, which the caller may read.
  expect(preview.text).toContain(`labels(${label.id})/explain_access`);
});

it('names the privilege that is missing for all records of an entity, and stops at a hundred', async () => {
  const { leaver, heir } = await leaving();
  for (let at = 0; at < 3; at += 1) {
    const records = Array.from({ length: 60 }, (_, n) => ({ text: `${at} ${n}` }));
    expect((await call(leaver, 'POST', '/labels/bulk', { records })).status).toBe(200);
  }
  const reader = await user('reads_labels', world.crm.rootUnitId);
  const refused = await handOver(reader, leaver.id, heir.id);
  expect([refused.status, refused.text]).toEqual([403, 'You do not have the privilege write on label']);
  expect(refused.json.details).toHaveLength(100);
  const preview = await handOver(reader, leaver.id, heir.id, { dry_run: true });
  expect(preview.json.complete).toBe(false);
  expect(preview.json.refused).toHaveLength(100);
});

it('is stopped by a rule of a record and by an owner who may not read it', async () => {
  const { leaver, heir, parcels } = await leaving();
  const sealed = parcels[1]?.id ?? '';
  await call(leaver, 'PATCH', `/parcels(${sealed})`, { text: 'sealed' });
  const refused = await handOver(chief, leaver.id, heir.id);
  expect(refused.json).toMatchObject({
    code: 'validation_failed',
    target: `parcels(${sealed})`,
    details: [{ code: 'rule_violated', message: 'Sealed', target: `parcels(${sealed})` }],
  });
  await call(leaver, 'PATCH', `/parcels(${sealed})`, { text: 'open' });
  const parcelsOnly = await user('parcels_only');
  const unfit = await handOver(chief, leaver.id, parcelsOnly.id);
  expect(unfit.status).toBe(400);
  expect(unfit.json.details[0].message).toContain('holds no role that reads label records');
  expect((await handOver(chief, leaver.id, heir.id)).status).toBe(200);
});

it('leaves what the caller may not read, without a word about it', async () => {
  const { leaver, heir } = await leaving();
  const near = await user('near', world.units.south);
  const answer = await handOver(near, leaver.id, heir.id);
  expect([answer.status, answer.json]).toEqual([
    200,
    { dry_run: false, complete: true, count: 0, entities: [], records: [], refused: [] },
  ]);
  const own = await user('parcels_only');
  // The labels of the parcels follow them, and cannot be assigned by who may not read one.
  expect((await handOver(own, leaver.id, heir.id)).json.code).toBe('missing_privilege');
});

it('needs a user that is there for the caller, and another one, active, to take over', async () => {
  const { leaver, heir } = await leaving();
  const nobody = '00000000-0000-7000-8000-000000000000';
  expect((await handOver(chief, nobody, heir.id)).json.code).toBe('not_found');
  const team = await create(world.crm.admin, 'teams', { name: 'T', owning_business_unit_id: world.units.city });
  expect((await handOver(chief, team.id, heir.id)).json.code).toBe('not_found');
  const usersless = await user('usersless');
  expect((await handOver(usersless, leaver.id, heir.id)).text).toBe('You do not have the privilege read on user');
  const error = async (body: object) =>
    (await call(chief, 'POST', `/users(${leaver.id})/hand_over`, body)).json.details;
  expect(await error({ owner_id: nobody })).toMatchObject([{ code: 'target_not_found', target: 'owner_id' }]);
  expect(await error({ owner_id: leaver.id.toUpperCase() })).toMatchObject([{ code: 'invalid_value' }]);
  expect(await error({ dry_run: 'yes', more: 1 })).toMatchObject([
    { target: 'owner_id' },
    { target: 'dry_run' },
    { code: 'unknown_property', target: 'more' },
  ]);
  await call(world.crm.admin, 'PATCH', `/users(${heir.id})`, { active: false });
  expect(await error({ owner_id: heir.id })).toMatchObject([{ code: 'target_not_found' }]);
  expect((await call(chief, 'POST', `/teams(${team.id})/hand_over`, { owner_id: leaver.id })).json.code).toBe(
    'unknown_resource',
  );
  expect((await call(chief, 'POST', `/parcels(${nobody})/hand_over`, { owner_id: leaver.id })).status).toBe(404);
});

it('beside writes on the same records leaves each of them whole', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { leaver, heir, other, parcels } = await leaving();
    const [one = '', two = ''] = parcels.map(({ id }) => id);
    const [handed, , patched] = await Promise.all([
      handOver(chief, leaver.id, heir.id),
      call(chief, 'POST', `/parcels(${one})/assign`, { owner_id: other.id }),
      call(chief, 'PATCH', `/parcels(${two})`, { text: 'changed' }),
    ]);
    expect([handed.status, patched.status]).toEqual([200, 204]);
    const rows = await table('parcel');
    // Whoever came last: assigned by hand before it was no record of the leaver any more.
    expect(rows.find(({ id }) => id === one)?.owner).toBe(other.id);
    expect(rows.find(({ id }) => id === two)).toMatchObject({ owner: heir.id, version: '3' });
  }
});
