// Prints the plan of a request for the golden files: the planner's own nodes, with entities and properties by name.
import {
  type EntityType,
  type Model,
  parseExactJson,
  printExpression,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '@kartoteka/platform';
import {
  decodeSkipToken,
  pageOf,
  parsePrefer,
  parseQueryOptions,
  parseResource,
  planList,
  planSelection,
  planWrite,
  targetTypes,
  tokenShape,
} from '@kartoteka/platform/test-kit';

/** The plan as indented JSON, or the error that planning answers. */
export function describePlan(
  model: Model,
  method: string,
  path: string,
  body: string | undefined,
  prefer: string | undefined,
): string {
  try {
    return JSON.stringify(plan(model, method, path, body, prefer), byName, 1);
  } catch (error) {
    if (error instanceof PlatformError) return `(${error.code}: ${error.message})`;
    throw error;
  }
}

function plan(
  model: Model,
  method: string,
  path: string,
  body: string | undefined,
  prefer: string | undefined,
): unknown {
  const [route = '', query = ''] = path.split('?');
  const resource = parseResource(route, model);
  if (!('entity' in resource) || resource.entity === null) return resource;
  const options = parseQueryOptions(query);
  if (method === 'DELETE') return { operation: 'delete', entity: resource.entity };
  if (method !== 'GET') return writePlan(model, resource.entity, method, body ?? '{}');
  if (resource.kind === 'record') return { kind: 'record', select: planSelection(model, resource.entity, options) };
  if (resource.kind === 'related') {
    const target = model.entities.get(resource.navigation.target) as EntityType;
    return planList(model, target, options, pageOf(options, parsePrefer(prefer).maxPageSize), null, resource);
  }
  const { skiptoken } = options;
  const after = skiptoken === undefined ? null : decodeSkipToken(tokenShape(resource.entity.set, options), skiptoken);
  return planList(model, resource.entity, options, pageOf(options, parsePrefer(prefer).maxPageSize), after);
}

function writePlan(model: Model, entity: EntityType, method: string, body: string): unknown {
  const values = parseExactJson(body) as Record<string, string | null>;
  const names = Object.keys(values).filter((name) => entity.properties.has(name));
  const operation = method === 'POST' ? 'create' : 'update';
  return planWrite(model, entity, operation, new Set(names), false, targetTypes(entity, values));
}

/** Model objects by name: a plan points to them, it does not contain them. */
function byName(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || key === '' || key === 'path') return value;
  if ('properties' in value && 'navigations' in value && 'hash' in value) return `entity ${(value as EntityType).name}`;
  if ('column' in value && 'name' in value) return `property ${String(value.name)}`;
  if ('partner' in value && 'name' in value) return `navigation ${String(value.name)}`;
  if ('kind' in value && 'type' in value) return printExpression(value as TypedExpression);
  if ('document' in value && 'name' in value) return `field ${String(value.name)}`;
  return value;
}
