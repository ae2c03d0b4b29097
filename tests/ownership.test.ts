// Records that belong to their parent over the engine: who creates, sees and changes them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requests, startWorld, type World } from './ownership-kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.crm.close());

const { create, call, read, deal, seen } = requests(() => world);

/** What is only read is refused, where it would be left aside. */
const STRICT = { prefer: 'handling=strict' };

describe('a record owned by its parent', () => {
  it('is created with the owner and the unit of its parent, whoever creates it', async () => {
    const owner = await world.principal('own', 'city');
    const boss = await world.principal('tree', 'north');
    const { id } = await deal(owner);
    const remark = await create(boss, 'remarks', { text: 'a', deal_id: id });
    expect(remark).toMatchObject({ owner_id: owner.id, owning_business_unit_id: world.units.city });
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
    expect(reply).toMatchObject({ owner_id: owner.id, owning_business_unit_id: world.units.city });
    const log = await world.crm.platform.database.run(
      'select l.after::text as after from kartoteka.change_log l where l.record_id = $1::uuid',
      [remark.id],
    );
    expect(JSON.parse(String(log[0]?.after))).toMatchObject({ owner_id: owner.id, deal_id: id });
  });

  it('is seen, changed and deleted at the depths that reach its parent', async () => {
    const owner = await world.principal('own', 'city');
    const { id: deal_id } = await deal(owner);
    const { id } = await create(owner, 'remarks', { text: 'a', deal_id });
    const sees = async (role: string, unit: Parameters<World['principal']>[1]) =>
      (await seen(await world.principal(role, unit), 'remarks', [id])).length === 1;
    expect(await sees('own', 'city')).toBe(true);
    expect(await sees('own', 'north')).toBe(false);
    expect(await sees('unit', 'city')).toBe(true);
    expect(await sees('unit', 'north')).toBe(false);
    expect(await sees('tree', 'north')).toBe(true);
    expect(await sees('tree', 'south')).toBe(false);
    expect(await sees('all', 'south')).toBe(true);
    const stranger = await world.principal('tree', 'south');
    expect((await call(stranger, 'PATCH', `/remarks(${id})`, { text: 'x' }, { 'if-match': '*' })).status).toBe(404);
    expect((await call(stranger, 'DELETE', `/remarks(${id})`)).status).toBe(404);
    const boss = await world.principal('tree', 'north');
    expect((await call(boss, 'PATCH', `/remarks(${id})`, { text: 'x' })).status).toBe(204);
    expect((await call(boss, 'DELETE', `/remarks(${id})`)).status).toBe(204);
  });

  it('is not created below a parent that the depth of create does not reach, or that cannot be read', async () => {
    const owner = await world.principal('own', 'city');
    const { id: deal_id } = await deal(owner);
    const below = async (role: string, id: unknown) =>
      (await call(await world.principal(role, 'south'), 'POST', '/remarks', { text: 'a', deal_id: id })).json;
    const nowhere = '00000000-0000-7000-8000-000000000000';
    for (const role of ['own', 'all']) {
      const missing = await below(role, nowhere);
      expect(missing.details).toEqual([expect.objectContaining({ code: 'target_not_found', target: 'deal_id' })]);
      if (role === 'own') expect(await below(role, deal_id)).toEqual(missing);
    }
    const onRecord = { code: 'missing_privilege_on_record' };
    expect(await below('reader', deal_id)).toMatchObject({
      ...onRecord,
      message: expect.stringContaining('create on this remark'),
    });
    expect(await below('unappending', deal_id)).toMatchObject({
      ...onRecord,
      message: expect.stringContaining('append on this remark'),
    });
    const none = await call(owner, 'POST', '/remarks', { text: 'a' });
    expect(none.json.details[0]).toMatchObject({ code: 'required', target: 'deal_id' });
    const cleared = await create(owner, 'remarks', { text: 'a', deal_id });
    const nulled = await call(owner, 'PATCH', `/remarks(${cleared.id})`, { deal_id: null });
    expect(nulled.json.details[0]).toMatchObject({ target: 'deal_id' });
  });

  it('has an owner that nobody writes', async () => {
    const owner = await world.principal('own', 'city');
    const { id: deal_id } = await deal(owner);
    for (const name of ['owner_id', 'owning_business_unit_id']) {
      const created = await call(world.crm.admin, 'POST', '/remarks', { text: 'a', deal_id, [name]: owner.id }, STRICT);
      expect(created.json.details).toEqual([expect.objectContaining({ code: 'read_only', target: name })]);
      const { id } = await create(owner, 'remarks', { text: 'a', deal_id });
      const updated = await call(world.crm.admin, 'PATCH', `/remarks(${id})`, { [name]: owner.id }, STRICT);
      expect(updated.json.details).toEqual([expect.objectContaining({ code: 'read_only', target: name })]);
    }
  });

  it('takes owner and unit of the new parent when its lookup changes, and keeps them when it does not', async () => {
    const owner = await world.principal('own', 'city');
    const other = await world.principal('own', 'south');
    const [one, two] = [await deal(owner), await deal(other)];
    const { id } = await create(owner, 'remarks', { text: 'a', deal_id: one.id });
    expect((await call(world.crm.admin, 'PATCH', `/remarks(${id})`, { deal_id: one.id, text: 'b' })).status).toBe(204);
    expect(await read('remarks', id)).toMatchObject({ owner_id: owner.id, version: 2 });
    const moved = await world.crm.call(
      world.crm.admin,
      'PATCH',
      `/remarks(${id})`,
      { deal_id: two.id },
      { prefer: 'return=representation' },
    );
    expect(moved.json).toMatchObject({ owner_id: other.id, owning_business_unit_id: world.units.south, version: 3 });
    expect(await seen(owner, 'remarks', [id])).toEqual([]);
    expect(await seen(other, 'remarks', [id])).toEqual([id]);
    const log = await world.crm.platform.database.run(
      `select l.before::text as before, l.after::text as after from kartoteka.change_log l
       where l.record_id = $1::uuid and l.version = 3`,
      [id],
    );
    expect(JSON.parse(String(log[0]?.before))).toEqual({
      deal_id: one.id,
      owner_id: owner.id,
      owning_business_unit_id: world.units.city,
    });
  });

  it('has the unit alone where its parent belongs to a business unit', async () => {
    const { north } = world.units;
    const site = await create(world.crm.admin, 'sites', { text: 's', owning_business_unit_id: north });
    const { id, ...visit } = await create(world.crm.admin, 'visits', { text: 'v', site_id: site.id });
    expect(visit).toMatchObject({ owner_id: null, owning_business_unit_id: north });
    expect(await seen(await world.principal('unit', 'north'), 'visits', [id])).toEqual([id]);
    expect(await seen(await world.principal('unit', 'city'), 'visits', [id])).toEqual([]);
    expect(await seen(await world.principal('own', 'north'), 'visits', [id])).toEqual([id]);
  });

  it('is reached at depth organization only where its parent belongs to the organization', async () => {
    const topic = await create(world.crm.admin, 'topics', { text: 't' });
    const { id, ...answer } = await create(world.crm.admin, 'answers', { text: 'a', topic_id: topic.id });
    expect(answer).toMatchObject({ owner_id: null, owning_business_unit_id: null });
    expect(await seen(await world.principal('all', 'south'), 'answers', [id])).toEqual([id]);
    const own = await world.principal('own_answers', 'root');
    expect(await seen(own, 'answers', [id])).toEqual([]);
    const refused = await call(own, 'POST', '/answers', { text: 'a', topic_id: topic.id });
    expect(refused.json).toMatchObject({ code: 'missing_privilege_on_record' });
  });

  it('goes into the recycle bin with its parent', async () => {
    const owner = await world.principal('own', 'city');
    const { id: deal_id } = await deal(owner);
    const remark = await create(owner, 'remarks', { text: 'a', deal_id });
    const reply = await create(owner, 'replies', { text: 'a', remark_id: remark.id });
    expect((await call(owner, 'DELETE', `/deals(${deal_id})`)).status).toBe(204);
    expect(await seen(owner, 'replies', [reply.id])).toEqual([]);
  });
});

