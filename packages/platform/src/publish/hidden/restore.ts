// The hidden columns that fields of their name may take up again, values and all, and those whose values may come back into a field that
// gets its former type again. Reads only; whether a publish makes use of them is said by whoever asks for it, and only of the new
// field's type.
import type { Executor } from '../../storage/types.ts';
import type { Remains } from '../package-store.ts';
import type { Stored } from '../store.ts';
import { hiddenTables } from './tables.ts';

/** A hidden column of a property that has another type now. */
export interface FormerColumn {
  readonly table: string;
  readonly entity: string;
  readonly property: string;
  readonly column: string;
  /** As in a column definition. */
  readonly type: string;
  /** The property was secured once: the values come back only while it is. */
  readonly secured: boolean;
}

/** What is there in either case: of hidden columns, those that are not dropped, in tables that are in use. */
const HIDDEN = `from kartoteka.storage_column s
join pg_attribute a on a.attrelid = to_regclass(format('data.%I', s.table_name)) and a.attname = s.column_name
  and not a.attisdropped
left join pg_collation co on co.oid = a.attcollation and co.collname <> 'default'
where s.hidden_on is not null`;

/** Per property that is not there now the column that was hidden last, with its type; of tables that are in use or can be again. */
const RESTORABLE = `select distinct on (s.entity, s.property) s.table_name, s.entity, s.property, s.column_name,
  format_type(a.atttypid, a.atttypmod) as type, co.collname as collation
${HIDDEN}
  and not exists (select from kartoteka.storage_column o
    where o.entity = s.entity and o.property = s.property and o.hidden_on is null)
  and (exists (select from kartoteka.storage_column o where o.table_name = s.table_name and o.hidden_on is null)
    or exists (select from kartoteka.hidden_table t where t.table_name = s.table_name))
order by s.entity, s.property, s.hidden_on desc, s.column_name desc`;

/** Of properties that are there now, those hidden last first. */
const FORMER = `select s.table_name, s.entity, s.property, s.column_name,
  format_type(a.atttypid, a.atttypmod) as type, co.collname as collation
${HIDDEN}
  and exists (select from kartoteka.storage_column o
    where o.entity = s.entity and o.property = s.property and o.table_name = s.table_name and o.hidden_on is null)
order by s.entity, s.property, s.hidden_on desc, s.column_name desc`;

/**
 * Those of them that any stored document ever said to be secured, whatever it said later: which of several columns of one name had
 * the values is not told by documents. A field makes properties of its own name and of those of lookups and money.
 */
const SECURED = `select distinct s.entity, s.property from kartoteka.storage_column s
join kartoteka.document_history h on h.kind = 'entity' and coalesce(h.body->>'extends', h.name) = s.entity
cross join lateral json_each(h.body->'fields') f
where s.hidden_on is not null and f.value->>'secured' = 'true'
  and (f.key = s.property or s.property in (f.key || '_id', f.key || '_type', f.key || '_currency'))`;

async function securedOnce(executor: Executor): Promise<string[]> {
  return (await executor.run(SECURED)).map(({ entity, property }) => `${entity}.${property}`);
}

/** As what a package leaves behind, which the planner knows how to take up (remains.ts). */
export async function restorable(executor: Executor): Promise<Remains> {
  const tables = await hiddenTables(executor);
  // What a table had when it was hidden comes with it.
  const own = new Set(
    tables.flatMap(({ shape: { name, columns } }) => columns.map(({ property }) => `${name}.${property}`)),
  );
  const rows = await executor.run(RESTORABLE);
  return {
    tables: tables.map(({ shape }) => shape),
    ownerships: Object.fromEntries(
      tables.flatMap(({ shape, ownership }) => (ownership === null ? [] : [[shape.name, ownership]])),
    ),
    secured: rows.length === 0 ? [] : await securedOnce(executor),
    columns: rows
      .filter(({ table_name, property }) => !own.has(`${table_name}.${property}`))
      .map((row) => ({
        table: String(row.table_name),
        entity: String(row.entity),
        column: {
          name: String(row.column_name),
          type: typeOf(String(row.type), row.collation as string | null),
          property: String(row.property),
          notNull: false,
        },
      })),
  };
}

/** The columns that properties had before they got another type. */
export async function formerColumns(executor: Executor): Promise<readonly FormerColumn[]> {
  const rows = await executor.run(FORMER);
  const secured = rows.length === 0 ? [] : await securedOnce(executor);
  return rows.map((row) => ({
    table: String(row.table_name),
    entity: String(row.entity),
    property: String(row.property),
    column: String(row.column_name),
    type: typeOf(String(row.type), row.collation as string | null),
    secured: secured.includes(`${row.entity}.${row.property}`),
  }));
}

/** As in a column definition. */
function typeOf(type: string, collation: string | null): string {
  const short = type === 'timestamp with time zone' ? 'timestamptz' : type;
  return collation === null ? short : `${short} collate "${collation}"`;
}

/** What is stored, with the tables and columns that may be taken up again, and those of former types. */
export async function withRestorable(executor: Executor, stored: Stored): Promise<Stored> {
  return { ...stored, restorable: await restorable(executor), former: await formerColumns(executor) };
}
