// `GET /deals(ID)/shares`: with whom a record is shared, for who may change that; pages, and what stays hidden.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from './crm-kit.ts';
import { document, requests, role, startWorld, type World } from './ownership-kit.ts';

const ALL = { '*': 'organization' } as const;
const NOWHERE = '00000000-0000-7000-8000-000000000000';

let world: World;
let admin: Principal;
beforeAll(async () => {
  world = await startWorld([
    role('unsharing', { deal: { ...ALL, share: 'none' } }),
    role('own_shares', { deal: { ...ALL, share: 'user' } }),
    // Sees users of his own unit, and no team.
    document('role', 'near', { privileges: { deal: ALL, user: { read: 'business_unit' } } }),
  ]);
  admin = world.crm.admin;
});
afterAll(() => world?.crm.close());

const { call, create, deal } = requests(() => world);
const shares = (as: Principal, id: string, query = '') => call(as, 'GET', `/deals(${id})/shares${query}`);
const share = async (id: string, principal_id: string, rights: readonly string[]) =>
  expect((await call(admin, 'POST', `/deals(${id})/share`, { principal_id, rights })).status).toBe(204);

it('tells users and teams with their rights, the newest first, and by whom they were given', async () => {
  const { id } = await deal(admin);
  expect((await shares(admin, id)).json).toMatchObject({ value: [] });
  const reader = await world.principal('own', 'south');
  const team = await create(admin, 'teams', { name: 'Readers', owning_business_unit_id: world.units.south });
  await share(id, reader.id, ['read', 'append_to']);
  await share(id, team.id, ['read']);
  const { status, json } = await shares(admin, id);
  expect(status).toBe(200);
  expect(json['@odata.context']).toMatch(/\$metadata#Collection\(kartoteka\.record_share\)$/);
  expect(json['@odata.nextLink']).toBeUndefined();
  const given = { granted_on: expect.stringMatching(/^\d{4}-.*(Z|\+00:00)$/), granted_by_id: admin.id };
  expect(json.value).toEqual([
    expect.objectContaining({ ...given, principal_id: team.id, kind: 'team', name: 'Readers', rights: ['read'] }),
    expect.objectContaining({ ...given, principal_id: reader.id, kind: 'user', rights: ['read', 'append_to'] }),
  ]);
  expect(json.value.map(({ active }: { active: boolean }) => active)).toEqual([true, true]);
  await call(admin, 'POST', `/deals(${id})/modify`, { principal_id: reader.id, rights: ['read', 'write'] });
  await call(admin, 'POST', `/deals(${id})/revoke`, { principal_id: team.id });
  expect((await shares(admin, id)).json.value).toMatchObject([{ principal_id: reader.id, rights: ['read', 'write'] }]);
});

it('is for who may share the record, and a hidden record answers like a missing one', async () => {
  const { id } = await deal(admin);
  const of = async (name: string) => {
    const { status, json } = await shares(await world.principal(name, 'south'), id);
    return [status, json.code];
  };
  expect(await of('own')).toEqual([404, 'not_found']);
  expect(await of('unsharing')).toEqual([403, 'missing_privilege']);
  expect(await of('own_shares')).toEqual([403, 'missing_privilege_on_record']);
  expect((await shares(admin, NOWHERE)).status).toBe(404);
  await call(admin, 'DELETE', `/deals(${id})`);
  expect((await shares(admin, id)).status).toBe(404);
  const topic = await create(admin, 'topics', { text: 'of all' });
  const { status, json } = await call(admin, 'GET', `/topics(${topic.id})/shares`);
  expect([status, json.code]).toEqual([404, 'unknown_resource']);
  for (const method of ['POST', 'DELETE'])
    expect((await call(admin, method, `/deals(${id})/shares`, {})).status).toBe(405);
});

it('leaves out users and teams that may not be read, givers too, and shows who is disabled', async () => {
  const { id } = await deal(admin);
  const near = await world.principal('near', 'city');
  const [seen, unseen] = [await world.principal('own', 'city'), await world.principal('own', 'north')];
  const team = await create(admin, 'teams', { name: 'Unseen', owning_business_unit_id: world.units.city });
  for (const principal of [seen.id, unseen.id, team.id]) await share(id, principal, ['read']);
  expect((await shares(near, id)).json.value).toEqual([
    expect.objectContaining({ principal_id: seen.id, granted_by_id: null, granted_by_name: null }),
  ]);
  // The number of pages tells no more.
  expect((await shares(near, id, '?$top=1')).json['@odata.nextLink']).toBeUndefined();
  await call(admin, 'PATCH', `/users(${seen.id})`, { active: false });
  expect(
    (await shares(admin, id)).json.value.find((each: { principal_id: string }) => each.principal_id === seen.id),
  ).toMatchObject({ active: false });
  expect(await principalOf(world.crm.platform, near.id)).toBeDefined();
});

it('comes in pages, whose links are of this record alone', async () => {
  const [{ id }, other] = [await deal(admin), await deal(admin)];
  const users: string[] = [];
  for (const place of ['north', 'south', 'city', 'root'] as const)
    users.push((await world.principal('unit', place)).id);
  for (const user of users) await share(id, user, ['read']);
  const told: string[] = [];
  let query = '?$top=4';
  const first = await call(admin, 'GET', `/deals(${id})/shares`, undefined, { prefer: 'odata.maxpagesize=3' });
  expect(first.json.value).toHaveLength(3);
  const link = new URL(first.json['@odata.nextLink'], 'http://service');
  expect((await shares(admin, other.id, link.search)).json.code).toBe('invalid_skiptoken');
  for (const value of first.json.value) told.push(value.principal_id);
  for (const value of (await shares(admin, id, link.search)).json.value) told.push(value.principal_id);
  expect(told).toEqual(users.toReversed());
  for (query of ['?$filter=kind eq 1', '?$orderby=name', '?$skip=1', '?$select=name', '?$count=true'])
    expect([query, (await shares(admin, id, query)).status]).toEqual([query, 400]);
  expect((await shares(admin, id, '?$skiptoken=x')).json.code).toBe('invalid_skiptoken');
});

it('is told of a record that is named by its path, and as a function with parentheses', async () => {
  const { id } = await deal(admin);
  const reader = await world.principal('own', 'south');
  await share(id, reader.id, ['read']);
  for (const path of [`/deals/${id}/shares`, `/deals(${id})/kartoteka.shares()`, `/deals(${id})/shares()`])
    expect([path, (await call(admin, 'GET', path)).json?.value?.length]).toEqual([path, 1]);
});
