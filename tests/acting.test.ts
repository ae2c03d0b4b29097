// Act-As through the engine: who may, as whom, with which rights, and what records and the change log say of it.
import { type ErrorCode, PlatformError, type Principal, publish, readStored } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, quietLog } from './crm-kit.ts';
import { document, startWorld, type World } from './ownership-kit.ts';

const READ_USERS = { user: { read: 'organization' } };
const ROLES = [
  // Everything of the own unit but deleting; closed deals are not changed.
  document('role', 'helper', {
    privileges: {
      user: { read: 'organization', append_to: 'organization' },
      deal: {
        ...Object.fromEntries(
          ['create', 'read', 'append', 'append_to', 'assign', 'share'].map((p) => [p, 'business_unit']),
        ),
        write: { depth: 'business_unit', when: "stage ne 'won'" },
      },
      company: { read: 'organization', append_to: 'organization' },
      role_assignment: { '*': 'organization' },
      team_member: { read: 'organization' },
    },
    capabilities: ['act_as', 'import'],
  }),
  document('role', 'seller', {
    privileges: { ...READ_USERS, deal: { '*': 'user' }, company: { '*': 'organization' } },
    fields: { vault: { code: ['read', 'update'], pin: ['read'] } },
    capabilities: ['export'],
  }),
  // What this user created, wherever it is now.
  document('role', 'creator', {
    privileges: { ...READ_USERS, deal: { '*': { depth: 'organization', when: 'created_by_id eq me()' } } },
    capabilities: ['act_as'],
  }),
  document('role', 'blind', {
    privileges: { user: { read: 'business_unit' }, deal: { read: 'organization' } },
    capabilities: ['act_as'],
  }),
  document('role', 'stranger', { privileges: {}, capabilities: ['act_as'] }),
  document('role', 'opener', {
    privileges: { vault: { '*': 'organization' } },
    fields: { vault: { code: ['read'] } },
  }),
  document('role', 'vault_user', { privileges: { vault: { '*': 'organization' } } }),
];
const VAULT = document('entity', 'vault', {
  ownership: 'organization',
  fields: {
    text: { type: 'text' },
    code: { type: 'text', secured: true },
    pin: { type: 'text', secured: true },
  },
});

let world: World;
let crm: Crm;
const users: Record<string, Principal> = {};
const deals: Record<string, string> = {};

beforeAll(async () => {
  world = await startWorld([VAULT, ...ROLES]);
  crm = world.crm;
  const { north, south } = world.units;
  const made: readonly (readonly [string, readonly string[], string])[] = [
    ['helper', ['helper', 'opener'], north],
    ['ann', ['seller', 'vault_user'], north],
    ['bob', ['seller'], north],
    ['sue', ['seller'], south],
    ['creator', ['creator'], north],
    ['blind', ['blind'], south],
    ['stranger', ['stranger'], south],
  ];
  for (const [name, roles, unit] of made) users[name] = await crm.user(name, roles, unit);
  for (const [name, owner, more] of [
    ['of ann', 'ann', {}],
    ['of ann, won', 'ann', { stage: 'won', actual_close_date: '2026-01-01', amount: 1 }],
    ['of bob', 'bob', {}],
    ['of sue', 'sue', {}],
  ] as const)
    deals[name] = (await crm.create('deals', { name, owner_id: userOf(owner).id, ...more })).id;
  const share = { principal_id: userOf('ann').id, rights: ['read', 'write'] };
  for (const name of ['of bob', 'of sue']) await crm.call(crm.admin, 'POST', `/deals(${deals[name]})/share`, share);
});
afterAll(() => crm?.close());

function userOf(name: string): Principal {
  const found = users[name];
  if (found === undefined) throw new Error(`no user ${name}`);
  return found;
}

