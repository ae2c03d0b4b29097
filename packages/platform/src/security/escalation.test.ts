// Acting as another user: what the giver must hold, judged by rules alone, without a database.
import type { Model, Privilege, RoleGrant } from '@kartoteka/metadata';
import { describe, expect, test } from 'vitest';
import type { Executor } from '../storage/types.ts';
import type { PrincipalFacts } from './directory.ts';
import { requireHoldsAll } from './escalation.ts';
import { principalOf, systemPrincipal, type UserPrincipal } from './principals.ts';
import { testId } from './random-world.ts';
import { condition, roleOf, smallModel } from './small-model.ts';

const WON = condition(smallModel([]), 'deal', "stage eq 'won'");
const LOST = condition(smallModel([]), 'deal', "stage eq 'lost'");
const grant = (
  depth: RoleGrant['depth'],
  when: RoleGrant['when'] = null,
  privilege: Privilege = 'read',
): RoleGrant => ({
  entity: 'deal',
  privilege,
  depth,
  when,
});
const PERMISSION = { entity: 'deal', field: 'amount', right: 'read' } as const;

const model: Model = smallModel([
  roleOf('own', [grant('user')]),
  roleOf('unit', [grant('business_unit')]),
  roleOf('tree', [grant('parent_child')]),
  roleOf('all', [grant('organization')]),
  roleOf('won', [grant('organization', WON)]),
  roleOf('lost', [grant('organization', LOST)]),
  roleOf('writer', [grant('organization', null, 'write')]),
  roleOf('exporter', [], ['export']),
  { ...roleOf('secured', []), fieldPermissions: [PERMISSION] },
]);
const [anna, robot, team] = [testId('user', 1), testId('user', 2), testId('team', 1)];
const [north, city] = [testId('unit', 1), testId('unit', 2)];
const database = null as unknown as Executor;

interface Holding {
  readonly roles: readonly string[];
  readonly unit?: string;
  readonly teams?: readonly string[];
  readonly shares?: number;
}

function user(id: string, { roles, unit = north, teams = [], shares = 0 }: Holding): UserPrincipal {
  const facts: PrincipalFacts = {
    id,
    unit,
    teams: teams.map((item) => ({ id: item, unit: city })),
    roles: roles.map((role) => ({ role, holder: id, unit })),
    subtrees: { [north]: [north, city], [city]: [city] },
    entities: { deal: { shares, rows: 0 } },
  };
  return principalOf(database, model, facts);
}

describe('acting as another user', () => {
  test.each<[string, Holding, Holding]>([
    ['without any role', { roles: [] }, { roles: [] }],
    ['of the same role everywhere', { roles: ['all'] }, { roles: ['all'] }],
    ['who sees his own records, by one who sees all', { roles: ['all'] }, { roles: ['own'] }],
    ['who sees one unit, by one who sees the tree above it', { roles: ['tree'] }, { roles: ['unit'], unit: city }],
    ['with shares, by one who sees all', { roles: ['all'] }, { roles: ['own'], shares: 1 }],
    ['under a condition, by one without', { roles: ['all'] }, { roles: ['won'] }],
    ['under the same condition', { roles: ['won'] }, { roles: ['won'] }],
    ['with a capability held, too', { roles: ['exporter', 'all'] }, { roles: ['exporter'] }],
    ['with a secured field held, too', { roles: ['secured'] }, { roles: ['secured'] }],
  ])('%s is allowed', (_, giver, other) => {
    expect(() => requireHoldsAll(user(anna, giver), user(robot, other))).not.toThrow();
  });

  test.each<[string, Holding, Holding, string]>([
    ['with a privilege that is missing', { roles: ['all'] }, { roles: ['writer'] }, 'write on deal, every record'],
    ['at a greater depth', { roles: ['tree'] }, { roles: ['all'] }, 'read on deal, every record'],
    ['of the unit above', { roles: ['tree'], unit: city }, { roles: ['unit'] }, 'records of other business units'],
    ['who owns records, by one who sees his own', { roles: ['own'] }, { roles: ['own'] }, 'records that others own'],
    ['whose records may be in another unit', { roles: ['tree'] }, { roles: ['own'] }, 'records that others own'],
    ['in a team of which the giver is no member', { roles: ['own'] }, { roles: ['own'], teams: [team] }, 'others own'],
    ['with shares', { roles: ['tree'] }, { roles: ['unit'], shares: 1 }, 'records shared with others'],
    ['without the condition', { roles: ['won'] }, { roles: ['all'] }, 'read on deal, every record'],
    ['under another condition', { roles: ['won'] }, { roles: ['lost'] }, 'read on deal, every record'],
    ['with a capability', { roles: ['all'] }, { roles: ['exporter'] }, 'the capability export'],
    ['with a secured field', { roles: ['all'] }, { roles: ['secured'] }, 'read of the secured field deal.amount'],
  ])('%s is escalation', (_, giver, other, what) => {
    expect(() => requireHoldsAll(user(anna, giver), user(robot, other))).toThrow(
      expect.objectContaining({ code: 'escalation', message: expect.stringContaining(what) }),
    );
  });

  test('is nothing to oneself, and open to the system', () => {
    expect(() => requireHoldsAll(user(anna, { roles: [] }), user(anna, { roles: ['all'] }))).not.toThrow();
    expect(() => requireHoldsAll(systemPrincipal(), user(robot, { roles: ['all'] }))).not.toThrow();
  });
});
