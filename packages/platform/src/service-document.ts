// The service document (OData 4.01 JSON, 5): the entity sets the caller may read.
import type { EngineResponse } from './platform-types.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { jsonHeaders } from './shape.ts';

export function serviceDocument(env: RequestEnvironment): EngineResponse {
  const { model, principal, request } = env;
  const sets = [...model.sets.values()].filter((entity) => principal.access(entity.name, 'read').granted);
  const value = sets.map((entity) => ({ name: entity.set, kind: 'EntitySet', url: entity.set }));
  const body = JSON.stringify({ '@odata.context': `${request.baseUrl}/$metadata`, value });
  return { status: 200, headers: jsonHeaders(request, 'minimal', false), body };
}
