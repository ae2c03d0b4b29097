// The local copy: a file of lines, each a page of changes with the state from which to go on. It knows no CRM.
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, truncate } from 'node:fs/promises';

export interface Kept {
  readonly id: string;
}

export interface Page {
  readonly initial: boolean;
  readonly complete: boolean;
  readonly changed: readonly Kept[];
  readonly removed: readonly { readonly id: string }[];
  readonly state: string;
}

type Line = { readonly set: string } & (Page | { readonly forgotten: true });

interface Followed {
  records: Map<string, Kept>;
  /** A new copy that is not complete yet. */
  coming: Map<string, Kept> | undefined;
  state: string | undefined;
}

/** Lines from which on the file is written anew when it is opened. */
const MANY = 1000;
const PAGE = 500;

export class LocalCopy {
  readonly #sets = new Map<string, Followed>();
  readonly #path: string;
  #file: FileHandle | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<LocalCopy> {
    const copy = new LocalCopy(path);
    await (await open(path, 'a')).close();
    const lines = await copy.#read();
    const isWhole = [...copy.#sets.values()].every(({ state, coming }) => state !== undefined && coming === undefined);
    if (lines > MANY && isWhole) await copy.#rewrite();
    copy.#file = await open(path, 'a');
    return copy;
  }

  records(set: string): ReadonlyMap<string, Kept> {
    return this.#of(set).records;
  }

  /** Where to go on; undefined: at the beginning. */
  state(set: string): string | undefined {
    return this.#of(set).state;
  }

  /** Keeps a page and its state for good, both or neither. */
  async keep(set: string, page: Page): Promise<void> {
    await this.#write({ set, ...page });
  }

  /** The next page begins a new copy; the old one stays until that is complete. */
  async forget(set: string): Promise<void> {
    await this.#write({ set, forgotten: true });
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #of(set: string): Followed {
    const known = this.#sets.get(set) ?? { records: new Map(), coming: undefined, state: undefined };
    this.#sets.set(set, known);
    return known;
  }

  async #write(line: Line): Promise<void> {
    await this.#file?.appendFile(`${JSON.stringify(line)}\n`);
    await this.#file?.sync();
    this.#apply(line);
  }

  #apply(line: Line): void {
    const followed = this.#of(line.set);
    if ('forgotten' in line) {
      followed.state = undefined;
      followed.coming = undefined;
      return;
    }
    const { initial, complete, changed, removed, state } = line;
    const records = initial ? (followed.coming ?? new Map<string, Kept>()) : followed.records;
    for (const record of changed) records.set(record.id, record);
    for (const { id } of removed) records.delete(id);
    followed.coming = initial && !complete ? records : undefined;
    if (complete) followed.records = records;
    followed.state = state;
  }

  /** Reads the file, and cuts off a line that was not written to its end. */
  async #read(): Promise<number> {
    let lines = 0;
    let good = 0;
    let rest: Buffer = Buffer.alloc(0);
    for await (const bytes of createReadStream(this.#path) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, bytes]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        this.#apply(JSON.parse(rest.toString('utf8', 0, end)));
        rest = rest.subarray(end + 1);
        good += end + 1;
        lines += 1;
      }
    }
    if (rest.length > 0) await truncate(this.#path, good);
    return lines;
  }

  /** One line for some hundred records in place of all that became of them; the old file stays until the new one is whole. */
  async #rewrite(): Promise<void> {
    const path = `${this.#path}.new`;
    const file = await open(path, 'w');
    for (const [set, { records, state }] of this.#sets) {
      const all = [...records.values()];
      for (let at = 0; at === 0 || at < all.length; at += PAGE) {
        const changed = all.slice(at, at + PAGE);
        const page = { initial: true, complete: at + PAGE >= all.length, changed, removed: [], state };
        await file.appendFile(`${JSON.stringify({ set, ...page })}\n`);
      }
    }
    await file.sync();
    await file.close();
    await rename(path, this.#path);
  }
}
