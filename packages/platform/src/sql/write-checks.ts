// Conditions of a write as one text column: the numbers of those that fail, '' when none does. What a failed number means
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

  /** Comma-separated numbers of the failed checks; never null. A write that passes evaluates every condition once. */
  sql(): string {
    if (this.#conditions.length === 0) return `''`;
    const numbers = this.#conditions.map((condition, number) => `case when ${condition} then '${number}' end`);
    if (numbers.length === 1) return `coalesce(${numbers[0]}, '')`;
    const any = this.#conditions.map((condition) => `(${condition})`).join(' or ');
    return `case when ${any} then array_to_string(array[${numbers.join(', ')}], ',') else '' end`;
  }
}
