// Fault points: named places in publish where a test can make the process die as by a power failure.
// Without KARTOTEKA_FAULT a fault point compares two strings and nothing else.

/** Every fault point in the order publish passes it; DDL and after steps take a number: `before_ddl:3`. */
export const FAULT_POINTS = [
  'before_parse',
  'after_parse',
  'before_lock',
  'after_lock',
  'before_ddl',
  'after_ddl',
  'before_store',
  'after_store',
  'before_notify',
  'after_notify',
  'before_commit',
  'after_commit',
  'before_after_step',
  'after_after_step',
  'before_batch',
  'after_batch',
] as const;

/** Those of a purge of hidden data. */
export const PURGE_FAULT_POINTS = ['purge_stored', 'purge_dropped', 'purge_committed'] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number] | (typeof PURGE_FAULT_POINTS)[number];

const FAULT = process.env.KARTOTEKA_FAULT ?? '';

/**
 * Kills the own process with SIGKILL when KARTOTEKA_FAULT names this point (`after_ddl` is every number, `after_ddl:2`
 * the third step only). It blocks until the signal arrives, so that nothing runs behind the point.
 */
export function faultPoint(name: FaultPoint, number?: number): void {
  if (FAULT === '') return;
  if (FAULT !== name && FAULT !== `${name}:${number}`) return;
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
