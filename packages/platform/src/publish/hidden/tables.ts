// The tables that removed entities and relations have left, as they were (kartoteka.hidden_table): written with the publish that hides
// them, read where one may take them up again. It must not interpret documents.
import type { TableShape } from '@kartoteka/metadata';
import type { Executor } from '../../storage/types.ts';
import type { KeptOwnership } from '../package-store.ts';

/** A table that no entity has any more, with its records. */
export interface HiddenTable {
  /** Without references to other tables. */
  readonly shape: TableShape;
  /** Null of links. */
  readonly ownership: KeptOwnership | null;
}

/** Part of the transaction of the publish of that revision, after the columns: what is in use again is hidden no longer. */
export async function writeHiddenTables(tx: Executor, revision: number, tables: readonly HiddenTable[]): Promise<void> {
  await tx.run(`delete from kartoteka.hidden_table h where exists (select from kartoteka.storage_column s
    where s.table_name = h.table_name and s.hidden_on is null)`);
  if (tables.length === 0) return;
  const rows = tables.map(({ shape, ownership }) => ({ name: shape.name, shape, ownership }));
  await tx.run(
    `insert into kartoteka.hidden_table (table_name, shape, ownership, hidden_in)
     select name, shape, case when json_typeof(ownership) = 'object' then ownership end, $2::bigint
     from json_to_recordset($1::json) as r(name text, shape json, ownership json)
     on conflict (table_name) do update set shape = excluded.shape, ownership = excluded.ownership, hidden_in = excluded.hidden_in`,
    [JSON.stringify(rows), String(revision)],
  );
}

/** Those that are there still, by name. Whether their columns are all there says the record of columns (remains.ts). */
export async function hiddenTables(executor: Executor): Promise<HiddenTable[]> {
  const rows = await executor.run(
    `select shape::text as shape, ownership::text as ownership from kartoteka.hidden_table
     where to_regclass(format('data.%I', table_name)) is not null order by table_name`,
  );
  return rows.map(({ shape, ownership }) => ({
    shape: JSON.parse(String(shape)) as TableShape,
    ownership: ownership === null ? null : (JSON.parse(String(ownership)) as KeptOwnership),
  }));
}
