// Restore over a real database: what comes back, with which rights, what stands in its way, and what others do meanwhile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import type { Hook } from '../hooks.ts';
import { HookRegistry } from '../hooks.ts';
import { executeWrite } from './execute.ts';
import { type Fixture, OTHER_UNIT, openFixture } from './fixture.ts';

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
  if (!(error instanceof PlatformError)) throw error ?? new Error('the restore went through');
  return error;
}

async function orderWithLines(role = 'seller') {
  const principal = await f.principal(role);
  const order = await f.create(principal, 'order', { name: 'o' });
  const line = await f.create(f.system, 'order_line', { name: 'l', order_id: order.id, owner_id: principal.id });
  const comment = await f.create(f.system, 'line_comment', { name: 'c', line_id: line.id, owner_id: principal.id });
  return { principal, order: order.id, line: line.id, comment: comment.id };
}

const isLive = async (name: string, id: string): Promise<boolean> => (await f.row(name, id)).deleted_on === null;

describe('restore', () => {
  it('brings a record back with the next version and a change-log row of all it holds', async () => {
    const seller = await f.principal('seller');
    const { id } = await f.create(seller, 'line_comment', { name: 'c' });
    await f.remove(seller, 'line_comment', id);
    expect(await f.restore(seller, 'line_comment', id)).toEqual({ id, version: '3', changed: true, body: null });
    expect(await f.row('line_comment', id)).toMatchObject({
      name: 'c',
      version: 3,
      deleted_on: null,
      delete_id: null,
      modified_by_id: seller.id,
    });
    expect((await f.log(id)).at(-1)).toMatchObject({
      operation: 'restore',
      version: '3',
      actor: seller.id,
      client: 'test',
      before: null,
      after: { name: 'c', owner_id: seller.id, line_id: null },
    });
    await f.update(seller, 'line_comment', id, { name: 'again' });
  });

  it('brings back what went along by cascade, to any depth, and nothing that was deleted by itself', async () => {
    const { principal, order, line, comment } = await orderWithLines();
    const own = await f.create(principal, 'order_line', { name: 'own', order_id: order });
    await f.remove(principal, 'order_line', own.id);
    await f.remove(principal, 'order', order);
    await f.restore(principal, 'order', order);
    expect(await isLive('order', order)).toBe(true);
    expect(await isLive('order_line', line)).toBe(true);
    expect(await isLive('line_comment', comment)).toBe(true);
    expect(await isLive('order_line', own.id)).toBe(false);
    for (const id of [order, line, comment]) expect((await f.log(id)).at(-1)).toMatchObject({ operation: 'restore' });
    await f.restore(principal, 'order_line', own.id);
    expect(await isLive('order_line', own.id)).toBe(true);
  });

  it('hands what belongs to another deleted record as well over to the delete of that one', async () => {
    const seller = await f.principal('seller');
    const create = (name: string, values: object) => f.create(seller, name, { name: 'n', ...values });
    const [one, two, other] = await Promise.all([create('order', {}), create('order', {}), create('order', {})]);
    const link = await create('order_line', { order_id: one.id, also_id: two.id });
    const own = await create('order_line', { order_id: one.id, also_id: other.id });
    const comment = await create('line_comment', { line_id: link.id });
    const live = async (): Promise<unknown> =>
      Promise.all([isLive('order_line', link.id), isLive('line_comment', comment.id), isLive('order_line', own.id)]);
    await f.remove(seller, 'order', one.id);
    await f.remove(seller, 'order', two.id);
    await f.restore(seller, 'order', one.id);
    expect(await live()).toEqual([false, false, true]);
    expect(await refused(f.restore(seller, 'order_line', link.id))).toMatchObject({ target: 'also_id' });
    const [parent, handed] = [await f.row('order', two.id), await f.row('line_comment', comment.id)];
    expect(handed).toMatchObject({ delete_id: parent.delete_id, deleted_on: parent.deleted_on, version: 2 });
    await f.restore(seller, 'order', two.id);
    expect(await live()).toEqual([true, true, true]);
    // The other way round.
    await f.remove(seller, 'order', one.id);
    await f.remove(seller, 'order', two.id);
    await f.restore(seller, 'order', two.id);
    expect(await live()).toEqual([false, false, false]);
    await f.restore(seller, 'order', one.id);
    expect(await live()).toEqual([true, true, true]);
  });

  it('ends on cycles and on records that name themselves', async () => {
    const administrator = await f.principal('administrator');
    const top = await f.create(administrator, 'folder', { name: 'top' });
    const sub = await f.create(administrator, 'folder', { name: 'sub', parent_id: top.id });
    const own = await f.create(administrator, 'folder', { name: 'own', parent_id: sub.id });
    await f.update(administrator, 'folder', top.id, { parent_id: sub.id });
    await f.update(administrator, 'folder', own.id, { parent_id: own.id });
    await f.remove(administrator, 'folder', top.id);
    await f.remove(administrator, 'folder', own.id);
    // The other one of the circle is as good a place to begin.
    await f.restore(administrator, 'folder', sub.id);
    await f.restore(administrator, 'folder', own.id);
    for (const { id } of [top, sub, own]) expect(await isLive('folder', id)).toBe(true);
  });

  it('needs delete and read, by entity and on the record', async () => {
    const { principal, order } = await orderWithLines();
    await f.remove(principal, 'order', order);
    const noDelete = await refused(f.restore(await f.principal('no_delete'), 'order', order));
    expect(noDelete).toMatchObject({ code: 'missing_privilege', status: 403 });
    const colleague = await f.principal('unit_creator');
    expect(await refused(f.restore(colleague, 'order', order))).toMatchObject({
      code: 'missing_privilege_on_record',
      message: 'You do not have the privilege delete on this order',
    });
    const stranger = await f.principal('seller', OTHER_UNIT);
    expect(await refused(f.restore(stranger, 'order', order))).toMatchObject({ code: 'not_found', target: undefined });
    const missing = '01900000-0000-7000-8000-00000000dead';
    expect(await refused(f.restore(stranger, 'order', missing))).toMatchObject({ code: 'not_found' });
    expect(await isLive('order', order)).toBe(false);
  });

  it('changes nothing when something that went along may not be restored', async () => {
    const { principal, order, line } = await orderWithLines();
    await f.remove(principal, 'order', order);
    const colleague = await f.principal('unit_creator');
    await f.test.database.run('update data.order_line set owner_id = $2::uuid where id = $1::uuid', [
      line,
      colleague.id,
    ]);
    expect(await refused(f.restore(principal, 'order', order))).toMatchObject({
      code: 'missing_privilege_on_record',
      target: 'order_line',
    });
    expect(await isLive('order', order)).toBe(false);
    const lacking = await orderWithLines('no_line_delete');
    await f.remove(f.system, 'order', lacking.order);
    expect(await refused(f.restore(lacking.principal, 'order', lacking.order))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege delete on order_line',
    });
  });

  it('of a record that is not deleted is refused', async () => {
    const { principal, order } = await orderWithLines();
    expect(await refused(f.restore(principal, 'order', order))).toMatchObject({ code: 'not_deleted', status: 409 });
    expect(await f.row('order', order)).toMatchObject({ version: 1 });
  });

  it('is refused while a record that it belongs to is deleted, naming the property', async () => {
    const { principal, order, line } = await orderWithLines();
    await f.remove(principal, 'order', order);
    expect(await refused(f.restore(principal, 'order_line', line))).toMatchObject({
      code: 'target_deleted',
      status: 409,
      message: 'order_id names a record that is deleted',
      target: 'order_id',
    });
    const account = await f.create(principal, 'account', { name: 'a' });
    const sold = await f.create(principal, 'order', { name: 's', account_id: account.id });
    await f.remove(principal, 'order', sold.id);
    await f.remove(principal, 'account', account.id);
    expect(await refused(f.restore(principal, 'order', sold.id))).toMatchObject({
      code: 'target_deleted',
      target: 'account_id',
    });
    await f.restore(principal, 'account', account.id);
    await f.restore(principal, 'order', sold.id);
    expect(await f.row('order', sold.id)).toMatchObject({ account_id: account.id, deleted_on: null });
  });

  it('is refused while its owner is deleted', async () => {
    const administrator = await f.principal('administrator');
    const leaver = await f.create(f.system, 'user', {
      full_name: 'Leaver',
      email: 'leaver@example.org',
      owning_business_unit_id: administrator.businessUnitId,
    });
    const role = await f.create(f.system, 'role_assignment', { user_id: leaver.id, role: 'seller' });
    const { id } = await f.create(f.system, 'order', { name: 'o', owner_id: leaver.id });
    await f.remove(administrator, 'order', id);
    await f.remove(administrator, 'user', leaver.id);
    expect(await refused(f.restore(administrator, 'order', id))).toMatchObject({ target: 'owner_id' });
    await f.restore(administrator, 'user', leaver.id);
    expect(await isLive('role_assignment', role.id)).toBe(true);
    await f.restore(administrator, 'order', id);
  });

  it('clears a lookup that a delete would have cleared', async () => {
    const seller = await f.principal('seller');
    const account = await f.create(seller, 'account', { name: 'a' });
    const order = await f.create(seller, 'order', { name: 'o', referrer_id: account.id });
    await f.remove(seller, 'order', order.id);
    await f.remove(seller, 'account', account.id);
    await f.restore(seller, 'order', order.id);
    expect(await f.row('order', order.id)).toMatchObject({ referrer_id: null, deleted_on: null });
    expect((await f.log(order.id)).at(-1)).toMatchObject({ after: { referrer_id: null } });
    await f.restore(seller, 'account', account.id);
    expect(await f.row('order', order.id)).toMatchObject({ referrer_id: account.id, version: 4 });
  });

  it('sets lookups again that the delete had cleared, except those that somebody changed since', async () => {
    const seller = await f.principal('seller');
    const account = await f.create(seller, 'account', { name: 'a' });
    const other = await f.create(seller, 'account', { name: 'b' });
    const order = (name: string) => f.create(seller, 'order', { name, referrer_id: account.id });
    const [kept, moved, cleared, renamed, binned] = await Promise.all(['k', 'm', 'c', 'r', 'b'].map(order));
    const colleague = await f.principal('unit_creator');
    const foreign = await f.create(f.system, 'order', {
      name: 'f',
      referrer_id: account.id,
      owner_id: colleague.id,
    });
    const empty = await f.create(seller, 'order', { name: 'e' });
    await f.remove(seller, 'account', account.id);
    await f.update(seller, 'order', moved?.id ?? '', { referrer_id: other.id });
    await f.update(seller, 'order', cleared?.id ?? '', { referrer_id: other.id });
    await f.update(seller, 'order', cleared?.id ?? '', { referrer_id: null });
    await f.update(seller, 'order', renamed?.id ?? '', { name: 'renamed' });
    await f.remove(seller, 'order', binned?.id ?? '');
    await f.restore(seller, 'account', account.id);
    const referrer = async (record?: { id: string }) => (await f.row('order', record?.id ?? '')).referrer_id;
    expect(await referrer(kept)).toBe(account.id);
    expect(await referrer(foreign)).toBe(account.id);
    expect(await referrer(renamed)).toBe(account.id);
    expect(await referrer(moved)).toBe(other.id);
    expect(await referrer(cleared)).toBeNull();
    expect(await referrer(empty)).toBeNull();
    // What is in the recycle bin gets it as well, for when it comes back; who deleted it and when stays.
    expect(await f.row('order', binned?.id ?? '')).toMatchObject({ referrer_id: account.id, version: 3 });
    await f.restore(seller, 'order', binned?.id ?? '');
    expect((await f.log(binned?.id ?? '')).at(-1)).toMatchObject({ after: { referrer_id: account.id } });
    expect(await f.test.database.run('select 1 from kartoteka.released_lookup')).toEqual([]);
    expect((await f.log(kept?.id ?? '')).at(-1)).toMatchObject({
      operation: 'update',
      version: '3',
      actor: seller.id,
      before: { referrer_id: null },
      after: { referrer_id: account.id },
    });
  });

  it('sets again what each of two deletes had cleared', async () => {
    const seller = await f.principal('seller');
    const [one, two] = await Promise.all([
      f.create(seller, 'account', { name: '1' }),
      f.create(seller, 'account', { name: '2' }),
    ]);
    const order = await f.create(seller, 'order', { name: 'o', referrer_id: one.id });
    await f.remove(seller, 'account', one.id);
    await f.update(seller, 'order', order.id, { referrer_id: two.id });
    await f.remove(seller, 'account', two.id);
    await f.restore(seller, 'account', one.id);
    expect((await f.row('order', order.id)).referrer_id).toBeNull();
    await f.restore(seller, 'account', two.id);
    expect((await f.row('order', order.id)).referrer_id).toBe(two.id);
  });

  it('is refused when a unique key has been taken meanwhile, and restores nothing', async () => {
    const administrator = await f.principal('administrator');
    const user = await f.create(f.system, 'user', {
      full_name: 'Twin',
      email: 'twin@example.org',
      owning_business_unit_id: administrator.businessUnitId,
    });
    const account = await f.create(administrator, 'account', { name: 'a', code: 'A-1' });
    await f.remove(administrator, 'account', account.id);
    const twin = await f.create(administrator, 'account', { name: 'twin', code: 'A-1' });
    expect(await refused(f.restore(administrator, 'account', account.id))).toMatchObject({
      code: 'duplicate_key',
      status: 409,
      target: 'code',
    });
    expect(await isLive('account', account.id)).toBe(false);
    await f.remove(administrator, 'account', twin.id);
    await f.restore(administrator, 'account', account.id);
    // The colliding record may be one that went along: it is named by its own property.
    const role = await f.create(f.system, 'role_assignment', { user_id: user.id, role: 'seller' });
    await f.remove(administrator, 'user', user.id);
    await f.test.database.run(
      `insert into data.role_assignment (id, created_on, created_by_id, modified_on, modified_by_id, version, user_id, role)
       select gen_random_uuid(), created_on, created_by_id, modified_on, modified_by_id, 1, user_id, role
       from data.role_assignment where id = $1::uuid`,
      [role.id],
    );
    expect(await refused(f.restore(administrator, 'user', user.id))).toMatchObject({
      code: 'duplicate_key',
      target: 'user_id',
    });
    expect(await isLive('user', user.id)).toBe(false);
  });

  it('runs the hooks of what comes back, and of what is linked again', async () => {
    const seen: string[] = [];
    const hooks = new HookRegistry();
    const note = (entity: string, operation: 'restore' | 'update'): Hook => ({
      entity,
      operations: [operation],
      before: (_context, records) => void seen.push(`before ${operation} ${entity} ${records.length}`),
      after: (_context, records) =>
        void seen.push(`after ${operation} ${entity} ${records.map(({ after }) => after?.name ?? 'linked').join()}`),
    });
    hooks.register(note('order', 'restore'), note('order_line', 'restore'), note('order', 'update'));
    const environment = { ...f.environment, hooks };
    const restore = (name: string, id: string) =>
      executeWrite(environment, {
        operation: 'restore',
        entity: f.entity(name),
        id,
        principal: f.system,
        client: null,
      });
    const { principal, order } = await orderWithLines();
    await f.remove(f.system, 'order', order);
    await restore('order', order);
    expect(seen.splice(0)).toEqual([
      'before restore order 1',
      'before restore order_line 1',
      'after restore order o',
      'after restore order_line l',
    ]);
    const account = await f.create(principal, 'account', { name: 'a' });
    await f.create(principal, 'order', { name: 'x', referrer_id: account.id });
    await f.remove(f.system, 'account', account.id);
    await restore('account', account.id);
    expect(seen).toEqual(['after update order linked']);
  });
});

