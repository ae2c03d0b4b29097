// Pages of functions of sets that answer lists by key: `$top`, `$skiptoken`, the preferred page
// size and the link to the next page, as lists of records have them.
import { PlatformError } from '../errors.ts';
import { parsePrefer } from '../request/headers.ts';
import { parseCountOption } from '../request/query-options.ts';
import { LIMITS } from '../request/select-expand.ts';
import { decodeSkipToken, encodeSkipToken } from '../request/skiptoken.ts';
import { encodeOption, header } from '../shape.ts';
import type { Arguments, OperationContext } from './types.ts';

export const UUID_KEY = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const MOMENT_KEY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
export const NUMBER_KEY = /^\d{1,18}$/;

/** What is asked of a list. */
export interface PageRequest {
  /** Rows to ask for: one more than are answered, which says that there is another page. */
  readonly limit: string;
  /** Keys of the last row of the page before; null on the first. */
  readonly after: readonly string[] | null;
  readonly size: number;
  /** Of `$top`, as many as are answered at most; null without it. */
  readonly top: number | null;
  /** Function with its arguments, to which the token is bound. */
  readonly path: string;
  readonly options: readonly string[];
}

/** Throws what `$top` is refused with, and invalid_skiptoken: of another question, or with keys of another form. */
export function pageOf(
  { entity, id, request }: OperationContext,
  name: string,
  { $top, $skiptoken, ...args }: Arguments,
  { most, keys }: { readonly most: number; readonly keys: readonly RegExp[] },
): PageRequest {
  const top = $top === undefined ? null : parseCountOption('top', String($top), LIMITS.top);
  const preferred = parsePrefer(header(request, 'prefer')).maxPageSize;
  const size = Math.min(top ?? most, preferred ?? most, most);
  const path = `${entity?.set}${id === '' ? '' : `(${id})`}/${name}`;
  const options = Object.entries(args).map(([key, value]) => `${key}=${encodeOption(String(value))}`);
  const after = $skiptoken === undefined ? null : decodeSkipToken(shapeOf(path, options), String($skiptoken));
  if (after !== null && !(after.length === keys.length && keys.every((key, index) => key.test(after[index] ?? ''))))
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  return { limit: String(size + 1), after: after as readonly string[] | null, size, top, path, options };
}

/** The page, of which `shown` makes what is answered and `keys` the position of a row. */
export function pageAnswer<Row>(
  { request }: OperationContext,
  { size, top, path, options }: PageRequest,
  rows: readonly Row[],
  { shown, keys }: { readonly shown: (row: Row) => object; readonly keys: (row: Row) => readonly string[] },
): object {
  const value = rows.slice(0, size);
  const last = value.at(-1);
  const left = top === null ? null : top - value.length;
  if (last === undefined || rows.length <= size || left === 0) return { value: value.map(shown) };
  const token = encodeSkipToken(shapeOf(path, options), keys(last));
  const query = [...options, ...(left === null ? [] : [`$top=${left}`]), `$skiptoken=${token}`].join('&');
  return { value: value.map(shown), '@odata.nextLink': `${request.baseUrl}/${path}?${query}` };
}

const shapeOf = (path: string, options: readonly string[]): string => [path, ...options].join('\0');
