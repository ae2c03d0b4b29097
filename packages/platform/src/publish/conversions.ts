// The values of fields that get another type: their column stays behind, hidden, and a background step brings over to the new one what
// has a counterpart there. Pure; it writes the statements and runs none.
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
  /** The value in the new type; null where there is none. */
  readonly value: string;
  /** Whether a value that is not null is converted. */
  readonly isConverted: string;
  readonly step: DdlStep;
  /** Keys that the converted values must not break. */
  readonly preconditions: readonly DdlPrecondition[];
}

/** Of every property that has another column than before under the same name. */
export function conversionsOf(before: Model | null, after: Model): Conversion[] {
  return [...after.entities.values()].flatMap((entity) => {
    const old = before?.entities.get(entity.name);
    if (old === undefined || old === entity || old.table !== entity.table) return [];
    return storedProperties(entity).flatMap((property) => conversionOf(old, entity, property, after));
  });
}

function conversionOf(old: EntityType, entity: EntityType, property: Property, model: Model): Conversion[] {
  const sql = convertedValue(old, property, model);
  const previous = old.properties.get(property.name);
  if (sql === null || previous === undefined) return [];
  const isConverted = acceptedSql(entity, property, sql, model);
  return [
    {
      what: `${entity.name}.${property.name}`,
      table: entity.table,
      from: previous.column,
      to: property.column,
      fromType: previous.sqlType,
      toType: property.sqlType,
      value: sql,
      isConverted,
      step: stepOf(entity, property, { from: previous.column, sql, isConverted }, model),
      preconditions: keyPreconditions(old, entity, property, model),
    },
  ];
}

/** Null: the property keeps its column, is made by the engine, or its type has no counterpart for any value of the other. */
function convertedValue(old: EntityType, property: Property, model: Model): string | null {
  const previous = old.properties.get(property.name);
  if (previous === undefined || !isStored(previous) || !isStored(property)) return null;
  if (previous.field === null || previous.column === property.column) return null;
  if (compareColumnTypes(previous.sqlType, property.sqlType) !== 'lossy') return null;
  if (property.derived !== undefined || property.numbering !== undefined) return null;
  const { sqlType, scale } = property;
  const value = `t.${quoteIdentifier(previous.column)}`;
  return conversionSql(value, previous.sqlType, { sqlType, scale }, model.organization.timeZone);
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
  readonly from: string;
  readonly sql: string;
  readonly isConverted: string;
}

/**
 * The next rows after an id, as fill_rows has them. A value that somebody has written into the new column meanwhile stays; what the
 * engine makes of the value is made with it.
 */
function stepOf(entity: EntityType, property: Property, { from, sql, isConverted }: Source, model: Model): DdlStep {
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
  const condition = `t.${quoteIdentifier(from)} is not null and ${untouched} and ${isConverted}`;
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
  model: Model,
): readonly DdlPrecondition[] {
  return [...entity.keys.values()].flatMap(({ properties }) => {
    if (!properties.includes(property.name)) return [];
    const values = properties.flatMap((name) => {
      const member = entity.properties.get(name);
      if (member === undefined) return [];
      const converted = convertedValue(old, member, model);
      if (converted !== null) return [converted];
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
