// Readers follow delta links while others write, and hold what a fresh read shows once it is quiet. (Longer: delta.slow.test.ts.)
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeltaKit, startDeltaKit } from './delta-kit.ts';
import { playDelta } from './delta-play.ts';

let kit: DeltaKit;
beforeAll(async () => {
  kit = await startDeltaKit();
});
afterAll(() => kit?.crm.close());

it('nothing is missed and nothing is too much, whoever reads and whatever is written meanwhile', async () => {
  const statuses = await playDelta(kit, { connections: 4, rounds: 3, writes: 25 });
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.get(201)).toBeGreaterThan(10);
  expect(statuses.get(204)).toBeGreaterThan(50);
}, 60_000);
