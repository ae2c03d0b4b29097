// Typed nodes to a value, in JavaScript: what the SQL printer does in PostgreSQL, with equal results (property test).
// It reads values through the caller's function and touches nothing else.
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  divideDecimals,
  divideWhole,
  multiplyDecimals,
  negateDecimal,
  parseDecimal,
  printDecimal,
  remainder,
  roundDecimal,
  subtractDecimals,
} from './decimal.ts';
import { lowerCase, upperCase } from './letter-case.ts';
import { canonicalDateTime, durationMicroseconds, durationText } from './literals.ts';
import { codePointIndexOf, codePointLength, codePointSubstring, compareCodePoints, trimText } from './text.ts';
import type {
  ArithmeticOperator,
  ComparisonOperator,
  EvaluationContext,
  ExpressionType,
  TypedExpression,
} from './types.ts';

/**
 * Value of a property: text, a boolean, a number or its exact text, an ISO date, a timestamp with offset, an ISO duration, a
 * GUID, an array of texts, any JSON value; null when it is null or a navigation on the way leads nowhere.
 */
export type ReadValue = (navigations: readonly string[], property: string) => StoredValue;
export type StoredValue = string | boolean | number | object | null;

/** Numbers, dates, timestamps, durations and GUIDs as canonical text. */
export type ExpressionValue = string | boolean | null;

/**
 * Value of a typed expression over a record. Throws TypeError when `read` gives a value that is not of the path's type.
 * Comparisons are never null; `and`, `or`, `not` follow three-valued logic; functions of null are null.
 */
export function evaluateExpression(
  typed: TypedExpression,
  read: ReadValue,
  context: EvaluationContext,
): ExpressionValue {
  const value = evaluate(typed, { read, context });
  if (typeof value !== 'object' || value === null) return value;
  return typed.type === 'duration' ? durationText(value.digits) : printDecimal(value);
}

/** Whether a record meets a boolean expression: null counts as no. Throws as evaluateExpression does. */
export function matchesExpression(typed: TypedExpression, read: ReadValue, context: EvaluationContext): boolean {
  return evaluate(typed, { read, context }) === true;
}

type Value = string | boolean | Decimal | null;
interface Env {
  readonly read: ReadValue;
  readonly context: EvaluationContext;
  /** Members that predicates around the node are about. */
  readonly members?: ReadonlyMap<string, Value>;
}
type Of<K extends TypedExpression['kind']> = Extract<TypedExpression, { kind: K }>;
type Evaluators = { readonly [K in TypedExpression['kind']]: (node: Of<K>, env: Env) => Value };

function evaluate(node: TypedExpression, env: Env): Value {
  return (EVALUATORS[node.kind] as (node: TypedExpression, env: Env) => Value)(node, env);
}

const EVALUATORS: Evaluators = {
  literal: ({ type, value }) => canonical(type, value),
  path: ({ type, navigations, property }, { read }) => canonical(type, read(navigations, property)),
  call: (node, env) => {
    const context = CONTEXT[node.name];
    if (context !== undefined) return context(env.context);
    const args = node.args.map((argument) => evaluate(argument, env));
    return args.includes(null) ? null : (CALLS[node.name]?.(args as Exclude<Value, null>[]) ?? null);
  },
  compare: ({ op, left, right }, env) => COMPARISONS[op](evaluate(left, env), evaluate(right, env)),
  arithmetic: (node, env) => {
    const [left, right] = [evaluate(node.left, env) as Decimal | null, evaluate(node.right, env) as Decimal | null];
    if (left === null || right === null) return null;
    return node.op === 'div' && node.type === 'integer' ? divideWhole(left, right) : ARITHMETIC[node.op](left, right);
  },
  logical: ({ op, left, right }, env) => {
    const decisive = op === 'or';
    const first = evaluate(left, env);
    if (first === decisive) return decisive;
    const second = evaluate(right, env);
    if (second === decisive) return decisive;
    return first === null || second === null ? null : !decisive;
  },
  not: ({ operand }, env) => {
    const value = evaluate(operand, env);
    return value === null ? null : value === false;
  },
  negate: ({ operand }, env) => {
    const value = evaluate(operand, env) as Decimal | null;
    return value === null ? null : negateDecimal(value);
  },
  round: ({ operand, scale, limit }, env) => {
    const value = evaluate(operand, env) as Decimal | null;
    if (value === null) return null;
    const rounded = roundDecimal(value, scale);
    if (limit === null) return rounded;
    const bound = BigInt(limit) * 10n ** BigInt(scale);
    return rounded.digits >= bound || rounded.digits <= -bound ? null : rounded;
  },
  in: (node, env) => {
    const value = evaluate(node.operand, env);
    const [first] = node.list;
    if (first?.kind === 'call' && first.name === 'my_teams') {
      return env.context.myTeams.some((team) => team.toLowerCase() === value);
    }
    return node.list.some((item) => isEqual(value, evaluate(item, env)));
  },
  variable: ({ name }, { members }) => members?.get(name) ?? null,
  lambda: ({ op, collection, variable, predicate }, env) => {
    const read = env.read(collection.navigations, collection.property);
    const items = Array.isArray(read) ? (read as readonly string[]) : [];
    if (predicate === null) return items.length > 0;
    const holds = (item: string) =>
      evaluate(predicate, { ...env, members: new Map([...(env.members ?? []), [variable ?? '', item]]) }) === true;
    return op === 'any' ? items.some(holds) : items.every(holds);
  },
};

