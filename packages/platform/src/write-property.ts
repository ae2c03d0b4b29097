// PUT and DELETE of one property, `/deals(ID)/amount` (OData 4.01 Part 1, 11.4.9): an update of the record in that property alone, with
// everything that an update goes through. How it is read is in read-part.ts.
import type { EntityType, Property } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { readProperty } from './read-part.ts';
import { parseIfMatch, parsePrefer, requireJson } from './request/headers.ts';
import { parseObject } from './request/payload.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { header, noContent } from './shape.ts';
import { executeWrite } from './write/execute.ts';

interface PropertyOfRecord {
  readonly entity: EntityType;
  readonly id: string;
  readonly property: Property;
  readonly raw: boolean;
}

const FORMAT_ONLY = new Set<keyof QueryOptions>(['format']);

/** PUT with `{"value": ...}`: 204, or 200 with the property on `Prefer: return=representation`. */
export async function setProperty(env: RequestEnvironment, resource: PropertyOfRecord): Promise<EngineResponse> {
  refuseRaw(resource, 'PUT');
  requireJson(header(env.request, 'content-type'));
  return writeProperty(env, resource, valueIn(env.request.body));
}

/** DELETE: the property becomes null, if it may be. 204. */
export async function clearProperty(env: RequestEnvironment, resource: PropertyOfRecord): Promise<EngineResponse> {
  refuseRaw(resource, 'DELETE');
  return writeProperty(env, resource, null);
}

/** A value without anything around it could be of any media type. */
function refuseRaw({ property, raw }: PropertyOfRecord, method: string): void {
  if (raw) throw new PlatformError('not_supported', { what: `${method} of ${property.name}/$value` });
}

/** The one member of the body that is no control information. Throws the errors of a body, invalid_value. */
function valueIn(body: string | null): unknown {
  const members = Object.entries(parseObject(body)).filter(([name]) => !/^@(odata\.)?(context|type)$/.test(name));
  const [[name, value] = [], ...others] = members;
  if (name === 'value' && others.length === 0) return value;
  const reason = 'an object with the value under it, and nothing else, is needed';
  throw new PlatformError('invalid_value', { name: 'value', reason }, { target: 'value' });
}

async function writeProperty(
  env: RequestEnvironment,
  resource: PropertyOfRecord,
  value: unknown,
): Promise<EngineResponse> {
  const { model, principal, database, hooks, request } = env;
  const { entity, id, property } = resource;
  allowOptions(parseQueryOptions(request.query), FORMAT_ONLY);
  if (header(request, 'if-none-match') !== undefined)
    throw new PlatformError('not_supported', { what: 'If-None-Match on a property' }, { target: 'If-None-Match' });
  const { version } = await executeWrite(
    { model, database, hooks, request },
    {
      operation: 'update',
      entity,
      id,
      principal,
      client: request.client,
      values: { [property.name]: value },
      ifMatch: parseIfMatch(header(request, 'if-match')),
      representation: null,
    },
  );
  const preferred = parsePrefer(header(request, 'prefer')).return;
  const headers: Record<string, string> = { etag: `W/"${version}"` };
  const shown = preferred === 'representation' && principal.access(entity.name, 'read').granted;
  if (shown || preferred === 'minimal') headers['preference-applied'] = `return=${preferred}`;
  if (!shown) return noContent(request, headers);
  const answer = await readProperty({ model, principal, executor: database, request }, resource);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
