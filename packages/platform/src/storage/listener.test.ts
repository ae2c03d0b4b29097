import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { connectDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ template: 'bare' });
});
afterAll(() => db.drop());

const notify = (payload: string) => db.database.run(`select pg_notify('some "channel', $1::text)`, [payload]);
const listeners = `from pg_stat_activity where datname = current_database() and application_name = 'hearing listen'`;

test('a listener hears every notification, also after the server has ended its connection', async () => {
  const hearing = await connectDatabase(db.url, { applicationName: 'hearing' });
  const heard: string[] = [];
  await hearing.listen('some "channel', (payload) => heard.push(payload));
  await notify('one');
  await vi.waitFor(() => expect(heard).toEqual(['one']));
  for (const round of ['two', 'three']) {
    await db.database.run(`select pg_terminate_backend(pid) ${listeners}`);
    await vi.waitFor(async () => expect(await db.database.run(`select query ${listeners}`)).toHaveLength(1), 5_000);
    await vi.waitFor(async () => {
      await notify(round);
      expect(heard).toContain(round);
    }, 5_000);
  }
  await hearing.close();
  await vi.waitFor(async () => expect(await db.database.run(`select query ${listeners}`)).toEqual([]), 5_000);
});

test('two listeners of a channel both hear a notification once', async () => {
  const heard: string[] = [];
  const hearing = await connectDatabase(db.url);
  await hearing.listen('some "channel', (payload) => heard.push(`a ${payload}`));
  await hearing.listen('some "channel', (payload) => heard.push(`b ${payload}`));
  await notify('x');
  await vi.waitFor(() => expect(heard).toEqual(['a x', 'b x']));
  await hearing.close();
});
