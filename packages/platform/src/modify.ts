// POST, PATCH and DELETE of records: request -> WriteRequest -> answer. The write itself is in write/; here is the protocol.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { authorizeSelect } from './plan/authorize.ts';
import { planSelect } from './plan/read.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { type Format, parseEntityTags, parseFormat, parsePrefer, requireJson } from './request/headers.ts';
import { parsePayload } from './request/payload.ts';
import { parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { parseExpand, parseSelect } from './request/select-expand.ts';
import type { Principal } from './security/types.ts';
import { contextSelect, header, jsonHeaders, noContent, recordBody, removeNullLinks, Timing } from './shape.ts';
import { nullLinks, recordJson } from './sql/record-json.ts';
import { executeWrite } from './write/execute.ts';
import type { Representation, WriteResult } from './write/request.ts';

/** POST to an entity set: 201 with the record, or 204 with `Prefer: return=minimal`. */
export async function createRecord(env: RequestEnvironment, entity: EntityType): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model, principal } = env;
  requireJson(header(request, 'content-type'));
  const values = parsePayload(request.body, entity, model);
  const answer = answerOf(env, entity, 'representation');
  timing.mark('parse');
  const id = typeof values.id === 'string' ? values.id : undefined;
  const result = await executeWrite(writeEnvironment(env), {
    operation: 'create',
    entity,
    principal,
    client: request.client,
    values,
    representation: answer.representation,
    ...(id === undefined ? {} : { id }),
  });
  timing.mark('write');
  const location = `${request.baseUrl}/${entity.set}(${result.id})`;
  return written(env, entity, answer, result, 201, {
    location,
    'odata-entityid': location,
    'server-timing': timing.header(),
  });
}

/** PATCH of a record: 204, or 200 with the record on `Prefer: return=representation`. */
export async function updateRecord(env: RequestEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model, principal } = env;
  requireJson(header(request, 'content-type'));
  const values = parsePayload(request.body, entity, model);
  const ifMatch = parseEntityTags(header(request, 'if-match'));
  const answer = answerOf(env, entity, 'minimal');
  timing.mark('parse');
  const { representation } = answer;
  const base = { operation: 'update', entity, id, principal, client: request.client } as const;
  const result = await executeWrite(writeEnvironment(env), { ...base, values, ifMatch, representation });
  timing.mark('write');
  return written(env, entity, answer, result, 200, { 'server-timing': timing.header() });
}

/** DELETE of a record (into the recycle bin): 204. */
export async function deleteRecord(env: RequestEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const { request, principal } = env;
  parseAnswerOptions(request, []);
  const ifMatch = parseEntityTags(header(request, 'if-match'));
  await executeWrite(writeEnvironment(env), {
    operation: 'delete',
    entity,
    id,
    principal,
    client: request.client,
    ifMatch,
  });
  return noContent(request, {});
}

/** What the client wants back, and how the statement prints it. */
interface Answer {
  readonly format: Format;
  readonly preferred: 'minimal' | 'representation' | null;
  readonly representation: Representation | null;
  readonly contextSelect: string;
  readonly nullLinks: readonly string[];
}

function answerOf(env: RequestEnvironment, entity: EntityType, byDefault: 'minimal' | 'representation'): Answer {
  const { request, model, principal } = env;
  const options = parseAnswerOptions(request, ['select', 'expand', 'format']);
  const format = parseFormat(header(request, 'accept'), options.format);
  const preferred = parsePrefer(header(request, 'prefer')).return;
  if ((preferred ?? byDefault) === 'minimal' || !principal.access(entity.name, 'read').granted) {
    return { format, preferred, representation: null, contextSelect: '', nullLinks: [] };
  }
  const expand = options.expand === undefined ? [] : parseExpand(options.expand);
  const select = planSelect(model, entity, options.select === undefined ? null : parseSelect(options.select), expand);
  const plan = authorizeSelect(select, model, principal);
  // What an expand prints depends on the principal's rights on other entities.
  const rights = expand.length === 0 ? '' : `|${serialOf(principal)}`;
  const representation: Representation = {
    key: `${format.ieee754}|${format.metadata}|${options.select ?? ''}|${options.expand ?? ''}${rights}`,
    print: (alias, slots) => {
      const context = { plan, slots, ieee754: format.ieee754, annotations: format.metadata !== 'none', aliases: 0 };
      return recordJson(context, select, alias);
    },
  };
  return { format, preferred, representation, contextSelect: contextSelect(select), nullLinks: nullLinks(select) };
}

const serials = new WeakMap<Principal, number>();
let lastSerial = 0;

/** A number per resolved principal; a principal whose rights changed is another object. */
function serialOf(principal: Principal): number {
  const known = serials.get(principal);
  if (known !== undefined) return known;
  lastSerial += 1;
  serials.set(principal, lastSerial);
  return lastSerial;
}

function parseAnswerOptions(request: EngineRequest, allowed: readonly (keyof QueryOptions)[]): QueryOptions {
  const options = parseQueryOptions(request.query);
  for (const name of Object.keys(options) as (keyof QueryOptions)[]) {
    if (allowed.includes(name)) continue;
    throw new PlatformError(
      'invalid_option',
      { name: `$${name}`, reason: 'it does not apply here' },
      { target: `$${name}` },
    );
  }
  return options;
}

function written(
  env: RequestEnvironment,
  entity: EntityType,
  answer: Answer,
  result: WriteResult,
  status: number,
  headers: Readonly<Record<string, string>>,
): EngineResponse {
  const { request } = env;
  const applied: Record<string, string> =
    answer.preferred === null ? {} : { 'preference-applied': `return=${answer.preferred}` };
  const all = { ...headers, ...applied, etag: `W/"${result.version}"` };
  if (result.body === null) return noContent(request, all);
  const context =
    answer.format.metadata === 'none'
      ? null
      : `${request.baseUrl}/$metadata#${entity.set}${answer.contextSelect}/$entity`;
  const body = recordBody(removeNullLinks(result.body, answer.nullLinks), context);
  return { status, headers: { ...jsonHeaders(request, answer.format.metadata, answer.format.ieee754), ...all }, body };
}

function writeEnvironment(env: RequestEnvironment): Parameters<typeof executeWrite>[0] {
  return { model: env.model, database: env.database, hooks: env.hooks };
}
