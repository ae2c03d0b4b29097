// Records as they were at a moment, put together from how they are and from what the change log says was there before each later
// change: SQL of one statement. It takes only an AuthorizedPlan; names were checked before (plan.ts).
import type { EntityType, Property, TypedExpression } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { ReadPlan } from '../plan/read-plan.ts';
import { castType } from '../sql/column-types.ts';
import { expressionToSql } from '../sql/expression.ts';
import { columnOf, readable, type StatementContext } from '../sql/scope.ts';
import { formerNames } from '../sql/stale.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from '../sql/statement.ts';

/** What is asked about records at a moment; every name is one that the caller may read. */
export interface PastQuery {
  readonly plan: AuthorizedPlan<ReadPlan>;
  readonly entity: EntityType;
  readonly filter: TypedExpression | null;
  /** Properties that are read of the moment, those that the filter names among them. */
  readonly read: readonly Property[];
}

/** Rows `g` (values of the levels), `count` and `sums`, in the order of the levels. Slot values: at, limit. */
export function pastGroups(
  query: PastQuery,
  levels: readonly Property[],
  sums: readonly Property[],
): CompiledStatement {
  const past = new Past(query);
  const groups = levels.map((property, index) => `${past.value(property)} as l${index}`);
  const added = sums.map((property, index) => `${past.value(property)} as s${index}`);
  const keys = levels.map((_, index) => `r.l${index}`).join(', ');
  const total = sums.map((_, index) => `sum(r.s${index})`).join(', ');
  const text =
    `${past.changed()} select jsonb_build_array(${keys})::text as g, count(*)::text as count, ` +
    `jsonb_build_array(${total})::text as sums ` +
    `from (select ${[...groups, ...added].join(', ')} from ${past.source()}) r group by ${keys} ` +
    `order by ${levels.map((_, index) => `r.l${index} nulls first`).join(', ')} limit ${past.slot('limit', 'int')}`;
  return { text, slots: past.slots };
}

/** Rows `id` and `title` (as it is now), by id. Slot values: at, limit, after. */
export function pastRecords(query: PastQuery, title: Property | null): CompiledStatement {
  const past = new Past(query);
  const called = title === null ? 'null::text' : `${columnOf('t', query.entity, title.name)}::text`;
  const after = past.slot('after', 'uuid');
  const text =
    `${past.changed()} select t.id::text as id, ${called} as title from ${past.source()} ` +
    `and (${after} is null or t.id > ${after}) order by t.id limit ${past.slot('limit', 'int')}`;
  return { text, slots: past.slots };
}

class Past {
  readonly #query: PastQuery;
  readonly #slots = new SlotWriter();
  readonly #context: StatementContext;

  constructor(query: PastQuery) {
    this.#query = query;
    const nothing = { from: 'constant', value: null } as const;
    const base = { plan: query.plan, slots: this.#slots, ieee754: false, annotations: false, aliases: 0 };
    this.#context = { ...base, links: { base: nothing, end: nothing } };
  }

  get slots() {
    return this.#slots.slots;
  }

  slot(name: string, cast: string): string {
    return this.#slots.use({ from: 'value', name }, cast);
  }

  /** Of each record that was changed since, the values before its first change since, by property. What was logged under a name before its property was another one says nothing. */
  changed(): string {
    const { entity, read } = this.#query;
    const name = quoteLiteral(entity.name);
    const names = read.map((property) => quoteLiteral(property.name));
    const first =
      `select distinct on (c.record_id, e.key) c.record_id, e.key, e.value from kartoteka.change_log c cross join lateral jsonb_each(c.before) e ` +
      `where c.entity = ${name} and c.at > ${this.slot('at', 'timestamptz')} and e.key in (${['', ...names].map((each) => each || "''").join(', ')}) ` +
      `and not exists (select from former f where f.property = e.key and f.hidden_on >= c.at) order by c.record_id, e.key, c.version, c.id`;
    return `with former as materialized (${formerNames(entity)}), changed as materialized (select x.record_id, jsonb_object_agg(x.key, x.value) as was from (${first}) x group by x.record_id)`;
  }

  /** Live records that the caller may read now and that were there at the moment, as far as the filter took them then. */
  source(): string {
    const { entity, filter } = this.#query;
    const tests = [`t.created_on <= ${this.slot('at', 'timestamptz')}`, readable(this.#context, entity, 't')];
    if (filter !== null) tests.push(this.#filter(filter));
    return `${tableOf(entity)} t left join changed b on b.record_id = t.id where ${tests.join(' and ')}`;
  }

  #filter(filter: TypedExpression): string {
    const column = (_navigations: readonly string[], name: string): string => {
      const property = this.#query.entity.properties.get(name);
      if (property === undefined) throw new Error(`there is no property ${name}`);
      return this.value(property);
    };
    return `(${expressionToSql(filter, { slots: this.#slots, column, boundLiterals: false })})`;
  }

  value(property: Property): string {
    const column = columnOf('t', this.#query.entity, property.name);
    const key = quoteLiteral(property.name);
    return `(case when b.was ? ${key} then (b.was ->> ${key})::${castType(property)} else ${column} end)`;
  }
}
