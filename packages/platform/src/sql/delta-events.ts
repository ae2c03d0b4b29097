// What has happened since a delta link was made, as SQL: changes of records and of shares in one order, the records that each is
// about, and the shares as they were. "Since" is asked of transactions, never of a clock or a counter: what the snapshot of the
// link does not see has happened since, however long before it began.
import type { EntityType, SharePath } from '@kartoteka/metadata';
import { accessesOf } from '../plan/delta.ts';
import type { Access } from '../security/types.ts';
import { isShareArm } from './access.ts';
import { alongPath } from './shares.ts';
import { quoteLiteral, type SlotWriter, tableOf } from './statement.ts';

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

/** Slot values: low, low_xmax, low_xip (those in progress at `low`), high, upper (null: now). */
export function sinceOf(entity: EntityType, access: Access, slots: SlotWriter): Since {
  const snapshot = (name: string): string => slots.use({ from: 'value', name }, 'pg_snapshot');
  const upper = `coalesce(${snapshot('upper')}, pg_current_snapshot())`;
  return { entity, access, slots, low: snapshot('low'), high: snapshot('high'), upper };
}

/** Ways over which shares of other records reach those of the entity, each once. */
function pathsOf(access: Access): readonly SharePath[] {
  const paths = accessesOf(access).flatMap(({ arms }) => arms.flatMap(({ path }) => path ?? []));
  return [...new Map(paths.map((path) => [path.key, path])).values()];
}

function hasOwnShares(access: Access): boolean {
  return accessesOf(access).some(({ arms }) => arms.some(({ source }) => source === 'shares'));
}

/** Array of everybody whose shares count for the reader; null where none do. */
function receivers({ access, slots, entity }: Since): string | null {
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

/**
 * Events from the position on, `(xid, id, kind, record_id)` in the order of the first two. Kind 0 is about the record itself; kind n
 * about the records below it by the n-th way. Slot values xid, id: the position. Of those under way at the link there are few; the
 * others are a range of the index.
 */
export function eventsSql(since: Since): string {
  const { entity, access, slots } = since;
  const xmax = slots.use({ from: 'value', name: 'low_xmax' }, 'xid8');
  const xip = slots.use({ from: 'value', name: 'low_xip' }, 'xid8[]');
  const from = `(l.xid, l.id) >= (${slots.use({ from: 'value', name: 'xid' }, 'xid8')}, ${slots.use({ from: 'value', name: 'id' }, 'bigint')})`;
  const tests = `l.entity = ${quoteLiteral(entity.name)} and ${from} and ${isTold(since, 'l.xid')}`;
  const columns = 'l.xid, l.id, 0 as kind, l.record_id';
  const earlier = `select ${columns} from kartoteka.change_log l where ${tests} and l.xid = p.xid`;
  const selects = [
    `select ${columns} from unnest(${xip}) p(xid) cross join lateral (${earlier}) l`,
    `select ${columns} from kartoteka.change_log l where ${tests} and l.xid >= ${xmax} and l.xid < pg_snapshot_xmax(${since.upper})`,
  ];
  const shared = receivers(since);
  if (shared !== null) {
    const changes = (name: string, kind: number): string =>
      `select l.xid, l.id, ${kind} as kind, l.record_id from kartoteka.share_log l where l.principal_id = any(${shared}) ` +
      `and l.entity = ${quoteLiteral(name)} and l.xid >= pg_snapshot_xmin(${since.low}) and ${from} and ${isTold(since, 'l.xid')}`;
    if (hasOwnShares(access)) selects.push(changes(entity.name, 0));
    for (const [index, { target }] of pathsOf(access).entries()) selects.push(changes(target, index + 1));
  }
  return `select e.* from (${selects.map((sql) => `(${sql})`).join(' union all ')}) e order by e.xid, e.id`;
}

/** `record_id` of each record that the event `s` is about. */
export function recordsSql({ entity, access }: Since): string {
  const below = pathsOf(access).map(({ steps }, index) => {
    const { tables, tests } = alongPath(steps, 't', 'p');
    const all = [`s.kind = ${index + 1}`, ...tests];
    return `select t.id from ${[`${tableOf(entity)} t`, ...tables].join(', ')} where ${all.join(' and ')}`;
  });
  return ['select s.record_id where s.kind = 0', ...below].join(' union all ');
}

/** Whether one event can be about several records. */
export function fansOut({ access }: Since): boolean {
  return pathsOf(access).length > 0;
}

/** Name of the part that holds what changed shares were. */
const FORMER = 'former_share';

/**
 * The shares as they were for whoever read between `low` and `high`: a part of the statement to go in front, and the relation in
 * place of kartoteka.share. Of a share that changed while it was read, all rights that it had. Null where no shares count.
 */
export function sharesThen(since: Since): { readonly part: string; readonly relation: string } | null {
  const shared = receivers(since);
  if (shared === null) return null;
  const { entity, access, low, high } = since;
  const names = [entity.name, ...pathsOf(access).map(({ target }) => target)].map(quoteLiteral);
  const part =
    `${FORMER} as materialized (select g.principal_id, g.entity, g.record_id, ((array_agg(g.rights_before order by g.id))[1] | ` +
    `coalesce(bit_or(g.rights_after) filter (where pg_visible_in_snapshot(g.xid, ${high})), 0::smallint)) as rights ` +
    `from kartoteka.share_log g where g.principal_id = any(${shared}) and g.entity in (${names.join(', ')}) ` +
    `and g.xid >= pg_snapshot_xmin(${low}) and not pg_visible_in_snapshot(g.xid, ${low}) group by g.principal_id, g.entity, g.record_id)`;
  const columns = (alias: string): string =>
    ['principal_id', 'entity', 'record_id', 'rights'].map((column) => `${alias}.${column}`).join(', ');
  const same = '(f.principal_id, f.entity, f.record_id) = (k.principal_id, k.entity, k.record_id)';
  const relation =
    `(select ${columns('k')} from kartoteka.share k where not exists (select from ${FORMER} f where ${same}) ` +
    `union all select ${columns('f')} from ${FORMER} f)`;
  return { part, relation };
}

/**
 * Whether a lookup of a record on a way that shares go has changed since: where the way led before is then not known. `false` where
 * ways have one step, which is the record's own.
 */
export function waysMoved(since: Since): string {
  const steps = pathsOf(since.access).flatMap((path) => path.steps.slice(1));
  const tests = steps.map(({ from, navigation }) => {
    const name = quoteLiteral(navigation.property);
    return (
      `exists (select from kartoteka.change_log m where m.entity = ${quoteLiteral(from.name)} and m.xid >= pg_snapshot_xmin(${since.low}) ` +
      `and not pg_visible_in_snapshot(m.xid, ${since.low}) and m.operation in ('update', 'restore') and (m.before ? ${name} or m.after ? ${name}))`
    );
  });
  return tests.length === 0 ? 'false' : `(${tests.join(' or ')})`;
}
