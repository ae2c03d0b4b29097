// GET of the security events: parse -> plan -> authorize -> compile -> execute -> shape, as every read. Who may is decided in
// plan/authorize.ts.
import { PlatformError } from '../errors.ts';
import { authorizeSecurityEvents } from '../plan/authorize.ts';
import { planSecurityEvents } from '../plan/security-events.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, parsePrefer } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { SECURITY_EVENTS } from '../request/resource.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues, tokenShape } from '../request/skiptoken.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { collectionBody, contextUrl, header, jsonHeaders, nextLink, Timing } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileSecurityEvents } from '../sql/security-events.ts';
import type { Row } from '../storage/types.ts';

const OPTIONS = new Set<keyof QueryOptions>(['filter', 'top', 'skiptoken', 'format']);
/** A position in the log: time and id. */
const KEYS = [/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/, /^\d{1,18}$/] as const;

/** A page of events, newest first. Throws missing_capability (audit) and the errors of the options. */
export async function readSecurityEvents(env: ReadEnvironment): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, executor, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const after = positionOf(options);
  timing.mark('parse');
  const plan = authorizeSecurityEvents(planSecurityEvents(options.filter, after !== null), model, principal);
  const statement = compileSecurityEvents(plan, format.ieee754);
  timing.mark('plan');
  const values: Record<string, string | null> = { limit: String(page.size + 1), page: String(page.size) };
  for (const [index, value] of (after ?? []).entries()) values[`key${index}`] = value;
  // Planned for the values asked for: a kind that is rare is found along another index than one that is not.
  const [row] = await executor.run(
    statement.text,
    bindStatement(statement, { model, principal, literals: [], values }),
  );
  timing.mark('execute');
  const body = collectionBody({
    contextUrl: contextUrl(request, format, 'Collection(kartoteka.security_event)'),
    total: null,
    items: `[${itemsOf(row)}]`,
    nextLink: nextOf(env, options, page, row),
  });
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  if (page.preferred !== null) headers['preference-applied'] = `odata.maxpagesize=${page.preferred}`;
  timing.mark('shape');
  headers['server-timing'] = timing.header();
  return { status: 200, headers, body };
}

function itemsOf(row: Row | undefined): string {
  if (typeof row?.items === 'string') return row.items;
  const limit = 'bytes in one answer; ask for fewer events';
  throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
}

/** Throws invalid_skiptoken also for a forged position. */
function positionOf(options: QueryOptions): TokenValues | null {
  if (options.skiptoken === undefined) return null;
  const values = decodeSkipToken(tokenShape(SECURITY_EVENTS, options), options.skiptoken);
  if (values.length === KEYS.length && KEYS.every((key, index) => key.test(values[index] ?? ''))) return values;
  throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
}

function nextOf({ request }: ReadEnvironment, options: QueryOptions, page: Page, row: Row | undefined): string | null {
  if (!page.paged || Number(row?.rows) <= page.size) return null;
  const token = encodeSkipToken(tokenShape(SECURITY_EVENTS, options), [row?.k0, row?.k1] as TokenValues);
  const remaining = page.top === null ? null : page.top - page.size;
  return nextLink(`${request.baseUrl}/${SECURITY_EVENTS}`, options, token, remaining);
}
