// The read pipeline: parse -> plan -> authorize -> compile (all four kept per principal and shape) -> execute -> shape.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { type Formatting, formattingOf, titledFormat, withFormattedValues } from './formatted-values.ts';
import { omitted, type Telling, tell, tellingOf, withIds } from './full-metadata.ts';
import {
  appliedOptions,
  filterShape,
  formatKey,
  listedOf,
  listRequest,
  searchOf,
  type Within,
} from './list-request.ts';
import { planCompute, planFilter, planSearch } from './plan/collection.ts';
import { planList, planSelection } from './plan/read.ts';
import type { ReadPlan, SelectNode } from './plan/read-plan.ts';
import { limitRecords } from './plan/record-limit.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { countApplied, readApplied } from './read-applied.ts';
import { type CompiledRead, compileRead, keptRead } from './read-cache.ts';
import {
  type Format,
  isKnownVersion,
  parseFormat,
  parseIfMatch,
  parsePrefer,
  responseVersion,
} from './request/headers.ts';
import { allowOptions, COUNT_OPTIONS, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import {
  collectionHeaders,
  collectionValues,
  execute,
  nextLinkOf,
  type ReadEnvironment,
  sqlFormat,
  takeText,
} from './run-read.ts';
import {
  collectionBody,
  contextUrl,
  finishRecords,
  header,
  jsonHeaders,
  linkFormat,
  recordBody,
  Timing,
} from './shape.ts';
import { compileCollection, compileCount, compileRecord } from './sql/read.ts';
import type { Row } from './storage/types.ts';

/** GET of a record. Throws not_found for a missing and for a hidden record alike, precondition_failed by If-Match. */
export async function readRecord(env: ReadEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, RECORD_OPTIONS);
  const preferences = parsePrefer(header(request, 'prefer'));
  const format = titledFormat(parseFormat(header(request, 'accept'), options.format, true), preferences);
  const expected = parseIfMatch(header(request, 'if-match'));
  const formatting = formattingOf(model, principal, request, preferences);
  const telling = tellingOf(env, format, preferences);
  timing.mark('parse');
  const key = `record\0${model.revision}\0${entity.set}\0${formatKey(format)}\0${options.select ?? ''}\0${options.expand ?? ''}\0${options.compute ?? ''}`;
  const compiled =
    keptRead(principal, key) ??
    (await compileRead(env, key, recordPlan(planSelection(model, entity, options), format), (plan) =>
      compileRecord(plan, sqlFormat(format)),
    ));
  limitRecords(compiled.records, principal, env.room);
  timing.mark('plan');
  const row = (await execute(env, compiled, [], { id, base_url: request.baseUrl, format: linkFormat(options) }))[0];
  timing.mark('execute');
  if (row === undefined) throw new PlatformError('not_found');
  const version = String(row.version);
  if (expected !== null && expected !== '*' && !expected.includes(version)) {
    throw new PlatformError('precondition_failed', {}, { target: 'If-Match' });
  }
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  headers.etag = `W/"${version}"`;
  // Labels may have changed under a record that has not.
  const versioned = !compiled.unversioned && formatting === null && format.metadata !== 'full';
  if (versioned && isKnownVersion(header(request, 'if-none-match'), version)) return notModified(headers);
  const context = contextUrl(request, format, `${entity.set}${compiled.contextSelect}/$entity`);
  const body = recordBody(shownRecords(takeText(row, 'body'), compiled, formatting, telling), context);
  const applied = [...(formatting === null ? [] : [formatting.applied]), ...omitted(telling)];
  if (applied.length > 0) headers['preference-applied'] = applied.join(', ');
  timing.mark('shape');
  headers['server-timing'] = timing.header();
  return { status: 200, headers, body };
}

/** The records as PostgreSQL printed them, finished. */
function shownRecords(
  json: string,
  { replacements, select }: CompiledRead,
  formatting: Formatting | null,
  telling: Telling | null,
): string {
  const finished = finishRecords(json, replacements);
  if (select === null) return finished;
  const shown = formatting === null ? finished : withFormattedValues(finished, select, formatting);
  return telling === null ? shown : tell(shown, select, telling);
}

function recordPlan(select: SelectNode, { metadata }: Format): Extract<ReadPlan, { kind: 'record' }> {
  return { kind: 'record', select: metadata === 'full' ? withIds(select) : select };
}

const RECORD_OPTIONS = new Set<keyof QueryOptions>(['select', 'expand', 'format', 'compute']);

function notModified(headers: Readonly<Record<string, string>>): EngineResponse {
  const { etag = '', 'odata-version': version = '' } = headers;
  return { status: 304, headers: { etag, 'odata-version': version }, body: null };
}

