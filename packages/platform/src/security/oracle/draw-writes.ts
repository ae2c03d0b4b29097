// Writes drawn at random for a world: each operation of the page on rights, on records that are there, hidden, deleted or none.

import type { DeepNode, DeepWrite } from './deep.ts';
import { drawName, idOf } from './draw.ts';
import { collectionsOf, lookupWays, relationsOf } from './draw-filters.ts';
import { idsOf, NOBODY } from './draw-reads.ts';
import type { Random } from './random.ts';
import { DIRECTORY, lookupsTo, RECORDS, relationOf, STAGES, schemaOf } from './schema.ts';
import { lookupOf } from './ways.ts';
import { PRIVILEGES, type Right, type Target, type World } from './world.ts';
import type { CreateWrite, UpdateWrite, Values, Write } from './writes.ts';

type Draw = (random: Random, world: World) => Write;

const DRAWS: readonly (readonly [weight: number, Draw])[] = [
  [5, drawCreate],
  [7, drawUpdate],
  [2, drawAssign],
  [2, drawDelete],
  [2, drawRestore],
  [3, drawShare],
  [2, drawLink],
  [2, drawHandOver],
  [3, drawDeep],
];

export function drawWrite(random: Random, world: World): Write {
  const all = DRAWS.flatMap(([weight, draw]) => Array<Draw>(weight).fill(draw));
  return random.pick(all)(random, world);
}

const USER_OWNED = RECORDS.filter((entity) => schemaOf(entity).ownership !== 'organization');

function drawCreate(random: Random, world: World, entity = random.pick(RECORDS)): CreateWrite {
  const fields = Object.entries(schemaOf(entity).lookups).filter(
    ([field]) => field === schemaOf(entity).parent || random.chance(0.5),
  );
  const lookups = fields.map(([field, { targets }]) => [field, drawTarget(random, world, targets)]);
  return {
    ...{ op: 'create', entity, id: idOf(entity, 900 + random.nat(1000)), values: drawValues(random, entity, true) },
    owner: random.chance(0.4) ? drawOwner(random, world, entity) : null,
    lookups: Object.fromEntries(lookups),
    ...(random.chance(0.2) ? { creator: random.pick(idsOf(world, 'user')) } : {}),
  };
}

function drawHandOver(random: Random, world: World): Write {
  const owner = random.pick([...idsOf(world, 'user'), ...idsOf(world, 'team')]);
  return { op: 'hand_over', entity: 'user', id: random.pick(idsOf(world, 'user')), owner };
}

function drawDeep(random: Random, world: World): DeepWrite {
  // None that an earlier write of the same world has taken.
  const taken = { n: 2_000 + 40 * world.records.length };
  const node = drawNode(random, world, { entity: random.pick(RECORDS), without: null, depth: 2, taken });
  return { op: 'deep', entity: node.create.entity, id: node.create.id, node };
}

interface NodePlace {
  readonly entity: string;
  /** The lookup that is given by where the record stands. */
  readonly without: string | null;
  readonly depth: number;
  /** The number of the last new record. */
  readonly taken: { n: number };
}

function drawNode(random: Random, world: World, { entity, without, depth, taken }: NodePlace): DeepNode {
  taken.n += 1;
  const number = taken.n;
  const drawn = drawCreate(random, world, entity);
  const ways = depth === 0 ? [] : random.some([...lookupWays(entity), ...collectionsOf(entity)], 0.25);
  const nested = ways.flatMap(({ name, target }) => {
    if (DIRECTORY.includes(target)) return [];
    const lookup = lookupOf(entity, name);
    if (lookup !== null && lookup.field === without) return [];
    const field =
      lookupsTo(entity).find((item) => item.child === target && item.lookup.inverse === name)?.field ?? null;
    const most = lookup !== null ? 1 : 2;
    const below = lookup !== null || relationOf(entity, name) !== null ? null : field;
    const place = { entity: target, without: below, depth: depth - 1, taken };
    return [{ navigation: name, records: random.times(1, most, () => drawNode(random, world, place)) }];
  });
  // One navigation for each lookup: those over several targets exclude each other.
  const fields = nested.map(({ navigation }) => lookupOf(entity, navigation)?.field ?? navigation);
  const kept = nested.filter((_, at) => fields.indexOf(fields[at] ?? '') === at);
  const given = new Set([...kept.map(({ navigation }) => lookupOf(entity, navigation)?.field), without]);
  const lookups = Object.entries(drawn.lookups).filter(([field]) => !given.has(field));
  const create = { ...drawn, id: idOf(entity, number), lookups: Object.fromEntries(lookups) };
  return { create, nested: kept };
}

