// Create and update over a real database: each verdict, each right, exact values, the change log, statements counted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { systemPrincipal } from '../security/principals.ts';
import { quoteLiteral } from '../sql/statement.ts';
import { withRetries } from './database-errors.ts';
import { type Fixture, OTHER_UNIT, openFixture, UNIT } from './fixture.ts';
import { planCacheCounters } from './plan-cache.ts';
import type { Representation } from './request.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

const NAME: Representation = {
  key: 'name',
  print: (alias) => `json_build_object(${quoteLiteral('name')}, ${alias}.name)::text`,
};

async function refused(work: Promise<unknown>): Promise<PlatformError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlatformError)) throw error ?? new Error('the write went through');
  return error;
}

const detailsOf = (error: PlatformError) => error.details.map(({ code, target }) => `${code} ${target}`).sort();
const count = async (table: string) =>
  Number((await f.test.database.run(`select count(*)::text as n from data."${table}"`))[0]?.n);

describe('create', () => {
  it('stores the row, its owner, unit, stamps and defaults, and logs them, in one statement and one round trip', async () => {
    const seller = await f.principal('seller');
    await f.create(seller, 'order', { name: 'warm up', units: 1 });
    const { counters } = f.test.database;
    const before = { ...counters };
    const { id, version, changed } = await f.create(seller, 'order', { name: 'first', units: 3 });
    expect({
      statements: counters.statements - before.statements,
      roundTrips: counters.roundTrips - before.roundTrips,
    }).toEqual({ statements: 1, roundTrips: 1 });
    expect({ version, changed }).toEqual({ version: '1', changed: true });
    const row = await f.row('order', id);
    expect(row).toMatchObject({
      id,
      name: 'first',
      units: 3,
      stage: 'new',
      owner_id: seller.id,
      owning_business_unit_id: UNIT,
      created_by_id: seller.id,
      modified_by_id: seller.id,
      version: 1,
      amount_currency: 'USD',
      deleted_on: null,
    });
    expect(row.created_on).toBe(row.modified_on);
    expect(await f.log(id)).toEqual([
      {
        operation: 'create',
        version: '1',
        actor: seller.id,
        client: 'test',
        before: null,
        after: {
          name: 'first',
          units: 3,
          stage: 'new',
          amount_currency: 'USD',
          amount_base: null,
          owner_id: seller.id,
          owning_business_unit_id: UNIT,
        },
      },
    ]);
  });

  it('answers with the new row when asked, null when the principal may not read it', async () => {
    const seller = await f.principal('seller');
    expect((await f.create(seller, 'order', { name: 'shown' }, NAME)).body).toBe('{"name" : "shown"}');
    const blind = await f.principal('no_read');
    expect((await f.create(blind, 'order', { name: 'hidden' }, NAME)).body).toBeNull();
  });

  it('needs create, at a depth that covers the record', async () => {
    const error = await refused(f.create(await f.principal('no_create'), 'order', { name: 'x' }));
    expect(error).toMatchObject({
      code: 'missing_privilege',
      status: 403,
      message: 'You do not have the privilege create on order',
    });
  });

  it('judges the condition of a create grant on the new record', async () => {
    const small = await f.principal('small_only');
    await f.create(small, 'order', { name: 'small', units: 9 });
    const error = await refused(f.create(small, 'order', { name: 'large', units: 10 }));
    expect(error).toMatchObject({ code: 'missing_privilege_on_record' });
  });

  it('gives the record to another owner only with assign, and the unit follows the owner', async () => {
    const seller = await f.principal('seller');
    const unitCreator = await f.principal('unit_creator');
    const { id } = await f.create(unitCreator, 'order', { name: 'given away', owner_id: seller.id });
    expect(await f.row('order', id)).toMatchObject({
      owner_id: seller.id,
      owning_business_unit_id: UNIT,
      created_by_id: unitCreator.id,
    });
    expect(await refused(f.create(seller, 'order', { name: 'beyond depth', owner_id: unitCreator.id }))).toMatchObject({
      code: 'missing_privilege_on_record',
    });
    const foreign = await f.principal('seller', OTHER_UNIT);
    expect(await refused(f.create(unitCreator, 'order', { name: 'beyond unit', owner_id: foreign.id }))).toMatchObject({
      code: 'missing_privilege_on_record',
    });
    const administrator = await f.principal('administrator');
    const far = await f.create(administrator, 'order', { name: 'far', owner_id: foreign.id });
    expect(await f.row('order', far.id)).toMatchObject({ owning_business_unit_id: OTHER_UNIT });
  });

  it('refuses an owner that is unknown or may not read the entity', async () => {
    const administrator = await f.principal('administrator');
    const unknown = await refused(
      f.create(administrator, 'order', { name: 'x', owner_id: '01900000-0000-7000-8000-00000000dead' }),
    );
    expect(detailsOf(unknown)).toEqual(['target_not_found owner_id']);
    const leaver = await f.principal('open_only', OTHER_UNIT);
    await f.update(f.system, 'user', leaver.id, { active: false });
    const inactive = await refused(f.create(administrator, 'order', { name: 'x', owner_id: leaver.id }));
    expect(detailsOf(inactive)).toEqual(['target_not_found owner_id']);
    const blind = await f.principal('no_read');
    expect(detailsOf(await refused(f.create(administrator, 'order', { name: 'x', owner_id: blind.id })))).toEqual([
      'invalid_value owner_id',
    ]);
  });

  it('needs append on the record and read and append_to on the target of a lookup', async () => {
    const seller = await f.principal('seller');
    const account = await f.create(seller, 'account', { name: 'mine' });
    await f.create(seller, 'order', { name: 'ok', account_id: account.id });
    const administrator = await f.principal('administrator');
    const noAppend = await f.principal('no_append');
    const theirs = await f.create(noAppend, 'account', { name: 'theirs' });
    expect(await refused(f.create(noAppend, 'order', { name: 'x', account_id: theirs.id }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege append on order',
    });
    await f.create(noAppend, 'order', { name: 'none', account_id: null });
    const noAppendTo = await f.principal('no_append_to');
    const own = await f.create(noAppendTo, 'account', { name: 'own' });
    expect(await refused(f.create(noAppendTo, 'order', { name: 'x', account_id: own.id }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege append_to on account',
      target: 'account_id',
    });
    const readable = await refused(f.create(seller, 'order', { name: 'x', account_id: theirs.id }));
    expect(readable).toMatchObject({
      code: 'missing_privilege_on_record',
      message: 'You do not have the privilege append_to on this account',
    });
    const foreign = await f.create(await f.principal('seller', OTHER_UNIT), 'account', { name: 'foreign' });
    const hidden = await refused(f.create(seller, 'order', { name: 'x', account_id: foreign.id }));
    const missing = await refused(
      f.create(seller, 'order', { name: 'x', account_id: '01900000-0000-7000-8000-00000000dead' }),
    );
    expect(detailsOf(hidden)).toEqual(['target_not_found account_id']);
    expect(hidden.details).toEqual(missing.details);
    await f.remove(administrator, 'account', foreign.id);
    expect(detailsOf(await refused(f.create(administrator, 'order', { name: 'x', account_id: foreign.id })))).toEqual([
      'target_not_found account_id',
    ]);
  });

  it('reports every bad property at once, with no row written', async () => {
    const seller = await f.principal('seller');
    const before = await count('order');
    const structural = await refused(
      f.create(seller, 'order', { units: 'many', day: '2026-02-30', nonsense: 1, version: 7 }),
    );
    expect(structural.code).toBe('validation_failed');
    expect(structural.details.map((detail) => detail.target).sort()).toEqual([
      'day',
      'name',
      'nonsense',
      'units',
      'version',
    ]);
    const conditional = await refused(
      f.create(seller, 'order', { name: 'x', stage: 'won', account_id: '01900000-0000-7000-8000-00000000dead' }),
    );
    expect(detailsOf(conditional)).toEqual([
      'required amount',
      'rule_violated won_needs_day',
      'target_not_found account_id',
    ]);
    expect(await count('order')).toBe(before);
  });

  it('refuses NUL and lone surrogates, keeps every other text', async () => {
    const seller = await f.principal('seller');
    for (const name of ['a\u0000b', 'a\ud800b']) {
      expect((await refused(f.create(seller, 'order', { name }))).code).toBe('validation_failed');
    }
    const name = 'Ж \u{1F600} \\ \' " \n\t $1 {a,b}';
    const { id } = await f.create(seller, 'order', { name });
    expect(await f.row('order', id)).toMatchObject({ name });
    expect((await f.log(id))[0]?.after).toMatchObject({ name });
  });

  it('refuses secured properties', async () => {
    const error = await refused(f.create(await f.principal('seller'), 'order', { name: 'x', salary: '1' }));
    expect(error).toMatchObject({ code: 'secured_property', status: 403, target: 'salary' });
  });

  it('names the properties of a key that another record holds, never values', async () => {
    const seller = await f.principal('seller');
    await f.create(seller, 'account', { name: 'a', code: 'K-1' });
    const error = await refused(f.create(seller, 'account', { name: 'b', code: 'K-1' }));
    expect(error).toMatchObject({
      code: 'duplicate_key',
      status: 409,
      message: 'Another record has the same code',
      target: 'code',
    });
    const { id } = await f.create(seller, 'account', { name: 'c', code: 'K-2' });
    await f.remove(seller, 'account', id);
    await f.create(seller, 'account', { name: 'd', code: 'K-2' });
  });

  it('makes the principal row of a user', async () => {
    const { id } = await f.create(f.system, 'user', {
      full_name: 'U',
      email: 'u@example.org',
      owning_business_unit_id: UNIT,
    });
    expect(await f.test.database.run('select kind from kartoteka.principal where id = $1::uuid', [id])).toEqual([
      { kind: 'user' },
    ]);
  });
});

describe('update', () => {
  const order = async (role = 'seller', values: Record<string, unknown> = {}) => {
    const principal = await f.principal(role);
    return { principal, id: (await f.create(principal, 'order', { name: 'o', ...values })).id };
  };

  it('changes, counts up the version and logs only what changed, in one statement and one round trip', async () => {
    const { principal, id } = await order('seller', { units: 1, day: '2026-01-31' });
    await f.update(principal, 'order', id, { name: 'warm up', units: 2 });
    const { counters } = f.test.database;
    const before = { ...counters };
    const result = await f.update(principal, 'order', id, { name: 'warm up', units: 5 });
    expect({
      statements: counters.statements - before.statements,
      roundTrips: counters.roundTrips - before.roundTrips,
    }).toEqual({ statements: 1, roundTrips: 1 });
    expect(result).toEqual({ id, version: '3', changed: true, body: null });
    expect((await f.log(id)).at(-1)).toEqual({
      operation: 'update',
      version: '3',
      actor: principal.id,
      client: 'test',
      before: { units: 2 },
      after: { units: 5 },
    });
    const row = await f.row('order', id);
    expect(row).toMatchObject({ units: 5, day: '2026-01-31', version: 3 });
    expect(String(row.modified_on) > String(row.created_on)).toBe(true);
  });

  it('that changes nothing writes nothing, and still shows the record', async () => {
    const { principal, id } = await order('seller', { units: 1 });
    const result = await f.update(principal, 'order', id, { name: 'o', units: 1 }, { representation: NAME });
    expect(result).toEqual({ id, version: '1', changed: false, body: '{"name" : "o"}' });
    expect(await f.log(id)).toHaveLength(1);
    expect(await f.update(principal, 'order', id, {})).toMatchObject({ version: '1', changed: false });
  });

  it('answers for a hidden record as for a missing and a deleted one', async () => {
    const { id } = await order();
    const foreign = await f.principal('seller', OTHER_UNIT);
    const hidden = await refused(f.update(foreign, 'order', id, { name: 'x' }));
    const missing = await refused(f.update(foreign, 'order', '01900000-0000-7000-8000-00000000dead', { name: 'x' }));
    expect(hidden).toMatchObject({ code: 'not_found', status: 404 });
    expect(hidden.message).toBe(missing.message);
    const { principal, id: gone } = await order();
    await f.remove(principal, 'order', gone);
    expect(await refused(f.update(principal, 'order', gone, { name: 'x' }))).toMatchObject({ code: 'not_found' });
  });

  it('needs write: by entity, on the record, and under the condition of the grant as the record was', async () => {
    const { id } = await order();
    const noWrite = await f.principal('no_write');
    expect(await refused(f.update(noWrite, 'order', id, { name: 'x' }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege write on order',
    });
    const colleague = await f.principal('unit_creator');
    expect(await refused(f.update(colleague, 'order', id, { name: 'x' }))).toMatchObject({
      code: 'missing_privilege_on_record',
      message: 'You do not have the privilege write on this order',
    });
    const open = await order('open_only', { amount: 1, day: '2026-01-01' });
    await f.update(open.principal, 'order', open.id, { stage: 'won' });
    expect(await refused(f.update(open.principal, 'order', open.id, { stage: 'new' }))).toMatchObject({
      code: 'missing_privilege_on_record',
    });
  });

  it('shared with write, is written', async () => {
    const { id } = await order();
    const colleague = await f.principal('unit_creator');
    await f.test.database.run(
      "insert into kartoteka.share (principal_id, entity, record_id, rights) values ($1::uuid, 'order', $2::uuid, 3)",
      [colleague.id, id],
    );
    expect(await f.update(colleague, 'order', id, { name: 'by share' })).toMatchObject({ version: '2' });
  });

  it('refuses another version than the one named, after rights and before values', async () => {
    const { principal, id } = await order();
    await f.update(principal, 'order', id, { name: 'p' }, { ifMatch: ['1'] });
    expect(await refused(f.update(principal, 'order', id, { name: 'q' }, { ifMatch: ['1'] }))).toMatchObject({
      code: 'precondition_failed',
      status: 412,
    });
    expect(await refused(f.update(principal, 'order', id, { stage: 'won' }, { ifMatch: ['1'] }))).toMatchObject({
      code: 'precondition_failed',
    });
    const colleague = await f.principal('unit_creator');
    expect(await refused(f.update(colleague, 'order', id, { name: 'q' }, { ifMatch: ['1'] }))).toMatchObject({
      code: 'missing_privilege_on_record',
    });
    await f.update(principal, 'order', id, { name: 'q' }, { ifMatch: ['1', '2'] });
    await f.update(principal, 'order', id, { name: 'r' }, { ifMatch: '*' });
  });

  it('judges required_when and rules over the record as it will be, only where the write can matter', async () => {
    const { principal, id } = await order('seller', { units: 1 });
    expect(detailsOf(await refused(f.update(principal, 'order', id, { stage: 'won' })))).toEqual([
      'required amount',
      'rule_violated won_needs_day',
    ]);
    await f.update(principal, 'order', id, { stage: 'won', amount: '10', day: '2026-05-05' });
    expect(detailsOf(await refused(f.update(principal, 'order', id, { amount: null })))).toEqual(['required amount']);
    await f.test.database.run('update data."order" set day = null where id = $1::uuid', [id]);
    await f.update(principal, 'order', id, { units: 2 });
    expect(detailsOf(await refused(f.update(principal, 'order', id, { stage: 'won', amount: '11' })))).toEqual([
      'rule_violated won_needs_day',
    ]);
  });

  it('freezes a field by read_only_when on the record as it was, unless the value stays', async () => {
    const { principal, id } = await order('seller', { amount: 1, day: '2026-01-01' });
    await f.update(principal, 'order', id, { stage: 'won', discount: '5' });
    expect(detailsOf(await refused(f.update(principal, 'order', id, { discount: '6' })))).toEqual([
      'read_only discount',
    ]);
    await f.update(principal, 'order', id, { discount: '5.0', name: 'kept' });
    expect(detailsOf(await refused(f.update(principal, 'order', id, { discount: '6', stage: 'new' })))).toEqual([
      'read_only discount',
    ]);
  });

  it('refuses system, derived and create-only properties, all at once', async () => {
    const { principal, id } = await order();
    const error = await refused(
      f.update(principal, 'order', id, {
        version: 9,
        amount_base: 1,
        origin: 'x',
        owning_business_unit_id: UNIT,
        name: null,
      }),
    );
    expect(detailsOf(error)).toEqual([
      'read_only amount_base',
      'read_only origin',
      'read_only owning_business_unit_id',
      'read_only version',
      'required name',
    ]);
  });

  it('computes the base amount when amount or currency is written', async () => {
    const { principal, id } = await order('seller', { amount: '100.50', amount_currency: 'EUR' });
    expect(await f.row('order', id)).toMatchObject({ amount_base: 108.54 });
    await f.update(principal, 'order', id, { amount_currency: 'GBP' });
    expect(await f.row('order', id)).toMatchObject({ amount_base: 127.635 });
    await f.update(principal, 'order', id, { amount: null });
    expect(await f.row('order', id)).toMatchObject({ amount_base: null });
    expect((await f.log(id)).at(-1)).toMatchObject({
      before: { amount: 100.5, amount_base: 127.635 },
      after: { amount: null, amount_base: null },
    });
  });

  it('keeps exact values to the last digit and microsecond', async () => {
    const { principal, id } = await order();
    const exact = {
      amount: '123456789012345.6789',
      discount: '12345678901234567890.0123456789',
      units: '9007199254740993',
      moment: '2026-02-28T23:59:59.999999Z',
      day: '2024-02-29',
    };
    await f.update(principal, 'order', id, exact);
    const columns = 'amount::text, discount::text, units::text, moment::text, day::text';
    expect((await f.test.database.run(`select ${columns} from data."order" where id = $1::uuid`, [id]))[0]).toEqual({
      ...exact,
      moment: '2026-02-28 23:59:59.999999+00',
    });
    const logged = await f.test.database.run(
      "select after->>'discount' as discount, after->>'units' as units from kartoteka.change_log where record_id = $1::uuid and version = 2",
      [id],
    );
    expect(logged).toEqual([{ discount: exact.discount, units: exact.units }]);
  });

  it('leaves properties without audit out of the images', async () => {
    const { principal, id } = await order('seller', { remark: 'first' });
    await f.update(principal, 'order', id, { remark: 'second', name: 'n' });
    await f.update(principal, 'order', id, { remark: 'third' });
    const log = await f.log(id);
    expect(log[0]?.after).not.toHaveProperty('remark');
    expect(log.slice(1).map(({ before, after }) => ({ before, after }))).toEqual([
      { before: { name: 'o' }, after: { name: 'n' } },
      { before: {}, after: {} },
    ]);
  });

  it('needs append on the record and read and append_to on the old and the new target when a lookup changes', async () => {
    const seller = await f.principal('seller');
    const administrator = await f.principal('administrator');
    const colleague = await f.principal('unit_creator');
    const own = await f.create(seller, 'account', { name: 'own' });
    const theirs = await f.create(colleague, 'account', { name: 'theirs' });
    const foreign = await f.create(await f.principal('seller', OTHER_UNIT), 'account', { name: 'foreign' });
    const { id } = await f.create(seller, 'order', { name: 'o', account_id: own.id });
    expect(await refused(f.update(seller, 'order', id, { account_id: theirs.id }))).toMatchObject({
      code: 'missing_privilege_on_record',
      message: 'You do not have the privilege append_to on this account',
    });
    expect(detailsOf(await refused(f.update(seller, 'order', id, { account_id: foreign.id })))).toEqual([
      'target_not_found account_id',
    ]);
    await f.update(administrator, 'order', id, { account_id: theirs.id });
    expect(await refused(f.update(seller, 'order', id, { account_id: null }))).toMatchObject({
      code: 'missing_privilege_on_record',
      target: 'account_id',
    });
    await f.update(seller, 'order', id, { account_id: theirs.id, name: 'unchanged lookup' });
    await f.update(administrator, 'order', id, { account_id: foreign.id });
    expect(await refused(f.update(seller, 'order', id, { account_id: own.id }))).toMatchObject({
      code: 'missing_privilege_on_record',
    });
    const noAppend = await f.principal('no_append');
    const bare = await f.create(noAppend, 'order', { name: 'bare' });
    const target = await f.create(noAppend, 'account', { name: 'target' });
    expect(await refused(f.update(noAppend, 'order', bare.id, { account_id: target.id }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege append on order',
    });
    await f.update(noAppend, 'order', bare.id, { account_id: null, name: 'still' });
  });

  it('changes the owner with assign, and the unit follows', async () => {
    const { principal, id } = await order();
    const foreign = await f.principal('seller', OTHER_UNIT);
    const noAssign = await f.principal('no_assign');
    const kept = await f.create(noAssign, 'order', { name: 'kept' });
    expect(await refused(f.update(noAssign, 'order', kept.id, { owner_id: foreign.id }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege assign on order',
    });
    await f.update(noAssign, 'order', kept.id, { owner_id: noAssign.id, name: 'same owner' });
    const blind = await f.principal('no_read');
    expect(detailsOf(await refused(f.update(principal, 'order', id, { owner_id: blind.id })))).toEqual([
      'invalid_value owner_id',
    ]);
    expect(
      detailsOf(await refused(f.update(principal, 'order', id, { owner_id: '01900000-0000-7000-8000-00000000dead' }))),
    ).toEqual(['target_not_found owner_id']);
    const given = await f.update(principal, 'order', id, { owner_id: foreign.id }, { representation: NAME });
    expect(given).toMatchObject({ version: '2', body: null });
    expect(await f.row('order', id)).toMatchObject({ owner_id: foreign.id, owning_business_unit_id: OTHER_UNIT });
    expect((await f.log(id)).at(-1)).toMatchObject({
      before: { owner_id: principal.id, owning_business_unit_id: UNIT },
      after: { owner_id: foreign.id, owning_business_unit_id: OTHER_UNIT },
    });
  });

  it('compiles once for equal shapes and rights, whatever the values and whoever asks', async () => {
    const one = await order('seller');
    await f
      .update(one.principal, 'order', one.id, { name: 'a', day: '2026-01-01', origin: undefined } as never)
      .catch(() => {});
    await f.update(one.principal, 'order', one.id, { name: 'a', day: '2026-01-01' });
    const compiled = planCacheCounters.compiled;
    await f.update(one.principal, 'order', one.id, { name: 'b', day: null });
    await f.update(one.principal, 'order', one.id, { day: '2026-02-02', name: 'c' });
    const two = await f.create(await f.principal('seller', OTHER_UNIT), 'order', { name: 'o' });
    await f.update(await f.principal('seller', OTHER_UNIT), 'order', two.id, { name: 'd', day: null });
    expect(planCacheCounters.compiled).toBe(compiled);
  });

  it('moves a record of a business unit with assign, to a live unit', async () => {
    const administrator = await f.principal('administrator');
    const { id } = await f.create(administrator, 'team', { name: 't' });
    expect(await f.row('team', id)).toMatchObject({ owning_business_unit_id: UNIT });
    await f.update(administrator, 'team', id, { owning_business_unit_id: OTHER_UNIT });
    expect(await f.row('team', id)).toMatchObject({ owning_business_unit_id: OTHER_UNIT });
    const gone = await f.create(administrator, 'business_unit', { name: 'gone' });
    await f.remove(administrator, 'business_unit', gone.id);
    const error = await refused(f.update(administrator, 'team', id, { owning_business_unit_id: gone.id }));
    expect(detailsOf(error)).toEqual(['target_not_found owning_business_unit_id']);
    const local = await f.principal('team_writer');
    const own = await f.create(administrator, 'team', { name: 'u' });
    await f.update(local, 'team', own.id, { name: 'renamed' });
    expect(await refused(f.update(local, 'team', own.id, { owning_business_unit_id: OTHER_UNIT }))).toMatchObject({
      code: 'missing_privilege',
      message: 'You do not have the privilege assign on team',
    });
  });
});

describe('the database', () => {
  it('refusing what validation let through is told in the words of the error table', async () => {
    const seller = await f.principal('seller');
    const { id } = await f.create(seller, 'order', { name: 'o' });
    await f.test.database.run(
      'alter table data."order" add constraint order__units__check check (units < 1000) not valid',
      [],
    );
    const error = await refused(f.update(seller, 'order', id, { units: 5000 }));
    expect(detailsOf(error)).toEqual(['invalid_value units']);
    expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/constraint|check|5000|data\./);
    await f.test.database.run('alter table data."order" drop constraint order__units__check', []);
    const same = await refused(f.create(seller, 'order', { id, name: 'twice' }));
    expect(same).toMatchObject({ code: 'duplicate_key', target: 'id' });
    const stranger = await refused(f.create(systemPrincipal(), 'order', { name: 'nobody owns it' }));
    expect(stranger.code).toBe('validation_failed');
    expect(stranger.details.every(({ code }) => code === 'target_not_found')).toBe(true);
  });

  it('reporting a deadlock leads to another try, and contention that lasts to a conflict', async () => {
    let tries = 0;
    const deadlock = () => Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const once = withRetries(f.model, f.entity('order'), async () => {
      tries += 1;
      if (tries === 1) throw deadlock();
      return 'done';
    });
    expect(await once).toBe('done');
    const always = withRetries(f.model, f.entity('order'), async () => {
      throw deadlock();
    });
    expect(await refused(always)).toMatchObject({ code: 'conflict', status: 409 });
  });
});
