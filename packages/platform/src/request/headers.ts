// Request headers that change an answer: Accept, Prefer, OData-MaxVersion, If-Match, If-None-Match, Content-Type.
import { LRUCache } from 'lru-cache';
import { PlatformError } from '../errors.ts';

export interface Format {
  /** Int64 and Decimal as strings (OData JSON 4.01, 3.2). */
  readonly ieee754: boolean;
  /** `none` leaves control information out except next links and counts, `full` tells all of it (full-metadata.ts). */
  readonly metadata: 'minimal' | 'none' | 'full';
  /** Titles of what lookups name stand beside their ids, for formatted values. */
  readonly titles?: true;
}

export interface Preferences {
  readonly maxPageSize: number | null;
  readonly return: 'minimal' | 'representation' | null;
  /** Annotations asked for, as written: `*`, `ns.*`, `ns.Term`, each with a minus for all but these. */
  readonly annotations: string | null;
  /** Properties that are null may be left out. */
  readonly omitNulls: boolean;
  /** A delta link is asked for. */
  readonly trackChanges: boolean;
}

const DEFAULT_FORMAT: Format = { ieee754: false, metadata: 'minimal' };
const NO_PREFERENCES: Preferences = {
  maxPageSize: null,
  return: null,
  annotations: null,
  omitNulls: false,
  trackChanges: false,
};

const ANNOTATIONS = /(?:odata\.)?include-annotations\s*=\s*(?:"([\w.*, -]*)"|([\w.*-]+))/i;

const formats = new LRUCache<string, Format | PlatformError>({ max: 200 });

/**
 * Format asked for by Accept or $format; `full`: the answer can tell full metadata. Throws not_acceptable, not_supported.
 */
export function parseFormat(accept: string | undefined, format: string | undefined, full = false): Format {
  const text = format === undefined ? accept : format.toLowerCase() === 'json' ? 'application/json' : format;
  if (text === undefined || text === '*/*' || text === 'application/json') return DEFAULT_FORMAT;
  const key = full ? `full\0${text}` : text;
  let known = formats.get(key);
  if (known === undefined) {
    known = readFormat(text, full);
    formats.set(key, known);
  }
  if (known instanceof PlatformError) throw known;
  return known;
}

/** The best range by quality that can be produced; ties go to the first. */
function readFormat(text: string, canBeFull: boolean): Format | PlatformError {
  const ranges = text
    .split(',')
    .map(mediaRange)
    .filter((range) => range.quality > 0 && JSON_RANGES.has(range.type))
    .sort((a, b) => b.quality - a.quality);
  let full = false;
  for (const { parameters } of ranges) {
    const metadata = parameters.get('odata.metadata') ?? parameters.get('metadata') ?? 'minimal';
    const ieee754 = parameters.get('ieee754compatible') ?? 'false';
    if (!['true', 'false'].includes(ieee754) || !['utf-8', undefined].includes(parameters.get('charset'))) continue;
    if (metadata === 'minimal' || metadata === 'none' || (metadata === 'full' && canBeFull))
      return { ieee754: ieee754 === 'true', metadata };
    full ||= metadata === 'full';
  }
  return full
    ? new PlatformError('not_supported', { what: 'metadata=full here' })
    : new PlatformError('not_acceptable');
}

/** How $metadata is asked for by Accept or $format: as XML unless JSON is preferred. Throws not_acceptable. */
export function parseMetadataFormat(accept: string | undefined, format: string | undefined): 'xml' | 'json' {
  const text = format === undefined ? accept : (SHORT_FORMATS[format.toLowerCase()] ?? format);
  if (text === undefined) return 'xml';
  const best = text
    .split(',')
    .map(mediaRange)
    .filter(({ type, quality }) => quality > 0 && METADATA_TYPES.has(type))
    .sort((a, b) => b.quality - a.quality)[0];
  const found = best === undefined ? undefined : METADATA_TYPES.get(best.type);
  if (found === undefined) throw new PlatformError('not_acceptable');
  return found;
}

