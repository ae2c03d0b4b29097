// Owners of records that belong to their parent, while several writes are under way.
import type { Hook } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requests, startWorld, type World } from './ownership-kit.ts';

/** Holds hooks on remarks up: what runs in the transaction of a write waits, and with it the write. */
let gate: { readonly reached: () => void; readonly open: Promise<void> } | null = null;
const hooks: readonly Hook[] = [
  {
    entity: 'remark',
    operations: ['create', 'update'],
    needsTransaction: () => true,
    after: async () => {
      const held = gate;
      gate = null;
      held?.reached();
      await held?.open;
    },
  },
];

/** Starts `first`, and `second` once it stands in its transaction; lets it go on when the second had time to wait for it. */
async function overlapping<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]> {
  let go = (): void => {};
  const open = new Promise<void>((resolve) => {
    go = resolve;
  });
  const standing = new Promise<void>((resolve) => {
    gate = { reached: resolve, open };
  });
  const one = first();
  await standing;
  const two = second();
  await new Promise((resolve) => setTimeout(resolve, 200));
  go();
  return Promise.all([one, two]);
}

let world: World;
beforeAll(async () => {
  world = await startWorld([], hooks);
});
afterAll(() => world?.crm.close());

const { create, call, read, deal } = requests(() => world);

describe('of two writes at the same time', () => {
  async function family() {
    const [owner, other] = [await world.principal('own', 'city'), await world.principal('own', 'south')];
    const parents = [await deal(owner), await deal(owner)];
    const [first, second] = parents.map(({ id }) => id) as [string, string];
    const remark = await create(owner, 'remarks', { text: 'a', deal_id: first });
    const assign = (id: string) => call(world.crm.admin, 'PATCH', `/deals(${id})`, { owner_id: other.id });
    return { owner, other, first, second, remark: remark.id, assign };
  }

  it('a child made while its parent is assigned gets the new owner', async () => {
    const { other, first, assign } = await family();
    const [assigned, made] = await overlapping(
      () => assign(first),
      () => call(world.crm.admin, 'POST', '/remarks', { text: 'late', deal_id: first }),
    );
    expect([assigned.status, made.status]).toEqual([204, 201]);
    expect(made.json.owner_id).toBe(other.id);
  });

  it('a child that was being made when its parent is assigned follows', async () => {
    const { other, first, assign } = await family();
    const [made, assigned] = await overlapping(
      () => call(world.crm.admin, 'POST', '/remarks', { text: 'early', deal_id: first }),
      () => assign(first),
    );
    expect([assigned.status, made.status]).toEqual([204, 201]);
    expect(await read('remarks', made.json.id)).toMatchObject({ owner_id: other.id });
  });

  it('a child that goes to a parent while that is assigned gets the new owner, in either order', async () => {
    for (const assignFirst of [true, false]) {
      const { other, owner, second, remark, assign } = await family();
      await create(owner, 'remarks', { text: 'there', deal_id: second });
      const move = () => call(world.crm.admin, 'PATCH', `/remarks(${remark})`, { deal_id: second });
      const answers = assignFirst
        ? await overlapping(() => assign(second), move)
        : await overlapping(move, () => assign(second));
      expect(answers.map(({ status }) => status)).toEqual([204, 204]);
      expect(await read('remarks', remark)).toMatchObject({ owner_id: other.id });
    }
  });

  it('a child of a child made while all follow gets the new owner', async () => {
    const { other, first, remark, assign } = await family();
    const [, made] = await overlapping(
      () => assign(first),
      () => call(world.crm.admin, 'POST', '/replies', { text: 'late', remark_id: remark }),
    );
    expect(made.json.owner_id).toBe(other.id);
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
