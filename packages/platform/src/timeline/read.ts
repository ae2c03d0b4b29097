// GET of the timeline of a record: parse -> plan -> authorize -> compile -> execute -> shape, as every read. It decides no rights and
// knows no kind of entry but by name.
import type { EntityType } from '@kartoteka/metadata';
import { TIMELINE } from '../describe/timeline.ts';
import { PlatformError } from '../errors.ts';
import { argumentsOf } from '../extensions/arguments.ts';
import { formatKey } from '../list-request.ts';
import { planTimeline, type TimelinePlan } from '../plan/timeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { type CompiledRead, compileRead, keptRead } from '../read-cache.ts';
import { type Format, parseFormat, parsePrefer } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues, tokenShape } from '../request/skiptoken.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { collectionBody, contextUrl, header, jsonHeaders, linkTo, Timing } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileTimeline } from '../sql/timeline.ts';
import type { Row } from '../storage/types.ts';

/** Position of a page: time, kind, record, and version and id of the last change. */
const KEYS = [
  /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/,
  /^[a-z][a-z0-9_]*$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^\d{1,18}$/,
  /^\d{1,18}$/,
] as const;
/** No change was shown yet: all of them come after this one. */
const BEFORE_ALL_CHANGES = '9223372036854775807';

interface TimelineRequest {
  /** As links name it: `deals(ID)/timeline`. */
  readonly path: string;
  readonly options: QueryOptions;
  readonly kinds: readonly string[] | null;
  readonly format: Format;
  readonly page: Page;
  /** What a position is bound to. */
  readonly shape: string;
  readonly after: TokenValues | null;
  readonly plan: TimelinePlan;
}

/**
 * A page of entries, newest first; `given`: what stood in the parentheses. Throws not_found where the record is missing or hidden,
 * missing_privilege, invalid_arguments and the errors of the options.
 */
export async function readTimeline(
  env: ReadEnvironment,
  entity: EntityType,
  id: string,
  given: string | null,
): Promise<EngineResponse> {
  const timing = new Timing();
  const request = timelineRequest(env, entity, id, given);
  timing.mark('parse');
  const compiled = await compiledTimeline(env, request);
  timing.mark('plan');
  const row = await run(env, request, compiled, id);
  timing.mark('execute');
  if (row.found !== true) throw new PlatformError('not_found');
  if (typeof row.items !== 'string') {
    const limit = 'bytes in one answer; ask for fewer entries';
    throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
  }
  const body = collectionBody({
    contextUrl: contextUrl(env.request, request.format, 'Collection(kartoteka.timeline_entry)'),
    total: null,
    items: `[${row.items}]`,
    nextLink: nextOf(env, request, row),
  });
  timing.mark('shape');
  return { status: 200, headers: headersOf(env, request, timing), body };
}

function timelineRequest(env: ReadEnvironment, entity: EntityType, id: string, given: string | null): TimelineRequest {
  const { model, request } = env;
  const { args, options } = argumentsOf(request, TIMELINE, {}, given);
  const kinds = (args.kinds as readonly string[] | undefined) ?? null;
  const format = parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const path = `${entity.set}(${id})/timeline`;
  const shape = tokenShape(kinds === null ? path : `${path}?${[...new Set(kinds)].sort().join(',')}`, options);
  const after = options.skiptoken === undefined ? null : position(shape, options.skiptoken);
  return { path, options, kinds, format, page, shape, after, plan: planTimeline(model, entity, kinds, after !== null) };
}

/** Throws invalid_skiptoken also for a forged position. */
function position(shape: string, token: string): TokenValues {
  const values = decodeSkipToken(shape, token);
  const fits = KEYS.every((key, index) => {
    const value = values[index];
    return index < 2 ? key.test(value ?? '') : value === null || key.test(value ?? '');
  });
  if (!fits || values.length !== KEYS.length)
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  return values.map((value, index) => (index > 2 ? (value ?? BEFORE_ALL_CHANGES) : value));
}

async function compiledTimeline(env: ReadEnvironment, { plan, format, kinds }: TimelineRequest): Promise<CompiledRead> {
  const { entity, continues } = plan;
  const named = kinds === null ? '*' : [...new Set(kinds)].sort().join(',');
  const key = `timeline\0${env.model.revision}\0${entity.set}\0${formatKey(format)}\0${continues}\0${named}`;
  return (
    keptRead(env.principal, key) ??
    (await compileRead(env, key, plan, (authorized) => compileTimeline(authorized, format.ieee754)))
  );
}

/** Planned for the log and the tables as they are: never prepared. */
async function run(
  env: ReadEnvironment,
  { page, after }: TimelineRequest,
  { statement }: CompiledRead,
  id: string,
): Promise<Row> {
  const { model, principal, executor } = env;
  const values: Record<string, string | null> = { limit: String(page.size + 1), page: String(page.size), id };
  for (const [index, value] of (after ?? []).entries()) values[`key${index}`] = value;
  const parameters = bindStatement(statement, { model, principal, literals: [], values });
  const [row] = await executor.run(statement.text, parameters);
  if (row === undefined) throw new Error('a page of a timeline answered no row');
  return row;
}

/** The position of the last change goes on from page to page, also over those that show none. */
function nextOf(
  { request }: ReadEnvironment,
  { path, options, kinds, page, shape, after }: TimelineRequest,
  row: Row,
): string | null {
  if (!page.paged || Number(row.rows) <= page.size) return null;
  const keys = [row.k0, row.k1, row.k2, row.k3 ?? after?.[3] ?? null, row.k4 ?? after?.[4] ?? null] as TokenValues;
  const token = encodeSkipToken(
    shape,
    keys.map((key) => (key === BEFORE_ALL_CHANGES ? null : key)),
  );
  const more = [
    ...(kinds === null ? [] : [`kinds=${kinds.join(',')}`]),
    ...(page.top === null ? [] : [`$top=${page.top - page.size}`]),
    `$skiptoken=${token}`,
  ];
  return linkTo(`${request.baseUrl}/${path}`, options, more);
}

function headersOf(env: ReadEnvironment, { format, page }: TimelineRequest, timing: Timing): Record<string, string> {
  const headers = jsonHeaders(env.request, format.metadata, format.ieee754);
  if (page.preferred !== null) headers['preference-applied'] = `odata.maxpagesize=${page.preferred}`;
  headers['server-timing'] = timing.header();
  return headers;
}
