// How long requests wait while something else goes on: a steady trickle of them from another thread. It measures; what goes on is the
// caller's.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface StallRequest {
  readonly kind: string;
  /** A whole HTTP request; `{n}` becomes a number that is no other request's. Its length must not depend on that. */
  readonly text: string;
  /** The only status that is not an error. */
  readonly status: number;
}

export interface StallWork {
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly StallRequest[];
  /** Between two requests of a connection. */
  readonly gapMs: number;
}

/** Milliseconds. */
export interface Waits {
  readonly requests: number;
  readonly median: number;
  readonly longest: number;
  readonly kind: string;
}

export class StallMeter {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(work: StallWork): Promise<StallMeter> {
    const worker = new Worker(new URL('./stall-worker.ts', import.meta.url), { workerData: work });
    await once(worker, 'message');
    return new StallMeter(worker);
  }

  /** Waits of the requests that were answered while `work` ran; rejects when one was not answered as it should. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly waits: Waits }> {
    await this.#take();
    const result = await work();
    // The last ones are still under way.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { result, waits: waitsOf(await this.#take()) };
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #take(): Promise<ReadonlyMap<string, readonly number[]>> {
    this.#worker.postMessage('tell');
    const [waits] = (await once(this.#worker, 'message')) as [ReadonlyMap<string, readonly number[]>];
    return waits;
  }
}

function waitsOf(byKind: ReadonlyMap<string, readonly number[]>): Waits {
  const all = [...byKind].flatMap(([kind, waits]) => waits.map((wait) => ({ kind, wait })));
  all.sort((a, b) => a.wait - b.wait);
  const [middle, last] = [all[Math.floor(all.length / 2)], all.at(-1)];
  return { requests: all.length, median: middle?.wait ?? 0, longest: last?.wait ?? 0, kind: last?.kind ?? '' };
}

export function wordsOf({ requests, median, longest, kind }: Waits): string {
  return `${requests} requests, median ${median.toFixed(1)} ms, longest ${longest.toFixed(0)} ms (${kind})`;
}
