// The play of tests of delta links: several connections write at random on two nodes, some of them slowly, while readers of different
// rights follow. In every pause each copy is what a fresh read shows; whatever is removed was shown before.
import { createPlatform, type Principal } from '@kartoteka/platform';
import { expect } from 'vitest';
import { type Crm, quietLog } from './crm-kit.ts';
import type { DeltaKit, Follower } from './delta-kit.ts';
import { randomNumbers, randomWrite, type Writers } from './delta-writes.ts';

export interface Play {
  readonly connections: number;
  /** Pauses, in which the copies are compared. */
  readonly rounds: number;
  /** That each connection has done between two pauses; what is refused comes on top. */
  readonly writes: number;
  /** Milliseconds that the readers rest between two looks. */
  readonly rest: number;
}

/** How often each status was answered. */
export async function playDelta(
  kit: DeltaKit,
  { connections, rounds, writes, rest }: Play,
): Promise<ReadonlyMap<number, number>> {
  const { crm, all } = kit;
  const other = await createPlatform({ databaseUrl: crm.url, documents: null, log: quietLog });
  try {
    const [own, visible] = [await crm.user('Own', ['own']), await crm.user('Visible', ['visible'])];
    const team = await kit.make('teams', { name: 'Team', owning_business_unit_id: crm.rootUnitId }, crm.admin);
    await crm.create('team_members', { team_id: team, user_id: own.id });
    await crm.create('role_assignments', { team_id: team, role: 'own' });
    const folders = [await kit.make('folders', { text: 'F' }), await kit.make('folders', { text: 'G' })];
    const receivers = [own.id, visible.id, team, all.id];
    const writers: Writers = { call: crm.call, as: all, receivers, folders, notes: [], deleted: [], shares: [] };
    const start = randomNumbers(7);
    for (let n = 0; n < 40; n += 1) await randomWrite(writers, start);
    const { strict, paged } = await followers(kit, own, visible);
    const everybody = [...strict, ...paged];
    const statuses = new Map<number, number>();
    // What came and went between two pages of the walk before may be told to be gone.
    const isStrict = (each: Follower): boolean => strict.includes(each) && each.lastPages === 1;
    for (let round = 0; round < rounds; round += 1) {
      let open = connections;
      const writing = Array.from({ length: connections }, async (_, n) => {
        const random = randomNumbers(1_000 * round + n);
        const node: Writers = n % 2 === 0 ? writers : { ...writers, call: elsewhere(crm, other) };
        try {
          for (let done = 0; done < writes; ) {
            const status = await randomWrite(node, random);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status < 300) done += 1;
          }
        } finally {
          open -= 1;
        }
      });
      const following = everybody.map(async (each) => {
        while (open > 0) {
          await each.follow(isStrict(each));
          await new Promise((resolve) => setTimeout(resolve, rest));
        }
      });
      await Promise.all([...writing, ...following]);
      for (const each of everybody) {
        await each.follow(isStrict(each));
        await each.expectFresh();
      }
    }
    return statuses;
  } finally {
    await other.close();
  }
}

/** `strict` ones read one page at a time, as long as that holds all; of the others a record can come and go between two pages. */
async function followers(
  kit: DeltaKit,
  own: Principal,
  visible: Principal,
): Promise<{ readonly strict: readonly Follower[]; readonly paged: readonly Follower[] }> {
  const reader = await kit.crm.principal(own.id);
  return {
    strict: [
      await kit.follow(reader, '/notes'),
      await kit.follow(reader, `/notes?$filter=rank gt 3 and stage ne 'done'&$select=rank`),
      await kit.follow(visible, '/notes?$search=t1'),
      await kit.follow(kit.all, '/notes'),
    ],
    paged: [
      await kit.follow(reader, '/notes', { pageSize: 7 }),
      await kit.follow(visible, '/notes?$filter=rank lt 6', { pageSize: 20 }),
    ],
  };
}

/** As Crm.call, to another node. */
function elsewhere(crm: Crm, other: Crm['platform']): Crm['call'] {
  return async (principal, method, path, body, headers) => {
    const there = await other.principals.get(principal.id);
    expect(there).not.toBeNull();
    return crm.call(there ?? principal, method, path, body, headers, other);
  };
}
