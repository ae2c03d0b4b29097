// 10,000 random writes over 8 connections and two nodes while readers follow delta links.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeltaKit, startDeltaKit } from './delta-kit.ts';
import { playDelta } from './delta-play.ts';

let kit: DeltaKit;
beforeAll(async () => {
  kit = await startDeltaKit();
}, 60_000);
afterAll(() => kit?.crm.close());

it('10,000 writes, with assigns, shares and revokes, leave every copy as a fresh read would be', async () => {
  const statuses = await playDelta(kit, { connections: 8, rounds: 10, writes: 125, rest: 250 });
  const all = [...statuses];
  expect(all.filter(([status]) => status >= 500)).toEqual([]);
  const done = all.reduce((sum, [status, times]) => (status < 300 ? sum + times : sum), 0);
  expect(done).toBe(10_000);
}, 600_000);
