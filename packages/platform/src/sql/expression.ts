// Typed expression to SQL. Every comparison means exactly what the JavaScript evaluator means (a property test holds them
// together); in predicate position it is printed so that indexes apply. No value of an expression becomes SQL text.
import type { RecordsSource, TypedExpression } from '@kartoteka/metadata';
import { intervalOf, printArithmetic, secondsOf } from './expression-arithmetic.ts';
import { CALLS, type CallEnvironment } from './expression-calls.ts';
import {
  printCount,
  printHas,
  printLambda,
  printMember,
  printRecordsCount,
  printRecordsLambda,
} from './expression-collections.ts';
import { commonType, isNullable, isNullLiteral, SQL_TYPES, sqlTypeOf } from './expression-types.ts';
import type { SlotWriter } from './statement.ts';

export interface ExpressionEnvironment {
  readonly slots: SlotWriter;
  /** SQL of a property's value (text, bigint, numeric, boolean, date, timestamptz or uuid by its type). */
  readonly column: (navigations: readonly string[], property: string) => string;
  /** True: literals with an index are bound from the request. False: all literals are constants of a stored expression. */
  readonly boundLiterals: boolean;
  /** SQL that is true where the record is stale by a property, never null; absent where the change log cannot be asked. */
  readonly stale?: (navigations: readonly string[], property: string) => string;
  /** SQL of the members that predicates around the node are about. */
  readonly members?: ReadonlyMap<string, string>;
  /** Begins a subquery over the records of a collection of a record; absent where no expression asks for records. */
  readonly records?: (source: RecordsSource, from: RecordRows | undefined) => RecordRows;
  /** The records that predicates around the node are about, by variable. */
  readonly recordVariables?: ReadonlyMap<string, RecordRows>;
}

/** One record of a collection, in a subquery that ranges over those which the reader may read. */
export interface RecordRows {
  readonly column: (navigations: readonly string[], property: string) => string;
  readonly stale?: (navigations: readonly string[], property: string) => string;
  /** `from` and `where` of the subquery, once everything that names the record has been printed (joins come with names). */
  readonly source: () => { readonly from: string; readonly where: string };
}

/**
 * Boolean SQL that is true exactly where the expression is true; null means false. An expression that is not boolean
 * prints as its exact value.
 */
export function expressionToSql(typed: TypedExpression, environment: ExpressionEnvironment): string {
  return condition(typed, environment, 'predicate');
}

/**
 * SQL of the expression's exact value: null where it is null, comparisons never null. Numbers may be numeric; a duration beyond
 * what an interval can hold is null.
 */
export function expressionValueToSql(typed: TypedExpression, environment: ExpressionEnvironment): string {
  const sql = print(typed, environment, 'value');
  return typed.type === 'duration' && sqlTypeOf(typed) === 'numeric' ? intervalOf(sql) : sql;
}

/** PostgreSQL type of what expressionValueToSql prints. */
export function valueType(typed: TypedExpression): string {
  return typed.type === 'duration' ? 'interval' : sqlTypeOf(typed);
}

/** `predicate`: null may stand for false, so plain operators will do. `value`: the exact value is needed. */
export type Mode = 'predicate' | 'value';
type Env = ExpressionEnvironment;
type Of<K extends TypedExpression['kind']> = Extract<TypedExpression, { kind: K }>;
type Printers = { readonly [K in TypedExpression['kind']]: (node: Of<K>, env: Env, mode: Mode) => string };

export function print(node: TypedExpression, env: Env, mode: Mode): string {
  return (PRINTERS[node.kind] as (node: TypedExpression, env: Env, mode: Mode) => string)(node, env, mode);
}

/** A boolean; the null literal is one here. */
export function condition(node: TypedExpression, env: Env, mode: Mode): string {
  return isNullLiteral(node) ? 'null::boolean' : print(node, env, mode);
}

const PRINTERS: Printers = {
  literal: (node, env) => printLiteral(node, env, SQL_TYPES[node.type]),
  path: (node, env) => columnOf(node, env),
  call: printCall,
  compare: printComparison,
  arithmetic: (node, env) => printArithmetic(node, (side, sqlType) => as(side, env, sqlType)),
  logical: (node, env, mode) => {
    const terms = flatten(node, node.op).map((term) => condition(term, env, mode));
    return `(${terms.join(` ${node.op} `)})`;
  },
  not: (node, env) => `(not ${condition(node.operand, env, 'value')})`,
  negate: (node, env) => `(- ${numeric(node.operand, env)})`,
  round: ({ operand, scale, limit, type }, env) => {
    const rounded = `round(${numeric(operand, env)}, ${scale})`;
    if (limit === null) return type === 'integer' ? `${rounded}::bigint` : rounded;
    // Beyond the limit it is null: what a formula answers must not be an error, and has a bounded number of digits.
    const most = /^10+$/.test(limit) ? `1e${limit.length - 1}` : limit;
    const bounded = `least(greatest(${rounded}, -${most}), ${most})`;
    return `nullif(nullif(${bounded}, -${most}), ${most})${type === 'integer' ? '::bigint' : ''}`;
  },
  in: printIn,
  case: ({ branches, type: given }, env) => {
    const type = caseType(given);
    const arms = branches.map(
      ({ when, value }) => `when ${condition(when, env, 'predicate')} then ${as(value, env, type)}`,
    );
    return `(case ${arms.join(' ')} end)`;
  },
  variable: ({ name }, { members }) => members?.get(name) ?? fail(`There is no member ${name}`),
  lambda: printLambda,
  count: printCount,
  member: printMember,
  has: printHas,
  records_lambda: printRecordsLambda,
  records_count: printRecordsCount,
};