/** A principal as it is after the latest changes of rights. */
const latest = (name: string): Promise<Principal> => crm.principal(userOf(name).id);
/** As it is kept now. */
const kept = async (name: string) => (await crm.platform.principals.get(userOf(name).id)) as Principal;
const acting = async (caller: string, user: string): Promise<Principal> =>
  crm.platform.actAs(await latest(caller), userOf(user).id);
const names = async (principal: Principal, query = ''): Promise<string[]> => {
  const { json } = await crm.call(principal, 'GET', `/deals?$select=name${query}`);
  return json.value.map(({ name }: { name: string }) => name).sort();
};

describe('rights', () => {
  test('are those that both have: the user its own and shared deals, the caller those of the unit', async () => {
    const principal = await acting('helper', 'ann');
    expect(await names(await latest('ann'))).toEqual(['of ann', 'of ann, won', 'of bob', 'of sue']);
    expect(await names(await latest('helper'))).toEqual(['of ann', 'of ann, won', 'of bob']);
    expect(await names(principal)).toEqual(['of ann', 'of ann, won', 'of bob']);
    expect(await names(await acting('helper', 'bob'))).toEqual(['of bob']);
    expect((await crm.call(principal, 'GET', '/deals/$count')).text).toBe('3');
    expect((await crm.call(principal, 'GET', '/deals?$count=true&$top=1')).json['@odata.count']).toBe(3);
  });

  test('a record that only one of them sees is a missing one', async () => {
    const principal = await acting('helper', 'ann');
    const missing = '00000000-0000-7000-8000-00000000dead';
    const answers = [deals['of sue'], missing].map((id) => crm.call(principal, 'GET', `/deals(${id})`));
    const [hidden, none] = await Promise.all(answers);
    expect(hidden?.status).toBe(404);
    expect(hidden).toEqual(none);
    for (const method of ['PATCH', 'DELETE'])
      expect(
        (
          await crm.call(
            principal,
            method,
            `/deals(${deals['of sue']})`,
            method === 'PATCH' ? { name: 'x' } : undefined,
          )
        ).status,
      ).toBe(method === 'DELETE' ? 403 : 404);
  });

  test('a privilege that either lacks is missing, and a condition of either counts', async () => {
    const principal = await acting('helper', 'ann');
    const deleted = await crm.call(principal, 'DELETE', `/deals(${deals['of ann']})`);
    expect(deleted).toMatchObject({ status: 403, json: { code: 'missing_privilege' } });
    expect(deleted.text).toContain('delete');
    const won = await crm.call(principal, 'PATCH', `/deals(${deals['of ann, won']})`, { description: 'x' });
    expect(won).toMatchObject({ status: 403, json: { code: 'missing_privilege_on_record' } });
    const open = await crm.call(principal, 'PATCH', `/deals(${deals['of ann']})`, { description: 'x' });
    expect(open.status).toBe(204);
    const company = await crm.call(principal, 'POST', '/companies', { name: 'C', physical_address_country: 'US' });
    expect(company).toMatchObject({ status: 403, json: { code: 'missing_privilege' } });
  });

  test('an administrator acts with exactly the rights of the user, a user acting as an administrator with its own', async () => {
    const asAnn = await crm.platform.actAs(crm.admin, userOf('ann').id);
    expect(await names(asAnn)).toEqual(await names(await latest('ann')));
    expect(asAnn.access('deal', 'read')).toEqual((await latest('ann')).access('deal', 'read'));
    const asAdmin = await crm.platform.actAs(await latest('helper'), crm.admin.id);
    expect(await names(asAdmin)).toEqual(['of ann', 'of ann, won', 'of bob']);
    expect([...asAdmin.capabilities].sort()).toEqual(['act_as', 'import']);
  });

  test("me() is the user in a filter, and in a role's condition whoever holds the role", async () => {
    const mine = (
      await crm.create('deals', { name: 'made by the creator', owner_id: userOf('ann').id }, await latest('creator'))
    ).id;
    const principal = await acting('creator', 'ann');
    expect(await names(principal)).toEqual(['made by the creator']);
    expect(await names(principal, '&$filter=owner_id eq me()')).toEqual(['made by the creator']);
    expect(await names(principal, '&$filter=created_by_id eq me()')).toEqual([]);
    await crm.call(crm.admin, 'DELETE', `/deals(${mine})`);
  });

  test('capabilities and secured fields are those of both', async () => {
    const principal = await acting('helper', 'ann');
    expect([...principal.capabilities]).toEqual([]);
    const csv = await crm.call(principal, 'GET', '/deals', undefined, { accept: 'text/csv' });
    expect(csv).toMatchObject({ status: 403, json: { code: 'missing_capability' } });
    const old = { name: 'old', created_on: '2001-01-01T00:00:00Z' };
    const history = await crm.call(principal, 'POST', '/deals', old, { prefer: 'handling=strict' });
    expect(history).toMatchObject({ status: 400, json: { details: [{ code: 'read_only' }] } });
    const { id } = await crm.create('vaults', { text: 'V' });
    await crm.call(crm.admin, 'PATCH', `/vaults(${id})`, { code: 'c', pin: 'p' });
    const shown = (await crm.call(principal, 'GET', `/vaults(${id})`)).json;
    expect(shown).toMatchObject({ text: 'V', code: 'c' });
    expect(shown).not.toHaveProperty('pin');
    for (const values of [{ code: 'x' }, { pin: 'x' }]) {
      const refused = await crm.call(principal, 'PATCH', `/vaults(${id})`, values);
      expect(refused).toMatchObject({ status: 403, json: { code: 'secured_property' } });
    }
  });

  test('nobody gives a role through another that he does not hold himself', async () => {
    const asAdmin = await crm.platform.actAs(await latest('helper'), crm.admin.id);
    const give = { user_id: userOf('helper').id, role: 'seller' };
    const refused = await crm.call(asAdmin, 'POST', '/role_assignments', give);
    expect(refused).toMatchObject({ status: 403, json: { code: 'escalation' } });
    const held = await crm.call(asAdmin, 'POST', '/role_assignments', {
      ...give,
      user_id: userOf('bob').id,
      role: 'opener',
    });
    expect(held.status).toBe(201);
  });

  test('sharing takes share of both, and gives what both hold', async () => {
    const principal = await acting('helper', 'ann');
    const share = (rights: readonly string[], deal = 'of ann') =>
      crm.call(principal, 'POST', `/deals(${deals[deal]})/share`, { principal_id: userOf('sue').id, rights });
    expect(await share(['delete'])).toMatchObject({ status: 403, json: { code: 'escalation' } });
    expect((await share(['read'], 'of sue')).status).toBe(404);
    expect((await share(['read'])).status).toBe(204);
  });

  test('change with the rights of either, at the next request', async () => {
    const again = async () => crm.platform.actAs(await kept('helper'), userOf('ann').id);
    // News of earlier changes may still be on their way; without any it stays the same principal.
    await expect.poll(async () => new Set([await again(), await again()]).size).toBe(1);
    const { json } = await crm.call(
      crm.admin,
      'GET',
      `/role_assignments?$filter=user_id eq ${userOf('ann').id} and role eq 'seller'`,
    );
    await crm.call(crm.admin, 'DELETE', `/role_assignments(${json.value[0].id})`);
    const after = await acting('helper', 'ann');
    expect(after.access('deal', 'read').granted).toBe(false);
    await crm.call(crm.admin, 'POST', `/role_assignments`, { user_id: userOf('ann').id, role: 'seller' });
    expect(await names(await acting('helper', 'ann'))).toContain('of ann');
  });
});

