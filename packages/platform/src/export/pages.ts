// Everything that a list shows, read page after page by keyset through the same compiled read as a list's pages. A page is as large as
// its text may be long, so that memory stays bounded however wide the records are.
import { parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { CompiledRead } from '../read-cache.ts';
import { PAGE } from '../request/page.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import { execute, type ReadEnvironment } from '../run-read.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import type { Row } from '../storage/types.ts';

/** Longest JSON text of a page; only a single record may be longer. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** A list that is read to its end: of records, or of the rows that $apply makes of them (sources.ts). */
export interface PageSource {
  /** Null: all. */
  readonly top: number | null;
  readonly skip: number;
  readonly literals: readonly string[];
  /** Further values of the statement. */
  readonly values: Readonly<Record<string, string>>;
  /** JSON values are among what is shown, whose numbers are no texts. */
  readonly exact: boolean;
  /** The statement of the page after these keys. */
  compiled(after: TokenValues | null): Promise<CompiledRead>;
}

/** What is exported, a part at a time; null when there is no more. */
export interface RecordSource {
  next(): Promise<readonly unknown[] | null>;
}

export class ExportPages implements RecordSource {
  readonly #env: ReadEnvironment;
  readonly #source: PageSource;
  /** Records still wanted; null: all. */
  #left: number | null;
  #size: number = PAGE.max;
  #after: TokenValues | null = null;
  #ended = false;

  constructor(env: ReadEnvironment, source: PageSource) {
    this.#env = env;
    this.#source = source;
    this.#left = source.top;
  }

  /** Throws limit_exceeded for a record too long for any page. */
  async next(): Promise<readonly unknown[] | null> {
    while (!this.#ended && this.#left !== 0) {
      const size = Math.min(this.#size, this.#left ?? PAGE.max);
      const compiled = await this.#source.compiled(this.#after);
      const row = await this.#read(compiled, size);
      if (typeof row.items === 'string') {
        this.#take(row, compiled.orderKeys, size);
        // Numbers of the properties are text already; those inside JSON values are not.
        return (this.#source.exact ? parseExactJson : JSON.parse)(`[${row.items}]`) as unknown[];
      }
      if (size === 1) {
        throw new PlatformError('limit_exceeded', { limit: 'bytes of one record', value: String(MOST_BYTES) });
      }
      this.#size = Math.max(1, Math.floor(size / 4));
    }
    return null;
  }

  #take(row: Row, keys: number, size: number): void {
    this.#after = Array.from({ length: keys }, (_, index) => (row[`k${index}`] ?? null) as string | null);
    this.#ended = Number(row.rows) <= size;
    if (this.#left !== null) this.#left -= Math.min(Number(row.rows), size);
    this.#size = Math.min(PAGE.max, this.#size * 2);
  }

  async #read(compiled: CompiledRead, size: number): Promise<Row> {
    const { skip, literals, values: more } = this.#source;
    const values: Record<string, string | null> = {
      limit: String(size + 1),
      page: String(size),
      skip: String(skip),
      base_url: this.#env.request.baseUrl,
      format: '',
      ...more,
      most_bytes: String(size === 1 ? MOST_BYTES : PAGE_BYTES),
    };
    for (const [index, value] of (this.#after ?? []).entries()) values[`key${index}`] = value;
    const row = (await execute(this.#env, compiled, literals, values))[0];
    if (row === undefined) throw new Error('a list answered no row');
    return row;
  }
}
