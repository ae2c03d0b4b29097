// Ten thousand runs of the comparison with the oracle, and whatever differed once (access.property.test.ts).
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../test-kit/index.ts';
import { keptCases } from './oracle-test/cases.ts';
import { followWorlds } from './oracle-test/followers.ts';
import { compareCase, compareRuns, openTables, seedOf } from './oracle-test/runs.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 10_000);
/** The same worlds in every run, so that a failure is of what has changed; KARTOTEKA_SEED draws others. */
const SEED = seedOf(process.env.KARTOTEKA_SEED ?? '531439703');

/** Two worlds at a time: while one waits for the database, the other is worked on. */
let tables: TestDatabase;
let others: TestDatabase;
beforeAll(async () => {
  tables = await openTables();
  others = await openTables();
});
afterAll(async () => {
  await tables?.drop();
  await others?.drop();
});

test('no case that was found before differs again', async () => {
  for (const kept of keptCases())
    expect([kept.name, await compareCase(tables.database, kept)]).toEqual([kept.name, null]);
});

test(`what the engine answers and leaves behind is what the oracle says (seed ${SEED})`, {
  timeout: 60_000 + RUNS * 500,
}, async () => {
  await compareRuns([tables.database, others.database], SEED, RUNS);
});

test(`copies that follow delta links hold what the oracle lists (seed ${SEED})`, {
  timeout: 60_000 + RUNS * 500,
}, async () => {
  const told = await followWorlds(tables.database, SEED, Math.ceil(RUNS / 40));
  if (RUNS >= 200) for (const [what, times] of Object.entries(told)) expect([what, times > 0]).toEqual([what, true]);
});