function drawUpdate(random: Random, world: World): UpdateWrite {
  const entity = random.pick(RECORDS);
  const { lookups, parent } = schemaOf(entity);
  const start = { op: 'update' as const, entity, id: random.pick(idsOf(world, entity)), owner: null };
  // One property alone can be written as a resource of its own.
  if (random.chance(0.2)) {
    const { name, stage = null, amount = null, secret } = drawValues(random, entity, true);
    const one = random.pick([
      { name: name ?? '' },
      { stage },
      { amount },
      secret === undefined ? { stage } : { secret },
    ]);
    return { ...start, values: one, lookups: {} };
  }
  const fields = random.some(Object.entries(lookups), 0.4);
  const named = fields.map(([field, { targets }]) => {
    const clears = field !== parent && random.chance(0.35);
    return [field, clears ? null : drawTarget(random, world, targets)];
  });
  return {
    ...start,
    values: random.chance(0.6) || named.length === 0 ? drawValues(random, entity, false) : {},
    owner: random.chance(0.35) ? drawOwner(random, world, entity) : null,
    lookups: Object.fromEntries(named),
  };
}

function drawValues(random: Random, entity: string, isNew: boolean): Values {
  const secret = schemaOf(entity).secured && random.chance(0.12) ? { secret: drawName(random) } : {};
  return {
    ...(isNew || random.chance(0.5) ? { name: drawName(random) } : {}),
    ...{ stage: random.pick([...STAGES, null]), amount: random.chance(0.3) ? null : random.nat(6) },
    ...secret,
  };
}

function drawTarget(random: Random, world: World, targets: readonly string[]): Target {
  const entity = random.pick(targets);
  return { entity, id: random.chance(0.05) ? NOBODY : random.pick(idsOf(world, entity)) };
}

/** Null: none can be named. */
function drawOwner(random: Random, world: World, entity: string): string | null {
  const { ownership } = schemaOf(entity);
  if (ownership === 'business_unit') return random.pick(idsOf(world, 'business_unit'));
  if (ownership !== 'user') return null;
  return random.pick([...idsOf(world, 'user'), ...idsOf(world, 'team')]);
}

const ASSIGNED = RECORDS.filter((entity) => ['user', 'business_unit'].includes(schemaOf(entity).ownership));

function drawAssign(random: Random, world: World): Write {
  const entity = random.pick(ASSIGNED);
  const owner = drawOwner(random, world, entity) ?? NOBODY;
  return { op: 'assign', entity, id: random.pick(idsOf(world, entity)), owner };
}

function drawDelete(random: Random, world: World): Write {
  const entity = random.pick(RECORDS);
  return { op: 'delete', entity, id: random.pick(idsOf(world, entity)) };
}

/** Of a deleted record mostly. */
function drawRestore(random: Random, world: World): Write {
  const gone = world.records.filter((record) => record.deleted !== null);
  if (gone.length === 0 || random.chance(0.1)) return { ...drawDelete(random, world), op: 'restore' } as Write;
  const { entity, id } = random.pick(gone);
  return { op: 'restore', entity, id };
}

const RIGHTS = PRIVILEGES.filter((name): name is Right => name !== 'create');

function drawShare(random: Random, world: World): Write {
  const op = random.pick(['share', 'share', 'modify', 'revoke'] as const);
  const rights = op === 'revoke' ? [] : [random.pick(RIGHTS), ...random.some(RIGHTS, 0.2)];
  if (op !== 'share' && world.shares.length > 0 && random.chance(0.8)) {
    const { entity, record, principal } = random.pick(world.shares);
    return { op, entity, id: record, principal, rights: [...new Set(rights)] };
  }
  const entity = random.pick(USER_OWNED);
  const principal = random.pick([...idsOf(world, 'user'), ...idsOf(world, 'team')]);
  return { op, entity, id: random.pick(idsOf(world, entity)), principal, rights: [...new Set(rights)] };
}

const LINKED = RECORDS.filter((entity) => relationsOf(entity).length > 0);

function drawLink(random: Random, world: World): Write {
  const entity = random.pick(LINKED);
  const { name, target } = random.pick(relationsOf(entity));
  const op = random.pick(['link', 'unlink'] as const);
  const collection = name;
  const [id, other] = [random.pick(idsOf(world, entity)), random.pick(idsOf(world, target))];
  return { op, entity, id, collection, other };
}
