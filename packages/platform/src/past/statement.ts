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
    `${past.parts(null)} select jsonb_build_array(${keys})::text as g, count(*)::text as count, ` +
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
    `${past.parts(title)} select t.id::text as id, ${called} as title from ${past.source()} ` +
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

  /**
   * `base`: live records that the caller may read now and that were there at the moment, not in the recycle bin. `changed`: of each that was
   * changed since, the values before its first change since, by property; of the log only entries of these records and values that are
   * asked for are opened. What was logged under a name before its property was another one says nothing.
   */
  parts(title: Property | null): string {
    const { entity, read } = this.#query;
    const name = quoteLiteral(entity.name);
    const since = `c.entity = ${name} and c.at > ${this.slot('at', 'timestamptz')}`;
    const columns = [...new Set(['id', ...read.map((each) => each.name), ...(title === null ? [] : [title.name])])];
    // The first of the two since then says where it was.
    const binned =
      `select x.record_id from (select distinct on (c.record_id) c.record_id, c.operation from kartoteka.change_log c ` +
      `where ${since} and c.operation in ('delete', 'restore') order by c.record_id, c.version, c.id) x where x.operation = 'restore'`;
    const tests = [
      `t.created_on <= ${this.slot('at', 'timestamptz')}`,
      readable(this.#context, entity, 't'),
      'not exists (select from binned n where n.record_id = t.id)',
    ];
    const base = `select ${columns.map((each) => columnOf('t', entity, each)).join(', ')} from ${tableOf(entity)} t where ${tests.join(' and ')}`;
    const parts = [`binned as materialized (${binned})`, `base as materialized (${base})`];
    if (read.length === 0) return `with ${parts.join(', ')}`;
    const keys = `array[${read.map((property) => quoteLiteral(property.name)).join(', ')}]`;
    const first =
      `select distinct on (c.record_id, k.key) c.record_id, k.key, c.before -> k.key as value ` +
      `from base t join kartoteka.change_log c on c.record_id = t.id cross join unnest(${keys}) k(key) ` +
      `where ${since} and c.before ?| ${keys} and c.before ? k.key ` +
      `and not exists (select from former f where f.property = k.key and f.hidden_on >= c.at) order by c.record_id, k.key, c.version, c.id`;
    const changed = `select x.record_id, jsonb_object_agg(x.key, x.value) as was from (${first}) x group by x.record_id`;
    parts.push(`former as materialized (${formerNames(entity)})`, `changed as materialized (${changed})`);
    return `with ${parts.join(', ')}`;
  }

  /** Those of `base` that the filter took then. */
  source(): string {
    const { filter, read } = this.#query;
    const was = read.length === 0 ? '' : ' left join changed b on b.record_id = t.id';
    return `base t${was} where ${filter === null ? 'true' : this.#filter(filter)}`;
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
