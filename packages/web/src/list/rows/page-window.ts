// Pages of a list around the place that is looked at. Each page begins where the one before it ended (keyset links of the service), so
// none is skipped or shown twice whatever is written meanwhile; pages far away are dropped and fetched again by their link.
// Held: a short text for each page seen - of a million rows some megabyte - and the rows of `keep` pages. It knows no entity and draws nothing.

import { type GroupMarks, headsBefore, marksOf } from './groups.ts';

export interface FetchedPage<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined after the last. */
  readonly next?: string;
}

interface Page<Row> {
  readonly link: string;
  /** Undefined: never fetched, or dropped. */
  rows?: Row[];
  /** Rows when it was last fetched. */
  length: number;
  /** Where groups begin in it, where the list has groups. */
  marks?: GroupMarks | undefined;
}

export interface PageWindowOptions<Row> {
  /** Link of the first page. */
  readonly first: string;
  readonly fetch: (link: string, signal: AbortSignal) => Promise<FetchedPage<Row>>;
  readonly idOf: (row: Row) => string;
  /** Of a list whose rows stand in groups: which one a row is in. */
  readonly groupOf?: (row: Row) => string;
  /** Pages whose rows are held; those around the place that is looked at are in any case. */
  readonly keep: number;
}

export class PageWindow<Row> {
  readonly #options: PageWindowOptions<Row>;
  #pages: Page<Row>[];
  readonly #fetching = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  /** Counts what a reader could see differently. */
  #version = 0;
  #error: unknown;
  /** Rows that were asked for last, from and to. */
  #wanted: readonly [number, number] = [0, 0];

