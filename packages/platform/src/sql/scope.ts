// What the parts of one statement share, and one row in it: its columns, and whether the principal may read it.
import type { Discriminator, EntityType, TypedExpression } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import { recordPredicate } from './access.ts';
import { expressionToSql } from './expression.ts';
import { presentSql, quoteIdentifier, quoteLiteral, type Slot, type SlotWriter } from './statement.ts';

/** What all scopes of one statement share. */
export interface StatementContext {
  readonly plan: AuthorizedPlan<unknown>;
  readonly slots: SlotWriter;
  /** Int64 and Decimal as strings. */
  readonly ieee754: boolean;
  /** Control information (`@odata.etag`) in records. */
  readonly annotations: boolean;
  /** Titles of what lookups name beside their ids (titles.ts). */
  readonly titles?: boolean;
  /** What links to the rest of an expanded collection begin with (`http://host/api/v1`) and end with (`&$format=...` or ''). */
  readonly links: { readonly base: Slot; readonly end: Slot };
  /** Number of aliases handed out. */
  aliases: number;
}

export function nextAlias(context: StatementContext): string {
  context.aliases += 1;
  return `t${context.aliases}`;
}

/** `t1.amount`; the property must exist and be stored. */
export function columnOf(alias: string, entity: EntityType, property: string): string {
  const column = entity.properties.get(property)?.column;
  if (column === undefined || column === '') throw new Error(`${entity.name} has no column of ${property}`);
  return `${alias}.${quoteIdentifier(column)}`;
}

/**
 * ` and t.regarding_type = 'deal'` for a reference of a lookup with several targets, else ''. `alias` stands for the record that
 * holds the lookup, of type `entity`.
 */
export function holdsSql(
  alias: string,
  entity: EntityType,
  { discriminator }: { readonly discriminator?: Discriminator },
): string {
  return discriminator === undefined ? '' : ` and ${typeSql(alias, entity, discriminator)}`;
}

/** `t.regarding_type = 'deal'`. */
export function typeSql(alias: string, entity: EntityType, { property, value }: Discriminator): string {
  return `${columnOf(alias, entity, property)} = ${quoteLiteral(value)}`;
}

/** Present and readable by the principal of the plan, for records found by key. */
export function readable(context: StatementContext, entity: EntityType, alias: string): string {
  const tests = [presentSql(alias, entity), coveredSql(context, entity, alias, 'read')];
  if (entity.records === 'deleted') tests.push(coveredSql(context, entity, alias, 'delete'));
  return tests.filter((test) => test !== 'true').join(' and ');
}

/** Whether the principal's privilege covers a record; `true` where it covers all. */
export function coveredSql(
  context: StatementContext,
  entity: EntityType,
  alias: string,
  privilege: 'read' | 'delete' | 'share',
): string {
  const access = context.plan.access(entity, privilege);
  return recordPredicate(access, alias, entity, context.slots, conditionPrinter(context, entity));
}

/** Prints the condition of a grant: its literals are constants of the role document, never of the request. */
export function conditionPrinter(
  context: Pick<StatementContext, 'slots'>,
  entity: EntityType,
): (when: TypedExpression, alias: string) => string {
  const column = (alias: string) => (navigations: readonly string[], property: string) => {
    if (navigations.length > 0) throw new Error('a stored condition names the record itself only (link-condition.ts)');
    return columnOf(alias, entity, property);
  };
  return (when, alias) => expressionToSql(when, { slots: context.slots, column: column(alias), boundLiterals: false });
}
