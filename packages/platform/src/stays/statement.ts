// How long records had each value of a property: stays, from one entry of the change log to the next. SQL of one statement; it takes
// only an AuthorizedPlan (past/plan.ts).
import type { Property } from '@kartoteka/metadata';
import type { PastQuery } from '../past/statement.ts';
import { expressionToSql } from '../sql/expression.ts';
import { columnOf, readable, type StatementContext } from '../sql/scope.ts';
import { formerNames, staleAfterSql } from '../sql/stale.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from '../sql/statement.ts';

/** Days from one moment to another. */
const days = (from: string, to: string): string => `extract(epoch from ${to} - ${from}) / 86400`;

/** Rows `value`, `entered_on`, `left_on`, `days`, `version` of one record, the first stay first. Slot values: id, limit, after. */
export function staysOfRecord(query: PastQuery, property: Property): CompiledStatement {
  const stays = new Stays(query, property, ['t.id = $id']);
  const after = stays.slot('after', 'bigint');
  const text =
    `${stays.text()} select s.version::text as version, s.value, s.entered_on, s.left_on, round(${days('s.entered_on', 'coalesce(s.left_on, now())')}, 3)::text as days ` +
    `from stays s where ${after} is null or s.version > ${after} order by s.version limit ${stays.slot('limit', 'int')}`;
  return { text, slots: stays.slots };
}

/** Rows `value`, `stays`, `records`, `present`, `average`, `median` of stays begun in a period. Slot values: from, until. */
export function timeByValue(query: PastQuery, property: Property): CompiledStatement {
  const stays = new Stays(query, property, []);
  const took = days('s.entered_on', 'coalesce(s.left_on, now())');
  const text =
    `${stays.text()} select s.value, count(*)::text as stays, count(distinct s.id)::text as records, ` +
    `count(*) filter (where s.left_on is null)::text as present, round(avg(${took}), 3)::text as average, ` +
    `round((percentile_cont(0.5) within group (order by ${took}))::numeric, 3)::text as median ` +
    `from stays s where ${stays.period('s.entered_on')} group by s.value`;
  return { text, slots: stays.slots };
}

/** Of each record the first time that it had each value. */
const FIRST =
  'first as materialized (select distinct on (s.id, s.value) s.* from stays s order by s.id, s.value, s.version)';

/** Rows `value`, `next`, `records`, `itself`: how many first got `value` in a period (`itself`), and how many of them got `next` later. Slot values: from, until. */
export function conversions(query: PastQuery, property: Property): CompiledStatement {
  const stays = new Stays(query, property, []);
  const text =
    `${stays.text()}, ${FIRST}, ` +
    `begun as (select f.* from first f where ${stays.period('f.entered_on')}), ` +
    `later as (select distinct b.id, b.value, s.value as next from begun b join stays s on s.id = b.id and s.version > b.version and s.value is distinct from b.value) ` +
    `select b.value, b.value as next, count(*)::text as records, true as itself from begun b group by b.value ` +
    `union all select l.value, l.next, count(*)::text as records, false as itself from later l group by l.value, l.next`;
  return { text, slots: stays.slots };
}

export interface ValueQuestion {
  /** Only the first time that a record had the value counts. */
  readonly first: boolean;
  /** Only times that go on. */
  readonly present: boolean;
  /** Only records that got another value later, slot value `reached`. */
  readonly reached: boolean;
  readonly title: Property | null;
}

/** Rows `id`, `title` of records that got a value in a period, by id. Slot values: value and reached ('': none), from, until, limit, after. */
export function recordsOfValue(
  query: PastQuery,
  property: Property,
  { first, present, reached, title }: ValueQuestion,
): CompiledStatement {
  const stays = new Stays(query, property, []);
  const named = (slot: string): string => `nullif(${stays.slot(slot, 'text')}, '')`;
  const tests = [`b.value is not distinct from ${named('value')}`, stays.period('b.entered_on')];
  if (present) tests.push('b.left_on is null');
  if (reached)
    tests.push(
      `exists (select from stays s where s.id = b.id and s.version > b.version and s.value is not distinct from ${named('reached')})`,
    );
  const after = stays.slot('after', 'uuid');
  const text =
    `${stays.text()}${first ? `, ${FIRST}` : ''}, found as (select distinct b.id from ${first ? 'first' : 'stays'} b where ${tests.join(' and ')}) ` +
    `select f.id::text as id, ${titleSql(query, title)} as title from found f join ${tableOf(query.entity)} t on t.id = f.id ` +
    `where ${after} is null or f.id > ${after} order by f.id limit ${stays.slot('limit', 'int')}`;
  return { text, slots: stays.slots };
}

const titleSql = ({ entity }: PastQuery, title: Property | null): string =>
  title === null ? 'null::text' : `${columnOf('t', entity, title.name)}::text`;

