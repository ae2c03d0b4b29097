// What happens to records that belong to their parent when its owner changes.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requests, type Stored, startWorld, type World } from './ownership-kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.crm.close());

const { create, call, read, deal, seen } = requests(() => world);

describe('when the owner of a parent changes', () => {
  it('its children follow, and theirs, each with a new version and a line in the change log, and are otherwise as before', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const { id: deal_id } = await deal(owner);
    const remark = await create(owner, 'remarks', { text: 'a', deal_id });
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
    const apart = await create(owner, 'remarks', { text: 'c', deal_id: (await deal(owner)).id });
    expect((await call(world.crm.admin, 'PATCH', `/deals(${deal_id})`, { owner_id: other.id })).status).toBe(204);
    for (const [set, { id, modified_on }] of [
      ['remarks', remark],
      ['replies', reply],
    ] as const) {
      expect(await read(set, id)).toMatchObject({
        owner_id: other.id,
        owning_business_unit_id: world.units.south,
        version: 2,
        modified_by_id: owner.id,
        modified_on,
      });
      expect(await seen(owner, set, [id])).toEqual([]);
      expect(await seen(other, set, [id])).toEqual([id]);
      const log = await world.crm.platform.database.run(
        `select l.operation, l.actor_id::text as actor, l.client, l.before::text as before, l.after::text as after
         from kartoteka.change_log l where l.record_id = $1::uuid and l.version = 2`,
        [id],
      );
      expect(log).toHaveLength(1);
      expect(log[0]).toMatchObject({ operation: 'update', actor: world.crm.admin.id, client: 'test' });
      expect(JSON.parse(String(log[0]?.before))).toEqual({
        owner_id: owner.id,
        owning_business_unit_id: world.units.city,
      });
      expect(JSON.parse(String(log[0]?.after))).toEqual({
        owner_id: other.id,
        owning_business_unit_id: world.units.south,
      });
    }
    expect(await read('remarks', apart.id)).toMatchObject({ owner_id: owner.id, version: 1 });
  });

  it('the answer shows what followed', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const { id } = await deal(owner);
    await create(owner, 'remarks', { text: 'a', deal_id: id });
    const { json } = await world.crm.call(
      world.crm.admin,
      'PATCH',
      `/deals(${id})?$select=owner_id,version&$expand=remarks($select=owner_id,version)`,
      { owner_id: other.id },
      { prefer: 'return=representation' },
    );
    expect(json).toMatchObject({ owner_id: other.id, version: 2, remarks: [{ owner_id: other.id, version: 2 }] });
  });

  it('a refused or empty change moves nothing', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const { id: deal_id } = await deal(owner);
    const { id } = await create(owner, 'remarks', { text: 'a', deal_id });
    const unchanged = { owner_id: owner.id };
    expect((await call(world.crm.admin, 'PATCH', `/deals(${deal_id})`, unchanged)).status).toBe(204);
    const invalid = { owner_id: other.id, stage: 'won' };
    expect((await call(world.crm.admin, 'PATCH', `/deals(${deal_id})`, invalid)).status).toBe(400);
    const updateOnly = { 'if-match': '*' };
    expect((await call(other, 'PATCH', `/deals(${deal_id})`, { owner_id: other.id }, updateOnly)).status).toBe(404);
    expect(await read('remarks', id)).toMatchObject({ owner_id: owner.id, version: 1 });
  });

  it('the children of a child that goes to another parent follow it', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const [one, two] = [await deal(owner), await deal(other)];
    const remark = await create(owner, 'remarks', { text: 'a', deal_id: one.id });
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
    expect((await call(world.crm.admin, 'PATCH', `/remarks(${remark.id})`, { deal_id: two.id })).status).toBe(204);
    expect(await read('replies', reply.id)).toMatchObject({ owner_id: other.id, version: 2 });
  });

  it('children of a record that belongs to a business unit follow its unit', async () => {
    const { north, south } = world.units;
    const site = await create(world.crm.admin, 'sites', { text: 's', owning_business_unit_id: north });
    const { id } = await create(world.crm.admin, 'visits', { text: 'v', site_id: site.id });
    const moved = await call(world.crm.admin, 'PATCH', `/sites(${site.id})`, { owning_business_unit_id: south });
    expect(moved.status).toBe(204);
    expect(await read('visits', id)).toMatchObject({ owning_business_unit_id: south, owner_id: null, version: 2 });
  });

  it('children keep the unit of their parent, which keeps its own, when their owner goes to another unit', async () => {
    const moving = await world.crm.user('Mover', ['own'], world.units.city);
    const { id } = await deal(moving);
    const remark = await create(moving, 'remarks', { text: 'a', deal_id: id });
    const { city: owning_business_unit_id, south } = world.units;
    const moved = await call(world.crm.admin, 'PATCH', `/users(${moving.id})`, { owning_business_unit_id: south });
    expect(moved.status).toBe(204);
    expect(await read('deals', id)).toMatchObject({ owning_business_unit_id });
    expect(await read('remarks', remark.id)).toMatchObject({ owning_business_unit_id, version: 1 });
  });

  it('updates that leave the owner alone stay one statement, with children and without', async () => {
    const owner = await world.principal('own', 'city');
    const { id } = await deal(owner);
    await create(owner, 'remarks', { text: 'a', deal_id: id });
    const { counters } = world.crm.platform.database;
    await call(owner, 'PATCH', `/deals(${id})`, { product: 'x' });
    const before = { ...counters };
    await call(owner, 'PATCH', `/deals(${id})`, { product: 'y' });
    expect([counters.statements - before.statements, counters.roundTrips - before.roundTrips]).toEqual([1, 1]);
  });

  it('no more than 50,000 records follow, or none', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const { id } = await deal(owner);
    const first = await create(owner, 'remarks', { text: 'a', deal_id: id });
    const fill = (rows: number): Promise<unknown> =>
      world.crm.platform.database.run(
        `insert into data.remark (id, owner_id, owning_business_unit_id, created_on, created_by_id, modified_on, modified_by_id, version, deal_id)
         select gen_random_uuid(), owner_id, owning_business_unit_id, created_on, created_by_id, modified_on, modified_by_id, 1, deal_id
         from data.remark cross join generate_series(1, $2::int) where id = $1::uuid`,
        [first.id, String(rows)],
      );
    await fill(49_999);
    const refused = await call(world.crm.admin, 'PATCH', `/deals(${id})`, { owner_id: other.id });
    expect(refused).toMatchObject({ status: 400, json: { code: 'limit_exceeded' } });
    expect(refused.text).toContain('records assigned together (50000)');
    expect(await read('deals', id)).toMatchObject({ owner_id: owner.id, version: 1 });
    expect(await read('remarks', first.id)).toMatchObject({ owner_id: owner.id, version: 1 });
    expect((await call(owner, 'DELETE', `/remarks(${first.id})`)).status).toBe(204);
    expect((await call(world.crm.admin, 'PATCH', `/deals(${id})`, { owner_id: other.id })).status).toBe(204);
    const [count] = await world.crm.platform.database.run(
      'select count(*)::text as n from data.remark where deal_id = $1::uuid and owner_id = $2::uuid and deleted_on is null',
      [id, other.id],
    );
    expect(count?.n).toBe('49999');
  });
});

