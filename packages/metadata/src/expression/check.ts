// Nodes to typed nodes: resolves names against a scope and gives every node a type. All findings are collected.
// It changes no meaning, except that a string literal may stand for a GUID. It knows no entity and no SQL.
import { FUNCTIONS } from './functions.ts';
import { areComparable, asGuid, hintFor, isAssignable, withArticle } from './type-rules.ts';
import type {
  ComparisonOperator,
  Expression,
  ExpressionError,
  ExpressionType,
  ResolvedPath,
  Scope,
  TypedExpression,
} from './types.ts';

export interface CheckOptions {
  /** Type the whole expression must have; an integer may stand for a decimal, null for anything. */
  readonly expects?: ExpressionType;
  /** Refuse to compare a choice with a value it does not have: for stored expressions, where that is a mistake. */
  readonly strictValues?: boolean;
}

export type CheckedExpression =
  | { readonly ok: true; readonly expression: TypedExpression }
  | { readonly ok: false; readonly errors: readonly ExpressionError[] };

/**
 * Checks a parsed expression against a scope. Error codes: unknown_property, operator_not_applicable, type_mismatch,
 * invalid_expression.
 */
export function checkExpression(expression: Expression, scope: Scope, options: CheckOptions = {}): CheckedExpression {
  const check = new Check(scope, options.strictValues === true);
  const typed = check.node(expression);
  const { expects } = options;
  if (typed !== undefined && expects !== undefined && !isAssignable(typed.type, expects)) {
    check.error('type_mismatch', expression.at, `${withArticle(expects)} is expected, not ${withArticle(typed.type)}`);
  }
  return typed === undefined || check.errors.length > 0
    ? { ok: false, errors: check.errors }
    : { ok: true, expression: typed };
}

const ORDERING: ReadonlySet<ComparisonOperator> = new Set(['lt', 'le', 'gt', 'ge']);

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
type Checks = { readonly [K in Expression['kind']]: (check: Check, node: Of<K>) => TypedExpression | undefined };

/** Collects errors; a node that cannot be typed is undefined, and its parents say nothing more about it. */
class Check {
  readonly errors: ExpressionError[];
  readonly scope: Scope;
  readonly #strictValues: boolean;

  constructor(scope: Scope, strictValues: boolean, errors: ExpressionError[] = []) {
    this.scope = scope;
    this.#strictValues = strictValues;
    this.errors = errors;
  }

