// A request from URL to answer, in one place: which pipeline serves which resource and method. It decides no rights.

import type { EntityType, Model } from '@kartoteka/metadata';
import { actOnMany } from './actions/run.ts';
import { allowedMethods, toldMethods } from './allowed-methods.ts';
import { readChanges } from './audit/changes.ts';
import { runBatch } from './batch/run.ts';
import { runBulk } from './bulk/run.ts';
import { clientModelAnswer } from './client-model/answer.ts';
import { createRelated } from './create-related.ts';
import { metadataDocument } from './csdl/answer.ts';
import { mapReadError } from './database-errors.ts';
import { mayTrack, readTracked } from './delta/tracked.ts';
import { methodNotAllowed, PlatformError } from './errors.ts';
import { explainAccess } from './explain/explain.ts';
import { withExplanation } from './explain/links.ts';
import { exportCollection, exportFormatOf } from './export/run.ts';
import { type Called, runExtension } from './extensions/run.ts';
import { findRecordId } from './find-record.ts';
import type { HookRegistry } from './hooks.ts';
import type { Jobs } from './jobs/types.ts';
import { jsonSchemasAnswer } from './json-schemas/answer.ts';
import { runRoute } from './metadata-api/routes.ts';
import { createRecord, deleteRecord } from './modify.ts';
import { openApiAnswer } from './openapi/answer.ts';
import type { OpenApiParts } from './openapi/types.ts';
import { runOperation, takesVersion } from './operations.ts';
import { targetOf } from './plan/read.ts';
import type { RecordRoom } from './plan/record-limit.ts';
import type { EngineRequest, EngineResponse, Log } from './platform-types.ts';
import { previewRoleChange } from './preview/run.ts';
import { readCollection, readCount, readRecord } from './read.ts';
import { readProperty, readReference, readTarget } from './read-part.ts';
import { readReferences } from './read-references.ts';
import { addReference, clearReference, removeReference, setReference } from './references.ts';
import { isRepeatable } from './repeat/header.ts';
import { repeated } from './repeat/run.ts';
import { withEntityId } from './request/entity-id.ts';
import { checkVersions, refuseUnservedHeaders } from './request/headers.ts';
import { withKeyAliases } from './request/key-aliases.ts';
import { type Named, parseResource, type Resource } from './request/resource.ts';
import { checkSchemaVersion, requirePresentVersion, takeSchemaVersion } from './schema-version/check.ts';
import type { Principal } from './security/types.ts';
import type { LimitedEvents } from './security-log/limited.ts';
import { readSecurityEvents } from './security-log/read.ts';
import { recordRefusal } from './security-log/refusals.ts';
import { serviceDocument } from './service-document.ts';
import { header } from './shape.ts';
import { readShares } from './shares/read.ts';
import type { Database } from './storage/types.ts';
import { readTimeline } from './timeline/read.ts';
import { patchRecord, putRecord } from './upsert.ts';
import { whoAmI } from './who-am-i.ts';
import { clearProperty, setProperty } from './write-property.ts';

/** The node around the engine, as far as a request that publishes needs it. */
export interface PublishingNode {
  readonly log: Log;
  /** Resolves once the node serves this revision, whose background steps it then looks after. */
  published(revision: number): Promise<void>;
  /** There may be steps to run again. */
  lookAfterSteps(): void;
}

/** What a request works with from entry to end: one Model, one principal. */
export interface RequestEnvironment {
  readonly model: Model;
  readonly principal: Principal;
  readonly database: Database;
  readonly hooks: HookRegistry;
  readonly request: EngineRequest;
  /** Where refusals are recorded. */
  readonly events: LimitedEvents;
  /** Absent: nothing can be published by a request. */
  readonly node?: PublishingNode;
  /** The job queue, for what operations ask of it; absent: there is none. */
  readonly jobs?: Pick<Jobs, 'within'>;
  /** What the OpenAPI document says beside what the engine knows; absent: nothing. */
  readonly openApi?: ((caller: Principal) => OpenApiParts) | undefined;
  /** Of the batch that the request is part of: what its reads may still answer. */
  readonly room?: RecordRoom | undefined;
}

