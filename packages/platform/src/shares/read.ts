// GET of the shares of one record: parse -> plan -> authorize -> compile -> execute -> shape, as every read. Who may is decided in
// plan/authorize.ts and, of the record, by the statement.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { authorizeShares } from '../plan/authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, parsePrefer } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { isGuid } from '../request/resource.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues, tokenShape } from '../request/skiptoken.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { collectionBody, contextUrl, header, jsonHeaders, nextLink, Timing } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileShares } from '../sql/shares-list.ts';
import type { Row } from '../storage/types.ts';

const OPTIONS = new Set<keyof QueryOptions>(['top', 'skiptoken', 'format']);
/** Of a position: when the share was given. */
const TIME = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;

/**
 * A page of shares, newest first. Throws not_found where the record is missing or hidden, missing_privilege_on_record (share),
 * missing_privilege, and the errors of the options.
 */
export async function readShares(env: ReadEnvironment, entity: EntityType, id: string): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, executor, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const path = `${entity.set}(${id})/shares`;
  const after = positionOf(path, options);
  timing.mark('parse');
  const plan = authorizeShares({ entity, continues: after !== null }, model, principal);
  await principal.ready(plan.entities);
  const statement = compileShares(plan);
  timing.mark('plan');
  const values: Record<string, string | null> = { id, limit: String(page.size + 1), page: String(page.size) };
  for (const [index, value] of (after ?? []).entries()) values[`key${index}`] = value;
  const parameters = bindStatement(statement, { model, principal, literals: [], values });
  const [row] = await executor.run(statement.text, parameters);
  timing.mark('execute');
  const body = collectionBody({
    contextUrl: contextUrl(request, format, 'Collection(kartoteka.record_share)'),
    total: null,
    items: `[${itemsOf(row, entity)}]`,
    nextLink: nextOf(env, path, options, page, row),
  });
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  if (page.preferred !== null) headers['preference-applied'] = `odata.maxpagesize=${page.preferred}`;
  timing.mark('shape');
  headers['server-timing'] = timing.header();
  return { status: 200, headers, body };
}

function itemsOf(row: Row | undefined, { name: entity }: EntityType): string {
  if (row === undefined) throw new Error('a page of shares answered no row');
  if (row.found !== true) throw new PlatformError('not_found');
  if (row.may !== true) throw new PlatformError('missing_privilege_on_record', { privilege: 'share', entity });
  if (typeof row.items === 'string') return row.items;
  const limit = 'bytes in one answer; ask for fewer shares';
  throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
}

/** Throws invalid_skiptoken also for a forged position. */
function positionOf(path: string, options: QueryOptions): TokenValues | null {
  if (options.skiptoken === undefined) return null;
  const values = decodeSkipToken(tokenShape(path, options), options.skiptoken);
  const [time, principal] = values;
  if (values.length === 2 && TIME.test(time ?? '') && isGuid(principal ?? '')) return values;
  throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
}

function nextOf(
  { request }: ReadEnvironment,
  path: string,
  options: QueryOptions,
  page: Page,
  row: Row | undefined,
): string | null {
  if (!page.paged || Number(row?.rows) <= page.size) return null;
  const token = encodeSkipToken(tokenShape(path, options), [row?.k0, row?.k1] as TokenValues);
  const remaining = page.top === null ? null : page.top - page.size;
  return nextLink(`${request.baseUrl}/${path}`, options, token, remaining);
}
