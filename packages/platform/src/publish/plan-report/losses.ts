// The values that nobody reaches any more after a publish, and how many records have them.
import { type ColumnShape, tableShapeSteps } from '@kartoteka/metadata';
import { heldSql } from '../../sql/convert.ts';
import { qualified } from '../../sql/ddl-rows.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import { inSlices } from '../in-slices.ts';
import type { PublishPlan } from '../plan.ts';
import type { RecordCounter } from './count.ts';
import type { PlannedConversion, PlannedLoss } from './types.ts';

interface LostValues {
  readonly what: string;
  readonly table: string;
  /** Null: every row is lost. */
  readonly column: ColumnShape | null;
}

/** Removed entities, links and properties with their records, those in the recycle bin included. */
export async function plannedLosses(counter: RecordCounter, plan: PublishPlan): Promise<PlannedLoss[]> {
  const losses: PlannedLoss[] = [];
  for (const { what, table, column } of await lostValues(plan)) {
    const held = column === null ? 'true' : heldSql(`t.${quoteIdentifier(column.name)}`, column.type);
    const conversion = plan.conversions.find((each) => each.table === table && each.from === column?.name);
    const how = conversion === undefined ? 'removed' : 'not_converted';
    const condition = conversion === undefined ? held : `${held} and (${conversion.isConverted}) is not true`;
    const count = await counter.count(`${qualified(table)} t`, condition);
    // A conversion that nothing is lost in is no loss.
    if (how === 'removed' || count.records !== 0) losses.push({ what, how, ...count });
  }
  return losses;
}

/** Values that are brought over. */
export async function plannedConversions(counter: RecordCounter, plan: PublishPlan): Promise<PlannedConversion[]> {
  const converted: PlannedConversion[] = [];
  for (const { what, table, from, former, fromType, toType, isConverted } of plan.conversions) {
    const held = former === null ? `${heldSql(`t.${quoteIdentifier(from)}`, fromType)} and ` : '';
    const condition = `${held}${isConverted}`;
    const count = await counter.count(`${qualified(table)} t`, condition);
    converted.push({ what, from: fromType, to: toType, ...count });
  }
  return converted;
}

/** What leaves the shapes, but for what goes with a whole table. */
async function lostValues({ before, model }: PublishPlan): Promise<readonly LostValues[]> {
  if (before === null) return [];
  const next = new Map((await inSlices(tableShapeSteps(model))).map((table) => [table.name, table]));
  return (await inSlices(tableShapeSteps(before))).flatMap((table): readonly LostValues[] => {
    const after = next.get(table.name);
    if (after === undefined) return [{ what: table.entity, table: table.name, column: null }];
    const kept = new Set(after.columns.map(({ name }) => name));
    return table.columns
      .filter(({ name }) => !kept.has(name))
      .map((column) => ({
        what: `${table.entity}.${column.property ?? column.name}`,
        table: table.name,
        column,
      }));
  });
}
