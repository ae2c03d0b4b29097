// What a lookup passes on from the record it names: a change of owner, and shares; over the engine, as several principals see it.
import type { SourceDocument } from '@kartoteka/metadata';
import type { Hook, Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from './crm-kit.ts';
import { document, parent, role, startWorld, type World } from './ownership-kit.ts';

const TEXT = { type: 'text', max_length: 200 };
const STAGES = {
  new: { label: { en: 'New' }, order: 1 },
  running: { label: { en: 'Running' }, order: 2, category: 'open' },
  won: { label: { en: 'Won' }, order: 3, category: 'won' },
  lost: { label: { en: 'Lost' }, order: 4, category: 'lost' },
};
const to = (target: string, inverse: string, cascade: object) => ({
  type: 'lookup',
  targets: [target],
  inverse,
  on_delete: 'set_null',
  cascade,
});

const DOCUMENTS: readonly SourceDocument[] = [
  document('entity', 'client', { ownership: 'user', fields: { text: TEXT } }),
  document('entity', 'job', {
    ownership: 'user',
    fields: {
      text: TEXT,
      client: to('client', 'jobs', { assign: 'active' }),
      stage: { type: 'choice', values: STAGES, required: true, default: 'new' },
      result: { type: 'choice', values: STAGES },
    },
    rules: {
      sealed: {
        invalid_when: "text eq 'sealed' and owner_id ne created_by_id",
        error: { en: 'Sealed: its owner stays' },
      },
    },
  }),
  document('entity', 'letter', {
    ownership: 'user',
    fields: { text: TEXT, client: to('client', 'letters', { assign: 'owned' }) },
  }),
  document('entity', 'task', { ownership: 'user', fields: { text: TEXT, job: to('job', 'tasks', { assign: 'all' }) } }),
  document('entity', 'step', {
    ownership: 'parent',
    parent: 'task',
    fields: { text: TEXT, task: parent('task', 'steps') },
  }),
  document('entity', 'folder', {
    ownership: 'user',
    fields: { text: TEXT, within: to('folder', 'folders', { assign: 'all' }) },
  }),
  document('entity', 'plant', { ownership: 'business_unit', fields: { text: TEXT } }),
  document('entity', 'machine', {
    ownership: 'business_unit',
    fields: { text: TEXT, plant: to('plant', 'machines', { assign: 'all' }) },
  }),
  document('entity', 'paper', {
    ownership: 'user',
    fields: { text: TEXT, client: to('client', 'papers', { share: 'probe' }) },
  }),
];

const ALL = ['client', 'job', 'letter', 'task', 'step', 'folder', 'paper'];
const at = (depth: string, names: readonly string[] = ALL) =>
  Object.fromEntries(names.map((name) => [name, { '*': depth }]));
const ROLES = [
  role('owner', at('user')),
  role('chief', at('organization', [...ALL, 'plant', 'machine'])),
  role('no_tasks', at('user', ['client', 'job'])),
  role('no_task_assign', { ...at('organization'), task: { '*': 'organization', assign: 'user' } }),
  role('no_task_read', { ...at('organization'), task: { '*': 'organization', read: 'user' } }),
];

let world: World;
let one: Principal;
let two: Principal;
let chief: Principal;
/** Ids of the tasks that the hooks below saw, one list per call. */
const seen: string[][] = [];

beforeAll(async () => {
  const hooks: Hook[] = [
    {
      entity: 'task',
      operations: ['update'],
      before: (_context, records) => {
        seen.push(records.map(({ id }) => id));
        for (const record of records) if (record.values.owner_id !== undefined) record.values.text = 'moved';
      },
      after: (_context, records) => {
        seen.push(records.map(({ id, after }) => `${id} ${after?.owner_id}`));
      },
    },
  ];
  world = await startWorld([...DOCUMENTS, ...ROLES], hooks);
  one = await world.crm.user('One', ['owner'], world.units.north);
  two = await world.crm.user('Two', ['owner'], world.units.south);
  chief = await world.crm.user('Chief', ['chief'], world.crm.rootUnitId);
});
afterAll(() => world?.crm.close());

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
const create = (set: string, values: object, as = one): Promise<any> => world.crm.create(set, values, as);
const call = (as: Principal, method: string, path: string, body?: object) => world.crm.call(as, method, path, body);
const read = async (set: string, id: string) => (await call(chief, 'GET', `/${set}(${id})`)).json;
const assign = (set: string, id: string, owner_id: string, as = chief) =>
  call(as, 'PATCH', `/${set}(${id})`, { owner_id });
const owners = async (set: string, records: readonly { id: string }[]): Promise<readonly string[]> =>
  (await Promise.all(records.map(({ id }) => read(set, id)))).map(({ owner_id }) => owner_id);

describe('assign', () => {
  it('active: records follow that no choice calls won or lost, with new version, stamps and change log', async () => {
    const client = await create('clients', { text: 'c' });
    const job = (more: object) => create('jobs', { text: 'j', client_id: client.id, ...more });
    const open = [await job({}), await job({ stage: 'running' }), await job({ stage: 'running', result: 'running' })];
    const closed = [
      await job({ stage: 'won' }),
      await job({ stage: 'lost' }),
      await job({ stage: 'new', result: 'won' }),
    ];
    const apart = await create('jobs', { text: 'apart' });
    expect((await assign('clients', client.id, two.id)).status).toBe(204);
    expect(await owners('jobs', open)).toEqual([two.id, two.id, two.id]);
    expect(await owners('jobs', [...closed, apart])).toEqual([one.id, one.id, one.id, one.id]);
    expect(await read('jobs', open[0].id)).toMatchObject({
      owning_business_unit_id: world.units.south,
      version: 2,
      modified_by_id: chief.id,
    });
    const log = await world.crm.platform.database.run(
      `select l.actor_id::text as actor, l.before::text as before, l.after::text as after from kartoteka.change_log l
       where l.record_id = $1::uuid and l.version = 2`,
      [open[0].id],
    );
    expect(log).toHaveLength(1);
    expect(log[0]?.actor).toBe(chief.id);
    expect(JSON.parse(String(log[0]?.before))).toEqual({
      owner_id: one.id,
      owning_business_unit_id: world.units.north,
    });
    expect(JSON.parse(String(log[0]?.after))).toEqual({ owner_id: two.id, owning_business_unit_id: world.units.south });
  });

  it('owned: records follow that the former owner owns', async () => {
    const client = await create('clients', { text: 'c' });
    const mine = await create('letters', { text: 'l', client_id: client.id });
    const theirs = await create('letters', { text: 'l', client_id: client.id, owner_id: chief.id }, chief);
    expect((await assign('clients', client.id, two.id)).status).toBe(204);
    expect(await owners('letters', [mine, theirs])).toEqual([two.id, chief.id]);
  });

  it('all: over several levels, with what belongs to a parent, once each, and hooks see arrays', async () => {
    const client = await create('clients', { text: 'c' });
    const job = await create('jobs', { text: 'j', client_id: client.id });
    const tasks = [
      await create('tasks', { text: 't', job_id: job.id }),
      await create('tasks', { text: 't', job_id: job.id }),
    ];
    const foreign = await create('tasks', { text: 't', job_id: job.id, owner_id: chief.id }, chief);
    const step = await create('steps', { text: 's', task_id: tasks[0].id });
    seen.length = 0;
    expect((await assign('clients', client.id, two.id)).status).toBe(204);
    expect(await owners('tasks', [...tasks, foreign])).toEqual([two.id, two.id, two.id]);
    expect(await read('steps', step.id)).toMatchObject({ owner_id: two.id, version: 2 });
    const ids = [...tasks, foreign].map(({ id }) => id).sort();
    expect(seen.map((list) => [...list].sort())).toEqual([ids, ids.map((id) => `${id} ${two.id}`)]);
    // What a hook patches is written as in any other update.
    expect(await read('tasks', tasks[0].id)).toMatchObject({ text: 'moved', version: 2 });
  });

  it('follows a circle once', async () => {
    const first = await create('folders', { text: 'f' });
    const second = await create('folders', { text: 'f', within_id: first.id });
    expect((await call(one, 'PATCH', `/folders(${first.id})`, { within_id: second.id })).status).toBe(204);
    expect((await assign('folders', second.id, two.id)).status).toBe(204);
    expect(await owners('folders', [first, second])).toEqual([two.id, two.id]);
    expect(await read('folders', second.id)).toMatchObject({ version: 2 });
  });

  it('passes a business unit on', async () => {
    const { north, south } = world.units;
    const plant = await create('plants', { text: 'p', owning_business_unit_id: north }, chief);
    const machine = await create('machines', { text: 'm', plant_id: plant.id, owning_business_unit_id: north }, chief);
    const moved = await call(chief, 'PATCH', `/plants(${plant.id})`, { owning_business_unit_id: south });
    expect(moved.status).toBe(204);
    expect(await read('machines', machine.id)).toMatchObject({ owning_business_unit_id: south });
  });

  it('of many records at once takes along what follows each', async () => {
    const clients = [await create('clients', { text: 'a' }), await create('clients', { text: 'b' })];
    const jobs = await Promise.all(clients.map(({ id }) => create('jobs', { text: 'j', client_id: id })));
    const records = clients.map(({ id }, n) => ({ id, owner_id: [two.id, chief.id][n] }));
    const answer = await call(chief, 'POST', '/clients/bulk', { mode: 'update', records });
    expect(answer.json.results.map(({ status }: { status: number }) => status)).toEqual([200, 200]);
    expect(await owners('jobs', jobs)).toEqual([two.id, chief.id]);
  });

  it('leaves deleted records and other changes alone', async () => {
    const client = await create('clients', { text: 'c' });
    const job = await create('jobs', { text: 'j', client_id: client.id });
    expect((await call(one, 'PATCH', `/clients(${client.id})`, { text: 'd' })).status).toBe(204);
    expect(await read('jobs', job.id)).toMatchObject({ version: 1 });
    expect((await call(one, 'DELETE', `/jobs(${job.id})`)).status).toBe(204);
    expect((await assign('clients', client.id, two.id)).status).toBe(204);
    const [row] = await world.crm.platform.database.run(
      'select owner_id::text as owner from data.job where id = $1::uuid',
      [job.id],
    );
    expect(row?.owner).toBe(one.id);
  });
});

describe('an assign is refused as a whole', () => {
  async function tree() {
    const client = await create('clients', { text: 'c' });
    const job = await create('jobs', { text: 'j', client_id: client.id });
    const task = await create('tasks', { text: 't', job_id: job.id });
    const unchanged = async () => {
      expect(await owners('clients', [client])).toEqual([one.id]);
      expect(await owners('jobs', [job])).toEqual([one.id]);
      expect(await owners('tasks', [task])).toEqual([one.id]);
    };
    return { client, job, task, unchanged };
  }

  it('where a record that follows may not be assigned, naming its entity', async () => {
    const { client, unchanged } = await tree();
    const lacking = await world.crm.user('Lacking', ['no_task_assign']);
    const refused = await assign('clients', client.id, two.id, lacking);
    expect(refused).toMatchObject({ status: 403, json: { code: 'missing_privilege_on_record' } });
    expect(refused.text).toContain('assign on this task');
    await unchanged();
  });

  it('where it cannot even be read', async () => {
    const { client, unchanged } = await tree();
    const refused = await assign('clients', client.id, two.id, await world.crm.user('Blind', ['no_task_read']));
    expect(refused).toMatchObject({ status: 403, json: { code: 'missing_privilege_on_record', target: 'task' } });
    await unchanged();
  });

  it('where the new owner may read no such records', async () => {
    const { client, unchanged } = await tree();
    const unfit = await world.crm.user('Unfit', ['no_tasks']);
    const refused = await assign('clients', client.id, unfit.id);
    expect(refused.status).toBe(400);
    expect(refused.json.details[0].message).toContain('holds no role that reads task records');
    await unchanged();
  });

  it('where a rule of a record that follows is against it', async () => {
    const { client, job, unchanged } = await tree();
    expect((await call(one, 'PATCH', `/jobs(${job.id})`, { text: 'sealed' })).status).toBe(204);
    const refused = await assign('clients', client.id, two.id);
    expect(refused.json.details[0]).toMatchObject({ code: 'rule_violated', message: 'Sealed: its owner stays' });
    await unchanged();
  });

  it('where more than 50,000 records would follow, over all levels together', { timeout: 120_000 }, async () => {
    const { client, job, unchanged } = await tree();
    const fill = (rows: number): Promise<unknown> =>
      world.crm.platform.database.run(
        `insert into data.letter (id, owner_id, owning_business_unit_id, created_on, created_by_id, modified_on, modified_by_id, version, client_id)
         select gen_random_uuid(), owner_id, owning_business_unit_id, created_on, created_by_id, modified_on, modified_by_id, 1, id
         from data.client cross join generate_series(1, $2::int) where id = $1::uuid`,
        [client.id, String(rows)],
      );
    await fill(49_998);
    const refused = await assign('clients', client.id, two.id);
    expect(refused).toMatchObject({ status: 400, json: { code: 'limit_exceeded' } });
    await unchanged();
    expect((await call(one, 'PATCH', `/jobs(${job.id})`, { client_id: null })).status).toBe(204);
    expect((await assign('clients', client.id, two.id)).status).toBe(204);
    const [count] = await world.crm.platform.database.run(
      'select count(*)::text as n from data.letter where client_id = $1::uuid and owner_id = $2::uuid',
      [client.id, two.id],
    );
    expect(count?.n).toBe('49998');
  });
});

describe('share', () => {
  it('probe: shares of the record that the lookup names count, right by right, while it names it', async () => {
    const client = await create('clients', { text: 'c' });
    const paper = await create('papers', { text: 'p', client_id: client.id });
    const letter = await create('letters', { text: 'l', client_id: client.id });
    const loose = await create('papers', { text: 'p' });
    const again = () => principalOf(world.crm.platform, two.id);
    const give = { principal_id: two.id, rights: ['read'] };
    expect((await call(one, 'POST', `/clients(${client.id})/share`, give)).status).toBe(204);
    const list = async (set: string) =>
      (await call(await again(), 'GET', `/${set}?$select=id&$count=true&$filter=owner_id eq ${one.id}`)).json.value.map(
        ({ id }: { id: string }) => id,
      );
    expect(await list('papers')).toEqual([paper.id]);
    expect(await list('letters')).toEqual([]);
    expect((await call(await again(), 'GET', `/letters(${letter.id})`)).status).toBe(404);
    expect((await call(await again(), 'GET', `/papers(${loose.id})`)).status).toBe(404);
    expect((await call(await again(), 'PATCH', `/papers(${paper.id})`, { text: 'x' })).status).toBe(403);
    expect((await call(one, 'PATCH', `/papers(${paper.id})`, { client_id: null })).status).toBe(204);
    expect(await list('papers')).toEqual([]);
  });
});
