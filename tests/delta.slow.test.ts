// 1,440 random writes over 8 connections and two nodes while readers follow delta links.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeltaKit, startDeltaKit } from './delta-kit.ts';
import { playDelta } from './delta-play.ts';

let kit: DeltaKit;
beforeAll(async () => {
  kit = await startDeltaKit();
}, 60_000);
afterAll(() => kit?.crm.close());

it('1,440 writes leave every copy as a fresh read would be', async () => {
  const statuses = await playDelta(kit, { connections: 8, rounds: 2, writes: 90, rest: 250 });
  expect([...statuses.values()].reduce((sum, each) => sum + each, 0)).toBe(1_440);
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
}, 120_000);
