// Ownership `business_unit` over the engine: who creates, sees, changes, assigns, shares and refers to records that belong to a
// business unit and to no user.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from './crm-kit.ts';
import { document, role, startWorld, type World } from './ownership-kit.ts';

const DOCUMENTS = [
  document('entity', 'meter', {
    ownership: 'user',
    fields: {
      text: { type: 'text' },
      site: { type: 'lookup', targets: ['site'], inverse: 'meters', on_delete: 'set_null' },
    },
  }),
  role('unassigning', { site: { '*': 'organization', assign: 'none' } }),
  role('unit_creator', { site: { '*': 'organization', create: 'business_unit' } }),
  role('unit_writer', { site: { read: 'organization', write: 'business_unit', assign: 'organization' } }),
  role('metering', { meter: { '*': 'organization' }, site: { read: 'organization', append_to: 'business_unit' } }),
  role('unitless', { business_unit: { read: 'none' }, site: { '*': 'organization' } }),
];

let world: World;
let inNorth: Principal;
beforeAll(async () => {
  world = await startWorld(DOCUMENTS);
  inNorth = await world.principal('unit', 'north');
});
afterAll(() => world?.crm.close());

const call = (as: Principal, method: string, path: string, body?: object, headers = {}) =>
  world.crm.call(as, method, path, body, headers);
const site = (as: Principal, values: object = {}) => world.crm.create('sites', { text: 's', ...values }, as);
const siteIn = (unit: keyof World['units']) => site(world.crm.admin, { owning_business_unit_id: world.units[unit] });

/** Which of the records the principal sees, in lists in either order, with the count, and one by one. */
async function seen(as: Principal, ids: readonly string[]): Promise<readonly string[]> {
  const filter = `$filter=id in (${ids.join(',')})&$select=id&$count=true`;
  const lists = [`/sites?${filter}`, `/sites?${filter}&$orderby=text desc`, `/sites?${filter}&$top=3&$orderby=text`];
  const found: string[][] = [];
  for (const path of lists) {
    const { json } = await call(as, 'GET', path);
    found.push(json.value.map(({ id }: { id: string }) => id).sort());
    expect(json['@odata.count']).toBe(json.value.length);
  }
  expect(new Set(found.map(String)).size).toBe(1);
  const [first = []] = found;
  for (const id of ids) expect((await call(as, 'GET', `/sites(${id})`)).status).toBe(first.includes(id) ? 200 : 404);
  return first;
}

describe('create', () => {
  it('gives the record to the unit of its creator unless another is named', async () => {
    expect(await site(inNorth)).toMatchObject({ owning_business_unit_id: world.units.north });
    expect(await siteIn('south')).toMatchObject({ owning_business_unit_id: world.units.south });
    const record = await site(inNorth);
    expect(record.owner_id).toBeUndefined();
  });

  it('in another unit needs create at a depth that reaches it, assign, and a unit that can be read', async () => {
    const { south, north } = world.units;
    const post = async (name: string, unit: string) =>
      (await call(await world.principal(name, 'north'), 'POST', '/sites', { text: 's', owning_business_unit_id: unit }))
        .json;
    const onRecord = (privilege: string) =>
      expect.objectContaining({ message: `You do not have the privilege ${privilege} on this site` });
    expect(await post('unit_creator', south)).toEqual(onRecord('create'));
    expect(await post('unassigning', south)).toMatchObject({
      code: 'missing_privilege',
      message: expect.stringContaining('assign'),
    });
    expect(await post('unassigning', north)).toMatchObject({ owning_business_unit_id: north });
    expect(await post('unitless', north)).toMatchObject({ owning_business_unit_id: north });
    const unreadable = await post('unitless', south);
    expect(unreadable.details).toEqual([
      expect.objectContaining({ code: 'target_not_found', target: 'owning_business_unit_id' }),
    ]);
    expect(await post('unitless', '00000000-0000-7000-8000-000000000000')).toEqual(unreadable);
    const nulled = await call(inNorth, 'POST', '/sites', { text: 's', owning_business_unit_id: null });
    expect(nulled.status).toBe(400);
  });
});

it('lists, counts and single reads show the same at every depth', async () => {
  const sites = [await siteIn('north'), await siteIn('city'), await siteIn('south')];
  const ids = sites.map(({ id }) => id);
  const [north, city, south] = ids as [string, string, string];
  expect(await seen(inNorth, ids)).toEqual([north]);
  expect(await seen(await world.principal('tree', 'north'), ids)).toEqual([north, city].sort());
  expect(await seen(await world.principal('unit', 'south'), ids)).toEqual([south]);
  expect(await seen(await world.principal('tree', 'root'), ids)).toEqual([...ids].sort());
  expect(await seen(await world.principal('all', 'south'), ids)).toEqual([...ids].sort());
});

