// Soft delete over a real database: verdicts, what on_delete takes along, and what stays.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type Fixture, OTHER_UNIT, openFixture, UNIT } from './fixture.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

async function refused(work: Promise<unknown>): Promise<PlatformError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlatformError)) throw error ?? new Error('the delete went through');
  return error;
}

async function orderWithLines(role = 'seller') {
  const principal = await f.principal(role);
  const order = await f.create(principal, 'order', { name: 'o' });
  const line = await f.create(f.system, 'order_line', { name: 'l', order_id: order.id, owner_id: principal.id });
  const comment = await f.create(f.system, 'line_comment', { name: 'c', line_id: line.id, owner_id: principal.id });
  return { principal, order: order.id, line: line.id, comment: comment.id };
}

describe('delete', () => {
  it('of a record nothing refers to is one statement: the row stays, marked, with a change-log row of all it held', async () => {
    const seller = await f.principal('seller');
    const { id } = await f.create(seller, 'line_comment', { name: 'c' });
    await f.remove(seller, 'line_comment', (await f.create(seller, 'line_comment', { name: 'warm up' })).id);
    const { counters } = f.test.database;
    const before = { ...counters };
    expect(await f.remove(seller, 'line_comment', id)).toMatchObject({ id, version: '2', changed: true });
    expect(counters.statements - before.statements).toBe(1);
    const row = await f.row('line_comment', id);
    expect(row).toMatchObject({ name: 'c', version: 2, modified_by_id: seller.id });
    expect(row.deleted_on).not.toBeNull();
    expect(row.delete_id).not.toBeNull();
    expect((await f.log(id)).at(-1)).toMatchObject({
      operation: 'delete',
      version: '2',
      before: { name: 'c', owner_id: seller.id, line_id: null },
      after: null,
    });
    expect(await refused(f.remove(seller, 'line_comment', id))).toMatchObject({ code: 'not_found' });
  });

  it('needs delete by entity and on the record, and the version named', async () => {
    const { order } = await orderWithLines();
    expect(await refused(f.remove(await f.principal('no_delete'), 'order', order))).toMatchObject({
      code: 'missing_privilege',
    });
    const colleague = await f.principal('unit_creator');
    expect(await refused(f.remove(colleague, 'order', order))).toMatchObject({
      code: 'missing_privilege_on_record',
      message: 'You do not have the privilege delete on this order',
    });
    expect(await refused(f.remove(await f.principal('seller', OTHER_UNIT), 'order', order))).toMatchObject({
      code: 'not_found',
    });
    const seller = await f.principal('seller');
    expect(await refused(f.remove(seller, 'order', order, ['7']))).toMatchObject({ code: 'precondition_failed' });
    await f.remove(seller, 'order', order, ['1']);
  });

  it('takes children along by cascade, to any depth, under one delete_id', async () => {
    const { principal, order, line, comment } = await orderWithLines();
    await f.remove(principal, 'order', order);
    const rows = await Promise.all([f.row('order', order), f.row('order_line', line), f.row('line_comment', comment)]);
    expect(new Set(rows.map((row) => row.delete_id)).size).toBe(1);
    expect(rows.every((row) => row.deleted_on !== null && row.deleted_on === rows[0]?.deleted_on)).toBe(true);
    for (const id of [order, line, comment])
      expect((await f.log(id)).at(-1)).toMatchObject({ operation: 'delete', actor: principal.id });
  });

  it('changes nothing when a child may not be deleted', async () => {
    const lacking = await orderWithLines('no_line_delete');
    expect(await refused(f.remove(lacking.principal, 'order', lacking.order))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege delete on order_line',
    });
    const { principal, order, line } = await orderWithLines();
    const colleague = await f.principal('unit_creator');
    await f.create(f.system, 'order_line', { name: 'theirs', order_id: order, owner_id: colleague.id }).catch(() => {});
    await f.test.database.run('update data.order_line set owner_id = $2::uuid where id = $1::uuid', [
      line,
      colleague.id,
    ]);
    expect(await refused(f.remove(principal, 'order', order))).toMatchObject({
      code: 'missing_privilege_on_record',
      target: 'order_line',
    });
    for (const [name, id] of [
      ['order', order],
      ['order_line', line],
    ] as const) {
      expect(await f.row(name, id)).toMatchObject({ deleted_on: null, version: 1 });
    }
  });

  it('is refused while a live record refers to it by a restricting lookup', async () => {
    const seller = await f.principal('seller');
    const account = await f.create(seller, 'account', { name: 'a' });
    const order = await f.create(seller, 'order', { name: 'o', account_id: account.id });
    expect(await refused(f.remove(seller, 'account', account.id))).toMatchObject({
      code: 'still_referenced',
      status: 409,
      message: 'Records of order refer to this record',
    });
    await f.remove(seller, 'order', order.id);
    await f.remove(seller, 'account', account.id);
  });

  it('clears set_null lookups as writes of the actor', async () => {
    const seller = await f.principal('seller');
    const account = await f.create(seller, 'account', { name: 'a' });
    const order = await f.create(seller, 'order', { name: 'o', referrer_id: account.id });
    await f.remove(seller, 'account', account.id);
    expect(await f.row('order', order.id)).toMatchObject({ referrer_id: null, version: 2, deleted_on: null });
    expect((await f.log(order.id)).at(-1)).toMatchObject({
      operation: 'update',
      version: '2',
      actor: seller.id,
      before: { referrer_id: account.id },
      after: { referrer_id: null },
    });
  });

  it('ends on cycles', async () => {
    const administrator = await f.principal('administrator');
    const top = await f.create(administrator, 'folder', { name: 'top' });
    const sub = await f.create(administrator, 'folder', { name: 'sub', parent_id: top.id });
    await f.update(administrator, 'folder', top.id, { parent_id: sub.id });
    await f.remove(administrator, 'folder', top.id);
    expect((await f.row('folder', sub.id)).deleted_on).not.toBeNull();
  });

  it('leaves shares of the deleted record', async () => {
    const { principal, order } = await orderWithLines();
    const colleague = await f.principal('unit_creator');
    await f.test.database.run(
      "insert into kartoteka.share (principal_id, entity, record_id, rights) values ($1::uuid, 'order', $2::uuid, 1)",
      [colleague.id, order],
    );
    await f.remove(principal, 'order', order);
    expect(
      await f.test.database.run('select rights::text as rights from kartoteka.share where record_id = $1::uuid', [
        order,
      ]),
    ).toHaveLength(1);
  });

  it('of a user or a unit is refused while live records belong to it', async () => {
    const administrator = await f.principal('administrator');
    const { principal } = await orderWithLines('open_only');
    expect(await refused(f.remove(administrator, 'user', principal.id))).toMatchObject({ code: 'still_referenced' });
    expect(await refused(f.remove(administrator, 'business_unit', UNIT))).toMatchObject({ code: 'still_referenced' });
  });
});
