// A page of what a delta link tells, as one statement: records that are in the list now as they are, and ids of those that were in
// it when the reader read them and are not any more. What was in it is asked of each record as it was, made from its row and the
// images of the change log. It takes only an AuthorizedPlan.
import type { EntityType, Property } from '@kartoteka/metadata';
import { REDACTED } from '../change-log.ts';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import { type DeltaPlan, decidingProperties } from '../plan/delta.ts';
import { PAGE } from '../request/page.ts';
import { printedPredicate } from './access.ts';
import { boundedAnswer, MOST_BYTES, mostBytes } from './answer-size.ts';
import { eventsSql, fansOut, isTold, movedParts, recordsSql, type Since, sinceOf } from './delta-events.ts';
import { POSITION_COLUMNS, positionSql } from './delta-position.ts';
import { type SharesThen, sharesThen } from './delta-shares.ts';
import { SqlScope } from './path-scope.ts';
import { recordJson } from './record-json.ts';
import { conditionPrinter, readable, type StatementContext } from './scope.ts';
import { searchSql } from './search.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from './statement.ts';

interface Delta {
  readonly context: StatementContext;
  readonly plan: DeltaPlan;
  readonly entity: EntityType;
  readonly since: Since;
  readonly shares: SharesThen | null;
  readonly deciding: readonly Property[];
}

const COLUMNS = ['rows', 'removed', 'lost', 'k0', 'k1', 'k2', 'scanned', ...POSITION_COLUMNS];

/**
 * Columns: `items` (JSON texts with commas, null when too long), `removed` (JSON array of pairs: id and reason), `rows` (up to limit),
 * `k0`, `k1`, `k2` (position of the last of them that is shown), `scanned` (where fewer than a page were found among the events of
 * one page: the last event, `xid id`), `lost` (what was in the list cannot be told) and those of positionSql. Slot values: those of
 * sinceOf and eventsSql, record (of the position), limit, page, scan (events looked at). Throws as decidingProperties.
 */
export function compileDelta(
  plan: AuthorizedPlan<DeltaPlan>,
  format: { readonly ieee754: boolean; readonly annotations: boolean },
): CompiledStatement {
  const slots = new SlotWriter();
  const nothing = { from: 'constant', value: null } as const;
  const context: StatementContext = { plan, slots, ...format, links: { base: nothing, end: nothing }, aliases: 0 };
  const { select } = plan.plan;
  const { entity } = select;
  const access = plan.access(entity);
  const since = sinceOf(entity, access, slots);
  const deciding = decidingProperties(plan.plan, access);
  const delta: Delta = { context, plan: plan.plan, entity, since, shares: sharesThen(since), deciding };
  const text = pageText(delta);
  const large = mostBytes(select, plan.visible) * PAGE.max > MOST_BYTES;
  return { text: large ? boundedAnswer(text, 'items', COLUMNS) : text, slots: slots.slots };
}

function pageText(delta: Delta): string {
  const { slots } = delta.context;
  const page = slots.use({ from: 'value', name: 'page' }, 'int');
  const shown = (test: string): string => `filter (where p.n <= ${page} and p.nth = 1 and ${test})`;
  const key = (column: string): string => `max(p.${column}::text) filter (where p.n = ${page})`;
  const end = `select e.xid::text || ' ' || e.id::text from (${eventsSql(delta.since)}) e offset ${scan(delta)} - 1 limit 1`;
  const columns = [
    `coalesce(string_agg(p.body, ',') ${shown('p.body is not null')}, '') as items`,
    'count(*) as rows',
    `coalesce(json_agg(json_build_array(p.record_id, p.reason)) ${shown('p.reason is not null')}, '[]')::text as removed`,
    'coalesce(bool_or(p.lost), false) as lost',
    `${key('xid')} as k0, ${key('id')} as k1, ${key('record_id')} as k2`,
    `case when count(*) <= ${page} then (${end}) end as scanned`,
  ];
  // Several events of a page can be about one record.
  const numbers =
    'row_number() over (order by q.xid, q.id, q.record_id) as n, row_number() over (partition by q.record_id order by q.xid, q.id) as nth';
  const parts = [...(delta.shares?.parts ?? []), ...movedParts(delta.since)];
  return (
    `${parts.length === 0 ? '' : `with ${parts.join(', ')} `}select ${columns.join(', ')}${positionSql(delta.entity)} ` +
    `from (select ${numbers}, q.* from (${foundSql(delta)}) q) p`
  );
}

