// Starts and stops the measured servers as child processes, each on a free port of 127.0.0.1.
// The service is started as in production; nothing in it knows that it is measured.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Target } from './operations.ts';

/** Connections to PostgreSQL of each server. */
export const POOL_SIZE = 10;

export interface RunningServer {
  readonly target: Target;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const SCRIPTS: Readonly<Record<Target, string>> = {
  baseline: fileURLToPath(new URL('./baseline.ts', import.meta.url)),
  service: fileURLToPath(new URL('../scripts/start.ts', import.meta.url)),
};

const OWN_ENVIRONMENT: Readonly<Record<Target, Readonly<Record<string, string>>>> = {
  baseline: { BASELINE_POOL: String(POOL_SIZE) },
  // The baseline keeps no access log, so the service keeps none either.
  service: {
    ...{ LOG_LEVEL: 'warn', KARTOTEKA_ADMIN_EMAIL: 'admin@example.com' },
    // The receiver of the set `hooks` is on this machine.
    KARTOTEKA_WEBHOOK_NETWORKS: '127.0.0.0/8',
  },
};

/** What the shell set for a service of its own must not change what is measured. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(KARTOTEKA_|DATABASE_URL$|HOST$)/.test(name));
  return { ...Object.fromEntries(kept), NODE_ENV: 'production' };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** What `npm start` gives Node.js: room for answers that live as long as a request. The baseline gets it, too. */
const NODE_FLAGS = ['--max-semi-space-size=64'];

/** Starts a server and waits until it answers. Rejects with its last output when it does not within 60 seconds. */
export async function startServer(
  target: Target,
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [...NODE_FLAGS, ...flags, SCRIPTS[target]], {
    env: { ...cleanEnvironment(), ...OWN_ENVIRONMENT[target], ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const deadline = Date.now() + 60_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the ${target} did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { target, port, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}
