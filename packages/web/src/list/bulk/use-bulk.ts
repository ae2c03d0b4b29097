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

/** How a run is taken back: known from the beginning, or found out while it runs (undefined then where it cannot be). */
type Taken = (done: readonly string[]) => void;
type Undoing = Taken | { readonly of: () => Taken | undefined };

export function useBulk(onDone: (outcomes: readonly Outcome[]) => void) {
  const [run, setRun] = useState<Run>();
  const start = useCallback(
    async (
      title: string,
      total: number,
      operate: (follow: Follow) => Promise<readonly Outcome[]>,
      undo?: Undoing,
    ): Promise<void> => {
      setRun({ title, progress: { done: 0, total } });
      const outcomes = await operate((progress) => setRun({ title, progress }));
      const back = typeof undo === 'function' ? undo : undo?.of();
      const shared = back === undefined ? { title } : { title, undo: back };
      setRun({ ...shared, progress: { done: total, total }, outcomes });
      onDone(outcomes);
    },
    [onDone],
  );
  return { run, start, close: () => setRun(undefined) };
}

export type Bulk = ReturnType<typeof useBulk>;
