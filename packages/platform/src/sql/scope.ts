// One record source inside a statement: its alias, the joins its paths need, and how its expressions print.
// A joined record that the principal may not read is joined as null, so that a path over it says nothing.
import type { Discriminator, EntityType, Navigation, Property, TypedExpression } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import { targetOf } from '../plan/read.ts';
import { recordPredicate } from './access.ts';
import { propertySql } from './computed.ts';
import { expressionToSql } from './expression.ts';
import { presentSql, quoteIdentifier, quoteLiteral, type Slot, type SlotWriter, tableOf } from './statement.ts';

/** What all scopes of one statement share. */
export interface StatementContext {
  readonly plan: AuthorizedPlan<unknown>;
  readonly slots: SlotWriter;
  /** Int64 and Decimal as strings. */
  readonly ieee754: boolean;
  /** Control information (`@odata.etag`) in records. */
  readonly annotations: boolean;
  /** What links to the rest of an expanded collection begin with (`http://host/api/v1`) and end with (`&$format=...` or ''). */
  readonly links: { readonly base: Slot; readonly end: Slot };
  /** Number of aliases handed out. */
  aliases: number;
}

export function nextAlias(context: StatementContext): string {
  context.aliases += 1;
  return `t${context.aliases}`;
}

/** Characters by which a text is ordered: the continuation token holds them, and has to fit into a URL. */
export const SORTED_CHARACTERS = 1_000;

export class SqlScope {
  readonly entity: EntityType;
  readonly alias: string;
  readonly #context: StatementContext;
  /** True where literals of an expression are bound from the request, by index; false where they are constants. */
  readonly #boundLiterals: boolean;
  readonly #joins = new Map<string, { readonly alias: string; readonly entity: EntityType }>();
  readonly #joinSql: string[] = [];

  constructor(context: StatementContext, entity: EntityType, alias: string, boundLiterals: boolean) {
    this.#context = context;
    this.entity = entity;
    this.alias = alias;
    this.#boundLiterals = boundLiterals;
  }

  /** SQL of a property of the record, or of one reached over to-one navigations (which adds the joins). */
  column(navigations: readonly string[], property: string): string {
    const { alias, entity } = this.#join(navigations);
    const sql = propertySql(this.#context, entity, alias, property);
    const computed = entity.properties.get(property)?.computed !== undefined;
    // Where the path leads nowhere, or to a hidden record, a computed value could be something else than null.
    return computed && navigations.length > 0 ? `(case when ${alias}.id is not null then ${sql} end)` : sql;
  }

  /** The property that a path over to-one navigations names. */
  property(navigations: readonly string[], name: string): Property {
    const { entity } = this.#join(navigations);
    const property = entity.properties.get(name);
    if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
    return property;
  }

  /** SQL by which a property is ordered: the property itself, of a long text its beginning. */
  sortColumn(navigations: readonly string[], property: string): string {
    const column = this.column(navigations, property);
    const length = this.property(navigations, property).maxLength ?? 0;
    return length > SORTED_CHARACTERS ? `left(${column}, ${SORTED_CHARACTERS})` : column;
  }

  /** The joins that the columns asked for so far need, or ''. */
  joins(): string {
    return this.#joinSql.join(' ');
  }

  /** A filter as a SQL condition in which null counts as false. */
  predicate(expression: TypedExpression): string {
    return expressionToSql(expression, {
      slots: this.#context.slots,
      column: (navigations, property) => this.column(navigations, property),
      boundLiterals: this.#boundLiterals,
    });
  }

  #join(navigations: readonly string[]): { readonly alias: string; readonly entity: EntityType } {
    if (navigations.length === 0) return { alias: this.alias, entity: this.entity };
    const key = navigations.join('/');
    const known = this.#joins.get(key);
    if (known !== undefined) return known;
    const from = this.#join(navigations.slice(0, -1));
    const name = navigations[navigations.length - 1] ?? '';
    const navigation = from.entity.navigations.get(name);
    if (navigation === undefined || navigation.collection)
      throw new Error(`${from.entity.name} has no to-one navigation ${name}`);
    return this.#addJoin(key, from, navigation);
  }

  #addJoin(
    key: string,
    from: { readonly alias: string; readonly entity: EntityType },
    navigation: Navigation,
  ): { readonly alias: string; readonly entity: EntityType } {
    const target = targetOf(this.#context.plan.model, navigation);
    const alias = nextAlias(this.#context);
    const conditions = [
      `${alias}.id = ${columnOf(from.alias, from.entity, navigation.property)}${holdsSql(from.alias, from.entity, navigation)}`,
      readable(this.#context, target, alias),
    ];
    this.#joinSql.push(`left join ${tableOf(target)} ${alias} on ${conditions.join(' and ')}`);
    const joined = { alias, entity: target };
    this.#joins.set(key, joined);
    return joined;
  }
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
  if (discriminator === undefined) return '';
  return ` and ${columnOf(alias, entity, discriminator.property)} = ${quoteLiteral(discriminator.value)}`;
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
  privilege: 'read' | 'delete',
): string {
  const access = context.plan.access(entity, privilege);
  return recordPredicate(access, alias, entity, context.slots, conditionPrinter(context, entity));
}

/** Prints the condition of a grant: its literals are constants of the role document, never of the request. */
export function conditionPrinter(
  context: StatementContext,
  entity: EntityType,
): (when: TypedExpression, alias: string) => string {
  return (when, alias) => new SqlScope(context, entity, alias, false).predicate(when);
}
