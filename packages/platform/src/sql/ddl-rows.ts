// The steps of a metadata change that give stored rows a value: numbers, and texts joined from other columns. They run after
// the commit, in batches (publish/after-steps.ts), so that nobody waits longer than for one of them.
import type { ColumnShape, TableShape } from '@kartoteka/metadata';
import type { DdlStep } from './ddl.ts';
import { quoteIdentifier } from './statement.ts';

/** Schema of the tables of entities. */
export const SCHEMA = 'data';

/** A table, index or sequence of the schema. */
export function qualified(name: string): string {
  return `${SCHEMA}.${quoteIdentifier(name)}`;
}

/** Temporary table of the rows to number: `place` (1, 2 ... in the order of creation), `id`, `created_on`. */
export const NUMBERING = 'kartoteka_numbering';

/** Numbers the rows of `NUMBERING` between two places, in its order; rows that got a number meanwhile keep it. */
export function numberingSteps(table: TableShape, { name, numbering }: ColumnShape): DdlStep[] {
  if (numbering === undefined) return [];
  const column = quoteIdentifier(name);
  const batch = `select id, created_on from pg_temp.${NUMBERING} where place > $1::bigint and place <= $2::bigint order by place`;
  const drawn = `select w.id, w.created_on, nextval('${qualified(numbering.sequence)}'::regclass) as n from (${batch}) w`;
  const sql =
    `with b as materialized (${drawn}) update ${qualified(table.name)} t set ${column} = ${numbering.storedValue} ` +
    `from b where t.id = b.id and t.${column} is null`;
  const description = `numbers ${table.name}.${name} of stored records`;
  return [afterStep(sql, description, { kind: 'number_rows', object: name, table: table.name })];
}

/** Rows that one statement fills. */
const FILLED_AT_ONCE = 1000;

/**
 * Brings stored rows to what the column is made from now: the next rows after an id (null: from the first), answering the last
 * of them and how many they are. A row that is written meanwhile is taken as it is then. What clients had written into the column before it was
 * made from others is left alone.
 */
export function fillingSteps(table: TableShape, column: ColumnShape, before: ColumnShape | undefined): DdlStep[] {
  const value = column.derived;
  if (value === undefined || before?.derived === value) return [];
  const [rows, name] = [qualified(table.name), quoteIdentifier(column.name)];
  const written = before !== undefined && before.derived === undefined;
  const condition = written ? `t.${name} is null` : `t.${name} is distinct from ${value}`;
  const batch = `select id from ${rows} where ($1::uuid is null or id > $1::uuid) order by id limit ${FILLED_AT_ONCE}`;
  const sql =
    `with b as materialized (${batch}), w as (update ${rows} t set ${name} = ${value} from b ` +
    `where t.id = b.id and ${condition}) select id::text as last, (select count(*) from b)::text as rows from b order by id desc limit 1`;
  const description = `${table.name}.${column.name} of stored records is made from their other columns`;
  return [afterStep(sql, description, { kind: 'fill_rows', object: column.name, table: table.name })];
}

function afterStep(sql: string, description: string, after: NonNullable<DdlStep['after']>): DdlStep {
  return { sql, description, phase: 'after', lock: 'rows of one batch, short', additive: true, after };
}
