// Waiting before another try: how long, how often, and until somebody aborts. It sends nothing.

export interface RetryPolicy {
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** Milliseconds that the first wait lasts at most; each further one twice as long. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Milliseconds after which a request that keeps failing is given up, whatever Retry-After asks for. */
  readonly patience: number;
}

const DEFAULTS: RetryPolicy = { attempts: 8, firstWait: 250, longestWait: 15_000, patience: 120_000 };

/** The whole policy, defaults where nothing is said. Throws RangeError for what is no number from 0 on (attempts: from 1 on). */
export function policyOf(said: Partial<RetryPolicy> = {}): RetryPolicy {
  const policy: { -readonly [Name in keyof RetryPolicy]: number } = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof RetryPolicy)[]) {
    const value = said[name] ?? DEFAULTS[name];
    if (!(value >= (name === 'attempts' ? 1 : 0))) throw new RangeError(`retry: ${name} cannot be ${value}`);
    policy[name] = value;
  }
  return policy;
}

/** The waits of one request. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #began = performance.now();
  #sent = 1;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /**
   * Waits before the next attempt, at least `atLeast` milliseconds; false, at once, where attempts or patience are at their end.
   * Rejects with the signal's reason when that aborts.
   */
  async again(atLeast: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const { attempts, firstWait, longestWait, patience } = this.#policy;
    // A random part keeps clients that failed together from coming back together, also after the same Retry-After.
    const backOff = Math.random() * Math.min(longestWait, firstWait * 2 ** (this.#sent - 1));
    const wait = atLeast === undefined ? backOff : Math.max(backOff, atLeast + Math.random() * firstWait);
    if (this.#sent >= attempts || performance.now() - this.#began + wait > patience) return false;
    this.#sent += 1;
    await sleep(wait, signal);
    return true;
  }
}

/** Rejects with the signal's reason when it aborts first. */
function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Milliseconds that Retry-After asks for: seconds, or a date (RFC 9110, 10.2.3), which is compared with the answer's own. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const here = Date.parse(headers.get('date') ?? '');
  const wait = Date.parse(value) - (Number.isNaN(here) ? Date.now() : here);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** The promise, or the signal's reason as soon as it aborts; the work itself goes on for others who wait for it. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
