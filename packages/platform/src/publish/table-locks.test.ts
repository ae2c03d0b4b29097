// A publish that has to wait for tables holds up nobody for long: it waits without a lock in others' way, tries the strong locks for a
// moment, and takes those of all tables together.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import type { Database } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { publish } from './publish.ts';
import { TEST_DOCUMENTS } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';

let db: TestDatabase;
let other: Database;
const common = { author: null, comment: 'test', log: recordedLog() };

beforeAll(async () => {
  db = await createTestDatabase();
  other = await connectDatabase(db.url);
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
});
afterAll(async () => {
  await other.close();
  await db.drop();
});

const extend = (name: string, field: Record<string, unknown>) => ({
  changes: [{ kind: 'entity' as const, name, body: { extends: 'deal', fields: { [name]: field } } }],
});

/** Holds a lock for a while, as a report or a vacuum does. */
function hold(sql: string, ms: number): Promise<void> {
  return other.transaction(async (tx) => {
    await tx.run(sql);
    await new Promise((resolve) => setTimeout(resolve, ms));
  });
}

/** Longest wait of short transactions that write to both tables, one after the other, until `work` is done. */
async function longestWait(work: Promise<unknown>): Promise<number> {
  let [done, longest] = [false, 0];
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) {
    const begin = performance.now();
    await other.run('update data.deal set version = version where false');
    await other.run('update data.company set version = version where false');
    longest = Math.max(longest, performance.now() - begin);
  }
  await finished;
  return longest;
}

test('while a report reads one of two tables, writers of both wait for a moment only, and the publish gets through', async () => {
  const report = hold('select count(*) from data.deal', 1500);
  const published = publish(db.database, {
    ...common,
    ...extend('x_company', { type: 'lookup', targets: ['company'], inverse: 'x_deals' }),
  });
  // 100 ms of waiting; the rest is for a machine that does other work.
  expect(await longestWait(Promise.all([report, published]))).toBeLessThan(600);
  expect((await published).outcome).toBe('published');
});

test('what a vacuum or an index build holds is waited for without holding up anybody', async () => {
  const vacuum = hold('lock table data.company in share update exclusive mode', 700);
  const published = publish(db.database, {
    ...common,
    ...extend('x_other', { type: 'lookup', targets: ['company'], inverse: 'x_others' }),
  });
  expect(await longestWait(Promise.all([vacuum, published]))).toBeLessThan(400);
  expect((await published).outcome).toBe('published');
});