describe('a restore and others at the same time', () => {
  it('of two restores one brings the record back and the other finds it live', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { principal, order, line } = await orderWithLines();
      await f.remove(principal, 'order', order);
      const results = await Promise.allSettled([1, 2, 3].map(() => f.restore(principal, 'order', order)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'not_deleted' });
      expect(await f.row('order_line', line)).toMatchObject({ version: 3, deleted_on: null });
    }
  });

  it('never leaves a live record that belongs to a deleted one', async () => {
    for (let round = 0; round < 12; round += 1) {
      const seller = await f.principal('seller');
      const account = await f.create(seller, 'account', { name: 'a' });
      const order = await f.create(seller, 'order', { name: 'o', account_id: account.id, referrer_id: account.id });
      await f.remove(seller, 'order', order.id);
      const [restored, removed] = await Promise.allSettled([
        f.restore(seller, 'order', order.id),
        f.remove(seller, 'account', account.id),
      ]);
      const [row, parent] = [await f.row('order', order.id), await f.row('account', account.id)];
      expect(row.deleted_on === null).toBe(restored.status === 'fulfilled');
      expect(parent.deleted_on === null).toBe(removed.status === 'rejected');
      expect(row.deleted_on === null && parent.deleted_on !== null).toBe(false);
      const codes = [restored, removed].flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
      expect(codes).toHaveLength(1);
      expect(['target_deleted', 'still_referenced']).toContain(codes[0]);
    }
  });

  it('of a whole and of a part of it ends with both live', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { principal, order, line } = await orderWithLines();
      await f.remove(principal, 'order', order);
      const [whole, part] = await Promise.allSettled([
        f.restore(principal, 'order', order),
        f.restore(principal, 'order_line', line),
      ]);
      expect(whole.status).toBe('fulfilled');
      expect(await isLive('order_line', line)).toBe(true);
      if (part.status === 'rejected') expect(['target_deleted', 'not_deleted']).toContain(part.reason.code);
    }
  });
});
