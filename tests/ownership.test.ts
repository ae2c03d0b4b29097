// Ownership `parent` and `business_unit` over the engine, as several principals see it.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from './crm-kit.ts';
import { startWorld, type World } from './ownership-kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.crm.close());

type Record_ = Readonly<Record<string, unknown>> & { readonly id: string };

const create = (as: Principal, set: string, values: object): Promise<Record_> => world.crm.create(set, values, as);
const call = (as: Principal, method: string, path: string, body?: object) => world.crm.call(as, method, path, body);
const read = async (set: string, id: string): Promise<Record_> =>
  (await call(world.crm.admin, 'GET', `/${set}(${id})`)).json;

let deals = 0;
const deal = (as: Principal, more: object = {}): Promise<Record_> => {
  deals += 1;
  return create(as, 'deals', { name: `Deal ${deals}`, stage: 'prospecting', ...more });
};

/** Ids of a set that the principal sees, of those asked for. */
async function seen(as: Principal, set: string, ids: readonly string[]): Promise<readonly string[]> {
  const quoted = ids.join(',');
  const list = await call(as, 'GET', `/${set}?$filter=id in (${quoted})&$select=id&$count=true`);
  expect(list.status, list.text ?? '').toBe(200);
  const found = list.json.value.map((record: Record_) => record.id) as string[];
  expect(list.json['@odata.count']).toBe(found.length);
  for (const id of ids) {
    const answer = await call(as, 'GET', `/${set}(${id})`);
    expect([id, answer.status]).toEqual([id, found.includes(id) ? 200 : 404]);
  }
  return found.sort();
}

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
    expect((await call(stranger, 'PATCH', `/remarks(${id})`, { text: 'x' })).status).toBe(404);
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
      const created = await call(world.crm.admin, 'POST', '/remarks', { text: 'a', deal_id, [name]: owner.id });
      expect(created.json.details).toEqual([expect.objectContaining({ code: 'read_only', target: name })]);
      const { id } = await create(owner, 'remarks', { text: 'a', deal_id });
      const updated = await call(world.crm.admin, 'PATCH', `/remarks(${id})`, { [name]: owner.id });
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
    expect((await call(other, 'PATCH', `/deals(${deal_id})`, { owner_id: other.id })).status).toBe(404);
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

