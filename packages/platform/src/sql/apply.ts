// Compiles an authorized $apply to one statement: the records that the principal may read, with the columns that are needed of them,
// as a subquery; every stage a select over the one before; and of the last rows one page as JSON. It takes only an AuthorizedPlan.
import type { TypedExpression } from '@kartoteka/metadata';
import type { AggregateNode, ApplyPlan, RowColumn, RowOrder, Stage } from '../plan/apply-plan.ts';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import { columnName } from '../plan/row-scope.ts';
import { boundedAnswer } from './answer-size.ts';
import { averageSql } from './computed.ts';
import { dynamicColumns } from './computed-columns.ts';
import { type ExpressionEnvironment, expressionToSql, expressionValueToSql } from './expression.ts';
import { keysetRanges } from './keyset.ts';
import { rowsSelect } from './list-keys.ts';
import { direction } from './list-parts.ts';
import { collatedSql, SqlScope } from './path-scope.ts';
import { contextOf, foundSql, listFilter, type ReadFormat, rowsRequest } from './read.ts';
import { jsonOf, quoteJsonName } from './record-json.ts';
import type { StatementContext } from './scope.ts';
import type { CompiledStatement } from './statement.ts';

/**
 * A page of the rows: columns `items` (JSON objects with commas between them, null when they are too long), `rows` (up to limit),
 * `k0..kn` (the order keys of the last row shown), `total` when asked for; of a count `total` alone. Within a record: `found`. Slot
 * values: limit, page (rows shown), skip, key0..keyn, within, and of a plan for all pages most_bytes.
 */
export function compileApply(authorized: AuthorizedPlan<ApplyPlan>, format: ReadFormat): CompiledStatement {
  const context = contextOf(authorized, format);
  const { plan } = authorized;
  const rows = stagesSql(context, plan);
  const found = plan.within === null ? '' : `, ${foundSql(context, plan.within)} as found`;
  const { slots } = context;
  if (plan.onlyCount) return { text: `select count(*) as total${found} from (${rows}) f`, slots: slots.slots };
  const total = plan.count ? ', (select count(*) from f) as total' : '';
  // Named once, the groups are made once, although they are counted as well.
  const [before, from] = plan.count ? [`with f as (${rows}) `, 'f'] : ['', `(${rows}) f`];
  const text = before + pageSql(context, plan, from, `${total}${found}`);
  const keys = plan.orderBy.map((_, index) => `k${index}`);
  const others = ['rows', ...keys, ...(plan.count ? ['total'] : []), ...(plan.within === null ? [] : ['found'])];
  // Who reads every page says how long one may be, as of records (read.ts).
  const most = plan.whole === true ? slots.use({ from: 'value', name: 'most_bytes' }, 'bigint') : undefined;
  return { text: boundedAnswer(text, 'items', others, most), slots: slots.slots };
}

/** The rows carry their number, so that the one row beyond the page only says that there is more. */
function pageSql(context: StatementContext, plan: ApplyPlan, from: string, more: string): string {
  const { slots } = context;
  const value = (name: string, type: string): string => slots.use({ from: 'value', name }, type);
  const page = value('page', 'int');
  const orders = plan.orderBy.map((order) => orderSql(context, order, 'f'));
  const keys = orders.map((sql, index) => `${sql}::text as k${index}`);
  const lastKeys = orders.map((_, index) => `(array_agg(p.k${index}))[${page}] as k${index}`);
  const after = afterSql(context, plan, orders);
  const towards = plan.orderBy.map((order, index) => `${orders[index]} ${direction({ sql: '', ...order })}`);
  const sorted = towards.length === 0 ? '' : ` order by ${towards.join(', ')}`;
  const skip = plan.skip > 0 ? ` offset ${value('skip', 'bigint')}` : '';
  const body = `${jsonOf(shownColumns(context, plan, 'f'))}::text as body`;
  const source = `select ${[body, ...keys].join(', ')} from ${from}${after}${sorted} limit ${value('limit', 'bigint')}${skip}`;
  return (
    `select coalesce(string_agg(p.body, ',') filter (where p.n <= ${page}), '') as items, ` +
    `${['count(*) as rows', ...lastKeys].join(', ')}${more} from (select row_number() over () as n, q.* from (${source}) q) p`
  );
}

