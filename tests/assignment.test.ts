// Assignment rules at work: who gets a new record, in turns or by load, who is passed over, and that it takes no right of who makes it.
import type { SourceDocument } from '@kartoteka/metadata';
import { createPlatform, type Platform, type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Crm, callPlatform, principalOf, quietLog, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let maker: Principal;
const people: Principal[] = [];
const EMAILS = ['ada@example.com', 'ben@example.com', 'cid@example.com'];

beforeAll(async () => {
  crm = await startCrm();
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  for (const name of ['Ada', 'Ben', 'Cid']) people.push(await crm.user(name, ['sales_representative'], unit.id));
  maker = await crm.user('Maker', ['sales_representative']);
});
afterAll(() => crm?.close());

const rule = (name: string, body: object): SourceDocument => ({
  ...{ kind: 'assignment_rule', name, layer: 'custom', source: name },
  body: { name, entity: 'lead', label: { en: name }, order: 10, ...body },
});
let published: string[] = [];
async function publishRules(...rules: SourceDocument[]): Promise<void> {
  const gone = published.filter((name) => !rules.some((each) => each.name === name));
  const changes = [
    ...rules,
    ...gone.map((name) => rule(name, { assign: { method: 'round_robin', queue: 'x' }, active: false })),
  ];
  published = rules.flatMap(({ kind, name }) => (kind === 'assignment_rule' ? [name] : []));
  const { revision } = await publish(crm.platform.database, { changes, author: null, comment: '', log: quietLog });
  await expect.poll(() => crm.platform.model().revision, { timeout: 10_000 }).toBe(revision);
  maker = await crm.principal(maker.id);
}
const inTurns = (more: object = {}) => rule('x_turns', { assign: { method: 'round_robin', users: EMAILS }, ...more });

beforeEach(async () => {
  await crm.platform.database.run(
    `do $$ declare turns regclass; begin for turns in select oid::regclass from pg_class where relname like 'assignment\\_turn\\_%' and relkind = 'S'
     loop execute 'drop sequence ' || turns; end loop; end $$`,
  );
  await crm.platform.database.run(`update data."user" set absent_from = null, absent_until = null, active = true`);
});

let counter = 0;
const lead = (values: object = {}) => ({ last_name: `L${counter++}`, ...values });
async function ownerOf(id: string): Promise<string> {
  const [row] = await crm.platform.database.run('select owner_id::text as owner from data.lead where id = $1::uuid', [
    id,
  ]);
  return String(row?.owner);
}
async function make(values: object = {}, who: Principal = maker, node?: Platform): Promise<string> {
  const id = crypto.randomUUID();
  const answer = await crm.call(who, 'POST', '/leads', lead({ id, ...values }), {}, node);
  // 204 where the maker may not read what he has made.
  expect(answer.json?.details).toBeUndefined();
  expect([201, 204]).toContain(answer.status);
  return ownerOf(id);
}
const ids = () => people.map(({ id }) => id);

test('records go to the users in turns, though who makes them may neither assign nor see them', async () => {
  await publishRules(inTurns());
  const owners = [];
  for (let n = 0; n < 7; n += 1) owners.push(await make());
  expect(owners).toEqual([0, 1, 2, 0, 1, 2, 0].map((at) => ids()[at]));
});

test('turns are fair between two nodes and requests of the same moment, and a bulk is dealt evenly', async () => {
  await publishRules(inTurns());
  const other = await createPlatform({ databaseUrl: crm.url, documents: null, log: quietLog });
  try {
    const there = await principalOf(other, maker.id);
    const owners = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? make() : makeThere(other, there))),
    );
    const counts = ids().map((id) => owners.filter((owner) => owner === id).length);
    expect(counts).toEqual([10, 10, 10]);
  } finally {
    await other.close();
  }
  const records = Array.from({ length: 301 }, () => lead());
  const before = crm.platform.database.counters.statements;
  const { json } = await crm.call(maker, 'POST', '/leads/bulk', { records });
  expect(crm.platform.database.counters.statements - before).toBeLessThan(20);
  const owners = await Promise.all(json.results.map(({ id }: { id: string }) => ownerOf(id)));
  const counts = ids().map((id) => owners.filter((owner) => owner === id).length);
  expect(counts.reduce((sum, each) => sum + each)).toBe(301);
  expect(Math.max(...counts) - Math.min(...counts)).toBe(1);
});

