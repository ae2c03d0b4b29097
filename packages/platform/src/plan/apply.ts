// $apply x Model -> ApplyPlan: transformations one after the other, then the options that apply to their result. Every name is
// resolved or refused; rights are the next stage's.
import { DIVISION_SCALE, type EntityType, type Model, type TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type AggregateItem, type AggregateMethod, APPLY, type ApplyNode } from '../request/apply.ts';
import { parseCompute } from '../request/compute.ts';
import type { Page } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { type OrderItem, parseOrderBy } from '../request/select-expand.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import type { AggregateNode, ApplyPlan, RowColumn, RowOrder, Stage } from './apply-plan.ts';
import { type AggregateInput, ApplyRecords, type Groupable } from './apply-records.ts';
import { ApplyRows } from './apply-rows.ts';
import { planSearch } from './collection.ts';
import { planBound } from './expression.ts';
import { asksForClock } from './order-by.ts';
import { limitReach } from './reach.ts';
import type { WithinNode } from './read-plan.ts';
import { refuseColumn, rowScope, totalOrder } from './row-scope.ts';
import { COUNTED, decimalOf, type ValueType } from './value-type.ts';

/** Digits after the point of an average, unless the values have more. */
const AVERAGE_SCALE = 4;

export interface ApplyRequest {
  readonly nodes: readonly ApplyNode[];
  readonly options: QueryOptions;
  readonly page: Pick<Page, 'skip' | 'count'>;
  readonly after: TokenValues | null;
  readonly within: WithinNode | null;
  readonly onlyCount: boolean;
}

/** The plan of a list with $apply. Throws what its options deserve. */
export function planApply(model: Model, entity: EntityType, request: ApplyRequest): ApplyPlan {
  const { options, page, after, within, onlyCount } = request;
  refuseOptions(options);
  const planner = new ApplyPlanner(model, entity);
  for (const node of request.nodes) planner.transform(node);
  const { records, stages } = planner;
  const rows = planner.grouped();
  if (options.compute !== undefined) rows.compute(parseCompute(options.compute), '$compute');
  const { columns } = rows;
  if (options.filter !== undefined)
    stages.push({ kind: 'where', condition: planBound(rowScope(columns), options.filter, '$filter', 'boolean') });
  const order = options.orderby === undefined ? planner.order : rows.order(parseOrderBy(options.orderby), '$orderby');
  const orderBy = totalOrder(order, columns, rows.keys);
  if (after !== null && after.length !== orderBy.length)
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  limitReach(model, entity, records.used);
  return {
    ...{ kind: 'apply', entity, within, filter: records.filters, stages, columns, orderBy, onlyCount },
    search: planSearches(entity, records.searches),
    named: [...records.written, ...records.used],
    shown: planShown(columns, options.select),
    skip: page.skip,
    count: page.count,
    continuesAfter: after?.map((value) => value === null) ?? null,
  };
}

/** Several searches as one that asks for all of them. */
export function joinedSearch(texts: readonly string[]): string | undefined {
  if (texts.length < 2) return texts[0];
  return texts.map((text) => `(${text})`).join(' AND ');
}

function planSearches(entity: EntityType, texts: readonly string[]): ApplyPlan['search'] {
  const text = joinedSearch(texts);
  return text === undefined ? null : planSearch(entity, text).node;
}

function refuseOptions(options: QueryOptions): void {
  for (const name of ['expand', 'search'] as const) {
    if (options[name] === undefined) continue;
    const hint = name === 'search' ? ': write search(...) within it' : '';
    throw new PlatformError('not_supported', { what: `$${name} of the rows of $apply${hint}` }, { target: `$${name}` });
  }
}

