// What removed fields and entities have left in the database, hidden: columns of tables that are in use, whole tables, and tables
// that made room for others of their name. Reads only.
import type { Executor } from '../../storage/types.ts';

/** A column or table whose values nobody reaches. */
export interface HiddenItem {
  /** `data.deal.probability_2` or `hidden_3.deal`: schema, table and column, which need no quotes to be told apart. */
  readonly item: string;
  readonly kind: 'column' | 'table';
  readonly schema: string;
  readonly table: string;
  /** Null of a table. */
  readonly column: string | null;
  /** Entity, or of a table of links the field that made it, as `deal.partners`. */
  readonly entity: string;
  /** Null of a table. */
  readonly property: string | null;
  /** When it was hidden, as text of RFC 3339; null where that is not known any more. */
  readonly hidden_on: string | null;
  /** Bytes on disk of a table with its indexes; null of a column. */
  readonly bytes: number | null;
}

/** Schemas of tables that made room (plan.ts, moveAside). */
const ASIDE = String.raw`^hidden_\d+$`;

const COLUMNS = `select 'column' as kind, 'data' as schema, s.table_name as "table", s.column_name as "column", s.entity, s.property,
  to_json(s.hidden_on)#>>'{}' as hidden_on, null::text as bytes
from kartoteka.storage_column s
where s.hidden_on is not null and exists (
  select from kartoteka.storage_column o where o.table_name = s.table_name and o.hidden_on is null)`;

const TABLES = `select 'table', 'data', s.table_name, null, min(s.entity), null, to_json(max(s.hidden_on))#>>'{}',
  pg_total_relation_size(to_regclass(format('data.%I', s.table_name)))::text
from kartoteka.storage_column s
group by s.table_name having bool_and(s.hidden_on is not null) and to_regclass(format('data.%I', s.table_name)) is not null`;

const MOVED = `select 'table', n.nspname, c.relname, null, c.relname, null, null, pg_total_relation_size(c.oid)::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname ~ '${ASIDE}' and c.relkind in ('r', 'p')`;

/** Everything hidden, in the order of its names. */
export async function hiddenItems(executor: Executor): Promise<HiddenItem[]> {
  const rows = await executor.run(`${COLUMNS} union all ${TABLES} union all ${MOVED} order by 2, 3, 4`);
  return rows.map(({ bytes, ...row }) => {
    const { schema, table, column } = row;
    const item = [schema, table, column].filter((part) => part !== null).join('.');
    return { ...(row as unknown as HiddenItem), item, bytes: bytes === null ? null : Number(bytes) };
  });
}
