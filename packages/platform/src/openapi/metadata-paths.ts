// Paths below /metadata, as describe/metadata-routes.ts has them: for who may change documents, and absent for everybody else.
import { METADATA_ROUTES, PATH_PARAMETERS } from '../describe/metadata-routes.ts';
import type { Route } from '../describe/types.ts';
import { PUBLISH_METADATA } from '../plan/metadata-authorize.ts';
import { own } from './components.ts';
import type { Cause } from './error-responses.ts';
import { answer, empty, jsonBody, operation, PREFERENCE } from './operation.ts';
import { pageSchema, queryParameters } from './operation-paths.ts';
import { memberSchema, membersSchema, shapeSchema } from './shape-schema.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

/** Tag of all of them. */
export const METADATA_TAG = 'metadata';

export function metadataPaths(scope: OpenApiScope): Paths {
  const { principal } = scope;
  if (principal.kind !== 'system' && !principal.capabilities.has(PUBLISH_METADATA)) return {};
  const paths: Record<string, JsonObject> = {};
  for (const route of METADATA_ROUTES) {
    const path = route.path === '' ? '/metadata' : `/metadata/${route.path}`;
    const parameters = pathParameters(scope, route.path);
    paths[path] = {
      ...paths[path],
      ...(parameters.length === 0 ? {} : { parameters }),
      [route.method]: methodOf(scope, route),
    };
  }
  return paths;
}

function pathParameters(scope: OpenApiScope, path: string): readonly JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const member = PATH_PARAMETERS[name];
    if (member === undefined) throw new Error(`there is no parameter ${name}`);
    const { description = name, examples: _examples, ...schema } = memberSchema(scope, member) as JsonObject;
    return { name, in: 'path', required: true, description, schema };
  });
}

function methodOf(scope: OpenApiScope, route: Route): JsonObject {
  const { method, body, query = {}, returns, tagged, errors = [] } = route;
  const reads = method === 'get';
  const isList = returns?.collection === true;
  const causes: readonly Cause[] = ['route', 'options', 'format', ...(isList ? PAGES : []), ...(reads ? [] : EDIT)];
  return operation(scope, {
    id: `metadata.${route.id}`,
    tag: METADATA_TAG,
    summary: route.summary,
    description: route.description,
    options: isList ? ['top', 'skiptoken', 'format'] : ['format'],
    headers: [
      ...(isList ? (['prefer'] as const) : []),
      ...(tagged === true && method !== 'post' ? ([reads ? 'if_none_match' : 'if_match'] as const) : []),
    ],
    parameters: queryParameters(scope, { parameters: query }),
    ...(body === undefined ? {} : { body: jsonBody(bodySchema(scope, route), 'The request', isNeeded(body)) }),
    answers: answersOf(scope, route),
    causes,
    codes: [...errors, ...(tagged === true && !reads && method !== 'post' ? TAGS : [])],
  });
}

const PAGES = ['pages'] as const;
const EDIT = ['edit'] as const;
const TAGS = ['precondition_failed', 'invalid_if_match'] as const;
const ETAG = { ETag: 'Version, for If-Match and If-None-Match' } as const;

function isNeeded(body: NonNullable<Route['body']>): boolean {
  return typeof body === 'string' || Object.values(body).some(({ optional }) => optional !== true);
}

function bodySchema(scope: OpenApiScope, { id, body = {} }: Route): JsonObject {
  if (typeof body === 'string') return shapeSchema(scope, body);
  return scope.components.same('schemas', own(`metadata_${id}`), {
    ...membersSchema(scope, body),
    additionalProperties: false,
  });
}

function answersOf(scope: OpenApiScope, { method, returns, creates, tagged }: Route): JsonObject {
  const headers = tagged === true ? ETAG : {};
  const known = tagged === true && method === 'get';
  const unchanged: JsonObject = known
    ? { '304': empty(scope, { description: 'The client has it already', headers }) }
    : {};
  if (returns === null) return { '204': empty(scope, { description: 'Done', headers }) };
  if (returns.collection === true)
    return { '200': answer(scope, pageSchema(scope, returns.shape), { description: 'A page', headers: PREFERENCE }) };
  const schema = shapeSchema(scope, returns.shape);
  if (creates !== true) return { '200': answer(scope, schema, { description: 'The answer', headers }), ...unchanged };
  const location = { Location: 'URL of what was made' };
  return { '201': answer(scope, schema, { description: 'Made', headers: { ...headers, ...location } }) };
}
