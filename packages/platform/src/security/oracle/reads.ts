// What reads are answered: "read on every record whose data is used in any way", and what they then show.
import { granted, hasCapability, may, permits, propertyOf } from './access.ts';
import { type Answer, NOT_FOUND, OK, refusal } from './answers.ts';
import { type GroupRead, groupRows, usesOfGroups } from './groups.ts';
import { recordsOf, visible } from './records.ts';
import { type Listing, listed, pageOf, type Row, readable, recordAt, type Shown, shownRecord, Uses } from './shown.ts';
import { collected, followed, readProperty, referenceProperty, targetEntity } from './ways.ts';
import type { Asker, Stored, World } from './world.ts';

export interface ListRead extends Listing {
  readonly op: 'list';
  readonly entity: string;
  /** The collection of one record instead of all: `/accounts(ID)/notes`, over lookups `/orders(ID)/account/notes`. */
  readonly within: {
    readonly entity: string;
    readonly id: string;
    readonly steps: readonly string[];
    readonly collection: string;
  } | null;
  readonly deleted: boolean;
  readonly shown: Shown;
  /** As one CSV file, or as references. */
  readonly as: 'records' | 'csv' | 'references';
}

export interface RecordRead {
  readonly op: 'get';
  readonly entity: string;
  readonly id: string;
  /** In the recycle bin. */
  readonly deleted: boolean;
  readonly shown: Shown;
}

/** A part of a record, or of one that lookups lead to from it: `/orders(ID)/account/name`. */
export interface PartRead {
  readonly op: 'part';
  readonly entity: string;
  readonly id: string;
  readonly steps: readonly string[];
  readonly part:
    | { readonly kind: 'property'; readonly name: string; readonly raw: boolean }
    | { readonly kind: 'reference'; readonly navigation: string }
    | { readonly kind: 'record'; readonly navigation: string; readonly shown: Shown };
}

export type Read = ListRead | RecordRead | PartRead | GroupRead;

/** What is answered, with the rows where it is `ok`, and how many the list has without `skip` and `top`. */
export interface Shows {
  readonly answer: Answer;
  readonly rows: readonly Row[];
  readonly total: number;
}

const NOTHING: Shows = { answer: NOT_FOUND, rows: [], total: 0 };
const shows = (rows: readonly Row[], total = rows.length): Shows => ({ answer: OK, rows, total });

export function answerRead(world: World, me: Asker, read: Read): Shows {
  const refused = refusedRead(world, me, read);
  if (refused !== null) return { answer: refused, rows: [], total: 0 };
  if (read.op === 'groups') return shows(groupRows(world, me, read));
  if (read.op === 'part') return answerPart(world, me, read);
  if (read.op === 'list') return answerList(world, me, read);
  const record = read.deleted ? binned(world, me, read) : visible(world, me, read.entity, read.id);
  return record === null ? NOTHING : shows([shownRecord(world, me, record, read.shown)]);
}

function answerList(world: World, me: Asker, read: ListRead): Shows {
  const source = sourceOf(world, me, read);
  if (source === null) return NOTHING;
  const all = listed(world, me, source, read);
  const rows = pageOf(all, read).map((record) => shownRecord(world, me, record, read.shown));
  return shows(rows, all.length);
}

/** The records that a list is of; null where it is the collection of none. */
function sourceOf(world: World, me: Asker, { entity, within, deleted }: ListRead): readonly Stored[] | null {
  if (within === null) return readable(world, me, entity, deleted);
  const first = visible(world, me, within.entity, within.id);
  const above = first === null ? null : recordAt(world, me, first, within.steps);
  return above === null ? null : collected(world, me, above, within.collection);
}

/** What is not there, as null or behind a lookup, is answered without a body. */
function answerPart(world: World, me: Asker, { entity, id, steps, part }: PartRead): Shows {
  const first = visible(world, me, entity, id);
  const record = first === null ? null : recordAt(world, me, first, steps);
  if (record === null) return NOTHING;
  if (part.kind === 'property') {
    const value = readProperty(world, me, record, part.name);
    return shows(value === null ? [] : [{ value }]);
  }
  if (part.kind === 'reference') {
    // The id is a property of the record that may be read, whether or not the one that it names may.
    const property = referenceProperty(record, part.navigation);
    const value = property === null ? null : propertyOf(world, record, property);
    return shows(value === null ? [] : [{ id: value }]);
  }
  const target = followed(world, me, record, part.navigation);
  return shows(target === null ? [] : [shownRecord(world, me, target, part.shown)]);
}

/** What is in the recycle bin is seen by whoever may read and delete it. */
function binned(world: World, me: Asker, { entity, id }: RecordRead): Stored | null {
  const record = recordsOf(world, entity).find((item) => item.id === id && item.deleted !== null);
  return record !== undefined && may(world, me, 'read', record) && may(world, me, 'delete', record) ? record : null;
}

/** No privilege at any depth on an entity whose records would be used, or a secured field that is named. */
function refusedRead(world: World, me: Asker, read: Read): Answer | null {
  const { entities, named } = usesOf(read);
  const checks = [...entities].map((entity) => ({
    ...{ entity, privilege: 'read' as const, held: granted(world, me, 'read', entity) },
  }));
  const wantsBin = read.op !== 'part' && read.deleted;
  const bin = { entity: read.entity, privilege: 'delete' as const };
  const missing = refusal([...checks, { ...bin, held: !wantsBin || granted(world, me, 'delete', read.entity) }]);
  const secured = named.some(({ entity, property }) => property === 'secret' && !permits(world, me, entity, 'read'));
  const csv = read.op === 'list' && read.as === 'csv' && !hasCapability(world, me, 'export');
  const all: Answer[] = [
    ...(csv ? [{ kind: 'capability', name: 'export' } as const] : []),
    ...(missing === null ? [] : [missing]),
    ...(secured ? [{ kind: 'secured' } as const] : []),
  ];
  if (all.length === 0) return null;
  // On the way to a part, records are read one after the other: that one is not there may be found first.
  const isWay = read.op === 'part' || (read.op === 'list' && read.within !== null);
  if (isWay && !isThere(world, me, read)) all.push(NOT_FOUND);
  return all.length === 1 ? (all[0] ?? null) : { kind: 'any', of: all };
}

function isThere(world: World, me: Asker, read: PartRead | ListRead): boolean {
  const { entity, id, steps } = read.op === 'list' ? (read.within ?? { entity: '', id: '', steps: [] }) : read;
  const first = visible(world, me, entity, id);
  return first !== null && recordAt(world, me, first, steps) !== null;
}

function usesOf(read: Read): Uses {
  if (read.op === 'groups') return usesOfGroups(read);
  const uses = new Uses();
  if (read.op === 'part') return usesOfPart(read, uses);
  uses.shown(read.entity, read.shown);
  if (read.op === 'get') return uses;
  uses.listing(read.entity, read);
  const { within } = read;
  if (within === null) return uses;
  uses.entities.add(within.entity);
  uses.path(within.entity, [...within.steps, 'id'].join('/'));
  return uses;
}

function usesOfPart({ entity, steps, part }: PartRead, uses: Uses): Uses {
  uses.entities.add(entity);
  uses.path(entity, [...steps, part.kind === 'property' ? part.name : 'id'].join('/'));
  if (part.kind !== 'record') return uses;
  const end = steps.reduce(targetEntity, entity);
  uses.shown(targetEntity(end, part.navigation), part.shown);
  return uses;
}
