// POST /preview_role_change: who may ask for what, what is told to whom, and what is refused.
import { type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let north: string;
let south: string;
let ann: Principal;
let bob: Principal;
let pub: Principal;
let hr: Principal;
let member: string;
let held: string;
let team: string;

const SEES_HOLDERS = { role_assignment: { read: 'organization' }, team_member: { read: 'organization' } };
const ROLES = [
  {
    name: 'x_publisher',
    privileges: { company: { read: 'business_unit' }, user: { read: 'organization' }, ...SEES_HOLDERS },
    capabilities: ['publish_metadata'],
  },
  {
    name: 'x_hr',
    privileges: {
      company: { read: 'business_unit' },
      user: { read: 'business_unit', write: 'business_unit', append_to: 'business_unit', assign: 'business_unit' },
      business_unit: { read: 'organization' },
      role_assignment: { '*': 'organization', create: { depth: 'organization', when: "role eq 'x_reader'" } },
      team_member: { read: 'organization' },
    },
  },
  {
    name: 'x_planner',
    privileges: {
      business_unit: {
        read: { depth: 'organization', when: "name ne 'Secret'" },
        write: 'organization',
        append: 'organization',
        append_to: 'organization',
      },
      user: { read: 'organization' },
      ...SEES_HOLDERS,
    },
  },
  { name: 'x_reader', privileges: { company: { read: 'business_unit' } } },
  {
    name: 'x_mover',
    privileges: {
      company: { read: 'parent_child' },
      user: { read: 'organization' },
      business_unit: { read: 'organization', write: 'organization', append: 'organization', append_to: 'organization' },
      ...SEES_HOLDERS,
    },
  },
  { name: 'x_shy', privileges: { company: { read: 'business_unit' }, user: { '*': 'organization' } } },
];

beforeAll(async () => {
  crm = await startCrm();
  const changes = ROLES.map((role) => ({
    kind: 'role' as const,
    name: role.name,
    body: { label: { en: role.name, ru: role.name }, ...role },
  }));
  const { revision } = await publish(crm.platform.database, { changes, author: null, comment: 'Test', log: quietLog });
  while (crm.platform.model().revision !== revision) await new Promise((resolve) => setTimeout(resolve, 10));
  const admin = await crm.principal(crm.admin.id);
  north = (await crm.create('business_units', { name: 'North', parent_id: crm.rootUnitId }, admin)).id;
  south = (await crm.create('business_units', { name: 'South', parent_id: crm.rootUnitId }, admin)).id;
  ann = await person('Ann', ['sales_representative'], north);
  bob = await person('Bob', ['sales_representative'], south);
  pub = await person('Pub', ['x_publisher'], north);
  hr = await person('Hr', ['x_hr', 'x_reader'], north);
  team = (await crm.create('teams', { name: 'Helpers', owning_business_unit_id: north }, admin)).id;
  const cy = await person('Cy', [], north);
  member = (await crm.create('team_members', { team_id: team, user_id: cy.id }, admin)).id;
  held = (await crm.create('role_assignments', { team_id: team, role: 'x_reader' }, admin)).id;
  for (const [owner, name, industry] of [
    [ann, 'Ann 1', 'retail'],
    [bob, 'Bob 1', 'retail'],
    [bob, 'Bob 2', 'finance'],
  ] as const)
    await crm.create('companies', { name, industry, owner_id: owner.id }, admin);
});
afterAll(() => crm?.close());

/** A user with roles that the administrator of the template does not know yet. */
async function person(name: string, roles: readonly string[], unit: string): Promise<Principal> {
  const admin = await crm.principal(crm.admin.id);
  const values = { full_name: name, email: `${name.toLowerCase()}@example.com`, owning_business_unit_id: unit };
  const { id } = await crm.create('users', values, admin);
  for (const role of roles) await crm.create('role_assignments', { user_id: id, role }, admin);
  return crm.principal(id);
}

/** The document of the role x_reader with other privileges. */
const reader = (privileges: object) => ({ name: 'x_reader', label: { en: 'Reader', ru: 'Reader' }, privileges });

const preview = async (body: unknown, principal: Principal = crm.admin, query = ''): Promise<Answer> =>
  crm.call(await crm.principal(principal.id), 'POST', `/preview_role_change${query}`, body);

const refused = async (body: unknown, principal?: Principal): Promise<unknown> => {
  const { status, json } = await preview(body, principal);
  const details = ((json.details ?? []) as { code: string; target: string }[])
    .filter(({ code }) => code !== 'explain_access')
    .map(({ code, target }) => [code, target]);
  return [status, json.code, ...details];
};

describe('what a preview takes', () => {
  const give = (role: string, user: Principal) => ({ role_assignments: { create: [{ role, user_id: user.id }] } });

  it('is the capability to publish, for role documents', async () => {
    const body = { roles: [reader({ company: { read: 'none' } })] };
    expect(await refused(body, hr)).toEqual([403, 'missing_capability']);
    expect((await preview(body, pub)).status).toBe(200);
  });

  it('is to see who holds what, all of it', async () => {
    const shy = await person('Shy', ['x_shy'], north);
    const answer = await preview({ users: [{ id: ann.id, active: false }] }, shy);
    expect([answer.status, answer.text]).toEqual([403, 'You do not have the privilege read on role_assignment']);
  });

  it('is what saving takes: privileges on entities and on each record', async () => {
    expect(await refused(give('x_reader', ann), pub)).toEqual([403, 'missing_privilege']);
    expect(await refused({ users: [{ id: ann.id, active: false }] }, pub)).toEqual([403, 'missing_privilege']);
    expect(await refused({ team_members: { delete: [member] } }, hr)).toEqual([403, 'missing_privilege']);
    expect((await preview(give('x_reader', ann), hr)).status).toBe(200);
    // The condition of the grant holds for the record as it would be.
    expect(await refused(give('x_publisher', ann), hr)).toEqual([403, 'missing_privilege_on_record']);
    expect(await refused({ business_units: [{ id: south, parent_id: north }] }, hr)).toEqual([
      403,
      'missing_privilege',
    ]);
  });

  it('is told of hidden records as of missing ones', async () => {
    const nobody = '01a2039d-b1bf-74fe-a0d2-ad96a471ae00';
    for (const id of [bob.id, nobody]) {
      expect(await refused({ users: [{ id, active: false }] }, hr)).toEqual([
        400,
        'validation_failed',
        ['target_not_found', 'users/0/id'],
      ]);
      expect(await refused({ role_assignments: { create: [{ role: 'x_reader', user_id: id }] } }, hr)).toEqual([
        400,
        'validation_failed',
        ['target_not_found', 'role_assignments/create/0/user_id'],
      ]);
    }
    expect(await refused({ role_assignments: { delete: [nobody] } })).toEqual([
      400,
      'validation_failed',
      ['target_not_found', 'role_assignments/delete/0'],
    ]);
    expect(await refused({ users: [{ id: ann.id, owning_business_unit_id: nobody }] })).toEqual([
      400,
      'validation_failed',
      ['target_not_found', 'users/0/owning_business_unit_id'],
    ]);
  });

  it('is the right on the unit that a unit leaves, and on the one it goes to', async () => {
    const admin = await crm.principal(crm.admin.id);
    const secret = (await crm.create('business_units', { name: 'Secret', parent_id: crm.rootUnitId }, admin)).id;
    const below = (await crm.create('business_units', { name: 'Below', parent_id: secret }, admin)).id;
    const planner = await person('Planner', ['x_planner'], north);
    expect(await refused({ business_units: [{ id: below, parent_id: north }] }, planner)).toEqual([
      403,
      'missing_privilege_on_record',
    ]);
    expect(await refused({ business_units: [{ id: south, parent_id: secret }] }, planner)).toEqual([
      400,
      'validation_failed',
      ['target_not_found', 'business_units/0/parent_id'],
    ]);
    expect(await refused({ business_units: [{ id: south, parent_id: north }] }, planner)).toEqual([200, undefined]);
    // As the changes themselves are answered.
    const made = async (id: string, parent_id: string) => {
      const { status, json } = await crm.call(planner, 'PATCH', `/business_units(${id})`, { parent_id });
      return [status, json?.code];
    };
    expect(await made(below, north)).toEqual([403, 'missing_privilege_on_record']);
    expect(await made(south, secret)).toEqual([400, 'validation_failed']);
    expect(await made(south, north)).toEqual([204, undefined]);
    expect(await made(south, crm.rootUnitId)).toEqual([204, undefined]);
  });

  it('is to hold what the change gives, wherever it is held', async () => {
    const wider = (depth: string) => ({ roles: [reader({ company: { read: depth } })] });
    expect(await refused(wider('organization'), pub)).toEqual([403, 'escalation']);
    expect(await refused(wider('parent_child'), pub)).toEqual([200, undefined]);
    expect(await refused(wider('user'), pub)).toEqual([200, undefined]);
    expect(await refused(wider('organization'))).toEqual([200, undefined]);
    const other = { roles: [reader({ company: { read: 'business_unit', write: 'user' } })] };
    expect(await refused(other, pub)).toEqual([403, 'escalation']);
    const capable = { roles: [{ ...reader({}), capabilities: ['merge'] }] };
    expect(await refused(capable, pub)).toEqual([403, 'escalation']);
    // Taking away is no giving.
    expect(await refused({ roles: [{ name: 'x_reader', remove: true }] }, pub)).toEqual([200, undefined]);
    // To a unit where the roles that are held would give more than the one who moves holds.
    expect(await refused({ users: [{ id: ann.id, owning_business_unit_id: south }] }, hr)).toEqual([403, 'escalation']);
  });

  it('is to hold on a unit what those above its new place come to reach', async () => {
    const planner = await person('Plan', ['x_mover'], north);
    const below = (await crm.create('business_units', { name: 'Below', parent_id: north })).id;
    const saved = async (id: string, parent_id: string) =>
      (await crm.call(await crm.principal(planner.id), 'PATCH', `/business_units(${id})`, { parent_id })).status;
    const asked = (id: string, parent_id: string) => refused({ business_units: [{ id, parent_id }] }, planner);
    expect(await asked(south, below)).toEqual([403, 'escalation']);
    expect(await saved(south, below)).toBe(403);
    expect(await asked(below, south)).toEqual([200, undefined]);
    expect(await saved(below, south)).toBe(204);
    // Now it is out of reach, and does not come back by the same hand.
    expect(await asked(below, north)).toEqual([403, 'escalation']);
    expect(await saved(below, north)).toBe(403);
  });
});

describe('what a preview tells', () => {
  const wider = { roles: [{ extends: 'sales_representative', privileges: { company: { read: 'user' } } }] };
  const under = (when: string) => ({
    entities: ['company'],
    roles: [{ extends: 'sales_representative', privileges: { company: { read: { depth: 'business_unit', when } } } }],
  });
  const lostBy = (answer: Answer, user: Principal) =>
    answer.json.changes.find(({ principal_ids: ids }: { principal_ids: string[] }) => ids.includes(user.id));

  it('are names of readable records alone; hidden ones are counted', async () => {
    const away = { entities: ['company'], roles: [{ name: 'x_reader', remove: true }] };
    expect((await preview(wider, pub)).status).toBe(200);
    const body = {
      entities: ['company'],
      roles: [{ extends: 'sales_representative', privileges: { company: { read: 'none' } } }],
    };
    const mine = await preview(body, pub);
    expect(lostBy(mine, ann)).toMatchObject({ counted: 'all', lost: { count: 1, records: [{ title: 'Ann 1' }] } });
    expect(lostBy(mine, bob)).toMatchObject({ counted: 'all', lost: { count: 2, records: [] } });
    expect(mine.text).not.toMatch(/Bob 1|Bob 2/);
    expect((await preview(away, pub)).status).toBe(200);
  });

  it('never counts hidden records by their values', async () => {
    const counts = [];
    for (const when of ["industry eq 'retail'", "industry eq 'finance'", "name eq 'Bob 1'"]) {
      const answer = await preview(under(when), pub);
      expect(answer.status).toBe(200);
      for (const change of answer.json.changes) expect(change.counted).toBe('readable');
      counts.push(lostBy(answer, bob)?.lost.count ?? 0);
    }
    expect(counts).toEqual([0, 0, 0]);
    const all = await preview(under("industry eq 'retail'"));
    expect(lostBy(all, bob)).toMatchObject({ counted: 'all', lost: { count: 1, records: [{ title: 'Bob 2' }] } });
  });

  it('are users that may be read', async () => {
    const answer = await preview({ role_assignments: { delete: [held] } }, hr);
    expect(answer.json).toMatchObject({ examined: 1, not_examined: 0 });
    const assignments = { role_assignments: { create: [{ role: 'x_reader', user_id: hr.id }] } };
    expect((await preview(assignments, hr)).json).toMatchObject({ examined: 1, changes: [] });
  });

  it('for who acts as another is what both may see', async () => {
    const acting = await crm.platform.actAs(await crm.principal(crm.admin.id), pub.id);
    const body = {
      entities: ['company'],
      roles: [{ extends: 'sales_representative', privileges: { company: { read: 'none' } } }],
    };
    const answer = await crm.call(acting, 'POST', '/preview_role_change', body);
    expect([answer.status, answer.json.changes?.length]).toEqual([200, 2]);
    expect(lostBy(answer, bob)).toMatchObject({ lost: { count: 2, records: [] } });
    const wide = { roles: [reader({ company: { read: 'organization' } })] };
    expect((await crm.call(acting, 'POST', '/preview_role_change', wide)).json.code).toBe('escalation');
  });
});

describe('a preview that cannot be read', () => {
  it('is refused with everything that is wrong', async () => {
    const body = {
      roles: [{}, { name: 'x_a', remove: false }, 3],
      business_units: [{ id: north }],
      teams: [{ id: 'x', owning_business_unit_id: null }],
      users: [{ id: ann.id }, { id: ann.id, active: 'no' }, { id: ann.id, active: true, role: 'x' }],
      role_assignments: { create: [{ role: '', user_id: ann.id, team_id: team }], give: [] },
      team_members: { create: {}, delete: [member, member.toUpperCase()] },
      entities: ['nothing'],
      privileges: ['read', 'create'],
      depth: 1,
    };
    const { status, json } = await preview(body);
    expect([status, json.code]).toEqual([400, 'validation_failed']);
    expect(json.details.map(({ target }: { target: string }) => target).sort()).toEqual(
      [
        'business_units/0/parent_id',
        'depth',
        'entities/0',
        'privileges/1',
        'role_assignments/create/0',
        'role_assignments/create/0/role',
        'role_assignments/give',
        'roles/0/name',
        'roles/1/remove',
        'roles/2',
        'team_members/create',
        'team_members/delete/1',
        'teams/0/id',
        'teams/0/owning_business_unit_id',
        'users/0',
        'users/1/active',
        'users/1/id',
        'users/2/id',
        'users/2/role',
      ].sort(),
    );
  });

  it.each([
    [{}, 'roles'],
    [{ users: [], entities: [] }, 'entities'],
    [{ users: [], privileges: [] }, 'privileges'],
    [{ users: null }, 'users'],
    [{ role_assignments: [] }, 'role_assignments'],
  ])('%j is refused', async (body, target) => {
    expect(await refused(body)).toEqual([400, 'validation_failed', ['invalid_value', target]]);
  });

  it('is refused for what is no object, for options and for other methods', async () => {
    expect(await refused('[]')).toEqual([400, 'body_not_object']);
    expect(await refused('{')).toEqual([400, 'malformed_json']);
    expect((await preview({ users: [] }, crm.admin, '?$filter=x')).status).toBe(400);
    expect((await crm.call(crm.admin, 'GET', '/preview_role_change')).status).toBe(405);
    expect((await crm.call(crm.admin, 'POST', '/preview_role_change/x', {})).status).toBe(404);
    const text = { 'content-type': 'text/plain' };
    expect((await crm.call(crm.admin, 'POST', '/preview_role_change', { users: [] }, text)).status).toBe(415);
  });

  it('takes a thousand changes of a kind and no more', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, n) => testId(n));
    expect(await refused({ role_assignments: { delete: ids(1_001) } })).toEqual([400, 'limit_exceeded']);
    const [status, code, ...details] = (await refused({ role_assignments: { delete: ids(1_000) } })) as unknown[];
    expect([status, code, details.length]).toEqual([400, 'validation_failed', 1_000]);
  });

  it('has role documents with the findings of a publish', async () => {
    const bad = {
      name: 'x_bad',
      label: { en: 'Bad', ru: 'Bad' },
      privileges: { company: { read: { depth: 'user', when: 'nothing eq 1' } }, ghost: { read: 'user' } },
    };
    const { status, json } = await preview({
      roles: [bad, { extends: 'x_ghost', privileges: {} }, { name: 'clerk', privileges: 1 }],
    });
    expect([status, json.code]).toEqual([400, 'invalid_documents']);
    const targets = json.details.map(({ target }: { target: string }) => target);
    expect(targets).toContain('custom/role/x_bad#/privileges/company/read/when');
    expect(targets).toContain('custom/role/x_bad#/privileges/ghost');
    expect(targets).toContain('custom/role/x_ghost#/extends');
    expect(targets.some((target: string) => target.startsWith('base/role/clerk#'))).toBe(true);
    expect(await refused({ roles: [{ name: 'x_ghost', remove: true }] })).toEqual([
      400,
      'validation_failed',
      ['invalid_value', 'roles/0'],
    ]);
  });

  it('is a unit below itself, alone or by several moves', async () => {
    const circle = [
      { id: north, parent_id: south },
      { id: south, parent_id: north },
    ];
    for (const units of [[{ id: north, parent_id: north }], circle])
      expect((await preview({ business_units: units })).json.code).toBe('conflict');
  });

  it('is the third at a time', async () => {
    const body = { users: [{ id: ann.id, active: false }] };
    const admin = await crm.principal(crm.admin.id);
    const ask = () => crm.call(admin, 'POST', '/preview_role_change', body);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
    expect((await ask()).status).toBe(200);
  });
});

it('a preview for which there is no time is refused', async () => {
  const admin = await crm.principal(crm.admin.id);
  const start = performance.now();
  let calls = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    calls += 1;
    return calls === 1 ? start : start + 20_001;
  });
  try {
    const body = { users: [{ id: ann.id, active: false }] };
    expect((await crm.call(admin, 'POST', '/preview_role_change', body)).json.code).toBe('limit_exceeded');
  } finally {
    clock.mockRestore();
  }
});

function testId(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
