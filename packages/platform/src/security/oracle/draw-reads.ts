// Reads drawn at random for a world: every way that leads to records.
import { drawCondition } from './draw.ts';
import type { Random } from './random.ts';
import type { ListRead, OrderKey, Read, Shown } from './reads.ts';
import { DIRECTORY, lookupsTo, RECORDS, SCHEMA, schemaOf } from './schema.ts';
import type { World } from './world.ts';

export function drawRead(random: Random, world: World): Read {
  const entity = random.chance(0.9) ? random.pick(RECORDS) : random.pick(DIRECTORY);
  if (random.chance(0.3)) {
    const id = random.pick(idsOf(world, entity));
    return drawBinned(random, world) ?? { op: 'get', entity, id, deleted: false, shown: drawShown(random, entity, 2) };
  }
  if (DIRECTORY.includes(entity)) return plainList(entity);
  const list = random.chance(0.2) ? listWithin(random, world) : plainList(entity);
  const deleted = list.within === null && random.chance(0.15);
  const csv = list.within === null && !deleted && random.chance(0.12);
  return {
    ...{ ...list, deleted, csv },
    filter: random.chance(0.55) ? drawFilter(random, list.entity) : null,
    search: random.chance(0.15) ? random.pick(['anna', 'bolt', 'elm', 'opp']) : null,
    order: drawOrder(random, list.entity),
    skip: random.chance(0.15) ? random.nat(4) : 0,
    top: random.chance(0.15) ? 1 + random.nat(4) : null,
    shown: csv ? JUST_ID : drawShown(random, list.entity, 2),
  };
}

/** A record of the recycle bin, sometimes. */
function drawBinned(random: Random, world: World): Read | null {
  const gone = world.records.filter((record) => record.deleted !== null);
  if (gone.length === 0 || !random.chance(0.25)) return null;
  const { entity, id } = random.pick(gone);
  return { op: 'get', entity, id, deleted: true, shown: drawShown(random, entity, 1) };
}

function drawOrder(random: Random, entity: string): readonly OrderKey[] {
  const keys = random.times(0, random.pick([0, 1, 2]), () => ({
    ...{ path: drawPath(random, entity), descending: random.chance(0.5) },
  }));
  return [...new Map(keys.map((key) => [key.path, key])).values()];
}

/** Ids of records, and one of none. */
export function idsOf(world: World, entity: string): readonly string[] {
  if (entity === 'user') return world.users.map(({ id }) => id);
  if (entity === 'team') return [...world.teams.map(({ id }) => id), NOBODY];
  if (entity === 'business_unit') return world.units.map(({ id }) => id);
  const found = world.records.filter((record) => record.entity === entity).map(({ id }) => id);
  return found.length === 0 ? [NOBODY] : found;
}

export const NOBODY = 'ffffffff-ffff-7fff-8fff-ffffffffffff';

const JUST_ID: Shown = { select: ['id'], filter: null, expand: {} };

/** Every record of an entity that may be read. */
export function plainList(entity: string): ListRead {
  return {
    ...{ op: 'list', entity, within: null, deleted: false, filter: null, search: null, order: [], csv: false },
    ...{ skip: 0, top: null },
    shown: JUST_ID,
  };
}

function listWithin(random: Random, world: World): ListRead {
  const entity = random.pick(RECORDS);
  const collections = collectionsOf(entity);
  const collection = collections.length === 0 ? undefined : random.pick(collections);
  if (collection === undefined) return plainList(entity);
  const id = random.pick(idsOf(world, entity));
  return { ...plainList(collection.target), within: { entity, id, collection: collection.name } };
}

interface Way {
  readonly name: string;
  readonly target: string;
}

export function collectionsOf(entity: string): readonly Way[] {
  const inverse = lookupsTo(entity).map(({ child, lookup }) => ({ name: lookup.inverse, target: child }));
  return [...inverse, ...relationsOf(entity)];
}

