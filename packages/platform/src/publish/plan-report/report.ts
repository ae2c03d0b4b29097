// What a publish would do, worked out without doing it: for the person who decides, and for the program that asks him. It reads
// only, in one transaction of one moment, and takes no lock that anybody would wait for.
import type { Database } from '../../storage/types.ts';
import { checkCapacity } from '../capacity.ts';
import { planFingerprint } from '../fingerprint.ts';
import type { PublishPlan } from '../plan.ts';
import type { Stored } from '../store.ts';
import { RecordCounter } from './count.ts';
import { dependents } from './dependents.ts';
import { plannedConversions, plannedLosses } from './losses.ts';
import { retiredValues } from './retired.ts';
import { rightChanges } from './rights.ts';
import { plannedSteps } from './steps.ts';
import type { PlanReport } from './types.ts';
import { plannedUnfit } from './unfit.ts';

/** Reports a plan over what is stored. Throws PlatformError `capacity_exceeded` where PostgreSQL has no room for it, and the driver's error when the database cannot be asked. */
export async function planReport(database: Database, stored: Stored, plan: PublishPlan): Promise<PlanReport> {
  const { before, model, changes, ddl } = plan;
  const read = await database.snapshot(async (tx) => {
    const counter = await RecordCounter.begin(tx);
    const capacity = await checkCapacity(tx, plan);
    const losses = await plannedLosses(counter, plan);
    const conversions = await plannedConversions(counter, plan);
    const retired = await retiredValues(tx, counter, plan);
    const unfit = await plannedUnfit(counter, plan);
    return { capacity, losses, conversions, retired, unfit, steps: await plannedSteps(tx, ddl.steps) };
  });
  const checks = ddl.preconditions.map(({ sql, reason, underLock }) => ({ sql, reason, under_lock: underLock }));
  return {
    revision: stored.revision,
    fingerprint: planFingerprint(stored, plan),
    destructive: ddl.losses.length > 0,
    changes,
    steps: read.steps,
    checks,
    losses: read.losses,
    conversions: read.conversions,
    retired: read.retired,
    unfit: read.unfit,
    dependents: await dependents(stored, plan),
    rights: await rightChanges(before, model),
    capacity: read.capacity,
  };
}