async function makeThere(node: Platform, who: Principal): Promise<string> {
  const id = crypto.randomUUID();
  expect((await callPlatform(node, who, 'POST', '/leads', lead({ id }))).status).toBe(204);
  return ownerOf(id);
}

test('the first rule whose condition fits decides, and where none does the maker keeps the record', async () => {
  const to = (email: string) => ({ assign: { method: 'fixed', users: [email] } });
  await publishRules(
    rule('x_late', { order: 20, when: "source eq 'web'", ...to('ben@example.com') }),
    rule('x_early', { order: 5, when: "source eq 'web' and rating eq 'hot'", ...to('cid@example.com') }),
    rule('x_off', { order: 1, active: false, ...to('ada@example.com') }),
  );
  expect(await make({ source: 'web', rating: 'hot' })).toBe(ids()[2]);
  expect(await make({ source: 'web' })).toBe(ids()[1]);
  expect(await make()).toBe(maker.id);
});

test('whoever names an owner has chosen', async () => {
  await publishRules(inTurns());
  expect(await make({ owner_id: maker.id })).toBe(maker.id);
  expect(await make({ owner_id: ids()[2] }, await crm.principal(crm.admin.id))).toBe(ids()[2]);
  const refused = await crm.call(maker, 'POST', '/leads', lead({ owner_id: ids()[0] }));
  expect([refused.status, refused.json.code]).toEqual([403, 'missing_privilege_on_record']);
});

test('who is absent, on its first and last day too, who is disabled and who is not there is passed over', async () => {
  await publishRules(inTurns({ assign: { method: 'round_robin', users: ['nobody@example.com', ...EMAILS] } }));
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const owners = async () => new Set([await make(), await make(), await make(), await make()]);
  const absent = (from: string | null, until: string | null) =>
    crm.platform.database.run(
      'update data."user" set absent_from = $2::date, absent_until = $3::date where id = $1::uuid',
      [ids()[0] ?? '', from, until],
    );
  const all = new Set(ids());
  const others = new Set(ids().slice(1));
  for (const [from, until, expected] of [
    [day(0), day(5), others],
    [day(-5), day(0), others],
    [day(-5), null, others],
    [null, day(0), others],
    [day(1), day(5), all],
    [day(-5), day(-1), all],
  ] as const) {
    await absent(from, until);
    expect(await owners(), `${from} ${until}`).toEqual(expected);
  }
  await absent(null, null);
  await crm.platform.database.run('update data."user" set active = false where id = $1::uuid', [ids()[1] ?? '']);
  expect(await owners()).toEqual(new Set([ids()[0], ids()[2]]));
});

test('absent users are taken where the rule says so', async () => {
  await publishRules(inTurns({ skip_absent: false }));
  await crm.platform.database.run(`update data."user" set absent_from = '2020-01-01' where email = 'ada@example.com'`);
  expect(await make()).toBe(ids()[0]);
});

test('the queue gets what nobody can take; without one the maker keeps it', async () => {
  const team = await crm.create('teams', { name: 'Queue', owning_business_unit_id: crm.rootUnitId });
  const assign = { method: 'round_robin', users: ['ada@example.com'], queue: 'Queue' };
  await publishRules(inTurns({ assign }));
  await crm.platform.database.run('update data."user" set active = false where id = $1::uuid', [ids()[0] ?? '']);
  expect(await make(), 'the team has no role yet').toBe(maker.id);
  const admin = await crm.principal(crm.admin.id);
  await crm.create('role_assignments', { team_id: team.id, role: 'sales_representative' }, admin);
  expect(await make()).toBe(team.id);
  await publishRules(inTurns({ assign: { ...assign, queue: 'No such team' } }));
  expect(await make()).toBe(maker.id);
  await publishRules(inTurns({ assign: { method: 'fixed', queue: 'Queue' } }));
  expect(await make()).toBe(team.id);
});

