// The outcomes of a request's records as they come in, bounded: ten thousand records with a hundred findings each are no answer.
import { PlatformError } from '../errors.ts';
import type { Outcome } from './types.ts';

/** Details of all records together that are kept whole, and details of each record beyond that. */
export const MOST_DETAILS = { together: 50_000, beyond: 3 } as const;

export class Outcomes {
  readonly #list: Outcome[] = [];
  #details = 0;
  #written = false;

  get list(): readonly Outcome[] {
    return this.#list;
  }

  /** Whether a record was written. */
  get anyWritten(): boolean {
    return this.#written;
  }

  /** Enters the outcomes of some records, in their order. */
  settle(items: readonly { readonly index: number }[], outcomes: readonly Outcome[]): void {
    for (const [at, { index }] of items.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) throw new Error('a record was left without an outcome');
      this.set(index, outcome);
      this.#written ||= !(outcome instanceof PlatformError);
    }
  }

  set(index: number, outcome: Outcome): void {
    this.#list[index] = outcome instanceof PlatformError ? this.#bounded(outcome) : outcome;
  }

  /** All outcomes, `rest` being that of every record below `count` that has none. */
  filledWith(rest: PlatformError, count: number): readonly Outcome[] {
    for (let index = 0; index < count; index += 1) this.#list[index] ??= rest;
    return this.#list;
  }

  #bounded(error: PlatformError): PlatformError {
    this.#details += error.details.length;
    if (this.#details <= MOST_DETAILS.together || error.details.length <= MOST_DETAILS.beyond) return error;
    return error.with({ target: error.target, details: error.details.slice(0, MOST_DETAILS.beyond) });
  }
}
