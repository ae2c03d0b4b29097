// The read pipeline: parse -> plan -> authorize -> compile (all four cached per principal and shape) -> execute -> shape.
import { type EntityType, type Model, shapeOfExpression } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { type AuthorizedPlan, authorizeRead } from './plan/authorize.ts';
import { planCollection, planFilter, planSelect } from './plan/read.ts';
import type { ReadPlan, SelectNode } from './plan/read-plan.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { type Format, parseEntityTags, parseFormat, parsePrefer } from './request/headers.ts';
import { parseBooleanOption, parseCountOption, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { LIMITS, parseExpand, parseOrderBy, parseSelect } from './request/select-expand.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues } from './request/skiptoken.ts';
import type { Principal } from './security/types.ts';
import {
  collectionBody,
  contextSelect,
  header,
  jsonHeaders,
  nextLink,
  recordBody,
  removeNullLinks,
  Timing,
} from './shape.ts';
import { bindStatement } from './sql/bind.ts';
import { compileCollection, compileCount, compileRecord } from './sql/read.ts';
import { nullLinks } from './sql/record-json.ts';
import type { CompiledStatement } from './sql/statement.ts';
import type { Executor, Row } from './storage/types.ts';

/** Records in one answer unless the client asks for fewer; and at most, whatever it asks for. */
export const PAGE = { default: 100, max: 1_000 } as const;

export interface ReadEnvironment {
  readonly model: Model;
  readonly executor: Executor;
  readonly principal: Principal;
  readonly request: EngineRequest;
}

/** A compiled read with what shaping needs; kept per principal and shape of request. */
interface CompiledRead {
  readonly statement: CompiledStatement;
  /** Select list of the context URL. */
  readonly contextSelect: string;
  readonly nullLinks: readonly string[];
  readonly orderKeys: number;
}

const MAX_PLANS_PER_PRINCIPAL = 200;

/** Plans of the principal by shape of request, the oldest given up first. A new plan waits until access is measured. */
async function compilePlan<Plan extends ReadPlan>(
  env: ReadEnvironment,
  key: string,
  plan: Plan,
  compile: (plan: AuthorizedPlan<Plan>) => CompiledRead,
): Promise<CompiledRead> {
  const { model, principal } = env;
  const plans = principal.plans as Map<string, CompiledRead>;
  const authorized = authorizeRead(plan, model, principal);
  await principal.ready(authorized.entities);
  const compiled = compile(authorized);
  if (plans.size >= MAX_PLANS_PER_PRINCIPAL) {
    const oldest = plans.keys().next().value;
    if (oldest !== undefined) plans.delete(oldest);
  }
  plans.set(key, compiled);
  return compiled;
}

/** GET of a record. Throws not_found for a missing and for a hidden record alike. */
export async function readRecord(env: ReadEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, request } = env;
  const options = parseQueryOptions(request.query);
  refuseOptions(options, ['filter', 'orderby', 'top', 'skip', 'count', 'skiptoken']);
  const format = parseFormat(header(request, 'accept'), options.format);
  const seen = parseEntityTags(header(request, 'if-none-match'));
  timing.mark('parse');
  const key = `record|${model.revision}|${entity.name}|${formatKey(format)}|${options.select ?? ''}|${options.expand ?? ''}`;
  const compiled = knownPlan(principal, key) ?? (await compileOne(env, key, entity, options, format));
  timing.mark('plan');
  const row = (await execute(env, compiled.statement, [], { id, base_url: request.baseUrl }))[0];
  timing.mark('execute');
  if (row === undefined) throw new PlatformError('not_found');
  const version = String(row.version);
  const headers = { ...jsonHeaders(request, format.metadata, format.ieee754), etag: `W/"${version}"` };
  if (seen === '*' || seen?.includes(version)) return { status: 304, headers: { etag: headers.etag }, body: null };
  const context =
    format.metadata === 'none' ? null : `${request.baseUrl}/$metadata#${entity.set}${compiled.contextSelect}/$entity`;
  const body = recordBody(removeNullLinks(String(row.body), compiled.nullLinks), context);
  timing.mark('shape');
  return { status: 200, headers: { ...headers, 'server-timing': timing.header() }, body };
}

