// The load generator: a process of its own that keeps one server busy over keep-alive connections and times the answers.
// It must stay far cheaper than what it measures, and it decides nothing about rounds or figures.
import { seededRandom } from './dataset.ts';
import { KeepAliveConnection } from './keep-alive-connection.ts';
import { type Loaded, nextRequest, type Target } from './operations.ts';

/** One operation against one server. */
export interface LoadJob {
  readonly target: Target;
  readonly operation: Loaded;
  readonly port: number;
  readonly connections: number;
  /** Seconds before counting begins, then seconds that count. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly seed: number;
  /** One access token per user, in order of the users' numbers. */
  readonly tokens: readonly string[];
}

/** What came back, counted after the warm-up. Times in microseconds, CPU in seconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuSeconds: number;
  /** Answers other than the expected one, by status, with the first body of each. */
  readonly errors: Readonly<Record<string, { count: number; first: string }>>;
}

/** Messages to the parent: `mark` when counting begins and after each third, with the requests answered so far. */
export type LoadMessage =
  | { readonly kind: 'mark'; readonly requests: number; readonly seconds: number }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly reason: string };

interface Tally {
  counting: boolean;
  stopped: boolean;
  requests: number;
  latencies: Float64Array;
  readonly errors: Record<string, { count: number; first: string }>;
}

const tell = (message: LoadMessage): void => void process.send?.(message);

function requestText(job: LoadJob, heads: readonly string[], random: (bound: number) => number): [string, number] {
  const request = nextRequest(job.target, job.operation, job.tokens.length, random);
  const head = `${request.method} ${request.path} HTTP/1.1\r\n${heads[request.user - 1] ?? ''}`;
  if (request.body === '') return [`${head}\r\n`, request.status];
  const length = `content-type: application/json\r\ncontent-length: ${request.body.length}\r\n\r\n`;
  return [head + length + request.body, request.status];
}

function recordError(tally: Tally, status: number, begin: Buffer): void {
  const seen = tally.errors[status] ?? { count: 0, first: begin.toString('utf8').slice(0, 2_000) };
  seen.count += 1;
  tally.errors[status] = seen;
}

function record(tally: Tally, started: number): void {
  if (!tally.counting) return;
  if (tally.requests === tally.latencies.length) {
    const larger = new Float64Array(tally.latencies.length * 2);
    larger.set(tally.latencies);
    tally.latencies = larger;
  }
  tally.latencies[tally.requests] = performance.now() - started;
  tally.requests += 1;
}

/** Opens a connection and asks again as soon as an answer is in, until the tally is stopped. */
async function drive(job: LoadJob, heads: readonly string[], number: number, tally: Tally): Promise<() => void> {
  const random = seededRandom(job.seed * 1_000 + number);
  let started = 0;
  let expected = 0;
  const ask = (): void => {
    const [text, status] = requestText(job, heads, random);
    expected = status;
    started = performance.now();
    connection.send(text);
  };
  const connection = await KeepAliveConnection.open(
    job.port,
    (status, begin) => {
      if (status !== expected) recordError(tally, status, begin);
      record(tally, started);
      if (!tally.stopped) ask();
    },
    (reason) => {
      if (!tally.stopped) tell({ kind: 'failed', reason: reason.message });
    },
  );
  ask();
  return () => connection.close();
}

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

async function work(job: LoadJob): Promise<LoadResult> {
  const heads = job.tokens.map(
    (token) => `host: 127.0.0.1:${job.port}\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n`,
  );
  const tally: Tally = {
    counting: false,
    stopped: false,
    requests: 0,
    latencies: new Float64Array(65_536),
    errors: {},
  };
  const closers = await Promise.all(Array.from({ length: job.connections }, (_, n) => drive(job, heads, n, tally)));
  await wait(job.warmUpSeconds);
  tally.counting = true;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  tell({ kind: 'mark', requests: 0, seconds: 0 });
  for (let third = 0; third < 3; third += 1) {
    await wait(job.seconds / 3);
    tell({ kind: 'mark', requests: tally.requests, seconds: (performance.now() - begin) / 1_000 });
  }
  tally.stopped = true;
  const seconds = (performance.now() - begin) / 1_000;
  const used = process.cpuUsage(cpu);
  await wait(0.2);
  for (const close of closers) close();
  const sorted = tally.latencies.subarray(0, tally.requests).sort();
  const percentile = (share: number): number => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1_000);
  return {
    requests: tally.requests,
    seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    cpuSeconds: (used.user + used.system) / 1e6,
    errors: tally.errors,
  };
}

process.once('message', (job: LoadJob) => {
  work(job).then(
    (result) => {
      tell({ kind: 'done', result });
      process.disconnect();
    },
    (error: unknown) => {
      tell({ kind: 'failed', reason: String(error) });
      process.disconnect();
    },
  );
});