/** GET of an entity set, or of a collection of one record (throws not_found where that is missing or hidden), one page. */
export async function readCollection(
  env: ReadEnvironment,
  entity: EntityType,
  within: Within | null = null,
  tracking: Tracking | null = null,
): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, request } = env;
  const list = listRequest(model, request, entity, within);
  if (list.apply !== null) return readApplied(env, entity, within, list, list.apply);
  const { options, format, page, filter, search, set, after } = list;
  const key = tracking === null ? list.key : `${list.key}\0tracked`;
  const formatting = formattingOf(model, principal, request, list.preferences);
  const telling = tellingOf(env, format, list.preferences);
  timing.mark('parse');
  const compiled =
    keptRead(principal, key) ??
    (await compileRead(
      env,
      key,
      listPlan(planList(model, entity, options, page, after, within), format, tracking),
      (plan) => compileCollection(plan, sqlFormat(format)),
    ));
  limitRecords(compiled.records * page.size, principal, env.room);
  timing.mark('plan');
  const values = { ...collectionValues(request, options, page, after), ...search?.values };
  if (within !== null) values.within = within.id;
  const row = (await execute(env, compiled, filter.literals, values))[0];
  timing.mark('execute');
  if (row === undefined) throw new Error('a list answered no row');
  if (row.found === false) throw new PlatformError('not_found');
  const more = page.paged && Number(row.rows) > page.size;
  const body = collectionBody({
    contextUrl: contextUrl(request, format, `${entity.set}${compiled.contextSelect}`),
    total: page.count ? (format.ieee754 ? `"${row.total}"` : String(row.total)) : null,
    items: shownRecords(`[${takeText(row, 'items')}]`, compiled, formatting, telling),
    nextLink: more ? nextLinkOf(request, set, options, row, compiled, page, tracking?.next(row)) : null,
    deltaLink: more || tracking === null ? null : tracking.delta(row),
  });
  timing.mark('shape');
  const applied = [...(tracking === null ? [] : [tracking.applied]), ...omitted(telling)];
  return { status: 200, headers: collectionHeaders(request, format, page, formatting, timing, applied), body };
}

/** Of a list whose later changes are going to be asked for. `row` is the statement's, with the columns of positionSql. */
export interface Tracking {
  /** What the link to the next page carries beside the list's own options. */
  next(row: Row): string;
  /** The link that tells what changes later. */
  delta(row: Row): string;
  /** For Preference-Applied. */
  readonly applied: string;
}

type ListPlan = ReturnType<typeof planList>;

function listPlan(plan: ListPlan, format: Format, tracking: Tracking | null): ListPlan {
  const told = format.metadata === 'full' ? { ...plan, select: withIds(plan.select) } : plan;
  return tracking === null ? told : { ...told, tracked: true };
}

/** GET of `/set/$count`, or of that of a record's collection: the number as text. */
export async function readCount(
  env: ReadEnvironment,
  entity: EntityType,
  within: Within | null = null,
): Promise<EngineResponse> {
  const { model, principal, request } = env;
  const asked = parseQueryOptions(request.query);
  allowOptions(asked, OF_COUNTS);
  const { options, apply } = appliedOptions(asked);
  if (apply !== null) return plainText(request, await countApplied(env, entity, within, options, apply));
  const filter = filterShape(model, entity, options.filter);
  const search = searchOf(options);
  const key = `count\0${model.revision}\0${listedOf(entity, within)}\0${filter.shape}\0${search?.shape ?? ''}\0${options.compute ?? ''}`;
  const compiled =
    keptRead(principal, key) ??
    (await compileRead(
      env,
      key,
      {
        kind: 'count',
        entity,
        within,
        filter:
          options.filter === undefined
            ? null
            : planFilter(model, entity, options.filter, false, planCompute(model, entity, options)),
        search: options.search === undefined ? null : planSearch(entity, options.search).node,
      },
      compileCount,
    ));
  const values = within === null ? (search?.values ?? {}) : { ...search?.values, within: within.id };
  const row = (await execute(env, compiled, filter.literals, values))[0];
  if (row?.found === false) throw new PlatformError('not_found');
  return plainText(request, String(row?.total));
}

function plainText(request: EngineRequest, body: string): EngineResponse {
  const version = responseVersion(header(request, 'odata-maxversion'));
  return { status: 200, headers: { 'content-type': 'text/plain;charset=utf-8', 'odata-version': version }, body };
}

const OF_COUNTS: ReadonlySet<keyof QueryOptions> = new Set(COUNT_OPTIONS);

/**
 * Takes a long text out of its row, so that nothing which outlives the answer by a moment keeps it. Throws limit_exceeded where
 * PostgreSQL kept the text to itself.
 */
