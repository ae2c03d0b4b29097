// Readers follow delta links while others write, and hold what a fresh read shows once it is quiet.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeltaKit, type Follower, startDeltaKit } from './delta-kit.ts';
import { randomNumbers, randomWrite, type Writers } from './delta-writes.ts';

let kit: DeltaKit;
beforeAll(async () => {
  kit = await startDeltaKit();
});
afterAll(() => kit?.crm.close());

it('nothing is missed and nothing is too much, whoever reads and whatever is written meanwhile', async () => {
  const { crm, all } = kit;
  const [own, visible] = [await crm.user('Own', ['own']), await crm.user('Visible', ['visible'])];
  const team = await kit.make('teams', { name: 'Team', owning_business_unit_id: crm.rootUnitId }, crm.admin);
  for (const user_id of [own.id]) await crm.create('team_members', { team_id: team, user_id });
  await crm.create('role_assignments', { team_id: team, role: 'own' });
  const folders = [await kit.make('folders', { text: 'F' }), await kit.make('folders', { text: 'G' })];
  const writers: Writers = {
    call: crm.call,
    as: all,
    receivers: [own.id, visible.id, team, all.id],
    folders,
    notes: [],
  };
  const random = randomNumbers(7);
  for (let n = 0; n < 40; n += 1) await randomWrite(writers, random);
  const follower = async (principalId: string, path: string, pageSize?: number): Promise<Follower> =>
    kit.follow(await crm.principal(principalId), path, pageSize === undefined ? {} : { pageSize });
  const strict = [
    await follower(own.id, '/notes'),
    await follower(own.id, `/notes?$filter=rank gt 3 and stage ne 'done'&$select=rank`),
    await follower(visible.id, '/notes?$search=t1'),
    await follower(all.id, '/notes'),
  ];
  const paged = [await follower(own.id, '/notes', 3), await follower(visible.id, '/notes?$filter=rank lt 6', 2)];
  const statuses = new Map<number, number>();
  for (let round = 0; round < 4; round += 1) {
    let open = 4;
    const writing = Array.from({ length: open }, async (_, n) => {
      const mine = randomNumbers(100 * round + n);
      for (let k = 0; k < 25; k += 1) {
        const status = await randomWrite(writers, mine);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      open -= 1;
    });
    while (open > 0) {
      for (const each of [...strict, ...paged]) await each.follow(strict.includes(each));
    }
    await Promise.all(writing);
    for (const each of [...strict, ...paged]) {
      await each.follow(strict.includes(each));
      await each.expectFresh();
    }
  }
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.get(201)).toBeGreaterThan(20);
  expect(statuses.get(204)).toBeGreaterThan(80);
}, 60_000);
