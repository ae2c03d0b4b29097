// POST, PATCH, PUT and DELETE of records: request -> WriteRequest -> answer. The write itself is in write/; here is the protocol.
import { type EntityType, storedProperties } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { type Formatting, formattingOf, withFormattedValues } from './formatted-values.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { authorizeSelect } from './plan/authorize.ts';
import { planSelection } from './plan/read.ts';
import { mostRecords, type SelectNode } from './plan/read-plan.ts';
import { limitRecords } from './plan/record-limit.ts';
import { mayUse, readableSecured } from './plan/secured.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { type Format, parseFormat, parseIfMatch, parsePrefer, requireJson } from './request/headers.ts';
import { type Payload, parsePayload } from './request/payload.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import type { Principal } from './security/types.ts';
import {
  contextSelect,
  contextUrl,
  finishRecords,
  header,
  jsonHeaders,
  linkFormat,
  noContent,
  recordBody,
  Timing,
} from './shape.ts';
import { nullLinks, recordJson } from './sql/record-json.ts';
import { executeWrite } from './write/execute.ts';
import type { Representation, WriteResult } from './write/request.ts';

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
  const { values, links } = completed(parsePayload(request.body, entity, model));
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
  requireJson(header(env.request, 'content-type'));
  return answerUpdate(env, entity, id, parsePayload(env.request.body, entity, env.model), timing);
}

/**
 * PUT of a record: what the body does not name takes its default, or becomes null (OData 4.01 Part 1, 11.4.3), but for what the client
 * may not write, whose owner it is, and links. Answers as PATCH.
 */
export async function replaceRecord(env: RequestEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const timing = new Timing();
  requireJson(header(env.request, 'content-type'));
  const { values, links } = parsePayload(env.request.body, entity, env.model);
  return answerUpdate(env, entity, id, { values: { ...emptyValues(env, entity), ...values }, links }, timing);
}

/** What a new record would have in the fields that the caller may change. */
function emptyValues({ principal }: RequestEnvironment, entity: EntityType): Record<string, unknown> {
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
  return noContent(request, {});
}

const NO_OPTIONS = new Set<keyof QueryOptions>();
/** Options that say what the answer of a write shows. */
export const ANSWER_OPTIONS: ReadonlySet<keyof QueryOptions> = new Set(['select', 'expand', 'format'] as const);

/** Versions of If-Match. Throws invalid_if_match, and not_supported for If-None-Match (upserts). */
function preconditions(request: EngineRequest): ReturnType<typeof parseIfMatch> {
  if (header(request, 'if-none-match') !== undefined)
    throw new PlatformError('not_supported', { what: 'If-None-Match on a change' }, { target: 'If-None-Match' });
  return parseIfMatch(header(request, 'if-match'));
}

/** What the client wants back, and how the statement prints it. */
interface Answer {
  readonly format: Format;
  readonly preferred: 'minimal' | 'representation' | null;
  readonly representation: Representation | null;
  readonly contextSelect: string;
  readonly nullLinks: readonly string[];
  readonly select: SelectNode | null;
  readonly formatting: Formatting | null;
}

function answerOf(env: RequestEnvironment, entity: EntityType, byDefault: 'minimal' | 'representation'): Answer {
  const { request, model, principal } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, ANSWER_OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const preferences = parsePrefer(header(request, 'prefer'));
  const preferred = preferences.return;
  if ((preferred ?? byDefault) === 'minimal' || !principal.access(entity.name, 'read').granted) {
    const nothing = { representation: null, contextSelect: '', nullLinks: [], select: null, formatting: null };
    return { format, preferred, ...nothing };
  }
  const select = planSelection(model, entity, options);
  limitRecords(mostRecords(select), principal);
  const representation = representationOf(env, select, options, format);
  const shaping = { contextSelect: contextSelect(select), nullLinks: nullLinks(select), select };
  return { format, preferred, representation, ...shaping, formatting: formattingOf(model, request, preferences) };
}

function representationOf(
  env: RequestEnvironment,
  select: SelectNode,
  options: QueryOptions,
  format: Format,
): Representation {
  const { model, principal, request } = env;
  const plan = authorizeSelect(select, model, principal);
  const base = { from: 'constant', value: request.baseUrl } as const;
  const end = { from: 'constant', value: linkFormat(options) } as const;
  const print = { plan, ieee754: format.ieee754, annotations: format.metadata !== 'none', links: { base, end } };
  // What is printed depends on the secured fields the principal may read; what a rollup or an expand prints, on its rights on
  // other entities, and the links of an expand on the address.
  const rights =
    select.expands.length === 0
      ? [readableSecured(principal, select.entity), ...shapesOf(principal, plan.entities)].join('\0')
      : `${serialOf(principal)}\0${base.value}\0${end.value}`;
  return {
    key: `${format.ieee754}\0${format.metadata}\0${options.select ?? ''}\0${options.expand ?? ''}\0${rights}`,
    print: (alias, slots) => recordJson({ ...print, slots, aliases: 0 }, select, alias),
  };
}

/** Equal for principals whose rights to read print the same SQL. The record's own entity is in the key of the write. */
function shapesOf(principal: Principal, entities: ReadonlySet<string>): readonly string[] {
  if (entities.size === 1) return [];
  return [...entities].map((name) => principal.access(name, 'read').shapeKey);
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

function written(
  env: RequestEnvironment,
  entity: EntityType,
  answer: Answer,
  result: WriteResult,
  status: number,
  headers: Readonly<Record<string, string>>,
): EngineResponse {
  const { request } = env;
  const honoured = answer.preferred === (result.body === null ? 'minimal' : 'representation');
  const { formatting, select } = answer;
  const applied = honoured ? [`return=${answer.preferred}`] : [];
  if (result.body !== null && formatting !== null) applied.push(formatting.applied);
  const preference: Record<string, string> = applied.length > 0 ? { 'preference-applied': applied.join(', ') } : {};
  const all = { ...headers, ...preference, etag: `W/"${result.version}"` };
  if (result.body === null) return noContent(request, all);
  const context = contextUrl(request, answer.format, `${entity.set}${answer.contextSelect}/$entity`);
  const finished = finishRecords(result.body, answer.nullLinks);
  const shown = formatting === null || select === null ? finished : withFormattedValues(finished, select, formatting);
  const body = recordBody(shown, context);
  return { status, headers: { ...jsonHeaders(request, answer.format.metadata, answer.format.ieee754), ...all }, body };
}

function writeEnvironment(env: RequestEnvironment): Parameters<typeof executeWrite>[0] {
  return { model: env.model, database: env.database, hooks: env.hooks, request: env.request };
}