function canonical(type: ExpressionType, value: StoredValue): Value {
  if (value === null) return null;
  const result = CANONICAL[type](value);
  if (result === undefined) throw new TypeError(`A value of type ${type} is expected`);
  return result;
}

function textOrNone(value: NonNullable<StoredValue>): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const CANONICAL: Readonly<Record<ExpressionType, (value: NonNullable<StoredValue>) => Value | undefined>> = {
  string: textOrNone,
  integer: (value) => parseDecimal(String(value)),
  decimal: (value) => parseDecimal(String(value)),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  date: textOrNone,
  datetime: (value) => canonicalDateTime(String(value)),
  duration: (value) => {
    const digits = durationMicroseconds(String(value));
    return digits === undefined ? undefined : { digits, scale: 0 };
  },
  guid: (value) => textOrNone(value)?.toLowerCase(),
  // Compared with null only.
  json: () => true,
  collection: (value) => (Array.isArray(value) ? true : undefined),
  null: () => null,
};

function compareValues(left: Exclude<Value, null>, right: Exclude<Value, null>): number {
  if (typeof left === 'object' && typeof right === 'object') return compareDecimals(left, right);
  return compareCodePoints(String(left), String(right));
}

function isEqual(left: Value, right: Value): boolean {
  return left === null || right === null ? left === right : compareValues(left, right) === 0;
}

function ordering(holds: (order: number) => boolean): (left: Value, right: Value) => boolean {
  return (left, right) => left !== null && right !== null && holds(compareValues(left, right));
}

const COMPARISONS: Readonly<Record<ComparisonOperator, (left: Value, right: Value) => boolean>> = {
  eq: isEqual,
  ne: (left, right) => !isEqual(left, right),
  lt: ordering((order) => order < 0),
  le: ordering((order) => order <= 0),
  gt: ordering((order) => order > 0),
  ge: ordering((order) => order >= 0),
};

const ARITHMETIC: Readonly<Record<ArithmeticOperator, (left: Decimal, right: Decimal) => Decimal | null>> = {
  add: addDecimals,
  sub: subtractDecimals,
  mul: multiplyDecimals,
  div: divideDecimals,
  divby: divideDecimals,
  mod: remainder,
};

const CONTEXT: Readonly<Record<string, (context: EvaluationContext) => Value>> = {
  me: ({ me }) => me.toLowerCase(),
  my_business_unit: ({ myBusinessUnit }) => myBusinessUnit.toLowerCase(),
  now: ({ now }) => canonical('datetime', now),
  today: ({ today }) => today,
};

const CALLS: Readonly<Record<string, (args: readonly Exclude<Value, null>[]) => Value>> = {
  contains: (args) => text(args, 0).includes(text(args, 1)),
  startswith: (args) => text(args, 0).startsWith(text(args, 1)),
  endswith: (args) => text(args, 0).endsWith(text(args, 1)),
  tolower: (args) => lowerCase(text(args, 0)),
  toupper: (args) => upperCase(text(args, 0)),
  trim: (args) => trimText(text(args, 0)),
  length: (args) => whole(codePointLength(text(args, 0))),
  indexof: (args) => whole(codePointIndexOf(text(args, 0), text(args, 1))),
  concat: (args) => text(args, 0) + text(args, 1),
  substring: (args) =>
    codePointSubstring(text(args, 0), integer(args, 1), args.length > 2 ? integer(args, 2) : undefined),
};

function text(args: readonly Exclude<Value, null>[], index: number): string {
  return String(args[index]);
}

/** The checker lets only integers here, whose scale is 0 unless a property gave `5.0`. */
function integer(args: readonly Exclude<Value, null>[], index: number): bigint {
  const { digits, scale } = args[index] as Decimal;
  return digits / 10n ** BigInt(scale);
}

function whole(number: number): Decimal {
  return { digits: BigInt(number), scale: 0 };
}
