// What reads show: only records that may be read, whatever way leads to them; the paths to others are null.
import { asking, granted, hasCapability, may, permits } from './access.ts';
import { type Answer, NOT_FOUND, OK, refusal } from './answers.ts';
import { holds, pathsOf, type Value } from './conditions.ts';
import { liveRecord, recordsOf, visible } from './records.ts';
import { byId, collected, followed, isToOne, readProperty, targetEntity } from './ways.ts';
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