/** Numbers of the columns that $select names, by their whole paths or by the object that they are in. */
function planShown(columns: readonly RowColumn[], select: string | undefined): readonly number[] {
  const all = columns.map((_, number) => number);
  if (select === undefined) return all;
  const shown = new Set<number>();
  for (const item of select.split(',').map((each) => each.trim())) {
    const found = item === '*' ? all : all.filter((n) => isWithin(columns[n]?.path ?? [], item));
    if (found.length === 0)
      throw new PlatformError(
        'unknown_property',
        { name: item.slice(0, 100), entity: 'the result of $apply' },
        { target: '$select' },
      );
    for (const number of found) shown.add(number);
  }
  return all.filter((number) => shown.has(number));
}

const isWithin = (path: readonly string[], item: string): boolean =>
  path.some((_, index) => path.slice(0, index + 1).join('/') === item);

class ApplyPlanner {
  readonly records: ApplyRecords;
  readonly stages: Stage[] = [];
  /** Of the rows so far, as a transformation asked for it. */
  order: readonly RowOrder[] = [];
  readonly #entity: EntityType;
  #rows: ApplyRows | null = null;

  constructor(model: Model, entity: EntityType) {
    this.#entity = entity;
    this.records = new ApplyRecords(model, entity);
  }

  /** The rows at the end. */
  grouped(): ApplyRows {
    if (this.#rows === null) throw new Error('an $apply that does not group is a list');
    return this.#rows;
  }

  transform(node: ApplyNode): void {
    (TRANSFORM[node.kind] as (planner: ApplyPlanner, node: ApplyNode) => void)(this, node);
  }

  get input(): ApplyRecords | ApplyRows {
    return this.#rows ?? this.records;
  }

  /** Throws not_supported while the rows are records still. */
  rows(transformation: string): ApplyRows {
    if (this.#rows !== null) return this.#rows;
    const what = `${transformation} of records in $apply (before groupby or aggregate)`;
    throw new PlatformError('not_supported', { what }, { target: APPLY });
  }

  cut(order: readonly RowOrder[], top: number | null, skip: number): void {
    const { columns, keys } = this.grouped();
    this.stages.push({ kind: 'cut', order: totalOrder(order, columns, keys), top, skip });
  }

  group(paths: readonly (readonly string[])[], inner: readonly ApplyNode[]): void {
    const { input } = this;
    const parts = innerParts(input, inner);
    const keys = paths.map((path) => input.key(path));
    const grouped = new Set(paths.map((path) => path.join('/')));
    const columns = keys.map(({ column }) => column);
    const aggregates: AggregateNode[] = [];
    for (const item of parts.items) {
      const { node, column } = planAggregate(input, item, grouped, parts.when);
      refuseColumn(item.alias, this.#entity, columns, APPLY);
      aggregates.push(node);
      columns.push(column);
    }
    this.stages.push({ kind: 'group', keys: keys.map(({ expression }) => expression), aggregates });
    this.order = [];
    this.#rows = new ApplyRows(this.#entity, columns, keys.length, this.stages);
    for (const node of parts.after) this.transform(node);
  }
}

type Of<Kind extends ApplyNode['kind']> = ApplyNode & { readonly kind: Kind };

const ranked =
  (descending: boolean) =>
  (planner: ApplyPlanner, node: Of<'topcount' | 'bottomcount'>): void => {
    const items: OrderItem[] = [{ expression: node.expression, descending }];
    planner.cut(planner.rows(node.kind).order(items, APPLY), node.count, 0);
  };

const TRANSFORM: { readonly [Kind in ApplyNode['kind']]: (planner: ApplyPlanner, node: Of<Kind>) => void } = {
  identity: () => {},
  filter: ({ input }, { text }) => input.filter(text),
  search: ({ input, records }, { text }) => {
    if (input !== records)
      throw new PlatformError('not_supported', { what: 'search of grouped rows in $apply' }, { target: APPLY });
    records.searches.push(text);
  },
  compute: ({ input }, { items }) => input.compute(items),
  groupby: (planner, { paths, inner }) => planner.group(paths, inner),
  aggregate: (planner, node) => planner.group([], [node]),
  topcount: ranked(true),
  bottomcount: ranked(false),
  orderby: (planner, { items }) => {
    planner.order = planner.rows('orderby').order(items, APPLY);
  },
  top: (planner, { kind, count }) => {
    planner.rows(kind);
    planner.cut(planner.order, count, 0);
  },
  skip: (planner, { kind, count }) => {
    planner.rows(kind);
    planner.cut(planner.order, null, count);
  },
};

/** What stands in a groupby: conditions and aggregates of the groups, and what is done with the one row of each. */
interface InnerParts {
  readonly when: TypedExpression | null;
  readonly items: readonly AggregateItem[];
  readonly after: readonly ApplyNode[];
}

function innerParts(input: Groupable, inner: readonly ApplyNode[]): InnerParts {
  const at = inner.findIndex(({ kind }) => kind === 'aggregate');
  const aggregate = inner[at];
  const [before, after] = at < 0 ? [inner, []] : [inner.slice(0, at), inner.slice(at + 1)];
  const unserved = [...before, ...after].find(({ kind }) => !['identity', 'filter', 'compute'].includes(kind));
  if (unserved !== undefined || (at < 0 && before.some(({ kind }) => kind !== 'identity'))) {
    const what = unserved === undefined ? 'groupby without aggregate' : `${unserved.kind} within groupby`;
    throw new PlatformError('not_supported', { what }, { target: APPLY });
  }
  const conditions: TypedExpression[] = [];
  for (const node of before) {
    if (node.kind === 'filter') conditions.push(input.condition(node.text));
    if (node.kind === 'compute') input.compute(node.items);
  }
  const when = conditions.reduce<TypedExpression | null>(
    (left, right) => (left === null ? right : { kind: 'logical', type: 'boolean', op: 'and', left, right }),
    null,
  );
  return { when, items: aggregate?.kind === 'aggregate' ? aggregate.items : [], after };
}

/** What can be added up. */
const NUMBERS: ReadonlySet<ValueType['type']> = new Set(['integer', 'decimal']);

/** The operator that values must have for a method to mean something, and the type of what it gives. */
const METHODS: Readonly<
  Record<Exclude<AggregateMethod, 'count'>, { readonly needs: string; readonly type: (value: ValueType) => ValueType }>
> = {
  // Numbers alone have it; times can be added as well, but are no sums.
  sum: { needs: 'mod', type: ({ scale }) => decimalOf(scale) },
  average: { needs: 'mod', type: ({ scale = DIVISION_SCALE }) => decimalOf(Math.max(AVERAGE_SCALE, scale)) },
  min: { needs: 'lt', type: (value) => value },
  max: { needs: 'lt', type: (value) => value },
  countdistinct: { needs: 'in', type: () => COUNTED },
};

function planAggregate(
  input: Groupable,
  { expression, method, alias }: AggregateItem,
  keys: ReadonlySet<string>,
  when: TypedExpression | null,
): { readonly node: AggregateNode; readonly column: RowColumn } {
  const column = { path: [alias], declared: false };
  if (expression === null || method === 'count') {
    const counted = { type: COUNTED, currency: null, clock: when !== null && asksForClock(when), shownAs: null };
    return { node: { method: 'count', value: null, when, scale: 0 }, column: { ...column, ...counted } };
  }
  const { value, type, currency, clock, shownAs }: AggregateInput = input.aggregated(expression, keys);
  const { needs, type: resultOf } = METHODS[method];
  if (!type.operators.has(needs) || type.sortable === false || (needs === 'add' && !NUMBERS.has(type.type)))
    throw new PlatformError('operator_not_applicable', { operator: method, name: expression }, { target: APPLY });
  const result = resultOf(type);
  const counts = method === 'countdistinct';
  return {
    node: { method, value, when, scale: result.scale ?? 0 },
    column: { ...column, type: result, clock, currency: counts ? null : currency, shownAs: counts ? null : shownAs },
  };
}
