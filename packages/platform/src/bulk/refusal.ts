// The one error of a request for many records that is refused as a whole: the first record's, with the places of all bad ones.
import { type ErrorDetail, PlatformError } from '../errors.ts';
import { isExplanation } from '../explain/links.ts';
import type { Outcome } from './types.ts';

/** Details of the error of an atomic request. */
const MOST_DETAILS = 100;

/** Names the n-th record in errors, and something within it: `records/17/name`. */
export type PlaceOf = (index: number, target: string | undefined) => string;

/** Throws the first record's error, with those of the others as details. */
export function refuseFailed(outcomes: readonly (Outcome | undefined)[], placeOf: PlaceOf): void {
  const index = outcomes.findIndex((outcome) => outcome instanceof PlatformError);
  const first = outcomes[index];
  if (!(first instanceof PlatformError)) return;
  const details: ErrorDetail[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome instanceof PlatformError && details.length < MOST_DETAILS)
      details.push(...detailsOf(at, outcome, placeOf));
  }
  const target = placeOf(index, first.target ?? first.details[0]?.target);
  throw first.with({ target, details: details.slice(0, MOST_DETAILS) });
}

function detailsOf(
  index: number,
  { code, message, target, details }: PlatformError,
  placeOf: PlaceOf,
): readonly ErrorDetail[] {
  const links = details.filter(isExplanation);
  const found = details.filter((detail) => !isExplanation(detail));
  const own = found.length > 0 ? found : [{ code, message, ...(target === undefined ? {} : { target }) }];
  return [...own.map((detail) => ({ ...detail, target: placeOf(index, detail.target) })), ...links];
}
