// One round: a load process against one server, with CPU and memory of the server and of PostgreSQL read around it.
// It measures and keeps; comparing and judging is the report's.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadMessage, LoadResult } from './load.ts';
import { type Loaded, RECORDS, type Target } from './operations.ts';
import { cpuSeconds, familyCpuSeconds, residentBytes } from './process-cost.ts';
import type { RunningServer } from './servers.ts';

const CONNECTIONS = 32;
/** Requests that take a second each: more of them at a time would only wait for one another, and too long. */
const CONNECTIONS_OF_BULK = 4;
const MANY = 1_000;
const WARM_UP_SECONDS = 2;

/** Figures of one round. CPU in microseconds per request; null where the kernel does not tell. */
export interface Round {
  readonly target: Target;
  readonly operation: Loaded;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverCpu: number | null;
  readonly postgresCpu: number | null;
  readonly loadCpu: number;
  readonly residentBytes: number | null;
  /** Last third over first third: of requests per second, and of the server's CPU per request. */
  readonly speedDrift: number;
  readonly cpuDrift: number | null;
}

interface Mark {
  readonly requests: number;
  readonly seconds: number;
  readonly server: number | null;
  readonly postgres: number | null;
}

export interface RoundSettings {
  readonly operation: Loaded;
  readonly seconds: number;
  readonly seed: number;
  readonly tokens: readonly string[];
  readonly postmaster: number;
  /** Seconds before counting begins; 2 unless given. */
  readonly warmUpSeconds?: number;
}

/** Runs one round. Rejects when any answer had another status than the operation's, or a connection was lost. */
export async function runRound(server: RunningServer, settings: RoundSettings): Promise<Round> {
  const { operation, seconds, seed, tokens } = settings;
  const marks: Mark[] = [];
  const result = await load(
    {
      target: server.target,
      operation,
      port: server.port,
      connections: (RECORDS[operation] ?? 1) >= MANY ? CONNECTIONS_OF_BULK : CONNECTIONS,
      warmUpSeconds: settings.warmUpSeconds ?? WARM_UP_SECONDS,
      seconds,
      seed,
      tokens,
    },
    (requests, elapsed) =>
      marks.push({
        requests,
        seconds: elapsed,
        server: cpuSeconds(server.pid),
        postgres: familyCpuSeconds(settings.postmaster),
      }),
  );
  const errors = Object.entries(result.errors);
  if (errors.length > 0) {
    const [status, { count, first }] = errors[0] ?? ['', { count: 0, first: '' }];
    throw new Error(`${server.target} ${operation}: ${count} answers with status ${status}, the first:\n${first}`);
  }
  const [begin, first, second, end] = marks;
  if (!begin || !first || !second || !end) throw new Error('the load process lost count');
  return {
    target: server.target,
    operation,
    requestsPerSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    serverCpu: perRequest(begin, end, 'server'),
    postgresCpu: perRequest(begin, end, 'postgres'),
    loadCpu: (result.cpuSeconds * 1e6) / result.requests,
    residentBytes: residentBytes(server.pid),
    speedDrift: speed(second, end) / speed(begin, first),
    cpuDrift: quotient(perRequest(second, end, 'server'), perRequest(begin, first, 'server')),
  };
}

const speed = (from: Mark, to: Mark): number => (to.requests - from.requests) / (to.seconds - from.seconds);

const quotient = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);

function perRequest(from: Mark, to: Mark, of: 'server' | 'postgres'): number | null {
  const [before, after] = [from[of], to[of]];
  if (before === null || after === null) return null;
  return ((after - before) * 1e6) / (to.requests - from.requests);
}

function load(job: LoadJob, onMark: (requests: number, seconds: number) => void): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const giveUp = (reason: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${job.target} ${job.operation}: ${reason}`));
    };
    const limit = setTimeout(() => giveUp('no result in time'), (job.warmUpSeconds + job.seconds + 30) * 1_000);
    child.on('message', (message: LoadMessage) => {
      if (message.kind === 'mark') onMark(message.requests, message.seconds);
      else if (message.kind === 'failed') giveUp(message.reason);
      else resolve(message.result);
    });
    child.once('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`the load process ended with ${code}`));
    });
    child.send(job);
  });
}
