// Formulas and rollups in SQL: what a property without a column is in a query. A rollup is one correlated subquery over the
// records that the reader may read; nothing of it is printed unless it is asked for.
import type { EntityType, FormulaValue, Property, RollupValue, TypedExpression } from '@kartoteka/metadata';
import { targetOf } from '../plan/read.ts';
import { belongsSql } from './belongs.ts';
import { type ExpressionEnvironment, expressionToSql, expressionValueToSql } from './expression.ts';
import { columnOf, nextAlias, readable, type StatementContext } from './scope.ts';
import { tableOf } from './statement.ts';

/** SQL of a property's value over the record `alias`: its column, or what it is computed by. */
export function propertySql(context: StatementContext, entity: EntityType, alias: string, name: string): string {
  const property = entity.properties.get(name);
  const computed = property?.computed;
  if (property === undefined || computed === undefined) return columnOf(alias, entity, name);
  return computed.kind === 'formula'
    ? formulaSql(context, entity, alias, property, computed)
    : rollupSql(context, entity, alias, computed);
}

/** Literals of a document's expression are constants; what it names are columns and rollups of the record. */
function documentEnvironment(context: StatementContext, entity: EntityType, alias: string): ExpressionEnvironment {
  return {
    slots: context.slots,
    column: (_navigations, name) => propertySql(context, entity, alias, name),
    boundLiterals: false,
  };
}

function formulaSql(
  context: StatementContext,
  entity: EntityType,
  alias: string,
  property: Property,
  { expression }: FormulaValue,
): string {
  const sql = expressionValueToSql(expression, documentEnvironment(context, entity, alias));
  const [, collation] = property.sqlType.split(' collate ');
  return collation === undefined ? sql : `(${sql} collate ${collation})`;
}

function rollupSql(context: StatementContext, entity: EntityType, alias: string, rollup: RollupValue): string {
  const navigation = entity.navigations.get(rollup.navigation);
  if (navigation === undefined) throw new Error(`${entity.name} has no navigation ${rollup.navigation}`);
  const related = targetOf(context.plan.model, navigation);
  const inner = nextAlias(context);
  const environment = documentEnvironment(context, related, inner);
  const conditions = [
    belongsSql(context, navigation, inner, related, `${alias}.id`),
    readable(context, related, inner),
    ...(rollup.filter === null ? [] : [expressionToSql(rollup.filter, environment)]),
  ];
  const aggregate = AGGREGATES[rollup.aggregate](aggregatedSql(rollup.value, environment), rollup.scale);
  return `(select ${aggregate} from ${tableOf(related)} ${inner} where ${conditions.join(' and ')})`;
}

function aggregatedSql(value: TypedExpression | null, environment: ExpressionEnvironment): string {
  return value === null ? '*' : expressionValueToSql(value, environment);
}

/** Over no values a sum is zero, and what needs a value is null. */
const AGGREGATES: Readonly<Record<RollupValue['aggregate'], (value: string, scale: number) => string>> = {
  count: () => 'count(*)',
  count_distinct: (value) => `count(distinct ${value})`,
  sum: (value) => `coalesce(sum(${value}::numeric), 0)`,
  min: (value) => `min(${value})`,
  max: (value) => `max(${value})`,
  average: averageSql,
};

/**
 * The average of numbers, rounded to `scale` digits after the point; null over none. Digits beyond those that are kept are cut off
 * before the one rounding: the result does not depend on numeric's own scale.
 */
export function averageSql(value: string, scale: number): string {
  return `round(div(sum(${value}::numeric) * 1e${scale + 1}, nullif(count(${value}), 0)) * 1e-${scale + 1}, ${scale})`;
}
