// Waiting and trying again: what is worth it, for how long, and with how much patience. It sends nothing itself.
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** Milliseconds after which a request that keeps failing is given up. */
  readonly patience: number;
  /** Milliseconds of the first wait; each further one is twice as long. */
  readonly firstWait: number;
  readonly longestWait: number;
}

export const DEFAULT_RETRY: RetryPolicy = { patience: 300_000, firstWait: 250, longestWait: 15_000 };

/** Waits of one request. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #started = performance.now();
  #wait: number;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
    this.#wait = policy.firstWait;
  }

  /** Waits before the next attempt, at least `atLeast` milliseconds; false when patience is at its end. */
  async again(atLeast = 0): Promise<boolean> {
    // A random part keeps clients that failed together from coming back together.
    const wait = Math.max(atLeast, this.#wait * (0.5 + Math.random() / 2));
    if (performance.now() - this.#started + wait > this.#policy.patience) return false;
    await sleep(wait);
    this.#wait = Math.min(this.#wait * 2, this.#policy.longestWait);
    return true;
  }
}

/** Milliseconds that a Retry-After header asks for (seconds or a date); 0 without one. */
export function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}

/** Statuses of a service that may do later what it has not done now, or lost on the way. */
export const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** Why a fetch failed. */
export function connectionFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = String((cause as { code?: unknown }).code ?? '');
  if (code !== '') return code;
  return cause instanceof Error ? cause.message : String(cause);
}
