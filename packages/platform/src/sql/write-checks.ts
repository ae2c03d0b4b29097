// Conditions of a write as one text column: the numbers of those that fail (`1,4,`), '' when none does, where a check says so with
// values of the row (`1,4=won=,`). What a failed number means
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
  /** The record whose right is missing: the one that is written, or the one whose id is the first of what the check shows. */
  readonly record?: 'own' | 'shown';
  /** Words for the message that only the failed row knows, from what the statement says of it. */
  readonly words?: (shown: readonly string[]) => Readonly<Record<string, string>>;
}

/** Between the number of a failed check and what it shows; names of choices' values hold neither of the two. */
export const SHOWN = '=';

export class CheckWriter {
  readonly checks: WriteCheck[] = [];
  readonly #conditions: { readonly failed: string; readonly shown: string }[] = [];

  /**
   * Adds a condition that is true when the check fails; null counts as passed. `shown` are texts of the row that the error
   * names: names and ids only, which hold no comma and no equals sign.
   */
  failsWhen(condition: string, check: WriteCheck, shown: readonly string[] = []): void {
    this.#conditions.push({
      failed: condition,
      shown: shown.map((sql) => ` || '${SHOWN}' || coalesce(${sql}, '')`).join(''),
    });
    this.checks.push(check);
  }

  /** The numbers of the failed checks with what they show, a comma after each; never null. Every condition is printed, and evaluated, once. */
  sql(): string {
    if (this.#conditions.length === 0) return `''`;
    return this.#conditions
      .map(({ failed, shown }, number) => {
        const text = shown === '' ? `'${number},'` : `'${number}'${shown} || ','`;
        return `case when ${failed} then ${text} else '' end`;
      })
      .join(' || ');
  }
}