/** Many-to-many, from either side. */
export function relationsOf(entity: string): readonly Way[] {
  const own = Object.entries(schemaOf(entity).many).map(([name, { target }]) => ({ name, target }));
  const others = Object.entries(SCHEMA).flatMap(([other, { many }]) =>
    Object.values(many).flatMap(({ target, inverse }) => (target === entity ? [{ name: inverse, target: other }] : [])),
  );
  return [...own, ...others];
}

/** Navigations to one record. */
function lookupWays(entity: string): readonly Way[] {
  const { lookups, ownership } = schemaOf(entity);
  const own = Object.entries(lookups).flatMap(([field, { targets }]) =>
    targets.map((target) => ({ name: targets.length === 1 ? field : `${field}_${target}`, target })),
  );
  const owners = [
    { name: 'owning_user', target: 'user' },
    { name: 'owning_team', target: 'team' },
  ];
  const hasOwner = ownership === 'user' || ownership === 'parent';
  const unit =
    hasOwner || ownership === 'business_unit' ? [{ name: 'owning_business_unit', target: 'business_unit' }] : [];
  return [...own, ...(hasOwner ? owners : []), ...unit, { name: 'created_by', target: 'user' }];
}

function drawShown(random: Random, entity: string, depth: number): Shown {
  const computed = Object.keys(schemaOf(entity).rollups);
  const columns = DIRECTORY.includes(entity) ? [] : ['name', 'stage', 'amount', ...computed];
  const secret = !DIRECTORY.includes(entity) && schemaOf(entity).secured && random.chance(0.12) ? ['secret'] : [];
  const select = ['id', ...random.some(columns, 0.3), ...secret];
  if (depth === 0 || DIRECTORY.includes(entity)) return { select, filter: null, expand: {} };
  const ways = random.some([...lookupWays(entity), ...collectionsOf(entity)], depth === 2 ? 0.15 : 0.1).slice(0, 3);
  const toMany = new Set(collectionsOf(entity).map(({ name }) => name));
  const expand = ways.map(({ name, target }) => {
    const shown = drawShown(random, target, depth - 1);
    const filters = toMany.has(name) && random.chance(0.3);
    return [name, filters ? { ...shown, filter: drawFilter(random, target) } : shown];
  });
  return { select, filter: null, expand: Object.fromEntries(expand) };
}

/** A property, or a path over one or two lookups. */
function drawPath(random: Random, entity: string): string {
  const steps: string[] = [];
  let at = entity;
  while (steps.length < 2 && !DIRECTORY.includes(at) && random.chance(0.55)) {
    const way = random.pick(lookupWays(at));
    steps.push(way.name);
    at = way.target;
  }
  return [...steps, drawProperty(random, at)].join('/');
}

function drawProperty(random: Random, entity: string): string {
  if (DIRECTORY.includes(entity)) return 'id';
  if (schemaOf(entity).secured && random.chance(0.06)) return 'secret';
  return random.pick(['amount', 'amount', 'stage', 'name', ...Object.keys(schemaOf(entity).rollups)]);
}

const TESTS: Readonly<Record<string, readonly string[]>> = {
  amount: ['gt 2', 'le 3', 'eq null', 'ne null', 'ne 4'],
  stage: ["eq 'won'", "ne 'won'", "in ('open', 'lost')", 'eq null'],
  name: ['ne null', 'eq null', "gt 'Bolt'", "lt 'Copper Z'"],
  secret: ['eq null', 'ne null', "eq 'Anna Bolt'"],
  id: ['ne null', 'eq null'],
};
const ROLLUP_TESTS = ['gt 0', 'eq 1', 'eq 0', 'eq null', 'lt 3'];

function drawFilter(random: Random, entity: string): string {
  if (random.chance(0.2)) return drawCondition(random, entity);
  const path = drawPath(random, entity);
  const test = `${path} ${random.pick(TESTS[path.split('/').pop() ?? ''] ?? ROLLUP_TESTS)}`;
  const whole = random.chance(0.25) ? `not (${test})` : test;
  return random.chance(0.2) ? `${whole} ${random.pick(['and', 'or'])} ${drawFilter(random, entity)}` : whole;
}