/** Type in which all results of a `case` are printed. */
function caseType(type: TypedExpression['type']): string {
  return sqlTypeOf({ kind: 'case', type, branches: [] });
}

/** SQL of a property, of the record of the scope or of one that a predicate is about. */
export function columnOf({ variable, navigations, property }: Of<'path'>, env: Env): string {
  return variable === undefined
    ? env.column(navigations, property)
    : rowsOf(variable, env).column(navigations, property);
}

export function rowsOf(variable: string, { recordVariables }: Env): RecordRows {
  return recordVariables?.get(variable) ?? fail(`There is no record ${variable}`);
}

function fail(message: string): never {
  throw new Error(message);
}

/** Terms of a left-deep chain of one operator: a list of a thousand must not nest a thousand parentheses. */
function flatten(node: Of<'logical'>, op: 'and' | 'or'): TypedExpression[] {
  const terms: TypedExpression[] = [];
  let left: TypedExpression = node;
  while (left.kind === 'logical' && left.op === op) {
    terms.push(left.right);
    left = left.left;
  }
  terms.push(left);
  return terms.reverse();
}

function printLiteral(node: Of<'literal'>, env: Env, sqlType: string): string {
  if (node.value === null) return `null::${sqlType}`;
  if (typeof node.value === 'boolean') return String(node.value);
  const { index, normalize } = node;
  if (env.boundLiterals && index !== null)
    return env.slots.use({ from: 'literal', index, ...(normalize === undefined ? {} : { normalize }) }, sqlType);
  return env.slots.use({ from: 'constant', value: node.value }, sqlType);
}

/** The value as a given type: nulls and numbers among literals take it, other values are of it already. */
export function as(node: TypedExpression, env: Env, sqlType: string): string {
  // Arithmetic with durations is arithmetic with their seconds.
  if (sqlType === 'numeric' && sqlTypeOf(node) === 'interval') return secondsOf(as(node, env, 'interval'));
  if (node.kind === 'literal') return printLiteral(node, env, sqlType);
  const sql = print(node, env, 'value');
  return sqlType === 'numeric' && sqlTypeOf(node) === 'bigint' ? `${sql}::numeric` : sql;
}

/** Arithmetic is done in numeric, where 64-bit integers cannot overflow. */
function numeric(node: TypedExpression, env: Env): string {
  return as(node, env, 'numeric');
}

