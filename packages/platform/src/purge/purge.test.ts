// Purge over a real database: what goes, what has to stay, in which order, one node at a time, and what others do meanwhile.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PURGE_LOCK } from '../publish/locks.ts';
import { connectDatabase } from '../storage/database.ts';
import { unguardedChangeLog } from '../test-kit/change-log.ts';
import { type Fixture, openFixture } from '../write/fixture.ts';
import { countPurge, type PurgeReport, purge } from './purge.ts';

let f: Fixture;
const warnings: object[] = [];
const log = { info: () => {}, error: () => {}, warn: (fields: object) => void warnings.push(fields) };
const { recycleBinDays: DAYS, changesDays: CHANGES_DAYS } = { recycleBinDays: 30, changesDays: 1095 };

beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());
beforeEach(async () => {
  await run();
  warnings.length = 0;
});

const run = (): Promise<PurgeReport | null> => purge(f.test.database, f.model, { log });

/** Makes deletes of everything in the bin so many days older. */
async function age(days: number): Promise<void> {
  for (const entity of f.model.entities.values()) {
    await f.test.database.run(
      `update data."${entity.table}" set deleted_on = deleted_on - make_interval(days => $1::int) where deleted_on is not null`,
      [String(days)],
    );
  }
}

async function tree() {
  const principal = await f.principal('seller');
  const order = await f.create(principal, 'order', { name: 'o' });
  const line = await f.create(f.system, 'order_line', { name: 'l', order_id: order.id, owner_id: principal.id });
  const comment = await f.create(f.system, 'line_comment', { name: 'c', line_id: line.id, owner_id: principal.id });
  return { principal, order: order.id, line: line.id, comment: comment.id };
}

const exists = async (name: string, id: string): Promise<boolean> => (await f.row(name, id)) !== null;
const counts = (report: PurgeReport | null): object => Object.fromEntries(report?.records ?? []);