describe('many records at once', () => {
  const bulk = (as: Principal, set: string, body: object) => call(as, 'POST', `/${set}/bulk`, body);

  it('are created below parents with the owner and unit of each', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const [one, two] = [await deal(owner), await deal(other)];
    const records = [one, two, one].map(({ id }, n) => ({ text: `n${n}`, deal_id: id }));
    const { json } = await bulk(world.crm.admin, 'remarks', { records });
    const made = await Promise.all(json.results.map(({ id }: Stored) => read('remarks', id)));
    expect(made.map(({ owner_id }) => owner_id)).toEqual([owner.id, other.id, owner.id]);
    const moved = [{ id: made[0].id, deal_id: two.id }];
    expect((await bulk(world.crm.admin, 'remarks', { mode: 'update', records: moved })).json.results[0].status).toBe(
      200,
    );
    expect(await read('remarks', made[0].id)).toMatchObject({
      owner_id: other.id,
      owning_business_unit_id: world.units.south,
    });
    const refused = await bulk(owner, 'remarks', { records });
    expect(refused.json.results.map(({ status }: { status: number }) => status)).toEqual([201, 400, 201]);
  });

  it('are assigned with what follows them', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const parents = [await deal(owner), await deal(owner), await deal(owner)];
    const remarks: Stored[] = [];
    for (const { id } of parents) remarks.push(await create(owner, 'remarks', { text: 'a', deal_id: id }));
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remarks[0]?.id });
    const records = parents.map(({ id }, n) => ({ id, owner_id: n < 2 ? other.id : owner.id }));
    const { json } = await bulk(world.crm.admin, 'deals', { mode: 'update', records });
    expect(json.results.map(({ changed }: { changed: boolean }) => changed)).toEqual([true, true, false]);
    const after = await Promise.all(remarks.map(({ id }) => read('remarks', id)));
    expect(after.map(({ owner_id, version }) => [owner_id, version])).toEqual([
      [other.id, 2],
      [other.id, 2],
      [owner.id, 1],
    ]);
    expect(await read('replies', reply.id)).toMatchObject({ owner_id: other.id, version: 2 });
  });
});

it('a record comes out of the recycle bin with the owner that its parent has by then, and so do its children', async () => {
  const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
  const { id: deal_id } = await deal(owner);
  const remark = await create(owner, 'remarks', { text: 'a', deal_id });
  const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
  expect((await call(owner, 'DELETE', `/remarks(${remark.id})`)).status).toBe(204);
  expect((await call(world.crm.admin, 'PATCH', `/deals(${deal_id})`, { owner_id: other.id })).status).toBe(204);
  const restored = await call(world.crm.admin, 'POST', `/remarks(${remark.id})/restore`, {});
  expect(restored.status, restored.text ?? '').toBeLessThan(300);
  for (const [set, id] of [
    ['remarks', remark.id],
    ['replies', reply.id],
  ] as const) {
    expect(await read(set, id)).toMatchObject({ owner_id: other.id, owning_business_unit_id: world.units.south });
    expect(await seen(owner, set, [id])).toEqual([]);
    const [log] = await world.crm.platform.database.run(
      `select l.after::text as after from kartoteka.change_log l where l.record_id = $1::uuid and l.operation = 'restore'`,
      [id],
    );
    expect(JSON.parse(String(log?.after))).toMatchObject({ owner_id: other.id });
  }
});