const SHORT_FORMATS: Readonly<Record<string, string>> = { xml: 'application/xml', json: 'application/json' };
const METADATA_TYPES: ReadonlyMap<string, 'xml' | 'json'> = new Map([
  ['application/xml', 'xml'],
  ['*/*', 'xml'],
  ['application/*', 'xml'],
  ['application/json', 'json'],
]);

export const JSON_RANGES: ReadonlySet<string> = new Set(['application/json', 'application/*', '*/*']);

/** An item of Accept, its parts in lower case. */
export function mediaRange(text: string): { type: string; quality: number; parameters: Map<string, string> } {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0)
      parameters.set(
        part.slice(0, equals).trim(),
        part
          .slice(equals + 1)
          .trim()
          .replace(/^"|"$/g, ''),
      );
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type, quality: Number.isNaN(quality) ? 0 : quality, parameters };
}

/** RFC 7240 preferences that the service honours; others may be ignored by that standard. Throws invalid_option. */
export function parsePrefer(header: string | undefined): Preferences {
  if (header === undefined) return NO_PREFERENCES;
  let maxPageSize: number | null = null;
  let returned: Preferences['return'] = null;
  let trackChanges = false;
  let omitNulls = false;
  const annotations = ANNOTATIONS.exec(header);
  for (const part of header.replace(ANNOTATIONS, '').split(/[,;]/)) {
    const [rawName = '', rawValue = ''] = part.split('=');
    const name = rawName
      .trim()
      .toLowerCase()
      .replace(/^odata\./, '');
    const value = rawValue.trim().replace(/^"|"$/g, '');
    if (name === 'maxpagesize') maxPageSize ??= pageSize(value);
    trackChanges ||= name === 'track-changes';
    omitNulls ||= name === 'omit-values' && value.toLowerCase() === 'nulls';
    if (name === 'return' && (value === 'minimal' || value === 'representation')) returned ??= value;
  }
  const wanted = annotations?.[1] ?? annotations?.[2] ?? null;
  return { maxPageSize, return: returned, annotations: wanted, omitNulls, trackChanges };
}

/** Whether the client would rather see a request refused than a part of it left aside (RFC 7240, 4.4). */
export function isStrict(prefer: string | undefined): boolean {
  return /(?:^|[,;\s])handling\s*=\s*"?strict"?\s*(?:[,;]|$)/i.test(prefer ?? '');
}

/** Whether a batch goes on after a request that failed; null where the client does not say (OData 4.01 Part 1, 8.2.8.3). */
export function continuesOnError(prefer: string | undefined): boolean | null {
  const [found, value] =
    /(?:^|[,;\s])(?:odata\.)?continue-on-error(?:\s*=\s*"?(true|false)"?)?\s*(?:[,;]|$)/i.exec(prefer ?? '') ?? [];
  return found === undefined ? null : value?.toLowerCase() !== 'false';
}

/** Whether a term is among the annotations asked for: the pattern that says most about it decides (OData Part 1, 8.2.8.4). */
export function wantsAnnotation(annotations: string | null, term: string): boolean {
  let [longest, wanted] = [-1, false];
  for (const item of annotations?.split(',') ?? []) {
    const pattern = item.trim().replace(/^-/, '');
    const prefix = pattern.endsWith('*') ? pattern.slice(0, -1) : null;
    const matches =
      prefix === null ? pattern === term : prefix === '' || (prefix.endsWith('.') && term.startsWith(prefix));
    if (matches && pattern.length > longest) [longest, wanted] = [pattern.length, !item.trim().startsWith('-')];
  }
  return wanted;
}

function pageSize(value: string): number {
  const size = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (size < 1) {
    throw new PlatformError(
      'invalid_option',
      { name: 'maxpagesize', reason: 'a positive whole number is needed' },
      { target: 'Prefer' },
    );
  }
  return size;
}

