// Values that a request computes ($compute), as members of a record's JSON, each with its type where JSON does not tell it.
import type { EdmType, EntityType } from '@kartoteka/metadata';
import type { SelectNode } from '../plan/read-plan.ts';
import { computedOnce } from './named-value.ts';
import { SqlScope } from './path-scope.ts';
import type { StatementContext } from './scope.ts';
import { quoteIdentifier } from './statement.ts';

/** Types whose values JSON tells from others: of dynamic properties the rest have to be named (OData JSON 4.01, 4.6.3). */
const PLAIN: ReadonlySet<EdmType> = new Set(['Edm.String', 'Edm.Boolean']);
const QUOTED: ReadonlySet<EdmType> = new Set(['Edm.Int64', 'Edm.Decimal']);

/** A dynamic value (SQL) as columns of a select list that becomes an object. */
export function dynamicColumns(
  { annotations, ieee754 }: StatementContext,
  name: string,
  edm: EdmType,
  sql: string,
): readonly string[] {
  const value = `${shownSql(ieee754, edm, sql)} as ${quoteIdentifier(name)}`;
  if (!annotations || PLAIN.has(edm)) return [value];
  return [`'#${edm.replace('Edm.', '')}'::text as ${quoteIdentifier(`${name}@odata.type`)}`, value];
}

function shownSql(ieee754: boolean, edm: EdmType, sql: string): string {
  if (edm === 'Edm.Duration') return computedOnce(sql, signedDuration);
  return ieee754 && QUOTED.has(edm) ? `${sql}::text` : sql;
}

/** PostgreSQL gives each unit of a negative interval a sign; XML Schema has one in front of it all. */
const signedDuration = (sql: string): string =>
  `case when ${sql} < interval '0' then '-' || (- ${sql})::text else ${sql}::text end`;

/** A computed property of the record `alias`, or nothing where it is not shown. */
export function computedColumns(
  context: StatementContext,
  entity: EntityType,
  alias: string,
  { name, expression, type, shown }: NonNullable<SelectNode['computed']>[number],
): readonly string[] {
  if (!shown) return [];
  const scope = new SqlScope(context, entity, alias, false);
  const value = scope.value(expression);
  const joins = scope.joins();
  // What paths lead to is joined to this one record.
  const sql = joins === '' ? value : `(select ${value} from (select) one ${joins})`;
  return dynamicColumns(context, name, type.edm, sql);
}
