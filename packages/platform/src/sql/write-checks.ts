// Conditions of a write as one text column: the numbers of those that fail (`1,4,`), '' when none does. What a failed number means
// stands beside the SQL, so that the answer is worded without another look at the database. It decides no rights.
import type { ErrorCode } from '../errors.ts';

/**
 * Which failure is answered when several occur: rights on the record, then the version, then the values (all at once),
 * then rights on the records that lookups name.
 */
export const CHECK_RANKS = ['record', 'version', 'values', 'targets'] as const;

export interface WriteCheck {
  readonly rank: (typeof CHECK_RANKS)[number];
  readonly code: ErrorCode;
  /** Words for the error table's message. */
  readonly values: Readonly<Record<string, string>>;
  readonly target?: string;
}

export class CheckWriter {
  readonly checks: WriteCheck[] = [];
  readonly #conditions: string[] = [];

  /** Adds a condition that is true when the check fails; null counts as passed. */
  failsWhen(condition: string, check: WriteCheck): void {
    this.#conditions.push(condition);
    this.checks.push(check);
  }

  /** The numbers of the failed checks, a comma after each; never null. Every condition is printed, and evaluated, once. */
  sql(): string {
    if (this.#conditions.length === 0) return `''`;
    return this.#conditions
      .map((condition, number) => `case when ${condition} then '${number},' else '' end`)
      .join(' || ');
  }
}