describe('a parent of several kinds', () => {
  it('gives its owner and unit, or its unit alone, or nothing, and its changes', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const { id: dealId } = await deal(owner);
    const company = await create(owner, 'companies', { name: 'Acme' });
    const site = await create(world.crm.admin, 'sites', { text: 's', owning_business_unit_id: world.units.north });
    const topic = await create(world.crm.admin, 'topics', { text: 't' });
    const on = (on_type: string, on_id: string) => create(world.crm.admin, 'marks', { text: 'm', on_type, on_id });
    const { id } = await on('deal', dealId);
    expect(await read('marks', id)).toMatchObject({ owner_id: owner.id });
    expect(await on('company', company.id)).toMatchObject({ owner_id: owner.id });
    const { north } = world.units;
    expect(await on('site', site.id)).toMatchObject({ owner_id: null, owning_business_unit_id: north });
    expect(await on('topic', topic.id)).toMatchObject({ owner_id: null, owning_business_unit_id: null });
    await call(world.crm.admin, 'PATCH', `/deals(${dealId})`, { owner_id: other.id });
    expect(await read('marks', id)).toMatchObject({ owner_id: other.id, version: 2 });
    const moves = async (on_type: string, on_id: string) => {
      expect((await call(world.crm.admin, 'PATCH', `/marks(${id})`, { on_type, on_id })).status).toBe(204);
      return read('marks', id);
    };
    expect(await moves('site', site.id)).toMatchObject({ owner_id: null, owning_business_unit_id: north });
    expect(await moves('company', company.id)).toMatchObject({ owner_id: owner.id });
    await call(world.crm.admin, 'PATCH', `/deals(${dealId})`, { owner_id: owner.id });
    expect(await read('marks', id)).toMatchObject({ version: 4 });
  });
});