type Handler<Kind extends Resource['kind']> = (
  env: RequestEnvironment,
  resource: Extract<Resource, { kind: Kind }>,
) => Promise<EngineResponse>;

/** Methods by kind of resource. What is not in the table is not allowed there. */
const HANDLERS: { readonly [Kind in Resource['kind']]: Readonly<Record<string, Handler<Kind>>> } = {
  service: { GET: async (env) => serviceDocument(env) },
  batch: { POST: (env) => runBatch(env, handleRequest) },
  metadata: { GET: metadataDocument },
  openapi: { GET: openApiAnswer },
  json_schemas: { GET: jsonSchemasAnswer },
  client_model: { GET: clientModelAnswer },
  preview_role_change: { POST: previewRoleChange },
  // Its routes have methods of their own.
  metadata_api: { GET: runRoute, POST: runRoute, PUT: runRoute, PATCH: runRoute, DELETE: runRoute, OPTIONS: runRoute },
  collection: {
    GET: (env, { entity }) => readOrExport(env, entity),
    POST: (env, { entity }) => createRecord(env, entity),
  },
  security_events: { GET: (env) => readSecurityEvents(readEnvironment(env)) },
  who_am_i: { GET: async (env) => whoAmI(env) },
  bulk: { POST: (env, { entity }) => runBulk(env, entity) },
  action: { POST: (env, resource) => actOnMany(env, resource) },
  deleted_collection: { GET: (env, { entity }) => readCollection(readEnvironment(env), entity) },
  deleted_count: { GET: (env, { entity }) => readCount(readEnvironment(env), entity) },
  deleted_record: { GET: (env, { entity, id }) => readRecord(readEnvironment(env), entity, id) },
  count: { GET: (env, { entity }) => readCount(readEnvironment(env), entity) },
  explain: { GET: (env, { entity, id, principalId }) => explainAccess(env, entity, id, principalId) },
  changes: { GET: (env, { entity, id }) => readChanges(readEnvironment(env), entity, id) },
  timeline: { GET: (env, { entity, id, given }) => readTimeline(readEnvironment(env), entity, id, given) },
  shares: { GET: (env, { entity, id }) => readShares(readEnvironment(env), entity, id) },
  record: {
    GET: (env, { entity, id }) => readRecord(readEnvironment(env), entity, id),
    PATCH: patchRecord,
    DELETE: (env, { entity, id }) => deleteRecord(env, entity, id),
    PUT: putRecord,
  },
  property: {
    GET: (env, resource) => readProperty(readEnvironment(env), resource),
    PUT: setProperty,
    DELETE: clearProperty,
  },
  target: { GET: (env, resource) => readTarget(readEnvironment(env), resource) },
  target_reference: {
    GET: (env, resource) => readReference(readEnvironment(env), resource),
    PUT: setReference,
    DELETE: clearReference,
  },
  related: {
    GET: (env, within) => readCollection(readEnvironment(env), targetOf(env.model, within.navigation), within),
    POST: (env, within) => createRelated(env, within),
  },
  related_count: {
    GET: (env, within) => readCount(readEnvironment(env), targetOf(env.model, within.navigation), within),
  },
  references: {
    POST: (env, resource) => addReference(env, resource),
    DELETE: (env, resource) => removeReference(env, resource),
    GET: (env, resource) => readReferences(readEnvironment(env), resource),
    PUT: async () => unsupported('Replacing all references of a collection'),
  },
  operation: { POST: (env, resource) => runOperation(env, resource) },
  extension: { GET: callExtension, POST: callExtension },
  unbound_extension: { GET: callExtension, POST: callExtension },
};

/** Bound to a record, a set, or nothing. */
function callExtension(env: RequestEnvironment, called: Omit<Called, 'id'> & { readonly id?: string }) {
  return runExtension(env, { ...called, id: called.id ?? '' }, handleRequest);
}

