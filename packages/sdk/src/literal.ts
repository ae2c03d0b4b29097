// Values as OData writes them in a URL. Each is checked to be of its kind before it is written, so that none can end its literal and go
// on as an expression.
import { decimal } from './exact.ts';
import type { PropertyKind } from './schema.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const DURATION = /^-?P(?=.)(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/;

/** A text in quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

type Write = (value: never) => string;

const matching =
  (form: RegExp, what: string, write = (text: string) => text): Write =>
  (value: unknown) => {
    if (typeof value === 'string' && form.test(value)) return write(value);
    throw new RangeError(`${String(value)} is no ${what}`);
  };

const text: Write = (value: unknown) => {
  if (typeof value === 'string') return quote(value);
  throw new RangeError(`${String(value)} is no text`);
};

const WRITERS: Readonly<Record<PropertyKind, Write>> = {
  string: text,
  long_text: text,
  choice: text,
  choices: text,
  // Whole numbers are compared with decimals as well, and the other way round.
  int64: decimal,
  decimal,
  boolean: (value: unknown) => {
    if (typeof value === 'boolean') return String(value);
    throw new RangeError(`${String(value)} is neither true nor false`);
  },
  date: matching(DATE, "date such as '2026-11-22'"),
  datetime: matching(DATETIME, "moment such as '2026-11-22T10:00:00Z'"),
  duration: matching(DURATION, "duration such as 'PT1H30M'", (value) => `duration'${value}'`),
  guid: matching(GUID, 'GUID'),
  json: (value: unknown) => {
    throw new RangeError(`${String(value)}: JSON values are compared with null only`);
  },
};

/** Throws RangeError for a value that is not of the kind. */
export function writeLiteral(value: unknown, kind: PropertyKind): string {
  return value === null ? 'null' : WRITERS[kind](value as never);
}

/** One property of a key in a URL. */
function writeKeyValue(name: string, value: unknown, kind: PropertyKind = 'string'): string {
  if (value === null || value === undefined) throw new RangeError(`the key needs a value of ${name}`);
  return `${name}=${writeLiteral(value, kind)}`;
}

/**
 * What stands between the parentheses of a record's URL: an id, or the values of an alternate key in any order, percent-encoded.
 * Throws RangeError for what is no key of the set.
 */
export function writeKey(
  key: string | Readonly<Record<string, unknown>>,
  { kinds, keys }: { kinds: Readonly<Record<string, PropertyKind>>; keys: Readonly<Record<string, readonly string[]>> },
): string {
  if (typeof key === 'string') return writeLiteral(key, 'guid');
  const names = Object.keys(key).sort();
  const known = Object.values(keys).some((properties) => [...properties].sort().join() === names.join());
  if (!known) throw new RangeError(`${names.join(', ') || 'nothing'} is no key: it is an id, or ${keysText(keys)}`);
  return encodeURIComponent(names.map((name) => writeKeyValue(name, key[name], kinds[name])).join(','));
}

const keysText = (keys: Readonly<Record<string, readonly string[]>>): string =>
  Object.values(keys)
    .map((properties) => `{${properties.join(', ')}}`)
    .join(' or ') || 'nothing else';
