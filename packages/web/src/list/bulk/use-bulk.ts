// One action on many records at a time: its progress while it runs, and what became of each record when it is done.
import { useCallback, useState } from 'react';
import type { Follow, Outcome, Progress } from './operations.ts';

export interface Run {
  readonly title: string;
  readonly progress: Progress;
  /** Undefined while it runs. */
  readonly outcomes?: readonly Outcome[];
  /** Takes it back, where the service can. */
  readonly undo?: (done: readonly string[]) => void;
}

export function useBulk(onDone: (outcomes: readonly Outcome[]) => void) {
  const [run, setRun] = useState<Run>();
  const start = useCallback(
    async (
      title: string,
      total: number,
      operate: (follow: Follow) => Promise<readonly Outcome[]>,
      undo?: (done: readonly string[]) => void,
    ): Promise<void> => {
      const shared = undo === undefined ? { title } : { title, undo };
      setRun({ ...shared, progress: { done: 0, total } });
      const outcomes = await operate((progress) => setRun({ ...shared, progress }));
      setRun({ ...shared, progress: { done: total, total }, outcomes });
      onDone(outcomes);
    },
    [onDone],
  );
  return { run, start, close: () => setRun(undefined) };
}

export type Bulk = ReturnType<typeof useBulk>;
