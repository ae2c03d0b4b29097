// Who uses a data directory: a file that names the process, and what to do about one that has ended. It must not end a
// server whose owner is alive.
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from './server-check.ts';

interface Owner {
  readonly pid: number;
  /** Tells a process from a later one of the same number. */
  readonly started: string;
}

/** Takes the data directory for this process. Throws StartupError when a living process has it. Returns the release. */
export function lockDirectory(dataDir: string): () => void {
  const path = join(dataDir, 'owner.json');
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner));
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (tryLink(mine, path)) return () => rmSync(path, { force: true });
      removeIfStale(path, dataDir);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new StartupError(`The data directory ${dataDir} is being taken by another process`);
}

/** The server process that a data directory's postmaster.pid names, when it still runs; else undefined. */
export function runningServer(clusterDir: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return undefined;
  return commandOf(pid).includes(clusterDir) ? pid : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(path: string, dataDir: string): void {
  const owner = readOwner(path);
  if (owner && isAlive(owner.pid) && startOf(owner.pid) === owner.started) {
    throw new StartupError(`The data directory ${dataDir} is in use by process ${owner.pid}`);
  }
  // Renamed first: of two processes that find the same stale file, only one removes it, and never the other's new one.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const taken = readOwner(aside);
  if (taken && owner && (taken.pid !== owner.pid || taken.started !== owner.started)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Fields of /proc/<pid>/stat after the command name: state first, start time (clock ticks since boot) twentieth. */
function procStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function isZombie(pid: number): boolean {
  return procStat(pid)?.[0] === 'Z';
}

function startOf(pid: number): string {
  return procStat(pid)?.[19] ?? ps(pid, 'lstart=');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ps(pid, 'command=');
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', column, '-p', `${pid}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
