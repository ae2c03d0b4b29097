// explain_access with the roles that ship, through the engine as the service drives it: what is granted and why, what would be
// enough, and what it keeps to itself.
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, startCrm, statementsOf } from './crm-kit.ts';
import { document, role } from './ownership-kit.ts';

let crm: Crm;
let north: string;
let city: string;
let anna: Principal;
let ben: Principal;
let boss: Principal;
const ids: Record<'company' | 'deal' | 'won' | 'other' | 'participant', string> = {
  company: '',
  deal: '',
  won: '',
  other: '',
  participant: '',
};
const MISSING = '01900000-0000-7000-8000-00000000dead';
const REP = { name: 'sales_representative', label: 'Sales representative' };

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const links = role('links_only', { deal_contact: { read: 'user', write: 'user' } });
  const blind = document('role', 'blind', { privileges: { deal: { '*': 'user' } } });
  const actor = document('role', 'actor', {
    privileges: { deal: { '*': 'organization' }, user: { read: 'organization' } },
    capabilities: ['act_as'],
  });
  crm = await startCrm({ documents: [...shipped, links, blind, actor] });
  north = (await crm.create('business_units', { name: 'North', parent_id: crm.rootUnitId })).id;
  city = (await crm.create('business_units', { name: 'City', parent_id: north })).id;
  anna = await crm.user('Anna', ['sales_representative'], north);
  ben = await crm.user('Ben', ['sales_representative'], city);
  boss = await crm.user('Boss', ['sales_manager'], north);
  ids.company = (await crm.create('companies', { name: 'Acme' }, anna)).id;
  const bolt = (await crm.create('companies', { name: 'Bolt' }, ben)).id;
  const contact = (await crm.create('contacts', { last_name: 'Lee' }, ben)).id;
  ids.deal = (await crm.create('deals', { name: 'Open', company_id: ids.company }, anna)).id;
  ids.won = (
    await crm.create(
      'deals',
      { name: 'Won', company_id: ids.company, stage: 'won', amount: '1', close_date: '2026-01-01' },
      anna,
    )
  ).id;
  ids.other = (await crm.create('deals', { name: 'Other', company_id: bolt }, ben)).id;
  ids.participant = (await crm.create('deal_contacts', { deal_id: ids.other, contact_id: contact }, ben)).id;
}, 60_000);
afterAll(() => crm?.close());

function explain(principal: Principal, record: string, principalId?: string): Promise<Answer> {
  const query = principalId === undefined ? '' : `?principal_id=${principalId}`;
  return crm.call(principal, 'GET', `/${record}/explain_access${query}`);
}
// biome-ignore lint/suspicious/noExplicitAny: explanations are JSON that tests look into
async function explained(principal: Principal, record: string, principalId?: string): Promise<any> {
  const { status, json } = await explain(principal, record, principalId);
  expect({ status, error: json.code }).toEqual({ status: 200, error: undefined });
  return json;
}
const share = (record: string, to: string, rights: readonly string[]) =>
  crm.call(crm.admin, 'POST', `/${record}/share`, { principal_id: to, rights });
const named = (principal: Principal, name: string) => ({ kind: 'user', id: principal.id, name });

