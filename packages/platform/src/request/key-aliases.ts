// Parameter aliases as values of keys and of a function's parameters (OData 4.01 Part 1, 13.2.1 item 9.6): `/companies(@id)?@id=ID`.
// Their values are put into the path before anything reads it, so that no later stage knows of them. A path without @ pays nothing.
import { PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { replaceMentions, textOfValue } from './parameter-aliases.ts';
import { decode, limitLength, MAX_QUERY_LENGTH } from './query-options.ts';

/**
 * The request with the values of the aliases that its path names in their places; aliases that the query does not name besides leave
 * it. Throws duplicate_option, invalid_option, limit_exceeded, and bad_request for what is not encoded as it has to be.
 */
export function withKeyAliases(request: EngineRequest): EngineRequest {
  if (!/@|%40/.test(request.path)) return request;
  const path = request.path.split('/').map(decodedSegment);
  const named = new Set<string>();
  for (const segment of path) segmentWith(segment, new Map(), named);
  if (named.size === 0) return request;
  limitLength(request.query);
  const parts = request.query.split('&').map((text) => ({ text, name: aliasOf(text) }));
  const values = new Map<string, string>();
  for (const { text, name } of parts) {
    if (name === null || !named.has(name)) continue;
    if (values.has(name)) throw new PlatformError('duplicate_option', { name }, { target: name });
    values.set(name, textOfValue(name, decode(text.slice(text.indexOf('=') + 1))));
  }
  const besides = mentionedBy(parts.filter(({ name }) => name === null).map(({ text }) => text));
  const query = parts.filter(({ name }) => name === null || !named.has(name) || besides.has(name));
  return {
    ...request,
    path: path.map((segment) => encodeURIComponent(segmentWith(segment, values, named))).join('/'),
    query: query.map(({ text }) => text).join('&'),
  };
}

function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new PlatformError('bad_request', { reason: 'the path is not valid percent-encoded UTF-8' });
  }
}

/** Aliases stand in the parentheses of a key or of parameters; one without a value is null (Part 2, 5.3). */
function segmentWith(segment: string, values: ReadonlyMap<string, string>, named: Set<string>): string {
  const open = segment.indexOf('(');
  if (open < 0) return segment;
  const limit = { option: 'the path', longest: MAX_QUERY_LENGTH };
  return segment.slice(0, open) + replaceMentions(segment.slice(open), values, named, limit);
}

/** The name of the alias that a part of the query gives a value to; null where it is an option. */
function aliasOf(part: string): string | null {
  const equals = part.indexOf('=');
  const key = decode(equals < 0 ? part : part.slice(0, equals));
  return key.startsWith('@') ? key : null;
}

function mentionedBy(options: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of options)
    replaceMentions(decode(text), new Map(), names, { option: 'the query', longest: Number.POSITIVE_INFINITY });
  return names;
}
