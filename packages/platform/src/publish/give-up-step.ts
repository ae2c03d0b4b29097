// An administrator's way out of a conversion that keeps failing, or is not wanted any more: it is given up, and can be taken up again.
// What it has not brought over stays in the hidden column. Other steps make what the documents say and are not given up.
import { sqlState } from '../database-errors.ts';
import { PlatformError } from '../errors.ts';
import type { Database, Executor } from '../storage/types.ts';
import { type ListedStep, listSteps } from './list-steps.ts';

interface Found {
  readonly kind: string;
  readonly state: ListedStep['state'];
  readonly sql: string;
}

/**
 * The step as it is then: nobody runs it any more, and it holds up no purge. A batch under way ends first. Throws PlatformError
 * `unknown_resource`, or `conflict` for what is no conversion, or is done.
 */
export function giveUpStep(database: Database, id: string, by: string | null): Promise<ListedStep> {
  return changed(database, id, async (tx, { kind, state }) => {
    if (kind !== 'convert_rows') {
      const reason = `A step ${kind} makes what the documents say: it is tried until it succeeds, or a publish takes that away`;
      throw new PlatformError('conflict', { reason });
    }
    if (state === 'done') throw new PlatformError('conflict', { reason: 'The step is done' });
    if (state === 'given_up') return;
    await tx.run(
      `update kartoteka.publish_step set done_on = now(), given_up_on = now(), given_up_by_id = $2::uuid where id = $1::bigint`,
      [id, by],
    );
  });
}

/** Goes on where it was given up. Throws PlatformError `unknown_resource`, or `conflict` where it was not, or has nothing to read any more. */
export function resumeStep(database: Database, id: string): Promise<ListedStep> {
  return changed(database, id, async (tx, { state, sql }) => {
    if (state !== 'given_up') throw new PlatformError('conflict', { reason: 'The step was not given up' });
    await requireReadable(tx, sql);
    await tx.run(
      `update kartoteka.publish_step set done_on = null, given_up_on = null, given_up_by_id = null, due_on = now() where id = $1::bigint`,
      [id],
    );
  });
}

async function changed(
  database: Database,
  id: string,
  change: (tx: Executor, found: Found) => Promise<void>,
): Promise<ListedStep> {
  return database.transaction(async (tx) => {
    const locked = await tx.run('select from kartoteka.publish_step where id = $1::bigint for update', [id]);
    if (locked.length === 0) throw new PlatformError('unknown_resource', { name: `steps/${id}` }, { target: 'step' });
    const read = async (): Promise<ListedStep> => {
      const [step] = await listSteps(tx, { done: undefined, after: String(BigInt(id) + 1n), most: 1 });
      return step as ListedStep;
    };
    await change(tx, await read());
    return read();
  });
}

/** undefined_column, undefined_table */
const GONE: ReadonlySet<string> = new Set(['42703', '42P01']);

/** Planned and not run: what it names is there. */
async function requireReadable(tx: Executor, sql: string): Promise<void> {
  try {
    await tx.run(`explain ${sql}`, [null], { isolated: true });
  } catch (error) {
    if (!GONE.has(sqlState(error) ?? '')) throw error;
    throw new PlatformError('conflict', {
      reason: 'The values that it would bring over were purged, or the field is gone',
    });
  }
}
