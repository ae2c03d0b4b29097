// The purge that runs by itself, over a real database.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../storage/types.ts';
import { type Fixture, openFixture } from '../write/fixture.ts';
import { startPurging } from './schedule.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

async function expired(): Promise<string> {
  const seller = await f.principal('seller');
  const { id } = await f.create(seller, 'line_comment', { name: 'c' });
  await f.remove(seller, 'line_comment', id);
  await f.test.database.run(
    `update data.line_comment set deleted_on = now() - interval '400 days' where id = $1::uuid`,
    [id],
  );
  return id;
}

const recorded = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() });

describe('the scheduled purge', () => {
  it('runs again and again, says what went, and stops', async () => {
    const log = recorded();
    const purging = startPurging(f.test.database, () => f.model, log, 20);
    for (let round = 0; round < 2; round += 1) {
      const id = await expired();
      await expect.poll(() => f.row('line_comment', id)).toBeNull();
    }
    await purging.stop();
    expect(log.info).toHaveBeenCalledWith(
      { records: { line_comment: 1 }, changes: 0, events: 0, requests: 0 },
      'purged',
    );
    const id = await expired();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await f.row('line_comment', id)).not.toBeNull();
    expect(log.error).not.toHaveBeenCalled();
  });

  it('goes on after a failure, which is logged', async () => {
    const log = recorded();
    let failures = 0;
    const database: Database = Object.create(f.test.database);
    database.session = (work) => {
      failures += 1;
      if (failures < 3) return Promise.reject(Object.assign(new Error('gone'), { code: '08006' }));
      return f.test.database.session(work);
    };
    database.run = (...parameters) => f.test.database.run(...parameters);
    database.transaction = (work) => f.test.database.transaction(work);
    const id = await expired();
    const purging = startPurging(database, () => f.model, log, 10);
    await expect.poll(() => f.row('line_comment', id)).toBeNull();
    await purging.stop();
    expect(log.error).toHaveBeenCalledTimes(2);
    expect(log.error.mock.calls[0]?.[0]).toMatchObject({ code: '08006' });
  });

  it('is waited for when it is stopped, and begins no further transaction', async () => {
    const log = recorded();
    const id = await expired();
    let stopping: Promise<void> | undefined;
    let began = 0;
    const database: Database = Object.create(f.test.database);
    database.run = (...parameters) => f.test.database.run(...parameters);
    database.session = (work) => f.test.database.session(work);
    const purging = startPurging(database, () => f.model, log, 10);
    database.transaction = async (work) => {
      began += 1;
      stopping = purging.stop();
      return f.test.database.transaction(work);
    };
    await expect.poll(() => stopping !== undefined).toBe(true);
    await stopping;
    expect(await f.row('line_comment', id)).toBeNull();
    expect(began).toBe(1);
  });
});
