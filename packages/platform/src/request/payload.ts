// The body of a write becomes values by property: JSON parsed exactly, control information set aside, references by
// @odata.bind turned into lookup values. Values themselves are judged by validation, not here.
import { type EntityType, type Model, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { targetOf } from '../plan/read.ts';
import { parseResource } from './resource.ts';

const BIND = /^([^@]+)@(?:odata\.)?bind$/;

/**
 * Payload of a create or update. Annotations a client may send along (`@odata.etag`, `@odata.type` ...) carry no data and
 * are left out, as OData JSON 4.01 (4.5) has it. Throws malformed_json, body_not_object, not_supported (deep insert).
 */
export function parsePayload(body: string | null, entity: EntityType, model: Model): Record<string, unknown> {
  const parsed = parseObject(body);
  const values: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(parsed)) {
    if (!key.includes('@')) {
      if (entity.navigations.has(key))
        throw new PlatformError('not_supported', { what: 'Deep insert' }, { target: key });
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

/** A JSON object. Throws malformed_json, body_not_object. */
export function parseObject(body: string | null): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseExactJson(body ?? '');
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new PlatformError('body_not_object');
  return parsed as Record<string, unknown>;
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
  const property = navigation.property;
  if (property in values)
    throw new PlatformError('invalid_value', { name: key, reason: 'the reference is given twice' }, { target: key });
  values[property] = value === null ? null : boundId(value, targetOf(model, navigation), model, key);
}

function boundId(url: string, target: EntityType, model: Model, key: string): string {
  const root = url.indexOf('/api/v1/');
  const resource = parseResource(root < 0 ? url : url.slice(root + '/api/v1'.length), model);
  if (resource.kind === 'record' && resource.entity === target) return resource.id;
  throw new PlatformError(
    'invalid_value',
    { name: key, reason: `a URL of one of ${target.set} is needed` },
    { target: key },
  );
}
