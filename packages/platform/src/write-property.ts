// PUT and DELETE of a part of a record, `/deals(ID)/name` and its `$value` (OData 4.01 Part 1, 11.4.9): changes of the one property,
// judged like any change of the record.
import { type EntityType, exactJsonText, type Property, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { answerUpdate } from './modify.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { parseFormat, requireJson, requireText } from './request/headers.ts';
import { parseObject } from './request/json-object.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { contextUrl, header, noContent } from './shape.ts';

export interface PropertyOfRecord {
  readonly entity: EntityType;
  readonly id: string;
  readonly property: Property;
  /** `$value`: the value alone, as text. */
  readonly raw: boolean;
}

const FORMAT_ONLY = new Set<keyof QueryOptions>(['format']);
const NO_OPTIONS = new Set<keyof QueryOptions>();

/** `{"value": ...}`, or the value as text: 204, or 200 with what the property is then on `Prefer: return=representation`. */
export async function setProperty(env: RequestEnvironment, resource: PropertyOfRecord): Promise<EngineResponse> {
  return write(env, resource, resource.raw ? rawValue(env, resource.property) : jsonValue(env));
}

/** The property becomes null, if it is allowed to: 204. */
export function clearProperty(env: RequestEnvironment, resource: PropertyOfRecord): Promise<EngineResponse> {
  return write(env, resource, null);
}

async function write(
  env: RequestEnvironment,
  { entity, id, property, raw }: PropertyOfRecord,
  value: unknown,
): Promise<EngineResponse> {
  const { request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, raw ? NO_OPTIONS : FORMAT_ONLY);
  const format = parseFormat(raw ? undefined : header(request, 'accept'), options.format);
  const { accept: _asked, ...others } = request.headers;
  const headers = raw ? others : request.headers;
  const query = options.format === undefined ? '' : `&$format=${encodeURIComponent(options.format)}`;
  const asked = { ...request, query: `$select=${property.name}${query}`, headers };
  const payload = { values: { [property.name]: value }, links: [] };
  const answer = await answerUpdate({ ...env, request: asked }, entity, id, payload);
  if (answer.body === null) return answer;
  const stored = (parseExactJson(answer.body) as Record<string, unknown>)[property.name];
  const { 'content-type': type = '', ...shared } = answer.headers;
  if (stored === null || stored === undefined) return noContent(request, shared);
  if (raw) {
    const plain = { ...shared, 'content-type': 'text/plain;charset=utf-8' };
    return { ...answer, headers: plain, body: String(stored) };
  }
  const context = contextUrl(request, format, `${entity.set}(${id})/${property.name}`);
  const start = context === null ? '' : `"@odata.context":${JSON.stringify(context)},`;
  return {
    ...answer,
    headers: { ...shared, 'content-type': type },
    body: `{${start}"value":${exactJsonText(stored)}}`,
  };
}

/** The one member of the body that is no annotation. */
function jsonValue({ request }: RequestEnvironment): unknown {
  requireJson(header(request, 'content-type'));
  const members = Object.entries(parseObject(request.body)).filter(([name]) => !name.startsWith('@'));
  const [[name, value] = [], ...others] = members;
  if (name === 'value' && others.length === 0) return value;
  const reason = 'an object with the value under it, and nothing else, is needed';
  throw new PlatformError('invalid_value', { name: 'value', reason }, { target: 'value' });
}

/** Numbers and times are read from text in any body; only true and false are told by their words here. */
function rawValue({ request }: RequestEnvironment, { name, type }: Property): unknown {
  requireText(header(request, 'content-type'));
  if (type.startsWith('Collection(') || type === 'Edm.Untyped')
    throw new PlatformError('bad_request', { reason: `${name} has no value that is a text` });
  const text = request.body ?? '';
  if (type !== 'Edm.Boolean') return text;
  return text === 'true' ? true : text === 'false' ? false : text;
}
