// How many stored records do not meet what a publish asks of them: for the person who decides, and for the one whom it is refused.
import { PlatformError } from '../../errors.ts';
import type { DdlPrecondition } from '../../sql/ddl.ts';
import { qualified } from '../../sql/ddl-rows.ts';
import type { Executor } from '../../storage/types.ts';
import type { PublishPlan } from '../plan.ts';
import { unfitQuestions } from '../unfit.ts';
import { MOST_COUNTED, type RecordCounter } from './count.ts';
import type { PlannedUnfit } from './types.ts';

/** Those that some record does not meet, or of which that took too long to say. */
export async function plannedUnfit(counter: RecordCounter, plan: PublishPlan): Promise<PlannedUnfit[]> {
  const unfit: PlannedUnfit[] = [];
  for (const { what, why, value, table, condition, constraint } of unfitQuestions(plan)) {
    const count = await counter.count(`${qualified(table)} t`, condition);
    if (count.records !== 0) unfit.push({ what, why, value, refuses: constraint !== null, ...count });
  }
  return unfit;
}

/** The refusal for stored records that a precondition has found, with the values that they have and how many they are. */
export async function unfitConflict(
  tx: Executor,
  plan: PublishPlan,
  { reason, constraint }: DdlPrecondition,
): Promise<PlatformError> {
  const told: string[] = [];
  for (const question of unfitQuestions(plan).filter((each) => each.constraint === (constraint ?? ''))) {
    const { what, value, table, condition } = question;
    const rows = `select from ${qualified(table)} t where ${condition} limit ${MOST_COUNTED + 1}`;
    const [row] = await tx.run(`select count(*)::text as n from (${rows}) counted`);
    const count = Number(row?.n);
    const records =
      count > MOST_COUNTED
        ? `more than ${MOST_COUNTED} records have`
        : count === 1
          ? '1 record has'
          : `${count} records have`;
    if (count > 0) told.push(`${records} the value ${value} of ${what}`);
  }
  if (told.length === 0) return new PlatformError('conflict', { reason });
  const words = `${told.join(', ')}, which the documents have no longer: give them another, or leave the value there with "active": false`;
  return new PlatformError('conflict', { reason: words });
}