describe('of a record', () => {
  it('proves what is granted by role, holder, depth and owner, in one statement', async () => {
    expect(await statementsOf(crm, () => explained(anna, `deals(${ids.deal})`))).toBe(1);
    const { entity, id, principal, privileges } = await explained(anna, `deals(${ids.deal})`);
    expect({ entity, id, principal }).toEqual({
      entity: 'deal',
      id: ids.deal,
      principal: { ...named(anna, 'Anna'), active: true },
    });
    expect(Object.keys(privileges)).toEqual([
      'create',
      'read',
      'write',
      'delete',
      'append',
      'append_to',
      'assign',
      'share',
    ]);
    expect(privileges.write).toEqual({
      granted: true,
      grants: [
        {
          role: REP,
          held_by: named(anna, 'Anna'),
          depth: 'user',
          condition: { text: "stage ne 'won'", holds: true, failing: [] },
          allows: true,
          covers: [{ by: 'owner', owner: named(anna, 'Anna') }],
        },
      ],
    });
  });

  it('names the part of a condition that does not hold, and says that it is all that stands in the way', async () => {
    const { privileges } = await explained(anna, `deals(${ids.won})`);
    const condition = { text: "stage ne 'won'", holds: false, failing: ["stage ne 'won'"] };
    expect(privileges.read.granted).toBe(true);
    expect(privileges.write).toMatchObject({
      granted: false,
      code: 'missing_privilege_on_record',
      grants: [{ allows: false, condition, covers: [{ by: 'owner' }] }],
    });
    expect(privileges.write.smallest_grants[0]).toEqual({
      change: 'condition',
      role: REP,
      privilege: 'write',
      depth: 'user',
      condition,
    });
  });

  it('proves a depth by the units of the holder and of the record', async () => {
    const { privileges } = await explained(boss, `deals(${ids.other})`);
    const unit = (id: string, name: string) => ({ kind: 'business_unit', id, name });
    expect(privileges.delete.grants).toEqual([
      {
        role: { name: 'sales_manager', label: 'Sales manager' },
        held_by: named(boss, 'Boss'),
        depth: 'parent_child',
        business_unit: unit(north, 'North'),
        allows: true,
        covers: [{ by: 'business_unit_or_below', business_unit: unit(city, 'City') }],
      },
    ]);
  });

  it('shows the share that lets in, and what is missing besides it', async () => {
    const guest = await crm.user('Guest', ['sales_representative'], north);
    await share(`deals(${ids.other})`, guest.id, ['read']);
    const { privileges } = await explained(await crm.principal(guest.id), `deals(${ids.other})`);
    expect(privileges.read.grants[0].covers).toEqual([{ by: 'share', with: named(guest, 'Guest') }]);
    expect(privileges.append.granted).toBe(false);
    expect(privileges.append.smallest_grants).toContainEqual({
      change: 'share',
      with: named(guest, 'Guest'),
      rights: ['append'],
    });
    await share(`deals(${ids.other})`, guest.id, ['append']);
    expect((await explained(await crm.principal(guest.id), `deals(${ids.other})`)).privileges.append.granted).toBe(
      true,
    );
  });

  it('proposes what makes the access possible once it is done', async () => {
    const newcomer = await crm.user('Newcomer', ['links_only'], north);
    const told = await explained(crm.admin, `deals(${ids.other})`, newcomer.id);
    expect(told.privileges.read.smallest_grants.at(-1)).toEqual({
      change: 'assignment',
      to: named(newcomer, 'Newcomer'),
      privilege: 'read',
      depth: 'user',
      with_share: ['read'],
    });
    const status = async () => (await crm.call(await crm.principal(newcomer.id), 'GET', `/deals(${ids.other})`)).status;
    expect(await status()).toBe(403);
    await crm.create('role_assignments', { user_id: newcomer.id, role: 'sales_representative' });
    expect(await status()).toBe(404);
    await share(`deals(${ids.other})`, newcomer.id, ['read']);
    expect(await status()).toBe(200);
  });

  async function teamOf(name: string, held: string, userId: string): Promise<string> {
    const team = await crm.create('teams', { name, owning_business_unit_id: city });
    await crm.create('role_assignments', { team_id: team.id, role: held });
    await crm.create('team_members', { team_id: team.id, user_id: userId });
    return team.id;
  }

  it('names the team through which a role is held', async () => {
    const member = await crm.user('Member', [], north);
    const team = await teamOf('Key accounts', 'sales_manager', member.id);
    const { privileges } = await explained(await crm.principal(member.id), `deals(${ids.other})`);
    expect(privileges.read.grants).toMatchObject([
      { held_by: { kind: 'team', id: team, name: 'Key accounts' }, business_unit: { id: city, name: 'City' } },
    ]);
  });

  it('names teams and units by their kind alone to whom they are hidden', async () => {
    const hidden = await crm.user('Blind', ['blind'], crm.rootUnitId);
    const team = await teamOf('Silent', 'blind', hidden.id);
    const path = `/deals(${ids.other})`;
    expect((await crm.call(crm.admin, 'PATCH', path, { owner_id: team })).status).toBe(204);
    const { text, json } = await explain(await crm.principal(hidden.id), `deals(${ids.other})`);
    expect((await crm.call(crm.admin, 'PATCH', path, { owner_id: ben.id })).status).toBe(204);
    const grant = { role: { name: 'blind', label: 'blind' }, depth: 'user', allows: true };
    const covers = [{ by: 'owner', owner: { kind: 'team' } }];
    expect(json.privileges.assign.grants).toEqual([
      { ...grant, held_by: { kind: 'user', id: hidden.id }, covers },
      { ...grant, held_by: { kind: 'team' }, covers },
    ]);
    expect(text).not.toContain(team);
    expect(text).not.toContain(city);
  });

  it('names a hidden record whose share lets in by its entity alone, a readable one by its id', async () => {
    const reader = await crm.user('Reader', ['links_only'], north);
    await share(`deals(${ids.other})`, reader.id, ['read']);
    const record = `deal_contacts(${ids.participant})`;
    const covers = async (principalId: string) =>
      (await explained(await crm.principal(principalId), record)).privileges.read.grants.flatMap(
        (grant: { covers: object[] }) => grant.covers,
      );
    const shared = { by: 'share', with: named(reader, 'Reader'), through: 'deal' };
    expect(await covers(reader.id)).toEqual([{ ...shared, of: { entity: 'deal' } }]);
    await crm.create('role_assignments', { user_id: reader.id, role: 'sales_representative' });
    expect(await covers(reader.id)).toContainEqual({ ...shared, of: { entity: 'deal', id: ids.other } });
  });

  it('tells which roles give which rights on secured fields', async () => {
    const { secured_fields: fields } = await explained(anna, `companies(${ids.company})`);
    const roles = [{ ...REP, held_by: named(anna, 'Anna') }];
    const all = { read: { granted: true, roles }, create: { granted: true, roles }, update: { granted: true, roles } };
    expect(fields).toEqual([
      { field: 'bank_account', ...all },
      { field: 'correspondent_account', ...all },
    ]);
    const contact = await crm.create('contacts', { last_name: 'Ray' }, anna);
    const none = { granted: false, roles: [] };
    const [field] = (await explained(anna, `contacts(${contact.id})`)).secured_fields;
    expect(field).toMatchObject({ read: none, create: none, update: none });
  });

  it('says where a privilege cannot apply, and where it is of no use without another one', async () => {
    const { privileges } = await explained(crm.admin, `deal_contacts(${ids.participant})`);
    expect(privileges.assign).toEqual({ granted: false, applicable: false, grants: [] });
    const writer = await crm.user('Writer', ['links_only'], north);
    await share(`deals(${ids.other})`, writer.id, ['write']);
    const told = await explained(crm.admin, `deal_contacts(${ids.participant})`, writer.id);
    expect(told.privileges.read.granted).toBe(false);
    expect(told.privileges.write).toMatchObject({ granted: true, blocked_by: ['read'] });
  });
});

