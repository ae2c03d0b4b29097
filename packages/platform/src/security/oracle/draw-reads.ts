// Reads drawn at random for a world: every way that leads to records.
import { collectionsOf, drawFilter, drawListing, drawSteps, lookupWays } from './draw-filters.ts';
import type { Aggregate, GroupRead } from './groups.ts';
import type { Random } from './random.ts';
import type { ListRead, PartRead, Read } from './reads.ts';
import { DIRECTORY, RECORDS, schemaOf } from './schema.ts';
import { ALL, type Expanded, type Shown } from './shown.ts';
import type { World } from './world.ts';

type Draw = (random: Random, world: World) => Read;

const DRAWS: readonly (readonly [weight: number, Draw])[] = [
  [10, drawList],
  [2, drawListOfRecord],
  [3, drawRecord],
  [3, drawPart],
  [3, drawGroups],
];

export function drawRead(random: Random, world: World): Read {
  const all = DRAWS.flatMap(([weight, draw]) => Array<Draw>(weight).fill(draw));
  return random.pick(all)(random, world);
}

function drawEntity(random: Random): string {
  return random.chance(0.9) ? random.pick(RECORDS) : random.pick(DIRECTORY);
}

function drawRecord(random: Random, world: World): Read {
  const gone = world.records.filter((record) => record.deleted !== null);
  if (gone.length > 0 && random.chance(0.25)) {
    const { entity, id } = random.pick(gone);
    return { op: 'get', entity, id, deleted: true, shown: withoutReferences(drawShown(random, entity, 1)) };
  }
  const entity = drawEntity(random);
  const id = random.pick(idsOf(world, entity));
  return { op: 'get', entity, id, deleted: false, shown: drawShown(random, entity, 3) };
}

function drawList(random: Random): Read {
  const entity = drawEntity(random);
  if (DIRECTORY.includes(entity)) return plainList(entity);
  const as = random.chance(0.12) ? 'csv' : 'records';
  const deleted = as === 'records' && random.chance(0.15);
  const drawn = as === 'csv' ? JUST_ID : drawShown(random, entity, 3);
  const shown = deleted ? withoutReferences(drawn) : drawn;
  return { ...plainList(entity), ...drawListing(random, entity, 0.6), as, deleted, shown };
}

/** Collections of deleted records have no references. */
function withoutReferences({ select, expand }: Shown): Shown {
  const records = Object.entries(expand).filter(([, { as }]) => as !== 'references');
  return { select, expand: Object.fromEntries(records) };
}

/** The collection of a record, or of one that lookups lead to. */
function drawListOfRecord(random: Random, world: World): Read {
  const entity = random.pick(RECORDS);
  const { steps, end } = drawSteps(random, entity, 2, 0.3);
  const collections = DIRECTORY.includes(end) ? [] : collectionsOf(end);
  if (collections.length === 0) return plainList(entity);
  const { name, target } = random.pick(collections);
  const as = random.chance(0.4) ? 'references' : 'records';
  const within = { entity, id: random.pick(idsOf(world, entity)), steps, collection: name };
  const shown = as === 'references' ? JUST_ID : drawShown(random, target, 2);
  return { ...plainList(target), ...drawListing(random, target, 0.4), as, within, shown };
}

function drawPart(random: Random, world: World): PartRead {
  const entity = random.pick(RECORDS);
  const { steps, end } = drawSteps(random, entity, 2, 0.4);
  const start = { op: 'part' as const, entity, id: random.pick(idsOf(world, entity)), steps };
  const { secured, rollups } = schemaOf(end);
  if (DIRECTORY.includes(end) || random.chance(0.5)) {
    const own = ['name', 'stage', 'amount', ...Object.keys(rollups), ...(secured ? ['secret'] : [])];
    const name = DIRECTORY.includes(end) ? 'id' : random.pick(own);
    return { ...start, part: { kind: 'property', name, raw: random.chance(0.4) } };
  }
  const { name: navigation, target } = random.pick(lookupWays(end));
  if (random.chance(0.5)) return { ...start, part: { kind: 'reference', navigation } };
  return { ...start, part: { kind: 'record', navigation, shown: drawShown(random, target, 1) } };
}