describe('other resources', () => {
  test('know who acts: metadata, explanations, history, batches and actions on many', async () => {
    const principal = await acting('helper', 'ann');
    const metadata = await crm.call(principal, 'GET', '/$metadata?$format=json');
    const own = await crm.call(await latest('helper'), 'GET', '/$metadata?$format=json');
    expect([metadata.status, own.status]).toEqual([200, 200]);
    expect(own.text).toContain('role_assignment');
    expect(metadata.text).not.toContain('role_assignment');
    const asAdmin = await crm.platform.actAs(await latest('helper'), crm.admin.id);
    const explained = await crm.call(asAdmin, 'GET', `/deals(${deals['of ann']})/explain_access`);
    expect(explained, JSON.stringify(explained.json)).toMatchObject({ status: 200 });
    expect(explained.json.acting.principal).toMatchObject({ id: userOf('helper').id });
    expect((await crm.call(asAdmin, 'GET', `/deals(${deals['of sue']})/explain_access`)).status).toBe(404);
    const created = (await crm.call(principal, 'POST', '/deals', { name: 'told' })).json;
    const history = await crm.call(principal, 'GET', `/deals(${created.id})/changes`);
    expect(history.text).toContain(userOf('helper').id);
    expect((await crm.call(principal, 'GET', `/deals(${deals['of sue']})/changes`)).status).toBe(404);
    const requests = ['of ann', 'of sue'].map((name, n) => ({
      id: `${n}`,
      method: 'GET',
      url: `deals(${deals[name]})`,
    }));
    const batch = await crm.call(principal, 'POST', '/$batch', { requests }, { prefer: 'continue-on-error' });
    expect(batch.json.responses.map(({ status }: { status: number }) => status)).toEqual([200, 404]);
    const ids = [created.id, deals['of sue']];
    const assigned = await crm.call(principal, 'POST', '/deals/assign', { ids, owner_id: userOf('bob').id });
    expect(assigned.json.results.map(({ status }: { status: number }) => status)).toEqual([200, 404]);
    // A won deal is the user's to assign, but the helper's role writes none.
    const handOver = { owner_id: userOf('bob').id, dry_run: true };
    const handed = await crm.call(principal, 'POST', `/users(${userOf('ann').id})/hand_over`, handOver);
    expect(handed.json.records.map(({ title }: { title: string }) => title)).toEqual(['of ann']);
    expect(handed.json.refused).toMatchObject([
      { id: deals['of ann, won'], error: { code: 'missing_privilege_on_record' } },
    ]);
  });
});

