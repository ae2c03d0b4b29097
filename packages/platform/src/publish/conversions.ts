// The values of fields that get another type: their column stays behind, hidden, and a background step brings over to the new one what
// has a counterpart there. Where a field gets a former type again, a value that is still what had become of the former one gives way to
// that. Pure; it writes the statements and runs none.
import {
  type CheckShape,
  type EntityType,
  isStored,
  type Model,
  type Property,
  storedProperties,
  tableShape,
} from '@kartoteka/metadata';
import { compareColumnTypes } from '../sql/column-types.ts';
import { conversionSql } from '../sql/convert.ts';
import type { DdlPrecondition, DdlStep } from '../sql/ddl.ts';
import { qualified } from '../sql/ddl-rows.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/statement.ts';
import type { FormerColumn } from './hidden/restore.ts';

/** Rows that one statement goes through. */
const CONVERTED_AT_ONCE = 1000;

/** One property whose values are brought over. SQL is over a row `t` of the table. */
export interface Conversion {
  /** `deal.probability`. */
  readonly what: string;
  readonly table: string;
  /** Columns. */
  readonly from: string;
  readonly to: string;
  readonly fromType: string;
  readonly toType: string;
  /** Hidden column of the former type, whose values come back; null: none. */
  readonly former: string | null;
  /** The value in the new type; null where there is none. */
  readonly value: string;
  /** Whether there is one that fits; implies that it is not null. */
  readonly isConverted: string;
  readonly step: DdlStep;
  /** Keys that the converted values must not break. */
  readonly preconditions: readonly DdlPrecondition[];
}

/** Of every property that has another column than before under the same name. */
export function conversionsOf(before: Model | null, after: Model, former: readonly FormerColumn[] = []): Conversion[] {
  if (before === null) return [];
  const models = { before, after, former };
  return [...after.entities.values()].flatMap((entity) => {
    const old = before.entities.get(entity.name);
    if (old === undefined || old === entity || old.table !== entity.table) return [];
    return storedProperties(entity).flatMap((property) => conversionOf(old, entity, property, models));
  });
}

interface Models {
  readonly before: Model;
  readonly after: Model;
  readonly former: readonly FormerColumn[];
}

function conversionOf(old: EntityType, entity: EntityType, property: Property, models: Models): Conversion[] {
  const converted = convertedValue(old, property, models);
  const previous = old.properties.get(property.name);
  if (converted === null || previous === undefined) return [];
  const { sql, former } = converted;
  const isConverted = acceptedSql(entity, property, sql, models.after);
  return [
    {
      what: `${entity.name}.${property.name}`,
      table: entity.table,
      from: previous.column,
      to: property.column,
      fromType: previous.sqlType,
      toType: property.sqlType,
      former,
      value: sql,
      isConverted,
      step: stepOf(entity, property, { sql, isConverted }, models.after),
      preconditions: keyPreconditions(old, entity, property, models),
    },
  ];
}

interface ConvertedValue {
  readonly sql: string;
  readonly former: string | null;
}

/** Null: the property keeps its column, is made by the engine, or its type has no counterpart for any value of the other. */
function convertedValue(old: EntityType, property: Property, models: Models): ConvertedValue | null {
  const previous = old.properties.get(property.name);
  if (previous === undefined || !isStored(previous) || !isStored(property)) return null;
  if (previous.field === null || previous.column === property.column) return null;
  if (compareColumnTypes(previous.sqlType, property.sqlType) !== 'lossy') return null;
  if (property.derived !== undefined || property.numbering !== undefined) return null;
  const { sqlType, scale } = property;
  const value = `t.${quoteIdentifier(previous.column)}`;
  const sql = conversionSql(value, previous.sqlType, { sqlType, scale }, models.after.organization.timeZone);
  const former = models.former.find(
    (each) =>
      each.table === old.table &&
      each.entity === old.name &&
      each.property === property.name &&
      (property.secured || !each.secured) &&
      compareColumnTypes(each.type, sqlType) !== 'lossy',
  );
  if (former === undefined) return sql === null ? null : { sql, former: null };
  const restored = formerOr(sql, former, old, previous, models.before);
  return { sql: collated(restored, sqlType), former: former.column };
}

/** Of two columns with different collations PostgreSQL wants to be told whose counts. */
function collated(sql: string, sqlType: string, collation = /collate (".+")$/.exec(sqlType)?.[1]): string {
  return sqlType.startsWith('text') ? `(${sql}) collate ${collation ?? '"default"'}` : sql;
}