const SIGNS = { lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

function printComparison(node: Of<'compare'>, env: Env, mode: Mode): string {
  const { op, left, right } = node;
  const type = commonType(left, right);
  const nullable = isNullable(left) || isNullable(right);
  if (op === 'eq' || op === 'ne') {
    if (isNullLiteral(right)) return `(${as(left, env, type)} is ${op === 'ne' ? 'not ' : ''}null)`;
    if (isNullLiteral(left)) return `(${as(right, env, type)} is ${op === 'ne' ? 'not ' : ''}null)`;
    return printEquality(op, left, right, env, type, mode);
  }
  const [a, b] = [orderable(left, env, type), orderable(right, env, type)];
  const sql = `${a} ${SIGNS[op]} ${b}`;
  return mode === 'predicate' || !nullable ? `(${sql})` : `coalesce(${sql}, false)`;
}

function printEquality(
  op: 'eq' | 'ne',
  left: TypedExpression,
  right: TypedExpression,
  env: Env,
  type: string,
  mode: Mode,
): string {
  const [a, b] = equatable(left, right, env, type);
  const [leftNullable, rightNullable] = [isNullable(left), isNullable(right)];
  if (!leftNullable && !rightNullable) return `(${a} ${op === 'eq' ? '=' : '<>'} ${b})`;
  if (op === 'ne') return `(${a} is distinct from ${b})`;
  const plain = mode === 'predicate' && !(leftNullable && rightNullable);
  return plain ? `(${a} = ${b})` : `(${a} is not distinct from ${b})`;
}

/** Text is ordered by code point, whatever the column's collation. */
function orderable(node: TypedExpression, env: Env, type: string): string {
  return type === 'text' ? binary(node, env) : as(node, env, type);
}

function binary(node: TypedExpression, env: Env): string {
  return `${as(node, env, 'text')} collate "C"`;
}

/** Against a value the column stays bare for its index; two columns may have collations that do not mix. */
function equatable(left: TypedExpression, right: TypedExpression, env: Env, type: string): readonly [string, string] {
  const bare = type !== 'text' || left.kind === 'literal' || right.kind === 'literal';
  return bare ? [as(left, env, type), as(right, env, type)] : [binary(left, env), binary(right, env)];
}

function printIn(node: Of<'in'>, env: Env, mode: Mode): string {
  const { operand, list } = node;
  const [first] = list;
  if (first?.kind === 'call' && first.name === 'my_teams') {
    const teams = env.slots.use({ from: 'context', name: 'my_teams' }, 'uuid[]');
    return twoValued(`${as(operand, env, 'uuid')} = any(${teams})`, operand, mode);
  }
  const values = list.filter((item) => item.kind === 'literal' && item.value !== null);
  if (values.length === list.length) return printInValues(operand, values, env, mode);
  if (operand.kind === 'path' || operand.kind === 'literal') return printInTerms(operand, list, env, mode);
  // Computed once (offset 0 keeps the planner from merging): nested lists would otherwise repeat it at every level.
  const type = sqlTypeOf(operand) === 'numeric' ? 'decimal' : operand.type;
  const name: Of<'path'> = { kind: 'path', type, navigations: [], property: NAMED, nullable: true };
  const terms = printInTerms(name, list, namedEnvironment(env), mode);
  return `(select ${terms} from (select ${as(operand, env, sqlTypeOf(operand))} as "in operand" offset 0) computed)`;
}

const NAMED = 'computed operand';

/** The environment in which one path, that no property can have, stands for the value named by the subselect. */
function namedEnvironment(env: Env): Env {
  const column = (navigations: readonly string[], property: string) =>
    property === NAMED ? 'computed."in operand"' : env.column(navigations, property);
  return { ...env, column };
}

/** `or` of equalities, the plain values among the items taken together. */
function printInTerms(operand: TypedExpression, list: readonly TypedExpression[], env: Env, mode: Mode): string {
  const values = list.filter((item) => item.kind === 'literal' && item.value !== null);
  const terms = values.length > 0 ? [printInValues(operand, values, env, mode)] : [];
  for (const item of list) {
    if (values.includes(item)) continue;
    terms.push(printComparison({ kind: 'compare', type: 'boolean', op: 'eq', left: operand, right: item }, env, mode));
  }
  return terms.length === 1 ? (terms[0] ?? 'false') : `(${terms.join(' or ')})`;
}

function printInValues(operand: TypedExpression, values: readonly TypedExpression[], env: Env, mode: Mode): string {
  const type = values.reduce((common, value) => (common === 'numeric' ? common : commonType(operand, value)), '');
  const items = values.map((value) => as(value, env, type));
  return twoValued(`${as(operand, env, type)} in (${items.join(', ')})`, operand, mode);
}

function twoValued(sql: string, operand: TypedExpression, mode: Mode): string {
  return mode === 'predicate' || !isNullable(operand) ? `(${sql})` : `coalesce(${sql}, false)`;
}

function printCall(node: Of<'call'>, env: Env): string {
  const context = CONTEXT[node.name];
  if (context !== undefined) return env.slots.use({ from: 'context', name: context.name }, context.type);
  if (node.name === 'is_stale') return staleOf(node, env);
  const call = CALLS[node.name];
  if (call === undefined) throw new Error(`The function ${node.name} has no SQL`);
  const environment: CallEnvironment = {
    print: (argument, sqlType) => as(argument, env, sqlType),
    timeZone: () => env.slots.use({ from: 'context', name: 'time_zone' }, 'text'),
  };
  return call(node.args, environment.print, environment);
}

function staleOf({ args: [path] }: Of<'call'>, env: Env): string {
  if (path?.kind !== 'path') throw new Error('is_stale takes a property');
  const { stale } = path.variable === undefined ? env : rowsOf(path.variable, env);
  return stale?.(path.navigations, path.property) ?? fail('The change log cannot be asked here');
}

const CONTEXT: Readonly<
  Record<string, { readonly name: 'me' | 'my_business_unit' | 'now' | 'today'; readonly type: string }>
> = {
  me: { name: 'me', type: 'uuid' },
  my_business_unit: { name: 'my_business_unit', type: 'uuid' },
  now: { name: 'now', type: 'timestamptz' },
  today: { name: 'today', type: 'date' },
};
