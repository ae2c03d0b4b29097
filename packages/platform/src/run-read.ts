// What every read of a list or record is made of, whether it answers records or rows: its environment, the values that its statement
// is bound with, running it, and the headers and links of a page. It plans nothing.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { Formatting } from './formatted-values.ts';
import type { RecordRoom } from './plan/record-limit.ts';
import type { EngineRequest } from './platform-types.ts';
import type { CompiledRead } from './read-cache.ts';
import type { Format } from './request/headers.ts';
import type { Page } from './request/page.ts';
import type { QueryOptions } from './request/query-options.ts';
import { encodeSkipToken, type TokenValues, tokenShape } from './request/skiptoken.ts';
import type { Principal } from './security/types.ts';
import { jsonHeaders, linkFormat, nextLink, type Timing } from './shape.ts';
import { MOST_BYTES } from './sql/answer-size.ts';
import { bindStatement } from './sql/bind.ts';
import type { ReadFormat } from './sql/read.ts';
import type { Executor, Row } from './storage/types.ts';

/** What a read works with. */
export interface ReadEnvironment {
  readonly model: Model;
  readonly executor: Executor;
  readonly principal: Principal;
  readonly request: EngineRequest;
  /** Of the batch that the request is part of. */
  readonly room?: RecordRoom | undefined;
}

/** Headers of a page; `tracking`: preferences that were applied beside its size and formatted values. */
export function collectionHeaders(
  request: EngineRequest,
  format: Format,
  page: Page,
  formatting: Formatting | null,
  timing: Timing,
  tracking: readonly string[] = [],
): Record<string, string> {
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  const applied = page.preferred === null ? [...tracking] : [...tracking, `odata.maxpagesize=${page.preferred}`];
  if (formatting !== null) applied.push(formatting.applied);
  if (applied.length > 0) headers['preference-applied'] = applied.join(', ');
  headers['server-timing'] = timing.header();
  return headers;
}

/** Named values of the statement of a list. */
export function collectionValues(
  request: EngineRequest,
  options: QueryOptions,
  page: Page,
  after: TokenValues | null,
): Record<string, string | null> {
  const values: Record<string, string | null> = {
    limit: String(page.paged ? page.size + 1 : page.size),
    page: String(page.size),
    skip: String(page.skip),
    base_url: request.baseUrl,
    format: linkFormat(options),
  };
  after?.forEach((value, index) => {
    values[`key${index}`] = value;
  });
  return values;
}

/** The link to the next page of `set`, which goes on after `row`; `more` follows the token. */
export function nextLinkOf(
  request: EngineRequest,
  set: string,
  options: QueryOptions,
  row: Row,
  compiled: CompiledRead,
  page: Page,
  more = '',
): string {
  const values = Array.from({ length: compiled.orderKeys }, (_, index) => (row[`k${index}`] ?? null) as string | null);
  const remaining = page.top === null ? null : page.top - page.size;
  const token = encodeSkipToken(tokenShape(set, options), values);
  return nextLink(`${request.baseUrl}/${set}`, options, `${token}${more}`, remaining);
}

/** What of the format the statement has to know. */
export function sqlFormat(format: Format): ReadFormat {
  const { ieee754, metadata, titles = false } = format;
  return { ieee754, annotations: metadata !== 'none', titles };
}

/** From the second time on the statement is a prepared one; a search is planned for its terms, which may be rare or everywhere. */
export function execute(
  env: ReadEnvironment,
  compiled: CompiledRead,
  literals: readonly string[],
  values: Readonly<Record<string, string | null>>,
): Promise<readonly Row[]> {
  const { statement, prepared } = compiled;
  compiled.prepared = true;
  const { model, principal } = env;
  const parameters = bindStatement(statement, { model, principal, literals, values });
  return env.executor.run(statement.text, parameters, {
    prepare: prepared && !compiled.searches,
    brief: compiled.brief,
  });
}

export function takeText(row: Row, name: string): string {
  const text = row[name];
  if (typeof text === 'string') {
    (row as Record<string, unknown>)[name] = null;
    return text;
  }
  const limit = 'bytes in one answer; ask for fewer records or properties';
  throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
}
