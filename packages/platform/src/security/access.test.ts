// How grants become accesses: which arms remain, how many probes they need, and which texts are shared.
import type { Privilege, RoleGrant } from '@kartoteka/metadata';
import { describe, expect, test } from 'vitest';
import { compileAbility } from './ability.ts';
import { accessFor } from './access.ts';
import type { PrincipalFacts } from './directory.ts';
import { condition, roleOf, smallModel } from './small-model.ts';
import type { Access, Coverage } from './types.ts';

const WON = condition(smallModel([]), 'deal', "stage eq 'won'");
const NEW = condition(smallModel([]), 'deal', "stage eq 'new'");

type Grant = Pick<RoleGrant, 'depth'> & Partial<RoleGrant>;
type Held = { grants: readonly Grant[]; holder?: string; unit?: string };

/** Access of user `me` in unit `u1` (above `u2`), member of `t1` in unit `u3`, who holds these roles. */
function accessOf(
  held: readonly Held[],
  facts: { shares?: number; rows?: number; above?: Readonly<Record<string, number>>; coverage?: Coverage } = {},
  entity = 'deal',
  privilege: Privilege = 'read',
): Access {
  const roles = held.map(({ grants }, n) =>
    roleOf(
      `r${n}`,
      grants.map((grant) => ({ entity, privilege, when: null, ...grant })),
    ),
  );
  const model = smallModel(roles);
  const principal: PrincipalFacts = {
    id: 'me',
    unit: 'u1',
    teams: [{ id: 't1', unit: 'u3' }],
    roles: held.map(({ holder = 'me', unit = 'u1' }, n) => ({ role: `r${n}`, holder, unit })),
    subtrees: { u1: ['u1', 'u2'], u3: ['u3'], wide: Array.from({ length: 40 }, (_, n) => `w${n}`) },
    entities: {
      ...Object.fromEntries(Object.entries(facts.above ?? {}).map(([name, shares]) => [name, { shares, rows: 0 }])),
      [entity]: { shares: facts.shares ?? 0, rows: facts.rows ?? 1_000_000 },
    },
  };
  const type = model.entities.get(entity);
  if (type === undefined) throw new Error(entity);
  return accessFor(compileAbility(model, principal), type, privilege, {
    facts: principal.entities[entity],
    coverage: new Map(facts.coverage === undefined ? [] : [['parent_shares note/on_deal', facts.coverage]]),
  });
}

function armsOf(access: Access): readonly string[] {
  return access.arms.map(({ source, cardinality, probes, ids }) => `${source} ${cardinality} ${probes} ${ids}`);
}

describe('depths', () => {
  test('no grant of the privilege: nothing is granted, shares or not', () => {
    const access = accessOf([{ grants: [{ depth: 'organization', privilege: 'write' }] }], { shares: 5 });
    expect(access).toMatchObject({ granted: false, unrestricted: false, arms: [] });
  });

  test('user covers what I and all my teams own, however the role is held', () => {
    expect(armsOf(accessOf([{ grants: [{ depth: 'user' }], holder: 't1', unit: 'u3' }]))).toEqual([
      'owners few 2 {me,t1}',
    ]);
  });

  test('business_unit covers the unit of whoever holds the role', () => {
    expect(armsOf(accessOf([{ grants: [{ depth: 'business_unit' }], holder: 't1', unit: 'u3' }]))).toEqual([
      'units one 1 {u3}',
    ]);
  });

  test('parent_child covers the units below as well', () => {
    expect(armsOf(accessOf([{ grants: [{ depth: 'parent_child' }] }]))).toEqual(['units few 2 {u1,u2}']);
  });

  test('organization without condition is unrestricted and absorbs everything', () => {
    const access = accessOf(
      [{ grants: [{ depth: 'user' }, { depth: 'organization' }, { depth: 'organization', when: WON }] }],
      { shares: 3 },
    );
    expect(access).toMatchObject({ granted: true, unrestricted: true, arms: [] });
  });

  test('records without owner know only organization', () => {
    expect(accessOf([{ grants: [{ depth: 'parent_child' }] }], {}, 'region')).toMatchObject({
      granted: false,
      arms: [],
    });
    expect(accessOf([{ grants: [{ depth: 'organization' }] }], {}, 'region').unrestricted).toBe(true);
  });

  test('at depth user a user covers itself and its teams', () => {
    expect(armsOf(accessOf([{ grants: [{ depth: 'user' }] }], {}, 'team'))).toEqual(['owners few 2 {me,t1}']);
  });
});