/** Serves one request, or answers it as it was answered before. Throws PlatformError for the client's faults; other errors are internal. */
export function handleRequest(env: RequestEnvironment): Promise<EngineResponse> {
  if (isRepeatable(env.request)) return repeated(env, serve);
  return env.request.method === 'OPTIONS' ? toldMethods(env.request, serve(env)) : serve(env);
}

async function serve(sent: RequestEnvironment): Promise<EngineResponse> {
  const { request: taken, version } = takeSchemaVersion(sent.request);
  const request = withKeyAliases(withEntityId(taken, sent.model));
  const env = request === sent.request ? sent : { ...sent, request };
  // Before the path is understood: what it names may be what is gone.
  if (version !== null) checkSchemaVersion(env.model, env.principal, version);
  const resource = parseResource(env.request.path, env.model);
  if (version !== null && resource.kind === 'metadata') requirePresentVersion(env.model, version);
  checkVersions(header(env.request, 'odata-version'), header(env.request, 'odata-maxversion'));
  const versioned = resource.kind === 'operation' && takesVersion(resource.name);
  refuseUnservedHeaders(env.request.method, env.request.headers, versioned);
  const method = env.request.method === 'HEAD' ? 'GET' : env.request.method;
  const handlers = HANDLERS[resource.kind] as unknown as Readonly<Record<string, Handler<never>>>;
  const handler = handlerOf(resource, method, handlers);
  let named: Resource = resource;
  try {
    if (isToBeFound(resource) && !mayCreate(resource, method)) named = await withId(env, resource);
    return await handler(env, named as never);
  } catch (error) {
    const [, resourceName = ''] = env.request.path.split(/[/(]/);
    await recordRefusal(env.events, error, { ...env, resource: resourceName });
    throw await withExplanation(env, mapReadError(error), recordOf(named));
  }
}

/** Throws method_not_allowed, and unknown_resource for the name of no operation. */
function handlerOf(
  resource: Resource,
  method: string,
  handlers: Readonly<Record<string, Handler<never>>>,
): Handler<never> {
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
  // What can be read at all can be read in every form; an action of an extension cannot.
  if (handler !== undefined && method === 'GET' && !('definition' in resource)) return handler;
  const allowed = allowedMethods(resource, Object.keys(handlers));
  if (handler === undefined || !allowed.includes(method)) throw methodNotAllowed(method, allowed);
  return handler;
}

/** Whether the record's id is still to be found: it is named by another key, or stands at the end of a path. */
function isToBeFound(resource: Resource): resource is Resource & Named {
  return ('alternate' in resource && resource.alternate !== undefined) || 'via' in resource;
}

/** Whether the record need not be there: then it is looked for where it is written (upsert.ts). */
function mayCreate(resource: Resource, method: string): boolean {
  return resource.kind === 'record' && resource.via === undefined && (method === 'PATCH' || method === 'PUT');
}

/** The resource with the id of the record. Only a request that names it by another key, or over others, pays for it. */
async function withId(env: RequestEnvironment, resource: Resource & Named): Promise<Resource> {
  const { alternate: _key, via: _path, ...named } = resource;
  return { ...named, id: await findRecordId(readEnvironment(env), resource) } as Resource;
}

/** The record that a request is about; null where it is not known, or there is none. */
function recordOf(resource: Resource): { readonly entity: EntityType; readonly id: string } | null {
  if (!('id' in resource) || !resource.id) return null;
  return { entity: resource.entity, id: resource.id };
}

/** A list as JSON, page by page, or as a whole where a file is asked for. */
function readOrExport(env: RequestEnvironment, entity: EntityType): Promise<EngineResponse> {
  const format = exportFormatOf(env.request);
  if (format !== null) return exportCollection(env, entity, format);
  return mayTrack(env.request)
    ? readTracked(readEnvironment(env), entity)
    : readCollection(readEnvironment(env), entity);
}

function readEnvironment(env: RequestEnvironment): Parameters<typeof readCollection>[0] {
  const { model, principal, database, request, room } = env;
  return { model, principal, executor: database, request, room };
}

function unsupported(what: string): never {
  throw new PlatformError('not_supported', { what });
}
