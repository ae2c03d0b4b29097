// What a path names inside a statement: the record it begins at, the joins it needs, and how its expressions print.
// A joined record that the principal may not read is joined as null, so that a path over it says nothing.
import type { EntityType, Navigation, Property, RecordsSource, TypedExpression } from '@kartoteka/metadata';
import { targetOf } from '../plan/read.ts';
import { belongsSql } from './belongs.ts';
import { castType } from './column-types.ts';
import { propertySql } from './computed.ts';
import {
  type ExpressionEnvironment,
  expressionToSql,
  expressionValueToSql,
  type RecordRows,
  valueType,
} from './expression.ts';
import { columnOf, holdsSql, nextAlias, readable, type StatementContext } from './scope.ts';
import { staleSql } from './stale.ts';
import { tableOf } from './statement.ts';

/** Characters by which a text is ordered: the continuation token holds them, and has to fit into a URL. */
export const SORTED_CHARACTERS = 1_000;

/** A computed text in the Unicode collation, in which texts are ordered; a column has its own. */
export function collatedSql({ kind, type }: TypedExpression, sql: string): string {
  return type === 'string' && kind !== 'path' ? `(${sql} collate "und-x-icu")` : sql;
}

/** The records of a subquery with the scope that their names are resolved in. */
interface ScopedRows extends RecordRows {
  readonly scope: SqlScope;
}

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

  /** Whether the record, or the one that is reached, is stale by a property. */
  stale(navigations: readonly string[], name: string): string {
    const { alias, entity } = this.#join(navigations);
    return staleSql(this.#context.slots, entity, alias, this.property(navigations, name));
  }

  /** The property that a path over to-one navigations names. */
  property(navigations: readonly string[], name: string): Property {
    const { entity } = this.#join(navigations);
    const property = entity.properties.get(name);
    if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
    return property;
  }

  /** SQL by which a list is ordered: a property or what is computed, of a long text its beginning. */
  sortValue(expression: TypedExpression): string {
    if (expression.kind === 'path') {
      const { navigations, property } = expression;
      const column = this.column(navigations, property);
      const length = this.property(navigations, property).maxLength ?? 0;
      return length > SORTED_CHARACTERS ? `left(${column}, ${SORTED_CHARACTERS})` : column;
    }
    const sql = expressionValueToSql(expression, this.#environment(false));
    // As the texts of columns are ordered, whatever collation it was computed with.
    return expression.type === 'string' ? `(left(${sql}, ${SORTED_CHARACTERS}) collate "und-x-icu")` : sql;
  }

  /** PostgreSQL type of `sortValue`, to cast a bound value to. */
  sortType(expression: TypedExpression): string {
    if (expression.kind !== 'path') return valueType(expression);
    return castType(this.property(expression.navigations, expression.property));
  }

  /** The joins that the columns asked for so far need, or ''. */
  joins(): string {
    return this.#joinSql.join(' ');
  }

  /** A filter as a SQL condition in which null counts as false. */
  predicate(expression: TypedExpression): string {
    return expressionToSql(expression, this.#environment(this.#boundLiterals));
  }

  /** An expression's exact value; a computed text is ordered as others are. */
  value(expression: TypedExpression): string {
    return collatedSql(expression, expressionValueToSql(expression, this.#environment(this.#boundLiterals)));
  }

  #environment(boundLiterals: boolean): ExpressionEnvironment {
    return {
      slots: this.#context.slots,
      column: (navigations, property) => this.column(navigations, property),
      stale: (navigations, property) => this.stale(navigations, property),
      boundLiterals,
      records: (source, from) => this.#records(source, from),
    };
  }

  /** The records of a collection of this scope's record, or of a record within: a scope of their own. */
  #records({ navigations, navigation: name }: RecordsSource, from: RecordRows | undefined): ScopedRows {
    const outer = from === undefined ? this : (from as ScopedRows).scope;
    const { alias, entity } = outer.#join(navigations);
    const navigation = entity.navigations.get(name);
    if (navigation?.collection !== true) throw new Error(`${entity.name} has no collection ${name}`);
    const target = targetOf(this.#context.plan.model, navigation);
    const inner = new SqlScope(this.#context, target, nextAlias(this.#context), this.#boundLiterals);
    const where = [
      belongsSql(this.#context, navigation, inner.alias, target, `${alias}.id`),
      readable(this.#context, target, inner.alias),
    ];
    return {
      scope: inner,
      column: (path, property) => inner.column(path, property),
      stale: (path, property) => inner.stale(path, property),
      source: () => {
        const joins = inner.joins();
        const from = `${tableOf(target)} ${inner.alias}${joins === '' ? '' : ` ${joins}`}`;
        return { from, where: where.join(' and ') };
      },
    };
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
