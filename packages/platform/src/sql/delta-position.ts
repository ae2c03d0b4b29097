// Where in the history of the database a statement reads, as columns of that very statement: the snapshot it sees, and of which
// database that is. It knows nothing of what is read.
import type { EntityType } from '@kartoteka/metadata';
import { quoteLiteral } from './statement.ts';

/**
 * Columns `snapshot` (null on a server in recovery, whose snapshots leave out transactions in progress), `epoch`, `purged` and `settled`:
 * false while the stored records of the entity are given values without an entry in the change log (sql/ddl-rows.ts).
 */
export const POSITION_COLUMNS = ['snapshot', 'epoch', 'purged', 'settled'] as const;

/**
 * A restored database is another one: its epoch is of the row in kartoteka.state, of the cluster and its timeline (recovery to a point in
 * time begins a new one), and of the table of the log (a dump that is read back makes it anew).
 */
const EPOCH =
  "(select concat_ws(' ', s.epoch, c.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), " +
  "'kartoteka.change_log'::regclass::oid) from kartoteka.state s, pg_control_system() c)";

/** The columns as text to append to a select list. */
export function positionSql(entity: EntityType): string {
  const values: Readonly<Record<(typeof POSITION_COLUMNS)[number], string>> = {
    snapshot: 'case when not pg_is_in_recovery() then pg_current_snapshot()::text end',
    epoch: `case when not pg_is_in_recovery() then ${EPOCH} end`,
    purged: '(select s.changes_purged::text from kartoteka.state s)',
    settled:
      '(select count(*) = 0 from kartoteka.publish_step s where s.done_on is null ' +
      `and s.table_name = ${quoteLiteral(entity.table)} and s.kind in ('number_rows', 'fill_rows'))`,
  };
  return POSITION_COLUMNS.map((name) => `, ${values[name]} as ${name}`).join('');
}
