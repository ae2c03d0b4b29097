// The body of a write becomes values by property: JSON parsed exactly, control information set aside, references by
// @odata.bind turned into lookup values. Values themselves are judged by validation, not here.
import { type EntityType, ExactNumber, type Model, type Navigation, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { planLink } from '../plan/link.ts';
import { targetOf } from '../plan/read.ts';
import type { LinkChange } from '../write/request.ts';
import { memberNames } from './member-names.ts';
import { parseResource, type Resource } from './resource.ts';

const BIND = /^([^@]+)@(?:odata\.)?bind$/;

/** What a body says: values by property, and records to be linked. */
export interface Payload {
  readonly values: Record<string, unknown>;
  readonly links: readonly LinkChange[];
}

/** Records that one member of a body links. */
const MOST_LINKS = 1_000;

/**
 * Payload of a create or update. Annotations a client may send along (`@odata.etag`, `@odata.type` ...) carry no data and
 * are left out, as OData JSON 4.01 (4.5) has it. Throws malformed_json, body_not_object, bad_request (a name twice),
 * invalid_value (a reference twice), unknown_property, not_supported (deep insert).
 */
export function parsePayload(body: string | null, entity: EntityType, model: Model): Payload {
  const parsed = parseObject(body);
  const values: Record<string, unknown> = Object.create(null);
  const links: LinkChange[] = [];
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
    const collection = bound === undefined ? undefined : collectionNamed(entity, bound);
    if (collection !== undefined) links.push(parseLinks(entity, model, collection, key, value));
    else if (bound !== undefined) assignReference(values, entity, model, bound, key, value);
    else if (
      !/^[^@]*@(?:odata\.)?(context|id|etag|type|editLink|readLink|metadataEtag|associationLink|navigationLink)$/i.test(
        key,
      )
    ) {
      throw new PlatformError('unknown_property', { name: key, entity: entity.name }, { target: key });
    }
  }
  if (links.length > 0) refuseRepeatedLinks(links);
  return { values, links };
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

function collectionNamed(entity: EntityType, name: string): Navigation | undefined {
  const navigation = entity.navigations.get(name);
  return navigation?.collection ? navigation : undefined;
}

/** `"contacts@odata.bind": ["contacts(ID)", ...]`: records to be linked besides those that are. */
function parseLinks(entity: EntityType, model: Model, navigation: Navigation, key: string, value: unknown): LinkChange {
  const { target } = planLink(model, entity, navigation, key);
  if (!Array.isArray(value) || !value.every((url) => typeof url === 'string'))
    throw new PlatformError('invalid_value', { name: key, reason: 'a list of URLs is needed' }, { target: key });
  if (value.length > MOST_LINKS) {
    const values = { limit: 'records linked at once', value: String(MOST_LINKS) };
    throw new PlatformError('limit_exceeded', values, { target: key });
  }
  const placeOf = (place: number): string => `${key}/${place}`;
  const ids = value.map((url: string, place) => boundId(url, target, model, placeOf(place)));
  return { navigation, ids, placeOf };
}

/** `contacts@odata.bind` beside `contacts@bind`. */
function refuseRepeatedLinks(links: readonly LinkChange[]): void {
  const names = links.map(({ navigation }) => navigation.name);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw givenTwice(`${repeated}@odata.bind`);
}

/** The id that a URL of a record of `target` names. Throws invalid_value about `key`. */
export function boundId(url: string, target: EntityType, model: Model, key: string): string {
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
