// The engine answers every operation as the oracle does that was written from the page on rights alone: some hundred runs here,
// ten thousand in the slow suite, and whatever differed once. KARTOTEKA_SEED and KARTOTEKA_RUNS repeat a run that failed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../test-kit/index.ts';
import { keptCases } from './oracle-test/cases.ts';
import { followWorlds } from './oracle-test/followers.ts';
import { compareCase, compareRuns, openTables, seedOf } from './oracle-test/runs.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 300);
const SEED = seedOf(process.env.KARTOTEKA_SEED);

let tables: TestDatabase;
beforeAll(async () => {
  tables = await openTables();
});
afterAll(() => tables?.drop());

test.each(keptCases())('$name', async (kept) => {
  expect(await compareCase(tables.database, kept)).toBeNull();
});

test(`what the engine answers and leaves behind is what the oracle says (seed ${SEED})`, {
  timeout: 60_000 + RUNS * 500,
}, async () => {
  await compareRuns([tables.database], SEED, RUNS);
});

test(`copies that follow delta links hold what the oracle lists (seed ${SEED})`, {
  timeout: 60_000 + RUNS * 500,
}, async () => {
  const told = await followWorlds(tables.database, SEED, Math.ceil(RUNS / 20));
  if (RUNS >= 200) for (const [what, times] of Object.entries(told)) expect([what, times > 0]).toEqual([what, true]);
});
