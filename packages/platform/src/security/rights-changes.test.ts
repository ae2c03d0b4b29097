// Changing rights: sharing, giving roles, joining teams, moving units; and how principals learn of it.
import type { Depth, Model, RoleGrant } from '@kartoteka/metadata';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HookRegistry, type Operation, refuseWrite } from '../hooks.ts';
import type { Executor } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { securityHooks } from './hooks.ts';
import { principals, resolvePrincipal, type UserPrincipal } from './principals.ts';
import { testId } from './random-world.ts';
import { changeShare, changeShares, type ShareChange, type ShareRight } from './sharing.ts';
import { condition, roleOf, smallModel, tableStatements } from './small-model.ts';

const WON = condition(smallModel([]), 'deal', "stage eq 'won'");

function grants(entity: string, privileges: Partial<Record<RoleGrant['privilege'], Depth>>): RoleGrant[] {
  return Object.entries(privileges).map(
    ([privilege, depth]) => ({ entity, privilege, depth, when: null }) as RoleGrant,
  );
}

const seller = roleOf('seller', [
  ...grants('deal', { read: 'user', write: 'user', share: 'user' }),
  ...grants('user', { read: 'organization' }),
  ...grants('team', { read: 'organization' }),
]);
const manager = roleOf(
  'manager',
  grants('deal', { read: 'parent_child', write: 'parent_child', share: 'parent_child' }),
  ['export'],
);
const branch = roleOf('branch', grants('deal', { read: 'business_unit' }));
const careful = roleOf('careful', [{ entity: 'deal', privilege: 'write', depth: 'user', when: WON }]);
const reader = roleOf('reader', grants('deal', { read: 'organization' }));
const model: Model = smallModel([seller, manager, branch, careful, reader]);
const deal = model.entities.get('deal');
if (deal === undefined) throw new Error('deal');

const [anna, boris, clara] = [testId('user', 1), testId('user', 2), testId('user', 3)];
const [team, other] = [testId('team', 1), testId('team', 2)];
const [top, north, city, south] = [testId('unit', 1), testId('unit', 2), testId('unit', 3), testId('unit', 4)];
const [mine, hers, removed] = [testId('deal', 1), testId('deal', 2), testId('deal', 3)];

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.run('create schema if not exists data');
  for (const statement of tableStatements(model)) await db.database.run(statement);
});
afterAll(() => db?.drop());

/** Anna sells in the north, Boris manages it, Clara sits in the south without a role. */
beforeEach(async () => {
  const rows: readonly [string, string][] = [
    [
      'kartoteka.principal (id, kind)',
      `('${anna}', 'user'), ('${boris}', 'user'), ('${clara}', 'user'), ('${team}', 'team'), ('${other}', 'team')`,
    ],
    [
      'data.business_unit (id, parent_id, version)',
      `('${top}', null, 1), ('${north}', '${top}', 1), ('${city}', '${north}', 1), ('${south}', '${top}', 1)`,
    ],
    [
      'data."user" (id, owning_business_unit_id, version)',
      `('${anna}', '${north}', 1), ('${boris}', '${north}', 1), ('${clara}', '${south}', 1)`,
    ],
    ['data.team (id, owning_business_unit_id, version)', `('${team}', '${city}', 1), ('${other}', '${south}', 1)`],
    [
      'data.role_assignment (id, role, user_id, team_id, version)',
      `('${testId('link', 1)}', 'seller', '${anna}', null, 1), ('${testId('link', 2)}', 'manager', '${boris}', null, 1), ('${testId('link', 3)}', 'branch', null, '${other}', 1)`,
    ],
    [
      'data.deal (id, owner_id, owning_business_unit_id, stage, version, deleted_on)',
      `('${mine}', '${anna}', '${north}', 'new', 1, null), ('${hers}', '${clara}', '${south}', 'new', 1, null), ('${removed}', '${anna}', '${north}', 'new', 1, now())`,
    ],
  ];
  await db.database.run('truncate kartoteka.principal cascade');
  await db.database.run(
    'truncate data.business_unit, data."user", data.team, data.team_member, data.role_assignment, data.deal',
  );
  for (const [table, values] of rows) await db.database.run(`insert into ${table} values ${values}`);
});

async function principalOf(id: string, executor: Executor = db.database): Promise<UserPrincipal> {
  const principal = await resolvePrincipal(executor, model, id);
  if (principal === null) throw new Error(`no user ${id}`);
  return principal;
}

