// What reads show of records, and what conditions of reads find in them: only records that may be read, whatever way leads to them;
// the paths to others are null, and no collection has them.
import { asking, may } from './access.ts';
import { holds, pathsOf, type Subject, type Value } from './conditions.ts';
import { recordsOf } from './records.ts';
import { collected, followed, isToOne, readProperty, targetEntity } from './ways.ts';
import { type Asker, type Stored, userOf, type World } from './world.ts';

export interface OrderKey {
  readonly path: string;
  readonly descending: boolean;
}

/** Which records of a list, in which order, from which one and how many. */
export interface Listing {
  readonly filter: string | null;
  readonly search: string | null;
  readonly order: readonly OrderKey[];
  readonly skip: number;
  readonly top: number | null;
}

/** What of a record is shown, and what beside it. */
export interface Shown {
  readonly select: readonly string[];
  readonly expand: Readonly<Record<string, Expanded>>;
}

/** What a navigation shows; a listing is of collections only. */
export interface Expanded extends Listing, Shown {
  readonly as: 'records' | 'references' | 'number';
  /** How many there are without `skip` and `top`, beside them. */
  readonly counted: boolean;
}

export type Row = { readonly [name: string]: Value | Row | null | readonly Row[] };

export const ALL: Listing = { filter: null, search: null, order: [], skip: 0, top: null };

export function shownRecord(world: World, me: Asker, record: Stored, { select, expand }: Shown): Row {
  const row: Record<string, Row[string]> = {};
  for (const name of select) row[name] = readProperty(world, me, record, name);
  for (const [navigation, expanded] of Object.entries(expand)) {
    if (isToOne(record.entity, navigation))
      row[navigation] = shownTarget(world, me, followed(world, me, record, navigation), expanded);
    else Object.assign(row, shownCollection(world, me, record, navigation, expanded));
  }
  return row;
}

function shownTarget(world: World, me: Asker, target: Stored | null, expanded: Expanded): Row | null {
  if (target === null) return null;
  return expanded.as === 'references' ? { id: target.id } : shownRecord(world, me, target, expanded);
}

function shownCollection(world: World, me: Asker, record: Stored, navigation: string, expanded: Expanded): Row {
  const all = listed(world, me, collected(world, me, record, navigation), expanded);
  const count = { [`${navigation}@odata.count`]: all.length };
  if (expanded.as === 'number') return count;
  const rows = pageOf(all, expanded).map((item) =>
    expanded.as === 'references' ? { id: item.id } : shownRecord(world, me, item, expanded),
  );
  return { [navigation]: rows, ...(expanded.counted ? count : {}) };
}

export function pageOf<T>(all: readonly T[], { skip, top }: Pick<Listing, 'skip' | 'top'>): readonly T[] {
  return all.slice(skip, top === null ? undefined : skip + top);
}

/** Those of the records that pass, in order. */
export function listed(
  world: World,
  me: Asker,
  records: readonly Stored[],
  { filter, search, order }: Listing,
): readonly Stored[] {
  const found = records.filter(
    (record) =>
      (search === null || record.name.toLowerCase().includes(search.toLowerCase())) &&
      passes(world, me, record, filter),
  );
  return inOrder(found, order, (item, path) => pathValue(world, me, item, path));
}

/** A record as a condition of a read finds it. */
export function subjectOf(world: World, me: Asker, record: Stored): Subject {
  return {
    value: (path) => pathValue(world, me, record, path),
    members: (path) => membersAt(world, me, record, path).map((member) => subjectOf(world, me, member)),
  };
}

export function passes(world: World, me: Asker, record: Stored, filter: string | null): boolean {
  return filter === null || holds(filter, subjectOf(world, me, record), asking(world, userOf(me)));
}

/** A path's value: null where a record on the way may not be read. */
export function pathValue(world: World, me: Asker, record: Stored, path: string): Value {
  const steps = path.split('/');
  const property = steps.pop() ?? '';
  if (property === '$count') return membersAt(world, me, record, steps.join('/')).length;
  const end = recordAt(world, me, record, steps);
  return end === null ? null : readProperty(world, me, end, property);
}

/** The record that lookups lead to, if it and all on the way may be read. */
export function recordAt(world: World, me: Asker, record: Stored, steps: readonly string[]): Stored | null {
  let at: Stored | null = record;
  for (const step of steps) {
    if (at === null) return null;
    at = followed(world, me, at, step);
  }
  return at;
}

/** The records of the collection at the end of a path: none where a record on the way may not be read. */
function membersAt(world: World, me: Asker, record: Stored, path: string): readonly Stored[] {
  const steps = path.split('/');
  const collection = steps.pop() ?? '';
  const end = recordAt(world, me, record, steps);
  return end === null ? [] : collected(world, me, end, collection);
}

/** Nulls first ascending and last descending; equal keys by id, in the direction of the last key. */
function inOrder(
  records: readonly Stored[],
  order: readonly OrderKey[],
  value: (record: Stored, path: string) => Value,
): readonly Stored[] {
  const compare = (a: Value, b: Value): number => {
    if (a === null || b === null) return Number(a !== null) - Number(b !== null);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const keyed = records.map((record) => ({ record, keys: order.map(({ path }) => value(record, path)) }));
  keyed.sort((a, b) => {
    for (const [n, { descending }] of order.entries()) {
      const found = compare(a.keys[n] ?? null, b.keys[n] ?? null);
      if (found !== 0) return descending ? -found : found;
    }
    const last = compare(a.record.id, b.record.id);
    return order.at(-1)?.descending ? -last : last;
  });
  return keyed.map(({ record }) => record);
}

/** The records of an entity that are there for who asks, those of the recycle bin instead if `deleted`. */
export function readable(world: World, me: Asker, entity: string, deleted: boolean): readonly Stored[] {
  return recordsOf(world, entity).filter(
    (record) =>
      (record.deleted !== null) === deleted &&
      may(world, me, 'read', record) &&
      (!deleted || may(world, me, 'delete', record)),
  );
}

/** Entities whose records a read uses, and properties that it names. */
export class Uses {
  readonly entities = new Set<string>();
  readonly named: { readonly entity: string; readonly property: string }[] = [];

  path(entity: string, path: string): void {
    const steps = path.split('/');
    const property = steps.pop() ?? '';
    let at = entity;
    for (const step of steps) {
      at = targetEntity(at, step);
      this.entities.add(at);
    }
    if (property !== '$count') this.named.push({ entity: at, property });
  }

  listing(entity: string, { filter, order }: Pick<Listing, 'filter' | 'order'>): void {
    for (const path of filter === null ? [] : pathsOf(filter)) this.path(entity, path);
    for (const { path } of order) this.path(entity, path);
  }

  shown(entity: string, { select, expand }: Shown): void {
    this.entities.add(entity);
    for (const property of select) this.named.push({ entity, property });
    for (const [navigation, expanded] of Object.entries(expand)) {
      const target = targetEntity(entity, navigation);
      this.shown(target, expanded);
      this.listing(target, expanded);
    }
  }
}
