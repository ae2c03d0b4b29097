// What $apply says of records before they are grouped: which, what is computed from them, by what they are grouped and what is
// aggregated. Amounts in several currencies count by their value in the base currency, as in rollups.
import {
  type EntityType,
  type Model,
  type Property,
  referencedPaths,
  type Scope,
  substitutePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { APPLY } from '../request/apply.ts';
import { type ComputeItem, invalidOption } from '../request/compute.ts';
import { type Aliases, aliasScope, NO_ALIASES, withoutAliases } from './aliases.ts';
import type { RowColumn, ShownAs } from './apply-plan.ts';
import { planComputes } from './compute.ts';
import { planConstant } from './expression.ts';
import { asksForClock } from './order-by.ts';
import { entityAt, type Path, propertyAt } from './path.ts';
import { type ValueType, valueTypeOf } from './value-type.ts';

/** What a group stage reads of the rows before it. */
export interface GroupInput {
  readonly expression: TypedExpression;
  readonly column: RowColumn;
}

/** What an aggregate reads. */
export interface AggregateInput {
  readonly value: TypedExpression;
  readonly type: ValueType;
  readonly shownAs: ShownAs | null;
  readonly currency: string | null;
  readonly clock: boolean;
}

/** Rows that can be grouped: records, or the rows of an earlier stage. */
export interface Groupable {
  condition(text: string): TypedExpression;
  compute(items: readonly ComputeItem[]): void;
  key(path: readonly string[]): GroupInput;
  /** `keys`: paths by which the rows are grouped. */
  aggregated(text: string, keys: ReadonlySet<string>): AggregateInput;
}

/** No column has such a path: amounts of several fields, whose currencies may differ in one row. */
export const SEVERAL = 'several currencies';

/** Characters of a text by which rows are grouped: the continuation token holds them. */
export const GROUPED_CHARACTERS = 1_000;

export class ApplyRecords implements Groupable {
  readonly filters: TypedExpression[] = [];
  readonly searches: string[] = [];
  /** Expressions as they were written, with what was computed before put in place. */
  readonly written: TypedExpression[] = [];
  /** Expressions that the statement asks for. */
  readonly used: TypedExpression[] = [];
  readonly #model: Model;
  readonly #entity: EntityType;
  #aliases: Aliases = NO_ALIASES;

  constructor(model: Model, entity: EntityType) {
    this.#model = model;
    this.#entity = entity;
  }

  filter(text: string): void {
    this.filters.push(this.condition(text));
  }

  condition(text: string): TypedExpression {
    return this.#use(this.#expression(text, 'boolean'));
  }

  compute(items: readonly ComputeItem[]): void {
    const before = this.#aliases;
    this.#aliases = planComputes(this.#model, this.#entity, items, APPLY, before);
    for (const { name, expression } of this.#aliases.values()) if (!before.has(name)) this.written.push(expression);
  }

  key(path: readonly string[]): GroupInput {
    const alias = path.length === 1 ? this.#aliases.get(path[0] ?? '') : undefined;
    requireName(aliasScope(this.#entity, this.#model, this.#aliases), path);
    const expression = this.#use(this.#expression(path.join('/')));
    const property = expression.kind === 'path' ? this.#propertyAt(expression) : null;
    if (property !== null) refuseUngroupable(property, path);
    const type = alias?.type ?? valueTypeOf(expression, property, APPLY);
    if (asksForClock(expression)) refuseClock('groupby', APPLY);
    const column = { path, type, declared: alias === undefined, clock: false };
    return {
      expression,
      column: { ...column, currency: this.#currencyOf(expression), shownAs: this.#shown(expression) },
    };
  }

  aggregated(text: string, keys: ReadonlySet<string>): AggregateInput {
    const written = this.#expression(text);
    const value = this.#use(substitutePaths(written, (path) => this.#inOneCurrency(path, keys)));
    const property = value.kind === 'path' ? this.#propertyAt(value) : null;
    const type = valueTypeOf(value, property, APPLY);
    const clock = asksForClock(value);
    return { value, type, shownAs: this.#shown(value), currency: this.#currencyOf(value), clock };
  }

  #expression(text: string, expects?: 'boolean'): TypedExpression {
    const scope = aliasScope(this.#entity, this.#model, this.#aliases);
    const whole = withoutAliases(planConstant(scope, text, APPLY, expects), this.#aliases, APPLY);
    this.written.push(whole);
    return whole;
  }

  #use(expression: TypedExpression): TypedExpression {
    this.used.push(expression);
    return expression;
  }

  #propertyAt(path: Path): Property {
    return propertyAt(this.#model, this.#entity, path, APPLY);
  }

  /** An amount by its value in the base currency, unless all of a group are in one currency. */
  #inOneCurrency<P extends Path & { readonly variable?: string }>(path: P, keys: ReadonlySet<string>): P {
    // What is asked of other records is no amount of this one.
    if (path.variable !== undefined) return path;
    const { money } = this.#propertyAt(path);
    if (money === undefined || money.currency === null) return path;
    return keys.has([...path.navigations, money.currency].join('/')) ? path : { ...path, property: money.base };
  }

  #currencyOf(expression: TypedExpression): string | null {
    const own = referencedPaths(expression).filter(({ variable }) => variable === undefined);
    const found = own.flatMap((path) => {
      const currency = this.#propertyAt(path).money?.currency ?? null;
      return currency === null ? [] : [[...path.navigations, currency].join('/')];
    });
    const [one = null, ...others] = new Set(found);
    return others.length > 0 ? SEVERAL : one;
  }

  #shown(expression: TypedExpression): ShownAs | null {
    if (expression.kind !== 'path') return null;
    const { navigations: beside, property } = expression;
    return { entity: entityAt(this.#model, this.#entity, beside, APPLY), property, beside };
  }
}

/** Throws operator_not_applicable for what has no equality (JSON, several values), or would not fit into a continuation. */
function refuseUngroupable(property: Property, path: readonly string[]): void {
  if (isGroupable(property)) return;
  throw new PlatformError('operator_not_applicable', { operator: 'groupby', name: path.join('/') }, { target: APPLY });
}

/** Whether records can be grouped by the property. */
export function isGroupable(property: Property): boolean {
  return isAggregatable(property) && (property.maxLength ?? 0) <= GROUPED_CHARACTERS;
}

/** Whether an aggregation method applies to the property: its values can at least be told from one another. */
export function isAggregatable({ operators, sortable }: Property): boolean {
  return operators.has('in') && sortable !== false;
}

/** Throws unknown_property for what is no name there: words of the language (null, true) among them. */
export function requireName(scope: Scope, path: readonly string[]): void {
  if (scope.resolve(path) !== undefined) return;
  const values = { name: path.join('/'), entity: scope.entity ?? 'the record' };
  throw new PlatformError('unknown_property', values, { target: APPLY });
}

/** A continuation could not be told by values that differ on every page. Throws not_supported. */
export function refuseClock(what: string, option: string): never {
  const values = { what: `${what} by now(), today() or is_stale(), whose values change between pages,` };
  throw new PlatformError('not_supported', values, { target: option });
}

/** Throws invalid_option for amounts that cannot be added up. */
export function refuseMixed(name: string): never {
  throw invalidOption(APPLY, `${name} is in several currencies: aggregate it by its value in the base currency first`);
}
