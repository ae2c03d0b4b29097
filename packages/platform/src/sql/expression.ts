// Typed expression to SQL. Every comparison means exactly what the JavaScript evaluator means (a property test holds them
// together); in predicate position it is printed so that indexes apply. No value of an expression becomes SQL text.
import { DIVISION_SCALE, type TypedExpression } from '@kartoteka/metadata';
import { CALLS } from './expression-calls.ts';
import { commonType, isNullable, isNullLiteral, SQL_TYPES, sqlTypeOf } from './expression-types.ts';
import type { SlotWriter } from './statement.ts';

export interface ExpressionEnvironment {
  readonly slots: SlotWriter;
  /** SQL of a property's value (text, bigint, numeric, boolean, date, timestamptz or uuid by its type). */
  readonly column: (navigations: readonly string[], property: string) => string;
  /** True: literals with an index are bound from the request. False: all literals are constants of a stored expression. */
  readonly boundLiterals: boolean;
  /** SQL of the members that predicates around the node are about. */
  readonly members?: ReadonlyMap<string, string>;
}

/**
 * Boolean SQL that is true exactly where the expression is true; null means false. An expression that is not boolean
 * prints as its exact value.
 */
export function expressionToSql(typed: TypedExpression, environment: ExpressionEnvironment): string {
  return condition(typed, environment, 'predicate');
}

/** SQL of the expression's exact value: null where it is null, comparisons never null. Numbers may be numeric. */
export function expressionValueToSql(typed: TypedExpression, environment: ExpressionEnvironment): string {
  return print(typed, environment, 'value');
}

/** `predicate`: null may stand for false, so plain operators will do. `value`: the exact value is needed. */
type Mode = 'predicate' | 'value';
type Env = ExpressionEnvironment;
type Of<K extends TypedExpression['kind']> = Extract<TypedExpression, { kind: K }>;
type Printers = { readonly [K in TypedExpression['kind']]: (node: Of<K>, env: Env, mode: Mode) => string };

function print(node: TypedExpression, env: Env, mode: Mode): string {
  return (PRINTERS[node.kind] as (node: TypedExpression, env: Env, mode: Mode) => string)(node, env, mode);
}

/** A boolean; the null literal is one here. */
function condition(node: TypedExpression, env: Env, mode: Mode): string {
  return isNullLiteral(node) ? 'null::boolean' : print(node, env, mode);
}

const PRINTERS: Printers = {
  literal: (node, env) => printLiteral(node, env, SQL_TYPES[node.type]),
  path: (node, env) => env.column(node.navigations, node.property),
  call: printCall,
  compare: printComparison,
  arithmetic: (node, env) => {
    const [left, right] = [numeric(node.left, env), numeric(node.right, env)];
    return ARITHMETIC[node.op === 'div' && node.type === 'decimal' ? 'divby' : node.op](left, right);
  },
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
  variable: ({ name }, { members }) => members?.get(name) ?? fail(`There is no member ${name}`),
  lambda: printLambda,
};

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
function as(node: TypedExpression, env: Env, sqlType: string): string {
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
  const name: Of<'path'> = { kind: 'path', type: operand.type, navigations: [], property: NAMED, nullable: true };
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

function printLambda(node: Of<'lambda'>, env: Env, mode: Mode): string {
  const { op, collection, variable, predicate } = node;
  const column = env.column(collection.navigations, collection.property);
  if (predicate === null || variable === null) return `(coalesce(cardinality(${column}), 0) > 0)`;
  const values = op === 'any' ? soughtValues(predicate, variable) : null;
  if (values !== null) {
    // A GIN index over the members serves this.
    const sought = `${column} && array[${values.map((value) => as(value, env, 'text')).join(', ')}]`;
    return mode === 'predicate' ? `(${sought})` : `coalesce(${sought}, false)`;
  }
  const alias = `member_${env.members?.size ?? 0}`;
  const members = new Map([...(env.members ?? []), [variable, `${alias}.value`]]);
  const holds = condition(predicate, { ...env, members }, 'predicate');
  const from = `select from unnest(${column}) as ${alias}(value) where`;
  return op === 'any' ? `exists (${from} ${holds})` : `(not exists (${from} (${holds}) is not true))`;
}

/** The values of which a member is to be one, where that is all that the predicate says. */
function soughtValues(predicate: TypedExpression, variable: string): readonly TypedExpression[] | null {
  const isMember = (node: TypedExpression): boolean => node.kind === 'variable' && node.name === variable;
  const isValue = (node: TypedExpression): boolean => node.kind === 'literal' && node.value !== null;
  if (predicate.kind === 'in')
    return isMember(predicate.operand) && predicate.list.every(isValue) ? predicate.list : null;
  if (predicate.kind !== 'compare' || predicate.op !== 'eq') return null;
  const { left, right } = predicate;
  if (isMember(left) && isValue(right)) return [right];
  return isMember(right) && isValue(left) ? [left] : null;
}

const ARITHMETIC: Readonly<Record<Of<'arithmetic'>['op'], (left: string, right: string) => string>> = {
  add: (left, right) => `(${left} + ${right})`,
  sub: (left, right) => `(${left} - ${right})`,
  mul: (left, right) => `(${left} * ${right})`,
  div: (left, right) => `div(${left}, nullif(${right}, 0))`,
  // One digit more than is kept, cut off, then rounded: the quotient does not depend on numeric's own choice of scale.
  divby: (left, right) =>
    `round(div(${left} * 1e${DIVISION_SCALE + 1}, nullif(${right}, 0)) * 1e-${DIVISION_SCALE + 1}, ${DIVISION_SCALE})`,
  mod: (left, right) => `mod(${left}, nullif(${right}, 0))`,
};

function printCall(node: Of<'call'>, env: Env): string {
  const context = CONTEXT[node.name];
  if (context !== undefined) return env.slots.use({ from: 'context', name: context.name }, context.type);
  const call = CALLS[node.name];
  if (call === undefined) throw new Error(`The function ${node.name} has no SQL`);
  return call(node.args, (argument, sqlType) => as(argument, env, sqlType));
}

const CONTEXT: Readonly<
  Record<string, { readonly name: 'me' | 'my_business_unit' | 'now' | 'today'; readonly type: string }>
> = {
  me: { name: 'me', type: 'uuid' },
  my_business_unit: { name: 'my_business_unit', type: 'uuid' },
  now: { name: 'now', type: 'timestamptz' },
  today: { name: 'today', type: 'date' },
};
