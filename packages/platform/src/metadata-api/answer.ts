// What every route below /metadata does with a request and an answer: formats, query, tags, pages. It reads no documents.
import { PlatformError } from '../errors.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { isKnownVersion, parseFormat, parseIfMatch, parsePrefer, responseVersion } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import { parseParameters, type QueryOptions } from '../request/query-options.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues } from '../request/skiptoken.ts';
import { header, jsonHeaders, nextLink } from '../shape.ts';

const NO_NAMES: ReadonlySet<string> = new Set();
const PAGED: ReadonlySet<keyof QueryOptions> = new Set<keyof QueryOptions>(['top', 'skiptoken', 'format']);
const FORMAT: ReadonlySet<keyof QueryOptions> = new Set<keyof QueryOptions>(['format']);

/** Parameters of the query; `$format` is the one option beside them. Throws the errors of options and not_acceptable. */
export function parametersOf(request: EngineRequest, names = NO_NAMES): ReadonlyMap<string, string> {
  const found = parseParameters(request.query, names, FORMAT);
  parseFormat(header(request, 'accept'), found.options.format);
  return found;
}

/** 200, or another status, with JSON. */
export function jsonAnswer(
  request: EngineRequest,
  body: unknown,
  { status = 200, ...headers }: { readonly status?: number; readonly etag?: string; readonly location?: string } = {},
): EngineResponse {
  return { status, headers: { ...jsonHeaders(request, 'minimal', false), ...headers }, body: JSON.stringify(body) };
}

/** The tag of a version. */
export function etagOf(version: number): string {
  return `W/"${version}"`;
}

/** 304 where the client has this version already; else null. */
export function unchanged(request: EngineRequest, version: number): EngineResponse | null {
  if (!isKnownVersion(header(request, 'if-none-match'), String(version))) return null;
  const headers = { etag: etagOf(version), 'odata-version': responseVersion(header(request, 'odata-maxversion')) };
  return { status: 304, headers, body: null };
}

/**
 * Throws precondition_failed where If-Match names other versions than the present one. If-None-Match, which would mean that there is
 * nothing yet, is not served by what changes something: not_supported.
 */
export function requireVersion(request: EngineRequest, version: number): void {
  if (request.headers['if-none-match'] !== undefined) {
    const target = 'if-none-match';
    throw new PlatformError('not_supported', { what: `The header ${target} here` }, { target });
  }
  const tags = parseIfMatch(header(request, 'if-match'));
  if (tags === null || tags === '*' || tags.includes(String(version))) return;
  throw new PlatformError('precondition_failed', {}, { target: 'If-Match' });
}

/** A list that is asked for page by page. */
export interface PagedRequest {
  readonly parameters: ReadonlyMap<string, string>;
  /** Items to be read: one more than are shown, so that it is known whether there are others. */
  readonly most: number;
  /** Keys of the item that the page begins after; null: the first page. */
  readonly after: TokenValues | null;
  /** The answer with as many of the items as fit. `keysOf` names an item in the order of the list. */
  answer<T>(items: readonly T[], keysOf: (item: T) => TokenValues): EngineResponse;
}

/** `keys`: what each key in the order of the list looks like. Throws the errors of options, not_acceptable, invalid_skiptoken. */
export function pagedRequest(
  request: EngineRequest,
  names: ReadonlySet<string>,
  keys: readonly RegExp[],
): PagedRequest {
  const parameters = parseParameters(request.query, names, PAGED);
  const { options } = parameters;
  parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const shape = [request.path, ...[...parameters].flat()].join('\0');
  const after = options.skiptoken === undefined ? null : decodeSkipToken(shape, options.skiptoken);
  if (after !== null && !(after.length === keys.length && keys.every((key, at) => key.test(after[at] ?? ''))))
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  return {
    parameters,
    most: page.size + 1,
    after,
    answer(items, keysOf) {
      const shown = items.slice(0, page.size);
      const last = shown.at(-1);
      const goesOn = page.paged && items.length > page.size && last !== undefined;
      const token = goesOn ? encodeSkipToken(shape, keysOf(last)) : null;
      const next = token === null ? {} : { '@odata.nextLink': nextOf(request, parameters, page, token) };
      const answer = jsonAnswer(request, { value: shown, ...next });
      if (page.preferred === null) return answer;
      return { ...answer, headers: { ...answer.headers, 'preference-applied': `odata.maxpagesize=${page.preferred}` } };
    },
  };
}

function nextOf(
  { baseUrl, path }: EngineRequest,
  parameters: ReadonlyMap<string, string> & { readonly options: QueryOptions },
  page: Page,
  token: string,
): string {
  const own = [...parameters].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const remaining = page.top === null ? null : page.top - page.size;
  const link = nextLink(`${baseUrl}${path}`, parameters.options, token, remaining);
  return own.length === 0 ? link : link.replace('?', () => `?${own.join('&')}&`);
}
