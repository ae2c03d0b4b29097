// Last stage: PostgreSQL's JSON becomes an OData answer. Text is put around text; no record is parsed again.

import { PlatformError } from './errors.ts';
import type { SelectNode } from './plan/read-plan.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { type Format, parsePrefer, responseVersion } from './request/headers.ts';
import { MAX_QUERY_LENGTH, type QueryOptions } from './request/query-options.ts';
import type { Replacement } from './sql/record-json.ts';

export const JSON_MINIMAL = 'application/json;odata.metadata=minimal;charset=utf-8';
const JSON_FULL = 'application/json;odata.metadata=full;charset=utf-8';
const JSON_NONE = 'application/json;odata.metadata=none;charset=utf-8';

const JSON_TYPES = { minimal: JSON_MINIMAL, none: JSON_NONE, full: JSON_FULL } as const;

/** Headers every answer with a JSON body carries. */
export function jsonHeaders(
  request: EngineRequest,
  metadata: Format['metadata'],
  ieee754: boolean,
): Record<string, string> {
  const type = JSON_TYPES[metadata];
  return {
    'content-type': ieee754 ? type.replace(';charset', ';IEEE754Compatible=true;charset') : type,
    'odata-version': responseVersion(header(request, 'odata-maxversion')),
  };
}