/** GET of an entity set, one page. */
export async function readCollection(env: ReadEnvironment, entity: EntityType): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, request } = env;
  const options = parseQueryOptions(request.query);
  const format = parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const filter = filterShape(options.filter);
  const tokenShape = `${entity.set}|${options.filter ?? ''}|${options.orderby ?? ''}`;
  const after = options.skiptoken === undefined ? null : decodeSkipToken(tokenShape, options.skiptoken);
  timing.mark('parse');
  const key = collectionKey(model, entity, format, options, filter.shape, page, after);
  const compiled = knownPlan(principal, key) ?? (await compileList(env, key, entity, options, format, page, after));
  timing.mark('plan');
  const row = (await execute(env, compiled.statement, filter.literals, collectionValues(request, page, after)))[0];
  timing.mark('execute');
  if (row === undefined) throw new Error('a list answered no row');
  const more = page.paged && Number(row.rows) > page.size;
  const body = collectionBody({
    contextUrl:
      format.metadata === 'none' ? null : `${request.baseUrl}/$metadata#${entity.set}${compiled.contextSelect}`,
    total: page.count ? quoteTotal(row, format) : null,
    items: removeNullLinks(String(row.items), compiled.nullLinks),
    nextLink: more ? nextLinkOf(request, entity, options, tokenShape, row, compiled, page) : null,
  });
  timing.mark('shape');
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  if (page.preferred) headers['preference-applied'] = `odata.maxpagesize=${page.size}`;
  headers['server-timing'] = timing.header();
  return { status: 200, headers, body };
}

/** GET of `/set/$count`: the number as text. */
export async function readCount(env: ReadEnvironment, entity: EntityType): Promise<EngineResponse> {
  const { model, principal, request } = env;
  const options = parseQueryOptions(request.query);
  refuseOptions(options, ['orderby', 'top', 'skip', 'count', 'skiptoken', 'select', 'expand', 'format']);
  const filter = filterShape(options.filter);
  const key = `count|${model.revision}|${entity.name}|${filter.shape}`;
  const compiled = knownPlan(principal, key) ?? (await compileNumber(env, key, entity, options));
  const row = (await execute(env, compiled.statement, filter.literals, {}))[0];
  const headers = {
    'content-type': 'text/plain;charset=utf-8',
    'odata-version': jsonHeaders(request, 'minimal', false)['odata-version'] ?? '4.0',
  };
  return { status: 200, headers, body: String(row?.total) };
}

interface Page {
  /** Records shown. */
  readonly size: number;
  readonly top: number | null;
  readonly skip: number;
  readonly count: boolean;
  /** A continuation may be needed. */
  readonly paged: boolean;
  /** The client's preferred size was honoured. */
  readonly preferred: boolean;
}

/** Size and bounds of the page that the options and the preferred page size ask for. */
export function pageOf(options: QueryOptions, preferred: number | null): Page {
  const limit = Math.min(preferred ?? PAGE.default, PAGE.max);
  const top = options.top === undefined ? null : parseCountOption('top', options.top, LIMITS.top);
  const skip = options.skip === undefined ? 0 : parseCountOption('skip', options.skip, LIMITS.skip);
  const count = options.count === undefined ? false : parseBooleanOption('count', options.count);
  // A $top up to the largest page is one page: the client named a bound of its own.
  const fits = top !== null && top <= (preferred === null ? PAGE.max : limit);
  return { size: fits ? top : limit, top, skip, count, paged: !fits, preferred: preferred !== null };
}

function filterShape(filter: string | undefined): { readonly shape: string; readonly literals: readonly string[] } {
  if (filter === undefined) return { shape: '', literals: [] };
  const shape = shapeOfExpression(filter);
  // A text that cannot be split into tokens gets its error from the parser, with its place.
  return shape.ok ? shape : { shape: filter, literals: [] };
}

function collectionKey(
  model: Model,
  entity: EntityType,
  format: Format,
  options: QueryOptions,
  filterShapeText: string,
  page: Page,
  after: TokenValues | null,
): string {
  const nulls = after === null ? '' : after.map((value) => (value === null ? 'n' : 'v')).join('');
  return `list|${model.revision}|${entity.name}|${formatKey(format)}|${filterShapeText}|${options.select ?? ''}|${options.expand ?? ''}|${options.orderby ?? ''}|${page.count}|${page.paged}|${page.skip > 0}|${nulls}`;
}

function knownPlan(principal: Principal, key: string): CompiledRead | undefined {
  return principal.plans.get(key) as CompiledRead | undefined;
}

function compileOne(
  env: ReadEnvironment,
  key: string,
  entity: EntityType,
  options: QueryOptions,
  format: Format,
): Promise<CompiledRead> {
  const select = planSelection(env.model, entity, options);
  return compilePlan(env, key, { kind: 'record', select }, (plan) =>
    compiledRead(compileRecord(plan, sqlFormat(format)), select, 0),
  );
}

