// Whatever changes rights is recorded in the transaction of the change, whichever path the write takes; what changes none is not.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publish, type SecurityEventKind } from '../packages/platform/src/index.ts';
import { directoryEventHooks } from '../packages/platform/src/security-log/directory-events.ts';
import { type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let unit: string;
let from: string;

beforeAll(async () => {
  crm = await startCrm();
  unit = (await crm.create('business_units', { name: 'North', parent_id: crm.rootUnitId })).id;
});
afterAll(() => crm?.close());
beforeEach(async () => {
  const [row] = await crm.platform.database.run('select coalesce(max(id), 0)::text as id from kartoteka.security_log');
  from = String(row?.id);
});

/** What was recorded since the test began. */
async function events(): Promise<readonly Record<string, unknown>[]> {
  const rows = await crm.platform.database.run(
    'select kind, actor_id, client, target_entity, target_id, details from kartoteka.security_log where id > $1::bigint order by id',
    [from],
  );
  return rows.map((row) => ({ ...row, details: row.details === null ? null : JSON.parse(String(row.details)) }));
}
const kinds = async (): Promise<unknown[]> => (await events()).map(({ kind }) => kind);
const event = (kind: SecurityEventKind, entity: string | null, id: string | null, details: unknown = null) => ({
  kind,
  actor_id: crm.admin.id,
  client: 'test',
  target_entity: entity,
  target_id: id,
  details,
});
const person = (email: string) => ({ full_name: email, email, owning_business_unit_id: crm.rootUnitId });
const send = async (method: string, path: string, body?: unknown, principal = crm.admin) => {
  const answer = await crm.call(principal, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.text} ${JSON.stringify(answer.json)}`);
  return answer.json;
};

describe('a single write', () => {
  it('of a user: made, moved, disabled, enabled, deleted, restored', async () => {
    const { id } = await crm.create('users', person('ann@example.com'));
    await send('PATCH', `/users(${id})`, { owning_business_unit_id: unit, active: false });
    await send('PATCH', `/users(${id})`, { active: true });
    await send('DELETE', `/users(${id})`);
    await send('POST', `/users(${id})/restore`);
    expect(await events()).toEqual([
      event('user_created', 'user', id),
      event('user_disabled', 'user', id),
      event('user_moved', 'user', id, { from: crm.rootUnitId, to: unit }),
      event('user_enabled', 'user', id),
      event('user_deleted', 'user', id),
      event('user_restored', 'user', id),
    ]);
  });

  it('of a user that concerns no right records nothing, nor one that changes nothing', async () => {
    const { id } = await crm.create('users', person('bea@example.com'));
    await send('PATCH', `/users(${id})`, { full_name: 'Bea', active: true });
    expect(await kinds()).toEqual(['user_created']);
  });

  it('of a role assignment: given, taken, given back', async () => {
    const user = await crm.create('users', person('cid@example.com'));
    const { id } = await crm.create('role_assignments', { role: 'marketing', user_id: user.id });
    await send('DELETE', `/role_assignments(${id})`);
    await send('POST', `/role_assignments(${id})/restore`);
    expect((await events()).slice(1)).toEqual([
      event('role_given', 'user', user.id, { role: 'marketing' }),
      event('role_taken', 'user', user.id, { role: 'marketing' }),
      event('role_given', 'user', user.id, { role: 'marketing' }),
    ]);
  });

  // The shipped documents let nobody change one; a custom layer may.
  it('of a role assignment that is changed: the old one taken, the new one given', async () => {
    const user = await crm.create('users', person('eli@example.com'));
    const { id } = await crm.create('role_assignments', { role: 'marketing', user_id: user.id });
    const { database } = crm.platform;
    const model = crm.platform.model();
    const engines = () => {
      throw new Error('not needed');
    };
    const base = { model, principal: crm.admin, tx: database, engines, refuse: () => {}, request: undefined };
    const hook = directoryEventHooks().find(({ entity }) => entity === 'role_assignment');
    const written = { id, before: { role: 'sales_manager' }, after: { role: 'marketing' } };
    await hook?.after?.({ ...base, operation: 'update', entity: 'role_assignment' }, [written]);
    expect((await events()).slice(2).map(({ kind, details }) => [kind, details])).toEqual([
      ['role_taken', { role: 'sales_manager' }],
      ['role_given', { role: 'marketing' }],
    ]);
  });

  it('of teams, memberships and units', async () => {
    const user = await crm.create('users', person('dee@example.com'));
    const team = await crm.create('teams', { name: 'Key accounts', owning_business_unit_id: crm.rootUnitId });
    const member = await crm.create('team_members', { team_id: team.id, user_id: user.id });
    const role = await crm.create('role_assignments', { role: 'marketing', team_id: team.id });
    await send('PATCH', `/teams(${team.id})`, { owning_business_unit_id: unit });
    await send('DELETE', `/team_members(${member.id})`);
    await send('DELETE', `/role_assignments(${role.id})`);
    const below = await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId });
    await send('PATCH', `/business_units(${below.id})`, { parent_id: unit, name: 'South of North' });
    await send('DELETE', `/business_units(${below.id})`);
    expect((await events()).slice(1)).toEqual([
      event('team_created', 'team', team.id),
      event('member_added', 'user', user.id, { team_id: team.id }),
      event('role_given', 'team', team.id, { role: 'marketing' }),
      event('team_moved', 'team', team.id, { from: crm.rootUnitId, to: unit }),
      event('member_removed', 'user', user.id, { team_id: team.id }),
      event('role_taken', 'team', team.id, { role: 'marketing' }),
      event('unit_created', 'business_unit', below.id),
      event('unit_moved', 'business_unit', below.id, { from: crm.rootUnitId, to: unit }),
      event('unit_deleted', 'business_unit', below.id),
    ]);
  });

  it('that is refused records nothing', async () => {
    const reader = await crm.user('Eva', ['sales_representative']);
    const before = (await events()).length;
    const refused = await crm.call(reader, 'POST', '/role_assignments', {
      role: 'system_administrator',
      user_id: reader.id,
    });
    expect(refused.status).toBe(403);
    expect(await events()).toHaveLength(before);
  });
});

describe('a change whose event cannot be kept', () => {
  it('is not made, singly or in bulk', async () => {
    const { database } = crm.platform;
    const { id } = await crm.create('users', person('kay@example.com'));
    const active = async () =>
      (await database.run('select active from data."user" where id = $1::uuid', [id]))[0]?.active;
    await database.run('alter table kartoteka.security_log rename to security_log_away');
    try {
      await expect(crm.call(crm.admin, 'PATCH', `/users(${id})`, { active: false })).rejects.toMatchObject({
        code: '42P01',
      });
      const records = [{ id, active: false }];
      await expect(crm.call(crm.admin, 'POST', '/users/bulk', { mode: 'update', records })).rejects.toThrow();
    } finally {
      await database.run('alter table kartoteka.security_log_away rename to security_log');
    }
    expect(await active()).toBe(true);
    await send('PATCH', `/users(${id})`, { active: false });
    expect(await kinds()).toEqual(['user_created', 'user_disabled']);
  });
});

describe('many at once', () => {
  const bulk = (set: string, body: object) => send('POST', `/${set}/bulk`, body);

  it('in bulk: one event per record, none for those that are refused', async () => {
    const records = ['f1@example.com', 'f2@example.com', 'f1@example.com'].map(person);
    const { results } = await bulk('users', { mode: 'create', records });
    const ids = results.flatMap(({ id }: { id?: string }) => id ?? []);
    expect(ids).toHaveLength(2);
    const changes = ids.map((id: string) => ({ id, active: false }));
    await bulk('users', { mode: 'update', records: changes });
    const found = await events();
    expect(found.map(({ kind }) => kind)).toEqual(['user_created', 'user_created', 'user_disabled', 'user_disabled']);
    expect(new Set(found.slice(2).map(({ target_id: id }) => id))).toEqual(new Set(ids));
  });

  it('a trial run records nothing', async () => {
    await bulk('users', { mode: 'create', dry_run: true, records: [person('g1@example.com')] });
    expect(await events()).toEqual([]);
  });

  it('what goes along with a deleted team or user is recorded as well', async () => {
    const user = await crm.create('users', person('hal@example.com'));
    const team = await crm.create('teams', { name: 'Fairs', owning_business_unit_id: crm.rootUnitId });
    await crm.create('team_members', { team_id: team.id, user_id: user.id });
    await crm.create('role_assignments', { role: 'marketing', user_id: user.id });
    const before = (await events()).length;
    await send('DELETE', `/users(${user.id})`);
    expect(new Set((await kinds()).slice(before))).toEqual(new Set(['user_deleted', 'role_taken', 'member_removed']));
    await send('POST', `/users(${user.id})/restore`);
    expect(new Set((await kinds()).slice(before + 3))).toEqual(
      new Set(['user_restored', 'role_given', 'member_added']),
    );
  });
});

describe('other events', () => {
  it('publishing roles names those that changed, and by whom; other documents record nothing', async () => {
    const label = { en: 'Helper' };
    const change = (body: unknown, kind: 'role' | 'choice' = 'role', name = 'x_helper') =>
      publish(crm.platform.database, {
        changes: [{ kind, name, body }],
        author: crm.admin.id,
        comment: 'test',
        log: quietLog,
      });
    await change({ name: 'x_helper', label, privileges: { deal: { read: 'organization' } } });
    await change({ name: 'x_helper', label, privileges: { deal: { read: 'user' } } });
    await change({ name: 'x_kind', label, values: { a: { label, order: 1 } } }, 'choice', 'x_kind');
    await change(null);
    const found = await events();
    expect(found.map(({ kind }) => kind)).toEqual(['roles_published', 'roles_published', 'roles_published']);
    expect(found.map(({ details }) => (details as { roles: unknown }).roles)).toEqual(
      ['added', 'changed', 'removed'].map((how) => [{ name: 'x_helper', change: how }]),
    );
    expect(found[0]?.actor_id).toBe(crm.admin.id);
  });

  it('sharing, changing and taking back a share name the record, with whom, and which rights', async () => {
    const company = await crm.create('companies', { name: 'Shared' });
    const other = await crm.user('Leo', ['sales_representative']);
    const before = (await events()).length;
    const path = `/companies(${company.id})`;
    await send('POST', `${path}/share`, { principal_id: other.id, rights: ['read'] });
    await send('POST', `${path}/modify`, { principal_id: other.id, rights: ['read', 'write'] });
    await send('POST', `${path}/revoke`, { principal_id: other.id });
    const about = (rights?: string[]) => ({ principal_id: other.id, ...(rights === undefined ? {} : { rights }) });
    expect((await events()).slice(before)).toEqual([
      event('record_shared', 'company', company.id, about(['read'])),
      event('share_changed', 'company', company.id, about(['read', 'write'])),
      event('share_revoked', 'company', company.id, about()),
    ]);
  });

  it('lacking a capability is recorded once and then counted', async () => {
    const reader = await crm.user('Ina', ['sales_representative']);
    const before = (await events()).length;
    const csv = () => crm.call(reader, 'GET', '/companies', undefined, { accept: 'text/csv' });
    for (const _ of [1, 2, 3]) expect((await csv()).json.code).toBe('missing_capability');
    const refused = (more: object) => ({
      ...event('capability_refused', null, null, { capability: 'export', resource: 'companies', ...more }),
      actor_id: reader.id,
    });
    expect((await events()).slice(before)).toEqual([refused({})]);
    await crm.platform.events.flush();
    expect((await events()).slice(before + 1)).toEqual([refused({ repeated: 2 })]);
  });

  it('ordinary records pay nothing for it', async () => {
    const { counters } = crm.platform.database;
    // No rule looks for duplicates of them.
    await crm.create('deals', { name: 'Acme' });
    const costs: number[] = [];
    for (const n of [1, 2, 3]) {
      const before = counters.statements;
      await crm.create('deals', { name: `Acme ${n}` });
      costs.push(counters.statements - before);
    }
    // Once a second the state of the cluster is looked at, too.
    expect(Math.min(...costs)).toBe(1);
    expect(await events()).toEqual([]);
  });
});
