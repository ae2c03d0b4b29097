// Tells every node that rights have changed. It decides nothing.
import type { Executor } from '../storage/types.ts';

/**
 * Counts a change of rights and announces it at commit: all nodes forget their principals. It locks the
 * one row of kartoteka.state until commit: after the writes of a record, so that these do not wait for each other, and before what
 * they mean for rights is judged, which has to.
 */
export async function announceRightsChange(tx: Executor): Promise<void> {
  await tx.run(RIGHTS_CHANGED, [], { prepare: true });
}

const RIGHTS_CHANGED = `with counted as (update kartoteka.state set security = security + 1 returning security)
select pg_notify('kartoteka', json_build_object('security', security)::text) is null as announced from counted`;
