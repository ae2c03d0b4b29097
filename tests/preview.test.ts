// POST /preview_role_change: what it says of a change is what lists say once the change is made; it takes the rights that making
// it takes, and tells nothing that its reader could not learn.
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let north: string;
let south: string;
let ann: Principal;
let bob: Principal;
let mia: Principal;
let team: string;

beforeAll(async () => {
  crm = await startCrm();
  north = (await crm.create('business_units', { name: 'North', parent_id: crm.rootUnitId })).id;
  south = (await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId })).id;
  ann = await crm.user('Ann', ['sales_representative'], north);
  bob = await crm.user('Bob', ['sales_representative'], south);
  mia = await crm.user('Mia', ['sales_manager'], north);
  team = (await crm.create('teams', { name: 'Helpers', owning_business_unit_id: south })).id;
  for (const [owner, name, industry] of [
    [ann, 'Ann 1', 'retail'],
    [ann, 'Ann 2', 'finance'],
    [bob, 'Bob 1', 'retail'],
  ] as const)
    await crm.create('companies', { name, industry, owner_id: owner.id });
});
afterAll(() => crm?.close());
beforeEach(async () => {
  [ann, bob, mia] = [await crm.principal(ann.id), await crm.principal(bob.id), await crm.principal(mia.id)];
});

/** Publishes a custom document of a role. */
async function put(name: string, body: object | null): Promise<void> {
  const changes = [{ kind: 'role', name, body } as const];
  const { revision } = await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  while (crm.platform.model().revision !== revision) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** As the service does it: with the caller as it is now. */
const preview = async (body: unknown, principal: Principal = crm.admin): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), 'POST', '/preview_role_change', body);

/** The changes of a preview of companies, by the name of each user: names gained and lost. */
async function told(body: object, principal: Principal = crm.admin): Promise<Record<string, unknown>> {
  const answer = await preview({ entities: ['company'], ...body }, principal);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  const names = new Map(answer.json.principals.map(({ id, title }: { id: string; title: string }) => [id, title]));
  const shown = ({ count, records }: { count: number; records: { title: string }[] }): unknown => {
    const titles = records.map(({ title }) => title).sort();
    return titles.length === count ? titles : [count, ...titles];
  };
  return Object.fromEntries(
    // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
    answer.json.changes.flatMap(({ principal_ids: ids, gained, lost }: any) =>
      ids.map((id: string) => [names.get(id), { gained: shown(gained), lost: shown(lost) }]),
    ),
  );
}

const companies = async (userId: string): Promise<readonly string[]> => {
  const principal = await crm.principal(userId);
  const list = await crm.call(principal, 'GET', '/companies?$select=name&$orderby=name');
  return list.status === 403 ? [] : list.json.value.map(({ name }: { name: string }) => name);
};