it('a page in a sort order is found through an index of the unit', async () => {
  await world.crm.platform.database.run(
    `insert into data.site (id, owning_business_unit_id, created_on, created_by_id, modified_on, modified_by_id, version, text)
     select gen_random_uuid(), $1::uuid, now(), $2::uuid, now(), $2::uuid, 1, 'filler ' || n from generate_series(1, 5000) n`,
    [world.units.south, world.crm.admin.id],
  );
  await world.crm.platform.database.run('analyze data.site');
  const plan = await world.crm.platform.database.run(
    `explain select id from data.site where deleted_on is null and owning_business_unit_id = '${world.units.south}' order by text nulls first, id nulls first limit 10`,
  );
  expect(JSON.stringify(plan)).toContain('site__by_text__unit__idx');
  const { json } = await call(
    await world.principal('unit', 'south'),
    'GET',
    "/sites?$orderby=text&$top=3&$filter=startswith(text,'filler')",
  );
  expect(json.value.map(({ text }: { text: string }) => text)).toEqual(['filler 1', 'filler 10', 'filler 100']);
});

describe('assign', () => {
  it('moves the record to another unit: with assign and write on it, as it was', async () => {
    const { id } = await siteIn('north');
    const to = (as: Principal, unit: string) =>
      call(as, 'PATCH', `/sites(${id})`, { owning_business_unit_id: unit }, { 'if-match': '*' });
    const { south, city } = world.units;
    expect((await to(await world.principal('unassigning', 'north'), south)).json).toMatchObject({
      message: 'You do not have the privilege assign on site',
    });
    expect((await to(await world.principal('unit_writer', 'south'), south)).json).toMatchObject({
      message: 'You do not have the privilege write on this site',
    });
    expect((await to(await world.principal('unit', 'south'), south)).status).toBe(404);
    expect((await to(inNorth, '00000000-0000-7000-8000-000000000000')).json.details[0]).toMatchObject({
      code: 'target_not_found',
    });
    expect((await to(inNorth, south)).status).toBe(204);
    expect(await seen(inNorth, [id])).toEqual([]);
    expect(await seen(await world.principal('unit', 'south'), [id])).toEqual([id]);
    expect((await to(inNorth, city)).status).toBe(404);
    const [log] = await world.crm.platform.database.run(
      `select l.before::text as before, l.after::text as after from kartoteka.change_log l where l.record_id = $1::uuid and l.version = 2`,
      [id],
    );
    const [before, after] = [log?.before, log?.after].map((image) => JSON.parse(String(image)));
    expect([before, after]).toEqual([
      { owning_business_unit_id: world.units.north },
      { owning_business_unit_id: south },
    ]);
  });

  it('keeps the unit that is sent again without the right to assign', async () => {
    const { id } = await siteIn('north');
    const same = { owning_business_unit_id: world.units.north, text: 'same' };
    expect((await call(await world.principal('unassigning', 'north'), 'PATCH', `/sites(${id})`, same)).status).toBe(
      204,
    );
  });
});

it('one record is shared with somebody of another unit, and taken back', async () => {
  const { id } = await siteIn('north');
  const other = await world.principal('unit', 'city');
  const again = () => principalOf(world.crm.platform, other.id);
  const give = (rights: readonly string[]) =>
    call(inNorth, 'POST', `/sites(${id})/share`, { principal_id: other.id, rights });
  expect((await give(['read'])).status).toBe(204);
  expect(await seen(await again(), [id])).toEqual([id]);
  expect((await call(await again(), 'PATCH', `/sites(${id})`, { text: 'x' })).status).toBe(403);
  expect((await give(['write'])).status).toBe(204);
  expect((await call(await again(), 'PATCH', `/sites(${id})`, { text: 'x' })).status).toBe(204);
  expect((await call(inNorth, 'POST', `/sites(${id})/revoke`, { principal_id: other.id })).status).toBe(204);
  expect(await seen(await again(), [id])).toEqual([]);
});

it('a lookup to it needs append_to at a depth that reaches its unit', async () => {
  const [here, there] = [await siteIn('north'), await siteIn('south')];
  const metering = await world.principal('metering', 'north');
  expect((await world.crm.create('meters', { text: 'm', site_id: here.id }, metering)).site_id).toBe(here.id);
  const refused = await call(metering, 'POST', '/meters', { text: 'm', site_id: there.id });
  expect(refused.json).toMatchObject({ code: 'missing_privilege_on_record', target: 'site_id' });
});

it('many records at once belong to the units they name, or to that of their creator', async () => {
  const records = [{ text: 'a' }, { text: 'b', owning_business_unit_id: world.units.city }];
  const boss = await world.principal('tree', 'north');
  const { json } = await call(boss, 'POST', '/sites/bulk', { records });
  const made = [];
  for (const { id } of json.results) made.push((await call(boss, 'GET', `/sites(${id})`)).json.owning_business_unit_id);
  expect(made).toEqual([world.units.north, world.units.city]);
});

it('a unit that records belong to is not deleted', async () => {
  const unit = await world.crm.create('business_units', { name: 'Leaving', parent_id: world.crm.rootUnitId });
  await site(world.crm.admin, { owning_business_unit_id: unit.id });
  const refused = await call(world.crm.admin, 'DELETE', `/business_units(${unit.id})`);
  expect(refused).toMatchObject({ status: 409, json: { code: 'still_referenced' } });
});