describe('what is written', () => {
  test('is the work of the user, and the log says who really did it', async () => {
    const principal = await acting('helper', 'ann');
    const { id, ...created } = (await crm.call(principal, 'POST', '/deals', { name: 'new' })).json;
    const ann = userOf('ann').id;
    expect(created).toMatchObject({ owner_id: ann, created_by_id: ann, modified_by_id: ann });
    expect((await crm.call(principal, 'PATCH', `/deals(${id})`, { name: 'newer' })).status).toBe(204);
    expect((await crm.call(await latest('ann'), 'PATCH', `/deals(${id})`, { name: 'newest' })).status).toBe(204);
    const bulk = await crm.call(principal, 'POST', '/deals/bulk', { mode: 'update', records: [{ id, name: 'bulk' }] });
    expect(bulk.json.results).toMatchObject([{ status: 200 }]);
    expect((await crm.call(await crm.platform.actAs(crm.admin, ann), 'DELETE', `/deals(${id})`)).status).toBe(204);
    const log = await crm.platform.database.run(
      'select operation, actor_id::text as actor, caller_id::text as caller from kartoteka.change_log where record_id = $1::uuid order by version',
      [id],
    );
    const helper = userOf('helper').id;
    expect(log).toEqual([
      { operation: 'create', actor: ann, caller: helper },
      { operation: 'update', actor: ann, caller: helper },
      { operation: 'update', actor: ann, caller: null },
      { operation: 'update', actor: ann, caller: helper },
      { operation: 'delete', actor: ann, caller: crm.admin.id },
    ]);
  });

  test('is created where both may create: not for a user of another unit', async () => {
    const refused = await crm.call(await acting('helper', 'sue'), 'POST', '/deals', { name: 'elsewhere' });
    expect(refused).toMatchObject({ status: 403, json: { code: 'missing_privilege_on_record' } });
  });
});

