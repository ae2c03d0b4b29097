// Records found by a property's value and, for export, properties found by id: asked for in batches, answers kept in bounded
// caches. What was not found is asked for again: it may have come to be.
import { BoundedCache } from '../../bounded-cache.ts';
import type { LookupFormat } from '../map/map-schema.ts';
import { refusal, type ServiceClient } from './answers.ts';
import { query, stringLiteral } from './literals.ts';

const CACHED = 50_000;
/** Characters of an encoded filter; the service takes 16 KiB of query. */
const LONGEST_FILTER = 10_000;
const MOST_VALUES = 200;
/** The largest page that is answered in one piece. */
const PAGE = 1000;

export const AMBIGUOUS: unique symbol = Symbol('ambiguous');

/** Id of the one record, AMBIGUOUS, or undefined: there is none that the user may read. */
export type Found = string | typeof AMBIGUOUS | undefined;

export class Lookups {
  readonly #client: ServiceClient;
  readonly #caches = new Map<string, BoundedCache<string | typeof AMBIGUOUS>>();

  constructor(client: ServiceClient) {
    this.#client = client;
  }

  /** What each text leads to. Throws TransferError where the service refuses to say. */
  async find({ in: set, by }: LookupFormat, texts: ReadonlySet<string>): Promise<ReadonlyMap<string, Found>> {
    const cache = this.#cache(`${set} ${by}`);
    const found = new Map<string, Found>();
    const unknown: string[] = [];
    for (const text of texts) {
      const known = cache.get(text);
      if (known === undefined) unknown.push(text);
      else found.set(text, known);
    }
    for (const chunk of chunks(unknown, stringLiteral)) {
      for (const [text, ids] of await this.#ask(set, by, chunk)) {
        const answer = ids.length === 1 ? (ids[0] as string) : AMBIGUOUS;
        cache.set(text, answer);
        found.set(text, answer);
      }
    }
    return found;
  }

  /** Values of `by` of records, by id; records that are not there are missing. */
  async textsOf({ in: set, by }: LookupFormat, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const cache = this.#cache(`${set} ${by} back`);
    const found = new Map<string, string>();
    const unknown: string[] = [];
    for (const id of ids) {
      const known = cache.get(id);
      if (typeof known === 'string') found.set(id, known);
      else unknown.push(id);
    }
    for (const chunk of chunks(unknown, (id) => id)) {
      const filter = `id in (${chunk.join(',')})`;
      for (const record of await this.#page(set, { select: `id,${by}`, filter, top: String(PAGE) })) {
        const text = record[by] === null ? '' : String(record[by]);
        cache.set(String(record.id), text);
        found.set(String(record.id), text);
      }
    }
    return found;
  }

  #cache(name: string): BoundedCache<string | typeof AMBIGUOUS> {
    const cache = this.#caches.get(name) ?? new BoundedCache<string | typeof AMBIGUOUS>(CACHED);
    this.#caches.set(name, cache);
    return cache;
  }

  /** Ids by text. A full page may be cut: then smaller questions are asked, at last one text and two records. */
  async #ask(set: string, by: string, texts: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    const top = texts.length === 1 ? 2 : PAGE;
    const filter = `${by} in (${texts.map(stringLiteral).join(',')})`;
    const records = await this.#page(set, { select: `id,${by}`, filter, top: String(top) });
    if (records.length === PAGE) {
      const middle = Math.ceil(texts.length / 2);
      const halves = [texts.slice(0, middle), texts.slice(middle)];
      const answers = [await this.#ask(set, by, halves[0] ?? []), await this.#ask(set, by, halves[1] ?? [])];
      return new Map(answers.flatMap((answer) => [...answer]));
    }
    const [only] = texts;
    if (texts.length === 1 && only !== undefined) {
      return new Map(records.length === 0 ? [] : [[only, records.map(({ id }) => String(id))]]);
    }
    const ids = new Map<string, string[]>();
    for (const record of records) {
      const text = String(record[by]);
      ids.set(text, [...(ids.get(text) ?? []), String(record.id)]);
    }
    const found = new Map(texts.flatMap((text) => (ids.has(text) ? [[text, ids.get(text) ?? []] as const] : [])));
    // A type may store another form of what was asked for (e-mail addresses, telephone numbers): whose is it?
    if (found.size === ids.size) return found;
    for (const text of texts) {
      if (!found.has(text)) for (const [own, answer] of await this.#ask(set, by, [text])) found.set(own, answer);
    }
    return found;
  }

  async #page(set: string, options: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]> {
    const answer = await this.#client.get(query(set, options));
    if (answer.error !== null) throw refusal(answer);
    return answer.json.value as Record<string, unknown>[];
  }
}

/** Pieces of a list whose literals fit a query; what does not fit by itself is no value of any record. */
function chunks(texts: readonly string[], literal: (text: string) => string): string[][] {
  const pieces: string[][] = [];
  let length = LONGEST_FILTER;
  for (const text of texts) {
    const size = encodeURIComponent(literal(text)).length + 3;
    if (size > LONGEST_FILTER) continue;
    const last = pieces.at(-1);
    if (last === undefined || length + size > LONGEST_FILTER || last.length >= MOST_VALUES) {
      pieces.push([text]);
      length = size;
    } else {
      last.push(text);
      length += size;
    }
  }
  return pieces;
}