describe('purge', () => {
  it('removes what was deleted longer ago than the organization keeps it, with its shares, and leaves its history', async () => {
    const { principal, order, line, comment } = await tree();
    await f.test.database.run(
      "insert into kartoteka.share (principal_id, entity, record_id, rights) values ($1::uuid, 'order', $2::uuid, 1)",
      [principal.id, order],
    );
    const live = await f.create(principal, 'order', { name: 'live' });
    await f.remove(principal, 'order', order);
    await age(DAYS - 1);
    expect(counts(await run())).toEqual({});
    await age(1);
    const late = await tree();
    await f.remove(late.principal, 'order', late.order);
    const whole = { order: 1, order_line: 1, line_comment: 1 };
    expect(counts(await countPurge(f.test.database, f.model))).toEqual(whole);
    expect(counts(await run())).toEqual(whole);
    for (const [name, id] of [
      ['order', order],
      ['order_line', line],
      ['line_comment', comment],
    ] as const) {
      expect(await exists(name, id)).toBe(false);
      expect((await f.log(id)).map(({ operation }) => operation)).toEqual(['create', 'delete']);
    }
    const shares = await f.test.database.run('select 1 from kartoteka.share where record_id = $1::uuid', [order]);
    expect(shares).toEqual([]);
    expect(await exists('order', live.id)).toBe(true);
    await f.restore(late.principal, 'order', late.order);
    expect(counts(await run())).toEqual({});
  });

  it('takes both times from the organization document', async () => {
    const { principal, order } = await tree();
    await f.remove(principal, 'order', order);
    await age(3);
    const keeping = (recycleBinDays: number, changesDays: number) => ({
      ...f.model,
      organization: {
        ...f.model.organization,
        retention: { ...f.model.organization.retention, recycleBinDays, changesDays, securityLogDays: 1 },
      },
    });
    await unguardedChangeLog(
      f.test.database,
      `update kartoteka.change_log set at = at - interval '3 days' where record_id = $1::uuid`,
      [order],
    );
    const removed = async (recycleBinDays: number, changesDays: number): Promise<unknown> => {
      const report = await purge(f.test.database, keeping(recycleBinDays, changesDays), { log });
      return [counts(report), (report?.changes ?? 0) > 0];
    };
    expect(await removed(4, 4)).toEqual([{}, false]);
    expect(await removed(3, 4)).toEqual([{ order: 1, order_line: 1, line_comment: 1 }, false]);
    expect(await removed(3, 3)).toEqual([{}, true]);
    expect(await f.log(order)).toEqual([]);
  });

  it('takes security events beyond their own time, in batches, and no others', async () => {
    const keeping = { ...f.model.organization.retention, securityLogDays: 10 };
    const model = { ...f.model, organization: { ...f.model.organization, retention: keeping } };
    const insert = (count: number, age: string): Promise<unknown> =>
      f.test.database.run(
        'insert into kartoteka.security_log (kind, occurred_on, details) ' +
          `select 'sign_in', now() - $2::interval, '{"purge": true}' from generate_series(1, $1::int)`,
        [String(count), age],
      );
    const left = async (): Promise<unknown> =>
      (await f.test.database.run(`select count(*) as n from kartoteka.security_log where details ? 'purge'`))[0]?.n;
    await insert(5_001, '10 days 1 second');
    await insert(2, '9 days 23 hours');
    expect((await countPurge(f.test.database, model)).events).toBe(5_001);
    expect((await purge(f.test.database, model, { log }))?.events).toBe(5_001);
    expect(await left()).toBe('2');
    expect((await purge(f.test.database, model, { log }))?.events).toBe(0);
  });

  it('removes circles, records that name themselves, and entities that refer to each other', async () => {
    const administrator = await f.principal('administrator');
    const top = await f.create(administrator, 'folder', { name: 'top' });
    const sub = await f.create(administrator, 'folder', { name: 'sub', parent_id: top.id });
    await f.update(administrator, 'folder', top.id, { parent_id: sub.id });
    const own = await f.create(administrator, 'folder', { name: 'own' });
    await f.update(administrator, 'folder', own.id, { parent_id: own.id });
    await f.remove(administrator, 'folder', top.id);
    await f.remove(administrator, 'folder', own.id);
    const account = await f.create(administrator, 'account', { name: 'a' });
    const order = await f.create(administrator, 'order', { name: 'o', account_id: account.id });
    await f.update(administrator, 'account', account.id, { last_order_id: order.id });
    await f.remove(administrator, 'order', order.id);
    // The delete of the order has cleared it; the two are tied together behind the engine's back.
    await f.test.database.run('update data.account set last_order_id = $2::uuid where id = $1::uuid', [
      account.id,
      order.id,
    ]);
    await f.remove(administrator, 'account', account.id);
    await age(DAYS);
    expect(counts(await run())).toEqual({ folder: 3, order: 1, account: 1 });
  });

  it('keeps a delete as a whole while anything kept refers to a record of it, and what that one refers to', async () => {
    const { principal, order, line, comment } = await tree();
    const account = await f.create(principal, 'account', { name: 'a' });
    await f.update(principal, 'order', order, { account_id: account.id });
    await f.remove(principal, 'order', order);
    await f.remove(principal, 'account', account.id);
    await age(DAYS);
    const other = await tree();
    // Neither a live record nor one that was deleted later can refer to it through the engine.
    await f.test.database.run('update data.line_comment set line_id = $2::uuid where id = $1::uuid', [
      other.comment,
      line,
    ]);
    expect(counts(await run())).toEqual({});
    await f.test.database.run(
      'update data.line_comment set deleted_on = now(), delete_id = gen_random_uuid() where id = $1::uuid',
      [other.comment],
    );
    expect(counts(await run())).toEqual({});
    for (const [name, id] of [
      ['order', order],
      ['account', account.id],
      ['line_comment', comment],
    ] as const)
      expect(await exists(name, id)).toBe(true);
    await age(DAYS);
    expect(counts(await run())).toEqual({ order: 1, order_line: 1, line_comment: 2, account: 1 });
  });

  it('never removes users, nor what went with one', async () => {
    const administrator = await f.principal('administrator');
    const user = await f.create(f.system, 'user', {
      full_name: 'Leaver',
      email: 'leaver@example.org',
      owning_business_unit_id: administrator.businessUnitId,
    });
    const role = await f.create(f.system, 'role_assignment', { user_id: user.id, role: 'seller' });
    const { id } = await f.create(f.system, 'role_assignment', { user_id: administrator.id, role: 'seller' });
    await f.remove(administrator, 'user', user.id);
    await f.remove(administrator, 'role_assignment', id);
    await age(10 * DAYS);
    expect(counts(await run())).toEqual({ role_assignment: 1 });
    expect(await exists('role_assignment', role.id)).toBe(true);
    await f.restore(administrator, 'user', user.id);
    expect((await f.row('role_assignment', role.id)).deleted_on).toBeNull();
  });

  it('goes through more deletes than fit one transaction', async () => {
    const { principal } = await tree();
    await f.test.database.run(
      `insert into data.line_comment (id, created_on, created_by_id, modified_on, modified_by_id, version, name, owner_id, owning_business_unit_id, deleted_on, delete_id)
       select gen_random_uuid(), now(), $1::uuid, now(), $1::uuid, 2, 'many', $1::uuid, $2::uuid, now() - make_interval(days => 40, secs => n), gen_random_uuid()
       from generate_series(1, 1501) n`,
      [principal.id, principal.businessUnitId],
    );
    expect(counts(await countPurge(f.test.database, f.model))).toEqual({ line_comment: 1501 });
    let asked = 0;
    const stopped = await purge(f.test.database, f.model, { log, isStopped: () => ++asked > 1 });
    expect(counts(stopped)).toEqual({ line_comment: 500 });
    expect(counts(await run())).toEqual({ line_comment: 1001 });
  });

  it('removes history older than its own time, oldest first, and leaves the rest', async () => {
    const { principal, order } = await tree();
    await f.update(principal, 'order', order, { name: 'newer' });
    await unguardedChangeLog(
      f.test.database,
      `update kartoteka.change_log set at = at - make_interval(days => $1::int) where record_id = $2::uuid and operation = 'create'`,
      [String(CHANGES_DAYS), order],
    );
    const before = await f.test.database.run('select count(*) as n from kartoteka.change_log');
    expect((await countPurge(f.test.database, f.model)).changes).toBe(1);
    expect(await run()).toMatchObject({ changes: 1 });
    const after = await f.test.database.run('select count(*) as n from kartoteka.change_log');
    expect(Number(before[0]?.n) - Number(after[0]?.n)).toBe(1);
    expect((await f.log(order)).map(({ operation }) => operation)).toEqual(['update']);
  });
});

