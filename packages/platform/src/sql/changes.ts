// Reading the change log as one statement: changes of records that the principal may read now, newest first, each with the
// properties that he may read. It takes only an AuthorizedPlan; what is hidden never leaves the database.
import type { EntityType } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { ChangesPlan } from '../plan/changes.ts';
import { DIRECTORY, entityOf } from '../security/directory.ts';
import { boundedAnswer } from './answer-size.ts';
import { shownChangesSql } from './changes-shown.ts';
import { expressionToSql } from './expression.ts';
import { listSource } from './list-keys.ts';
import { jsonOf } from './record-json.ts';
import { columnOf, conditionPrinter, readable, type StatementContext } from './scope.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from './statement.ts';

/**
 * Up to so many readable records, their changes are fetched record by record; beyond, the log is walked from its end and each
 * change's record judged. Of a million records, 2,000 are the point from which a walk finds a page of 100 within some 50,000
 * changes, and fetching costs as much.
 */
export const FEW_RECORDS = 2_000;

/** Keys of the order, with their types: newest first, told apart by the id. */
const ORDERS = {
  /** Within a record the version says more than the clock, and is what the primary key is ordered by. */
  single: [
    { column: 'version', cast: 'bigint' },
    { column: 'id', cast: 'bigint' },
  ],
  set: [
    { column: 'at', cast: 'timestamptz' },
    { column: 'id', cast: 'bigint' },
  ],
} as const;

interface Changes {
  readonly context: StatementContext;
  readonly plan: ChangesPlan;
  /** Its live records, or those of the recycle bin. */
  readonly entity: EntityType;
  readonly limit: string;
}

/**
 * A page of changes: columns `items` (JSON texts with commas, null when too long), `rows` (up to limit + 1), `k0`, `k1` (the order keys
 * of the last one shown) and, of one record, `found`, whether it is there and readable. Slot values: limit, page, key0, key1, id.
 */
export function compileChanges(plan: AuthorizedPlan<ChangesPlan>, ieee754: boolean): CompiledStatement {
  const slots = new SlotWriter();
  const nothing = { from: 'constant', value: null } as const;
  const links = { base: nothing, end: nothing };
  const context: StatementContext = { plan, slots, ieee754, annotations: false, links, aliases: 0 };
  const { entity, single } = plan.plan;
  const limit = slots.use({ from: 'value', name: 'limit' }, 'bigint');
  const changes: Changes = { context, plan: plan.plan, entity, limit };
  const parts = single ? [formerColumns(entity), foundRecord(changes)] : [formerColumns(entity)];
  const page = single ? singlePage(changes) : setPage(changes);
  const text = `with ${parts.join(', ')} ${pageText(changes, page, single ? `, ${FOUND} as found` : '')}`;
  return { text: boundedAnswer(text, 'items', ['rows', 'k0', 'k1', ...(single ? ['found'] : [])]), slots: slots.slots };
}

/** When properties of the same name as today's lost their column: what was logged before is of another property. */
export function formerColumns({ name }: EntityType): string {
  return (
    'former as materialized (select s.property, max(s.hidden_on) as hidden_on from (' +
    `select property, hidden_on from kartoteka.storage_column where entity = ${quoteLiteral(name)} and hidden_on is not null ` +
    `union all select property, hidden_on from kartoteka.former_property where entity = ${quoteLiteral(name)}` +
    ') s group by s.property)'
  );
}

function pageText(changes: Changes, page: string, found: string): string {
  const { slots } = changes.context;
  const shown = slots.use({ from: 'value', name: 'page' }, 'int');
  const keys = orderOf(changes).map(({ column }, index) => `(array_agg(p.${column}::text))[${shown}] as k${index}`);
  const body = `${jsonOf(entryColumns(changes))}::text as body`;
  return (
    `select coalesce(string_agg(p.body, ',') filter (where p.n <= ${shown}), '') as items, count(*) as rows, ` +
    `${keys.join(', ')}${found} from (select row_number() over () as n, l.at, l.id, l.version, ${body} from (${page}) l) p`
  );
}

/** Columns of one change in the answer; JSON names are the column names. */
function entryColumns({ context }: Changes): string {
  const number = (column: string): string => (context.ieee754 ? `l.${column}::text` : `l.${column}`);
  return [
    `${number('id')} as id`,
    'l.record_id',
    'l.operation',
    `${number('version')} as version`,
    'l.at as changed_on',
    'l.actor_id',
    `${userNameSql(context, 'l.actor_id')} as actor_name`,
    'l.caller_id',
    `${userNameSql(context, 'l.caller_id')} as caller_name`,
    'l.client',
    `coalesce(l.shown, '[]') as changes`,
  ].join(', ');
}

