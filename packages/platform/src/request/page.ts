// Which page of a list is asked for: $top, $skip, $count and the preferred page size. No order and no SQL here.
import { PlatformError } from '../errors.ts';
import { parseBooleanOption, parseCountOption, type QueryOptions } from './query-options.ts';
import { LIMITS } from './select-expand.ts';

/** Records in one answer unless the client asks for fewer; and at most, whatever it asks for. */
export const PAGE = { default: 100, max: 1_000 } as const;

export interface Page {
  /** Records shown. */
  readonly size: number;
  readonly top: number | null;
  readonly skip: number;
  readonly count: boolean;
  /** A continuation may be needed. */
  readonly paged: boolean;
  /** The page size that the client preferred, as far as it is honoured; null where it named none. */
  readonly preferred: number | null;
}

/** Size and bounds of the page that the options and the preferred page size ask for. Throws invalid_option, limit_exceeded. */
export function pageOf(options: QueryOptions, preferredSize: number | null): Page {
  const preferred = preferredSize === null ? null : Math.min(preferredSize, PAGE.max);
  const top = options.top === undefined ? null : parseCountOption('top', options.top, LIMITS.top);
  const skip = options.skip === undefined ? 0 : parseCountOption('skip', options.skip, LIMITS.skip);
  const count = options.count === undefined ? false : parseBooleanOption('count', options.count);
  // With a $top the client named a bound of its own: up to the largest page it is one page.
  const largest = preferred ?? (top === null ? PAGE.default : PAGE.max);
  const fits = top !== null && top <= largest;
  if (skip > 0 && options.skiptoken !== undefined) {
    const reason = 'a continuation has no $skip: follow @odata.nextLink unchanged';
    throw new PlatformError('invalid_option', { name: '$skip', reason }, { target: '$skip' });
  }
  return { size: fits ? top : largest, top, skip, count, paged: !fits, preferred };
}
