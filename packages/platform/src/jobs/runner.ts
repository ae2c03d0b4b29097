// Runs jobs on a node: one statement a second, and whenever PostgreSQL tells of a new job, looks whether anything is due and
// whether a node has abandoned something. What a job does and how its end is recorded is the run's business.
import { HEARTBEAT_SECONDS } from './boss.ts';
import { enqueueMany } from './enqueue.ts';
import { JOBS_SCHEMA } from './names.ts';
import { type Run, type RunParts, runJob } from './running-job.ts';
import type { JobDefinition } from './types.ts';

const LOOK_MS = 1_000;
/** Less than between two looks, so that those of the timer always watch. */
const WATCH_MS = 800;
/** A claim is refreshed this often, and given up by its own node before others may take the job. */
const SIGN_OF_LIFE_MS = 3_000;
const CUT_OFF_MS = (HEARTBEAT_SECONDS - 2) * 1000;
/** What runs is given this long at a stop, and after it was told to end. */
const GRACE_MS = 3_000;
const LAST_GRACE_MS = 1_000;

export class JobRunner {
  readonly #parts: RunParts;
  readonly #definitions: ReadonlyMap<string, JobDefinition>;
  readonly #runs = new Set<Run>();
  #isStopping = false;
  #looking: Promise<void> | undefined;
  #isAskedAgain = false;
  #timers: NodeJS.Timeout[] = [];
  #lastSign = performance.now();
  #lastWatch = 0;

  constructor(parts: RunParts, definitions: readonly JobDefinition[]) {
    this.#parts = parts;
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  start(): void {
    this.#timers = [setInterval(() => this.look(), LOOK_MS), setInterval(() => void this.#giveSign(), SIGN_OF_LIFE_MS)];
    this.look();
  }

  /** Looks soon whether there is something to do. */
  readonly look = (): void => {
    if (this.#isStopping) return;
    if (this.#looking !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    this.#looking = this.#lookOnce()
      .catch((error: unknown) => this.#parts.log.warn({ error }, 'cannot look for jobs; trying again'))
      .finally(() => {
        this.#looking = undefined;
        const again = this.#isAskedAgain;
        this.#isAskedAgain = false;
        if (again) this.look();
      });
  };

  async #lookOnce(): Promise<void> {
    if (performance.now() - this.#lastWatch >= WATCH_MS) {
      this.#lastWatch = performance.now();
      for (const definition of this.#definitions.values()) await addWatched(this.#parts, definition);
    }
    const names = [...this.#definitions.keys()];
    const { rows } = await this.#parts.boss.getDb().executeSql(LOOK, [names]);
    for (const row of rows as readonly Found[]) {
      if (this.#isStopping) return;
      if (row.lost !== null) await this.#takeBack(row.name, row.lost);
      if (row.due || row.lost !== null) await this.#fetch(row.name);
    }
  }

  async #fetch(name: string): Promise<void> {
    const definition = this.#definitions.get(name);
    if (definition === undefined) return;
    const running = [...this.#runs].filter((run) => run.name === name).length;
    const free = (definition.concurrency ?? 1) - running;
    if (free <= 0) return;
    const jobs = await this.#parts.boss.fetch(name, { batchSize: free, includeMetadata: true });
    if (this.#runs.size === 0) this.#lastSign = performance.now();
    for (const job of jobs) {
      const run = runJob(this.#parts, definition, job);
      this.#runs.add(run);
      void run.ended.then(() => {
        this.#runs.delete(run);
        this.look();
      });
    }
  }

  /** Jobs of a node that gives no sign of life are run again at once; that counts as an attempt. */
  async #takeBack(name: string, lost: readonly Run['claim'][]): Promise<void> {
    const { boss, log } = this.#parts;
    log.warn({ job: name, count: lost.length }, 'jobs were abandoned by their node; they are run again');
    await boss.fail(name, [...lost], { reason: 'The node that ran it has gone' });
    for (const { id } of lost) await boss.update(name, undefined, { id, startAfter: 0 });
  }

  /** Tells that what runs here is alive. Whoever cannot tell ends its runs before others begin them. */
  async #giveSign(): Promise<void> {
    if (this.#runs.size === 0) return;
    const { boss, log } = this.#parts;
    try {
      for (const name of new Set([...this.#runs].map((run) => run.name))) {
        const claims = [...this.#runs].filter((run) => run.name === name).map((run) => run.claim);
        await boss.touch(name, claims);
      }
      this.#lastSign = performance.now();
    } catch (error) {
      log.warn({ error }, 'no sign of life could be given');
      if (performance.now() - this.#lastSign < CUT_OFF_MS) return;
      for (const run of this.#runs) run.abort('The connection to the database was lost');
    }
  }

  /** Takes no more jobs, waits some seconds for those that run, then gives them back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#looking;
    await this.#allEnded(GRACE_MS);
    for (const run of this.#runs) run.abort('The node stops');
    await this.#allEnded(LAST_GRACE_MS);
    for (const { name, claim } of this.#runs)
      await this.#parts.boss.fail(name, claim, { reason: 'The node stopped' }).catch(() => {});
  }

  async #allEnded(ms: number): Promise<void> {
    if (this.#runs.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all([...this.#runs].map((run) => run.ended)), enough]);
    clearTimeout(timer);
  }
}

interface Found {
  readonly name: string;
  readonly due: boolean;
  readonly lost: readonly Run['claim'][] | null;
}

/** Of each queue: whether a job is due, and which ones their node has abandoned (a bounded number; the rest next time). */
const LOOK = `select q.name, exists (select from ${JOBS_SCHEMA}.job j
    where j.name = q.name and j.state < 'active' and not j.blocked and j.start_after <= now()) as due,
  (select json_agg(json_build_object('id', l.id, 'retryCount', l.retry_count)) from (select j.id, j.retry_count from ${JOBS_SCHEMA}.job j
    where j.name = q.name and j.state = 'active' and j.heartbeat_on + make_interval(secs => j.heartbeat_seconds) < now() limit 100) l) as lost
  from unnest($1::text[]) as q(name)`;

async function addWatched({ platform }: RunParts, { name, watch }: JobDefinition): Promise<void> {
  if (watch === undefined) return;
  const { database } = platform();
  const keys = await watch(database);
  await enqueueMany(
    database,
    name,
    keys.map((key) => ({ data: { key }, singletonKey: key })),
  );
}

/** Runs what is due, one after the other, in this process; how many runs there were. Throws the first failure when `throwing`. */
export async function runDue(
  parts: RunParts,
  definitions: readonly JobDefinition[],
  throwing: boolean,
): Promise<number> {
  let runs = 0;
  for (;;) {
    let found = 0;
    for (const definition of definitions) {
      await addWatched(parts, definition);
      const [job] = await parts.boss.fetch(definition.name, { batchSize: 1, includeMetadata: true });
      if (job === undefined) continue;
      found += 1;
      const failure = await runJob(parts, definition, job).ended;
      if (failure !== undefined && throwing) throw failure;
    }
    if (found === 0) return runs;
    runs += found;
  }
}
