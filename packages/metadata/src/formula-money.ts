// In which currency a formula computes: with the amount of one money field it is that field's, with amounts of several it is
// the base currency. It works on checked expressions that still name properties; it prints and stores nothing.
import { substitutePaths } from './expression/substitute.ts';
import { childrenOf } from './expression/traverse.ts';
import type { TypedExpression } from './expression/types.ts';
import type { Property } from './model.ts';

/** The three properties of a formula of money, as expressions. */
export interface MoneyFormula {
  readonly value: TypedExpression;
  readonly currency: TypedExpression;
  readonly base: TypedExpression;
  /** The amount is in the base currency whatever the record holds. */
  readonly inBase: boolean;
}

/** Why a formula cannot say what it computes with money; `hint` says what to write instead. */
export interface MoneyProblem {
  readonly reason: string;
  readonly hint: string;
}

/** Amounts that the expression names: `foreign` have a currency of their own, `base` are in the base currency. */
function amountsOf(named: readonly Property[]): {
  readonly foreign: readonly Property[];
  readonly base: readonly Property[];
} {
  const amounts = named.filter(({ money }) => money !== undefined);
  return {
    foreign: amounts.filter(({ money }) => money?.currency !== null),
    base: amounts.filter(({ money }) => money?.currency === null),
  };
}

/** A result that is no money must not depend on which currencies its amounts happen to be in. */
export function plainFormulaProblem(named: readonly Property[]): MoneyProblem | undefined {
  const { foreign, base } = amountsOf(named);
  if (foreign.length === 0 || foreign.length + base.length === 1) return undefined;
  const reason = `${[...foreign, ...base].map(({ name }) => name).join(', ')} may be in different currencies`;
  return { reason, hint: `Write ${foreign.map(({ money }) => money?.base).join(', ')}, in the base currency` };
}

/** The formula's amount, its currency and its value in the base currency, or why it has none. */
export function moneyFormula(
  expression: TypedExpression,
  named: readonly Property[],
  baseCurrency: string,
): MoneyFormula | MoneyProblem {
  const { foreign, base } = amountsOf(named);
  const bases = new Map(foreign.map(({ name, money }) => [name, money?.base ?? name]));
  const inBase = substitutePaths(expression, (path) => {
    const other = bases.get(path.property);
    return other === undefined ? path : { ...path, property: other };
  });
  const [only] = foreign;
  if (only === undefined || foreign.length + base.length > 1) {
    const currency: TypedExpression = { kind: 'literal', type: 'string', value: baseCurrency, index: null };
    return { value: inBase, currency, base: inBase, inBase: true };
  }
  const degree = degreeOf(expression, only.name);
  if (degree === 1 || degree === 'any') {
    return { value: expression, currency: currencyOf(only), base: inBase, inBase: false };
  }
  const reason = `${only.name} is in the currency of the record, and the result would not be an amount in it`;
  return {
    reason,
    hint: `Only multiply or divide it by plain numbers, or write ${only.money?.base}, in the base currency`,
  };
}

function currencyOf({ money }: Property): TypedExpression {
  return { kind: 'path', type: 'string', navigations: [], property: money?.currency ?? '', nullable: true };
}

/** Power of the amount in a value: 1 for money, 0 for plain numbers, `any` for zero; undefined where they are mixed. */
type Degree = number | 'any' | undefined;

function degreeOf(node: TypedExpression, amount: string): Degree {
  if (node.kind === 'path') return node.property === amount ? 1 : 0;
  if (node.kind === 'negate') return degreeOf(node.operand, amount);
  if (node.kind === 'literal') return /^[-0.]*$/.test(String(node.value)) ? 'any' : 0;
  const [only] = node.kind === 'call' && ROUNDING.has(node.name) ? node.args : [];
  if (only !== undefined) return degreeOf(only, amount);
  if (node.kind !== 'arithmetic') return mentions(node, amount) ? undefined : 0;
  const [left, right] = [degreeOf(node.left, amount), degreeOf(node.right, amount)];
  if (left === undefined || right === undefined) return undefined;
  return DEGREES[node.op](left, right);
}

/** Functions whose value is in the currency of what they round. */
const ROUNDING: ReadonlySet<string> = new Set(['round', 'floor', 'ceiling']);

function mentions(node: TypedExpression, amount: string): boolean {
  return (
    (node.kind === 'path' && node.property === amount) || childrenOf(node).some((child) => mentions(child, amount))
  );
}

const same = (left: number | 'any', right: number | 'any'): Degree => {
  if (left === 'any') return right;
  return right === 'any' || right === left ? left : undefined;
};
const product =
  (sign: 1 | -1) =>
  (left: number | 'any', right: number | 'any'): Degree =>
    left === 'any' || right === 'any' ? 'any' : left + sign * right;

const DEGREES: Readonly<
  Record<
    Extract<TypedExpression, { kind: 'arithmetic' }>['op'],
    (left: number | 'any', right: number | 'any') => Degree
  >
> = { add: same, sub: same, mod: same, mul: product(1), div: product(-1), divby: product(-1) };
