// CPU time and memory of processes as the kernel counts them, read from /proc: the measured programs are not asked.
// Linux only; elsewhere the figures are null and the table says so.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  /** Of children that have exited and were waited for. */
  readonly children: number;
}

function timesOf(pid: number): ProcessTimes | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (field: number): number => (fields[field - 3] ?? 0) / TICKS_PER_SECOND;
    return { parent: fields[1] ?? 0, own: at(14) + at(15), children: at(16) + at(17) };
  } catch {
    return null;
  }
}

/** CPU seconds of one process, all its threads; null where /proc has none. */
export const cpuSeconds = (pid: number): number | null => timesOf(pid)?.own ?? null;

/** CPU seconds of a postmaster and its backends, exited ones included; null where /proc has none. */
export function familyCpuSeconds(postmaster: number): number | null {
  const root = timesOf(postmaster);
  if (root === null) return null;
  let total = root.own + root.children;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const times = timesOf(Number(entry));
    if (times?.parent === postmaster) total += times.own;
  }
  return total;
}

/** Resident memory in bytes; null where /proc has none. */
export function residentBytes(pid: number): number | null {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found?.[1] === undefined ? null : Number(found[1]) * 1_024;
  } catch {
    return null;
  }
}