  /** Checks in another scope, with the findings of both together. */
  within(scope: Scope): Check {
    return new Check(scope, this.#strictValues, this.errors);
  }

  error(
    code: string,
    at: number,
    message: string,
    hint?: string,
    values?: Readonly<Record<string, string>>,
  ): undefined {
    this.errors.push({ code, at, message, hint, values: values ?? { reason: message } });
  }

  node(node: Expression): TypedExpression | undefined {
    const check = CHECKS[node.kind] as (check: Check, node: Expression) => TypedExpression | undefined;
    return check(this, node);
  }

  /** Reports when a path stands under an operator or function that its property does not have. */
  applies(name: string, node: Expression): void {
    if (node.kind !== 'path') return;
    const resolved = this.scope.resolve(node.segments);
    if (resolved === undefined || resolved.operators.has(name)) return;
    const path = node.segments.join('/');
    this.error('operator_not_applicable', node.at, `${name} cannot be applied to ${path}`, undefined, {
      operator: name,
      name: path,
    });
  }

  /** Types two sides of a comparison; a string literal against a GUID becomes one. */
  pair(
    left: TypedExpression,
    right: TypedExpression,
    at: number,
  ): readonly [TypedExpression, TypedExpression] | undefined {
    const sides = [asGuid(left, right.type), asGuid(right, left.type)] as const;
    if (areComparable(sides[0].type, sides[1].type)) return sides;
    const types = sides.map((side) => side.type);
    return this.error(
      'type_mismatch',
      at,
      `${withArticle(left.type)} cannot be compared with ${withArticle(right.type)}`,
      hintFor(types),
    );
  }

  /** The literal as the property it is compared with stores values: `8 (495) 123-45-67` as `+74951234567`. */
  stored(node: Expression, literal: TypedExpression): TypedExpression {
    if (node.kind !== 'path' || literal.kind !== 'literal' || typeof literal.value !== 'string') return literal;
    const normalize = literal.type === 'string' ? this.scope.resolve(node.segments)?.normalize : undefined;
    return normalize === undefined ? literal : { ...literal, value: String(normalize(literal.value)), normalize };
  }

  /** Reports a literal that is not a value of the choice it is compared with. */
  choice(node: Expression, literal: Expression): void {
    if (!this.#strictValues || node.kind !== 'path' || literal.kind !== 'literal' || typeof literal.value !== 'string')
      return;
    const values = this.scope.resolve(node.segments)?.values;
    if (values === undefined || values.includes(literal.value)) return;
    const shown = values.slice(0, 20).join(', ') + (values.length > 20 ? ', ...' : '');
    this.error(
      'invalid_expression',
      literal.at,
      `${literal.value} is not a value of ${node.segments.join('/')}`,
      `Values are ${shown}`,
    );
  }

  boolean(node: Expression, operator: string): TypedExpression | undefined {
    const typed = this.node(node);
    if (typed === undefined || isAssignable(typed.type, 'boolean')) return typed;
    const hint = operator === 'not' ? 'not binds tighter than comparison: write not (a eq b)' : undefined;
    return this.error('type_mismatch', node.at, `${operator} needs a boolean, not ${withArticle(typed.type)}`, hint);
  }

  number(node: Expression, operator: string): TypedExpression | undefined {
    this.applies(operator, node);
    const typed = this.node(node);
    if (typed === undefined || isAssignable(typed.type, 'decimal')) return typed;
    return this.error('type_mismatch', node.at, `${operator} needs numbers, not ${withArticle(typed.type)}`);
  }
}

const CHECKS: Checks = {
  literal: (_check, { type, value, index }) => ({ kind: 'literal', type, value, index }),
  path: checkPath,
  call: checkCall,
  compare: checkComparison,
  arithmetic: checkArithmetic,
  logical: (check, { op, left, right }) => {
    const [typedLeft, typedRight] = [check.boolean(left, op), check.boolean(right, op)];
    return typedLeft && typedRight && { kind: 'logical', type: 'boolean', op, left: typedLeft, right: typedRight };
  },
  not: (check, node) => {
    const operand = check.boolean(node.operand, 'not');
    return operand && { kind: 'not', type: 'boolean', operand };
  },
  negate: (check, node) => {
    const operand = check.number(node.operand, 'sub');
    return operand && { kind: 'negate', type: operand.type === 'decimal' ? 'decimal' : 'integer', operand };
  },
  in: checkIn,
  lambda: checkLambda,
};

function checkPath(check: Check, node: Of<'path'>): TypedExpression | undefined {
  const resolved = check.scope.resolve(node.segments);
  if (resolved === undefined) {
    const name = node.segments.join('/');
    const entity = check.scope.entity ?? 'this record';
    return check.error('unknown_property', node.at, `There is no property ${name} on ${entity}`, undefined, {
      name,
      entity,
    });
  }
  const { navigations, property, type, variable } = resolved;
  if (variable !== undefined) return { kind: 'variable', type, name: variable };
  // What a lookup leads to may be missing or hidden, whatever the target's own property allows.
  return { kind: 'path', type, navigations, property, nullable: resolved.nullable || navigations.length > 0 };
}

function checkCall(check: Check, node: Of<'call'>): TypedExpression | undefined {
  const signature = FUNCTIONS.get(node.name);
  if (signature === undefined) return check.error('invalid_expression', node.at, `There is no function ${node.name}`);
  if (node.name === 'my_teams') {
    return check.error(
      'invalid_expression',
      node.at,
      'my_teams() can stand only on the right of in',
      'Write owner_id in my_teams()',
    );
  }
  const { parameters, optional, result } = signature;
  const least = parameters.length - optional;
  if (node.args.length < least || node.args.length > parameters.length) {
    const count = optional === 0 ? String(least) : `${least} to ${parameters.length}`;
    check.error('invalid_expression', node.at, `${node.name} takes ${count} arguments, not ${node.args.length}`);
  }
  const args: TypedExpression[] = [];
  for (const [i, argument] of node.args.entries()) {
    const expected = parameters[i];
    if (expected !== undefined) check.applies(node.name, argument);
    const typed = check.node(argument);
    if (typed === undefined || expected === undefined) continue;
    args.push(typed);
    if (isAssignable(typed.type, expected)) continue;
    check.error(
      'type_mismatch',
      argument.at,
      `${node.name} takes ${withArticle(expected)} here, not ${withArticle(typed.type)}`,
    );
  }
  return args.length === node.args.length ? { kind: 'call', type: result, name: node.name, args } : undefined;
}

function checkComparison(check: Check, node: Of<'compare'>): TypedExpression | undefined {
  const { op } = node;
  check.applies(op, node.left);
  check.applies(op, node.right);
  const [left, right] = [check.node(node.left), check.node(node.right)];
  if (left === undefined || right === undefined) return undefined;
  const sides = check.pair(left, right, node.at);
  if (sides === undefined) return undefined;
  if (ORDERING.has(op) && (left.type === 'boolean' || right.type === 'boolean')) {
    return check.error('type_mismatch', node.at, `${op} cannot compare booleans`, 'Use eq, ne, and, or, not');
  }
  if (!ORDERING.has(op)) {
    check.choice(node.left, node.right);
    check.choice(node.right, node.left);
  }
  const [one, other] = [check.stored(node.right, sides[0]), check.stored(node.left, sides[1])];
  return { kind: 'compare', type: 'boolean', op, left: one, right: other };
}

function checkArithmetic(check: Check, node: Of<'arithmetic'>): TypedExpression | undefined {
  const { op } = node;
  const [left, right] = [check.number(node.left, op), check.number(node.right, op)];
  if (left === undefined || right === undefined) return undefined;
  const whole = op !== 'divby' && left.type !== 'decimal' && right.type !== 'decimal';
  return { kind: 'arithmetic', type: whole ? 'integer' : 'decimal', op, left, right };
}

function checkIn(check: Check, node: Of<'in'>): TypedExpression | undefined {
  check.applies('in', node.operand);
  const operand = check.node(node.operand);
  const list: TypedExpression[] = [];
  for (const item of node.list) {
    check.applies('in', item);
    const isTeams = item.kind === 'call' && item.name === 'my_teams' && node.list.length === 1;
    const typed = isTeams ? MY_TEAMS : check.node(item);
    if (operand === undefined || typed === undefined) continue;
    const sides = check.pair(operand, typed, item.at);
    if (sides === undefined) continue;
    if (sides[0] !== operand)
      check.error('type_mismatch', item.at, 'A text in quotes cannot be compared with a GUID here');
    check.choice(node.operand, item);
    list.push(check.stored(node.operand, sides[1]));
  }
  if (operand === undefined || list.length !== node.list.length) return undefined;
  return { kind: 'in', type: 'boolean', operand, list };
}

function checkLambda(check: Check, node: Of<'lambda'>): TypedExpression | undefined {
  const { op, path, variable, predicate, at } = node;
  if (check.scope.isRecords?.(path)) {
    const what = `The operator ${op} over records`;
    return check.error('not_supported', at, `${what} is not supported yet`, undefined, { what });
  }
  const operand: Of<'path'> = { kind: 'path', segments: path, at };
  check.applies(op, operand);
  const collection = checkPath(check, operand);
  const members = check.scope.resolve(path)?.members;
  if (collection?.kind !== 'path' || members === undefined) return undefined;
  if (predicate === null || variable === null)
    return { kind: 'lambda', type: 'boolean', op, collection, variable: null, predicate: null };
  const typed = check.within(memberScope(check.scope, variable, path, members)).boolean(predicate, op);
  return typed && { kind: 'lambda', type: 'boolean', op, collection, variable, predicate: typed };
}

/** The scope in which a name stands for a member of the collection; whatever else has that name is hidden by it. */
function memberScope(
  scope: Scope,
  variable: string,
  path: readonly string[],
  members: NonNullable<ResolvedPath['members']>,
): Scope {
  const values = scope.resolve(path)?.values;
  const member = { navigations: [], property: variable, variable, nullable: false, ...members };
  return {
    ...scope,
    isRecords: (segments) => segments[0] !== variable && scope.isRecords?.(segments) === true,
    resolve(segments) {
      if (segments[0] !== variable) return scope.resolve(segments);
      return segments.length === 1 ? { ...member, ...(values === undefined ? {} : { values }) } : undefined;
    },
  };
}

const MY_TEAMS: TypedExpression = { kind: 'call', type: 'guid', name: 'my_teams', args: [] };
