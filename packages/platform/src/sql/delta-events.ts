// What has happened since a delta link was made, as SQL: changes of records and of shares in one order, the records that each is
// about, and the shares as they were. "Since" is asked of transactions, never of a clock or a counter: what the snapshot of the
// link does not see has happened since, however long before it began.
import type { EntityType, SharePath, ShareStep } from '@kartoteka/metadata';
import { accessesOf } from '../plan/delta.ts';
import type { Access } from '../security/types.ts';
import { isShareArm } from './access.ts';
import { alongPath } from './shares.ts';
import { quoteIdentifier, quoteLiteral, type SlotWriter, tableOf } from './statement.ts';

/** The moments of a token, and where its page begins, as SQL. */
export interface Since {
  readonly entity: EntityType;
  readonly access: Access;
  readonly slots: SlotWriter;
  /** Snapshots: what was told, until when records were read, what this delta tells. */
  readonly low: string;
  readonly high: string;
  readonly upper: string;
}

/** Slot values: low, high, upper (null: now). */
export function sinceOf(entity: EntityType, access: Access, slots: SlotWriter): Since {
  const snapshot = (name: string): string => slots.use({ from: 'value', name }, 'pg_snapshot');
  const upper = `coalesce(${snapshot('upper')}, pg_current_snapshot())`;
  return { entity, access, slots, low: snapshot('low'), high: snapshot('high'), upper };
}

/** Ways over which shares of other records reach those of the entity, each once. */
export function pathsOf(access: Access): readonly SharePath[] {
  const paths = accessesOf(access).flatMap(({ arms }) => arms.flatMap(({ path }) => path ?? []));
  return [...new Map(paths.map((path) => [path.key, path])).values()];
}

function hasOwnShares(access: Access): boolean {
  return accessesOf(access).some(({ arms }) => arms.some(({ source }) => source === 'shares'));
}

/** Array of everybody whose shares count for the reader; null where none do. */
export function receivers({ access, slots, entity }: Since): string | null {
  const arms = accessesOf(access).flatMap((each) => each.arms);
  const numbers = arms.flatMap((arm, index) => (isShareArm(arm) ? [index] : []));
  const ids = numbers.map((arm) =>
    slots.use({ from: 'access', entity: entity.name, privilege: 'read', arm }, 'uuid[]'),
  );
  return ids.length === 0 ? null : ids.join(' || ');
}

/** Whether an event of transaction `xid` has happened since the link, and is told by this delta. */
export function isTold({ low, upper }: Since, xid: string): string {
  return `not pg_visible_in_snapshot(${xid}, ${low}) and pg_visible_in_snapshot(${xid}, ${upper})`;
}

/** What else than changes of the record itself can bring it to the reader or take it away, for the records below by some steps. */
interface Cause {
  /** From the record up to the one that the event is about; empty: it is about the record itself. */
  readonly steps: readonly ShareStep[];
  /** Entity of that one. */
  readonly entity: string;
  /** The lookup of it that leads on; null: a share of it. */
  readonly lookup: string | null;
}

function causesOf({ entity, access }: Since): readonly Cause[] {
  const own: readonly Cause[] = hasOwnShares(access) ? [{ steps: [], entity: entity.name, lookup: null }] : [];
  const above = pathsOf(access).flatMap(({ steps, target }): Cause[] => [
    { steps, entity: target, lookup: null },
    ...steps.flatMap(({ from, navigation }, n) =>
      n === 0 ? [] : [{ steps: steps.slice(0, n), entity: from.name, lookup: navigation.property }],
    ),
  ]);
  return [...own, ...above];
}

/** Whether a logged change `alias` gave the record another value of the property, as far as its images say. */
export function changesProperty(alias: string, property: string): string {
  const name = quoteLiteral(property);
  return `${alias}.operation in ('update', 'restore') and (${alias}.before ? ${name} or ${alias}.after ? ${name})`;
}

/**
 * Events from the position on, `(xid, id, kind, record_id)` in the order of the first two. Kind 0 is about the record itself; kind n
 * about the records below it, as the n-th cause says. Slot values xid, id: the position; range_xid, range_id: the greater of it
 * and the first transaction that was not under way at the link; low_xip: those that were; scan: the most that are looked at.
 */
export function eventsSql(since: Since): string {
  const causes = causesOf(since).flatMap((cause, index) => causeSelects(since, cause, index + 1));
  // Each in its own order and no more than are looked at, so that however many there are they are merged as they are asked for.
  const selects = [...changeSelects(since, since.entity.name, 0), ...causes].map(
    (sql) => `(${sql} order by l.xid, l.id limit ${most(since)})`,
  );
  return `select e.* from (${selects.join(' union all ')}) e order by e.xid, e.id`;
}

function causeSelects(since: Since, { steps, entity, lookup }: Cause, kind: number): readonly string[] {
  if (lookup !== null) return changeSelects(since, entity, kind, ` and ${changesProperty('l', lookup)}`);
  const tests = [
    `l.principal_id = any(${receivers(since)})`,
    `l.entity = ${quoteLiteral(entity)}`,
    `l.xid >= pg_snapshot_xmin(${since.low})`,
    ...positionTests(since),
  ];
  return [
    `select l.xid, l.id, ${steps.length === 0 ? 0 : kind} as kind, l.record_id from kartoteka.share_log l where ${tests.join(' and ')}`,
  ];
}