/**
 * Refuses versions of OData that the service does not speak, before anything is done. `sent` is OData-Version, the version of
 * the request itself, `max` OData-MaxVersion. Throws not_supported for the latter, and bad_request for the former, as has to be (8.1.5).
 */
export function checkVersions(sent: string | undefined, max: string | undefined): void {
  if (max !== undefined) responseVersion(max);
  if (sent === undefined || sent === '4.0' || sent === '4.01') return;
  const reason = `OData-Version is ${sent}, and requests are read as 4.0 or 4.01`;
  throw new PlatformError('bad_request', { reason }, { target: 'OData-Version' });
}

/** What is read over several statements is of no one moment: a request that has to be is not carried out (8.2.6). */
const ISOLATION = ['odata-isolation', 'isolation'] as const;
/** Preconditions mean nothing yet where a request names no version of its own: creating, and operations. */
const UNSERVED_IN_POST = ['if-match', 'if-none-match'] as const;

/**
 * Refuses headers that would change what the request does and are not served, before anything is done. `versioned`: it takes
 * preconditions although it is a POST. Throws isolation_not_supported, not_supported.
 */
export function refuseUnservedHeaders(
  method: string,
  headers: Readonly<Record<string, unknown>>,
  versioned = false,
): void {
  for (const name of ISOLATION)
    if (headers[name] !== undefined) throw new PlatformError('isolation_not_supported', {}, { target: name });
  if (method !== 'POST' || versioned) return;
  for (const name of UNSERVED_IN_POST) {
    if (headers[name] === undefined) continue;
    throw new PlatformError('not_supported', { what: `The header ${name} here` }, { target: name });
  }
}

/** `OData-Version` of the answer: 4.0 unless the client allows 4.01. Throws not_supported below 4.0. */
export function responseVersion(maxVersion: string | undefined): '4.0' | '4.01' {
  if (maxVersion === undefined) return '4.0';
  const value = Number(maxVersion.trim());
  if (Number.isNaN(value) || value < 4)
    throw new PlatformError('not_supported', { what: `OData-MaxVersion ${maxVersion}` });
  return value >= 4.01 ? '4.01' : '4.0';
}

/** Versions a header names (`W/"3"`, `"3"`, `*`): null when it is absent, undefined where a tag is none of the service's. */
function entityTags(header: string | undefined): readonly (string | undefined)[] | '*' | null {
  if (header === undefined) return null;
  if (header.trim() === '*') return '*';
  return header.split(',').map((tag) => /^\s*(?:W\/)?"(\d{1,18})"\s*$/.exec(tag)?.[1]);
}

/** Versions named by If-Match; null when absent. Throws invalid_if_match for a tag that the service cannot have given. */
export function parseIfMatch(header: string | undefined): readonly string[] | '*' | null {
  const tags = entityTags(header);
  if (tags === null || tags === '*') return tags;
  return tags.map((tag) => {
    if (tag === undefined) throw new PlatformError('invalid_if_match', {}, { target: 'If-Match' });
    return tag;
  });
}

/** Whether If-None-Match names the version (then nothing needs to be sent). A tag of another kind matches nothing. */
export function isKnownVersion(header: string | undefined, version: string): boolean {
  if (header === undefined) return false;
  const tags = entityTags(header);
  return tags === '*' || tags?.includes(version) === true;
}

/** A body must be JSON. Throws unsupported_media_type. */
export function requireJson(contentType: string | undefined): void {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new PlatformError('unsupported_media_type', { type: type === '' ? '(none)' : (type ?? '') });
}

/** A value alone is text. Throws unsupported_media_type. */
export function requireText(contentType: string | undefined): void {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'text/plain')
    throw new PlatformError('unsupported_media_type', { type: type === '' ? '(none)' : (type ?? '') });
}
