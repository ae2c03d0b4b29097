// Driver errors that are the client's doing or the moment's, as errors of the one table. Never their text: it carries data.
import { PlatformError } from './errors.ts';
import { isDatabaseUnavailable } from './storage/unavailable.ts';

/** SQLSTATE of a driver error (five characters), or undefined for any other thrown thing. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** A database that is not there, as an error of the table that carries its cause for the log; everything else as it is. */
export function mapUnavailable(error: unknown): unknown {
  if (error instanceof PlatformError || !isDatabaseUnavailable(error)) return error;
  return Object.assign(new PlatformError('unavailable'), { cause: error });
}

/**
 * Maps what a read may raise: a lost database is `unavailable`, data exceptions (class 22) come from values of the query, class 54 from its size, 57014 is the statement timeout, class 53 a lack of memory or room,
 * 40001/40P01 a conflict with other transactions. Everything else is returned as it is and becomes `internal`.
 */
export function mapReadError(error: unknown): unknown {
  const state = sqlState(error);
  if (state === undefined || isDatabaseUnavailable(error)) return mapUnavailable(error);
  if (state === '57014' || state.startsWith('53')) return new PlatformError('overloaded');
  if (state === '40001' || state === '40P01')
    return new PlatformError('conflict', { reason: 'The request collided with others; repeat it' });
  if (state.startsWith('54'))
    return new PlatformError('invalid_query', { reason: 'The query or its answer is too large' });
  if (state.startsWith('22'))
    return new PlatformError('invalid_query', { reason: 'A value in the query is outside what can be computed' });
  return error;
}
