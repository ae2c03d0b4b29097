// One run of one job: its time limit, its signal, its end. It does not look for jobs.
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Log, Platform } from '../platform-types.ts';
import { JOBS_SCHEMA } from './names.ts';
import type { JobDefinition } from './types.ts';

/** Thrown by a run that would fail however often it is tried: the job is a dead letter at once. */
export class PermanentFailure extends Error {}

export interface Run {
  /** What pg-boss fences its statements by: another claim of the same job is another attempt. */
  readonly claim: { readonly id: string; readonly retryCount: number };
  readonly name: string;
  abort(reason: string): void;
  /** Resolves when it has ended and its end is recorded; to what it threw, or undefined. Never rejects. */
  readonly ended: Promise<unknown>;
}

export interface RunParts {
  readonly boss: PgBoss;
  readonly platform: () => Platform;
  readonly log: Log;
}

/** Begins it. */
export function runJob(parts: RunParts, definition: JobDefinition, job: JobWithMetadata<unknown>): Run {
  const controller = new AbortController();
  const abort = (reason: string): void => controller.abort(new Error(reason));
  const claim = { id: job.id, retryCount: job.retryCount };
  const { name } = definition;
  const timer = setTimeout(
    () => abort(`The run took longer than ${job.expireInSeconds} s`),
    job.expireInSeconds * 1000,
  );
  timer.unref();
  const ended = perform(parts, definition, job, controller.signal)
    .then((failure) => settle(parts, name, claim, failure))
    .finally(() => clearTimeout(timer));
  return { claim, name, abort, ended };
}

interface Failure {
  readonly error: unknown;
}

/** Null when it did its work. A run that is aborted has failed, whatever it answers. */
async function perform(
  { platform, log }: RunParts,
  definition: JobDefinition,
  job: JobWithMetadata<unknown>,
  signal: AbortSignal,
): Promise<Failure | null> {
  try {
    const isLast = job.retryCount >= job.retryLimit;
    const host = platform();
    await definition.run(
      { platform: host, database: host.database, log, signal },
      { id: job.id, data: job.data, attempt: job.retryCount, isLast },
    );
    return null;
  } catch (error) {
    const fields = { job: definition.name, id: job.id, attempt: job.retryCount, error };
    log.warn(fields, 'a job failed');
    return { error: signal.aborted ? signal.reason : error };
  }
}

/** pg-boss knows no failure for good: what has no tries left is one. Only of the claim that failed. */
const NO_MORE = `update ${JOBS_SCHEMA}.job set retry_limit = retry_count
  where name = $1::text and id = $2::uuid and state = 'active' and retry_count = $3::int`;

/** Where the end cannot be recorded the job is run again, once it is found to be abandoned: at least once is what is promised. */
async function settle(
  { boss, log, platform }: RunParts,
  name: string,
  claim: Run['claim'],
  failure: Failure | null,
): Promise<unknown> {
  try {
    if (failure === null) await boss.complete(name, claim);
    else {
      if (failure.error instanceof PermanentFailure)
        await platform().database.run(NO_MORE, [name, claim.id, String(claim.retryCount)]);
      await boss.fail(name, claim, { reason: reasonOf(failure.error) });
    }
  } catch (error) {
    log.warn({ job: name, id: claim.id, error }, 'the end of a job could not be recorded; it will be run again');
  }
  return failure?.error;
}

const MOST_REASON = 2_000;

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.slice(0, MOST_REASON);
}
