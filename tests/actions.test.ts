// The actions assign, share, modify and revoke over the engine: on one record and on many, for every kind of ownership.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, principalOf } from './crm-kit.ts';
import { document, requests, role, type Stored, startWorld, type World } from './ownership-kit.ts';

const ALL = { '*': 'organization' } as const;
const DOCUMENTS = [
  role('unassigning', { deal: { ...ALL, assign: 'none' }, site: ALL }),
  role('unwriting', { deal: { ...ALL, write: 'none' } }),
  role('unreading', { deal: { ...ALL, read: 'none' } }),
  role('unsharing', { deal: { ...ALL, share: 'none' } }),
  role('narrow', { deal: { ...ALL, assign: 'user', share: 'user', delete: 'none' } }),
  role('blind', {}),
  role('mover', { user: { read: 'organization', write: 'organization', assign: 'organization' } }),
  document('entity', 'crate', {
    ownership: 'user',
    fields: {
      text: { type: 'text', max_length: 200 },
      within: {
        type: 'lookup',
        targets: ['crate'],
        inverse: 'crates',
        on_delete: 'set_null',
        cascade: { assign: 'all' },
      },
    },
  }),
  document('entity', 'annex', {
    set: 'annexes',
    ownership: 'user',
    fields: {
      text: { type: 'text', max_length: 200 },
      deal: {
        type: 'lookup',
        targets: ['deal'],
        inverse: 'annexes',
        on_delete: 'set_null',
        cascade: { share: 'probe' },
      },
    },
  }),
  role('annexes', { deal: { '*': 'user' }, annex: { '*': 'user' } }),
  role('crates', { crate: { '*': 'user' } }),
];

const NOWHERE = '00000000-0000-7000-8000-000000000000';

let world: World;
let admin: Principal;
beforeAll(async () => {
  world = await startWorld(DOCUMENTS);
  admin = world.crm.admin;
});
afterAll(() => world?.crm.close());

const { create, call, deal, read } = requests(() => world);
const sql = (text: string, parameters: readonly string[] = []) => world.crm.platform.database.run(text, parameters);
const principal = (name: string, unit: 'north' | 'south' | 'city' | 'root' = 'root') => world.principal(name, unit);
const many = (as: Principal, set: string, action: string, body: object) => call(as, 'POST', `/${set}/${action}`, body);
const one = (as: Principal, set: string, id: string, action: string, body: object, headers?: Record<string, string>) =>
  world.crm.call(as, 'POST', `/${set}(${id})/${action}`, body, headers);
const ids = (records: readonly Stored[]): string[] => records.map(({ id }) => id);
const statuses = (answer: Answer): number[] => answer.json.results.map(({ status }: { status: number }) => status);
const deals = (count: number, owner: Principal): Promise<Stored[]> =>
  Promise.all(Array.from({ length: count }, () => deal(admin, { owner_id: owner.id })));
const owner = async (id: string) => (await read('deals', id)).owner_id;
const shareOf = async (id: string, to: string): Promise<number | null> => {
  const rows = await sql(
    'select rights::text as rights from kartoteka.share where record_id = $1::uuid and principal_id = $2::uuid',
    [id, to],
  );
  return rows[0] === undefined ? null : Number(rows[0].rights);
};

