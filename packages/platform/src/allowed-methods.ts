// Which of its methods a resource has: the header Allow of every 405, and of what OPTIONS answers (RFC 9110, 15.5.6 and 9.3.7). It is
// told by the form of the URL alone: no record is looked for, and no right is judged.
import { PlatformError } from './errors.ts';
import { hasOperation } from './operations.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { responseVersion } from './request/headers.ts';
import type { Resource } from './request/resource.ts';
import { header } from './shape.ts';

/** The methods of a resource, of those that its kind has. Throws unknown_resource for the name of no operation. */
export function allowedMethods(resource: Resource, ofKind: readonly string[]): readonly string[] {
  if (resource.kind === 'operation') {
    const { entity, name } = resource;
    if (!hasOperation(entity, name)) throw new PlatformError('unknown_resource', { name }, { target: name });
    return ofKind;
  }
  if (resource.kind === 'extension' || resource.kind === 'unbound_extension')
    return [resource.definition.kind === 'action' ? 'POST' : 'GET'];
  // What is in the recycle bin is read, and written when it is back.
  if ('entity' in resource && resource.entity?.records === 'deleted') return ['GET'];
  // A member that is named is there or is taken out; adding and replacing are of the collection.
  if (resource.kind === 'references' && resource.other !== null) return ['GET', 'DELETE'];
  return ofKind;
}

/**
 * 204 with the methods in Allow, in place of the error that OPTIONS is not among those that do something; throws all others. Nothing
 * is told to pages of other origins, which may not call the service.
 */
export async function toldMethods(request: EngineRequest, refused: Promise<EngineResponse>): Promise<EngineResponse> {
  try {
    return await refused;
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'method_not_allowed') throw error;
    const version = responseVersion(header(request, 'odata-maxversion'));
    return { status: 204, headers: { ...error.headers, 'odata-version': version }, body: null };
  }
}
