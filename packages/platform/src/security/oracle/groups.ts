// `$apply`: numbers made of the records that may be read, and of no others.
import type { Value } from './conditions.ts';
import { passes, pathValue, type Row, readable, Uses } from './shown.ts';
import type { Asker, Stored, World } from './world.ts';

export interface Aggregate {
  /** Null: the records themselves are counted. */
  readonly path: string | null;
  readonly method: 'sum' | 'min' | 'max' | 'countdistinct' | 'count';
  readonly alias: string;
}

export interface GroupRead {
  readonly op: 'groups';
  readonly entity: string;
  readonly deleted: boolean;
  readonly filter: string | null;
  readonly search: string | null;
  readonly keys: readonly string[];
  readonly aggregates: readonly Aggregate[];
}

export function usesOfGroups({ entity, filter, keys, aggregates }: GroupRead): Uses {
  const uses = new Uses();
  uses.entities.add(entity);
  uses.listing(entity, { filter, order: [] });
  for (const path of keys) uses.path(entity, path);
  for (const { path } of aggregates) if (path !== null) uses.path(entity, path);
  return uses;
}

/** One row for each different set of keys; without keys one row, whatever there is. */
export function groupRows(world: World, me: Asker, read: GroupRead): readonly Row[] {
  const { entity, deleted, filter, search, keys, aggregates } = read;
  const records = readable(world, me, entity, deleted).filter(
    (record) =>
      (search === null || record.name.toLowerCase().includes(search.toLowerCase())) &&
      passes(world, me, record, filter),
  );
  const groups = new Map<string, Stored[]>(keys.length === 0 ? [['[]', []]] : []);
  for (const record of records) {
    const key = JSON.stringify(keys.map((path) => pathValue(world, me, record, path)));
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups].map(([key, members]) => {
    const values: readonly Value[] = JSON.parse(key);
    const named = keys.map((path, n) => [path, values[n] ?? null] as const);
    return Object.fromEntries([
      ...named,
      ...aggregates.map((each) => [each.alias, aggregated(members, each)] as const),
    ]);
  });

  function aggregated(members: readonly Stored[], { path, method }: Aggregate): Value {
    if (path === null) return members.length;
    const found = members.map((record) => pathValue(world, me, record, path)).filter((value) => value !== null);
    return METHODS[method](found);
  }
}

const METHODS: Readonly<Record<Aggregate['method'], (values: readonly NonNullable<Value>[]) => Value>> = {
  count: (values) => values.length,
  countdistinct: (values) => new Set(values).size,
  sum: (values) => (values.length === 0 ? null : values.reduce<number>((sum, value) => sum + Number(value), 0)),
  min: (values) => (values.length === 0 ? null : Math.min(...values.map(Number))),
  max: (values) => (values.length === 0 ? null : Math.max(...values.map(Number))),
};
