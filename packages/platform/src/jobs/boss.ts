// The one place that knows how pg-boss is set up: its schema, its connections, a queue per definition. It runs no jobs.
import { PgBoss, type Queue } from 'pg-boss';
import postgres from 'postgres';
import type { Log } from '../platform-types.ts';
import { DEAD_LETTERS, JOBS_SCHEMA } from './names.ts';
import type { JobDefinition } from './types.ts';

/** Connections of a node that runs jobs: what it fetches and settles. Taken off those of the engine (`platform.ts`). */
export const JOB_CONNECTIONS = 2;

/** Seconds without a sign of life after which a job counts as abandoned by its node; pg-boss's least. */
export const HEARTBEAT_SECONDS = 10;
const DAY = 86_400;
/** Seconds that jobs which are done are kept, and those that wait or are dead. */
const DONE_SECONDS = DAY;
const KEPT_SECONDS = 30 * DAY;
const DEFAULT_TIMEOUT = 300;

/** Advisory lock under which the schema and the queues are made; that of the migrations has the second key 0. */
const INSTALL_LOCK = '1800434534, 7';

/** Begins a pg-boss. `isWorking` false: none of its own timers, for installing and for tests. */
export async function startBoss(url: string, log: Log, isWorking: boolean): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    max: JOB_CONNECTIONS,
    application_name: 'kartoteka jobs',
    schema: JOBS_SCHEMA,
    registerInstance: false,
    persistWarnings: false,
    // Retention and statistics; abandoned jobs are looked for by the runner, once a second and with one statement.
    supervise: isWorking,
    superviseIntervalSeconds: 300,
    monitorIntervalSeconds: 300,
    maintenanceIntervalSeconds: 3_600,
    queueCacheIntervalSeconds: 600,
    flowIntervalSeconds: 3_600,
    bamIntervalSeconds: 3_600,
    schedule: isWorking,
    cronMonitorIntervalSeconds: 10,
    cronWorkerIntervalSeconds: 3,
    clockMonitorIntervalSeconds: 600,
    openTelemetry: { enabled: false },
  });
  boss.on('error', (error) => log.warn({ error: error.message }, 'the job queue met an error; it goes on'));
  boss.on('warning', (warning) => log.warn({ ...warning }, 'the job queue warns'));
  await boss.start();
  return boss;
}

/**
 * Brings the queue's schema up to date and makes or changes the queues and schedules of `definitions`. Safe on several nodes at
 * once: the first does it, the others find it done. Costs one question when nothing is to do and `isForced` is false.
 */
export async function installJobs(
  url: string,
  definitions: readonly JobDefinition[],
  log: Log,
  isForced = false,
): Promise<void> {
  if (definitions.length === 0) return;
  const sql = postgres(url, {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'kartoteka jobs install' },
  });
  try {
    if (!isForced && (await areInstalled(sql, definitions))) return;
    await sql.unsafe(`select pg_advisory_lock(${INSTALL_LOCK})`);
    const boss = await startBoss(url, log, false);
    try {
      await install(boss, definitions);
    } finally {
      await stopBoss(boss);
    }
  } finally {
    await sql.end();
  }
}

/** Ends its timers and connections. Whatever runs has been ended by the runner. */
export async function stopBoss(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: false, close: true, timeout: 1_000 });
}

/** Whether every queue is there as its definition says. */
async function areInstalled(sql: postgres.Sql, definitions: readonly JobDefinition[]): Promise<boolean> {
  const [table] = await sql`select to_regclass(${`${JOBS_SCHEMA}.queue`}) is not null as present`;
  if (table?.present !== true) return false;
  const rows =
    await sql`select name, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max, expire_seconds, heartbeat_seconds,
    dead_letter from ${sql(JOBS_SCHEMA)}.queue`;
  const found = new Set(rows.map((row) => JSON.stringify(Object.values(row))));
  return definitions.every((definition) => {
    const { retryLimit, retryDelay, retryBackoff, retryDelayMax = null, ...rest } = queueOf(definition);
    const retry = [retryLimit, retryDelay, retryBackoff, retryDelayMax];
    return found.has(
      JSON.stringify([
        definition.name,
        rest.policy,
        ...retry,
        rest.expireInSeconds,
        rest.heartbeatSeconds,
        rest.deadLetter,
      ]),
    );
  });
}

async function install(boss: PgBoss, definitions: readonly JobDefinition[]): Promise<void> {
  const known = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  if (!known.has(DEAD_LETTERS)) await boss.createQueue(DEAD_LETTERS, { retentionSeconds: KEPT_SECONDS });
  for (const definition of definitions) {
    const { policy, ...options } = queueOf(definition);
    const queue = known.get(definition.name);
    if (queue === undefined) await boss.createQueue(definition.name, { policy, ...options });
    else if (queue.policy !== policy)
      throw new Error(
        `The queue ${definition.name} is ${queue.policy} already; a definition with another key needs another name`,
      );
    else await boss.updateQueue(definition.name, { ...options, retryDelayMax: options.retryDelayMax ?? null });
  }
  await schedule(boss, definitions);
}

/** A schedule per definition that has one; those of definitions that are gone end. */
async function schedule(boss: PgBoss, definitions: readonly JobDefinition[]): Promise<void> {
  for (const { name, schedule: cron, key } of definitions)
    if (cron !== undefined)
      await boss.schedule(name, cron, null, key === undefined ? {} : { singletonKey: 'schedule' });
  const scheduled = new Set(definitions.flatMap(({ name, schedule: cron }) => (cron === undefined ? [] : [name])));
  for (const { name } of await boss.getSchedules()) if (!scheduled.has(name)) await boss.unschedule(name);
}

const POLICIES = { waiting: 'short', unique: 'exclusive' } as const;

function queueOf({ retry, timeout = DEFAULT_TIMEOUT, key }: JobDefinition) {
  return {
    policy: key === undefined ? 'standard' : POLICIES[key],
    retryLimit: retry.limit,
    retryDelay: retry.delay,
    retryBackoff: retry.backoff,
    ...(retry.backoff && retry.max !== undefined ? { retryDelayMax: retry.max } : {}),
    expireInSeconds: timeout,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deadLetter: DEAD_LETTERS,
    deleteAfterSeconds: DONE_SECONDS,
    retentionSeconds: KEPT_SECONDS,
  } satisfies Omit<Queue, 'name'>;
}
