// The job queue against a real PostgreSQL: what is promised of adding, running, failing and taking over.

import {
  createPlatform,
  enqueue,
  enqueueMany,
  type Job,
  type JobContext,
  type JobDefinition,
  type Platform,
} from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, quietLog, startCrm } from './crm-kit.ts';

const JOBS_SCHEMA = 'kartoteka_jobs';
const ran: Job[] = [];
let work: (context: JobContext, job: Job) => Promise<void> = async () => {};
const retry = { limit: 2, delay: 0, backoff: false };
const definitions: readonly JobDefinition[] = [
  {
    name: 'plain',
    retry,
    concurrency: 3,
    run: async (context, job) => {
      ran.push(job);
      await work(context, job);
    },
  },
  {
    name: 'waiting',
    retry,
    key: 'waiting',
    run: async (_, job) => {
      ran.push(job);
    },
  },
  {
    name: 'slow',
    retry: { limit: 3, delay: 60, backoff: true, max: 600 },
    timeout: 1,
    run: (context, job) => work(context, job),
  },
];

let crm: Crm;
let platform: Platform;

beforeAll(async () => {
  crm = await startCrm({ jobs: definitions });
  platform = crm.platform;
});

afterAll(() => crm?.close());

/** Another node of the same database. */
function startNode(jobs = definitions): Promise<Platform> {
  return createPlatform({ databaseUrl: crm.url, documents: null, jobs, log: quietLog });
}

test('a job is there if and only if the transaction that added it commits', async () => {
  ran.length = 0;
  await expect(
    platform.database.transaction(async (tx) => {
      await enqueue(tx, 'plain', { lost: true });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await platform.database.transaction((tx) => enqueue(tx, 'plain', { kept: true }));
  expect(await platform.jobs.runDue()).toBe(1);
  expect(ran.map(({ data }) => data)).toEqual([{ kept: true }]);
});

test('many are added by one statement and run in their order', async () => {
  ran.length = 0;
  const before = platform.database.counters.statements;
  const ids = await enqueueMany(
    platform.database,
    'plain',
    [1, 2, 3, 4, 5].map((data) => ({ data })),
  );
  expect(platform.database.counters.statements - before).toBe(1);
  expect(ids).toHaveLength(5);
  expect(await platform.jobs.runDue()).toBe(5);
  expect(ran.map(({ data }) => data)).toEqual([1, 2, 3, 4, 5]);
});

test('a job of a later time waits for it', async () => {
  await enqueue(platform.database, 'plain', 1, { startAfter: 3600 });
  await enqueue(platform.database, 'plain', 2, { startAfter: new Date(Date.now() + 3_600_000) });
  expect(await platform.jobs.runDue()).toBe(0);
  await platform.database.run(`delete from ${JOBS_SCHEMA}.job where state = 'created'`);
});

test('of jobs of one key one waits', async () => {
  ran.length = 0;
  expect(await enqueue(platform.database, 'waiting', 1, { singletonKey: 'a' })).not.toBeNull();
  expect(await enqueue(platform.database, 'waiting', 2, { singletonKey: 'a' })).toBeNull();
  expect(await enqueue(platform.database, 'waiting', 3, { singletonKey: 'b' })).not.toBeNull();
  expect(await platform.jobs.runDue()).toBe(2);
  expect(ran.map(({ data }) => data)).toEqual([1, 3]);
});

test('a name that nobody defined is refused', async () => {
  await expect(enqueue(platform.database, 'nobody', 1)).rejects.toMatchObject({ code: '23503' });
});

test('what fails is tried again, then kept as a dead letter with its reason, and can be replayed', async () => {
  ran.length = 0;
  work = async () => {
    throw new Error('the printer is on fire');
  };
  const id = await enqueue(platform.database, 'plain', { n: 1 });
  expect(await platform.jobs.runDue()).toBe(3);
  expect(ran.map(({ id: one, attempt, isLast }) => [one, attempt, isLast])).toEqual([
    [id, 0, false],
    [id, 1, false],
    [id, 2, true],
  ]);
  const [letter] = await platform.jobs.deadLetters();
  expect(letter).toMatchObject({ job: 'plain', data: { n: 1 }, reason: 'the printer is on fire', attempts: 3 });
  work = async () => {};
  expect(await platform.jobs.replay([String(letter?.id), crypto.randomUUID()])).toBe(1);
  expect(await platform.jobs.replay([String(letter?.id)])).toBe(0);
  expect(await platform.jobs.deadLetters()).toEqual([]);
  expect(await platform.jobs.runDue()).toBe(1);
  expect(ran.at(-1)?.data).toEqual({ n: 1 });
});

test('dead letters are told in pages, the latest first', async () => {
  work = async () => {
    throw new Error('no');
  };
  await enqueueMany(
    platform.database,
    'plain',
    [1, 2, 3].map((data) => ({ data })),
  );
  await platform.jobs.runDue();
  const all = await platform.jobs.deadLetters();
  const [first] = await platform.jobs.deadLetters({ limit: 1 });
  const rest = await platform.jobs.deadLetters({ ...(first === undefined ? {} : { after: first }) });
  expect([first, ...rest]).toEqual(all);
  expect(all).toHaveLength(3);
  await platform.jobs.replay(all.map(({ id }) => id));
  work = async () => {};
  await platform.jobs.runDue();
});

test('a run beyond its time is told so and is tried again later, with a growing delay', async () => {
  work = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const id = await enqueue(platform.database, 'slow', 1);
  await expect(platform.jobs.runDue({ throwing: true })).rejects.toThrow('longer than 1 s');
  const [row] = await platform.database.run(
    `select state::text, extract(epoch from start_after - now())::float8::text as delay from ${JOBS_SCHEMA}.job where id = $1::uuid`,
    [id],
  );
  expect(row?.state).toBe('retry');
  expect(Number(row?.delay)).toBeGreaterThan(28);
  expect(Number(row?.delay)).toBeLessThan(121);
  await platform.database.run(`delete from ${JOBS_SCHEMA}.job where id = $1::uuid`, [id]);
});

test('nodes that start together with other definitions change the queues once', async () => {
  const changed = definitions.map((definition) => ({ ...definition, retry: { ...definition.retry, limit: 7 } }));
  const nodes = await Promise.all(
    [1, 2, 3].map(() => startNode([...changed, { name: 'new', retry, run: async () => {} }])),
  );
  const rows = await platform.database.run(
    `select name, retry_limit::text as tries from ${JOBS_SCHEMA}.queue where name in ('new', 'plain', 'slow', 'waiting') order by 1`,
  );
  expect(rows.map(({ name, tries }) => [name, tries])).toEqual(
    ['new', 'plain', 'slow', 'waiting'].map((name) => [name, name === 'new' ? '2' : '7']),
  );
  for (const node of nodes) await node.close();
});

test('a working node runs what is added, and stops within seconds, telling what runs', async () => {
  ran.length = 0;
  let given: AbortSignal | undefined;
  work = ({ signal }) => {
    given = signal;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const node = await startNode();
  try {
    await node.jobs.start();
    await enqueue(node.database, 'plain', 'now');
    while (ran.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    const before = performance.now();
    await node.close();
    expect(performance.now() - before).toBeLessThan(8_000);
  }
  expect(given?.aborted).toBe(true);
});
