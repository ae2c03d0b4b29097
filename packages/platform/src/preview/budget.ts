// How long one preview may keep the database busy. It knows nothing of what is done meanwhile.
import { setImmediate } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';

/** Milliseconds; each statement has the limit of its session besides. */
const MOST_TIME = 20_000;

/** Time is over: what was asked in vain is left out. */
export class OutOfTime extends Error {}

export class Budget {
  readonly #end = performance.now() + MOST_TIME;

  /** Throws OutOfTime. */
  check(): void {
    if (performance.now() > this.#end) throw new OutOfTime();
  }

  /** The same, and other requests are served in between. */
  async pause(): Promise<void> {
    this.check();
    await setImmediate();
  }
}

/** What a preview is refused with that got nowhere. */
export function tooLong(): PlatformError {
  const limit = 'milliseconds of a preview; ask for fewer entities or privileges';
  return new PlatformError('limit_exceeded', { limit, value: String(MOST_TIME) });
}
