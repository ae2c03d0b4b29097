// Random sequences of links, unlinks, deletes and restores from both ends, compared with sets kept in memory: every answer, and
// after each sequence what expands, lists and rollups of both sides show.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { seededRandom } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;

const SIDES = [
  { set: 'clubs', navigation: 'members' },
  { set: 'people', navigation: 'clubs' },
] as const;
const RECORDS = 4;
const SEQUENCES = 12;
const OPERATIONS = 40;

const entity = (name: string, set: string, fields: object): SourceDocument => ({
  kind: 'entity',
  name,
  layer: 'base',
  source: 'test',
  body: {
    ...{ name, set, label: { en: name }, plural_label: { en: set }, ownership: 'organization', title: 'name' },
    fields: { name: { type: 'text' }, ...fields },
  },
});

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const members = { type: 'many', target: 'person', inverse: 'clubs' };
  const count = (relation: string) => ({ type: 'rollup', relation, aggregate: 'count' });
  // Thousands of requests of few kinds, which many.test.ts holds against the OpenAPI document.
  crm = await startCrm({
    promised: false,
    documents: [
      ...shipped,
      entity('club', 'clubs', { members, linked: count('members') }),
      entity('person', 'people', { linked: count('clubs') }),
    ],
  });
});

afterAll(() => crm?.close());

/** The records of both sides by position, what is deleted, and the pairs `club person` that were linked. */
class World {
  readonly ids: readonly (readonly string[])[];
  readonly deleted = new Set<string>();
  readonly pairs = new Set<string>();

  constructor(ids: readonly (readonly string[])[]) {
    this.ids = ids;
  }

  static async make(): Promise<World> {
    const side = (set: string) =>
      Promise.all(
        Array.from({ length: RECORDS }, async (_, n): Promise<string> => (await crm.create(set, { name: `${n}` })).id),
      );
    return new World([await side('clubs'), await side('people')]);
  }

  pair(side: number, own: string, other: string): string {
    return side === 0 ? `${own} ${other}` : `${other} ${own}`;
  }

  /** Ids that a collection of the record shows. */
  shown(side: number, own: string): string[] {
    return (this.ids[1 - side] ?? []).filter(
      (other) => !this.deleted.has(other) && this.pairs.has(this.pair(side, own, other)),
    );
  }
}

interface Step {
  readonly world: World;
  readonly side: 0 | 1;
  readonly own: string;
  readonly other: string;
}

/** Each carries out one operation and returns the status that is expected and the one that came. */
const OPERATION: readonly ((step: Step) => Promise<readonly [number, number]>)[] = [
  async ({ world, side, own, other }) => {
    const { set, navigation } = SIDES[side];
    const url = { '@odata.id': `${SIDES[side === 0 ? 1 : 0].set}(${other})` };
    const { status } = await crm.call(crm.admin, 'POST', `/${set}(${own})/${navigation}/$ref`, url);
    if (world.deleted.has(own)) return [404, status];
    if (world.deleted.has(other)) return [400, status];
    world.pairs.add(world.pair(side, own, other));
    return [204, status];
  },
  async ({ world, side, own, other }) => {
    const { set, navigation } = SIDES[side];
    const { status } = await crm.call(crm.admin, 'DELETE', `/${set}(${own})/${navigation}(${other})/$ref`);
    if (world.deleted.has(own) || world.deleted.has(other)) return [404, status];
    return [world.pairs.delete(world.pair(side, own, other)) ? 204 : 404, status];
  },
  async ({ world, side, own }) => {
    const { status } = await crm.call(crm.admin, 'DELETE', `/${SIDES[side].set}(${own})`);
    if (world.deleted.has(own)) return [404, status];
    world.deleted.add(own);
    return [204, status];
  },
  async ({ world, side, own }) => {
    const { status } = await crm.call(crm.admin, 'POST', `/${SIDES[side].set}(${own})/restore`, {});
    return [world.deleted.delete(own) ? 204 : 409, status];
  },
];

/** Links are twice as likely as the rest, so that there is something to hide. */
const DRAWN = [0, 0, 1, 2, 3];

test.each(Array.from({ length: SEQUENCES }, (_, seed) => seed))('sequence %i', async (seed) => {
  const random = seededRandom(seed + 1);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const world = await World.make();
  for (let step = 0; step < OPERATIONS; step += 1) {
    const side = pick([0, 1] as const);
    const operation = pick(DRAWN);
    const own = pick(world.ids[side] ?? []);
    const other = pick(world.ids[1 - side] ?? []);
    const [expected, status] = await (OPERATION[operation] as (typeof OPERATION)[number])({ world, side, own, other });
    expect([step, operation, status]).toEqual([step, operation, expected]);
  }
  await expectShown(world);
});

async function expectShown(world: World): Promise<void> {
  for (const [side, { set, navigation }] of SIDES.entries()) {
    for (const own of world.ids[side] ?? []) {
      const path = `/${set}(${own})`;
      const expand = `${navigation}($select=id;$orderby=id;$count=true)`;
      const record = await crm.call(crm.admin, 'GET', `${path}?$select=linked&$expand=${expand}`);
      const list = await crm.call(crm.admin, 'GET', `${path}/${navigation}?$select=id&$count=true`);
      if (world.deleted.has(own)) {
        expect([record.status, list.status]).toEqual([404, 404]);
        continue;
      }
      const shown = world.shown(side, own).sort();
      const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();
      expect(idsOf(record.json[navigation])).toEqual(shown);
      expect(idsOf(list.json.value)).toEqual(shown);
      const counts = [record.json.linked, record.json[`${navigation}@odata.count`], list.json['@odata.count']];
      expect(counts).toEqual([shown.length, shown.length, shown.length]);
    }
  }
}
