// The body of a write becomes values by property: JSON parsed exactly, control information set aside, references by
// @odata.bind turned into lookup values. Values themselves are judged by validation, not here.
import { type EntityType, ExactNumber, type Model, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { targetOf } from '../plan/read.ts';
import { memberNames } from './member-names.ts';
import { parseResource, type Resource } from './resource.ts';

const BIND = /^([^@]+)@(?:odata\.)?bind$/;

/**
 * Payload of a create or update. Annotations a client may send along (`@odata.etag`, `@odata.type` ...) carry no data and
 * are left out, as OData JSON 4.01 (4.5) has it. Throws malformed_json, body_not_object, bad_request (a name twice),
 * invalid_value (a reference twice), unknown_property, not_supported (deep insert).
 */
export function parsePayload(body: string | null, entity: EntityType, model: Model): Record<string, unknown> {
  const parsed = parseObject(body);
  const values: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(parsed)) {
    if (!key.includes('@')) {
      if (entity.navigations.has(key)) {
        assignReference(values, entity, model, key, key, linkedUrl(key, value));
        continue;
      }
      if (key in values) throw givenTwice(key);
      values[key] = value;
      continue;
    }
    const bound = BIND.exec(key)?.[1];
    if (bound !== undefined) assignReference(values, entity, model, bound, key, value);
    else if (
      !/^[^@]*@(?:odata\.)?(context|id|etag|type|editLink|readLink|metadataEtag|associationLink|navigationLink)$/i.test(
        key,
      )
    ) {
      throw new PlatformError('unknown_property', { name: key, entity: entity.name }, { target: key });
    }
  }
  return values;
}

/** A JSON object whose members all have names of their own. Throws malformed_json, body_not_object, bad_request. */
export function parseObject(body: string | null): Record<string, unknown> {
  const text = body ?? '';
  let parsed: unknown;
  try {
    parsed = parseExactJson(text);
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || parsed instanceof ExactNumber)
    throw new PlatformError('body_not_object');
  refuseRepeatedNames(text, parsed);
  return parsed as Record<string, unknown>;
}

/** JSON.parse keeps the last of several members of one name; which of them was meant is not ours to guess. */
function refuseRepeatedNames(text: string, parsed: object): void {
  const names = memberNames(text);
  if (names.length === Object.keys(parsed).length) return;
  const repeated = names.find((name, index) => names.indexOf(name) < index) ?? '';
  throw new PlatformError('bad_request', { reason: 'the body has a member twice' }, { target: repeated });
}

function givenTwice(key: string): PlatformError {
  return new PlatformError('invalid_value', { name: key, reason: 'the reference is given twice' }, { target: key });
}

/** `"company@odata.bind": "companies(ID)"`, relative, with a leading slash, or absolute (the part after the root counts). */
function assignReference(
  values: Record<string, unknown>,
  entity: EntityType,
  model: Model,
  name: string,
  key: string,
  value: unknown,
): void {
  const navigation = entity.navigations.get(name);
  if (navigation === undefined)
    throw new PlatformError('unknown_property', { name, entity: entity.name }, { target: key });
  if (navigation.collection)
    throw new PlatformError('not_supported', { what: 'Binding a collection' }, { target: key });
  if (value !== null && typeof value !== 'string') {
    throw new PlatformError(
      'invalid_value',
      { name: key, reason: 'a URL of a record or null is needed' },
      { target: key },
    );
  }
  const { property, discriminator } = navigation;
  const names = discriminator === undefined ? [property] : [property, discriminator.property];
  if (names.some((each) => each in values)) throw givenTwice(key);
  values[property] = value === null ? null : boundId(value, targetOf(model, navigation), model, key);
  if (discriminator !== undefined) values[discriminator.property] = value === null ? null : discriminator.value;
}

/** `"company": {"@id": "companies(ID)"}` or null: a reference as OData 4.01 has it. Anything else would be a new record. */
function linkedUrl(key: string, value: unknown): unknown {
  if (value === null) return null;
  const [[name, url] = [], ...others] = typeof value === 'object' ? Object.entries(value) : [];
  if (others.length === 0 && (name === '@id' || name === '@odata.id')) return url ?? undefined;
  throw new PlatformError('not_supported', { what: 'Deep insert' }, { target: key });
}

function boundId(url: string, target: EntityType, model: Model, key: string): string {
  const resource = resourceOf(url, model);
  if (resource?.kind === 'record' && resource.entity === target) return resource.id;
  throw new PlatformError(
    'invalid_value',
    { name: key, reason: `a URL of one of ${target.set} is needed` },
    { target: key },
  );
}

/** Undefined for a URL that names nothing: in a body that is a bad value, not a missing resource. */
function resourceOf(url: string, model: Model): Resource | undefined {
  const root = url.indexOf('/api/v1/');
  try {
    return parseResource(root < 0 ? url : url.slice(root + '/api/v1'.length), model);
  } catch (error) {
    if (error instanceof PlatformError) return undefined;
    throw error;
  }
}
