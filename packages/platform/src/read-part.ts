// GET of a part of a record: one property, its value alone, or the record that a lookup leads to (OData 4.01 Part 1, 11.2.4 and
// 11.2.7). All are reads of records under the caller's rights; only what is shown of them differs.
import { type EntityType, exactJsonText, type Navigation, type Property, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { targetOf } from './plan/read.ts';
import type { EngineResponse } from './platform-types.ts';
import { readRecord } from './read.ts';
import { parseFormat, responseVersion } from './request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import type { ReadEnvironment } from './run-read.ts';
import { contextUrl, header, jsonHeaders, noContent } from './shape.ts';

const FORMAT_ONLY = new Set<keyof QueryOptions>(['format']);
const NO_OPTIONS = new Set<keyof QueryOptions>();

interface PropertyOfRecord {
  readonly entity: EntityType;
  readonly id: string;
  readonly property: Property;
  readonly raw: boolean;
}

/** 200 with `{"value": ...}`, or the value as text; 204 for null. Throws what reading the record and the property throws. */
export async function readProperty(env: ReadEnvironment, resource: PropertyOfRecord): Promise<EngineResponse> {
  const { entity, id, property, raw } = resource;
  const { request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, raw ? NO_OPTIONS : FORMAT_ONLY);
  const format = parseFormat(raw ? undefined : header(request, 'accept'), options.format);
  const values = await readValues(env, entity, id, [property.name], format.ieee754);
  const value = values[property.name];
  if (value === null) return noContent(request, {});
  if (!raw) {
    const context = contextUrl(request, format, `${entity.set}(${id})/${property.name}`);
    const start = context === null ? '' : `"@odata.context":${JSON.stringify(context)},`;
    const headers = jsonHeaders(request, format.metadata, format.ieee754);
    return { status: 200, headers, body: `{${start}"value":${exactJsonText(value)}}` };
  }
  if (property.type.startsWith('Collection(') || property.type === 'Edm.Untyped') {
    throw new PlatformError('bad_request', { reason: `${property.name} has no value that is a text` });
  }
  const version = responseVersion(header(request, 'odata-maxversion'));
  const headers = { 'content-type': 'text/plain;charset=utf-8', 'odata-version': version };
  return { status: 200, headers, body: String(value) };
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** 200 with the record, under the options of a record; 204 where the lookup is empty or leads to a hidden record. */
export async function readTarget(
  env: ReadEnvironment,
  { entity, id, navigation }: { readonly entity: EntityType; readonly id: string; readonly navigation: Navigation },
): Promise<EngineResponse> {
  const target = await targetId(env, entity, id, navigation);
  try {
    // What may not be asked for is refused also where there is nothing to be read.
    const answer = await readRecord(env, targetOf(env.model, navigation), target ?? NOBODY);
    return target === null ? noContent(env.request, {}) : answer;
  } catch (error) {
    // As an expanded lookup is null then.
    if (error instanceof PlatformError && error.code === 'not_found') return noContent(env.request, {});
    throw error;
  }
}

/** 200 with the URL of the record that a lookup leads to, whether or not it can be read; 204 where there is none. */
export async function readReference(
  env: ReadEnvironment,
  { entity, id, navigation }: { readonly entity: EntityType; readonly id: string; readonly navigation: Navigation },
): Promise<EngineResponse> {
  const { request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, FORMAT_ONLY);
  const format = parseFormat(header(request, 'accept'), options.format);
  const target = await targetId(env, entity, id, navigation);
  if (target === null) return noContent(request, {});
  const context = contextUrl(request, format, '$ref');
  const url = `${request.baseUrl}/${targetOf(env.model, navigation).set}(${target})`;
  const body = { ...(context === null ? {} : { '@odata.context': context }), '@odata.id': url };
  return { status: 200, headers: jsonHeaders(request, format.metadata, format.ieee754), body: JSON.stringify(body) };
}

/** Throws not_found unless the record can be read. */
export async function requireReadable(env: ReadEnvironment, entity: EntityType, id: string): Promise<void> {
  await readValues(env, entity, id, ['id'], false);
}

/** The id that a to-one navigation leads to. Throws not_found, secured_property. */
export async function targetId(
  env: ReadEnvironment,
  entity: EntityType,
  id: string,
  { property, discriminator }: Navigation,
): Promise<string | null> {
  const names = discriminator === undefined ? [property] : [property, discriminator.property];
  const values = await readValues(env, entity, id, names, false);
  if (discriminator !== undefined && values[discriminator.property] !== discriminator.value) return null;
  const target = values[property];
  return typeof target === 'string' ? target : null;
}

/** Some properties of one record, read like any record; with `ieee754` large numbers as texts. */
export async function readValues(
  env: ReadEnvironment,
  entity: EntityType,
  id: string,
  names: readonly string[],
  ieee754: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const accept = `application/json;odata.metadata=none${ieee754 ? ';IEEE754Compatible=true' : ''}`;
  const request = { ...env.request, query: `$select=${names.join(',')}`, headers: { accept } };
  const { body } = await readRecord({ ...env, request }, entity, id);
  return parseExactJson(body ?? '{}') as Record<string, unknown>;
}