test('a role by a team in the recycle bin is none', async () => {
  const team = await crm.create('teams', { name: 'Role givers', owning_business_unit_id: crm.rootUnitId });
  const dora = await crm.user('Dora', []);
  await crm.create('team_members', { team_id: team.id, user_id: dora.id });
  const role = { team_id: team.id, role: 'sales_representative' };
  await crm.create('role_assignments', role, await crm.principal(crm.admin.id));
  await publishRules(inTurns({ assign: { method: 'fixed', users: ['dora@example.com'] } }));
  expect(await make()).toBe(dora.id);
  await crm.platform.database.run('update data.team set deleted_on = now() where id = $1::uuid', [team.id]);
  expect(await make()).toBe(maker.id);
});

test('turns go on while another transaction that took some is open', async () => {
  await publishRules(inTurns());
  await make();
  const opened = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const admin = await crm.principal(crm.admin.id);
  const open = crm.platform.transaction(admin, async ({ engine }) => {
    await engine.create('leads', lead());
    opened.resolve();
    await end.promise;
  });
  await opened.promise;
  const owner = await make();
  end.resolve();
  await open;
  expect(owner, 'its turn was that of the second').toBe(ids()[2]);
});

test('members of a team take turns', async () => {
  const team = await crm.create('teams', { name: 'Sellers', owning_business_unit_id: crm.rootUnitId });
  for (const id of ids().slice(1)) await crm.create('team_members', { team_id: team.id, user_id: id });
  await publishRules(inTurns({ assign: { method: 'round_robin', team: 'Sellers' } }));
  const members = ids().slice(1).sort();
  expect([await make(), await make(), await make()]).toEqual([members[0], members[1], members[0]]);
});

test('who has the least load is next, within many records too', async () => {
  await crm.platform.database.run('delete from data.lead');
  const load = { entity: 'lead', filter: "rating eq 'hot'" };
  await publishRules(inTurns({ assign: { method: 'least_load', users: EMAILS, load } }));
  const admin = await crm.principal(crm.admin.id);
  for (const at of [0, 0, 1]) await make({ owner_id: ids()[at], rating: 'hot' }, admin);
  for (const at of [2, 2, 2]) await make({ owner_id: ids()[at], rating: 'cold' }, admin);
  expect(await make({ rating: 'hot' })).toBe(ids()[2]);
  const records = Array.from({ length: 5 }, () => lead({ rating: 'hot' }));
  const { json } = await crm.call(maker, 'POST', '/leads/bulk', { records });
  for (const { id } of json.results) await ownerOf(id);
  const rows = await crm.platform.database.run(
    `select owner_id::text as id, count(*)::int as n from data.lead where rating = 'hot' group by 1`,
  );
  expect(new Map(rows.map(({ id, n }) => [id, Number(n)]))).toEqual(new Map(ids().map((id) => [id, 3])));
});

test('the rights of the maker are judged as on a record of his own, conditions included', async () => {
  await publishRules(inTurns());
  const reader = await crm.user('Reader', ['integrator']);
  const refused = await crm.call(reader, 'POST', '/leads', lead());
  expect([refused.status, refused.json.code]).toEqual([403, 'missing_privilege']);
});

test('whatever path a create takes, the rule gives the record its owner', async () => {
  await publishRules(inTurns());
  const id = () => crypto.randomUUID();
  const ok = (answer: Answer) => {
    expect([200, 201, 204], JSON.stringify(answer.json)).toContain(answer.status);
    return answer;
  };
  const upserted = id();
  ok(await crm.call(maker, 'PATCH', `/leads(${upserted})`, lead()));
  const [one, other] = [id(), id()];
  const requests = [one, other].map((each, at) => ({
    ...{ id: String(at), method: 'POST', url: 'leads', atomicityGroup: 'g', body: lead({ id: each }) },
    headers: { 'content-type': 'application/json' },
  }));
  const batch = ok(await crm.call(maker, 'POST', '/$batch', { requests }));
  expect(batch.json.responses.map(({ status }: { status: number }) => status)).toEqual([204, 204]);
  const below = [id(), id()];
  const campaign = { name: 'Deep', leads: below.map((each) => lead({ id: each })) };
  ok(await crm.call(await crm.principal(crm.admin.id), 'POST', '/campaigns', campaign));
  const owners = [];
  for (const each of [upserted, one, other, ...below]) owners.push(await ownerOf(each));
  expect(owners).toEqual([0, 1, 2, 0, 1].map((at) => ids()[at]));
  // An update is no create.
  ok(await crm.call(crm.admin, 'PATCH', `/leads(${upserted})`, { rating: 'hot' }));
  expect(await ownerOf(upserted)).toBe(ids()[0]);
});

