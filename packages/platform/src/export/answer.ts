// The answer that sends an export: recorded before its first record leaves, and when it ends. What is sent, and in which format, others
// say.
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { type ExportFormat, MEDIA_TYPES } from '../request/export-format.ts';
import { responseVersion } from '../request/headers.ts';
import { header } from '../shape.ts';
import type { Database } from '../storage/types.ts';
import { csvTable } from './csv.ts';
import { beginExport, type ExportEntry, endExport } from './log.ts';
import type { RecordSource } from './pages.ts';
import type { ExportColumn, Piece, Table } from './table.ts';
import { xlsxTable } from './xlsx/table.ts';

export interface Exported {
  readonly source: RecordSource;
  readonly columns: readonly ExportColumn[];
  /** Name of the entity; null: it is of none. */
  readonly entity: string | null;
  /** Name of the file, without its extension. */
  readonly file: string;
  /** What people call what is in it. */
  readonly title: string;
}

type MakeTable<Kind extends ExportFormat['kind']> = (
  format: ExportFormat & { readonly kind: Kind },
  exported: Exported,
  timeZone: string,
) => Table;

const TABLES: { readonly [Kind in ExportFormat['kind']]: MakeTable<Kind> } = {
  csv: (format, { columns }) => csvTable(columns, format.header),
  xlsx: (_format, { columns, title }, timeZone) => xlsxTable({ columns, title, timeZone }),
};

const mediaType = (format: ExportFormat): string =>
  format.kind === 'csv'
    ? `${MEDIA_TYPES.csv};charset=utf-8;header=${format.header ? 'present' : 'absent'}`
    : MEDIA_TYPES[format.kind];

/** 200 with the file as a stream. The caller has been found to have the capability. Throws what the first records are refused with. */
export async function exportAnswer(
  env: RequestEnvironment,
  format: ExportFormat,
  exported: Exported,
): Promise<EngineResponse> {
  const { model, principal, database, request } = env;
  const table = (TABLES[format.kind] as MakeTable<never>)(format as never, exported, model.organization.timeZone);
  const first = await exported.source.next();
  const entry = { principal, entity: exported.entity, request, format: format.kind };
  const id = await beginExport(database, entry);
  const headers = {
    'content-type': mediaType(format),
    'content-disposition': `attachment; filename="${exported.file}.${format.kind}"`,
    'odata-version': responseVersion(header(request, 'odata-maxversion')),
  };
  const stream = new ExportStream({ database, source: exported.source, table, entry, id }, first);
  return { status: 200, headers, body: null, stream };
}

interface StreamParts {
  readonly database: Database;
  readonly source: RecordSource;
  readonly table: Table;
  readonly entry: ExportEntry;
  /** Of the export, as its events name it. */
  readonly id: string;
}

const DONE = { done: true, value: undefined } as const;

/** Pieces of the answer, one per page. It reads a page only when it is asked for one. */
class ExportStream implements AsyncIterator<Piece> {
  readonly #parts: StreamParts;
  /** Read but not yet asked for; null: there is no more. */
  #next: readonly unknown[] | null | undefined;
  #state: 'new' | 'begun' | 'written' | 'ended' = 'new';
  #records = 0;

  constructor(parts: StreamParts, first: readonly unknown[] | null) {
    this.#parts = parts;
    this.#next = first;
  }

  async next(): Promise<IteratorResult<Piece>> {
    while (this.#state !== 'ended') {
      if (!(await this.#isStillIn())) {
        await this.#end(false, 'cut_off');
        throw new PlatformError('unauthenticated');
      }
      const piece = await this.#piece();
      if (piece === null) await this.#end(true);
      else if (piece.length > 0) return { done: false, value: piece };
    }
    return DONE;
  }

  /** Nobody wants the rest. */
  async return(): Promise<IteratorResult<Piece>> {
    await this.#end(false);
    return DONE;
  }

  /** What comes next; null when all is written. */
  async #piece(): Promise<Piece | null> {
    const { table, source } = this.#parts;
    if (this.#state === 'written') return null;
    if (this.#state === 'new') {
      this.#state = 'begun';
      return table.begin();
    }
    const records = this.#next === undefined ? await source.next() : this.#next;
    this.#next = undefined;
    if (records !== null) {
      this.#records += records.length;
      return table.rows(records);
    }
    this.#state = 'written';
    return table.end();
  }

  /** Asked before each page: an export may take long, and who is cut off meanwhile gets no more of it. */
  async #isStillIn(): Promise<boolean> {
    const { sender } = this.#parts.entry.request;
    return (await sender?.isStillIn?.()) !== false;
  }

  async #end(complete: boolean, reason?: 'cut_off'): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    const { database, entry, id, table } = this.#parts;
    table.dispose();
    await endExport(database, entry, { id, records: this.#records, complete, reason });
  }
}