  constructor(options: PageWindowOptions<Row>) {
    this.#options = options;
    this.#pages = [{ link: options.first, length: 0 }];
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly version = (): number => this.#version;

  /** Rows known to exist; more follow unless `isEnd`. */
  get count(): number {
    return this.#pages.reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether the last page has been seen. */
  get isEnd(): boolean {
    const last = this.#pages.at(-1);
    return last === undefined || last.length > 0 || last.rows !== undefined;
  }

  /** Why the last fetch failed; undefined once one succeeds or is tried again. */
  get error(): unknown {
    return this.#error;
  }

  /** Rows held at the moment. */
  get held(): number {
    return this.#pages.reduce((sum, { rows }) => sum + (rows?.length ?? 0), 0);
  }

  /** Undefined: not there, or not fetched. */
  row(index: number): Row | undefined {
    const [page, start] = this.#at(index);
    return page === -1 ? undefined : this.#pages[page]?.rows?.[index - start];
  }

  /** How many of the rows before this one begin a group; 0 in a list without groups. */
  headsBefore(index: number): number {
    return this.#options.groupOf === undefined ? 0 : headsBefore(this.#pages, index);
  }

  indexOf(id: string): number {
    let start = 0;
    for (const { rows, length } of this.#pages) {
      const at = rows?.findIndex((row) => this.#options.idOf(row) === id) ?? -1;
      if (at >= 0) return start + at;
      start += length;
    }
    return -1;
  }

  /** Sees to it that the rows from one to another are fetched, and what comes after the end where they reach it. Drops what is far. */
  need(from: number, to: number): void {
    this.#wanted = [from, to];
    if (this.#error !== undefined) return;
    let start = 0;
    for (const [at, page] of this.#pages.entries()) {
      const isNew = at === this.#pages.length - 1 && page.rows === undefined && page.length === 0;
      const isNear = isNew ? to >= start : start <= to && start + page.length > from;
      if (isNear && page.rows === undefined) void this.#fetch(at);
      start += page.length;
    }
    this.#drop();
  }

  /** Tries again what failed. */
  retry(): void {
    this.#error = undefined;
    this.#changed();
    this.need(...this.#wanted);
  }

  /** A row as it is now. */
  replace(row: Row): void {
    const id = this.#options.idOf(row);
    this.#edit(id, (rows, at) => rows.splice(at, 1, row));
  }

  remove(id: string): void {
    this.#edit(id, (rows, at) => rows.splice(at, 1));
  }

  /** Fetches again what is looked at, which stays until it is there; what is further away is dropped. */
  refresh(): void {
    this.stop();
    const [from, to] = this.#wanted;
    let start = 0;
    for (const [at, page] of this.#pages.entries()) {
      const isNear = start <= to && start + page.length >= from;
      start += page.length;
      if (page.rows === undefined) continue;
      if (isNear) void this.#fetch(at);
      else page.rows = undefined;
    }
    this.need(from, to);
  }

  /** Ends what is under way. */
  stop(): void {
    for (const control of this.#fetching.values()) control.abort();
    this.#fetching.clear();
    this.#error = undefined;
  }

  async #fetch(at: number): Promise<void> {
    const page = this.#pages[at];
    if (page === undefined || this.#fetching.has(at)) return;
    const control = new AbortController();
    this.#fetching.set(at, control);
    try {
      const fetched = await this.#options.fetch(page.link, control.signal);
      // Meanwhile the pages may have become others.
      if (!control.signal.aborted && this.#pages[at] === page) this.#take(at, fetched);
    } catch (error) {
      if (!control.signal.aborted) this.#error = error;
    } finally {
      if (this.#fetching.get(at) === control) this.#fetching.delete(at);
    }
    if (control.signal.aborted) return;
    this.#changed();
    this.need(...this.#wanted);
  }

  /** A page as it was fetched, and where the next one begins now. */
  #take(at: number, { rows, next }: FetchedPage<Row>): void {
    const page = this.#pages[at] as Page<Row>;
    const following = this.#pages[at + 1];
    const begins = following?.rows?.[0];
    // Rows that the next page shows already: some of this one are gone, so that it reaches further.
    const overlap = begins === undefined ? -1 : this.#find(rows, this.#options.idOf(begins));
    page.rows = rows.slice(0, overlap < 0 ? undefined : overlap);
    this.#measure(page);
    if (overlap >= 0) return;
    if (next === undefined) this.#cut(at + 1);
    else if (following?.link !== next) this.#relink(at + 1, next);
  }

  #measure(page: Page<Row>): void {
    const { groupOf } = this.#options;
    page.length = page.rows?.length ?? 0;
    if (groupOf !== undefined) page.marks = marksOf(page.rows ?? [], groupOf);
  }

  #find(rows: readonly Row[], id: string): number {
    return rows.findIndex((row) => this.#options.idOf(row) === id);
  }

  /** The page begins elsewhere than it did: what it held is fetched again. */
  #relink(at: number, link: string): void {
    this.#abort(at);
    const { length = 0, marks } = this.#pages[at] ?? {};
    this.#pages[at] = { link, length, marks };
  }

  /** There is nothing from this page on. */
  #cut(from: number): void {
    for (const at of this.#fetching.keys()) if (at >= from) this.#abort(at);
    this.#pages.length = Math.min(this.#pages.length, from);
  }

  #abort(at: number): void {
    this.#fetching.get(at)?.abort();
    this.#fetching.delete(at);
  }

  #drop(): void {
    const [from, to] = this.#wanted;
    let start = 0;
    const held = this.#pages.flatMap((page) => {
      const distance = Math.max(start - to, from - (start + page.length), 0);
      start += page.length;
      return page.rows === undefined || page.length === 0 ? [] : [{ page, distance }];
    });
    if (held.length <= this.#options.keep) return;
    held.sort((a, b) => a.distance - b.distance);
    for (const { page, distance } of held.slice(this.#options.keep)) if (distance > 0) page.rows = undefined;
  }

  #edit(id: string, change: (rows: Row[], at: number) => void): void {
    for (const page of this.#pages) {
      const at = page.rows === undefined ? -1 : this.#find(page.rows, id);
      if (page.rows === undefined || at < 0) continue;
      page.rows = [...page.rows];
      change(page.rows, at);
      this.#measure(page);
      this.#changed();
      return;
    }
  }

  /** The page that has a row, and the index of its first. */
  #at(index: number): readonly [number, number] {
    let start = 0;
    for (const [at, { length }] of this.#pages.entries()) {
      if (index < start + length) return index < start ? [-1, 0] : [at, start];
      start += length;
    }
    return [-1, 0];
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
