// The timeline of one record as one statement: a page of each kind of entries, each along an index and with the rights of its
// records, merged into one page in the order of time. It takes only an AuthorizedPlan; what is hidden never leaves the database.
import { CHANGE_ENTRY, type EntityType, isStored } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { ChangesPlan } from '../plan/changes.ts';
import type { TimelineEntries, TimelinePlan } from '../plan/timeline.ts';
import { boundedAnswer } from './answer-size.ts';
import { formerColumns, LIFE, userNameSql } from './changes.ts';
import { shownChangesSql } from './changes-shown.ts';
import { jsonOf, recordColumns } from './record-json.ts';
import { columnOf, holdsSql, readable, type StatementContext } from './scope.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from './statement.ts';

interface Timeline {
  readonly context: StatementContext;
  readonly plan: TimelinePlan;
  /** SQL of the record's id, of how many entries are looked for, and of the position that the page begins after. */
  readonly id: string;
  readonly limit: string;
  readonly position: Position | null;
}

/** SQL of its parts: a value that no text names must not be bound. */
type Position = (part: keyof typeof PARTS) => string;

/** `record` is null where the last entry shown was a change; `version` and `change` are of the last change shown so far. */
const PARTS = { at: 0, kind: 1, record: 2, version: 3, change: 4 } as const;

/** What a page tells of its last entry, for the one after it; `key0` ... are the slot values that take it. */
export const TIMELINE_KEYS = ['timestamptz', 'text', 'uuid', 'bigint', 'bigint'] as const;

const FOUND = '((select count(*) from found) > 0)';
/** Newest first; at the same time the kinds by their names. Of changes the order of the log, of records the later id first. */
const ORDER =
  'l.pos desc, l.kind collate "C", l.version desc nulls last, l.change_id desc nulls last, l.record_id desc nulls last';

/**
 * A page of entries: columns `items` (JSON texts with commas, null when too long), `rows` (up to limit + 1), `k0` ... `k4` (the position
 * of the last one shown) and `found`, whether the record is there and readable. Slot values: limit, page, id, key0 ... key4.
 */
export function compileTimeline(authorized: AuthorizedPlan<TimelinePlan>, ieee754: boolean): CompiledStatement {
  const slots = new SlotWriter();
  const nothing = { from: 'constant', value: null } as const;
  const links = { base: nothing, end: nothing };
  const context: StatementContext = { plan: authorized, slots, ieee754, annotations: false, links, aliases: 0 };
  const { plan } = authorized;
  const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const limit = slots.use({ from: 'value', name: 'limit' }, 'bigint');
  const timeline: Timeline = { context, plan, id, limit, position: positionOf(plan, slots) };
  const record = `select from ${tableOf(plan.entity)} t where t.id = ${id} and ${readable(context, plan.entity, 't')}`;
  const former = plan.changes === null ? [] : [formerColumns(plan.entity)];
  const parts = [...former, `found as materialized (${record})`];
  const text = `with ${parts.join(', ')} ${pageText(timeline)}`;
  const keys = TIMELINE_KEYS.map((_, index) => `k${index}`);
  return { text: boundedAnswer(text, 'items', ['rows', ...keys, 'found']), slots: slots.slots };
}

function positionOf({ continues }: TimelinePlan, slots: SlotWriter): Position | null {
  if (!continues) return null;
  return (part) => slots.use({ from: 'value', name: `key${PARTS[part]}` }, TIMELINE_KEYS[PARTS[part]]);
}

function pageText(timeline: Timeline): string {
  const { context, plan, limit } = timeline;
  const shown = context.slots.use({ from: 'value', name: 'page' }, 'int');
  const arms = [
    ...(plan.changes === null ? [] : [changesArm(timeline, plan.changes)]),
    ...plan.entries.flatMap((entries) => entryArms(timeline, entries)),
  ];
  const all = arms.length === 0 ? NO_ENTRIES : arms.map((arm) => `(${arm})`).join(' union all ');
  const page = `select l.* from (${all}) l order by ${ORDER} limit ${limit}`;
  const last = (column: string): string => `(array_agg(p.${column}::text order by p.n))[${shown}]`;
  const change = (column: string): string =>
    `(array_agg(p.${column}::text order by p.n desc) filter (where p.n <= ${shown} and p.version is not null))[1]`;
  const keys = [last('pos'), last('kind'), last('record_id'), change('version'), change('change_id')];
  const columns = keys.map((key, index) => `${key} as k${index}`).join(', ');
  const body = `${jsonOf(entryColumns(timeline))}::text as body`;
  return (
    `select coalesce(string_agg(p.body, ',' order by p.n) filter (where p.n <= ${shown}), '') as items, count(*) as rows, ` +
    `${columns}, ${FOUND} as found from (select row_number() over (order by ${ORDER}) as n, l.pos, l.kind, l.record_id, l.version, ` +
    `l.change_id, ${body} from (${page}) l) p`
  );
}

/** Columns that every arm has. */
const COLUMNS = ['kind', 'pos', 'at', 'version', 'change_id', 'record_id', 'operation', 'by_id', 'caller_id', 'shown'];
const TYPES: Readonly<Record<string, string>> = {
  ...{ kind: 'text', pos: 'timestamptz', at: 'timestamptz', version: 'bigint', change_id: 'bigint', record_id: 'uuid' },
  ...{ operation: 'text', by_id: 'uuid', caller_id: 'uuid', shown: 'json' },
};

