// What reads show: only records that may be read, whatever way leads to them; the paths to others are null.
import { asking, granted, hasCapability, may, permits, propertyOf, targetOf } from './access.ts';
import { type Answer, NOT_FOUND, OK, refusal } from './answers.ts';
import { holds, pathsOf, type Value } from './conditions.ts';
import { liveRecord, recordsOf, visible } from './records.ts';
import { lookupsTo, relationOf, schemaOf } from './schema.ts';
import { type Asker, type Stored, userOf, type World } from './world.ts';

/** What of a record is shown, and what beside it. */
export interface Shown {
  readonly select: readonly string[];
  readonly expand: Readonly<Record<string, Shown>>;
}

export interface ListRead {
  readonly op: 'list';
  readonly entity: string;
  /** The collection of one record instead of all: `/accounts(ID)/notes`. */
  readonly within: { readonly entity: string; readonly id: string; readonly collection: string } | null;
  readonly deleted: boolean;
  readonly filter: string | null;
  readonly search: string | null;
  readonly order: { readonly path: string; readonly descending: boolean } | null;
  readonly shown: Shown;
  /** As one CSV file. */
  readonly csv: boolean;
}

export interface RecordRead {
  readonly op: 'get';
  readonly entity: string;
  readonly id: string;
  readonly shown: Shown;
}

export type Read = ListRead | RecordRead;
export type Row = { readonly [name: string]: Value | Row | null | readonly Row[] };

/** What is answered, with the rows where it is `ok`: one of a record, all of a list in order. */
export function answerRead(world: World, me: Asker, read: Read): { readonly answer: Answer; readonly rows: Row[] } {
  const refused = refusedRead(world, me, read);
  if (refused !== null) return { answer: refused, rows: [] };
  const show = (record: Stored): Row => shownRecord(world, me, record, read.shown);
  if (read.op === 'get') {
    const record = visible(world, me, read.entity, read.id);
    return record === null ? { answer: NOT_FOUND, rows: [] } : { answer: OK, rows: [show(record)] };
  }
  const { within } = read;
  if (within !== null && visible(world, me, within.entity, within.id) === null) return { answer: NOT_FOUND, rows: [] };
  return { answer: OK, rows: listed(world, me, read).map(show) };
}

/** No privilege at any depth on an entity whose records would be used, or a secured field that is named. */
function refusedRead(world: World, me: Asker, read: Read): Answer | null {
  const used = new Set<string>();
  const named: { entity: string; property: string }[] = [];
  useShown(read.entity, read.shown, used, named);
  if (read.op === 'list') {
    if (read.within !== null) used.add(read.within.entity);
    for (const path of pathsIn(read)) usePath(read.entity, path, used, named);
  }
  const checks = [...used].map((entity) => ({
    ...{ entity, privilege: 'read' as const, held: granted(world, me, 'read', entity) },
  }));
  const bin = { entity: read.entity, privilege: 'delete' as const };
  const wantsBin = read.op === 'list' && read.deleted;
  const missing = refusal([...checks, { ...bin, held: !wantsBin || granted(world, me, 'delete', read.entity) }]);
  const secured = named.some(({ entity, property }) => property === 'secret' && !permits(world, me, entity, 'read'));
  const csv = read.op === 'list' && read.csv && !hasCapability(world, me, 'export');
  const all: Answer[] = [
    ...(csv ? [{ kind: 'capability', name: 'export' } as const] : []),
    ...(missing === null ? [] : [missing]),
    ...(secured ? [{ kind: 'secured' } as const] : []),
  ];
  return all.length === 0 ? null : all.length === 1 ? (all[0] ?? null) : { kind: 'any', of: all };
}

function pathsIn({ filter, order }: ListRead): readonly string[] {
  return [...(filter === null ? [] : pathsOf(filter)), ...(order === null ? [] : [order.path])];
}

function useShown(entity: string, { select, expand }: Shown, used: Set<string>, named: Named[]): void {
  used.add(entity);
  for (const property of select) named.push({ entity, property });
  for (const [navigation, shown] of Object.entries(expand)) {
    useShown(targetEntity(entity, navigation), shown, used, named);
  }
}

type Named = { entity: string; property: string };

function usePath(entity: string, path: string, used: Set<string>, named: Named[]): void {
  const steps = path.split('/');
  const property = steps.pop() ?? '';
  let at = entity;
  for (const step of steps) {
    at = targetEntity(at, step);
    used.add(at);
  }
  named.push({ entity: at, property });
}

/** A lookup with several targets has one navigation per target: `on_account`. */
function lookupOf(entity: string, navigation: string): { readonly field: string; readonly target: string } | null {
  for (const [field, { targets }] of Object.entries(schemaOf(entity).lookups)) {
    if (targets.length === 1 && field === navigation) return { field, target: targets[0] ?? '' };
    const target = targets.find((name) => targets.length > 1 && `${field}_${name}` === navigation);
    if (target !== undefined) return { field, target };
  }
  return null;
}

