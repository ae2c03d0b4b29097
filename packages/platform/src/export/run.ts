// GET of an entity set as CSV: all records of the list in one answer, page after page as the client takes them.
import { type EntityType, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { refuseTracking } from '../list-request.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { authorizeRead } from '../plan/authorize.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { type CsvFormat, parseCsvFormat, parsePrefer, responseVersion } from '../request/headers.ts';
import { parseQueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import type { Database } from '../storage/types.ts';
import { type CsvColumn, csvColumns, csvHeader, csvLine } from './columns.ts';
import { beginExport, type ExportEntry, endExport } from './log.ts';
import { type ExportPage, ExportPages } from './pages.ts';

/** How CSV is asked for; null where it is not. */
export function csvFormatOf(request: EngineRequest): CsvFormat | null {
  const accept = header(request, 'accept');
  // Only what has these letters can ask for it: other lists pay nothing.
  if (!/csv/i.test(accept ?? '') && !/csv/i.test(request.query)) return null;
  return parseCsvFormat(accept, parseQueryOptions(request.query).format);
}

/**
 * 200 with the records as a stream. The first page is read before the answer begins, so that what is wrong with the request
 * is answered as an error. Throws missing_capability (export) and the errors of a list.
 */
export async function exportCollection(
  env: RequestEnvironment,
  entity: EntityType,
  csv: CsvFormat,
): Promise<EngineResponse> {
  const { model, principal, database, request } = env;
  const options = parseQueryOptions(request.query);
  refuseTracking(options, parsePrefer(header(request, 'prefer')));
  const pages = new ExportPages({ model, principal, executor: database, request }, entity, options);
  const { plan, visible } = authorizeRead(pages.plan, model, principal);
  const columns = csvColumns(plan.select, visible);
  const first = await pages.next();
  const entry = { principal, entity: entity.name, request };
  const id = await beginExport(database, entry);
  const stream = new CsvStream({ database, pages, columns, entry, id, header: csv.header }, first);
  const headers = {
    'content-type': `text/csv;charset=utf-8;header=${csv.header ? 'present' : 'absent'}`,
    'content-disposition': `attachment; filename="${entity.set}.csv"`,
    'odata-version': responseVersion(header(request, 'odata-maxversion')),
  };
  return { status: 200, headers, body: null, stream };
}

interface StreamParts {
  readonly database: Database;
  readonly pages: ExportPages;
  readonly columns: readonly CsvColumn[];
  readonly entry: ExportEntry;
  /** Of the export, as its events name it. */
  readonly id: string;
  readonly header: boolean;
}

/** Pieces of the answer, one per page. It reads a page only when it is asked for one. */
class CsvStream implements AsyncIterator<string> {
  readonly #parts: StreamParts;
  readonly #parse: (text: string) => unknown;
  /** Read but not yet asked for; null: there is no more. */
  #next: ExportPage | null | undefined;
  #head: string;
  #records = 0;
  #ended = false;

  constructor(parts: StreamParts, first: ExportPage | null) {
    this.#parts = parts;
    this.#next = first;
    this.#head = parts.header ? csvHeader(parts.columns) : '';
    // Numbers of the properties are text already; those inside JSON values are not.
    this.#parse = parts.columns.some(({ type }) => type === 'Edm.Untyped') ? parseExactJson : JSON.parse;
  }

  async next(): Promise<IteratorResult<string>> {
    if (this.#ended) return { done: true, value: undefined };
    if (!(await this.#isStillIn())) {
      await this.#end(false, 'cut_off');
      throw new PlatformError('unauthenticated');
    }
    const page = this.#next === undefined ? await this.#parts.pages.next() : this.#next;
    this.#next = page === null ? null : undefined;
    const head = this.#head;
    this.#head = '';
    if (page !== null) return { done: false, value: head + this.#lines(page) };
    if (head !== '') return { done: false, value: head };
    await this.#end(true);
    return { done: true, value: undefined };
  }

  /** Nobody wants the rest. */
  async return(): Promise<IteratorResult<string>> {
    await this.#end(false);
    return { done: true, value: undefined };
  }

  /** Asked before each page: an export may take long, and who is cut off meanwhile gets no more of it. */
  async #isStillIn(): Promise<boolean> {
    const { sender } = this.#parts.entry.request;
    return (await sender?.isStillIn?.()) !== false;
  }

  async #end(complete: boolean, reason?: 'cut_off'): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { database, entry, id } = this.#parts;
    await endExport(database, entry, { id, records: this.#records, complete, reason });
  }

  #lines({ items, count }: ExportPage): string {
    const { columns } = this.#parts;
    this.#records += count;
    return (this.#parse(`[${items}]`) as unknown[]).map((record) => csvLine(columns, record)).join('');
  }
}