async function securityCounter(): Promise<number> {
  return Number((await db.database.run('select security::text as n from kartoteka.state'))[0]?.n);
}

describe('sharing', () => {
  const change = async (
    action: ShareChange['action'],
    by: string,
    record: string,
    to: string,
    rights: readonly ShareRight[] = [],
  ) => {
    const principal = await principalOf(by);
    const wanted = { action, entity: deal, receiver: to, rights };
    return db.database.transaction((tx) => changeShare(tx, principal, wanted, record));
  };
  const share = (by: string, record: string, to: string, rights: readonly ShareRight[]) =>
    change('share', by, record, to, rights);
  const shares = async () =>
    db.database.run('select principal_id::text as principal, rights::text as rights from kartoteka.share');

  test('gives rights to a user, adds to them when repeated, and tells all nodes', async () => {
    const before = await securityCounter();
    await share(anna, mine, clara, ['read']);
    await share(anna, mine, clara, ['write']);
    expect(await shares()).toEqual([{ principal: clara, rights: '3' }]);
    expect(await securityCounter()).toBe(before + 2);
    expect((await principalOf(clara)).facts.entities.deal?.shares).toBe(1);
  });

  test('announces the change at commit', async () => {
    let heard: (payload: string) => void = () => {};
    const announced = new Promise<string>((resolve) => {
      heard = resolve;
    });
    await db.database.listen('kartoteka', (payload) => heard(payload));
    await share(anna, mine, team, ['read']);
    expect(JSON.parse(await announced)).toEqual({ security: await securityCounter() });
  });

  test('a record that may not be read, that is deleted, or that does not exist, answers the same', async () => {
    for (const record of [hers, removed, testId('deal', 99)]) {
      await expect(share(anna, record, boris, ['read'])).rejects.toMatchObject({
        code: 'not_found',
        message: 'There is no such record',
      });
    }
  });

  test('nobody gives a right that he does not hold on the record', async () => {
    await expect(share(anna, mine, clara, ['read', 'delete'])).rejects.toMatchObject({ code: 'escalation' });
    await expect(share(clara, hers, anna, ['read'])).rejects.toMatchObject({ code: 'missing_privilege' });
    expect(await shares()).toEqual([]);
  });

  test('the receiver must be an active user or a team that the sharer may read', async () => {
    await db.database.run(`update data."user" set active = false where id = '${clara}'`);
    for (const to of [clara, testId('user', 99), north]) {
      await expect(share(anna, mine, to, ['read'])).rejects.toMatchObject({ code: 'target_not_found' });
    }
    await expect(share(boris, mine, anna, ['read'])).rejects.toMatchObject({ code: 'target_not_found' });
  });

  test('a share reaches the members of a team, and ends with revoke', async () => {
    await db.database.run(
      `insert into data.role_assignment (id, role, user_id, version) values ('${testId('link', 9)}', 'seller', '${clara}', 1)`,
    );
    await db.database.run(
      `insert into data.team_member (id, user_id, team_id, version) values ('${testId('link', 8)}', '${clara}', '${team}', 1)`,
    );
    await share(anna, mine, team, ['read', 'share']);
    await expect(share(clara, mine, boris, ['write'])).rejects.toMatchObject({ code: 'escalation' });
    await change('modify', anna, mine, team, ['read']);
    expect(await shares()).toEqual([{ principal: team, rights: '1' }]);
    await expect(share(clara, mine, boris, ['read'])).rejects.toMatchObject({ code: 'missing_privilege_on_record' });
    await change('revoke', anna, mine, team);
    expect(await shares()).toEqual([]);
    await expect(change('revoke', anna, mine, team)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('modify keeps what was given by others and adds only what is held', async () => {
    await db.database.run(
      `insert into kartoteka.share (principal_id, entity, record_id, rights) values ('${clara}', 'deal', '${mine}', 5)`,
    );
    const modify = (rights: readonly ShareRight[]) => change('modify', anna, mine, clara, rights);
    await expect(modify(['read', 'assign'])).rejects.toMatchObject({ code: 'escalation' });
    await modify(['delete', 'write']);
    expect(await shares()).toEqual([{ principal: clara, rights: '6' }]);
  });

  test('what changes nothing leaves the share and its giver, and tells nobody', async () => {
    await share(anna, mine, clara, ['read', 'write']);
    const before = await securityCounter();
    const given = () => db.database.run('select granted_on::text as at, xmin::text as xid from kartoteka.share');
    const first = await given();
    await share(anna, mine, clara, ['write']);
    await change('modify', anna, mine, clara, ['write', 'read']);
    expect(await given()).toEqual(first);
    expect(await securityCounter()).toBe(before);
  });

  test('many records are judged one by one and changed by as many statements as one', async () => {
    const principal = await principalOf(anna);
    const wanted = { action: 'share', entity: deal, receiver: clara, rights: ['read'] } as const;
    const run = (ids: readonly string[]) => db.database.transaction((tx) => changeShares(tx, principal, wanted, ids));
    const cost = async (ids: readonly string[]) => {
      const from = db.database.counters.statements;
      const outcomes = await run(ids);
      return { outcomes, statements: db.database.counters.statements - from };
    };
    const single = await cost([mine]);
    expect(single.outcomes).toEqual([{ changed: true }]);
    await db.database.run('delete from kartoteka.share');
    const many = await cost([hers, mine, removed, testId('deal', 99)]);
    expect(many.outcomes.map((outcome) => ('changed' in outcome ? outcome.changed : outcome.code))).toEqual([
      'not_found',
      true,
      'not_found',
      'not_found',
    ]);
    expect(many.statements).toBe(single.statements);
  });
});

describe('giving roles', () => {
  const hooks = new HookRegistry();
  hooks.register(...securityHooks());
  const write = async (
    by: string,
    entity: string,
    operation: Operation,
    values: Record<string, unknown>,
    id = testId('link', 50),
  ) => {
    const principal = await principalOf(by);
    return db.database.transaction(async (tx) => {
      const engines = () => hooks.enginesWithin({ model, principal, tx });
      const context = { model, principal, operation, entity, tx, engines, refuse: refuseWrite };
      for (const hook of hooks.for(entity, operation)) await hook.before?.(context, [{ id, values }]);
      // What is judged once it is written is written, and taken back: each test finds the same tree.
      const parent = async (value: unknown) =>
        tx.run('update data.business_unit set parent_id = $2::uuid where id = $1::uuid', [id, value as string | null]);
      const [unit] = await tx.run('select parent_id::text from data.business_unit where id = $1::uuid', [id]);
      if (unit !== undefined) await parent(values.parent_id);
      const record = { id, before: unit ?? null, after: values };
      for (const hook of hooks.for(entity, operation)) await hook.after?.(context, [record]);
      if (unit !== undefined) await parent(unit.parent_id);
    });
  };
  const assign = (by: string, role: string, holder: { user_id?: string; team_id?: string }) =>
    write(by, 'role_assignment', 'create', { role, ...holder });

  test('a role within what the giver holds may be given, and all nodes are told', async () => {
    const before = await securityCounter();
    await assign(boris, 'branch', { user_id: anna });
    await assign(boris, 'branch', { team_id: team });
    await assign(boris, 'careful', { user_id: clara });
    expect(await securityCounter()).toBe(before + 3);
  });

  test('a deeper one, one for another unit, and one with a capability may not', async () => {
    await expect(assign(boris, 'reader', { user_id: anna })).rejects.toMatchObject({ code: 'escalation' });
    await expect(assign(boris, 'branch', { user_id: clara })).rejects.toMatchObject({ code: 'escalation' });
    await expect(assign(anna, 'manager', { user_id: anna })).rejects.toMatchObject({
      code: 'escalation',
      message: expect.stringContaining('export'),
    });
    await expect(assign(anna, 'branch', { user_id: anna })).rejects.toMatchObject({ code: 'escalation' });
  });

  test('who holds a privilege under a condition gives it under the same condition only', async () => {
    await db.database.run(`update data.role_assignment set role = 'careful' where user_id = '${anna}'`);
    await assign(anna, 'careful', { user_id: clara });
    await expect(assign(anna, 'seller', { user_id: clara })).rejects.toMatchObject({ code: 'escalation' });
  });

  test('a role that does not exist is refused', async () => {
    await expect(assign(boris, 'boss', { user_id: anna })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  test('a member gets the roles of the team, so the giver must hold them in the unit of the team', async () => {
    await write(boris, 'team_member', 'create', { team_id: team, user_id: clara });
    const join = write(boris, 'team_member', 'create', { team_id: other, user_id: boris });
    await expect(join).rejects.toMatchObject({ code: 'escalation' });
  });

  test('moving a user takes the roles along to the new unit', async () => {
    await write(boris, 'user', 'update', { owning_business_unit_id: city }, boris);
    await write(anna, 'user', 'update', { owning_business_unit_id: south }, anna);
    const move = write(boris, 'user', 'update', { owning_business_unit_id: top }, boris);
    await expect(move).rejects.toMatchObject({ code: 'escalation' });
  });

  test('a unit cannot be put below itself', async () => {
    await write(boris, 'business_unit', 'update', { parent_id: south }, north);
    for (const parent of [north, city]) {
      const move = write(boris, 'business_unit', 'update', { parent_id: parent }, north);
      await expect(move).rejects.toMatchObject({ code: 'conflict', target: 'parent_id' });
    }
  });

  test('a unit comes below others only where the mover holds on it what they would reach', async () => {
    const move = (by: string, unit: string, parent: string) =>
      write(by, 'business_unit', 'update', { parent_id: parent }, unit);
    // Boris manages the north: the south would be in his reach, and nobody gives himself more than he holds.
    for (const parent of [north, city])
      await expect(move(boris, south, parent)).rejects.toMatchObject({ code: 'escalation' });
    // What is below him already stays where it was in reach, wherever it stands there; away from him nothing is given.
    await move(boris, city, north);
    await move(boris, city, top);
    await move(boris, city, south);
    // Who holds it himself on all of the moved unit may give it to others.
    await db.database.run(`update data."user" set owning_business_unit_id = '${top}' where id = '${boris}'`);
    await db.database.run(
      `insert into data.role_assignment (id, role, user_id, version) values ('${testId('link', 9)}', 'manager', '${anna}', 1)`,
    );
    await move(boris, south, north);
    await expect(move(clara, south, north)).rejects.toMatchObject({ code: 'escalation' });
  });

  test('a change that touches no rights is not announced', async () => {
    const before = await securityCounter();
    await write(boris, 'user', 'update', { name: 'Anna' }, anna);
    expect(await securityCounter()).toBe(before);
    await write(boris, 'user', 'update', { active: false }, anna);
    expect(await securityCounter()).toBe(before + 1);
  });
});

describe('principals', () => {
  test('concurrent requests of one user share one statement, later ones need none', async () => {
    const cache = principals(db.database, () => model);
    const before = db.database.counters.statements;
    const [first, second] = await Promise.all([cache.get(anna), cache.get(anna)]);
    expect(second).toBe(first);
    expect(await cache.get(anna)).toBe(first);
    expect(db.database.counters.statements).toBe(before + 1);
  });

  test('after a flush, and under another Model, the rights are read again', async () => {
    const served = { model };
    const cache = principals(db.database, () => served.model);
    expect((await cache.get(clara))?.access('deal', 'read').granted).toBe(false);
    await db.database.run(
      `insert into data.role_assignment (id, role, user_id, version) values ('${testId('link', 9)}', 'reader', '${clara}', 1)`,
    );
    expect((await cache.get(clara))?.access('deal', 'read').granted).toBe(false);
    cache.flush([anna]);
    expect((await cache.get(clara))?.access('deal', 'read').granted).toBe(false);
    cache.flush();
    expect((await cache.get(clara))?.access('deal', 'read').unrestricted).toBe(true);
    served.model = smallModel([]);
    expect((await cache.get(clara))?.access('deal', 'read').granted).toBe(false);
  });

  test('missing, deleted and inactive users are nobody, and are found as soon as they are back', async () => {
    const cache = principals(db.database, () => model);
    await db.database.run(`update data."user" set active = false where id = '${anna}'`);
    await db.database.run(`update data."user" set deleted_on = now() where id = '${boris}'`);
    expect(await Promise.all([cache.get(anna), cache.get(boris), cache.get(testId('user', 99))])).toEqual([
      null,
      null,
      null,
    ]);
    await db.database.run(`update data."user" set active = true where id = '${anna}'`);
    expect((await cache.get(anna))?.id).toBe(anna);
  });

  test('memberships and assignments that were deleted give nothing', async () => {
    await db.database.run(`update data.role_assignment set deleted_on = now() where user_id = '${anna}'`);
    await db.database.run(
      `insert into data.team_member (id, user_id, team_id, version, deleted_on) values ('${testId('link', 8)}', '${anna}', '${other}', 1, now())`,
    );
    const principal = await principalOf(anna);
    expect(principal.teamIds).toEqual([]);
    expect(principal.facts.roles).toEqual([]);
  });
});
