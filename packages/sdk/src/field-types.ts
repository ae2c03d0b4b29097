// What can be asked of a property in a filter or an order, for the compiler: operators follow the kind of the property, so that a wrong
// one does not compile. Types only; filter.ts is what runs.
import type { Decimal, Int64 } from './exact.ts';
import type { Condition, Order } from './filter.ts';
import type { CrmSchema, NavigationShape } from './schema.ts';

declare const operand: unique symbol;

/** Something of a record that has a value of the type named `T`; others of the same type can be compared with it. */
export interface Operand<T> {
  readonly [operand]: T;
}

type Sided<V, T> = V | Operand<T>;

interface Equal<V, T> extends Operand<T> {
  eq(value: Sided<V, T> | null): Condition;
  ne(value: Sided<V, T> | null): Condition;
  in(values: readonly V[] | Members<T>): Condition;
}

interface Ordered<V, T> extends Equal<V, T> {
  lt(value: Sided<V, T>): Condition;
  le(value: Sided<V, T>): Condition;
  gt(value: Sided<V, T>): Condition;
  ge(value: Sided<V, T>): Condition;
}

interface Sortable {
  asc(): Order;
  desc(): Order;
}

/** A list that the service knows, such as the caller's teams. */
export interface Members<T> {
  readonly [operand]: readonly T[];
}

export interface TextOperand extends Ordered<string, 'text'> {
  contains(text: string | TextOperand): Condition;
  startsWith(text: string | TextOperand): Condition;
  endsWith(text: string | TextOperand): Condition;
  toLower(): TextOperand & Sortable;
  toUpper(): TextOperand & Sortable;
  trim(): TextOperand & Sortable;
  length(): NumberOperand & Sortable;
}

/** Numbers of JavaScript are taken where they are whole and exact; others are refused at run time, with the hint to give text. */
export type NumberValue = Int64 | Decimal | bigint | number;

export interface NumberOperand extends Ordered<NumberValue, 'number'> {
  round(): NumberOperand & Sortable;
  floor(): NumberOperand & Sortable;
  ceiling(): NumberOperand & Sortable;
}

/** Dates are text: `2026-11-22`. */
export interface DateOperand extends Ordered<string, 'date'> {
  year(): NumberOperand & Sortable;
  month(): NumberOperand & Sortable;
  day(): NumberOperand & Sortable;
}

/** Moments are text: `2026-11-22T10:00:00Z`. Their parts are those in the organization's time zone. */
export interface DatetimeOperand extends Ordered<string, 'datetime'> {
  year(): NumberOperand & Sortable;
  month(): NumberOperand & Sortable;
  day(): NumberOperand & Sortable;
  hour(): NumberOperand & Sortable;
  minute(): NumberOperand & Sortable;
  second(): NumberOperand & Sortable;
  date(): DateOperand & Sortable;
}

/** Durations are text: `PT1H30M`. */
export type DurationOperand = Ordered<string, 'duration'>;
export type BooleanOperand = Equal<boolean, 'boolean'>;
export type GuidOperand = Equal<string, 'guid'>;
export type ChoiceOperand<V> = Equal<V, 'choice'>;

export interface ChoicesOperand<V> {
  /** All of these are among the values. */
  has(first: V, ...more: V[]): Condition;
  /** A value for which it holds; without a condition: any value at all. */
  any(holds?: (value: ChoiceOperand<V>) => Condition): Condition;
  all(holds: (value: ChoiceOperand<V>) => Condition): Condition;
  count(): NumberOperand & Sortable;
}

export interface PresenceOperand {
  eq(value: null): Condition;
  ne(value: null): Condition;
}

interface OperandsByKind<V> {
  string: TextOperand & Sortable;
  long_text: TextOperand;
  int64: NumberOperand & Sortable;
  decimal: NumberOperand & Sortable;
  boolean: BooleanOperand & Sortable;
  date: DateOperand & Sortable;
  datetime: DatetimeOperand & Sortable;
  duration: DurationOperand & Sortable;
  guid: GuidOperand & Sortable;
  choice: ChoiceOperand<V> & Sortable;
  choices: ChoicesOperand<V extends readonly (infer Member)[] ? Member : never>;
  json: PresenceOperand;
}

type OperandOf<Kind, V> = Kind extends keyof OperandsByKind<V>
  ? OperandsByKind<Exclude<V, null | undefined>>[Kind]
  : never;

export type Names<T> = keyof T & string;

/** The entity set that a navigation of a set leads to. */
export type TargetOf<
  S extends CrmSchema<S>,
  Set extends keyof S,
  N extends keyof S[Set]['navigations'],
> = S[Set]['navigations'][N] extends NavigationShape ? S[Set]['navigations'][N]['set'] & keyof S : never;

export type IsMany<Shape> = Shape extends { many: true } ? true : false;

/** What `f` is in `filter: (f) => ...`: properties and navigations of a record of the set. */
export type Fields<S extends CrmSchema<S>, Set extends keyof S> = {
  readonly [P in Names<S[Set]['read']>]: P extends keyof S[Set]['kinds']
    ? OperandOf<S[Set]['kinds'][P], S[Set]['read'][P]>
    : never;
} & {
  readonly [N in Names<S[Set]['navigations']>]: IsMany<S[Set]['navigations'][N]> extends true
    ? Collection<S, TargetOf<S, Set, N>>
    : Fields<S, TargetOf<S, Set, N>>;
};

/** A collection of related records: those that the caller may read. */
export interface Collection<S extends CrmSchema<S>, Set extends keyof S> {
  /** There is one for which it holds; without a condition: there is one. */
  any(holds?: (record: Fields<S, Set>) => Condition): Condition;
  all(holds: (record: Fields<S, Set>) => Condition): Condition;
  /** How many there are, or how many for which it holds. */
  count(holds?: (record: Fields<S, Set>) => Condition): NumberOperand & Sortable;
}
