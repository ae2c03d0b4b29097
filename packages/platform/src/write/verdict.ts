// The failed checks of a write as the one error that is answered: the first rank that failed decides, and all findings
// about values are reported together.
import { errorDetail, PlatformError } from '../errors.ts';
import { CHECK_RANKS, SHOWN, type WriteCheck } from '../sql/write-checks.ts';

/**
 * `failed` holds numbers into `checks` with what they show, at least one, a comma after each; `id` is that of the record that was judged,
 * absent where it is not there yet.
 */
export function verdictError(checks: readonly WriteCheck[], failed: string, id?: string): PlatformError {
  const found = failed.split(',').flatMap((text) => (text === '' ? [] : failedCheck(checks, text)));
  const rank = CHECK_RANKS.find((candidate) => found.some((check) => check.rank === candidate));
  const ranked = found.filter((check) => check.rank === rank);
  const first = ranked[0];
  if (first === undefined) throw new Error(`no check has the number ${failed}`);
  if (rank === 'values') {
    const details = ranked.map((check) => errorDetail(check.code, check.values, check.target));
    return new PlatformError('validation_failed', {}, { details });
  }
  const record = first.record === 'own' ? id : first.shownId;
  const values = record === undefined || record === '' ? first.values : { ...first.values, record };
  return new PlatformError(first.code, values, first.target === undefined ? {} : { target: first.target });
}

type FailedCheck = WriteCheck & { readonly shownId?: string | undefined };

function failedCheck(checks: readonly WriteCheck[], text: string): FailedCheck[] {
  const [number = '', ...shown] = text.split(SHOWN);
  const check = checks[Number(number)];
  if (check === undefined) return [];
  if (check.record === 'shown') return [{ ...check, shownId: shown[0] }];
  return [check.words === undefined ? check : { ...check, values: { ...check.values, ...check.words(shown) } }];
}
