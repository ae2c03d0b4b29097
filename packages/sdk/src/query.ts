// A list that is read page after page as its records are taken. It holds one page.

import { unexpectedAnswer } from './errors.ts';
import type { Int64 } from './exact.ts';
import type { Answer, CallOptions, Transport } from './transport.ts';

export interface Page<T> {
  readonly records: readonly T[];
  /** With `count: true`: how many records there are on all pages. */
  readonly count: Int64 | undefined;
  /** Goes on after this page (`crm.follow`); undefined on the last. */
  readonly next: string | undefined;
}

export interface PageOptions extends CallOptions {
  /** Records on a page, 1,000 at most; 100 unless given. */
  readonly pageSize?: number;
}

/** Nothing is sent before records are asked for; each loop over it reads the list anew. */
export class Query<T> implements AsyncIterable<T> {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #options: PageOptions;

  /** @internal */
  constructor(transport: Transport, path: string, options: PageOptions) {
    this.#transport = transport;
    this.#path = path;
    this.#options = options;
  }

  /** Every record of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) {
      for (const record of page.records) {
        this.#options.signal?.throwIfAborted();
        yield record;
      }
    }
  }

  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let path: string | undefined = this.#path;
    while (path !== undefined) {
      const page: Page<T> = await this.#page(path);
      path = page.next === undefined ? undefined : this.#transport.pathOf(page.next);
      yield page;
    }
  }

  /** The first page alone. */
  page(): Promise<Page<T>> {
    return this.#page(this.#path);
  }

  /** The first record; undefined where there is none. */
  async first(): Promise<T | undefined> {
    return (await this.page()).records[0];
  }

  /** All records, where there are no more than `most`. Throws RangeError as soon as there is one more. */
  async toArray(most: number): Promise<T[]> {
    const records: T[] = [];
    for await (const record of this) {
      if (records.length >= most) throw new RangeError(`the list has more than ${most} records`);
      records.push(record);
    }
    return records;
  }

  async #page(path: string): Promise<Page<T>> {
    const answer = await this.#transport.send({ ...listCall(this.#options), path });
    return pageOf<T>(answer);
  }
}

/** What every request for a page has. */
export function listCall({ pageSize, signal, headers }: PageOptions, ...prefer: readonly string[]) {
  const preferences = [...prefer, ...(pageSize === undefined ? [] : [`odata.maxpagesize=${pageSize}`])];
  return {
    method: 'GET' as const,
    signal,
    headers: { ...headers, ...(preferences.length === 0 ? {} : { prefer: preferences.join(', ') }) },
  };
}

export function pageOf<T>({ json }: Pick<Answer, 'json'>): Page<T> {
  const { value, '@odata.count': count, '@odata.nextLink': next } = json ?? {};
  if (!Array.isArray(value)) throw unexpectedAnswer('a list has a value');
  return { records: value, count: count === undefined ? undefined : (String(count) as Int64), next };
}
