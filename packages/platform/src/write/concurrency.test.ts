// Writes against each other over a real database: the change log chains, and no child survives under a deleted parent.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type Fixture, openFixture } from './fixture.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

/** Runs the works with at most `width` of them at once. */
async function concurrently(width: number, works: readonly (() => Promise<unknown>)[]): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < works.length) await works[next++]?.();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));

/** The outcomes that lost against the other write; anything else fails the test. */
async function lost(work: Promise<unknown>, ...codes: readonly string[]): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (error instanceof PlatformError && codes.includes(error.code)) return true;
    if (error instanceof PlatformError && error.details.some(({ code }) => codes.includes(code))) return true;
    throw error;
  }
}

it('2,000 concurrent updates of 20 rows leave a change log whose images chain without a gap', async () => {
  const seller = await f.principal('seller');
  const orders = await Promise.all(
    Array.from({ length: 20 }, () => f.create(seller, 'order', { name: 'o', units: 0, amount: 0 })),
  );
  const works = Array.from({ length: 2_000 }, (_, index) => () => {
    const values = index % 3 === 0 ? { amount: index + 1, units: index + 1 } : { units: index + 1 };
    return f.update(seller, 'order', orders[index % 20]?.id ?? '', values);
  });
  await concurrently(40, works);
  for (const { id } of orders) {
    const log = await f.log(id);
    expect(log.map(({ version }) => version)).toEqual(
      Array.from({ length: log.length }, (_, index) => String(index + 1)),
    );
    const state: Record<string, unknown> = { ...log[0]?.after };
    for (const { before, after } of log.slice(1)) {
      for (const [name, value] of Object.entries(before ?? {})) expect(value).toEqual(state[name]);
      Object.assign(state, after);
    }
    expect(await f.row('order', id)).toMatchObject({
      version: log.length,
      units: state.units,
      amount: state.amount,
      amount_base: state.amount_base,
    });
  }
  const total = await f.test.database.run(
    "select count(*)::text as n from kartoteka.change_log where operation = 'update'",
  );
  expect(total).toEqual([{ n: '2000' }]);
});

it('of concurrent updates that name the same version exactly one goes through', async () => {
  const seller = await f.principal('seller');
  const { id } = await f.create(seller, 'order', { name: 'o', units: 0 });
  for (let version = 1; version <= 30; version += 1) {
    const tries = Array.from({ length: 6 }, (_, index) =>
      lost(
        f.update(seller, 'order', id, { units: version * 10 + index }, { ifMatch: [String(version)] }),
        'precondition_failed',
      ),
    );
    expect((await Promise.all(tries)).filter((failed) => !failed)).toHaveLength(1);
  }
});

it('no child created or moved while its parent is deleted survives under it', async () => {
  const seller = await f.principal('seller');
  const race = async () => {
    const account = await f.create(seller, 'account', { name: 'a' });
    const order = await f.create(seller, 'order', { name: 'o', referrer_id: account.id });
    const stray = await f.create(seller, 'order', { name: 'stray' });
    const child = async (name: string, values: Record<string, unknown>) => {
      await pause();
      await lost(f.create(seller, name, { name: 'c', ...values }), 'target_not_found');
    };
    const work = [
      child('order_line', { order_id: order.id }),
      child('order_line', { order_id: order.id }),
      pause().then(() => lost(f.remove(seller, 'order', order.id), 'conflict')),
      child('reminder', { about_id: order.id, about_type: 'order' }),
      child('reminder', { about_id: account.id, about_type: 'account' }),
      child('order', { account_id: account.id }),
      child('order', { referrer_id: account.id }),
      pause().then(() => lost(f.update(seller, 'order', stray.id, { referrer_id: account.id }), 'target_not_found')),
      pause().then(() => lost(f.remove(seller, 'account', account.id), 'still_referenced')),
    ];
    await Promise.all(work);
  };
  await concurrently(
    4,
    Array.from({ length: 300 }, () => race),
  );
  const live = async (child: string, lookup: string, parent: string) => {
    const sql = `select count(*)::text as n from data."${child}" c join data."${parent}" p on p.id = c.${lookup} where c.deleted_on is null and p.deleted_on is not null`;
    return Number((await f.test.database.run(sql))[0]?.n);
  };
  expect(await live('order_line', 'order_id', 'order')).toBe(0);
  expect(await live('reminder', 'about_id', 'order')).toBe(0);
  expect(await live('reminder', 'about_id', 'account')).toBe(0);
  expect(await live('order', 'account_id', 'account')).toBe(0);
  expect(await live('order', 'referrer_id', 'account')).toBe(0);
  const outcomes = await f.test.database.run(
    'select count(*) filter (where deleted_on is null)::text as live, count(*) filter (where deleted_on is not null)::text as gone from data.order_line',
  );
  expect(Number(outcomes[0]?.gone)).toBeGreaterThan(20);
  // Nothing but these locks keeps reminders from staying behind: their lookup has no foreign key.
  const reminders = await f.test.database.run(
    'select about_type as type, count(*) filter (where deleted_on is not null)::text as gone from data.reminder group by 1 order by 1',
  );
  expect(reminders.map(({ type }) => type)).toEqual(['account', 'order']);
  for (const { gone } of reminders) expect(Number(gone)).toBeGreaterThan(0);
});