test('a thousand records of one request are dealt evenly', async () => {
  for (const method of ['round_robin', 'least_load']) {
    await crm.platform.database.run('delete from data.lead');
    await publishRules(inTurns({ assign: { method, users: EMAILS } }));
    const records = Array.from({ length: 1_000 }, () => lead());
    const { json } = await crm.call(maker, 'POST', '/leads/bulk', { records });
    expect(json.results).toHaveLength(1_000);
    const rows = await crm.platform.database.run(
      'select owner_id::text as id, count(*)::int as n from data.lead group by 1',
    );
    expect(new Set(rows.map((row) => row.id))).toEqual(new Set(ids()));
    expect(rows.map(({ n }) => Number(n)).sort()).toEqual([333, 333, 334]);
  }
});

test('conditions read fields of the custom layer, and numbers and moments however they are written', async () => {
  const amount = { name: 'x_seats', body: { type: 'integer', label: { en: 'Seats' } } };
  const extension: SourceDocument = {
    ...{ kind: 'entity', name: 'lead', layer: 'custom', source: 'lead' },
    body: { extends: 'lead', fields: { [amount.name]: amount.body } },
  };
  const to = (email: string) => ({ assign: { method: 'fixed', users: [email] } });
  await publishRules(
    extension,
    rule('x_many', { order: 1, when: 'x_seats gt 9', ...to('ada@example.com') }),
    rule('x_rich', { order: 2, when: 'expected_amount ge 1000', ...to('ben@example.com') }),
    rule('x_other', { order: 3, when: 'x_seats eq null', ...to('cid@example.com') }),
  );
  expect(await make({ x_seats: 10 })).toBe(ids()[0]);
  expect(await make({ x_seats: 9, expected_amount: 1000.5 })).toBe(ids()[1]);
  expect(await make({ x_seats: 9, expected_amount: 999 })).toBe(maker.id);
  expect(await make()).toBe(ids()[2]);
  // What is no value of its property is refused as ever.
  const refused = await crm.call(maker, 'POST', '/leads', lead({ x_seats: 'many' }));
  expect([refused.status, refused.json.details[0].target]).toEqual([400, 'x_seats']);
});

test('conditions read what the engine makes of others: joined names, amounts in the base currency', async () => {
  const to = (email: string) => ({ assign: { method: 'fixed', users: [email] } });
  await publishRules(
    rule('x_rich', { order: 1, when: 'expected_amount_base ge 1000', ...to('ada@example.com') }),
    rule('x_named', { order: 2, when: 'name eq \'Zoe "Z" Marsh\'', ...to('ben@example.com') }),
  );
  const { rates } = crm.platform.model().organization;
  const [currency = '', rate = ''] = [...rates].find(([, each]) => Number(each) > 1) ?? [];
  const foreign = { expected_amount_currency: currency, expected_amount: Math.ceil(1_000 / Number(rate)) };
  expect(await make(foreign)).toBe(ids()[0]);
  expect(await make({ ...foreign, expected_amount: Math.floor(999 / Number(rate)) })).toBe(maker.id);
  expect(await make({ first_name: 'Zoe "Z"', last_name: 'Marsh' })).toBe(ids()[1]);
  expect(await make({ first_name: 'Zoe', last_name: 'Marsh' })).toBe(maker.id);
  const records = [lead(foreign), lead(), lead({ first_name: 'Zoe "Z"', last_name: 'Marsh' })];
  const { json } = await crm.call(maker, 'POST', '/leads/bulk', { records });
  const owners = await Promise.all(json.results.map(({ id }: { readonly id: string }) => ownerOf(id)));
  expect(owners).toEqual([ids()[0], maker.id, ids()[1]]);
});

