// The statement that looks for records which duplicate rules take for those that are written: one for all rules and any number of
// records. It decides no rights: it says of each what the principal may read.
import {
  comparedSql,
  type DuplicateMatch,
  type DuplicateRule,
  type EntityType,
  hashedSql,
  isStored,
  keySql,
  type Model,
  matchParts,
  type Property,
  referencedPaths,
} from '@kartoteka/metadata';
import { mayUse } from '../plan/secured.ts';
import { authorizeKey } from '../plan/write-authorize.ts';
import type { Principal } from '../security/types.ts';
import { castType } from '../sql/column-types.ts';
import { expressionToSql } from '../sql/expression.ts';
import { ROW_NUMBER, ROWS, RowSlotWriter } from '../sql/row-source.ts';
import { columnOf } from '../sql/scope.ts';
import { type CompiledStatement, SlotWriter, tableOf } from '../sql/statement.ts';
import { accessSql, propertyOf } from '../sql/write-row.ts';

/** Candidates that a rule tells of one record. */
export const MOST_CANDIDATES = 10;

/** A rule, and whether records that the principal may not read count: they do where the write is refused. */
export interface AppliedRule {
  readonly rule: DuplicateRule;
  readonly hidden: boolean;
}

export interface DuplicateSearch {
  readonly model: Model;
  readonly principal: Principal;
  readonly entity: EntityType;
  readonly rules: readonly AppliedRule[];
  /** Properties whose values are given; of an update the others are those stored. */
  readonly given: ReadonlySet<string>;
  readonly stored: boolean;
  /** Whether the records may be duplicates of one another. */
  readonly several: boolean;
  /**
   * There is one record, whose values are parameters of their own. Of arrays PostgreSQL does not know how many rows they are, so that it
   * plans the statement anew each time, which takes longer than running it.
   */
  readonly single: boolean;
}

/** The one record as a source of rows. */
const ONE_ROW = `(select 1 as "@n") ${ROWS}`;

/** Properties of the record that the rules read, with those from which they are made. */
export function readProperties(entity: EntityType, rules: readonly DuplicateRule[]): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const other of entity.properties.get(name)?.derived?.from ?? []) add(other);
  };
  for (const { match, when } of rules) {
    for (const { property } of match) add(property);
    if (when !== null) for (const { property } of referencedPaths(when)) add(property);
  }
  return names;
}

/**
 * Rows: `r` (position of the rule), `n` (of the record, from 1), `k` (where the records may be duplicates of one another: the text by
 * which they are), and of a candidate `id`, `title`, `readable` and `score` (above 0, up to 1). Parameters: an array per given
 * property, and `id` of each; of a single record the values themselves.
 */
export function duplicateStatement(search: DuplicateSearch): CompiledStatement {
  const { entity, given } = search;
  const columns = [...given].map((name) => ({ name, cast: castType(propertyOf(entity, name)) }));
  const rows = new RowSlotWriter([{ name: 'id', cast: 'uuid' }, ...columns.filter(({ name }) => name !== 'id')]);
  const [slots, source] = search.single ? [new SlotWriter(), ONE_ROW] : [rows, rows.source()];
  const text = search.rules
    .map((applied, at) => new Branch(search, slots, source, applied).sql(at))
    .join(' union all ');
  return { text, slots: slots.slots };
}

class Branch {
  readonly #search: DuplicateSearch;
  readonly #slots: SlotWriter;
  readonly #source: string;
  readonly #applied: AppliedRule;
  readonly #against: EntityType;

  constructor(search: DuplicateSearch, slots: SlotWriter, source: string, applied: AppliedRule) {
    this.#search = search;
    this.#slots = slots;
    this.#source = source;
    this.#applied = applied;
    const against = search.model.entities.get(applied.rule.against);
    if (against === undefined) throw new Error(`there is no entity ${applied.rule.against}`);
    this.#against = against;
  }