function afterSql(
  context: StatementContext,
  { orderBy, continuesAfter }: ApplyPlan,
  orders: readonly string[],
): string {
  if (continuesAfter === null) return '';
  const ranges = keysetRanges(
    orderBy.map(({ descending, sqlType }, index) => ({
      ...{ sql: orders[index] ?? '', descending, nullable: true, isNull: continuesAfter[index] === true },
      value: continuesAfter[index] ? 'null' : context.slots.use({ from: 'value', name: `key${index}` }, sqlType),
    })),
  );
  return ` where (${ranges.length === 0 ? 'false' : ranges.map((range) => `(${range})`).join(' or ')})`;
}

function orderSql(context: StatementContext, { expression, characters }: RowOrder, alias: string): string {
  const sql = valueSql(context, expression, alias);
  return characters === null ? sql : `left(${sql}, ${characters})`;
}

/** Over the rows of a stage, which stand under `alias`. */
function environment({ slots }: StatementContext, alias: string): ExpressionEnvironment {
  return { slots, column: (_navigations, property) => `${alias}.${property}`, boundLiterals: true };
}

function valueSql(context: StatementContext, expression: TypedExpression, alias: string): string {
  return collatedSql(expression, expressionValueToSql(expression, environment(context, alias)));
}

/** The select of the last stage: its columns are c1, c2 ... */
function stagesSql(context: StatementContext, plan: ApplyPlan): string {
  const [first, ...others] = plan.stages;
  if (first?.kind !== 'group') throw new Error('the first stage of an $apply groups');
  let columns = first.keys.length + first.aggregates.length;
  let sql = groupRecords(context, plan, first);
  for (const stage of others) {
    sql = STAGES[stage.kind](context, stage as never, sql, columns);
    if (stage.kind === 'group') columns = stage.keys.length + stage.aggregates.length;
    if (stage.kind === 'extend') columns += stage.values.length;
  }
  return sql;
}

type Of<Kind extends Stage['kind']> = Extract<Stage, { kind: Kind }>;
type PrintStage<Kind extends Stage['kind']> = (
  context: StatementContext,
  stage: Of<Kind>,
  before: string,
  columns: number,
) => string;

const STAGES: { readonly [Kind in Stage['kind']]: PrintStage<Kind> } = {
  group: (context, stage, before) =>
    groupSql(stage, `(${before}) r`, {
      value: (expression) => valueSql(context, expression, 'r'),
      condition: (expression) => expressionToSql(expression, environment(context, 'r')),
    }),
  where: (context, { condition }, before) =>
    `select r.* from (${before}) r where ${expressionToSql(condition, environment(context, 'r'))}`,
  extend: (context, { values }, before, columns) => {
    const added = values.map((value, n) => `${valueSql(context, value, 'r')} as ${columnName(columns + n)}`);
    return `select r.*, ${added.join(', ')} from (${before}) r`;
  },
  cut: (context, { order, top, skip }, before) => {
    const orders = order.map((each) => `${orderSql(context, each, 'r')} ${direction({ sql: '', ...each })}`);
    const sorted = orders.length === 0 ? '' : ` order by ${orders.join(', ')}`;
    const constant = (value: number): string => context.slots.use({ from: 'constant', value: String(value) }, 'bigint');
    const limit = top === null ? '' : ` limit ${constant(top)}`;
    return `select r.* from (${before}) r${sorted}${limit}${skip === 0 ? '' : ` offset ${constant(skip)}`}`;
  },
};

/** How expressions over the rows that are grouped print. */
interface Input {
  value(expression: TypedExpression): string;
  condition(expression: TypedExpression): string;
}

function groupSql({ keys, aggregates }: Of<'group'>, from: string, input: Input): string {
  const grouped = keys.map((key) => input.value(key));
  const values = [...grouped, ...aggregates.map((aggregate) => aggregateSql(aggregate, input))];
  const columns = values.map((sql, number) => `${sql} as ${columnName(number)}`);
  return `select ${columns.join(', ')} from ${from}${grouped.length === 0 ? '' : ` group by ${grouped.join(', ')}`}`;
}

