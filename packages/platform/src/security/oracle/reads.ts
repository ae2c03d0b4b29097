// What reads show: only records that may be read, whatever way leads to them; the paths to others are null.
import { asking, granted, hasCapability, may, permits } from './access.ts';
import { type Answer, NOT_FOUND, OK, refusal } from './answers.ts';
import { holds, pathsOf, type Value } from './conditions.ts';
import { liveRecord, recordsOf, visible } from './records.ts';
import { collected, followed, isToOne, readProperty, targetEntity } from './ways.ts';
import { type Asker, type Stored, userOf, type World } from './world.ts';

/** What of a record is shown, and what beside it. */
export interface Shown {
  readonly select: readonly string[];
  /** Of a collection: which of its records. */
  readonly filter: string | null;
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
  readonly order: readonly OrderKey[];
  readonly skip: number;
  readonly top: number | null;
  readonly shown: Shown;
  /** As one CSV file. */
  readonly csv: boolean;
}

export interface OrderKey {
  readonly path: string;
  readonly descending: boolean;
}

export interface RecordRead {
  readonly op: 'get';
  readonly entity: string;
  readonly id: string;
  /** In the recycle bin. */
  readonly deleted: boolean;
  readonly shown: Shown;
}

export type Read = ListRead | RecordRead;
export type Row = { readonly [name: string]: Value | Row | null | readonly Row[] };

/** What is answered, with the rows where it is `ok`, and how many the list has without `skip` and `top`. */
export interface Shows {
  readonly answer: Answer;
  readonly rows: readonly Row[];
  readonly total: number;
}

export function answerRead(world: World, me: Asker, read: Read): Shows {
  const refused = refusedRead(world, me, read);
  if (refused !== null) return { answer: refused, rows: [], total: 0 };
  const show = (record: Stored): Row => shownRecord(world, me, record, read.shown);
  if (read.op === 'get') {
    const record = read.deleted ? binned(world, me, read) : visible(world, me, read.entity, read.id);
    return record === null ? NOTHING : { answer: OK, rows: [show(record)], total: 1 };
  }
  const { within } = read;
  if (within !== null && visible(world, me, within.entity, within.id) === null) return NOTHING;
  const all = listed(world, me, read);
  const { skip, top } = read;
  return { answer: OK, rows: all.slice(skip, top === null ? undefined : skip + top).map(show), total: all.length };
}

const NOTHING: Shows = { answer: NOT_FOUND, rows: [], total: 0 };

/** What is in the recycle bin is seen by whoever may read and delete it. */
function binned(world: World, me: Asker, { entity, id }: RecordRead): Stored | null {
  const record = recordsOf(world, entity).find((item) => item.id === id && item.deleted !== null);
  return record !== undefined && may(world, me, 'read', record) && may(world, me, 'delete', record) ? record : null;
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
  const wantsBin = read.deleted;
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
  return [...(filter === null ? [] : pathsOf(filter)), ...order.map(({ path }) => path)];
}

function useShown(entity: string, { select, filter, expand }: Shown, used: Set<string>, named: Named[]): void {
  used.add(entity);
  for (const property of select) named.push({ entity, property });
  for (const path of filter === null ? [] : pathsOf(filter)) usePath(entity, path, used, named);
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

function shownRecord(world: World, me: Asker, record: Stored, { select, expand }: Shown): Row {
  const values = select.map((name) => [name, readProperty(world, me, record, name)] as const);
  const beside = Object.entries(expand).map(([navigation, shown]) => {
    const show = (item: Stored): Row => shownRecord(world, me, item, shown);
    if (!isToOne(record.entity, navigation)) {
      const shownOnes = collected(world, me, record, navigation).filter((item) =>
        passes(world, me, item, shown.filter),
      );
      return [navigation, shownOnes.map(show)] as const;
    }
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
  return at === null ? null : readProperty(world, me, at, property);
}

function passes(world: World, me: Asker, record: Stored, filter: string | null): boolean {
  const value = (path: string): Value => pathValue(world, me, record, path);
  return filter === null || holds(filter, value, asking(world, userOf(me)));
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
    return passes(world, me, record, filter);
  });
  return inOrder(found, order, (item, path) => pathValue(world, me, item, path));
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