function scan({ context }: Delta): string {
  return context.slots.use({ from: 'value', name: 'scan' }, 'bigint');
}

/** Records of the events, with what is to be told of each: `body`, or `reason`, or `lost`. */
function foundSql(delta: Delta): string {
  const { context, since } = delta;
  const slot = (name: string, cast: string): string => context.slots.use({ from: 'value', name }, cast);
  const after = `(${slot('xid', 'xid8')}, ${slot('id', 'bigint')}, ${slot('record', 'uuid')})`;
  // The order of the events is kept by the joins; only where an event is about many records is there more to sort.
  const order = fansOut(since) ? 's.xid, s.id, r.record_id' : 's.xid, s.id';
  return (
    `select s.xid, s.id, r.record_id, d.body, d.reason, d.lost from (${eventsSql(since)} limit ${scan(delta)}) s ` +
    `cross join lateral (${latestSql(delta)}) r cross join lateral (${toldSql(delta)}) d ` +
    `where (s.xid, s.id, r.record_id) > ${after} and (d.body is not null or d.reason is not null or d.lost) ` +
    `order by ${order} limit ${slot('limit', 'bigint')}`
  );
}

/**
 * Changes of one record, as `alias`, with the conditions upon them kept out of the choice of the index: where the log has grown faster
 * than the statistics about it, all changes of the entity would be looked through for each record. `order` of the innermost.
 */
function changesOf(record: string, alias: string, order = ''): string {
  return `(select k.* from kartoteka.change_log k where k.record_id = ${record}${order} offset 0) ${alias}`;
}

/** What has changed again since is told at its latest change; that of a record that changes often is found at once from behind. */
function latestSql({ entity, since }: Delta): string {
  const changes = changesOf('a.record_id', 'm', ' order by k.version desc, k.id desc');
  const later =
    `select from ${changes} where m.entity = ${quoteLiteral(entity.name)} ` +
    `and (m.xid, m.id) > (s.xid, s.id) and ${isTold(since, 'm.xid')}`;
  return `select a.record_id from (${recordsSql(since)}) a where not exists (${later})`;
}

function toldSql(delta: Delta): string {
  const { context, plan, entity } = delta;
  const tests = ['t.id = r.record_id', readable(context, entity, 't'), ...listed(delta, 't')];
  const body = recordJson(context, plan.select, 't');
  const now = `select ${body} as body from ${tableOf(entity)} t where ${tests.join(' and ')} offset 0`;
  const reason = `case when b.seen then case when b.deleted then 'deleted' else 'changed' end end`;
  return (
    `select n.body, ${reason} as reason, coalesce(b.lost and not b.seen, false) as lost from (select) x ` +
    `left join lateral (${now}) n on true left join lateral (${beforeSql(delta)}) b on true`
  );
}

/** The conditions of the list itself over the record `alias`. */
function listed({ context, plan, entity }: Delta, alias: string): readonly string[] {
  const scope = new SqlScope(context, entity, alias, true);
  return [
    ...(plan.filter === null ? [] : [`(${scope.predicate(plan.filter)})`]),
    ...(plan.search === null ? [] : [`(${searchSql(plan.search, entity, alias, context.slots)})`]),
  ];
}

/** Changes of the record that the link has not told. */
function changesSince({ entity, since }: Delta): string {
  return (
    `${changesOf('r.record_id', 'e')} where e.entity = ${quoteLiteral(entity.name)} ` +
    `and not pg_visible_in_snapshot(e.xid, ${since.low})`
  );
}

/**
 * One row: whether a record that is not in the list now (`n`) was in it at some moment at which it may have been read (`seen`), whether
 * that is not known of one (`lost`), and whether it was deleted while it could be read (`deleted`). The moments are `low` and what
 * followed each change until `high`. Writers of a record wait for each other, so that its changes are in the order of their ids.
 */