describe('a preview', () => {
  const READS_ALL = { extends: 'sales_representative', privileges: { company: { read: 'organization' } } };

  it('of a role document tells what its holders then see, each of them as lists do', async () => {
    const said = await told({ roles: [READS_ALL] });
    expect(said).toEqual({
      Ann: { gained: ['Bob 1'], lost: [] },
      Bob: { gained: ['Ann 1', 'Ann 2'], lost: [] },
    });
    expect(await companies(ann.id)).toEqual(['Ann 1', 'Ann 2']);
    await put('sales_representative', READS_ALL);
    try {
      expect(await companies(ann.id)).toEqual(['Ann 1', 'Ann 2', 'Bob 1']);
      expect(await told({ roles: [{ extends: 'sales_representative', remove: true }] })).toEqual({
        Ann: { gained: [], lost: ['Bob 1'] },
        Bob: { gained: [], lost: ['Ann 1', 'Ann 2'] },
      });
    } finally {
      await put('sales_representative', null);
    }
    expect(await companies(bob.id)).toEqual(['Bob 1']);
  });

  it('of a role under a condition counts the records for which it holds', async () => {
    const body = { company: { read: { depth: 'organization', when: "industry eq 'retail'" } } };
    expect(await told({ roles: [{ extends: 'sales_representative', privileges: body }] })).toEqual({
      Ann: { gained: ['Bob 1'], lost: ['Ann 2'] },
      Bob: { gained: ['Ann 1'], lost: [] },
    });
  });

  it('of a user who moves to another unit, or is disabled', async () => {
    const moved = await told({ users: [{ id: ann.id, owning_business_unit_id: south }] });
    expect(moved).toEqual({ Ann: { gained: ['Bob 1'], lost: ['Ann 1', 'Ann 2'] } });
    expect(
      (
        await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/users(${ann.id})`, {
          owning_business_unit_id: south,
        })
      ).status,
    ).toBe(204);
    expect(await companies(ann.id)).toEqual(['Bob 1']);
    await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/users(${ann.id})`, { owning_business_unit_id: north });
    const off = await told({ users: [{ id: ann.id, active: false }] });
    expect(off).toEqual({ Ann: { gained: [], lost: ['Ann 1', 'Ann 2'] } });
    await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/users(${ann.id})`, { active: false });
    const on = await told({ users: [{ id: ann.id, active: true }] });
    expect(on).toEqual({ Ann: { gained: ['Ann 1', 'Ann 2'], lost: [] } });
    await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/users(${ann.id})`, { active: true });
  });

  it('of a unit that moves in the tree', async () => {
    const said = await told({ business_units: [{ id: south, parent_id: north }] });
    expect(said).toEqual({ Mia: { gained: ['Bob 1'], lost: [] } });
    await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/business_units(${south})`, { parent_id: north });
    expect(await companies(mia.id)).toEqual(['Ann 1', 'Ann 2', 'Bob 1']);
    expect(await told({ business_units: [{ id: south, parent_id: crm.rootUnitId }] })).toEqual({
      Mia: { gained: [], lost: ['Bob 1'] },
    });
    await crm.call(await crm.principal(crm.admin.id), 'PATCH', `/business_units(${south})`, {
      parent_id: crm.rootUnitId,
    });
  });

  it('of roles and memberships given and taken, together and through teams', async () => {
    expect(await told({ role_assignments: { create: [{ role: 'sales_manager', user_id: bob.id }] } })).toEqual({});
    const joint = {
      role_assignments: { create: [{ role: 'sales_manager', team_id: team }] },
      team_members: { create: [{ team_id: team, user_id: ann.id }] },
    };
    expect(await told(joint)).toEqual({ Ann: { gained: ['Bob 1'], lost: [] } });
    const held = await crm.create('role_assignments', { role: 'sales_manager', team_id: team });
    const member = await crm.create('team_members', { team_id: team, user_id: ann.id });
    expect(await companies(ann.id)).toEqual(['Ann 1', 'Ann 2', 'Bob 1']);
    const lost = { Ann: { gained: [], lost: ['Bob 1'] } };
    expect(await told({ team_members: { delete: [member.id] } })).toEqual(lost);
    expect(await told({ role_assignments: { delete: [held.id] } })).toEqual(lost);
    expect(await told({ teams: [{ id: team, owning_business_unit_id: north }] })).toEqual(lost);
    await crm.call(crm.admin, 'DELETE', `/team_members(${member.id})`);
    await crm.call(crm.admin, 'DELETE', `/role_assignments(${held.id})`);
  });

  it('of a role that is not there yet, and is given at once', async () => {
    const role = {
      name: 'x_reader',
      label: { en: 'Reader', ru: 'R' },
      privileges: { company: { read: 'organization' } },
    };
    const body = { roles: [role], role_assignments: { create: [{ role: 'x_reader', user_id: ann.id }] } };
    expect(await told(body)).toEqual({ Ann: { gained: ['Bob 1'], lost: [] } });
    const without = { role_assignments: body.role_assignments };
    expect((await preview(without)).json.details).toMatchObject([{ target: 'role_assignments/create/0/role' }]);
  });

  it('tells capabilities and permissions on secured fields that are gained or lost', async () => {
    const answer = await preview({ role_assignments: { create: [{ role: 'sales_manager', user_id: ann.id }] } });
    expect(answer.json.principals).toMatchObject([
      { id: ann.id, title: 'Ann', capabilities: { gained: ['export', 'import', 'merge', 'send_to_many'], lost: [] } },
    ]);
  });

  it('counts by any privilege on records, and all of them where they are asked for', async () => {
    const privileges = ['read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'];
    const answer = await preview({
      role_assignments: { create: [{ role: 'system_administrator', user_id: bob.id }] },
      entities: ['company'],
      privileges,
    });
    const found = answer.json.changes.map((change: { privilege: string; gained: { count: number } }) => [
      change.privilege,
      change.gained.count,
    ]);
    expect(found.sort()).toEqual(privileges.map((name) => [name, 2]).sort());
  });

  it('writes nothing, in a transaction that could not', async () => {
    const { database } = crm.platform;
    const before = await contents();
    const texts: string[] = [];
    const { transaction } = database;
    database.transaction = (work) =>
      transaction.call(database, (tx) =>
        work({
          run: (text, ...rest) => {
            texts.push(text);
            return tx.run(text, ...rest);
          },
        }),
      ) as never;
    try {
      const answer = await preview({
        roles: [READS_ALL],
        users: [{ id: ann.id, owning_business_unit_id: south }],
        business_units: [{ id: south, parent_id: north }],
        team_members: { create: [{ team_id: team, user_id: bob.id }] },
        role_assignments: { create: [{ role: 'sales_manager', user_id: bob.id }] },
      });
      expect(answer.json.changes).not.toEqual([]);
    } finally {
      database.transaction = transaction;
    }
    expect(texts[0]).toBe('set transaction isolation level repeatable read, read only');
    expect(await contents()).toEqual(before);
  });

  /** A hash of every table. */
  async function contents(): Promise<readonly unknown[]> {
    const tables = await crm.platform.database.run(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('data', 'kartoteka') order by 1`,
    );
    const hashes = tables.map(({ name }) =>
      crm.platform.database.run(
        `select $1::text as name, md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as hash from ${name} t`,
        [String(name)],
      ),
    );
    return (await Promise.all(hashes)).flat();
  }
});
