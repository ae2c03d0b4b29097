// Drives long work in short turns, so that requests are served between them. It knows nothing of the work.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '@kartoteka/metadata';

/** Longest that requests wait for a turn, but for a step that takes longer by itself. */
const TURN_MS = 5;

/** The result of the steps; rejects with what they throw. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + TURN_MS;
    do {
      const { done, value } = steps.next();
      if (done === true) return value;
    } while (performance.now() < until);
    await nextTurn();
  }
}
