// What stands between the parentheses of a record's URL: its id, or the values of an alternate key (OData 4.01 URL Conventions,
// 4.3.1). Values are judged where they are compared.
import { type EntityType, type Key, type Property, parseExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';

/** How a URL names one record. With `alternate`, `id` is empty until the record is found by it. */
export interface RecordKey {
  readonly id: string;
  readonly alternate?: AlternateKey;
}

export interface AlternateKey {
  readonly key: Key;
  /** What the record has to fulfil, as a filter: `external_id eq 'A-1'`. */
  readonly filter: string;
  /** The same as values of a payload, by property. */
  readonly values: Readonly<Record<string, unknown>>;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** One `name=value` and what follows it: a value is a text in quotes, or has none of the characters that end it. */
const PAIR = /^\s*([A-Za-z_]\w*)\s*=\s*('(?:[^']|'')*'|[^'(),=\s]+)\s*(?:,(?=.)|$)/;

/** A string that has the form of a value may stand for it (OData 4.01 Part 1, 13.2.1). */
function unquoted(text: string): string {
  return /^'([^']*)'$/.exec(text)?.[1] ?? text;
}

/** `GUID`, `'GUID'`, `id=GUID`, `external_id='A-1'`, `branch='A',number=7`. Throws invalid_key. */
export function parseRecordKey(text: string, entity: EntityType): RecordKey {
  const value = unquoted(text.startsWith('id=') ? text.slice(3) : text);
  if (GUID.test(value)) return { id: value.toLowerCase() };
  const pairs = new Map<string, string>();
  const values: Record<string, unknown> = {};
  for (let rest = text; rest !== ''; ) {
    const [all, name, literal] = PAIR.exec(rest) ?? [];
    if (all === undefined || name === undefined || literal === undefined || pairs.has(name)) throw invalidKey(text);
    values[name] = literalValue(literal, entity.properties.get(name)) ?? refuse(text);
    pairs.set(name, literal);
    rest = rest.slice(all.length);
  }
  const key = [...entity.keys.values()].find(
    ({ properties }) => properties.length === pairs.size && properties.every((name) => pairs.has(name)),
  );
  if (key === undefined) throw invalidKey(text);
  // In the order of the key, whatever that of the URL: what is asked for is the same.
  const filter = key.properties.map((name) => `${name} eq ${pairs.get(name)}`).join(' and ');
  return { id: '', alternate: { key, filter, values } };
}

/** The value of a literal; null for what is none, or none of the property, and for null itself, which no key finds. */
function literalValue(text: string, property: Property | undefined): string | boolean | null {
  const parsed = parseExpression(text);
  if (!parsed.ok || parsed.expression.kind !== 'literal') return null;
  const { type, value } = parsed.expression;
  // A string stands for a value of any type (above), but nothing else for a string.
  if (property?.type === 'Edm.String') return type === 'string' ? value : null;
  if (property?.type === 'Edm.Boolean') return typeof value === 'string' ? (BOOLEANS.get(value) ?? null) : value;
  return value;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

function refuse(key: string): never {
  throw invalidKey(key);
}

export function invalidKey(key: string): PlatformError {
  return new PlatformError('invalid_key', { key });
}
