// `/$entity?$id=companies(ID)` (OData 4.01 Part 2, 4.16): a record is asked for by its entity-id, which is its URL. The request becomes
// one for that record before anything else reads it.
import type { Model } from '@kartoteka/metadata';
import { methodNotAllowed, PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { decode, limitLength } from './query-options.ts';
import { parseResource } from './resource.ts';

const PATH = '/$entity';
const NAME = '$id';

/** The request for the record, if it is one by an entity-id. Throws method_not_allowed, duplicate_option, invalid_option. */
export function withEntityId(request: EngineRequest, model: Model): EngineRequest {
  if (request.path !== PATH) return request;
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, ['GET']);
  limitLength(request.query);
  const parts = request.query.split('&');
  const [named, again] = parts.filter((part) => /^(?:\$|%24)?id=/i.test(part));
  if (again !== undefined) throw new PlatformError('duplicate_option', { name: NAME }, { target: NAME });
  const path = pathOf(decode(named?.slice(named.indexOf('=') + 1) ?? ''), request.baseUrl);
  if (!namesRecord(path, model)) {
    const reason = 'the URL of a record is needed, relative to the service or absolute';
    throw new PlatformError('invalid_option', { name: NAME, reason }, { target: NAME });
  }
  return { ...request, path, query: parts.filter((part) => part !== named).join('&') };
}

/** Below the root of the service. */
function pathOf(id: string, baseUrl: string): string {
  const { pathname } = new URL(baseUrl);
  for (const root of [`${baseUrl}/`, `${pathname}/`]) if (id.startsWith(root)) return id.slice(root.length - 1);
  return id.startsWith('/') ? id : `/${id}`;
}

function namesRecord(path: string, model: Model): boolean {
  try {
    const resource = parseResource(path, model);
    return resource.kind === 'record' && resource.via === undefined;
  } catch (error) {
    if (error instanceof PlatformError) return false;
    throw error;
  }
}