test('a team of many hundreds is dealt by load as well', async () => {
  const team = await crm.create('teams', { name: 'Crowd', owning_business_unit_id: crm.rootUnitId });
  await crm.platform.database.run(
    `with n as (select r.* from data."user" t, generate_series(1, 600) n, jsonb_populate_record(t,
         jsonb_build_object('id', gen_random_uuid(), 'email', 'crowd' || n || '@example.com')) r where t.email = 'ada@example.com'),
       p as (insert into kartoteka.principal (id, kind) select id, 'user' from n),
       u as (insert into data."user" select * from n)
     insert into data.team_member select r.* from n, data.team_member m,
       jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'user_id', n.id, 'team_id', $1::uuid)) r
       where m.id = (select id from data.team_member limit 1)`,
    [team.id],
  );
  await crm.create(
    'role_assignments',
    { team_id: team.id, role: 'sales_representative' },
    await crm.principal(crm.admin.id),
  );
  // As long as a filter may be, of characters that are encoded.
  const filter = `not contains(name,'100% & +#${'ж'.repeat(3_960)}')`;
  await publishRules(inTurns({ assign: { method: 'least_load', team: 'Crowd', load: { entity: 'lead', filter } } }));
  const owners = new Set([await make(), await make(), await make()]);
  expect(owners.size).toBe(3);
  expect(owners.has(maker.id)).toBe(false);
});

