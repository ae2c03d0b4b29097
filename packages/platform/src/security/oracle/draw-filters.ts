// Conditions, paths and orders of reads drawn at random, over every way that leads from record to record.
import { drawCondition } from './draw.ts';
import type { Random } from './random.ts';
import { DIRECTORY, lookupsTo, SCHEMA, schemaOf } from './schema.ts';
import type { Listing, OrderKey } from './shown.ts';

export interface Way {
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
export function lookupWays(entity: string): readonly Way[] {
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

export interface Lookups {
  readonly steps: readonly string[];
  readonly end: string;
}

/** Over up to `most` lookups. */
export function drawSteps(random: Random, entity: string, most: number, probability: number): Lookups {
  const steps: string[] = [];
  let end = entity;
  while (steps.length < most && !DIRECTORY.includes(end) && random.chance(probability)) {
    const ways = lookupWays(end);
    const { name, target } = random.pick(ways);
    steps.push(name);
    end = target;
  }
  return { steps, end };
}

/** A property, or a path over one or two lookups. */
function drawPath(random: Random, entity: string): string {
  const { steps, end } = drawSteps(random, entity, 2, 0.55);
  const { secured, rollups } = schemaOf(end);
  const computed = Object.keys(rollups);
  const own = DIRECTORY.includes(end)
    ? ['id']
    : ['name', 'stage', 'amount', ...computed, ...(secured && random.chance(0.2) ? ['secret'] : [])];
  return [...steps, random.pick(own)].join('/');
}

export function drawOrder(random: Random, entity: string): readonly OrderKey[] {
  const keys = random.times(0, random.pick([0, 1, 2]), () => {
    const counted = random.chance(0.15) ? drawCollection(random, entity) : null;
    const path = counted === null ? drawPath(random, entity) : `${counted.path}/$count`;
    return { path, descending: random.chance(0.5) };
  });
  return [...new Map(keys.map((key) => [key.path, key])).values()];
}

/** A collection, perhaps of a record that a lookup leads to; null where there is none. */
function drawCollection(random: Random, entity: string): { readonly path: string; readonly target: string } | null {
  const { steps, end } = drawSteps(random, entity, 1, 0.3);
  const collections = DIRECTORY.includes(end) ? [] : collectionsOf(end);
  if (collections.length === 0) return null;
  const { name, target } = random.pick(collections);
  return { path: [...steps, name].join('/'), target };
}

const TESTS: Readonly<Record<string, readonly string[]>> = {
  amount: ['gt 2', 'le 3', 'eq null', 'ne null', 'ne 4'],
  stage: ["eq 'won'", "ne 'won'", "in ('open', 'lost')", 'eq null'],
  name: ['ne null', 'eq null', "gt 'Bolt'", "lt 'Copper Z'"],
  secret: ['eq null', 'ne null', "eq 'Anna Bolt'"],
  id: ['ne null', 'eq null'],
};
const ROLLUP_TESTS = ['gt 0', 'eq 1', 'eq 0', 'eq null', 'lt 3'];

export function drawFilter(random: Random, entity: string): string {
  if (random.chance(0.2)) return drawCondition(random, entity);
  const lambda = random.chance(0.3) ? drawLambda(random, { entity, prefix: '', depth: 0 }) : null;
  const test = lambda ?? drawTest(random, entity, '');
  const whole = random.chance(0.25) ? `not (${test})` : test;
  return random.chance(0.2) ? `${whole} ${random.pick(['and', 'or'])} ${drawFilter(random, entity)}` : whole;
}

function drawTest(random: Random, entity: string, prefix: string): string {
  const path = drawPath(random, entity);
  return `${prefix}${path} ${random.pick(TESTS[path.split('/').pop() ?? ''] ?? ROLLUP_TESTS)}`;
}

interface Begin {
  readonly entity: string;
  /** `x/` in a condition on members `x`. */
  readonly prefix: string;
  readonly depth: number;
}

/** A question about a collection; null where there is none. */
function drawLambda(random: Random, { entity, prefix, depth }: Begin): string | null {
  const collection = drawCollection(random, entity);
  if (collection === null) return null;
  const path = prefix + collection.path;
  if (random.chance(0.25)) return `${path}/$count ${random.pick(ROLLUP_TESTS)}`;
  if (random.chance(0.2)) return `${path}/any()`;
  const variable = 'xyz'[depth] ?? 'w';
  const begin = { entity: collection.target, prefix: `${variable}/`, depth: depth + 1 };
  const inner = depth < 2 && random.chance(0.25) ? drawLambda(random, begin) : null;
  const test = inner ?? drawTest(random, collection.target, begin.prefix);
  const beside = random.chance(0.15) ? ` ${random.pick(['and', 'or'])} ${variable}/amount ge 2` : '';
  const more = DIRECTORY.includes(collection.target) ? '' : beside;
  return `${path}/${random.pick(['any', 'all'])}(${variable}:${test}${more})`;
}

/** Some records of a list, in some order; mostly all of them as they come. */
export function drawListing(random: Random, entity: string, filtered: number): Listing {
  return {
    filter: random.chance(filtered) ? drawFilter(random, entity) : null,
    search: random.chance(0.12) ? random.pick(['anna', 'bolt', 'elm', 'opp']) : null,
    order: drawOrder(random, entity),
    skip: random.chance(0.15) ? random.nat(4) : 0,
    top: random.chance(0.15) ? 1 + random.nat(4) : null,
  };
}