function changeSelects(since: Since, entity: string, kind: number, more = ''): readonly string[] {
  const { slots } = since;
  const xip = slots.use({ from: 'value', name: 'low_xip' }, 'xid8[]');
  const test = `l.entity = ${quoteLiteral(entity)} and ${isTold(since, 'l.xid')}${more}`;
  const changes = `select l.xid, l.id, ${kind} as kind, l.record_id from kartoteka.change_log l where ${test}`;
  // One lookup per transaction, whatever the planner expects; and one bound of the range, because it would begin at the lesser of two.
  const ofOne = `${changes} and l.xid = p.xid and l.id >= case when p.xid = ${position(since).xid} then ${position(since).id} else 0 end`;
  const [xid, id] = [
    slots.use({ from: 'value', name: 'range_xid' }, 'xid8'),
    slots.use({ from: 'value', name: 'range_id' }, 'bigint'),
  ];
  return [
    `select l.* from unnest(${xip}) p(xid) cross join lateral (${ofOne} order by l.id limit ${most(since)}) l where p.xid >= ${position(since).xid}`,
    `${changes} and (l.xid, l.id) >= (${xid}, ${id}) and l.xid < pg_snapshot_xmax(${since.upper})`,
  ];
}

function position({ slots }: Since): { readonly xid: string; readonly id: string } {
  return {
    xid: slots.use({ from: 'value', name: 'xid' }, 'xid8'),
    id: slots.use({ from: 'value', name: 'id' }, 'bigint'),
  };
}

function most({ slots }: Since): string {
  return slots.use({ from: 'value', name: 'scan' }, 'bigint');
}

function positionTests(since: Since): readonly string[] {
  const { xid, id } = position(since);
  return [`(l.xid, l.id) >= (${xid}, ${id})`, isTold(since, 'l.xid')];
}

/** `record_id` of each record that the event `s` is about. */
export function recordsSql(since: Since): string {
  const moved = movedNames(since);
  const between = (step: ShareStep): string => waysAt(step, moved.get(keyOf(step)) ?? '');
  const below = causesOf(since).flatMap(({ steps }, index) => {
    const [first] = steps;
    if (first === undefined) return [];
    const { tables, tests } = alongPath(steps, 't', 'p', { shares: '', between });
    const all = [`s.kind = ${index + 1}`, ...tests];
    return [`select t.id from ${[`${between(first)} t`, ...tables].join(', ')} where ${all.join(' and ')}`];
  });
  return ['select s.record_id where s.kind = 0', ...below].join(' union all ');
}

/** The same for a step on whichever path it is. */
export const keyOf = ({ from, navigation }: ShareStep): string =>
  `${from.name} ${navigation.property} ${navigation.discriminator?.property ?? ''}`;

function movedNames(since: Since): ReadonlyMap<string, string> {
  const keys = new Set(pathsOf(since.access).flatMap(({ steps }) => steps.map(keyOf)));
  return new Map([...keys].map((key, index) => [key, `moved${index}`]));
}

/**
 * Parts of the statement (`name as materialized (...)`) that recordsSql names: where lookups led that were changed after what this
 * delta tells, while its pages were read. Without them what happened before to the records below would be told by no link.
 */
export function movedParts(since: Since): readonly string[] {
  const steps = new Map(pathsOf(since.access).flatMap(({ steps: all }) => all.map((step) => [keyOf(step), step])));
  const names = movedNames(since);
  return [...steps].map(([key, { from, navigation }]) => {
    const property = quoteLiteral(navigation.property);
    const later = `m.xid >= pg_snapshot_xmin(${since.upper}) and not pg_visible_in_snapshot(m.xid, ${since.upper})`;
    return (
      `${names.get(key)} as materialized (select m.record_id, m.before as image from kartoteka.change_log m ` +
      `where m.entity = ${quoteLiteral(from.name)} and ${later} and m.before ? ${property})`
    );
  });
}

/** Where the lookup of a record leads, and where it led. */
function waysAt(step: ShareStep, moved: string): string {
  const { own, former } = waysColumns(step);
  return (
    `(select ${own.join(', ')} from ${tableOf(step.from)} k ` +
    `union all select ${former.join(', ')} from ${moved} f left join ${tableOf(step.from)} k on k.id = f.record_id)`
  );
}

/** Id and lookup of a record `k`, and of its image `f`. */
export function waysColumns({ from, navigation: { property, discriminator } }: ShareStep): {
  readonly own: readonly string[];
  readonly former: readonly string[];
} {
  const column = (of: string): string => quoteIdentifier(from.properties.get(of)?.column ?? of);
  const own = ['k.id', `k.${column(property)}`];
  const former = ['f.record_id', `(f.image ->> ${quoteLiteral(property)})::uuid`];
  if (discriminator !== undefined) {
    own.push(`k.${column(discriminator.property)}`);
    former.push(`coalesce(f.image ->> ${quoteLiteral(discriminator.property)}, k.${column(discriminator.property)})`);
  }
  return { own, former };
}

/** Whether one event can be about several records. */
export function fansOut({ access }: Since): boolean {
  return pathsOf(access).length > 0;
}