describe('of another principal', () => {
  it('is told to whom may read who holds which role, in two statements', async () => {
    expect(await statementsOf(crm, () => explained(crm.admin, `deals(${ids.other})`, anna.id))).toBe(2);
    const { principal, privileges } = await explained(crm.admin, `deals(${ids.other})`, anna.id.toUpperCase());
    expect(principal).toEqual({ ...named(anna, 'Anna'), active: true });
    expect(privileges.read).toMatchObject({ granted: false, code: 'missing_privilege_on_record' });
    expect(
      privileges.read.smallest_grants.map((each: { change: string; depth?: string }) => [each.change, each.depth]),
    ).toEqual([
      ['role', 'parent_child'],
      ['assignment', 'parent_child'],
      ['share', undefined],
    ]);
  });

  it('explains a team by the roles that it holds itself', async () => {
    const team = await crm.create('teams', { name: 'South', owning_business_unit_id: city });
    const before = await explained(crm.admin, `deals(${ids.other})`, team.id);
    expect(before.principal).toEqual({ kind: 'team', id: team.id, name: 'South', active: true });
    expect(before.privileges.read).toMatchObject({ granted: false, code: 'missing_privilege', grants: [] });
    await crm.create('role_assignments', { team_id: team.id, role: 'sales_manager' });
    expect((await explained(crm.admin, `deals(${ids.other})`, team.id)).privileges.read.granted).toBe(true);
  });

  it('has nothing to propose for a user who is not active', async () => {
    const gone = await crm.user('Gone', ['sales_manager'], city);
    await crm.call(crm.admin, 'PATCH', `/users(${gone.id})`, { active: false });
    const { principal, privileges } = await explained(crm.admin, `deals(${ids.other})`, gone.id);
    expect(principal).toEqual({ ...named(gone, 'Gone'), active: false });
    expect(privileges.read).toEqual({ granted: false, grants: [], code: 'missing_privilege' });
  });

  it('is refused to whom the assignments of roles are not open, and hides principals that are no users or teams', async () => {
    const refused = await explain(anna, `companies(${ids.company})`, ben.id);
    expect(refused).toMatchObject({ status: 403, json: { code: 'missing_privilege', target: 'role_assignment' } });
    for (const id of [MISSING, city, ids.deal]) {
      const { status, json } = await explain(crm.admin, `deals(${ids.deal})`, id);
      expect({ status, code: json.code, target: json.target }).toEqual({
        status: 404,
        code: 'not_found',
        target: 'principal_id',
      });
    }
    expect((await explained(anna, `deals(${ids.deal})`, anna.id)).principal.id).toBe(anna.id);
  });
});

