// POST and DELETE of records, and updates (those that may create are in upsert.ts): request -> WriteRequest -> answer. The write itself is in write/; here is the protocol.
import { type EntityType, storedProperties } from '@kartoteka/metadata';
import { createDeep, isDeep } from './deep-create.ts';
import { PlatformError } from './errors.ts';
import { requireNamed } from './named-records.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { mayUse } from './plan/secured.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { writtenPayload } from './read-only-values.ts';
import { parseIfMatch, requireJson } from './request/headers.ts';
import { type Payload, parseDeepPayload } from './request/payload.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { header, minimalApplied, noContent, Timing } from './shape.ts';
import { executeWrite } from './write/execute.ts';
import { answerOf, created, writeEnvironment, written } from './write-response.ts';

/**
 * POST to an entity set: 201 with the record, or 204 with `Prefer: return=minimal`. `completed` adds what the URL says to what the
 * body says.
 */
export async function createRecord(
  env: RequestEnvironment,
  entity: EntityType,
  completed: (payload: Payload) => Payload = (payload) => payload,
): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model, principal } = env;
  requireJson(header(request, 'content-type'));
  const sent = completed(parseDeepPayload(request.body, entity, model));
  await requireNamed({ model, principal, executor: env.database }, sent.named);
  const payload = writtenPayload(env, entity, sent);
  if (isDeep(payload)) return createDeep(env, entity, payload, timing);
  const { values, links } = payload;
  const answer = answerOf(env, entity, 'representation');
  timing.mark('parse');
  const id = typeof values.id === 'string' ? values.id : undefined;
  const result = await executeWrite(writeEnvironment(env), {
    operation: 'create',
    entity,
    principal,
    client: request.client,
    values,
    links,
    representation: answer.representation,
    ...(id === undefined ? {} : { id }),
  });
  timing.mark('write');
  return created(env, entity, answer, result, timing);
}

/**
 * What a new record would have in the fields that the caller may change: what a PUT says of those that its body does not name (OData
 * 4.01 Part 1, 11.4.3). It says nothing of what the caller may not write, whose the record is, and links.
 */
export function emptyValues({ principal }: RequestEnvironment, entity: EntityType): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const property of storedProperties(entity)) {
    const { name, field, readOnly, readOnlyAfterCreate } = property;
    if (field === null || readOnly || readOnlyAfterCreate || !mayUse(principal, entity, property, 'update')) continue;
    values[name] = property.default ?? null;
  }
  return values;
}

/** The update that a request asks for, with the preconditions and the answer that its headers and options ask for. */
export async function answerUpdate(
  env: RequestEnvironment,
  entity: EntityType,
  id: string,
  { values, links }: Payload,
  timing = new Timing(),
): Promise<EngineResponse> {
  const { request, principal } = env;
  const ifMatch = preconditions(request);
  const answer = answerOf(env, entity, 'minimal');
  timing.mark('parse');
  const { representation } = answer;
  const base = { operation: 'update', entity, id, principal, client: request.client } as const;
  const result = await executeWrite(writeEnvironment(env), { ...base, values, links, ifMatch, representation });
  timing.mark('write');
  return written(env, entity, answer, result, 200, { 'server-timing': timing.header() });
}

/** DELETE of a record (into the recycle bin): 204. */
export async function deleteRecord(env: RequestEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const { request, principal } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  const ifMatch = preconditions(request);
  await executeWrite(writeEnvironment(env), {
    operation: 'delete',
    entity,
    id,
    principal,
    client: request.client,
    ifMatch,
  });
  return noContent(request, minimalApplied(request));
}

const NO_OPTIONS = new Set<keyof QueryOptions>();

/** Versions of If-Match. Throws invalid_if_match, and not_supported for If-None-Match: only an upsert may be bound to create. */
export function preconditions(request: EngineRequest): ReturnType<typeof parseIfMatch> {
  if (header(request, 'if-none-match') !== undefined)
    throw new PlatformError('not_supported', { what: 'If-None-Match on a change' }, { target: 'If-None-Match' });
  return parseIfMatch(header(request, 'if-match'));
}