/**
 * Rows `id`, `title`, `value`, `since`, `days` of records that have their value for so many days, or (`byProcess`) for as many as the
 * process says of it, the longest first. Slot values: days, limit, since, after.
 */
export function unmoved(
  query: PastQuery,
  property: Property,
  { title, byProcess }: { readonly title: Property | null; readonly byProcess: boolean },
): CompiledStatement {
  const stays = new Stays(query, property, []);
  const least = byProcess ? staleAfterSql(property, 's.value') : stays.slot('days', 'int');
  const [since, after] = [stays.slot('since', 'timestamptz'), stays.slot('after', 'uuid')];
  const text =
    `${stays.text()}, present as materialized (select s.* from stays s where s.left_on is null and s.entered_on <= now() - ${least} * interval '1 day') ` +
    `select p.id::text as id, ${titleSql(query, title)} as title, p.value, to_char(p.entered_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since, floor(${days('p.entered_on', 'now()')})::text as days ` +
    `from present p join ${tableOf(query.entity)} t on t.id = p.id ` +
    `where (${after} is null or (p.entered_on, p.id) > (${since}, ${after})) order by p.entered_on, p.id limit ${stays.slot('limit', 'int')}`;
  return { text, slots: stays.slots };
}

class Stays {
  readonly #query: PastQuery;
  readonly #property: Property;
  readonly #tests: readonly string[];
  readonly #slots = new SlotWriter();
  readonly #context: StatementContext;

  constructor(query: PastQuery, property: Property, tests: readonly string[]) {
    this.#query = query;
    this.#property = property;
    this.#tests = tests.map((test) => test.replace('$id', this.slot('id', 'uuid')));
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

  /** Begun in the period; either end may be open. */
  period(column: string): string {
    const [from, until] = [this.slot('from', 'timestamptz'), this.slot('until', 'timestamptz')];
    return `(${from} is null or ${column} >= ${from}) and (${until} is null or ${column} < ${until})`;
  }

  /**
   * `stays` of the live records that the caller may read and the filter takes. A record whose first entry is no longer in the log, or is
   * older than the field, has been in its first known value since it was made; what was logged under a name that was another property's
   * says nothing. A time in the recycle bin is none of a stay: one ends with the delete, another begins with the restore.
   */
  text(): string {
    const { entity, filter } = this.#query;
    const name = quoteLiteral(entity.name);
    const key = quoteLiteral(this.#property.name);
    const tests = [...this.#tests, readable(this.#context, entity, 't')];
    if (filter !== null) tests.push(this.#filter());
    const column = columnOf('t', entity, this.#property.name);
    const tells = (alias: string, image: 'before' | 'after'): string =>
      `${alias}.${image} ? ${key} and not exists (select from former f where f.hidden_on >= ${alias}.at)`;
    // In an array, so that a known null is told from none. What nothing was changed from is as it is now.
    const known = (version: string): string =>
      `coalesce((select jsonb_build_array(k.before -> ${key}) from kartoteka.change_log k where k.record_id = r.id and k.entity = ${name} ` +
      `and k.version > ${version} and ${tells('k', 'before')} order by k.version limit 1), jsonb_build_array(r.value)) ->> 0`;
    return (
      `with former as materialized (select h.hidden_on from (${formerNames(entity)}) h where h.property = ${key}), ` +
      `r as materialized (select t.id, t.created_on, ${column}::text as value from ${tableOf(entity)} t where ${tests.join(' and ')}), ` +
      `log as (select r.id, l.version, l.at, l.operation = 'delete' as gone, ` +
      `case when ${tells('l', 'after')} then l.after ->> ${key} when l.operation = 'restore' then ${known('l.version')} end as value ` +
      `from r join kartoteka.change_log l on l.record_id = r.id where l.entity = ${name} and (l.operation in ('delete', 'restore') ` +
      `or l.operation in ('create', 'update') and ${tells('l', 'after')}) ` +
      `union all select r.id, 0, r.created_on, false, ${known('0')} from r ` +
      `where not exists (select from kartoteka.change_log l where l.record_id = r.id and l.entity = ${name} and l.operation = 'create' and ${tells('l', 'after')})), ` +
      `spans as (select g.*, lead(g.at) over (partition by g.id order by g.version) as left_on from log g), ` +
      'stays as materialized (select g.id, g.version, g.value, g.at as entered_on, g.left_on from spans g where not g.gone)'
    );
  }

  #filter(): string {
    const { entity, filter } = this.#query;
    if (filter === null) return 'true';
    const column = (_navigations: readonly string[], name: string): string => columnOf('t', entity, name);
    return `(${expressionToSql(filter, { slots: this.#slots, column, boundLiterals: false })})`;
  }
}