function drawGroups(random: Random): GroupRead {
  const entity = random.pick(RECORDS);
  const keys = random.times(0, 2, () => drawKey(random, entity));
  const drawn = random.times(1, 3, (n) => drawAggregate(random, entity, `a${n}`));
  return {
    ...{ op: 'groups', entity, deleted: random.chance(0.1), keys: [...new Set(keys)] },
    filter: random.chance(0.5) ? drawFilter(random, entity) : null,
    search: random.chance(0.15) ? random.pick(['anna', 'bolt', 'elm']) : null,
    aggregates: drawn,
  };
}

function drawKey(random: Random, entity: string): string {
  const { steps, end } = drawSteps(random, entity, 2, 0.5);
  const { secured, rollups } = schemaOf(end);
  const own = [
    'stage',
    'amount',
    'name',
    ...Object.keys(rollups),
    ...(secured && random.chance(0.2) ? ['secret'] : []),
  ];
  return [...steps, DIRECTORY.includes(end) ? 'id' : random.pick(own)].join('/');
}

function drawAggregate(random: Random, entity: string, alias: string): Aggregate {
  if (random.chance(0.3)) return { path: null, method: 'count', alias };
  const { steps, end } = drawSteps(random, entity, 1, 0.4);
  if (DIRECTORY.includes(end)) return { path: [...steps, 'id'].join('/'), method: 'countdistinct', alias };
  const { rollups, secured } = schemaOf(end);
  const at = (name: string): string => [...steps, name].join('/');
  if (secured && random.chance(0.08)) return { path: at('secret'), method: 'countdistinct', alias };
  if (random.chance(0.25)) return { path: at(random.pick(['stage', 'name'])), method: 'countdistinct', alias };
  const method = random.pick(['sum', 'min', 'max', 'countdistinct'] as const);
  return { path: at(random.pick(['amount', 'amount', ...Object.keys(rollups)])), method, alias };
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

const JUST_ID: Shown = { select: ['id'], expand: {} };

/** Every record of an entity that may be read. */
export function plainList(entity: string): ListRead {
  return { op: 'list', entity, within: null, deleted: false, as: 'records', ...ALL, shown: JUST_ID };
}

function drawShown(random: Random, entity: string, depth: number): Shown {
  const computed = Object.keys(schemaOf(entity).rollups);
  const columns = DIRECTORY.includes(entity) ? [] : ['name', 'stage', 'amount', ...computed];
  const secret = !DIRECTORY.includes(entity) && schemaOf(entity).secured && random.chance(0.1) ? ['secret'] : [];
  const select = ['id', ...random.some(columns, 0.3), ...secret];
  if (depth === 0 || DIRECTORY.includes(entity)) return { select, expand: {} };
  const toMany = collectionsOf(entity);
  const ways = random.some([...lookupWays(entity), ...toMany], [0, 0.1, 0.12, 0.14][depth] ?? 0.1).slice(0, 3);
  const expand = ways.map(({ name, target }) => {
    const isCollection = toMany.some((way) => way.name === name);
    return [name, drawExpanded(random, target, depth - 1, isCollection)];
  });
  return { select, expand: Object.fromEntries(expand) };
}

function drawExpanded(random: Random, target: string, depth: number, isCollection: boolean): Expanded {
  const listing = isCollection && random.chance(0.5) ? drawListing(random, target, 0.4) : ALL;
  const roll = random.nat(10);
  const as = roll === 0 ? 'references' : roll === 1 && isCollection ? 'number' : 'records';
  const shown = as === 'records' ? drawShown(random, target, depth) : JUST_ID;
  const counted = as !== 'number' && isCollection && random.chance(0.25);
  const { filter, search } = listing;
  return { ...shown, ...(as === 'number' ? { ...ALL, filter, search } : listing), as, counted };
}