describe('arms', () => {
  test('units of several roles unite', () => {
    const held: Held[] = [
      { grants: [{ depth: 'parent_child' }] },
      { grants: [{ depth: 'business_unit' }], holder: 't1', unit: 'u3' },
    ];
    expect(armsOf(accessOf(held))).toEqual(['units few 4 {u1,u2,u3}']);
  });

  test('conditions on the same rows become one arm where either holds, and an unconditional grant absorbs them', () => {
    const either = accessOf([{ grants: [{ depth: 'user', when: WON }] }, { grants: [{ depth: 'user', when: NEW }] }]);
    expect(either.arms.map(({ when }) => when)).toEqual([
      { kind: 'logical', type: 'boolean', op: 'or', left: NEW, right: WON },
    ]);
    const unit = { grants: [{ depth: 'business_unit', when: NEW }] } as const;
    const apart = accessOf([{ grants: [{ depth: 'user', when: WON }] }, unit]);
    expect(apart.arms.map(({ source, when }) => [source, when])).toEqual([
      ['owners', WON],
      ['units', NEW],
    ]);
    const absorbed = accessOf([{ grants: [{ depth: 'user', when: WON }] }, { grants: [{ depth: 'user' }] }]);
    expect(absorbed.arms.map(({ when }) => when)).toEqual([null]);
  });

  test('a conditional grant keeps only the units that no unconditional one covers', () => {
    const held: Held[] = [{ grants: [{ depth: 'business_unit' }] }, { grants: [{ depth: 'parent_child', when: WON }] }];
    const access = accessOf(held);
    expect(access.arms.map(({ ids, when }) => [ids, when === null])).toEqual([
      ['{u1}', true],
      ['{u2}', false],
    ]);
  });

  test('everything under a condition absorbs less under the same condition, not under another', () => {
    const held: Held[] = [
      {
        grants: [
          { depth: 'organization', when: WON },
          { depth: 'user', when: WON },
          { depth: 'user', when: NEW },
        ],
      },
    ];
    expect(accessOf(held).arms.map(({ source }) => source)).toEqual(['all', 'owners']);
  });

  test('shares count only where there are any, with the condition of the grant', () => {
    const access = accessOf([{ grants: [{ depth: 'user', when: WON }] }], { shares: 3 });
    expect(access.arms.map(({ source, when }) => [source, when])).toEqual([
      ['owners', WON],
      ['shares', WON],
    ]);
    expect(armsOf(accessOf([{ grants: [{ depth: 'user' }] }]))).toHaveLength(1);
    expect(armsOf(accessOf([{ grants: [{ depth: 'user' }] }], { shares: 3 }, 'deal', 'create'))).toHaveLength(1);
  });
});

describe('shares of parents', () => {
  const own: Held[] = [{ grants: [{ depth: 'user' }] }];
  const sources = (access: Access) => access.arms.map(({ source, path }) => `${source} ${path?.key ?? ''}`);

  test('are an arm for each way to records that are shared, and none where nothing is', () => {
    expect(sources(accessOf(own, {}, 'reply'))).toEqual(['owners ']);
    expect(sources(accessOf(own, { above: { deal: 1 } }, 'reply'))).toEqual(['owners ', 'parent_shares note/on_deal']);
    expect(sources(accessOf(own, { shares: 1, above: { deal: 1, note: 2, user: 3 } }, 'reply'))).toEqual([
      'owners ',
      'shares ',
      'parent_shares note',
      'parent_shares note/on_deal',
      'parent_shares note/on_user',
    ]);
  });

  test('give nothing to create, and nothing where the role reaches everything', () => {
    const above = { deal: 1 };
    expect(sources(accessOf(own, { above }, 'note', 'create'))).toEqual(['owners ']);
    expect(accessOf([{ grants: [{ depth: 'organization' }] }], { above }, 'note').arms).toEqual([]);
  });

  test('have the shape that the number of records below them asks for, and a text of their own', () => {
    const above = { deal: 1, user: 1 };
    const shape = (coverage: Coverage) => accessOf(own, { above, coverage }, 'reply');
    const cardinality = (access: Access) => access.arms.find(({ path }) => path?.key === 'note/on_deal')?.cardinality;
    expect((['sparse', 'many', 'dense'] as const).map((each) => cardinality(shape(each)))).toEqual([
      'few',
      'many',
      'dense',
    ]);
    expect(new Set([shape('sparse'), shape('many'), shape('dense')].map(({ shapeKey }) => shapeKey)).size).toBe(3);
    const [one, other] = ['deal', 'user'].map((name) => accessOf(own, { above: { [name]: 1 } }, 'note').shapeKey);
    expect(one).not.toBe(other);
  });
});

describe('shapes', () => {
  test('many units are not probed one by one', () => {
    const access = accessOf([{ grants: [{ depth: 'parent_child' }], unit: 'wide' }]);
    expect(access.arms[0]).toMatchObject({ source: 'units', cardinality: 'many', probes: 0 });
  });

  test('shares are few or many by their number against the size of the table', () => {
    const cardinality = (shares: number, rows: number) =>
      accessOf([{ grants: [{ depth: 'user' }] }], { shares, rows }).arms[1]?.cardinality;
    expect([cardinality(150, 0), cardinality(1_500, 1_000_000), cardinality(10_000, 1_000_000)]).toEqual([
      'few',
      'few',
      'many',
    ]);
  });

  test('principals whose statements have the same text share a key, others do not', () => {
    const three = accessOf([
      { grants: [{ depth: 'parent_child' }] },
      { grants: [{ depth: 'business_unit' }], unit: 'u3' },
    ]);
    const four = accessOf([
      { grants: [{ depth: 'parent_child' }] },
      { grants: [{ depth: 'business_unit' }], unit: 'u3' },
      { grants: [{ depth: 'business_unit' }], unit: 'u4' },
    ]);
    const two = accessOf([{ grants: [{ depth: 'parent_child' }] }]);
    expect(three.shapeKey).toBe(four.shapeKey);
    expect(three.shapeKey).not.toBe(two.shapeKey);
    expect(accessOf([{ grants: [{ depth: 'parent_child', when: WON }] }]).shapeKey).not.toBe(two.shapeKey);
  });
});