function beforeSql(delta: Delta): string {
  const { since } = delta;
  const moments = `select 0::bigint as id union all select e.id from ${changesSince(delta)} and pg_visible_in_snapshot(e.xid, ${since.high})`;
  const then = printed(delta, 'o', delta.shares);
  const inList = [then, ...listed(delta, 'o')].join(' and ');
  return (
    `select bool_or(not i.lost) as seen, bool_or(i.lost) as lost, coalesce(bool_or(i.gone and ${printed(delta, 'z')}), false) as deleted ` +
    `from (${moments}) c left join ${tableOf(delta.entity)} t on t.id = r.record_id ` +
    `cross join lateral (select ${stateSql(delta)}) i ` +
    `cross join lateral jsonb_populate_record(t, i.image) o cross join lateral jsonb_populate_record(t, i.last) z ` +
    `where n.body is null and i.live and (i.lost or (${inList}))`
  );
}

/** The rights to read the record `alias`; `shares`: those at that time, null: those of now. */
function printed(
  { context, entity, since: { access } }: Delta,
  alias: string,
  shares: SharesThen | null = null,
): string {
  const printer = { access, alias, entity, slots: context.slots, printCondition: conditionPrinter(context, entity) };
  return `(${printedPredicate(shares === null ? printer : { ...printer, sharesThen: shares })})`;
}

/** Of the record `t` before the changes with greater ids than `c`: the row that it was, and whether that was there. */
function stateSql(delta: Delta): string {
  const later = `${changesSince(delta)} and e.id > c.id`;
  const isThere = 't.id is not null and t.deleted_on is null';
  const life = `select e.operation = 'delete' from ${later} and e.operation in ('create', 'delete', 'restore') order by e.id limit 1`;
  const deletion = `select e.* from ${later} and e.operation = 'delete' order by e.id desc limit 1`;
  return [
    `coalesce((${life}), ${isThere}) as live`,
    `not (${isThere}) as gone`,
    `${lostSql(delta, later)} as lost`,
    `${imageSql(delta, `select * from ${later}`)} as image`,
    `case when t.id is null then ${imageSql(delta, deletion)} else '{}' end as last`,
  ].join(', ');
}

/** The earliest former value of each deciding property, by column, as jsonb, with the id. */
function imageSql({ deciding }: Delta, changes: string): string {
  const id = `jsonb_build_object('id', r.record_id)`;
  if (deciding.length === 0) return id;
  const renamed = deciding.filter(({ name, column }) => name !== column);
  const cases = renamed.map(({ name, column }) => `when ${quoteLiteral(name)} then ${quoteLiteral(column)}`);
  const column = cases.length === 0 ? 'v.key' : `case v.key ${cases.join(' ')} else v.key end`;
  const values =
    `select distinct on (j.key) j.key, j.value from (${changes}) e cross join lateral jsonb_each(e.before) j ` +
    `where j.key in (${namesOf(deciding)}) order by j.key, e.id`;
  return `${id} || coalesce((select jsonb_object_agg(${column}, v.value) from (${values}) v), '{}')`;
}

/** Values that the log does not hold any more: redacted ones, and of a purged record who made it and when. */
function lostSql({ deciding }: Delta, later: string): string {
  const tests: string[] = [];
  const redactable = deciding.filter(({ personalData, derived }) => personalData === true || derived !== undefined);
  if (redactable.length > 0) {
    const image = (name: string): string => `coalesce(e.${name} -> ${quoteLiteral(REDACTED)}, '[]')`;
    const redacted = `(${image('before')} || ${image('after')}) ?| array[${namesOf(redactable)}]`;
    tests.push(`exists (select from ${later} and ${redacted})`);
  }
  if (deciding.some(({ name }) => name === 'created_on' || name === 'created_by_id')) tests.push('t.id is null');
  return tests.length === 0 ? 'false' : `(${tests.join(' or ')})`;
}

function namesOf(properties: readonly Property[]): string {
  return properties.map(({ name }) => quoteLiteral(name)).join(', ');
}