function targetEntity(entity: string, navigation: string): string {
  const lookup = lookupOf(entity, navigation);
  if (lookup !== null) return lookup.target;
  if (SYSTEM[navigation] !== undefined) return SYSTEM[navigation].target;
  const inverse = lookupsTo(entity).find((item) => item.lookup.inverse === navigation);
  const target = inverse?.child ?? relationOf(entity, navigation)?.target;
  if (target === undefined) throw new Error(`${entity} has no navigation ${navigation}`);
  return target;
}

const SYSTEM: Readonly<Record<string, { readonly property: string; readonly target: string }>> = {
  owning_user: { property: 'owner_id', target: 'user' },
  owning_team: { property: 'owner_id', target: 'team' },
  owning_business_unit: { property: 'owning_business_unit_id', target: 'business_unit' },
  created_by: { property: 'created_by_id', target: 'user' },
};

/** The one record that a navigation leads to, if it may be read. */
function followed(world: World, me: Asker, record: Stored, navigation: string): Stored | null {
  const system = SYSTEM[navigation];
  if (system !== undefined) {
    const id = propertyOf(world, record, system.property);
    return id === null ? null : visible(world, me, system.target, String(id));
  }
  const lookup = lookupOf(record.entity, navigation);
  const target = lookup === null ? null : targetOf(world, record.lookups[lookup.field] ?? null);
  if (target === null || target.entity !== lookup?.target) return null;
  return visible(world, me, target.entity, target.id);
}

const isToOne = (entity: string, navigation: string): boolean =>
  lookupOf(entity, navigation) !== null || SYSTEM[navigation] !== undefined;

/** The readable records of a collection, by id. */
function collected(world: World, me: Asker, record: Stored, collection: string): readonly Stored[] {
  const leading = lookupsTo(record.entity).filter(({ lookup }) => lookup.inverse === collection);
  const inverse = leading.flatMap(({ child, field }) =>
    recordsOf(world, child).filter((item) => {
      const target = item.lookups[field] ?? null;
      return target !== null && target.entity === record.entity && target.id === record.id;
    }),
  );
  const relation = relationOf(record.entity, collection);
  const linked =
    relation === null
      ? []
      : world.links
          .filter(({ entity, field }) => entity === relation.entity && field === relation.field)
          .flatMap(({ own, other }) => {
            const [here, there] = relation.forward ? [own, other] : [other, own];
            return here === record.id ? (liveRecord(world, relation.target, there) ?? []) : [];
          });
  return byId([...inverse, ...linked].filter((item) => item.deleted === null && may(world, me, 'read', item)));
}

const byId = (records: readonly Stored[]): readonly Stored[] =>
  [...records].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

function shownRecord(world: World, me: Asker, record: Stored, { select, expand }: Shown): Row {
  const values = select.map((name) => [name, propertyOf(world, record, name)] as const);
  const beside = Object.entries(expand).map(([navigation, shown]) => {
    const show = (item: Stored): Row => shownRecord(world, me, item, shown);
    if (!isToOne(record.entity, navigation))
      return [navigation, collected(world, me, record, navigation).map(show)] as const;
    const target = followed(world, me, record, navigation);
    return [navigation, target === null ? null : show(target)] as const;
  });
  return Object.fromEntries([...values, ...beside]);
}

/** A path's value: null where a record on the way may not be read. */
function pathValue(world: World, me: Asker, record: Stored, path: string): Value {
  const steps = path.split('/');
  const property = steps.pop() ?? '';
  let at: Stored | null = record;
  for (const step of steps) {
    if (at === null) return null;
    at = followed(world, me, at, step);
  }
  return at === null ? null : propertyOf(world, at, property);
}

function listed(world: World, me: Asker, read: ListRead): readonly Stored[] {
  const { within, filter, search, order } = read;
  const above = within === null ? null : liveRecord(world, within.entity, within.id);
  const source =
    within === null || above === null ? recordsOf(world, read.entity) : collected(world, me, above, within.collection);
  const found = source.filter((record) => {
    if ((record.deleted !== null) !== read.deleted || !may(world, me, 'read', record)) return false;
    if (read.deleted && !may(world, me, 'delete', record)) return false;
    if (search !== null && !record.name.toLowerCase().includes(search.toLowerCase())) return false;
    const value = (path: string): Value => pathValue(world, me, record, path);
    return filter === null || holds(filter, value, asking(world, userOf(me)));
  });
  const sorted = byId(found);
  return order === null ? sorted : inOrder(sorted, order.descending, (item) => pathValue(world, me, item, order.path));
}

/** Nulls first ascending and last descending; equal keys by id, in the same direction. */
function inOrder(records: readonly Stored[], descending: boolean, key: (record: Stored) => Value): readonly Stored[] {
  const keyed = records.map((record) => ({ record, key: key(record) }));
  const compare = (a: Value, b: Value): number => {
    if (a === null || b === null) return Number(a !== null) - Number(b !== null);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  keyed.sort((a, b) => compare(a.key, b.key) || compare(a.record.id, b.record.id));
  if (descending) keyed.reverse();
  return keyed.map(({ record }) => record);
}