describe('shares of a parent', () => {
  /** A deal of a stranger with a remark and a reply, and a reader who has rights on own records only. */
  async function shared(rights: readonly string[], to?: string) {
    const owner = await world.principal('own', 'city');
    const reader = await world.principal('own', 'south');
    const { id } = await deal(owner);
    const remark = await create(owner, 'remarks', { text: 'a', deal_id: id, rank: 1 });
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
    const share = { principal_id: to ?? reader.id, rights };
    expect((await call(world.crm.admin, 'POST', `/deals(${id})/share`, share)).status).toBe(204);
    const again = async () => principalOf(world.crm.platform, reader.id);
    return { owner, reader: await again(), again, deal: id, remark: remark.id, reply: reply.id };
  }
  const status = async (as: Principal, method: string, path: string, body?: object) =>
    (await call(as, method, path, body)).status;

  it('count for its children and theirs, right by right, until they are taken back', async () => {
    const { reader, again, ...ids } = await shared(['read']);
    expect(await seen(reader, 'remarks', [ids.remark])).toEqual([ids.remark]);
    expect(await seen(reader, 'replies', [ids.reply])).toEqual([ids.reply]);
    expect(await status(reader, 'PATCH', `/remarks(${ids.remark})`, { text: 'x' })).toBe(403);
    const change = { principal_id: reader.id, rights: ['read', 'write', 'delete'] };
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/modify`, change)).toBe(204);
    expect(await status(await again(), 'PATCH', `/remarks(${ids.remark})`, { text: 'x' })).toBe(204);
    expect(await status(await again(), 'DELETE', `/replies(${ids.reply})`)).toBe(204);
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/revoke`, { principal_id: reader.id })).toBe(204);
    expect(await seen(await again(), 'remarks', [ids.remark])).toEqual([]);
  });

  it('of a child count for what is below it, and not for what is above', async () => {
    const { owner, reader, again, ...ids } = await shared(['write']);
    const give = { principal_id: reader.id, rights: ['read'] };
    expect(await status(world.crm.admin, 'POST', `/remarks(${ids.remark})/share`, give)).toBe(204);
    const other = await create(owner, 'remarks', { text: 'o', deal_id: ids.deal });
    expect(await seen(await again(), 'remarks', [ids.remark, other.id])).toEqual([ids.remark]);
    expect(await seen(await again(), 'replies', [ids.reply])).toEqual([ids.reply]);
    expect(await seen(await again(), 'deals', [ids.deal])).toEqual([]);
  });

  it('reach members of a team, and nobody without the privilege', async () => {
    const team = await create(world.crm.admin, 'teams', { name: 'Guests', owning_business_unit_id: world.units.south });
    const { reader, again, remark } = await shared(['read'], team.id);
    expect(await seen(reader, 'remarks', [remark])).toEqual([]);
    await create(world.crm.admin, 'team_members', { team_id: team.id, user_id: reader.id });
    expect(await seen(await again(), 'remarks', [remark])).toEqual([remark]);
    const bare = await world.crm.user('Bare', ['deals_only']);
    await create(world.crm.admin, 'team_members', { team_id: team.id, user_id: bare.id });
    expect(await status(await principalOf(world.crm.platform, bare.id), 'GET', `/remarks(${remark})`)).toBe(403);
  });

  it('count in expands, paths, filters and orders, and follow the record to another parent', async () => {
    const { reader, again, owner, ...ids } = await shared(['read']);
    const expanded = await call(
      reader,
      'GET',
      `/deals(${ids.deal})?$expand=remarks($select=text;$expand=replies($select=text))`,
    );
    expect(expanded.json.remarks[0]).toMatchObject({ text: 'a', replies: [expect.objectContaining({ text: 'b' })] });
    const filtered = await call(
      reader,
      'GET',
      `/replies?$filter=remark/deal/id eq ${ids.deal}&$orderby=remark/rank desc&$count=true`,
    );
    expect(filtered.json).toMatchObject({ '@odata.count': 1, value: [{ id: ids.reply }] });
    const ordered = await call(reader, 'GET', `/remarks?$filter=deal_id eq ${ids.deal}&$orderby=rank&$select=id`);
    expect(ordered.json.value.map(({ id }: Record_) => id)).toEqual([ids.remark]);
    const apart = await deal(owner);
    expect(await status(owner, 'PATCH', `/remarks(${ids.remark})`, { deal_id: apart.id })).toBe(204);
    expect(await seen(await again(), 'remarks', [ids.remark])).toEqual([]);
    expect(await seen(await again(), 'replies', [ids.reply])).toEqual([]);
  });

  it('count in the recycle bin, and let a record come out of it', async () => {
    const { reader, ...ids } = await shared(['read', 'delete']);
    expect(await status(reader, 'DELETE', `/remarks(${ids.remark})`)).toBe(204);
    const bin = await call(reader, 'GET', `/remarks/deleted?$filter=deal_id eq ${ids.deal}&$count=true&$orderby=rank`);
    expect(bin.json).toMatchObject({ '@odata.count': 1, value: [{ id: ids.remark }] });
    const stranger = await world.principal('own', 'north');
    expect((await call(stranger, 'GET', '/remarks/deleted')).json.value).toEqual([]);
    expect(await status(stranger, 'POST', `/remarks(${ids.remark})/restore`, {})).toBe(404);
    expect(await status(reader, 'POST', `/remarks(${ids.remark})/restore`, {})).toBeLessThan(300);
    expect(await seen(reader, 'replies', [ids.reply])).toEqual([ids.reply]);
  });

  it('let somebody write below the parent, where the depth of create reaches it', async () => {
    const { again, ...ids } = await shared(['read', 'append', 'append_to']);
    const reader = await again();
    expect(await status(reader, 'POST', '/remarks', { text: 'n', deal_id: ids.deal })).toBe(403);
    const creator = await world.crm.user('Creator', ['own', 'creates_everywhere'], world.units.south);
    const give = { principal_id: creator.id, rights: ['read', 'append', 'append_to'] };
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/share`, give)).toBe(204);
    const able = await principalOf(world.crm.platform, creator.id);
    const made = await create(able, 'remarks', { text: 'n', deal_id: ids.deal });
    expect(made).toMatchObject({ owner_id: ids.owner.id, text: 'n' });
  });

  it('of one of several kinds of parents count for that kind alone', async () => {
    const { again, owner, deal: id } = await shared(['read']);
    const company = await create(owner, 'companies', { id, name: 'With the id of the deal' });
    const on = (on_type: string) => create(world.crm.admin, 'marks', { text: 'm', on_type, on_id: company.id });
    const marks = [await on('deal'), await on('company')].map((mark) => mark.id);
    expect(await seen(await again(), 'marks', marks)).toEqual([marks[0]]);
  });
});

describe('many records at once', () => {
  const bulk = (as: Principal, set: string, body: object) => call(as, 'POST', `/${set}/bulk`, body);

  it('are created below parents with the owner and unit of each', async () => {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const [one, two] = [await deal(owner), await deal(other)];
    const records = [one, two, one].map(({ id }, n) => ({ text: `n${n}`, deal_id: id }));
    const { json } = await bulk(world.crm.admin, 'remarks', { records });
    const made = await Promise.all(json.results.map(({ id }: Record_) => read('remarks', id)));
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
    const remarks: Record_[] = [];
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

it('copies stay right while parents are assigned, children made, moved, deleted and restored at the same time', {
  timeout: 60_000,
}, async () => {
  const owners = [
    await world.principal('own', 'city'),
    await world.principal('own', 'south'),
    await world.principal('all', 'north'),
  ];
  const { admin, platform } = world.crm;
  const parents = [await deal(admin), await deal(admin), await deal(admin)];
  const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
  const remarks = [(await create(admin, 'remarks', { text: 'first', deal_id: parents[0]?.id })).id];
  const marks: string[] = [];
  /** What others took away meanwhile is not there; nothing else may go wrong. */
  const statuses = new Map<string, number>();
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await call(admin, method, path, body);
    const key = `${method} ${answer.status}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    return answer;
  };
  const on = (n: number) => ({ on_type: 'deal', on_id: pick(parents, n).id });
  const work: Record<string, (n: number) => Promise<unknown>> = {
    assign: (n) => ask('PATCH', `/deals(${pick(parents, n).id})`, { owner_id: pick(owners, n * 7).id }),
    assignAll: (n) => {
      const records = parents.map(({ id }, m) => ({ id, owner_id: pick(owners, n + m).id }));
      return ask('POST', '/deals/bulk', { mode: 'update', records });
    },
    make: async (n) => {
      const { json } = await ask('POST', '/remarks', { text: 'a', deal_id: pick(parents, n * 5).id });
      remarks.push(json.id);
      await ask('POST', '/replies', { text: 'b', remark_id: json.id });
    },
    mark: async (n) => marks.push((await ask('POST', '/marks', { text: 'm', ...on(n * 5) })).json.id),
    moveMark: (n) => (marks.length === 0 ? Promise.resolve() : ask('PATCH', `/marks(${pick(marks, n)})`, on(n * 7))),
    move: (n) => ask('PATCH', `/remarks(${pick(remarks, n)})`, { deal_id: pick(parents, n * 11).id }),
    bin: async (n) => {
      const id = pick(remarks, n * 3);
      await ask('DELETE', `/remarks(${id})`);
      await ask('POST', `/remarks(${id})/restore`, {});
    },
  };
  const workers = [...Object.values(work), ...Object.values(work)].map(async (step, worker) => {
    for (let n = 0; n < 20; n++) await step(n * 14 + worker);
  });
  await Promise.all(workers);
  expect([...statuses.keys()].filter((key) => !/ (20[014]|400|404|409)$/.test(key))).toEqual([]);
  for (const done of ['PATCH 204', 'POST 201', 'POST 204', 'DELETE 204'])
    expect([done, (statuses.get(done) ?? 0) > 10]).toEqual([done, true]);
  const stale = (child: string, lookup: string, parentTable: string) =>
    `select c.id from data.${child} c join data.${parentTable} p on p.id = c.${lookup} where c.deleted_on is null
     and (c.owner_id, c.owning_business_unit_id) is distinct from (p.owner_id, p.owning_business_unit_id)`;
  const parts = [
    stale('remark', 'deal_id', 'deal'),
    stale('reply', 'remark_id', 'remark'),
    `${stale('mark', 'on_id', 'deal')} and c.on_type = 'deal'`,
  ];
  expect(await platform.database.run(parts.join(' union all '))).toEqual([]);
});
