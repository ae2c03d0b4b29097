// The statements of a plan as a person reads them: what each locks, for how long, and how many rows it goes through.
import type { AfterKind, DdlStep } from '../../sql/ddl.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { Executor } from '../../storage/types.ts';
import type { PlannedStep } from './types.ts';

interface Effort {
  readonly held: string;
  readonly scans: boolean;
  readonly rewrites: boolean;
}

const CATALOGUE: Effort = { held: 'milliseconds: only the catalogue changes', scans: false, rewrites: false };
const ONE_BATCH: Effort = { held: 'milliseconds: the rows of one batch', scans: true, rewrites: true };

const EFFORT: Readonly<Record<AfterKind, Effort>> = {
  create_index: { held: 'while the index is built', scans: true, rewrites: false },
  drop_index: { held: 'until who uses the index has finished', scans: false, rewrites: false },
  validate: { held: 'while the rows are read', scans: true, rewrites: false },
  number_rows: ONE_BATCH,
  fill_rows: ONE_BATCH,
  convert_rows: ONE_BATCH,
};

/** All steps, in the order to run them, with the estimated rows of the tables they go through. */
export async function plannedSteps(executor: Executor, steps: readonly DdlStep[]): Promise<PlannedStep[]> {
  const rows = await estimatedRows(executor, [...new Set(steps.flatMap((step) => step.after?.table ?? []))]);
  return steps.map(({ sql, description, phase, lock, table, after }) => {
    const { held, scans, rewrites } = after === undefined ? CATALOGUE : EFFORT[after.kind];
    const goesThrough = after !== undefined && (scans || rewrites) ? (rows.get(after.table) ?? 0) : null;
    return {
      ...{ sql, description, phase: phase === 'after' ? 'background' : phase },
      ...{ table: after?.table ?? table ?? null, lock, held, rewrites, scans, rows: goesThrough },
    };
  });
}

/** Rows of tables in schema `data` as PostgreSQL estimates them; 0 of one that was never analysed or is not there. */
async function estimatedRows(executor: Executor, tables: readonly string[]): Promise<Map<string, number>> {
  if (tables.length === 0) return new Map();
  const names = tables.map((table) => `data.${quoteIdentifier(table)}`);
  const rows = await executor.run(
    `select c.relname as name, greatest(c.reltuples, 0)::bigint::text as rows
     from pg_class c where c.oid in (select to_regclass(t) from json_array_elements_text($1::json) t)`,
    [JSON.stringify(names)],
  );
  return new Map(rows.map(({ name, rows: count }) => [String(name), Number(count)]));
}