describe('apply_assignment_rules', () => {
  const to = (email: string) => ({ assign: { method: 'fixed', users: [email] } });
  const hot = rule('x_hot', {
    order: 1,
    when: "rating eq 'hot' and expected_amount ge 10.5",
    ...to('ada@example.com'),
  });
  const web = rule('x_web', { order: 2, when: "source eq 'web'", assign: { method: 'round_robin', users: EMAILS } });
  const apply = async (body: object, who: Principal = crm.admin, path = '/leads') =>
    crm.call(await crm.principal(who.id), 'POST', `${path}/apply_assignment_rules`, body);
  const idOf = async (values: object) => String((await crm.create('leads', lead(values))).id);

  test('gives those that are there to whom the rules say, and tells of the others why not', async () => {
    await publishRules();
    const ids0 = [
      await idOf({ rating: 'hot', expected_amount: '10.50' }),
      ...[await idOf({ source: 'web' }), await idOf({ source: 'web' }), await idOf({ source: 'web', rating: 'hot' })],
      await idOf({ rating: 'cold' }),
    ];
    const gone = crypto.randomUUID();
    await publishRules(hot, web);
    const dry = await apply({ ids: [...ids0, gone], dry_run: true });
    expect(dry.json).toMatchObject({
      ...{ found: 5, assigned: 4 },
      rules: [
        { rule: 'x_hot', count: 1 },
        { rule: 'x_web', count: 3 },
      ],
      others: [
        { id: gone, reason: 'not_found' },
        { id: ids0[4], reason: 'no_rule' },
      ],
    });
    for (const id of ids0) expect(await ownerOf(id)).toBe(crm.admin.id);
    const { status, json } = await apply({ ids: [...ids0, gone] });
    expect([status, { ...json, '@odata.context': dry.json['@odata.context'] }]).toEqual([200, dry.json]);
    const owners = await Promise.all(ids0.map(ownerOf));
    // The preview took nobody's turn.
    const turns = ids0
      .slice(1, 4)
      .sort()
      .map((id) => owners[ids0.indexOf(id)]);
    expect([owners[0], owners[4]]).toEqual([ids()[0], crm.admin.id]);
    expect(turns).toEqual(ids());
    // Others' changes, as any assignment.
    const { json: changes } = await crm.call(crm.admin, 'GET', `/leads(${ids0[0]})/changes`);
    expect(changes.value[0]).toMatchObject({ operation: 'update', actor_id: crm.admin.id });
  });

  test('of one record, and of those of a filter, by load too', async () => {
    await publishRules();
    const mark = `Again ${counter++}`;
    const made = [];
    for (let n = 0; n < 6; n += 1) made.push(await idOf({ company_name: mark }));
    const byLoad = {
      method: 'least_load',
      users: EMAILS,
      load: { entity: 'lead', filter: `company_name eq '${mark}'` },
    };
    await publishRules(rule('x_load', { assign: byLoad }));
    const one = await apply({}, crm.admin, `/leads(${made[0]})`);
    expect(one.json).toMatchObject({ found: 1, assigned: 1, rules: [{ rule: 'x_load', count: 1 }] });
    const rest = await apply({ filter: `company_name eq '${mark}' and owner_id eq ${crm.admin.id}` });
    expect(rest.json).toMatchObject({ found: 5, assigned: 5 });
    const owners = await Promise.all(made.map(ownerOf));
    for (const id of ids()) expect(owners.filter((owner) => owner === id)).toHaveLength(2);
  });

  test('takes the rights of an assignment, and does the others', async () => {
    await publishRules();
    const [own, other] = [await make({ source: 'web' }), await idOf({ source: 'web' })];
    expect(own).toBe(maker.id);
    const [mine] = (await crm.call(maker, 'GET', `/leads?$filter=owner_id eq ${maker.id}&$orderby=created_on desc`))
      .json.value;
    await publishRules(web);
    const { json } = await apply({ ids: [mine.id, other] }, maker);
    expect(json).toMatchObject({ assigned: 1, others: [{ id: other, reason: 'refused' }] });
    expect(json.others[0].message).toMatch(/do not have the privilege/);
    expect(await ownerOf(other)).toBe(crm.admin.id);
    expect(ids()).toContain(await ownerOf(mine.id));
  });

  test('where the rule finds nobody the record stays; its queue gets it', async () => {
    await publishRules();
    const id = await idOf({ source: 'web' });
    const none = { method: 'fixed', users: ['nobody@example.com'] };
    await publishRules(rule('x_none', { assign: none }));
    expect((await apply({ ids: [id] })).json.others).toMatchObject([{ id, reason: 'nobody' }]);
    const team = await crm.create('teams', { name: 'Backlog', owning_business_unit_id: crm.rootUnitId });
    await crm.create('role_assignments', { team_id: team.id, role: 'sales_representative' });
    await publishRules(rule('x_none', { assign: { ...none, queue: 'Backlog' } }));
    expect((await apply({ ids: [id] })).json.assigned).toBe(1);
    expect(await ownerOf(id)).toBe(team.id);
  });

  test.each([
    [{}, 'filter'],
    [{ filter: 'true', ids: [crypto.randomUUID()] }, 'ids'],
    [{ ids: [] }, 'ids'],
    [{ ids: ['no id'] }, 'ids/0'],
    [{ filter: 'true', again: true }, 'again'],
  ])('%j is refused', async (body, target) => {
    await publishRules(web);
    const { status, json } = await apply(body);
    expect([status, json.details[0].target]).toEqual([400, target]);
  });

  test('10,000 records are the most of one request', async () => {
    await publishRules(web);
    const mark = `Most ${counter++}`;
    const id = await idOf({ company_name: mark, source: 'web' });
    const more = (n: number) =>
      crm.platform.database.run(
        `insert into data.lead select r.* from data.lead l, generate_series(1, $2::int) n,
           jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'external_id', $3::text || n)) r where l.id = $1::uuid`,
        [id, String(n), `${mark} ${n} `],
      );
    await more(9_999);
    const all = { filter: `company_name eq '${mark}'`, dry_run: true };
    expect((await apply(all)).json).toMatchObject({ found: 10_000, assigned: 10_000, others: [] });
    await more(1);
    const { status, json } = await apply({ ...all, dry_run: false });
    expect([status, json.code]).toEqual([400, 'limit_exceeded']);
    const [row] = await crm.platform.database.run(
      'select count(distinct owner_id)::int as n from data.lead where company_name = $1::text',
      [mark],
    );
    expect(row?.n).toBe('1');
    await crm.platform.database.run('delete from data.lead where company_name = $1::text', [mark]);
  });

  test('is there where there are active rules', async () => {
    await publishRules();
    const { status, json } = await apply({ filter: 'true' });
    expect([status, json.code]).toEqual([400, 'invalid_key']);
  });
});

test('entities without rules pay nothing, those with one, one statement', async () => {
  // No history is told of campaigns, which would cost statements of its own.
  await publishRules(inTurns({ entity: 'campaign' }));
  const admin = await crm.principal(crm.admin.id);
  let n = 0;
  const campaign = () => crm.call(admin, 'POST', '/campaigns', { name: `Counted ${n++}` });
  expect(await statementsOf(crm, () => crm.call(admin, 'POST', '/deals', { name: `Free ${n++}` }))).toBe(1);
  await campaign();
  expect(await statementsOf(crm, campaign)).toBe(2);
  const [row] = await crm.platform.database.run(
    `select count(distinct owner_id)::int as n from data.campaign where name like 'Counted %'`,
  );
  expect(row?.n).toBe('3');
});