/** The list of an arm; a column that it says nothing of is null. */
function columnsOf(values: Readonly<Record<string, string>>): string {
  return COLUMNS.map((name) => `${values[name] ?? `null::${TYPES[name]}`} as ${name}`).join(', ');
}

const NO_ENTRIES = `select ${columnsOf({})} where false`;

/**
 * Along the primary key of the log, whose order is the one in which the changes were made. Should the clock have gone back between two,
 * the later one's time counts for both, so that a page never has to look before its position.
 */
function changesArm({ context, plan, id, limit, position }: Timeline, changes: ChangesPlan): string {
  const shown = `cross join lateral (${shownChangesSql(context, changes, 'l')}) c`;
  const tests = [
    FOUND,
    `l.record_id = ${id}`,
    `l.entity = ${quoteLiteral(plan.entity.name)}`,
    ...(position === null ? [] : [`(l.version, l.id) < (${position('version')}, ${position('change')})`]),
    LIFE,
    `(c.shown is not null or l.operation <> 'update')`,
  ];
  const rows =
    `select l.*, c.shown from kartoteka.change_log l ${shown} where ${tests.join(' and ')} ` +
    `order by l.version desc, l.id desc limit ${limit}`;
  const reached = 'min(l.at) over (order by l.version desc, l.id desc)';
  const values = {
    kind: `${quoteLiteral(CHANGE_ENTRY)}::text`,
    pos: position === null ? reached : `least(${position('at')}, ${reached})`,
    ...{ at: 'l.at', version: 'l.version', change_id: 'l.id', operation: 'l.operation' },
    ...{ by_id: 'l.actor_id', caller_id: 'l.caller_id', shown: 'l.shown' },
  };
  return `select ${columnsOf(values)} from (${rows}) l`;
}

/** One arm for each time that may be the first: each walks the order of one column. */
function entryArms(timeline: Timeline, entries: TimelineEntries): readonly string[] {
  const { context } = timeline;
  if (!context.plan.access(entries.of).granted) return [];
  return entries.at.map((_, index) => entryArm(timeline, entries, index));
}

function entryArm(
  { context, id, limit, position }: Timeline,
  { of, navigation, at }: TimelineEntries,
  index: number,
): string {
  const time = columnOf('t', of, at[index] ?? '');
  const kind = `${quoteLiteral(of.name)}::text`;
  const tests = [
    FOUND,
    `${columnOf('t', of, navigation.property)} = ${id}${holdsSql('t', of, navigation)}`,
    ...at.slice(0, index).map((before) => `${columnOf('t', of, before)} is null`),
    ...(of.properties.get(at[index] ?? '')?.nullable === true ? [`${time} is not null`] : []),
    ...(position === null ? [] : afterSql(position, time, kind)),
    readable(context, of, 't'),
  ];
  const values = { kind, pos: time, at: time, record_id: 't.id', by_id: columnOf('t', of, 'created_by_id') };
  return (
    `select ${columnsOf(values)} from ${tableOf(of)} t where ${tests.join(' and ')} ` +
    `order by ${time} desc nulls last, t.id desc limit ${limit}`
  );
}

/** The bound that an index serves stands alone. */
function afterSql(position: Position, time: string, kind: string): readonly string[] {
  const atSameTime = `${position('kind')} collate "C" < ${kind} or (${position('kind')} = ${kind} and t.id < ${position('record')})`;
  return [`${time} <= ${position('at')}`, `(${time} < ${position('at')} or ${atSameTime})`];
}

/** Columns of one entry in the answer; JSON names are the column names. */
function entryColumns({ context, plan }: Timeline): string {
  return [
    'l.kind',
    'coalesce(l.change_id::text, l.record_id::text) as id',
    'l.at',
    'l.by_id',
    `${userNameSql(context, 'l.by_id')} as by_name`,
    'l.caller_id',
    `${userNameSql(context, 'l.caller_id')} as caller_name`,
    'l.operation',
    `coalesce(l.shown, '[]') as changes`,
    `${ofEach(plan, 'text', ({ of }) => titleSql(context, of))} as title`,
    `${ofEach(plan, 'json', ({ of }) => recordSql(context, of))} as record`,
  ].join(', ');
}

/** Read of the entries of the page only; null of changes. */
function ofEach({ entries }: TimelinePlan, type: string, value: (entries: TimelineEntries) => string | null): string {
  const cases = entries.flatMap((each) => {
    const sql = value(each);
    return sql === null
      ? []
      : [`when ${quoteLiteral(each.of.name)} then (select ${sql} from ${tableOf(each.of)} e where e.id = l.record_id)`];
  });
  return cases.length === 0 ? `null::${type}` : `case l.kind ${cases.join(' ')} end`;
}

function titleSql({ plan }: StatementContext, of: EntityType): string | null {
  const title = plan.titleOf(of);
  return title === null ? null : columnOf('e', of, title.name);
}

/** What its fields hold, as far as the reader may read them; nothing that is computed, which its own list shows. */
function recordSql(context: StatementContext, of: EntityType): string {
  const properties = context.plan.visible(of).filter((property) => property.field !== null && isStored(property));
  return jsonOf(recordColumns(context, { entity: of, properties, named: null, expands: [] }, 'e'));
}
