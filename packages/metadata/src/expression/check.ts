// Nodes to typed nodes: resolves names against a scope and gives every node a type. All findings are collected.
// It changes no meaning, except that a string literal may stand for a value of another type. It knows no entity and no SQL.
import { checkCall, checkCase, checkCast } from './check-calls.ts';
import { checkCount, checkHas, checkLambda, checkMember } from './check-collections.ts';
import { type Binding, type Names, resolvePath, resolveRecords } from './check-names.ts';
import { areComparable, arithmeticType, asOther, hintFor, isAssignable, withArticle } from './type-rules.ts';
import type {
  ComparisonOperator,
  Expression,
  ExpressionError,
  ExpressionType,
  ResolvedPath,
  ResolvedRecords,
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
  const names: Names = { scope, root: undefined, it: scope.it ?? scope, variables: new Map() };
  const check = new Check(names, options.strictValues === true);
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

export type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
type Checks = { readonly [K in Expression['kind']]: (check: Check, node: Of<K>) => TypedExpression | undefined };

/** Collects errors; a node that cannot be typed is undefined, and its parents say nothing more about it. */
export class Check {
  readonly errors: ExpressionError[];
  readonly names: Names;
  readonly #strictValues: boolean;

  constructor(names: Names, strictValues: boolean, errors: ExpressionError[] = []) {
    this.names = names;
    this.#strictValues = strictValues;
    this.errors = errors;
  }

  /** Checks where names mean something else as well, with the findings of both together. */
  within(names: Partial<Names>): Check {
    return new Check({ ...this.names, ...names }, this.#strictValues, this.errors);
  }

  /** Checks where a variable stands for a member; whatever else has that name is hidden by it. */
  withVariable(name: string, binding: Binding): Check {
    return this.within({ variables: new Map([...this.names.variables, [name, binding]]) });
  }

  resolve(segments: readonly string[]): ResolvedPath | undefined {
    return resolvePath(this.names, segments)?.path;
  }

  records(segments: readonly string[]): (ResolvedRecords & { readonly root?: string }) | 'refused' | undefined {
    return resolveRecords(this.names, segments);
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

  /** Reports when a path stands under an operator or function that its property does not have; `shown` is its name in the text. */
  applies(name: string, node: Expression, shown = name): void {
    if (node.kind !== 'path') return;
    const resolved = this.resolve(node.segments);
    if (resolved === undefined || resolved.operators.has(name)) return;
    const path = node.segments.join('/');
    this.error('operator_not_applicable', node.at, `${shown} cannot be applied to ${path}`, undefined, {
      operator: shown,
      name: path,
    });
  }

  /** Types two sides of a comparison; a string literal becomes of the other's type. */
  pair(
    left: TypedExpression,
    right: TypedExpression,
    at: number,
  ): readonly [TypedExpression, TypedExpression] | undefined {
    const sides = [asOther(left, right.type), asOther(right, left.type)] as const;
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
    const normalize = literal.type === 'string' ? this.resolve(node.segments)?.normalize : undefined;
    return normalize === undefined ? literal : { ...literal, value: String(normalize(literal.value)), normalize };
  }

  /** Reports a literal that is not a value of the choice it is compared with. */
  choice(node: Expression, literal: Expression): void {
    if (node.kind === 'path') this.choiceAt(node.segments, literal);
  }

  choiceAt(segments: readonly string[], literal: Expression): void {
    if (!this.#strictValues || literal.kind !== 'literal' || typeof literal.value !== 'string') return;
    const values = this.resolve(segments)?.values;
    if (values === undefined || values.includes(literal.value)) return;
    const shown = values.slice(0, 20).join(', ') + (values.length > 20 ? ', ...' : '');
    this.error(
      'invalid_expression',
      literal.at,
      `${literal.value} is not a value of ${segments.join('/')}`,
      `Values are ${shown}`,
    );
  }

  boolean(node: Expression, operator: string): TypedExpression | undefined {
    const typed = this.node(node);
    if (typed === undefined || isAssignable(typed.type, 'boolean')) return typed;
    const hint = operator === 'not' ? 'not binds tighter than comparison: write not (a eq b)' : undefined;
    return this.error('type_mismatch', node.at, `${operator} needs a boolean, not ${withArticle(typed.type)}`, hint);
  }

  /** A side of arithmetic. */
  operand(node: Expression, operator: string): TypedExpression | undefined {
    this.applies(operator, node);
    return this.node(node);
  }
}

const CHECKS: Checks = {
  literal: (_check, { type, value, index }) => ({ kind: 'literal', type, value, index }),
  path: checkPath,
  call: checkCall,
  case: checkCase,
  cast: checkCast,
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
  negate: checkNegation,
  in: checkIn,
  member: checkMember,
  has: checkHas,
  lambda: checkLambda,
  count: checkCount,
};

/** Spelled as numbers, which no type has that properties here are of. */
const NO_NUMBERS: ReadonlySet<string> = new Set(['INF', 'NaN']);

export function checkPath(check: Check, node: Pick<Of<'path'>, 'segments' | 'at'>): TypedExpression | undefined {
  const found = resolvePath(check.names, node.segments);
  if (found !== undefined) {
    const { root, value } = found;
    const { navigations, property, type, nullable } = found.path;
    if (value !== undefined) return { kind: 'variable', type, name: value };
    // What a lookup leads to may be missing or hidden, whatever the target's own property allows.
    const path = { kind: 'path', type, navigations, property, nullable: nullable || navigations.length > 0 } as const;
    return root === undefined ? path : { ...path, variable: root };
  }
  const name = node.segments.join('/');
  if (NO_NUMBERS.has(name))
    return check.error('invalid_expression', node.at, `${name} is no value of an integer or a decimal`);
  if (node.segments[0] === '$it' && check.names.it === 'refused') {
    const what = '$it in a filter or order within $expand';
    return check.error('not_supported', node.at, `${what} is not supported yet`, undefined, { what });
  }
  const entity = check.names.scope.entity ?? 'this record';
  const hint = check.records(node.segments) === undefined ? undefined : `Ask for ${name}/any() or ${name}/$count`;
  return check.error('unknown_property', node.at, `There is no property ${name} on ${entity}`, hint, { name, entity });
}

/** A navigation, which `$it` is not, beside `eq null` or `ne null` stands for its id: whether it leads to a record (OData 4.01 Part 2, 5.1.1.1.1). */
function idForRecord(check: Check, { op, left, right }: Of<'compare'>, side: Expression): Expression {
  const other = side === left ? right : left;
  const isAsked = (op === 'eq' || op === 'ne') && other.kind === 'literal' && other.type === 'null';
  if (!isAsked || side.kind !== 'path' || check.resolve(side.segments) !== undefined) return side;
  if (side.segments.join() === '$it') return side;
  const segments = [...side.segments, 'id'];
  return check.resolve(segments) === undefined ? side : { ...side, segments };
}

function checkComparison(check: Check, given: Of<'compare'>): TypedExpression | undefined {
  const { op } = given;
  const node = { ...given, left: idForRecord(check, given, given.left), right: idForRecord(check, given, given.right) };
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
  const sides = [check.operand(node.left, op), check.operand(node.right, op)] as const;
  if (sides[0] === undefined || sides[1] === undefined) return undefined;
  const [left, right] = [asOther(sides[0], sides[1].type), asOther(sides[1], durationBeside(sides[0].type))];
  const type = arithmeticType(op, left.type, right.type);
  if (type !== undefined) return { kind: 'arithmetic', type, op, left, right };
  const other = isAssignable(left.type, 'decimal') ? right : left;
  const at = other === left ? node.left.at : node.right.at;
  const beside = other === left ? right : left;
  const message = TIMES.has(other.type)
    ? `${op} does not take ${withArticle(left.type)} and ${withArticle(right.type)}`
    : `${op} needs numbers or times, not ${withArticle(other.type)}`;
  return check.error('type_mismatch', at, message, hintFor([other.type, beside.type]));
}

const TIMES: ReadonlySet<ExpressionType> = new Set(['date', 'datetime', 'duration']);

/** What a text in quotes stands for after a value of the type. */
const durationBeside = (type: ExpressionType): ExpressionType => (TIMES.has(type) ? 'duration' : type);

function checkNegation(check: Check, node: Of<'negate'>): TypedExpression | undefined {
  const operand = check.operand(node.operand, 'sub');
  if (operand === undefined) return undefined;
  if (operand.type === 'duration' || operand.type === 'decimal') return { kind: 'negate', type: operand.type, operand };
  if (isAssignable(operand.type, 'integer')) return { kind: 'negate', type: 'integer', operand };
  return check.error('type_mismatch', node.operand.at, `- needs a number, not ${withArticle(operand.type)}`);
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
      check.error('type_mismatch', item.at, 'A text in quotes before in is compared with texts only');
    check.choice(node.operand, item);
    list.push(check.stored(node.operand, sides[1]));
  }
  if (operand === undefined || list.length !== node.list.length) return undefined;
  return { kind: 'in', type: 'boolean', operand, list };
}

const MY_TEAMS: TypedExpression = { kind: 'call', type: 'guid', name: 'my_teams', args: [] };