function aggregateSql({ method, value, when, scale }: AggregateNode, input: Input): string {
  const condition = when === null ? null : input.condition(when);
  if (value === null) return condition === null ? 'count(*)' : `count(*) filter (where ${condition})`;
  const sql = input.value(value);
  return AGGREGATES[method](condition === null ? sql : `(case when ${condition} then ${sql} end)`, scale);
}

/** Nulls do not count; over no values the result is null, a number of values is 0 (Data Aggregation 4.0, 3.1.3). */
const AGGREGATES: Readonly<Record<AggregateNode['method'], (value: string, scale: number) => string>> = {
  count: (value) => `count(${value})`,
  countdistinct: (value) => `count(distinct ${value})`,
  sum: (value) => `sum(${value}::numeric)`,
  min: (value) => `min(${value})`,
  max: (value) => `max(${value})`,
  average: averageSql,
};

/** Records are grouped by columns that a subquery gives of those the principal may read: the access is tested there, and only there. */
function groupRecords(context: StatementContext, plan: ApplyPlan, stage: Of<'group'>): string {
  const scope = new SqlScope(context, plan.entity, 't', true);
  const read = new Columns();
  const filters = plan.filter.map((condition) => scope.predicate(condition));
  const grouped = (from: string): string =>
    groupSql(stage, from, {
      value: (expression) => read.of(expression, () => scope.value(expression)),
      condition: (expression) => read.of(expression, () => `(${scope.predicate(expression)})`),
    });
  // Printed for its columns first, then over what gives them.
  grouped('');
  const others = listFilter(context, scope, { filter: null, search: plan.search }, plan.within);
  const filterSql = [others, ...filters].filter((test) => test !== '').join(' and ');
  const request = rowsRequest(context, { scope, filterSql, narrow: plan.within !== null });
  return grouped(`(${rowsSelect(request, read.columns())}) r`);
}

/** Columns of the records that are grouped: each expression is one, equal ones the same. */
class Columns {
  readonly #numbers = new Map<TypedExpression, number>();
  readonly #texts: string[] = [];

  /** Where an expression's column stands; it is printed the first time. */
  of(expression: TypedExpression, print: () => string): string {
    const number = this.#numbers.get(expression) ?? this.#add(print());
    this.#numbers.set(expression, number);
    return `r.${columnName(number)}`;
  }

  #add(sql: string): number {
    const known = this.#texts.indexOf(sql);
    return known < 0 ? this.#texts.push(sql) - 1 : known;
  }

  columns(): readonly string[] {
    return this.#texts.map((sql, number) => `${sql} as ${columnName(number)}`);
  }
}

/** The shown columns as a select list, those of one object in an object of their own. */
function shownColumns(context: StatementContext, { columns, shown }: ApplyPlan, alias: string): string {
  const shownHere = shown.map((number) => ({
    column: columns[number] as RowColumn,
    sql: `${alias}.${columnName(number)}`,
  }));
  return objectColumns(context, shownHere, 0);
}

interface Shown {
  readonly column: RowColumn;
  readonly sql: string;
}

function objectColumns(context: StatementContext, shown: readonly Shown[], depth: number): string {
  const items: string[] = [];
  for (const [name, members] of Map.groupBy(shown, ({ column }) => column.path[depth] ?? '')) {
    const [first] = members;
    if (first === undefined) continue;
    const isValue = first.column.path.length === depth + 1;
    if (isValue) items.push(...valueColumns(context, first, name));
    else items.push(`${jsonOf(objectColumns(context, members, depth + 1))} as ${quoteJsonName(name)}`);
  }
  return items.join(', ');
}

function valueColumns(context: StatementContext, { column, sql }: Shown, name: string): readonly string[] {
  const { declared, type } = column;
  return dynamicColumns(declared ? { ...context, annotations: false } : context, name, type.edm, sql);
}
