// Typed nodes to a value, in JavaScript: what the SQL printer does in PostgreSQL, with equal results (property test).
// It reads values through the caller's function and touches nothing else.
import { ExactNumber } from '../exact-number.ts';
import { compareDecimals, type Decimal, negateDecimal, parseDecimal, printDecimal, roundDecimal } from './decimal.ts';
import { calculate } from './evaluate-arithmetic.ts';
import { CALLS, CONTEXT_CALLS } from './evaluate-calls.ts';
import { canonicalDateTime, canonicalTime, durationMicroseconds, durationText } from './literals.ts';
import { compareCodePoints } from './text.ts';
import {
  type ComparisonOperator,
  type EvaluationContext,
  type ExpressionType,
  type RecordsSource,
  THIS,
  type TypedExpression,
} from './types.ts';

/**
 * Value of a property: text, a boolean, a number or its exact text, an ISO date, a timestamp with offset, an ISO duration, a
 * GUID, an array of texts, any JSON value; null when it is null or a navigation on the way leads nowhere.
 */
export type ReadValue = (navigations: readonly string[], property: string) => StoredValue;
export type StoredValue = string | boolean | number | object | null;

/** A value as JSON has it, for expressions: exact numbers are their text, what is missing is null. */
export const storedValue = (value: unknown): StoredValue =>
  value instanceof ExactNumber ? value.text : ((value ?? null) as StoredValue);

/** A record with what it leads to, for expressions that ask for records of collections. */
export interface RecordReader {
  readonly read: ReadValue;
  /** The records of a collection; none where a navigation on the way leads nowhere. */
  readonly records: (navigations: readonly string[], navigation: string) => readonly RecordReader[];
}

/** Numbers, dates, timestamps, durations and GUIDs as canonical text. */
export type ExpressionValue = string | boolean | null;

/**
 * Value of a typed expression over a record. Throws TypeError when `read` gives a value that is not of the path's type.
 * Comparisons are never null; `and`, `or`, `not` follow three-valued logic; functions of null are null.
 */
export function evaluateExpression(
  typed: TypedExpression,
  read: ReadValue | RecordReader,
  context: EvaluationContext,
): ExpressionValue {
  const value = evaluate(typed, { record: recordOf(read), context });
  if (typeof value !== 'object' || value === null) return value;
  return typed.type === 'duration' ? durationText(roundDecimal(value, 6).digits) : printDecimal(value);
}

/** Whether a record meets a boolean expression: null counts as no. Throws as evaluateExpression does. */
export function matchesExpression(
  typed: TypedExpression,
  read: ReadValue | RecordReader,
  context: EvaluationContext,
): boolean {
  return evaluate(typed, { record: recordOf(read), context }) === true;
}

function recordOf(read: ReadValue | RecordReader): RecordReader {
  if (typeof read !== 'function') return read;
  const records = (): never => {
    throw new Error('the records of a collection are not known here');
  };
  return { read, records };
}

/** Durations are seconds, with six digits after the point or more. */
export type Value = string | boolean | Decimal | null;
interface Env {
  /** That paths without a variable begin at. */
  readonly record: RecordReader;
  readonly context: EvaluationContext;
  /** Members of arrays, and records, that predicates around the node are about. */
  readonly members?: ReadonlyMap<string, Value>;
  readonly records?: ReadonlyMap<string, RecordReader>;
}
type Of<K extends TypedExpression['kind']> = Extract<TypedExpression, { kind: K }>;
type Evaluators = { readonly [K in TypedExpression['kind']]: (node: Of<K>, env: Env) => Value };

function evaluate(node: TypedExpression, env: Env): Value {
  return (EVALUATORS[node.kind] as (node: TypedExpression, env: Env) => Value)(node, env);
}

const EVALUATORS: Evaluators = {
  // Of a boolean in quotes the value is a text.
  literal: ({ type, value }) =>
    type === 'boolean' && typeof value === 'string' ? value === 'true' : canonical(type, value),
  path: (node, env) => canonical(node.type, readPath(node, env)),
  call: (node, env) => {
    const context = CONTEXT_CALLS[node.name];
    if (context !== undefined) return context(env.context);
    const args = node.args.map((argument) => evaluate(argument, env));
    if (args.includes(null)) return null;
    const types = node.args.map(({ type }) => type);
    return CALLS[node.name]?.(args as Exclude<Value, null>[], types, env.context) ?? null;
  },
  case: ({ branches }, env) => {
    const branch = branches.find(({ when }) => evaluate(when, env) === true);
    return branch === undefined ? null : evaluate(branch.value, env);
  },
  compare: ({ op, left, right }, env) => COMPARISONS[op](evaluate(left, env), evaluate(right, env)),
  arithmetic: (node, env) => {
    const [left, right] = [evaluate(node.left, env), evaluate(node.right, env)];
    return left === null || right === null ? null : calculate(node, left, right);
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
    const items = membersOf(collection, env);
    if (predicate === null) return items.length > 0;
    const holds = (item: string) =>
      evaluate(predicate, { ...env, members: new Map([...(env.members ?? []), [variable ?? '', item]]) }) === true;
    return op === 'any' ? items.some(holds) : items.every(holds);
  },
  count: ({ collection }, env) => ({ digits: BigInt(membersOf(collection, env).length), scale: 0 }),
  member: ({ operand, collection }, env) => {
    const value = evaluate(operand, env);
    return membersOf(collection, env).some((member) => member === value);
  },
  has: ({ collection, values }, env) => {
    const items = readPath(collection, env);
    const sought = evaluate(values, env);
    if (!Array.isArray(items) || typeof sought !== 'string') return false;
    return sought === '' || sought.split(',').every((value) => items.includes(value));
  },
  records_lambda: ({ op, source, variable, predicate }, env) => {
    const records = recordsOf(source, env);
    if (predicate === null) return records.length > 0;
    const holds = (record: RecordReader) => evaluate(predicate, withRecord(env, variable ?? '', record)) === true;
    return op === 'any' ? records.some(holds) : records.every(holds);
  },
  records_count: ({ source, predicate }, env) => {
    const records = recordsOf(source, env);
    const holds = (record: RecordReader) =>
      predicate === null || evaluate(predicate, withRecord(env, THIS, record)) === true;
    return { digits: BigInt(records.filter(holds).length), scale: 0 };
  },
};

function rootOf(variable: string | undefined, env: Env): RecordReader {
  const record = variable === undefined ? env.record : env.records?.get(variable);
  if (record === undefined) throw new Error(`There is no record ${variable}`);
  return record;
}

function readPath({ variable, navigations, property }: Of<'path'>, env: Env): StoredValue {
  return rootOf(variable, env).read(navigations, property);
}

function membersOf(collection: Of<'path'>, env: Env): readonly string[] {
  const read = readPath(collection, env);
  return Array.isArray(read) ? (read as readonly string[]) : [];
}

function recordsOf({ variable, navigations, navigation }: RecordsSource, env: Env): readonly RecordReader[] {
  return rootOf(variable, env).records(navigations, navigation);
}

function withRecord(env: Env, variable: string, record: RecordReader): Env {
  return { ...env, records: new Map([...(env.records ?? []), [variable, record]]) };
}

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
  time: (value) => canonicalTime(String(value)),
  duration: (value) => {
    const digits = durationMicroseconds(String(value));
    return digits === undefined ? undefined : { digits, scale: 6 };
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
