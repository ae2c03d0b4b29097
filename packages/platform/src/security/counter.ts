// Tells every node that rights have changed, and puts changes of rights into one order, those by documents among them.
import { PlatformError } from '../errors.ts';
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

/**
 * What roles gain by a publish is judged by who holds them: it takes its place among the changes of rights, until it commits. It
 * waits for one under way as long as the lock_timeout of its transaction says.
 */
export async function awaitRightsChanges(tx: Executor): Promise<void> {
  await tx.run('select from kartoteka.state for no key update');
}

/**
 * Throws overloaded where roles are others by now than in the Model of this revision, until this node serves them. To be called
 * after announceRightsChange, once no publish can come between.
 */
export async function requireCurrentRoles(tx: Executor, revision: number): Promise<void> {
  const rows = await tx.run(ROLES_SINCE, [String(revision)], { prepare: true });
  if (rows.length > 0) throw new PlatformError('overloaded');
}

const ROLES_SINCE = `select 1 as found from kartoteka.document_history where revision > $1::bigint and kind = 'role' limit 1`;
