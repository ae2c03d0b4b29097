// Tells every node that rights have changed. It decides nothing.
import type { Executor } from '../storage/types.ts';

/**
 * Counts a change of rights and announces it at commit: all nodes forget their principals. Run it last in a transaction: it
 * locks the one row of kartoteka.state until commit.
 */
export async function announceRightsChange(tx: Executor): Promise<void> {
  await tx.run(RIGHTS_CHANGED, [], { prepare: true });
}

const RIGHTS_CHANGED = `with counted as (update kartoteka.state set security = security + 1 returning security)
select pg_notify('kartoteka', json_build_object('security', security)::text) is null as announced from counted`;
