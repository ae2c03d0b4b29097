// Last stage: PostgreSQL's JSON becomes an OData answer. Text is put around text; no record is parsed again.

import type { SelectNode } from './plan/read-plan.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { responseVersion } from './request/headers.ts';
import type { QueryOptions } from './request/query-options.ts';

export const JSON_MINIMAL = 'application/json;odata.metadata=minimal;charset=utf-8';
const JSON_NONE = 'application/json;odata.metadata=none;charset=utf-8';

/** Headers every answer with a JSON body carries. */
export function jsonHeaders(
  request: EngineRequest,
  metadata: 'minimal' | 'none',
  ieee754: boolean,
): Record<string, string> {
  const type = metadata === 'none' ? JSON_NONE : JSON_MINIMAL;
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

/** Select list of a context URL (OData 4.01 Part 1, 10.7): `(name,company(name))`, or '' for everything. */
export function contextSelect(select: SelectNode): string {
  const expands = select.expands.map(
    (expand) => `${expand.navigation.name}(${contextSelect(expand.select).slice(1, -1)})`,
  );
  const names = [...(select.properties?.map((property) => property.name) ?? []), ...expands];
  return names.length === 0 ? '' : `(${names.join(',')})`;
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
}): string {
  const context = parts.contextUrl === null ? '' : `"@odata.context":${JSON.stringify(parts.contextUrl)},`;
  const total = parts.total === null ? '' : `"@odata.count":${parts.total},`;
  const next = parts.nextLink === null ? '' : `,"@odata.nextLink":${JSON.stringify(parts.nextLink)}`;
  return `{${context}${total}"value":${parts.items}${next}}`;
}

/**
 * Takes out the links that turned out to be null. The searched text begins with an unescaped quote, which never occurs
 * inside a JSON string, so it cannot hit a value.
 */
export function removeNullLinks(body: string, links: readonly string[]): string {
  let text = body;
  for (const link of links) text = text.replaceAll(link, '');
  return text;
}

/** The link to the next page: the request's own options with the token in place of $skip. */
export function nextLink(url: string, options: QueryOptions, token: string, remaining: number | null): string {
  const kept = (['filter', 'select', 'expand', 'orderby', 'count', 'format'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`$${name}=${encodeURIComponent(options[name])}`],
  );
  if (remaining !== null) kept.push(`$top=${remaining}`);
  return `${url}?${[...kept, `$skiptoken=${token}`].join('&')}`;
}

/** `Server-Timing` (W3C) from the marks of a request, durations in milliseconds. */
export class Timing {
  readonly #parts: string[] = [];
  #last = performance.now();

  /** Ends the stage that began at the last mark. */
  mark(stage: string): void {
    const now = performance.now();
    this.#parts.push(`${stage};dur=${(now - this.#last).toFixed(2)}`);
    this.#last = now;
  }

  header(): string {
    return this.#parts.join(', ');
  }
}

export function noContent(request: EngineRequest, headers: Readonly<Record<string, string>>): EngineResponse {
  return {
    status: 204,
    headers: { 'odata-version': responseVersion(header(request, 'odata-maxversion')), ...headers },
    body: null,
  };
}