/** The former value where the present one is what it was converted to, or was left empty for want of a counterpart. */
function formerOr(
  sql: string | null,
  former: FormerColumn,
  old: EntityType,
  previous: Property,
  before: Model,
): string {
  const [value, present] = [`t.${quoteIdentifier(former.column)}`, `t.${quoteIdentifier(previous.column)}`];
  const { sqlType, scale } = previous;
  const became = conversionSql(value, former.type, { sqlType, scale }, before.organization.timeZone);
  const isUntouched =
    became === null
      ? `${present} is null`
      : `case when ${acceptedSql(old, previous, became, before)} then ${collated(became, sqlType, '"C"')} end is not distinct from ${present}`;
  return `case when ${value} is not null and ${isUntouched} then ${value} else ${sql ?? 'null'} end`;
}

/** The conditions that the table and the field have for its values. */
function acceptedSql(entity: EntityType, property: Property, value: string, model: Model): string {
  const { column, maxLength, values, type } = property;
  const own = tableShape(entity, model).checks.filter(({ condition }) => names(condition).has(column));
  const conditions = own.map((check) => `(${substituted(check, column, value)}) is not false`);
  if (maxLength !== undefined) conditions.push(`char_length(${value}) <= ${maxLength}`);
  if (values !== undefined && type === 'Edm.String')
    conditions.push(`${value} in (${values.map((each) => quoteLiteral(each)).join(', ') || 'null'})`);
  return [`(${value}) is not null`, ...conditions].join(' and ');
}

/** Strings of a condition, which are left alone, and quoted names. */
const QUOTED = /'(?:[^']|'')*'|"((?:[^"]|"")*)"/g;

function names(condition: string): Set<string> {
  return new Set([...condition.matchAll(QUOTED)].flatMap(([, name]) => (name === undefined ? [] : [name])));
}

function substituted({ condition }: CheckShape, column: string, value: string): string {
  return condition.replace(QUOTED, (text, name?: string) => {
    if (name === undefined) return text;
    return name === column ? `(${value})` : `t.${text}`;
  });
}

interface Source {
  readonly sql: string;
  readonly isConverted: string;
}

/**
 * The next rows after an id, as fill_rows has them. A value that somebody has written into the new column meanwhile stays; what the
 * engine makes of the value is made with it.
 */
function stepOf(entity: EntityType, property: Property, { sql, isConverted }: Source, model: Model): DdlStep {
  const [table, to] = [qualified(entity.table), quoteIdentifier(property.column)];
  const shape = tableShape(entity, model).columns.find(({ name }) => name === property.column);
  const untouched = shape?.fill === undefined ? `t.${to} is null` : `(t.${to} is null or t.${to} = ${shape.fill})`;
  const made = storedProperties(entity).filter(({ derived }) => derived?.from.includes(property.name));
  const columnOf = (name: string): string =>
    name === property.name ? `(${sql})` : `t.${quoteIdentifier(entity.properties.get(name)?.column ?? name)}`;
  const assignments = [
    `${to} = ${sql}`,
    ...made.map(({ column, derived }) => `${quoteIdentifier(column)} = ${derived?.sql(columnOf)}`),
  ];
  const batch = `select id from ${table} where ($1::uuid is null or id > $1::uuid) order by id limit ${CONVERTED_AT_ONCE}`;
  const condition = `${untouched} and ${isConverted}`;
  return {
    sql:
      `with b as materialized (${batch}), w as (update ${table} t set ${assignments.join(', ')} from b ` +
      `where t.id = b.id and ${condition}) ` +
      'select id::text as last, (select count(*) from b)::text as rows from b order by id desc limit 1',
    description: `values of ${entity.name}.${property.name} are brought over to its new type`,
    phase: 'after',
    lock: 'rows of one batch, short',
    additive: true,
    table: entity.table,
    after: { kind: 'convert_rows', object: property.column, table: entity.table },
  };
}

/** Different values may become equal ones. */
function keyPreconditions(
  old: EntityType,
  entity: EntityType,
  property: Property,
  models: Models,
): readonly DdlPrecondition[] {
  return [...entity.keys.values()].flatMap(({ properties }) => {
    if (!properties.includes(property.name)) return [];
    const values = properties.flatMap((name) => {
      const member = entity.properties.get(name);
      if (member === undefined) return [];
      const converted = convertedValue(old, member, models);
      if (converted !== null) return [converted.sql];
      return old.properties.get(name)?.column === member.column ? [`t.${quoteIdentifier(member.column)}`] : [];
    });
    // A member that is new has no values: nothing can be equal.
    if (values.length < properties.length) return [];
    const columns = values.map((value, at) => `${value} as v${at}`).join(', ');
    const list = values.map((_, at) => `v${at}`);
    const given = list.map((name) => `${name} is not null`).join(' and ');
    const rows = `select ${columns} from ${qualified(entity.table)} t where t.deleted_on is null`;
    return [
      {
        sql: `select 1 as found from (${rows}) k where ${given} group by ${list.join(', ')} having count(*) > 1 limit 1`,
        reason: `stored records of ${entity.name} have equal values of ${properties.join(', ')} once they are converted`,
        underLock: false,
      },
    ];
  });
}