  sql(at: number): string {
    const { entity, stored, several, principal } = this.#search;
    const { rule } = this.#applied;
    const same = several && rule.against === entity.name;
    const { keyed, fuzzy } = matchParts(rule, this.#against);
    const [similar] = fuzzy;
    const key = same && keyed.length > 0 ? keySql(keyed, this.#against, this.#own) : 'null';
    const title = propertyOf(this.#against, this.#against.title);
    const shown = isStored(title) && mayUse(principal, this.#against, title, 'read');
    const titleSql = shown ? `${columnOf('m', this.#against, title.name)}::text` : 'null::text';
    const order = similar === undefined ? '' : ` order by ${this.#similarity(similar)} desc`;
    const found = `select m.id::text as id, ${titleSql} as title, ${this.#readable()} as readable, ${this.#score()} as score from ${tableOf(this.#against)} m where ${this.#tests().join(' and ')}${order} limit ${MOST_CANDIDATES}`;
    const from = stored
      ? `${this.#source} join ${tableOf(entity)} o on o.id = ${this.#slots.use({ from: 'value', name: 'id' }, 'uuid')}`
      : this.#source;
    const join = same ? `left join lateral (${found}) x on true` : `cross join lateral (${found}) x`;
    return `(select ${at}::text as r, ${ROW_NUMBER}::text as n, ${key} as k, x.id, x.title, coalesce(x.readable, false) as readable, x.score::text as score from ${from} ${join} where ${this.#when()})`;
  }

  /** The value of a property of the record that is written. */
  readonly #value = (name: string): string => {
    const { entity, given, stored } = this.#search;
    const property = propertyOf(entity, name);
    const { derived } = property;
    if (derived !== undefined && (!stored || derived.from.some((other) => given.has(other))))
      return derived.sql(this.#value);
    if (given.has(name)) return this.#slots.use({ from: 'value', name }, castType(property));
    return stored ? columnOf('o', entity, name) : `null::${castType(property)}`;
  };

  readonly #own = ({ property }: DuplicateMatch): string => this.#value(property);
  readonly #their = ({ other }: DuplicateMatch): string => columnOf('m', this.#against, other);

  #tests(): readonly string[] {
    const { entity } = this.#search;
    const { rule, hidden } = this.#applied;
    const { keyed, plain, fuzzy } = matchParts(rule, this.#against);
    const tests = ['m.deleted_on is null'];
    if (keyed.length > 0) {
      const [ours, theirs] = [keySql(keyed, this.#against, this.#own), keySql(keyed, this.#against, this.#their)];
      // The index is over the hash; the text behind it decides.
      tests.push(`${hashedSql(theirs)} = ${hashedSql(ours)}`, `${theirs} = ${ours}`);
    }
    for (const match of plain) tests.push(`${this.#their(match)} = ${this.#own(match)}`);
    for (const match of fuzzy) {
      const [ours, theirs] = this.#texts(match);
      tests.push(`${theirs} operator(kartoteka.%) ${ours}`, `${this.#similarity(match)} >= ${String(match.threshold)}`);
    }
    if (rule.against === entity.name) tests.push(`m.id <> ${this.#slots.use({ from: 'value', name: 'id' }, 'uuid')}`);
    if (!hidden) tests.push(this.#readable());
    return tests;
  }

  #texts(match: DuplicateMatch): readonly [string, string] {
    const property: Property = propertyOf(this.#against, match.other);
    return [comparedSql(match, property, this.#own(match)), comparedSql(match, property, this.#their(match))];
  }

  #similarity(match: DuplicateMatch): string {
    const [ours, theirs] = this.#texts(match);
    return `kartoteka.similarity(${theirs}, ${ours})`;
  }

  /** How alike they are: the least similarity of what is compared by it, 1 where everything is the same. */
  #score(): string {
    const { fuzzy } = matchParts(this.#applied.rule, this.#against);
    return fuzzy.length === 0 ? '1' : `least(${fuzzy.map((match) => this.#similarity(match)).join(', ')})`;
  }

  #readable(): string {
    const { model, principal } = this.#search;
    const authorized = authorizeKey(this.#against, [], model, principal);
    return accessSql({ authorized, slots: this.#slots }, this.#against, 'read', 'm');
  }

  #when(): string {
    const { when } = this.#applied.rule;
    if (when === null) return 'true';
    return expressionToSql(when, {
      slots: this.#slots,
      column: (_navigations, property) => this.#value(property),
      boundLiterals: false,
    });
  }
}