describe('a purge and others at the same time', () => {
  it('runs on one node at a time', async () => {
    const { principal, order } = await tree();
    await f.remove(principal, 'order', order);
    await age(DAYS);
    const other = await connectDatabase(f.test.url, { poolSize: 4 });
    try {
      await other.session(async (session) => {
        await session.run(`select pg_advisory_lock(${PURGE_LOCK})`);
        expect(await run()).toBeNull();
        await session.run(`select pg_advisory_unlock(${PURGE_LOCK})`);
      });
      const reports = await Promise.all([run(), purge(other, f.model, { log })]);
      const total = reports.reduce((sum, report) => sum + (report?.records.get('order') ?? 0), 0);
      expect(total).toBe(1);
    } finally {
      await other.close();
    }
    expect(await exists('order', order)).toBe(false);
  });

  it('either restores a record whole or removes it whole', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { principal, order, line, comment } = await tree();
      await f.remove(principal, 'order', order);
      await age(DAYS);
      const [restored, report] = await Promise.all([
        f.restore(principal, 'order', order).then(
          () => true,
          (error: { code: string }) => {
            expect(error.code).toBe('not_found');
            return false;
          },
        ),
        run(),
      ]);
      expect(report?.records.get('order') ?? 0).toBe(restored ? 0 : 1);
      for (const [name, id] of [
        ['order', order],
        ['order_line', line],
        ['line_comment', comment],
      ] as const) {
        const row = await f.row(name, id);
        expect(restored ? row.deleted_on : row).toBeNull();
      }
      if (restored) await f.remove(principal, 'order', order);
      await age(DAYS);
      await run();
    }
  });

  it('leaves what somebody holds, and goes on with the rest', async () => {
    const held = await tree();
    const free = await tree();
    await f.remove(held.principal, 'order', held.order);
    await f.remove(free.principal, 'order', free.order);
    await age(DAYS);
    const impatient = await connectDatabase(f.test.url, { lockTimeout: 200 });
    try {
      const report = await f.test.database.transaction(async (tx) => {
        await tx.run('select 1 from data.order_line where id = $1::uuid for update', [held.line]);
        return purge(impatient, f.model, { log });
      });
      expect(counts(report)).toEqual({ order: 1, order_line: 1, line_comment: 1 });
    } finally {
      await impatient.close();
    }
    expect(warnings).toEqual([{ code: '55P03' }]);
    expect(await exists('order', held.order)).toBe(true);
    expect(await exists('order', free.order)).toBe(false);
    expect(counts(await run())).toEqual({ order: 1, order_line: 1, line_comment: 1 });
  });
});
