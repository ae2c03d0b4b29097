// The query string becomes named options: split, decoded, every name known or refused. Values are not parsed here.
import { PlatformError } from '../errors.ts';
import { replaceAliases } from './parameter-aliases.ts';

/** Query options by canonical name (without $), decoded. */
export interface QueryOptions {
  filter?: string;
  select?: string;
  expand?: string;
  orderby?: string;
  top?: string;
  skip?: string;
  count?: string;
  skiptoken?: string;
  format?: string;
  search?: string;
  compute?: string;
  apply?: string;
  deltatoken?: string;
  /** In $expand only. */
  levels?: string;
}

/** Of a list, as the OpenAPI document has them. */
export const LIST_OPTIONS = [
  ...(['filter', 'search', 'compute', 'apply', 'select', 'expand', 'orderby', 'top', 'skip', 'count'] as const),
  ...(['skiptoken', 'format'] as const),
] as const satisfies (keyof QueryOptions)[];
/** Of a `/$count`. */
export const COUNT_OPTIONS = ['filter', 'search', 'apply', 'compute'] as const satisfies (keyof QueryOptions)[];

const SUPPORTED: ReadonlySet<string> = new Set<keyof QueryOptions>([...LIST_OPTIONS, 'deltatoken', 'levels']);
/** Options of OData 4.01 that are not served yet: they answer 501, never silence. */
const KNOWN = new Set(['index', 'schemaversion', 'id']);

/** UTF-16 units of a query string as received. */
export const MAX_QUERY_LENGTH = 16_384;

/** The canonical option name of a query key (`$Filter`, `filter` -> `filter`). Throws unknown_option or not_supported. */
export function optionName(key: string): keyof QueryOptions {
  const name = (key.startsWith('$') ? key.slice(1) : key).toLowerCase();
  if (SUPPORTED.has(name)) return name as keyof QueryOptions;
  if (KNOWN.has(name)) throw new PlatformError('not_supported', { what: `$${name}` }, { target: `$${name}` });
  throw new PlatformError('unknown_option', { name: key }, { target: key });
}

/**
 * Splits and decodes a raw query string (without "?"), with parameter aliases replaced by their values. `+` is a space, as clients
 * of HTML forms send it. Throws limit_exceeded, bad_request (encoding), unknown_option, duplicate_option, invalid_option, not_supported.
 */
export function parseQueryOptions(query: string): QueryOptions {
  const options: QueryOptions = {};
  if (query === '') return options;
  limitLength(query);
  let aliases: Map<string, string> | undefined;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decode(equals < 0 ? part : part.slice(0, equals));
    if (key.startsWith('@')) {
      if (aliases?.has(key)) throw new PlatformError('duplicate_option', { name: key }, { target: key });
      aliases = (aliases ?? new Map()).set(key, equals < 0 ? '' : decode(part.slice(equals + 1)));
      continue;
    }
    const name = optionName(key);
    if (options[name] !== undefined)
      throw new PlatformError('duplicate_option', { name: `$${name}` }, { target: `$${name}` });
    options[name] = equals < 0 ? '' : decode(part.slice(equals + 1));
  }
  if (options.levels !== undefined) {
    const reason = 'it stands in the parentheses of an $expand';
    throw new PlatformError('invalid_option', { name: '$levels', reason }, { target: '$levels' });
  }
  // An at sign is rare, and spelled in one of two ways.
  if (aliases !== undefined || query.includes('@') || query.includes('%40'))
    replaceAliases(options, aliases ?? new Map(), MAX_QUERY_LENGTH);
  return options;
}

/**
 * The value of `$id` (null without one) in the query of a reference, where nothing else applies; `named` says whether it does.
 * Throws as parseQueryOptions, and invalid_option.
 */
export function parseReferenceOptions(query: string, named: boolean): string | null {
  const parts = query.split('&').filter((part) => /^(\$|%24)?id=/i.test(part));
  const [part, second] = parts;
  if (second !== undefined) throw new PlatformError('duplicate_option', { name: '$id' }, { target: '$id' });
  const rest = query.split('&').filter((other) => other !== part);
  allowOptions(parseQueryOptions(rest.join('&')), NOTHING);
  if (part === undefined) return null;
  if (!named)
    throw new PlatformError('invalid_option', { name: '$id', reason: 'it does not apply here' }, { target: '$id' });
  return decode(part.slice(part.indexOf('=') + 1));
}

/**
 * Parameters that are no query options, `principal_id=...`, each of `names` at most once; what stands beside them is one of `allowed`.
 * Throws as parseQueryOptions, and invalid_option.
 */
export function parseParameters(
  query: string,
  names: ReadonlySet<string>,
  allowed: ReadonlySet<keyof QueryOptions> = NOTHING,
): ReadonlyMap<string, string> & { readonly options: QueryOptions } {
  const found = new Map<string, string>();
  const others: string[] = [];
  limitLength(query);
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (!names.has(name)) others.push(part);
    else if (found.has(name)) throw new PlatformError('duplicate_option', { name }, { target: name });
    else found.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
  }
  const options = parseQueryOptions(others.join('&'));
  allowOptions(options, allowed);
  return Object.assign(found, { options });
}

const NOTHING: ReadonlySet<keyof QueryOptions> = new Set();

/** Throws limit_exceeded for a query that is too long. */
export function limitLength(query: string): void {
  if (query.length <= MAX_QUERY_LENGTH) return;
  throw new PlatformError('limit_exceeded', { limit: 'query length', value: String(MAX_QUERY_LENGTH) });
}

/** A part of the query without its encoding. Throws bad_request, invalid_text. */
export function decode(text: string): string {
  try {
    const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
    const decoded = spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
    if (decoded.includes('\0')) throw new PlatformError('invalid_text');
    return decoded;
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw new PlatformError('bad_request', { reason: 'the query is not valid percent-encoded UTF-8' });
  }
}

/** Refuses every option that is not in `allowed`. Throws invalid_option. */
export function allowOptions(options: QueryOptions, allowed: ReadonlySet<keyof QueryOptions>): void {
  for (const name of Object.keys(options) as (keyof QueryOptions)[]) {
    if (allowed.has(name)) continue;
    const reason = 'it does not apply here';
    throw new PlatformError('invalid_option', { name: `$${name}`, reason }, { target: `$${name}` });
  }
}

/** A non-negative whole number option. Throws invalid_option; `max` is named in the limit_exceeded error. */
export function parseCountOption(name: string, text: string, max: number): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new PlatformError(
      'invalid_option',
      { name: `$${name}`, reason: 'a non-negative whole number is needed' },
      { target: `$${name}` },
    );
  }
  const value = Number(text);
  if (value > max)
    throw new PlatformError('limit_exceeded', { limit: `$${name}`, value: String(max) }, { target: `$${name}` });
  return value;
}

/** `$count=true|false`. Throws invalid_option. */
export function parseBooleanOption(name: string, text: string): boolean {
  const value = text.toLowerCase();
  if (value === 'true' || value === 'false') return value === 'true';
  throw new PlatformError(
    'invalid_option',
    { name: `$${name}`, reason: 'true or false is needed' },
    { target: `$${name}` },
  );
}