/** Null where the principal may not read the user, or what users are called by. */
export function userNameSql(context: StatementContext, id: string): string {
  const user = entityOf(context.plan.model, DIRECTORY.user);
  const title = context.plan.visible(user).find(({ name }) => name === user.title);
  if (title === undefined || title.column === '') return 'null::text';
  const tests = `a.id = ${id} and ${readable(context, user, 'a')}`;
  return `(select ${columnOf('a', user, title.name)} from ${tableOf(user)} a where ${tests})`;
}

/** The one record, looked for once, before its history is: that of a hidden one, however long, takes no time. */
function foundRecord(changes: Changes): string {
  return `found as materialized (${recordSql(changes, idSlot(changes.context))})`;
}

const FOUND = '((select count(*) from found) > 0)';

/** Of one record, along the primary key. */
function singlePage(changes: Changes): string {
  const tests = [FOUND, `l.record_id = ${idSlot(changes.context)}`, ...conditions(changes)];
  return shownPage(changes, 'kartoteka.change_log l', tests);
}

/** Of all readable records: record by record where they are few, else along the log. */
function setPage(changes: Changes): string {
  const { context, entity } = changes;
  const access = context.plan.access(entity);
  const record = `cross join lateral (${recordSql(changes, 'l.record_id')} offset 0) t`;
  const walk = (more: readonly string[]): string =>
    shownPage(changes, `kartoteka.change_log l ${record}`, [...conditions(changes), ...more]);
  if (access.unrestricted || !access.granted) return walk([]);
  const source = listSource({
    access,
    entity,
    alias: 't',
    slots: context.slots,
    printCondition: conditionPrinter(context, entity),
    order: [{ sql: 't.id', descending: false }],
    limitSql: String(FEW_RECORDS + 1),
  });
  const readers = `select t.id from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  const few = `(select count(*) from m) <= ${FEW_RECORDS}`;
  const own = `select l.* from kartoteka.change_log l where ${['l.record_id = m.id', ...conditions(changes)].join(' and ')} offset 0`;
  const fetched = `(select l.* from m cross join lateral (${own}) l where ${few} order by ${orderSql(changes)} offset 0) l`;
  const pages = [shownPage(changes, fetched, []), walk([`not ${few}`])];
  return (
    `with m as materialized (${readers}) select l.* from (${pages.map((page) => `(${page})`).join(' union all ')}) l ` +
    `order by ${orderSql(changes)} limit ${changes.limit}`
  );
}

/** Changes of `from` in order, with what is shown of each; an update of which nothing is shown says nothing. */
function shownPage(changes: Changes, from: string, tests: readonly string[]): string {
  const { context, plan, limit } = changes;
  const touched = plan.touching.map((_, index) => `c.touched${index}`);
  const all = [...tests, `(c.shown is not null or l.operation <> 'update')`, ...touched];
  const shown = `cross join lateral (${shownChangesSql(context, plan, 'l')}) c`;
  return `select l.*, c.shown from ${from} ${shown} where ${all.join(' and ')} order by ${orderSql(changes)} limit ${limit}`;
}

function idSlot({ slots }: StatementContext): string {
  return slots.use({ from: 'value', name: 'id' }, 'uuid');
}

/** The record, where the principal may read it. */
function recordSql({ context, entity }: Changes, id: string): string {
  return `select from ${tableOf(entity)} t where t.id = ${id} and ${readable(context, entity, 't')}`;
}

function orderOf({ plan }: Changes): (typeof ORDERS)['single' | 'set'] {
  return ORDERS[plan.single ? 'single' : 'set'];
}

function orderSql(changes: Changes): string {
  return orderOf(changes)
    .map(({ column }) => `l.${column} desc`)
    .join(', ');
}

/** Conditions over the log alone. */
function conditions(changes: Changes): readonly string[] {
  const { context, plan, entity } = changes;
  const { slots } = context;
  const column = (_: readonly string[], name: string): string => `l.${name === 'changed_on' ? 'at' : name}`;
  const tests = plan.tests.map((test) => expressionToSql(test, { slots, column, boundLiterals: true }));
  if (plan.continues) {
    const keys = orderOf(changes);
    const values = keys.map(({ cast }, index) => slots.use({ from: 'value', name: `key${index}` }, cast));
    tests.push(`(${keys.map((key) => `l.${key.column}`).join(', ')}) < (${values.join(', ')})`);
  }
  return [`l.entity = ${quoteLiteral(entity.name)}`, ...tests, LIFE];
}

/**
 * A record that was purged leaves its history behind for a while, and its id may be given to a new one: what was before the
 * creation of that one is of another record. A value and not an `exists`, which could become a join with the whole log.
 */
export const LIFE =
  'l.id >= coalesce((select n.id from kartoteka.change_log n where n.record_id = l.record_id and n.version = 1 ' +
  `and n.operation = 'create' and n.entity = l.entity order by n.id desc limit 1), 0)`;