function compileNumber(
  env: ReadEnvironment,
  key: string,
  entity: EntityType,
  options: QueryOptions,
): Promise<CompiledRead> {
  const filter = options.filter === undefined ? null : planFilter(env.model, entity, options.filter);
  return compilePlan(env, key, { kind: 'count', entity, filter }, (plan) => ({
    statement: compileCount(plan, { ieee754: false, annotations: false }),
    contextSelect: '',
    nullLinks: [],
    orderKeys: 0,
  }));
}

function compileList(
  env: ReadEnvironment,
  key: string,
  entity: EntityType,
  options: QueryOptions,
  format: Format,
  page: Page,
  after: TokenValues | null,
): Promise<CompiledRead> {
  const list = planList(env.model, entity, options, page, after);
  return compilePlan(env, key, list, (plan) =>
    compiledRead(compileCollection(plan, sqlFormat(format)), list.select, list.query.orderBy.length),
  );
}

/** The plan of a list; throws what its options deserve (invalid_expression, unknown_property, invalid_skiptoken ...). */
export function planList(
  model: Model,
  entity: EntityType,
  options: QueryOptions,
  page: Pick<Page, 'top' | 'skip' | 'count' | 'paged'>,
  after: TokenValues | null,
): Extract<ReadPlan, { kind: 'collection' }> {
  const select = planSelection(model, entity, options);
  const orderBy = options.orderby === undefined ? [] : parseOrderBy(options.orderby);
  const { top, skip, count, paged } = page;
  const query = planCollection(model, entity, { filter: options.filter ?? null, orderBy, top, skip, count });
  if (after !== null && after.length !== query.orderBy.length) {
    throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  }
  return { kind: 'collection', select, query, continuesAfter: after?.map((value) => value === null) ?? null, paged };
}

function collectionValues(
  request: EngineRequest,
  page: Page,
  after: TokenValues | null,
): Record<string, string | null> {
  const values: Record<string, string | null> = {
    limit: String(page.paged ? page.size + 1 : page.size),
    page: String(page.size),
    skip: String(page.skip),
    base_url: request.baseUrl,
  };
  after?.forEach((value, index) => {
    values[`key${index}`] = value;
  });
  return values;
}

function nextLinkOf(
  request: EngineRequest,
  entity: EntityType,
  options: QueryOptions,
  tokenShape: string,
  row: Row,
  compiled: CompiledRead,
  page: Page,
): string {
  const values = Array.from({ length: compiled.orderKeys }, (_, index) => (row[`k${index}`] ?? null) as string | null);
  const remaining = page.top === null ? null : page.top - page.size;
  return nextLink(`${request.baseUrl}/${entity.set}`, options, encodeSkipToken(tokenShape, values), remaining);
}

/** What $select and $expand show of a record. */
export function planSelection(model: Model, entity: EntityType, options: QueryOptions): SelectNode {
  const select = options.select === undefined ? null : parseSelect(options.select);
  return planSelect(model, entity, select, options.expand === undefined ? [] : parseExpand(options.expand));
}

function compiledRead(
  statement: CompiledStatement,
  select: Parameters<typeof nullLinks>[0],
  orderKeys: number,
): CompiledRead {
  return { statement, contextSelect: contextSelect(select), nullLinks: nullLinks(select), orderKeys };
}

function refuseOptions(options: QueryOptions, names: readonly (keyof QueryOptions)[]): void {
  for (const name of names) {
    if (options[name] === undefined) continue;
    throw new PlatformError(
      'invalid_option',
      { name: `$${name}`, reason: 'it does not apply here' },
      { target: `$${name}` },
    );
  }
}

function formatKey(format: Format): string {
  return `${format.ieee754 ? 'i' : ''}${format.metadata === 'none' ? 'n' : ''}`;
}

function sqlFormat(format: Format): { ieee754: boolean; annotations: boolean } {
  return { ieee754: format.ieee754, annotations: format.metadata !== 'none' };
}

function quoteTotal(row: Row, format: Format): string {
  return format.ieee754 ? `"${row.total}"` : String(row.total);
}

async function execute(
  env: ReadEnvironment,
  statement: CompiledStatement,
  literals: readonly string[],
  values: Readonly<Record<string, string | null>>,
): Promise<readonly Row[]> {
  const { model, principal, executor } = env;
  return executor.run(statement.text, bindStatement(statement, { model, principal, literals, values }), {
    prepare: true,
  });
}
