// `$id` in later requests of a batch: in the place of a URL's first segment, and of URLs in bodies (OData 4.01 Part 1, 11.7.3).
import { exactJsonText, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { parseObject } from '../request/json-object.ts';
import type { BatchPart } from './types.ts';

/** Paths of records below the service by the ids of the requests that made or named them. */
export type Records = ReadonlyMap<string, string>;

const SYSTEM = /^\$(metadata|batch|all|crossjoin|entity|root|id)\b/i;

/** The id that a URL begins with as a reference; null where it has none. */
export function referenceOf(url: string): string | null {
  if (!url.startsWith('$') || SYSTEM.test(url)) return null;
  return url.slice(1).split(/[/?]/, 1)[0] ?? '';
}

/** The URL with the record in the place of its reference. Throws bad_request for one that no request before has answered. */
export function resolvedUrl(url: string, records: Records): string {
  const id = referenceOf(url);
  if (id === null) return url;
  return recordOf(id, records) + url.slice(1 + id.length);
}

/** The body with records in the place of references; the very same text where there are none. */
export function resolvedBody(body: string | null, records: Records): string | null {
  if (body === null || !body.includes('"$')) return body;
  // What is no object, or names a member twice, is refused like the body of any request.
  parseObject(body);
  return exactJsonText(resolved(parseExactJson(body), '', records));
}

const URLS = /(^@(odata\.)?id$)|(@(odata\.)?bind$)/;

function resolved(value: unknown, name: string, records: Records): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, name, records));
  if (typeof value === 'string') return URLS.test(name) ? resolvedUrl(value, records) : value;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, key, records)]));
}

function recordOf(id: string, records: Records): string {
  const record = records.get(id);
  if (record !== undefined) return record;
  throw new PlatformError('bad_request', { reason: `$${id} is no record of a request before this one` });
}

/** The path below the service that a URL of a part names. Throws bad_request for another host or service. */
export function pathOf({ place }: BatchPart, url: string, baseUrl: string): string {
  const root = new URL(baseUrl).pathname;
  const absolute = /^https?:\/\//i.test(url);
  if (absolute && !startsWithPath(url, baseUrl)) {
    throw new PlatformError('bad_request', { reason: 'the URL is of another service' }, { target: `${place}/url` });
  }
  if (absolute) return url.slice(baseUrl.length);
  if (startsWithPath(url, root)) return url.slice(root.length);
  return url.startsWith('/') ? url : `/${url}`;
}

function startsWithPath(url: string, start: string): boolean {
  return url.startsWith(start) && /^([/?]|$)/.test(url.slice(start.length));
}
