// SQL text with its parameters. Every value is bound as text under an explicit cast in the SQL, so that one text serves
// every value, the driver converts nothing (storage/database.ts turns its serialisers off), and digits, microseconds and
// dates stay as sent.
import type { EntityType, Junction, Privilege } from '@kartoteka/metadata';

/** Where the value of `$n` comes from when a compiled statement is bound. */
export type Slot =
  /** n-th literal of the request's text, in order of appearance. */
  | {
      readonly from: 'literal';
      readonly index: number;
      /** The form in which the property it is compared with stores values. */
      readonly normalize?: (value: unknown) => unknown;
    }
  /** Ids of one arm of an access of the principal, as an array literal; the arms of `Access.also` are counted after its own. */
  | { readonly from: 'access'; readonly entity: string; readonly privilege: Privilege; readonly arm: number }
  /** me, my_teams, my_business_unit, now, today; who acts as me, if anybody; and the organization's time zone. */
  | {
      readonly from: 'context';
      readonly name: 'me' | 'caller' | 'my_teams' | 'my_business_unit' | 'now' | 'today' | 'time_zone';
    }
  /** Named value that the executor supplies (key of a record, page size, payload value ...). */
  | { readonly from: 'value'; readonly name: string }
  /** Fixed when compiled. */
  | { readonly from: 'constant'; readonly value: string | null };

export interface CompiledStatement {
  readonly text: string;
  readonly slots: readonly Slot[];
}

/** Collects slots while SQL text is written; equal slots with equal casts share one `$n`. */
export class SlotWriter {
  readonly slots: Slot[] = [];
  readonly #numbers = new Map<string, number>();

  /** The placeholder with its cast, e.g. `$3::numeric`. `cast` is a PostgreSQL type. */
  use(slot: Slot, cast: string): string {
    const key = `${cast} ${JSON.stringify(slot)}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      this.slots.push(slot);
      number = this.slots.length;
      this.#numbers.set(key, number);
    }
    return `$${number}::${cast}`;
  }
}

/** Quotes an identifier; identifiers come from the Model only, and names.ts has refused what cannot be one. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `data.deal`: the table of an entity. */
export function tableOf(entity: EntityType): string {
  return `data.${quoteIdentifier(entity.table)}`;
}

/** Whether a row of the table is among the entity's records: alive, or in the recycle bin. */
export function presentSql(alias: string, entity: EntityType): string {
  return `${alias}.deleted_on is ${entity.records === 'deleted' ? 'not null' : 'null'}`;
}

/** `data.deal__contacts`: the table of the links of a many-to-many relation. */
export function junctionOf({ table }: Junction): string {
  return `data.${quoteIdentifier(table)}`;
}

/** A string literal for text that is fixed when compiled (labels, links); values of requests are bound instead. */
export function quoteLiteral(text: string): string {
  const doubled = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${doubled.replaceAll('\\', '\\\\')}` : doubled;
}

/** PostgreSQL 18's reserved key words (documentation, appendix C), all that may not be a bare column or table name. */
const RESERVED = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
    'current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from ' +
    'full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime ' +
    'localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right ' +
    'select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using ' +
    'variadic verbose when where window with'
  ).split(' '),
);
