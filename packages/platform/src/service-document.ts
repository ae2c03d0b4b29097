// The service document (OData 4.01 JSON, 5): the entity sets the caller may read.
import type { RequestEnvironment } from './pipeline.ts';
import type { EngineResponse } from './platform-types.ts';
import { parseFormat } from './request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { header, jsonHeaders } from './shape.ts';

const OPTIONS = new Set<keyof QueryOptions>(['format']);

/** GET of the root. Throws the errors of Accept, $format and of options that do not apply. */
export function serviceDocument(env: RequestEnvironment): EngineResponse {
  const { model, principal, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const sets = [...model.sets.values()].filter((entity) => principal.access(entity.name, 'read').granted);
  // Relative URLs stand on the context URL: without one they are absolute.
  const bare = format.metadata === 'none';
  const root = bare ? `${request.baseUrl}/` : '';
  const value = sets.map((entity) => ({ name: entity.set, kind: 'EntitySet', url: root + entity.set }));
  const context = bare ? {} : { '@odata.context': `${request.baseUrl}/$metadata` };
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  return { status: 200, headers, body: JSON.stringify({ ...context, value }) };
}