describe('with Act-As', () => {
  it('stands beside the explanation of whoever acts, and a thing is done where both are granted it', async () => {
    const acting = await crm.platform.actAs(crm.admin, anna.id);
    const { principal, privileges, acting: beside } = await explained(acting, `deals(${ids.won})`);
    expect(principal).toMatchObject(named(anna, 'Anna'));
    expect(beside.principal.id).toBe(crm.admin.id);
    expect([privileges.write.granted, beside.privileges.write.granted]).toEqual([false, true]);
    expect((await crm.call(acting, 'PATCH', `/deals(${ids.won})`, { name: 'x' })).status).toBe(403);
    expect((await explain(acting, `deals(${ids.other})`)).status).toBe(404);
  });

  it('tells what the user holds to none who could not read it himself', async () => {
    const helper = await crm.user('Helper', ['actor']);
    const acting = await crm.platform.actAs(helper, anna.id);
    expect((await crm.call(acting, 'GET', `/deals(${ids.deal})`)).status).toBe(200);
    expect(await explain(acting, `deals(${ids.deal})`)).toMatchObject({
      status: 403,
      json: { code: 'missing_privilege', target: 'role_assignment' },
    });
  });
});

describe('requests', () => {
  it('may name the record by an alternate key', async () => {
    const { id } = await crm.create('companies', { name: 'Keyed', external_id: 'K-1' }, anna);
    expect((await explained(anna, "companies(external_id='K-1')")).id).toBe(id);
    expect((await explain(anna, "companies(external_id='K-2')")).status).toBe(404);
  });

  it('answer for a hidden record as for a missing one', async () => {
    const [hidden, missing] = [await explain(anna, `deals(${ids.other})`), await explain(anna, `deals(${MISSING})`)];
    expect(hidden).toEqual(missing);
    expect(hidden).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  it.each([
    ['GET', 'deals/explain_access?principal_id=me', 400, 'invalid_option'],
    ['GET', 'deals/explain_access?principal_id=', 400, 'invalid_option'],
    ['GET', `deals/explain_access?principal_id=${MISSING}&principal_id=${MISSING}`, 400, 'duplicate_option'],
    ['GET', 'deals/explain_access?$select=name', 400, 'invalid_option'],
    ['GET', 'deals/explain_access?who=me', 400, 'unknown_option'],
    ['GET', 'deals/explain_access/more', 400, 'invalid_key'],
    ['POST', 'deals/explain_access', 405, 'method_not_allowed'],
    ['POST', `deals(${MISSING})/explain_access`, 405, 'method_not_allowed'],
    ['GET', `deals(${MISSING})/share`, 405, 'method_not_allowed'],
    ['GET', `deals(${MISSING})/explain`, 404, 'unknown_resource'],
    ['GET', `nothing(${MISSING})/explain_access`, 404, 'unknown_resource'],
  ])('%s %s answers %i', async (method, path, status, code) => {
    const answer = await crm.call(crm.admin, method, `/${path}`, method === 'POST' ? {} : undefined);
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
  });
});

describe('of an entity set', () => {
  it('tells each privilege by role and depth, without a record', async () => {
    expect(await statementsOf(crm, () => explained(anna, 'deals'))).toBe(1);
    const { id, privileges } = await explained(anna, 'deals');
    expect(id).toBeUndefined();
    expect(privileges.create).toEqual({
      granted: true,
      grants: [{ role: REP, held_by: named(anna, 'Anna'), depth: 'user' }],
    });
    expect(privileges.write.grants[0].condition).toEqual({ text: "stage ne 'won'" });
  });

  it('tells what no role gives, and the depth at which one could', async () => {
    const { privileges } = await explained(anna, 'role_assignments');
    expect(privileges.create).toEqual({
      granted: false,
      code: 'missing_privilege',
      grants: [],
      smallest_grants: [
        { change: 'role', role: REP, privilege: 'create', from: 'none', depth: 'organization' },
        { change: 'assignment', to: named(anna, 'Anna'), privilege: 'create', depth: 'organization' },
      ],
    });
  });
});
