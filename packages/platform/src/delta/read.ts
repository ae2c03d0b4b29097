// A page of changes by a delta link: authorize -> compile -> execute -> shape, as every read. What the token says is compared with
// what is now; where the difference cannot be told exactly the answer is 410, and the list has to be read again.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type Formatting, formattingOf, withFormattedValues } from '../formatted-values.ts';
import { filterShape, formatKey, searchOf } from '../list-request.ts';
import { planDelta } from '../plan/delta.ts';
import { limitRecords } from '../plan/record-limit.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { type CompiledRead, compileRead, keptRead } from '../read-cache.ts';
import { type Format, parseFormat, parsePrefer, responseVersion } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { collectionBody, contextUrl, finishRecords, header, jsonHeaders, Timing } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileDelta } from '../sql/delta.ts';
import type { Row } from '../storage/types.ts';
import type { Binding } from './binding.ts';
import { deltaLink } from './links.ts';
import { parseSnapshot, positionOf } from './snapshot.ts';
import { type DeltaToken, deltaSecret, expired } from './token.ts';

/** Events that one page looks at, however few of them are told: a reader of little is not kept waiting by what he may not see. */
export const SCANNED = 10_000;

export interface DeltaRequest {
  readonly entity: EntityType;
  readonly options: QueryOptions;
  readonly token: DeltaToken;
  /** What the token would be bound to now. */
  readonly binding: Binding;
}

/** Throws delta_expired, limit_exceeded and what authorizing a list throws. */
export async function readDelta(env: ReadEnvironment, asked: DeltaRequest): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, principal } = env;
  const { entity, options, token } = asked;
  const format = parseFormat(header(request, 'accept'), options.format);
  const preferences = parsePrefer(header(request, 'prefer'));
  const page = pageOf({}, preferences.maxPageSize);
  const formatting = formattingOf(env.model, env.principal, request, preferences);
  timing.mark('parse');
  const compiled = await compiledDelta(env, asked, format);
  requireSame(token, asked.binding);
  limitRecords(page.size, principal, env.room);
  timing.mark('plan');
  const row = await run(env, asked, compiled, page);
  timing.mark('execute');
  requireWhole(row, token);
  const body = collectionBody({
    contextUrl: contextUrl(request, format, `${entity.set}${compiled.contextSelect}/$delta`),
    total: null,
    items: `[${[changed(row, compiled, formatting), ...removed(row, request, entity)].filter((item) => item !== '').join(',')}]`,
    ...(await linksOf(env, asked, row, page)),
  });
  timing.mark('shape');
  return { status: 200, headers: headersOf(request, format, page, formatting, timing), body };
}

async function compiledDelta(
  env: ReadEnvironment,
  { entity, options }: DeltaRequest,
  format: Format,
): Promise<CompiledRead> {
  const { model, principal } = env;
  const shape = `${filterShape(model, entity, options.filter).shape}\0${searchOf(options)?.shape ?? ''}`;
  const key = `delta\0${model.revision}\0${entity.set}\0${formatKey(format)}\0${shape}\0${options.select ?? ''}`;
  const kept = keptRead(principal, key);
  if (kept !== undefined) return kept;
  const annotations = format.metadata !== 'none';
  return compileRead(env, key, planDelta(model, entity, options), (plan) =>
    compileDelta(plan, { ieee754: format.ieee754, annotations }),
  );
}

function requireSame(token: DeltaToken, { rights, meaning }: Binding): void {
  if (token.epoch === null) throw expired('stored records were given values by a metadata change');
  if (token.rights !== rights) throw expired('your rights have changed');
  if (token.meaning !== meaning) throw expired('the metadata has changed');
}

/** What this statement saw against what the token has seen. */
function requireWhole(row: Row, token: DeltaToken): void {
  const { snapshot, epoch } = positionOf(row);
  const [low, now] = [parseSnapshot(token.low), parseSnapshot(snapshot)];
  if ((epoch !== null && token.epoch !== epoch) || low.xmax > now.xmax) throw expired('the database was restored');
  if (BigInt(String(row.purged)) >= low.xmin) throw expired('the change log does not reach back so far');
  if (row.lost === true) throw expired('what a record was before is not known any more');
  if (typeof row.items === 'string') return;
  const limit = 'bytes in one answer; ask for fewer records or properties';
  throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
}

