// The rows a write statement talks about: SQL of each property of the new row, and of the conditions over a row.
// Values come as parameters named after the property; nothing here decides rights or reads a request.
import {
  type EntityType,
  type Privilege,
  type Property,
  storedProperties,
  type TypedExpression,
} from '@kartoteka/metadata';
import type { AuthorizedWrite } from '../plan/write-authorize.ts';
import type { WritePlan } from '../plan/write-plan.ts';
import type { PrintCondition } from './access.ts';
import { recordPredicate } from './access.ts';
import { castType } from './column-types.ts';
import { addDefaults } from './dependent-defaults.ts';
import { expressionToSql } from './expression.ts';
import { columnOf } from './scope.ts';
import { quoteIdentifier, type SlotWriter } from './statement.ts';

/** What it takes to print rights and conditions of one statement. */
export interface RightsContext {
  readonly authorized: Pick<AuthorizedWrite, 'model' | 'access'>;
  readonly slots: SlotWriter;
}

/** What every part of one write statement shares. */
export interface WriteContext extends RightsContext {
  readonly authorized: AuthorizedWrite;
  readonly plan: WritePlan;
  /** FROM item `c` of the values of many records (row-source.ts); null where the statement is for one. */
  readonly source: string | null;
  /** A record that others have locked is passed over (CompiledWrite.hasty). */
  readonly hasty?: boolean;
}

/** The request's value of a property, as a parameter. */
export function givenValue(context: Pick<RightsContext, 'slots'>, property: Property): string {
  return context.slots.use({ from: 'value', name: property.name }, castType(property));
}

/** Columns of an entity's properties (all, or those named) in the row `alias`, as a select list. */
export function columnList(entity: EntityType, alias: string, names: ReadonlySet<string> | null = null): string {
  const properties = storedProperties(entity).filter((property) => names === null || names.has(property.name));
  return properties.map((property) => `${alias}.${quoteIdentifier(property.column)}`).join(', ');
}

/** SQL of every property a create or update sets, by property name; `old` is the alias of the row before (update). */
export function writtenValues(context: WriteContext, old: string | null): ReadonlyMap<string, string> {
  const { plan, slots } = context;
  const values = new Map<string, string>();
  for (const property of plan.given) values.set(property.name, givenValue(context, property));
  addDefaults(plan, slots, values);
  const column = (name: string): string =>
    values.get(name) ?? (old === null ? nullOf(plan.entity, name) : columnOf(old, plan.entity, name));
  for (const property of plan.derived) values.set(property.name, property.derived?.sql(column) ?? 'null');
  return values;
}

function nullOf(entity: EntityType, name: string): string {
  const property = entity.properties.get(name);
  if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
  return `null::${castType(property)}`;
}

/** Properties whose column in the row `alias` one of the texts names, as `columnOf` prints it; a few more do no harm. */
export function namedIn(entity: EntityType, alias: string, texts: readonly string[]): ReadonlySet<string> {
  const properties = storedProperties(entity).filter(({ name }) => {
    const column = columnOf(alias, entity, name);
    return texts.some((text) => text.includes(column));
  });
  return new Set(properties.map(({ name }) => name));
}

/** `select ... as column` of the properties (all, or those named) of the new row: set ones by `values`, others from `old`, or null; '' of none. */
export function newRow(
  entity: EntityType,
  values: ReadonlyMap<string, string>,
  old: string | null,
  names: ReadonlySet<string> | null = null,
): string {
  const properties = storedProperties(entity).filter((property) => names === null || names.has(property.name));
  const columns = properties.map((property) => {
    const kept = old === null ? nullOf(entity, property.name) : columnOf(old, entity, property.name);
    return `${values.get(property.name) ?? kept} as ${quoteIdentifier(property.column)}`;
  });
  return columns.length === 0 ? '' : `select ${columns.join(', ')}`;
}

/** A condition of the documents over the row `alias`; its literals are constants, its paths the record's own properties. */
export function conditionSql(
  context: RightsContext,
  entity: EntityType,
  alias: string,
  condition: TypedExpression,
): string {
  return expressionToSql(condition, {
    slots: context.slots,
    column: (navigations, property) => {
      if (navigations.length > 0)
        throw new Error('a stored condition names the record itself only (link-condition.ts)');
      return columnOf(alias, entity, property);
    },
    boundLiterals: false,
  });
}

/** The principal's access to records of an entity over `alias`; `true` when unrestricted, `false` when there is none. */
export function accessSql(context: RightsContext, entity: EntityType, privilege: Privilege, alias: string): string {
  const access = context.authorized.access(entity, privilege);
  if (access.unrestricted) return 'true';
  if (!access.granted) return 'false';
  const print: PrintCondition = (when, row) => conditionSql(context, entity, row, when);
  return `(${recordPredicate(access, alias, entity, context.slots, print)})`;
}

/**
 * As accessSql over a row that is being created. `true` as well where a grant covers all records the principal owns and the
 * principal is going to own this one, which saves the commonest create its tests.
 */
export function newRowAccessSql(context: WriteContext, privilege: Privilege, alias: string): string {
  const { entity, owner } = context.plan;
  const { arms, also, ofCaller } = context.authorized.access(entity, privilege);
  const ownRecords =
    also === undefined && ofCaller !== true && arms.some((arm) => arm.source === 'owners' && arm.when === null);
  const covered = ownRecords && (owner === 'creator' || owner === 'ruled') && entity.ownership === 'user';
  return covered ? 'true' : accessSql(context, entity, privilege, alias);
}

/** A property that must exist. */
export function propertyOf(entity: EntityType, name: string): Property {
  const property = entity.properties.get(name);
  if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
  return property;
}

/** Assignments of a write's version, time and author; `t` is the row as it was. */
export function stampSql(context: RightsContext, entity: EntityType): string {
  const column = (name: string): string => quoteIdentifier(entity.properties.get(name)?.column ?? name);
  const me = context.slots.use({ from: 'context', name: 'me' }, 'uuid');
  return `${column('version')} = ${columnOf('t', entity, 'version')} + 1, ${column('modified_on')} = clock_timestamp(), ${column('modified_by_id')} = ${me}`;
}
