// The values that nobody reaches any more after a publish, and how many records have them.
import { tableShapes } from '@kartoteka/metadata';
import { qualified } from '../../sql/ddl-rows.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { PublishPlan } from '../plan.ts';
import type { RecordCounter } from './count.ts';
import type { PlannedLoss } from './types.ts';

interface LostValues {
  readonly what: string;
  readonly table: string;
  /** Null: every row is lost. */
  readonly column: string | null;
}

/** Removed entities, links and properties with their records, those in the recycle bin included. */
export async function plannedLosses(counter: RecordCounter, plan: PublishPlan): Promise<PlannedLoss[]> {
  const losses: PlannedLoss[] = [];
  for (const { what, table, column } of lostValues(plan)) {
    const condition = column === null ? 'true' : `${quoteIdentifier(column)} is not null`;
    losses.push({ what, how: 'removed', ...(await counter.count(qualified(table), condition)) });
  }
  return losses;
}

/** What leaves the shapes, but for what goes with a whole table. */
function lostValues({ before, model }: PublishPlan): readonly LostValues[] {
  if (before === null) return [];
  const next = new Map(tableShapes(model).map((table) => [table.name, table]));
  return tableShapes(before).flatMap((table): readonly LostValues[] => {
    const after = next.get(table.name);
    if (after === undefined) return [{ what: table.entity, table: table.name, column: null }];
    const kept = new Set(after.columns.map(({ name }) => name));
    return table.columns
      .filter(({ name }) => !kept.has(name))
      .map(({ name, property }) => ({ what: `${table.entity}.${property ?? name}`, table: table.name, column: name }));
  });
}