/** Before every position, and after every record of an event. */
const BEGINNING = ['0', '-1', '00000000-0000-0000-0000-000000000000'] as const;
const END = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Planned for the log as it is, and for the moments asked for: never prepared. */
async function run(
  env: ReadEnvironment,
  { entity, options, token }: DeltaRequest,
  { statement }: CompiledRead,
  page: Page,
): Promise<Row> {
  const { model, principal, executor } = env;
  const { low, upper, after } = token;
  const { xmax, xip } = parseSnapshot(low);
  const [xid, id, record] = after ?? BEGINNING;
  const moments = { low, low_xip: `{${xip}}`, high: token.high ?? low, upper };
  const range = BigInt(xid) < xmax ? { range_xid: String(xmax), range_id: '-1' } : { range_xid: xid, range_id: id };
  const sizes = { limit: String(page.size + 1), page: String(page.size), scan: String(SCANNED) };
  const { literals } = filterShape(model, entity, options.filter);
  const values = { ...moments, ...range, ...sizes, xid, id, record, ...searchOf(options)?.values };
  const parameters = bindStatement(statement, { model, principal, literals, values });
  const row = (await executor.run(statement.text, parameters))[0];
  if (row === undefined) throw new Error('a page of changes answered no row');
  return row;
}

function changed(row: Row, { select }: CompiledRead, formatting: Formatting | null): string {
  const records = finishRecords(`[${String(row.items)}]`, []);
  const shown = formatting === null || select === null ? records : withFormattedValues(records, select, formatting);
  return shown.slice(1, -1);
}

/** Deleted-entity objects of the version that is spoken (OData JSON 4.01, 15.3). */
function removed(row: Row, request: EngineRequest, { set }: EntityType): readonly string[] {
  const pairs: readonly (readonly [string, string])[] = JSON.parse(String(row.removed));
  if (responseVersion(header(request, 'odata-maxversion')) !== '4.0')
    return pairs.map(([id, reason]) => JSON.stringify({ '@removed': { reason }, id }));
  const context = `${request.baseUrl}/$metadata#${set}/$deletedEntity`;
  return pairs.map(([id, reason]) => JSON.stringify({ '@odata.context': context, id: `${set}(${id})`, reason }));
}

async function linksOf(
  env: ReadEnvironment,
  { entity, options, token }: DeltaRequest,
  row: Row,
  page: Page,
): Promise<{ nextLink: string | null; deltaLink: string | null }> {
  const secret = await deltaSecret(env.executor);
  const link = (next: DeltaToken): string => deltaLink(`${env.request.baseUrl}/${entity.set}`, options, next, secret);
  const { snapshot, epoch } = positionOf(row);
  const upper = token.upper ?? snapshot;
  const after = Number(row.rows) > page.size ? [row.k0, row.k1, row.k2] : lookedAt(row);
  if (after !== null)
    return { nextLink: link({ ...token, upper, after: after as [string, string, string] }), deltaLink: null };
  const high = upper === snapshot ? null : snapshot;
  return { nextLink: null, deltaLink: link({ ...token, epoch, low: upper, high, upper: null, after: null }) };
}

/** The end of what was looked at, where there may be more behind it. */
function lookedAt({ scanned }: Row): readonly string[] | null {
  return typeof scanned === 'string' ? [...scanned.split(' '), END] : null;
}

function headersOf(
  request: EngineRequest,
  format: Format,
  page: Page,
  formatting: Formatting | null,
  timing: Timing,
): Record<string, string> {
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  const applied = page.preferred === null ? [] : [`odata.maxpagesize=${page.preferred}`];
  if (formatting !== null) applied.push(formatting.applied);
  if (applied.length > 0) headers['preference-applied'] = applied.join(', ');
  headers['server-timing'] = timing.header();
  return headers;
}