describe('assign of one record', () => {
  it('gives it to a user or a team, its unit following, as the update of its owner would', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    const { id } = await deal(from);
    const answer = await one(admin, 'deals', id, 'assign', { owner_id: to.id.toUpperCase() });
    expect([answer.status, answer.headers.etag]).toEqual([204, 'W/"2"']);
    expect(await read('deals', id)).toMatchObject({ owner_id: to.id, owning_business_unit_id: world.units.south });
    const team = await create(admin, 'teams', { name: 'Movers', owning_business_unit_id: world.units.city });
    await create(admin, 'role_assignments', { team_id: team.id, role: 'own' });
    const shown = await one(admin, 'deals', id, 'assign', { owner_id: team.id }, { prefer: 'return=representation' });
    expect([shown.status, shown.json.owner_id, shown.json.owning_business_unit_id]).toEqual([
      200,
      team.id,
      world.units.city,
    ]);
    const log = await sql(
      `select operation, actor_id::text as actor, client, after::text as after from kartoteka.change_log where record_id = $1::uuid and version = 2`,
      [id],
    );
    expect(log).toMatchObject([{ operation: 'update', actor: admin.id, client: 'test' }]);
    expect(JSON.parse(String(log[0]?.after))).toMatchObject({ owner_id: to.id });
  });

  it('gives a record of a business unit to another unit, and names the member of the body in errors', async () => {
    const { id } = await create(admin, 'sites', { text: 's' });
    expect((await one(admin, 'sites', id, 'assign', { owner_id: world.units.city })).status).toBe(204);
    expect((await read('sites', id)).owning_business_unit_id).toBe(world.units.city);
    const refused = await one(admin, 'sites', id, 'assign', { owner_id: admin.id });
    expect(refused.json.details).toEqual([
      { code: 'target_not_found', message: 'owner_id names a record that does not exist', target: 'owner_id' },
    ]);
  });

  it('does not apply to what belongs to a parent or to the organization, and says so', async () => {
    for (const [set, reason] of [
      ['remarks', 'assign that'],
      ['topics', 'organization'],
    ] as const) {
      for (const answer of [
        await one(admin, set, NOWHERE, 'assign', { owner_id: admin.id }),
        await many(admin, set, 'assign', { ids: [NOWHERE], owner_id: admin.id }),
      ]) {
        expect([answer.status, answer.json.code]).toEqual([400, 'action_not_applicable']);
        expect(answer.text).toContain(reason);
      }
    }
    expect((await one(admin, 'topics', NOWHERE, 'share', { principal_id: admin.id, rights: ['read'] })).json.code).toBe(
      'action_not_applicable',
    );
  });

  it('takes If-Match', async () => {
    const { id } = await deal(await principal('own', 'north'));
    const body = { owner_id: admin.id };
    expect((await one(admin, 'deals', id, 'assign', body, { 'if-match': 'W/"9"' })).status).toBe(412);
    expect((await one(admin, 'deals', id, 'assign', body, { 'if-match': 'W/"1"' })).status).toBe(204);
    expect((await one(admin, 'deals', id, 'assign', body, { 'if-none-match': '*' })).json.code).toBe('not_supported');
  });

  it('needs write, read and assign, and names the one that is missing', async () => {
    const { id } = await deal(await principal('own', 'north'));
    for (const [name, privilege] of [
      ['unassigning', 'assign'],
      ['unwriting', 'write'],
      ['unreading', 'read'],
    ] as const) {
      for (const answer of [
        await one(await principal(name), 'deals', id, 'assign', { owner_id: admin.id }),
        await many(await principal(name), 'deals', 'assign', { ids: [id], owner_id: admin.id }),
      ]) {
        expect([answer.status, answer.text]).toEqual([403, `You do not have the privilege ${privilege} on deal`]);
      }
    }
    const narrow = await one(await principal('narrow'), 'deals', id, 'assign', { owner_id: admin.id });
    expect([narrow.status, narrow.text]).toEqual([403, 'You do not have the privilege assign on this deal']);
  });

  it('answers alike for a hidden, a deleted and a missing record', async () => {
    const as = await principal('own', 'south');
    const hidden = await deal(await principal('own', 'north'));
    const gone = await deal(as);
    expect((await call(as, 'DELETE', `/deals(${gone.id})`)).status).toBe(204);
    for (const id of [hidden.id, gone.id, NOWHERE]) {
      const answer = await one(as, 'deals', id, 'assign', { owner_id: as.id });
      expect([answer.status, answer.json]).toEqual([404, expect.objectContaining({ code: 'not_found', details: [] })]);
    }
  });

  it('needs a new owner who is there, active, and may read such records', async () => {
    const { id } = await deal(await principal('own', 'north'));
    const blind = await principal('blind');
    const to = async (owner_id: unknown) => (await one(admin, 'deals', id, 'assign', { owner_id })).json.details?.[0];
    expect(await to(NOWHERE)).toMatchObject({ code: 'target_not_found', target: 'owner_id' });
    expect(await to(world.units.city)).toMatchObject({ code: 'target_not_found', target: 'owner_id' });
    expect((await to(blind.id)).message).toContain('holds no role that reads deal');
    for (const bad of [null, 7, 'x', undefined, [NOWHERE]])
      expect(await to(bad)).toMatchObject({ code: 'invalid_value', target: 'owner_id' });
    const retired = await world.crm.user('Retired', ['own']);
    await call(admin, 'PATCH', `/users(${retired.id})`, { active: false });
    expect(await to(retired.id)).toMatchObject({ code: 'target_not_found' });
  });
});

