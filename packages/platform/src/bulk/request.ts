// The body of a bulk request: its members checked, every record parsed as the body of a single write would be. What is wrong
// with one record is that record's; what is wrong with the envelope refuses the request before anything is done.
import { setImmediate } from 'node:timers/promises';
import type { EntityType, Model } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import { arrayElements } from '../request/array-elements.ts';
import { parseObject } from '../request/json-object.ts';
import { type Payload, parsePayload } from '../request/payload.ts';

/** Records in one request. */
export const MOST_RECORDS = 10_000;

/** UTF-16 units of a record's JSON: as much as a request for one record may have. */
export const LONGEST_RECORD = 1_048_576;

/** Records parsed in one go. */
const RECORDS_AT_ONCE = 500;

export type BulkMode = 'create' | 'update' | 'upsert';

export interface BulkRequest {
  readonly mode: BulkMode;
  /** Properties by which existing records are found: those of an alternate key, or `id`. Empty when creating. */
  readonly key: readonly string[];
  readonly atomic: boolean;
  readonly dryRun: boolean;
  /** JSON text of each record. It is read when its turn comes (readRecord), so that not all of them are held at once. */
  readonly records: readonly string[];
}

/** Throws malformed_json, body_not_object, bad_request, limit_exceeded, validation_failed (every finding of the envelope). */
export async function parseBulkRequest(body: string | null, entity: EntityType): Promise<BulkRequest> {
  const { envelope, elements } = recordTexts(body ?? '');
  if (elements !== null && elements.length > MOST_RECORDS) {
    const values = { limit: 'records in one request', value: String(MOST_RECORDS) };
    throw new PlatformError('limit_exceeded', values, { target: 'records' });
  }
  const members = parseObject(envelope);
  const details: ErrorDetail[] = [];
  const mode = memberOf(members, details, 'mode', isMode, 'create', 'create, update or upsert is needed');
  const atomic = memberOf(members, details, 'atomic', isBoolean, false, 'true or false is needed');
  const dryRun = memberOf(members, details, 'dry_run', isBoolean, false, 'true or false is needed');
  const key = keyProperties(members, details, entity, mode);
  if (elements === null) details.push(invalid('records', 'an array of records is needed'));
  for (const name of Object.keys(members)) {
    if (!MEMBERS.has(name)) details.push(errorDetail('unknown_property', { name, entity: 'the operation' }, name));
  }
  if (elements === null || details.length > 0) throw new PlatformError('validation_failed', {}, { details });
  await requireJsonTexts(elements);
  return { mode, key, atomic, dryRun, records: elements };
}

const MEMBERS: ReadonlySet<string> = new Set(['records', 'mode', 'key', 'atomic', 'dry_run']);

function recordTexts(body: string): ReturnType<typeof arrayElements> {
  try {
    return arrayElements(body, 'records', MOST_RECORDS);
  } catch {
    throw new PlatformError('malformed_json');
  }
}

/** One text that is no JSON makes the whole body none: nothing may have been done when that is found out. */
async function requireJsonTexts(texts: readonly string[]): Promise<void> {
  for (const [at, text] of texts.entries()) {
    try {
      if (text.length <= LONGEST_RECORD) JSON.parse(text);
    } catch {
      throw new PlatformError('malformed_json');
    }
    // Other requests are served in between.
    if (at % RECORDS_AT_ONCE === 0) await setImmediate();
  }
}

/** The payload of a record. Throws limit_exceeded and what parsePayload throws. */
export function readRecord(text: string, entity: EntityType, model: Model): Payload {
  if (text.length <= LONGEST_RECORD) return parsePayload(text, entity, model);
  throw new PlatformError('limit_exceeded', { limit: 'characters of one record', value: String(LONGEST_RECORD) });
}

function memberOf<T>(
  members: Readonly<Record<string, unknown>>,
  details: ErrorDetail[],
  name: string,
  fits: (value: unknown) => value is T,
  byDefault: T,
  reason: string,
): T {
  const value = members[name];
  if (value === undefined) return byDefault;
  if (fits(value)) return value;
  details.push(invalid(name, reason));
  return byDefault;
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isMode = (value: unknown): value is BulkMode =>
  typeof value === 'string' && ['create', 'update', 'upsert'].includes(value);

function keyProperties(
  members: Readonly<Record<string, unknown>>,
  details: ErrorDetail[],
  entity: EntityType,
  mode: BulkMode,
): readonly string[] {
  const { key } = members;
  if (mode === 'create') {
    if (key !== undefined) details.push(invalid('key', 'records that are created are not found by a key'));
    return [];
  }
  if (key === undefined || key === 'id') return ['id'];
  const known = typeof key === 'string' ? entity.keys.get(key) : undefined;
  if (known !== undefined) return known.properties;
  details.push(
    invalid('key', `id or an alternate key is needed: ${[...entity.keys.keys()].join(', ') || 'there is none'}`),
  );
  return [];
}

function invalid(name: string, reason: string): ErrorDetail {
  return errorDetail('invalid_value', { name, reason }, name);
}
