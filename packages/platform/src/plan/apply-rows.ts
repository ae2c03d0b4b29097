// What $apply says of grouped rows: conditions, further columns, order, and what they are grouped by again. A name is a column of
// the rows; what is not among them any more has no name.
import { type EntityType, referencedPaths, type TypedExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { APPLY } from '../request/apply.ts';
import { type ComputeItem, invalidOption } from '../request/compute.ts';
import type { OrderItem } from '../request/select-expand.ts';
import type { RowColumn, RowOrder, Stage } from './apply-plan.ts';
import {
  type AggregateInput,
  type Groupable,
  type GroupInput,
  refuseClock,
  refuseMixed,
  requireName,
  SEVERAL,
} from './apply-records.ts';
import { planConstant } from './expression.ts';
import { asksForClock } from './order-by.ts';
import { columnNumber, refuseColumn, rowOrder, rowScope } from './row-scope.ts';
import { valueTypeOf } from './value-type.ts';

/** Columns that rows can have: more would be too wide for the server. */
const MOST_COLUMNS = 200;

export class ApplyRows implements Groupable {
  columns: readonly RowColumn[];
  /** How many of the columns, the first ones, no two rows have in common. */
  readonly keys: number;
  readonly #entity: EntityType;
  readonly #stages: Stage[];

  /** Stages that it makes are added to `stages`. */
  constructor(entity: EntityType, columns: readonly RowColumn[], keys: number, stages: Stage[]) {
    this.#entity = entity;
    this.columns = columns;
    this.keys = keys;
    this.#stages = stages;
  }

  filter(text: string): void {
    this.#stages.push({ kind: 'where', condition: this.condition(text) });
  }

  condition(text: string): TypedExpression {
    return planConstant(rowScope(this.columns), text, APPLY, 'boolean');
  }

  /** Computes further columns; an item may name those before it. */
  compute(items: readonly ComputeItem[], option = APPLY): void {
    for (const { expression: text, alias } of items) {
      refuseColumn(alias, this.#entity, this.columns, option);
      const value = planConstant(rowScope(this.columns), text, option);
      const repeated = value.kind === 'path' ? this.#column(value) : null;
      const type = repeated?.type ?? valueTypeOf(value, null, option);
      const currency = this.#currencyOf(value);
      const made = { currency, clock: this.#isClock(value), shownAs: repeated?.shownAs ?? null };
      const column = { path: [alias], type, declared: false, ...made };
      this.#stages.push({ kind: 'extend', values: [value] });
      this.columns = [...this.columns, column];
    }
    if (this.columns.length > MOST_COLUMNS)
      throw new PlatformError('limit_exceeded', { limit: 'columns of $apply', value: String(MOST_COLUMNS) });
  }

  order(items: readonly OrderItem[], option: string): readonly RowOrder[] {
    return items.map((item) => {
      const expression = planConstant(rowScope(this.columns), item.expression, option);
      const column = expression.kind === 'path' ? this.#column(expression) : null;
      const type = column?.type ?? valueTypeOf(expression, null, option);
      if (this.#isClock(expression)) refuseClock('An order', option);
      return rowOrder(expression, type, item.descending, this.keys);
    });
  }

  key(path: readonly string[]): GroupInput {
    const scope = rowScope(this.columns);
    requireName(scope, path);
    const expression = planConstant(scope, path.join('/'), APPLY);
    if (expression.kind !== 'path') throw invalidOption(APPLY, `${path.join('/')} is no name of a column`);
    const column = this.#column(expression);
    if (column.clock) refuseClock('groupby', APPLY);
    return { expression, column };
  }

  aggregated(text: string, keys: ReadonlySet<string>): AggregateInput {
    const value = planConstant(rowScope(this.columns), text, APPLY);
    const column = value.kind === 'path' ? this.#column(value) : null;
    const currency = this.#currencyOf(value);
    if (currency !== null && !keys.has(currency)) refuseMixed(text);
    const type = column?.type ?? valueTypeOf(value, null, APPLY);
    return { value, type, shownAs: column?.shownAs ?? null, currency, clock: this.#isClock(value) };
  }

  #column(path: { readonly property: string }): RowColumn {
    return this.columns[columnNumber(path)] as RowColumn;
  }

  #isClock(expression: TypedExpression): boolean {
    return asksForClock(expression) || referencedPaths(expression).some((path) => this.#column(path).clock);
  }

  #currencyOf(expression: TypedExpression): string | null {
    const found = referencedPaths(expression).map((path) => this.#column(path).currency);
    const [one = null, ...others] = new Set(found.filter((currency) => currency !== null));
    return others.length > 0 ? SEVERAL : one;
  }
}
