// The continuation token of @odata.nextLink: the order keys of the last row shown, bound to the request's shape.
import { PlatformError } from '../errors.ts';
import { MAX_QUERY_LENGTH, type QueryOptions } from './query-options.ts';

/** Values of the order keys as text, in order; null where the row holds null. */
export type TokenValues = readonly (string | null)[];

/** What a token is bound to: which rows in which order. */
export function tokenShape(set: string, options: QueryOptions): string {
  const made =
    options.apply === undefined && options.compute === undefined
      ? ''
      : `\0${options.apply ?? ''}\0${options.compute ?? ''}`;
  return `${set}\0${options.filter ?? ''}\0${options.orderby ?? ''}\0${options.search ?? ''}${made}`;
}

/** Opaque text for a URL. Bound to `shape`, so that it cannot be moved to another query. */
export function encodeSkipToken(shape: string, values: TokenValues): string {
  return Buffer.from(JSON.stringify([fingerprint(shape), ...values]), 'utf8').toString('base64url');
}

/** Throws invalid_skiptoken when the token is damaged or belongs to another request. */
export function decodeSkipToken(shape: string, token: string): TokenValues {
  const refuse = (): never => {
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  };
  if (token.length > MAX_QUERY_LENGTH || !/^[A-Za-z0-9_-]+$/.test(token)) return refuse();
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parsed) || parsed.length < 2 || parsed[0] !== fingerprint(shape)) return refuse();
  const values: unknown[] = parsed.slice(1);
  const isValue = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && !value.includes('\0'));
  return values.every(isValue) ? values : refuse();
}

/** FNV-1a, 32 bit: detects mistakes, not attacks; a forged token can only name a position in rows the caller may read. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
