// Every record of a list, read page after page by keyset through the same compiled read as a list's pages. A page is as large as
// its text may be long, so that memory stays bounded however wide the records are.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { collectionKey, type FilterShape, filterShape, searchOf } from '../list-request.ts';
import { planList } from '../plan/read.ts';
import type { ReadPlan } from '../plan/read-plan.ts';
import { type CompiledRead, compileRead, keptRead } from '../read-cache.ts';
import { PAGE, pageOf } from '../request/page.ts';
import { allowOptions, type QueryOptions } from '../request/query-options.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import { execute, type ReadEnvironment } from '../run-read.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { compileCollection } from '../sql/read.ts';
import type { Row } from '../storage/types.ts';

/** Longest JSON text of a page; only a single record may be longer. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** Numbers as text, so that none loses a digit; nothing beside the properties. */
const FORMAT = { ieee754: true, metadata: 'none' } as const;

const OPTIONS = new Set<keyof QueryOptions>([
  'filter',
  'select',
  'expand',
  'orderby',
  'top',
  'skip',
  'format',
  'search',
  'compute',
]);

export interface ExportPage {
  /** Records as JSON texts with commas between them. */
  readonly items: string;
  readonly count: number;
}

type Plan = Extract<ReadPlan, { kind: 'collection' }>;

export class ExportPages {
  readonly #env: ReadEnvironment;
  readonly #entity: EntityType;
  readonly #options: QueryOptions;
  readonly #filter: FilterShape;
  readonly #search: ReturnType<typeof searchOf>;
  readonly #skip: number;
  /** Records still wanted; null: all. */
  #left: number | null;
  #size: number = PAGE.max;
  #after: TokenValues | null = null;
  #ended = false;
  readonly #plan: Plan;

  /** Throws the errors of the options and of planning; $count and $skiptoken do not apply. */
  constructor(env: ReadEnvironment, entity: EntityType, options: QueryOptions) {
    if (options.apply !== undefined)
      throw new PlatformError('not_supported', { what: '$apply in CSV' }, { target: '$apply' });
    allowOptions(options, OPTIONS);
    const { top, skip } = pageOf(options, null);
    this.#env = env;
    this.#entity = entity;
    this.#options = options;
    this.#filter = filterShape(env.model, entity, options.filter);
    this.#search = searchOf(options);
    this.#skip = skip;
    this.#left = top;
    this.#plan = this.#planned();
  }

  /** The plan of the first page, to be authorized. */
  get plan(): Plan {
    return this.#plan;
  }

  /** The next records; null when there are no more. Throws limit_exceeded for a record too long for any page. */
  async next(): Promise<ExportPage | null> {
    while (!this.#ended && this.#left !== 0) {
      const size = Math.min(this.#size, this.#left ?? PAGE.max);
      const row = await this.#read(size);
      if (typeof row.items === 'string') return this.#take(row, row.items, size);
      if (size === 1) {
        throw new PlatformError('limit_exceeded', { limit: 'bytes of one record', value: String(MOST_BYTES) });
      }
      this.#size = Math.max(1, Math.floor(size / 4));
    }
    return null;
  }

  #take(row: Row, items: string, size: number): ExportPage {
    const count = Math.min(Number(row.rows), size);
    const { orderBy } = this.#plan.query;
    this.#after = Array.from(orderBy, (_, index) => (row[`k${index}`] ?? null) as string | null);
    this.#ended = Number(row.rows) <= size;
    if (this.#left !== null) this.#left -= count;
    this.#size = Math.min(PAGE.max, this.#size * 2);
    return { items, count };
  }

  async #read(size: number): Promise<Row> {
    const values: Record<string, string | null> = {
      limit: String(size + 1),
      page: String(size),
      skip: String(this.#skip),
      base_url: this.#env.request.baseUrl,
      format: '',
      ...this.#search?.values,
      most_bytes: String(size === 1 ? MOST_BYTES : PAGE_BYTES),
    };
    for (const [index, value] of (this.#after ?? []).entries()) values[`key${index}`] = value;
    const row = (await execute(this.#env, await this.#compiled(), this.#filter.literals, values))[0];
    if (row === undefined) throw new Error('a list answered no row');
    return row;
  }

  #planned(): Plan {
    const page = { top: null, skip: this.#after === null ? this.#skip : 0, count: false, paged: true };
    return { ...planList(this.#env.model, this.#entity, this.#options, page, this.#after), whole: true };
  }

  async #compiled(): Promise<CompiledRead> {
    const { model, principal } = this.#env;
    const page = { count: false, paged: true, skip: this.#after === null ? this.#skip : 0 };
    const filter = `${this.#filter.shape}\0${this.#search?.shape ?? ''}`;
    const shape = collectionKey(model, this.#entity.set, FORMAT, this.#options, filter, page, this.#after);
    const key = `export\0${shape}`;
    const format = { ieee754: true, annotations: false };
    const known = keptRead(principal, key);
    return known ?? compileRead(this.#env, key, this.#planned(), (plan) => compileCollection(plan, format));
  }
}