/** A request header as one string. */
export function header(request: EngineRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

/**
 * Select list of a context URL (OData 4.01 Part 1, 10.7 to 10.10): `(name,company(name))`, or '' for everything. An expanded
 * navigation has parentheses, one that $select names has none, one that $levels follows a plus sign; references and numbers are
 * not in it. With expanded ones alone every property is there.
 */
export function contextSelect(select: SelectNode): string {
  const shown = select.expands.filter(({ form, recursion }) => form === 'records' && recursion !== 'further');
  const expands = shown.map(({ navigation, recursion, select: inner }) => {
    const plus = recursion === undefined ? '' : '+';
    return `${navigation.name}${plus}(${contextSelect(inner).slice(1, -1)})`;
  });
  const names = [...(select.named ?? []), ...expands];
  return names.length === 0 ? '' : `(${names.join(',')})`;
}

/** Select list of the context URL of grouped rows (Data Aggregation 4.0, 3.1): `(stage,company(industry),total)`. */
export function rowsSelectList(columns: readonly { readonly path: readonly string[] }[], depth = 0): string {
  const names = [...Map.groupBy(columns, ({ path }) => path[depth] ?? '')].map(([name, members]) =>
    members.some(({ path }) => path.length > depth + 1) ? name + rowsSelectList(members, depth + 1) : name,
  );
  return `(${names.join(',')})`;
}

/** The context URL of an answer; null where the format leaves it out. */
export function contextUrl(request: EngineRequest, format: Format, fragment: string): string | null {
  return format.metadata === 'none' ? null : `${request.baseUrl}/$metadata#${fragment}`;
}

/** $format as the links of expanded collections repeat it: `&$format=...`, or ''. */
export function linkFormat(options: QueryOptions): string {
  return options.format === undefined ? '' : `&$format=${encodeOption(options.format)}`;
}

/** Puts the context URL in front of a record that PostgreSQL printed. */
export function recordBody(body: string, contextUrl: string | null): string {
  if (contextUrl === null) return body;
  const rest = body === '{}' ? '}' : `,${body.slice(1)}`;
  return `{"@odata.context":${JSON.stringify(contextUrl)}${rest}`;
}

export function collectionBody(parts: {
  contextUrl: string | null;
  total: string | null;
  items: string;
  nextLink: string | null;
  /** In place of the next link, on the last page of a list that is followed. */
  deltaLink?: string | null;
}): string {
  const context = parts.contextUrl === null ? '' : `"@odata.context":${JSON.stringify(parts.contextUrl)},`;
  const total = parts.total === null ? '' : `"@odata.count":${parts.total},`;
  const next = parts.nextLink === null ? '' : `,"@odata.nextLink":${JSON.stringify(parts.nextLink)}`;
  const { deltaLink = null } = parts;
  const delta = deltaLink === null ? '' : `,"@odata.deltaLink":${JSON.stringify(deltaLink)}`;
  return `{${context}${total}"value":${parts.items}${next}${delta}}`;
}

/**
 * Finishes the JSON of records: versions under `@odata.etag` become entity tags, links that turned out to be null are taken out,
 * and names longer than PostgreSQL's are put in place. All are searched with their unescaped quotes, which never occur inside a
 * JSON string, so no value can be hit.
 */
export function finishRecords(json: string, replacements: readonly Replacement[]): string {
  let text = entityTags(json);
  for (const [found, by] of replacements) text = text.replaceAll(found, () => by);
  return text;
}

/** As recordColumns prints it, without the first quote: V8 looks for the rare first character fast. */
const VERSION = '@odata.etag":';

/** Versions as entity tags; a tag made by PostgreSQL would cost as much as several properties. */
function entityTags(json: string): string {
  let text = '';
  let from = 0;
  for (let at = json.indexOf(VERSION); at >= 0; at = json.indexOf(VERSION, from)) {
    const start = at + VERSION.length;
    let end = start;
    while (isDigit(json.charCodeAt(end))) end += 1;
    text += end === start ? json.slice(from, start) : `${json.slice(from, start)}"W/\\"${json.slice(start, end)}\\""`;
    from = end;
  }
  return from === 0 ? json : text + json.slice(from);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/**
 * The link to the next page: the request's own options with the token in place of $skip. Throws limit_exceeded where it would
 * be longer than the service accepts.
 */
export function nextLink(url: string, options: QueryOptions, token: string, remaining: number | null): string {
  const top = remaining === null ? [] : [`$top=${remaining}`];
  return linkTo(url, options, [...top, `$skiptoken=${token}`]);
}

/** A link with the request's own options and others behind them. Throws as nextLink. */
export function linkTo(url: string, options: QueryOptions, more: readonly string[]): string {
  const kept = (
    ['apply', 'compute', 'search', 'filter', 'select', 'expand', 'orderby', 'count', 'format'] as const
  ).flatMap((name) => (options[name] === undefined ? [] : [`$${name}=${encodeOption(options[name])}`]));
  const query = [...kept, ...more].join('&');
  if (query.length > MAX_QUERY_LENGTH) {
    const limit = 'query length of the link to the next page';
    throw new PlatformError('limit_exceeded', { limit, value: String(MAX_QUERY_LENGTH) });
  }
  return `${url}?${query}`;
}

/** Percent-encodes what a query cannot hold; what OData's own syntax needs stays readable. */
export function encodeOption(text: string): string {
  return encodeURIComponent(text).replaceAll(/%(?:24|2C|2F|3A|3B|3D|40)/g, decodeURIComponent);
}

/** `Server-Timing` (W3C) from the marks of a request, durations in milliseconds. */
export class Timing {
  #text = '';
  #last = performance.now();

  /** Ends the stage that began at the last mark. */
  mark(stage: string): void {
    const now = performance.now();
    const duration = Math.round((now - this.#last) * 100) / 100;
    this.#text += this.#text === '' ? `${stage};dur=${duration}` : `, ${stage};dur=${duration}`;
    this.#last = now;
  }

  header(): string {
    return this.#text;
  }
}

export function noContent(request: EngineRequest, headers: Readonly<Record<string, string>>): EngineResponse {
  return {
    status: 204,
    headers: { 'odata-version': responseVersion(header(request, 'odata-maxversion')), ...headers },
    body: null,
  };
}

/** `Preference-Applied` of a write that answers nothing in any case, where nothing was asked for. */
export function minimalApplied(request: EngineRequest): Record<string, string> {
  const minimal = parsePrefer(header(request, 'prefer')).return === 'minimal';
  return minimal ? { 'preference-applied': 'return=minimal' } : {};
}