describe('acting is refused', () => {
  const MISSING = '00000000-0000-7000-8000-00000000dead';
  const refusal = async (
    caller: string,
    user: string,
  ): Promise<{ code: ErrorCode; message: string; target: unknown }> => {
    try {
      await crm.platform.actAs(await latest(caller), user);
    } catch (error) {
      if (error instanceof PlatformError) return { code: error.code, message: error.message, target: error.target };
      throw error;
    }
    throw new Error('it was not refused');
  };

  test('to who lacks the capability, whomever he names', async () => {
    for (const user of [userOf('bob').id, MISSING, userOf('ann').id])
      expect(await refusal('ann', user)).toEqual({
        code: 'missing_capability',
        message: expect.stringContaining('act_as'),
        target: 'Act-As',
      });
  });

  test('as a missing user, a deleted one and a hidden one, in the same words', async () => {
    const gone = await crm.user('gone', []);
    await crm.call(crm.admin, 'DELETE', `/users(${gone.id})`);
    const wanted = { code: 'target_not_found', message: expect.any(String), target: 'Act-As' };
    const missing = await refusal('blind', MISSING);
    expect(missing).toEqual(wanted);
    expect(await refusal('blind', userOf('ann').id)).toEqual(missing);
    expect(await refusal('helper', gone.id)).toEqual(missing);
    for (const user of [MISSING, userOf('ann').id])
      expect(await refusal('stranger', user)).toMatchObject({ code: 'missing_privilege' });
  });

  test('as a disabled user, at once, and as oneself', async () => {
    const idle = await crm.user('idle', ['seller']);
    users.idle = idle;
    await acting('helper', 'idle');
    await crm.call(crm.admin, 'PATCH', `/users(${idle.id})`, { active: false });
    expect(await refusal('helper', idle.id)).toMatchObject({ code: 'cannot_act_as', target: 'Act-As' });
    expect(await refusal('helper', userOf('helper').id)).toMatchObject({ code: 'cannot_act_as' });
    expect(await refusal('helper', userOf('helper').id.toUpperCase())).toMatchObject({ code: 'cannot_act_as' });
  });

  test.each(['', 'ann', '00000000-0000-7000-8000-00000000dead, 00000000-0000-7000-8000-00000000dead', "x'--"])(
    'as what is no id: %j',
    async (text) => {
      expect(await refusal('helper', text)).toMatchObject({ code: 'bad_request', target: 'Act-As' });
    },
  );

  test('to who acts already', async () => {
    const principal = await acting('helper', 'ann');
    await expect(crm.platform.actAs(principal, userOf('bob').id)).rejects.toMatchObject({ code: 'cannot_act_as' });
  });
});

test('a caller who was known before a publish acts under the new Model', async () => {
  const caller = await latest('helper');
  const { database } = crm.platform;
  const { documents } = await readStored(database);
  const more = document('role', 'another', { privileges: { deal: { read: 'user' } } });
  const input = { documents: [...documents, more], author: null, comment: 'x', log: quietLog };
  const { revision } = await publish(database, input);
  await expect.poll(() => crm.platform.model().revision).toBe(revision);
  const principal = await crm.platform.actAs(caller, userOf('ann').id);
  expect(principal.model?.revision).toBe(revision);
  expect(await names(principal)).toContain('of ann');
});

test('a list costs one statement while acting, and at most one more that asks whether the user may be seen', async () => {
  const principal = await acting('helper', 'ann');
  await names(principal);
  const caller = await kept('helper');
  const before = crm.platform.database.counters.statements;
  await names(await crm.platform.actAs(caller, userOf('ann').id));
  expect(crm.platform.database.counters.statements - before).toBeLessThanOrEqual(2);
});
