// Records that bodies name by URLs: in `@odata.bind`, and in objects with control information only. They are named here, and found
// elsewhere.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { RecordKey } from './record-key.ts';
import { parseResource, type Resource } from './resource.ts';

/** Annotations that a client may send along: they carry no data. */
export const ANNOTATION =
  /^[^@]*@(?:odata\.)?(context|id|etag|type|editLink|readLink|metadataEtag|associationLink|navigationLink)$/i;
const REFERENCE = /^@(?:odata\.)?id$/;

/** `{"@id": "companies(ID)"}`: an object with control information only, the URL of a record in it. */
export function isReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return names.some((name) => REFERENCE.test(name)) && names.every((name) => ANNOTATION.test(name));
}

/** Its URL. Throws invalid_value. */
export function urlOf(value: unknown, place: string): string {
  const [, url] = Object.entries(value as object).find(([name]) => REFERENCE.test(name)) ?? [];
  if (typeof url === 'string') return url;
  throw new PlatformError('invalid_value', { name: place, reason: 'a URL of a record is needed' }, { target: place });
}

/** How a URL names a record of `target`. Throws invalid_value about `key`. */
export function boundRecord(url: string, target: EntityType, model: Model, key: string): RecordKey {
  const resource = resourceOf(url, model);
  if (resource?.kind === 'record' && resource.entity === target && resource.via === undefined) return resource;
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
