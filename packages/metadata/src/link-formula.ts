// One formula field -> the computed values of its properties. The properties that its expression names are linked by now.

import { compareDecimals, type Decimal, parseDecimal, roundDecimal } from './expression/decimal.ts';
import { largerMagnitude, largestMagnitude } from './expression/magnitude.ts';
import { childrenOf } from './expression/traverse.ts';
import type { TypedExpression } from './expression/types.ts';
import type { FormulaSpec } from './field-type.ts';
import { type MoneyFormula, moneyFormula, plainFormulaProblem } from './formula-money.ts';
import {
  type ExpressionEntity,
  expandFormulas,
  linkExpression,
  type ReportCondition,
  type StoredExpression,
} from './link-condition.ts';
import type { FormulaValue, Property } from './model.ts';

/** Each is a subquery for every record; no query filters by more. */
const MOST_ROLLUPS = 20;

/** What a formula's properties get: their values in the order of the field's properties, and what they take over. */
export interface LinkedFormula {
  readonly values: readonly FormulaValue[];
  /** Properties that the expression names. */
  readonly named: readonly Property[];
  /** A result of money is in the base currency whatever the record holds. */
  readonly inBase: boolean;
}

/** The values of a formula's properties, or null after reporting what is wrong with its expression. */
export function linkFormula(
  specs: readonly FormulaSpec[],
  entity: ExpressionEntity,
  baseCurrency: string,
  report: ReportCondition,
): LinkedFormula | null {
  const [first] = specs;
  if (first === undefined) return null;
  const linked = linkExpression(first.expression, entity, { expects: first.expects, what: 'a formula' }, report);
  if (linked === null || !saysSomething(linked, report)) return null;
  const parts = first.money ? moneyParts(linked, baseCurrency, report) : plainParts(linked, report);
  if (parts === null) return null;
  const values: FormulaValue[] = [];
  for (const spec of specs) {
    const fitted = fit(parts[spec.part], spec, entity);
    const expression = expandFormulas(fitted, entity, report);
    if (expression === null) return null;
    const records = recordsOf(expression, entity);
    if (records.rollups > MOST_ROLLUPS) {
      report(
        `With the formulas it names it reads more than ${MOST_ROLLUPS} rollups`,
        'Each is counted as often as it is named',
      );
      return null;
    }
    values.push({ kind: 'formula', expression, ...records });
  }
  return { values, named: linked.named, inBase: parts.inBase };
}

/** The null literal is of every type. */
function saysSomething({ expression }: StoredExpression, report: ReportCondition): boolean {
  if (expression.type === 'null') report('The formula is always null');
  return expression.type !== 'null';
}

function plainParts({ expression, named }: StoredExpression, report: ReportCondition): MoneyFormula | null {
  const problem = plainFormulaProblem(named);
  if (problem === undefined) return { value: expression, currency: expression, base: expression, inBase: false };
  report(problem.reason, problem.hint);
  return null;
}

function moneyParts(
  { expression, named }: StoredExpression,
  baseCurrency: string,
  report: ReportCondition,
): MoneyFormula | null {
  const money = moneyFormula(expression, named, baseCurrency);
  if ('value' in money) return money;
  report(money.reason, money.hint);
  return null;
}

/** The value in the form that the property promises: rounded and bounded, or cut. */
function fit(
  expression: TypedExpression,
  { fit: form, expects }: FormulaSpec,
  entity: ExpressionEntity,
): TypedExpression {
  if (form === null) return expression;
  if (form.kind === 'number') {
    const { scale } = form;
    const limit = expects === 'decimal' && staysBelow(expression, form, entity) ? null : form.limit;
    return { kind: 'round', type: expects === 'integer' ? 'integer' : 'decimal', operand: expression, scale, limit };
  }
  const number = (value: number): TypedExpression => ({
    kind: 'literal',
    type: 'integer',
    value: String(value),
    index: null,
  });
  const args = [expression, number(0), number(form.maxLength)];
  return { kind: 'call', type: 'string', name: 'substring', args };
}

/**
 * Whether no record's value reaches the limit. Believed for decimals only: min and max may be younger than a record, whose value
 * then has a digit too many, which a decimal shows and a whole number of 64 bits cannot.
 */
function staysBelow(
  expression: TypedExpression,
  { limit, scale }: { readonly limit: string; readonly scale: number },
  entity: ExpressionEntity,
): boolean {
  const largest = largestMagnitude(expression, ({ navigations, property }) =>
    navigations.length === 0 ? magnitudeOf(entity.properties.get(property)) : undefined,
  );
  const most = parseDecimal(limit);
  return largest !== undefined && most !== undefined && compareDecimals(roundDecimal(largest, scale), most) < 0;
}

/** A number that the property's values do not exceed in either direction; undefined where there is none. */
function magnitudeOf(property: Property | undefined): Decimal | undefined {
  if (property === undefined || property.computed?.kind === 'rollup') return undefined;
  const { type, precision, scale = 0, valueSchema } = property;
  const { minimum, maximum } = (valueSchema?.exactInteger ?? valueSchema?.exactDecimal ?? {}) as Limits;
  const [least, most] = [parseDecimal(minimum ?? ''), parseDecimal(maximum ?? '')];
  if (least && most) return largerMagnitude(least, most);
  if (type === 'Edm.Int64') return { digits: 2n ** 63n, scale: 0 };
  return precision === undefined ? undefined : { digits: 10n ** BigInt(precision) - 1n, scale };
}

interface Limits {
  readonly minimum?: string;
  readonly maximum?: string;
}

/** What the value depends on besides its record. */
function recordsOf(expression: TypedExpression, entity: ExpressionEntity): Pick<FormulaValue, 'reads' | 'rollups'> {
  const reads = new Set<string>();
  let rollups = 0;
  const visit = (node: TypedExpression): void => {
    const computed = node.kind === 'path' ? entity.properties.get(node.property)?.computed : undefined;
    if (computed !== undefined) rollups += 1;
    for (const name of computed?.reads ?? []) reads.add(name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return { reads: [...reads], rollups };
}