describe('many records', () => {
  it('are assigned by a few statements, with a result for each in the order asked for', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    const list = ids(await deals(30, from)).reverse();
    const { counters } = world.crm.platform.database;
    const cost = async (some: readonly string[]) => {
      const before = { ...counters };
      const answer = await many(admin, 'deals', 'assign', { ids: some, owner_id: to.id });
      expect(answer.status).toBe(200);
      expect(answer.json.results).toEqual(some.map((id) => ({ status: 200, id, changed: true })));
      return counters.roundTrips - before.roundTrips;
    };
    const few = await cost(list.slice(0, 2));
    // The node looks once a second whether anything was announced that it has missed.
    expect(Math.abs((await cost(list.slice(2))) - few)).toBeLessThan(4);
    const again = await many(admin, 'deals', 'assign', { ids: list.slice(0, 2), owner_id: to.id });
    expect(again.json.results.map(({ changed }: { changed: boolean }) => changed)).toEqual([false, false]);
  });

  it('are judged one by one: what is refused does not hold up the others', async () => {
    const as = await principal('narrow');
    const stranger = await principal('own', 'north');
    const [mine, theirs] = [await deal(as), await deal(stranger)];
    const list = [NOWHERE, theirs.id, mine.id];
    const assigned = await many(as, 'deals', 'assign', { ids: list, owner_id: stranger.id });
    // Theirs is left to whom it belongs: an owner that is not changed needs no assign.
    expect(statuses(assigned)).toEqual([404, 200, 200]);
    const back = await many(as, 'deals', 'assign', { ids: list, owner_id: as.id });
    expect(back.json.results).toMatchObject([
      { status: 404, id: NOWHERE, error: { code: 'not_found', message: 'There is no such record' } },
      { status: 403, id: theirs.id, error: { code: 'missing_privilege_on_record' } },
      { status: 403, id: mine.id, error: { message: 'You do not have the privilege assign on this deal' } },
    ]);
  });

  it('atomic: are assigned or shared as a whole, or refused with the places of the bad ones', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    const good = ids(await deals(20, from));
    const list = [...good.slice(0, 17), NOWHERE, ...good.slice(17), NOWHERE.replace('7000', '7001')];
    for (const [action, body] of [
      ['assign', { owner_id: to.id }],
      ['share', { principal_id: to.id, rights: ['read'] }],
    ] as const) {
      const refused = await many(admin, 'deals', action, { ids: list, atomic: true, ...body });
      expect([refused.status, refused.json.code, refused.json.target]).toEqual([404, 'not_found', 'ids/17']);
      expect(refused.json.details.map(({ target }: { target: string }) => target)).toEqual(['ids/17', 'ids/21']);
      expect(await owner(good[0] ?? '')).toBe(action === 'assign' ? from.id : to.id);
      expect(await shareOf(good[0] ?? '', to.id)).toBe(null);
      const done = await many(admin, 'deals', action, { ids: good, atomic: true, ...body });
      expect(new Set(statuses(done))).toEqual(new Set([200]));
    }
    expect(await owner(good[19] ?? '')).toBe(to.id);
  });

  it('are 10,000 at most; a list that is empty, holds what is no id or one twice is refused with the place', async () => {
    const missing = (count: number) =>
      Array.from({ length: count }, (_, at) => `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`);
    const body = { owner_id: admin.id };
    const most = await many(admin, 'deals', 'assign', { ...body, ids: missing(10_000) });
    expect(statuses(most)).toEqual(missing(10_000).map(() => 404));
    const over = await many(admin, 'deals', 'assign', { ...body, ids: missing(10_001) });
    expect(over.json).toMatchObject({ code: 'limit_exceeded', target: 'ids' });
    const [a = '', b = ''] = missing(2);
    const bad = await many(admin, 'deals', 'assign', {
      ...body,
      ids: [a, 'x', b, 3, a.toUpperCase()],
      atomic: 1,
      more: 1,
    });
    expect(bad.json.code).toBe('validation_failed');
    expect(bad.json.details.map(({ target }: { target: string }) => target)).toEqual([
      'ids/1',
      'ids/3',
      'ids/4',
      'atomic',
      'more',
    ]);
    for (const list of [[], undefined, null, 'x', { 0: a }])
      expect((await many(admin, 'deals', 'assign', { ...body, ids: list })).json.details[0].target).toBe('ids');
    const versions = await world.crm.call(admin, 'POST', '/deals/assign', { ...body, ids: [a] }, { 'if-match': '*' });
    expect(versions.json.code).toBe('not_supported');
    expect((await call(admin, 'GET', '/deals/assign')).status).toBe(405);
    expect((await call(admin, 'POST', '/deals/assign?$top=1', body)).json.code).toBe('invalid_option');
  });

  it('bring along what follows them, judged as they were when the request came', async () => {
    const [from, to] = [await world.crm.user('Crater', ['crates']), await world.crm.user('Taker', ['crates'])];
    const outer = await create(from, 'crates', { text: 'outer' });
    const inner = await create(from, 'crates', { text: 'inner', within_id: outer.id });
    const other = await create(from, 'crates', { text: 'other', within_id: outer.id });
    const body = { ids: [outer.id, inner.id], owner_id: to.id };
    expect(statuses(await many(from, 'crates', 'assign', { ...body, atomic: true }))).toEqual([200, 200]);
    for (const { id } of [outer, inner, other]) {
      const [row] = await sql(
        'select owner_id::text as owner, version::text as version from data.crate where id = $1::uuid',
        [id],
      );
      expect(row).toEqual({ owner: to.id, version: '2' });
    }
    expect(statuses(await many(from, 'crates', 'assign', body))).toEqual([404, 404]);
  });

  it('that follow each other go together however many there are', async () => {
    const [from, to] = [await world.crm.user('Stacker', ['crates']), await world.crm.user('Unstacker', ['crates'])];
    const made = Array.from({ length: 1_100 }, (_, at) => ({
      id: `0b000000-0000-7000-8000-${String(at).padStart(12, '0')}`,
      ...(at < 1_050 ? {} : { within_id: `0b000000-0000-7000-8000-${String(at - 1_050).padStart(12, '0')}` }),
    }));
    expect(new Set(statuses(await many(from, 'crates', 'bulk', { records: made })))).toEqual(new Set([201]));
    const list = made.map(({ id }) => id);
    const answer = await many(from, 'crates', 'assign', { ids: list, owner_id: to.id, atomic: true });
    expect([answer.status, new Set(statuses(answer))]).toEqual([200, new Set([200])]);
    const [row] = await sql('select count(*)::text as n from data.crate where owner_id = $1::uuid and version = 2', [
      to.id,
    ]);
    expect(row?.n).toBe('1100');
  });

  it('that are users are moved to a unit where nobody gets more by it than the caller holds', async () => {
    const mover = await principal('mover', 'north');
    const plain = await world.crm.user('Plain', []);
    const strong = await world.crm.user('Strong', ['unit']);
    const body = { ids: [strong.id, plain.id], owner_id: world.units.south };
    const refused = await many(mover, 'users', 'assign', { ...body, atomic: true });
    expect([refused.status, refused.json.code, refused.json.target]).toEqual([403, 'escalation', 'ids/0']);
    expect(statuses(await many(mover, 'users', 'assign', body))).toEqual([403, 200]);
    expect((await one(mover, 'users', strong.id, 'assign', { owner_id: world.units.south })).json.code).toBe(
      'escalation',
    );
    expect((await read('users', plain.id)).owning_business_unit_id).toBe(world.units.south);
    expect((await read('users', strong.id)).owning_business_unit_id).toBe(world.crm.rootUnitId);
  });

  it('that are deleted meanwhile are missing, and nothing is left half done', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    for (let round = 0; round < 5; round += 1) {
      const list = ids(await deals(8, from));
      const [assigned, ...deleted] = await Promise.all([
        many(admin, 'deals', 'assign', { ids: list, owner_id: to.id }),
        ...list.map((id) => call(admin, 'DELETE', `/deals(${id})`)),
      ]);
      expect(deleted.every(({ status }) => status === 204)).toBe(true);
      for (const [at, status] of statuses(assigned).entries()) {
        expect([200, 404]).toContain(status);
        const [row] = await sql(
          'select owner_id::text as owner, version::text as version, deleted_on is not null as gone from data.deal where id = $1::uuid',
          [list[at] ?? ''],
        );
        expect(row).toEqual({
          owner: status === 200 ? to.id : from.id,
          version: status === 200 ? '3' : '2',
          gone: true,
        });
      }
    }
  });
});

describe('shares of many records', () => {
  it('are given, changed and taken back; what was so already is not changed', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    const list = ids(await deals(3, from));
    const [first = ''] = list;
    const to_whom = { principal_id: to.id };
    await one(admin, 'deals', first, 'share', { ...to_whom, rights: ['read', 'write'] });
    const run = async (action: string, body: object = {}) =>
      (await many(from, 'deals', action, { ids: list, ...to_whom, ...body })).json.results;
    const results = (...changed: boolean[]) => list.map((id, at) => ({ status: 200, id, changed: changed[at] }));
    expect(await run('share', { rights: ['read'] })).toEqual(results(false, true, true));
    const now = await principalOf(world.crm.platform, to.id);
    for (const id of list) expect((await call(now, 'GET', `/deals(${id})`)).status).toBe(200);
    expect(await run('modify', { rights: ['read', 'write'] })).toEqual(results(false, true, true));
    expect(await shareOf(first, to.id)).toBe(3);
    await one(from, 'deals', first, 'revoke', to_whom);
    expect(await run('revoke')).toMatchObject([
      { status: 404, error: { target: 'principal_id' } },
      { changed: true },
      {},
    ]);
    for (const id of list) expect(await shareOf(id, to.id)).toBe(null);
    const events = await sql(
      `select kind, count(*)::text as n from kartoteka.security_log where target_id = any($1::uuid[]) group by 1 order by 1`,
      [`{${list.join(',')}}`],
    );
    expect(events).toEqual([
      { kind: 'record_shared', n: '3' },
      { kind: 'share_changed', n: '2' },
      { kind: 'share_revoked', n: '3' },
    ]);
  });

  it('give no right that is not held on the record, and need share on each', async () => {
    const as = await principal('narrow');
    const to = await principal('own', 'south');
    const [mine, theirs] = [await deal(as), await deal(await principal('own', 'north'))];
    const list = [mine.id, theirs.id, NOWHERE];
    const given = await many(as, 'deals', 'share', { ids: list, principal_id: to.id, rights: ['read', 'delete'] });
    expect(given.json.results).toMatchObject([
      {
        status: 403,
        error: { code: 'escalation', message: 'You cannot give more than you hold: delete on this deal' },
      },
      { status: 403, error: { message: 'You do not have the privilege share on this deal' } },
      { status: 404, error: { code: 'not_found' } },
    ]);
    await one(admin, 'deals', mine.id, 'share', { principal_id: to.id, rights: ['read'] });
    const more = await many(as, 'deals', 'modify', { ids: [mine.id], principal_id: to.id, rights: ['read', 'delete'] });
    expect(more.json.results[0].error.code).toBe('escalation');
    expect(await shareOf(mine.id, to.id)).toBe(1);
    const unsharing = await principal('unsharing');
    const refused = await many(unsharing, 'deals', 'revoke', { ids: [mine.id], principal_id: to.id });
    expect([refused.status, refused.text]).toEqual([403, 'You do not have the privilege share on deal']);
  });

  it('extend to children as those of one record do, right by right, until they are taken back', async () => {
    const [from, to] = [await principal('own', 'north'), await principal('own', 'south')];
    const parents = await deals(2, from);
    const remarks = await Promise.all(parents.map(({ id }) => create(from, 'remarks', { text: 'r', deal_id: id })));
    const list = { ids: ids(parents), principal_id: to.id };
    const status = async (method: string, body?: object) => {
      const now = await principalOf(world.crm.platform, to.id);
      return Promise.all(remarks.map(async ({ id }) => (await call(now, method, `/remarks(${id})`, body)).status));
    };
    expect(await status('GET')).toEqual([404, 404]);
    await many(from, 'deals', 'share', { ...list, rights: ['read', 'share'] });
    expect(await status('GET')).toEqual([200, 200]);
    expect(await status('PATCH', { text: 'x' })).toEqual([403, 403]);
    // Share on the parent lets the receiver share the children, and not more than read of them.
    const third = await principal('own', 'city');
    const now = await principalOf(world.crm.platform, to.id);
    const on = (rights: string[]) =>
      many(now, 'remarks', 'share', { ids: ids(remarks), principal_id: third.id, rights });
    expect(statuses(await on(['write']))).toEqual([403, 403]);
    expect(statuses(await on(['read']))).toEqual([200, 200]);
    await many(from, 'deals', 'modify', { ...list, rights: ['read', 'write'] });
    expect(await status('PATCH', { text: 'x' })).toEqual([204, 204]);
    await many(from, 'deals', 'revoke', list);
    expect(await status('GET')).toEqual([404, 404]);
  });

  it('reach records by a lookup as well: for every right, alone, in bulk and in a hand-over', async () => {
    const [from, to] = [await principal('annexes', 'north'), await principal('annexes', 'south')];
    const { id: deal_id } = await deal(from);
    const list: string[] = [];
    for (let at = 0; at < 4; at += 1) list.push((await create(from, 'annexes', { text: `${at}`, deal_id })).id);
    const [first = '', second = '', third = '', fourth = ''] = list;
    const now = () => principalOf(world.crm.platform, to.id);
    const set = async (action: string, rights: readonly string[]) =>
      expect((await one(from, 'deals', deal_id, action, { principal_id: to.id, rights })).status).toBe(204);
    const assigning = { owner_id: to.id };
    expect((await one(await now(), 'annexes', first, 'assign', assigning)).status).toBe(404);
    await set('share', ['read', 'write']);
    expect((await one(await now(), 'annexes', first, 'assign', assigning)).text).toBe(
      'You do not have the privilege assign on this annex',
    );
    expect(statuses(await many(await now(), 'annexes', 'assign', { ids: [first, second], ...assigning }))).toEqual([
      403, 403,
    ]);
    await set('modify', ['read', 'write', 'assign', 'share', 'delete']);
    const given = { principal_id: admin.id, rights: ['read', 'delete'] };
    expect(statuses(await many(await now(), 'annexes', 'share', { ids: list, ...given }))).toEqual([
      200, 200, 200, 200,
    ]);
    const revoked = await many(await now(), 'annexes', 'revoke', { ids: list, principal_id: admin.id });
    expect(statuses(revoked)).toEqual([200, 200, 200, 200]);
    expect((await one(await now(), 'annexes', first, 'assign', assigning)).status).toBe(204);
    expect(statuses(await many(await now(), 'annexes', 'assign', { ids: [second], ...assigning }))).toEqual([200]);
    expect((await call(await now(), 'DELETE', `/annexes(${fourth})`)).status).toBe(204);
    const handed = await call(await now(), 'POST', `/users(${from.id})/hand_over`, assigning);
    expect([handed.status, handed.json.records.map(({ id }: Stored) => id).sort()]).toEqual([
      200,
      [deal_id, third].sort(),
    ]);
    expect((await read('annexes', third)).owner_id).toBe(to.id);
  });

  it('cost the same round trips for two and for thirty', async () => {
    const to = await principal('own', 'south');
    const list = ids(await deals(32, await principal('own', 'north')));
    const { counters } = world.crm.platform.database;
    for (const [action, body] of [
      ['share', { rights: ['read'] }],
      ['modify', { rights: ['write'] }],
      ['revoke', {}],
    ] as const) {
      const cost = async (some: readonly string[]) => {
        const before = counters.roundTrips;
        expect(
          new Set(statuses(await many(admin, 'deals', action, { ids: some, principal_id: to.id, ...body }))),
        ).toEqual(new Set([200]));
        return counters.roundTrips - before;
      };
      const few = await cost(list.slice(0, 2));
      // The node looks once a second whether anything was announced that it has missed.
      expect(Math.abs((await cost(list.slice(2))) - few)).toBeLessThan(4);
      expect(few).toBeLessThan(11);
    }
  });

  it('of the same records at the same time, in opposite orders, all come about', async () => {
    const to = await principal('own', 'south');
    const list = ids(await deals(40, await principal('own', 'north')));
    const rights = ['read', 'write', 'delete', 'append'];
    const answers = await Promise.all(
      rights.map((right, at) =>
        many(admin, 'deals', 'share', {
          ids: at % 2 === 0 ? list : [...list].reverse(),
          principal_id: to.id,
          rights: [right],
        }),
      ),
    );
    for (const answer of answers) expect(new Set(statuses(answer))).toEqual(new Set([200]));
    for (const id of list) expect(await shareOf(id, to.id)).toBe(15);
  });
});
