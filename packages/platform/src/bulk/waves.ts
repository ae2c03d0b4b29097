// Cuts the records of a bulk request into waves that can be written at once with the same result as one after the other: no
// record of a wave has the id or key of another, or refers to one, before or after it. It looks at payloads only.
import type { EntityType } from '@kartoteka/metadata';
import type { BulkEnvironment, BulkItem } from './types.ts';

/** Records written by one statement at most: enough to make the round trip cheap, few enough to hold locks briefly. */
export const LARGEST_WAVE = 1_000;

/** UTF-16 units of the records of a wave, unless it is a single one: what is parsed and bound at a time. */
export const LONGEST_WAVE = 4 * 1024 * 1024;

/** The waves in order; `largest` bounds their number of records. */
export function* waves(
  { entity, mode, key }: Pick<BulkEnvironment, 'entity' | 'mode' | 'key'>,
  items: Iterable<BulkItem>,
  largest: number,
): Generator<readonly BulkItem[]> {
  const marks = new Marks(
    entity,
    mode === 'create',
    key.map(({ name }) => name),
  );
  let wave: BulkItem[] = [];
  let length = 0;
  for (const item of items) {
    const isFull = wave.length === largest || length + item.length > LONGEST_WAVE;
    if (wave.length > 0 && (isFull || marks.depends(item))) {
      yield wave;
      wave = [];
      length = 0;
      marks.clear();
    }
    marks.add(item);
    wave.push(item);
    length += item.length;
  }
  if (wave.length > 0) yield wave;
}

/** What the records of the wave so far identify. */
class Marks {
  readonly #keys: readonly (readonly string[])[];
  /** Lookups of the entity that lead to the entity itself. */
  readonly #references: readonly string[];
  readonly #found: readonly string[];
  readonly #entity: string;
  readonly #creates: boolean;
  /** Mark -> the properties given beside it. */
  readonly #marks = new Map<string, string>();

  constructor(entity: EntityType, creates: boolean, found: readonly string[]) {
    this.#keys = [...entity.keys.values()].map((key) => key.properties);
    const own = [...entity.navigations.values()].filter(
      (navigation) => !navigation.collection && navigation.field !== null && navigation.target === entity.name,
    );
    this.#references = own.map((navigation) => navigation.property);
    this.#found = found;
    this.#entity = entity.name;
    this.#creates = creates;
  }

  clear(): void {
    this.#marks.clear();
  }

  add(item: BulkItem): void {
    const shape = Object.keys(item.values).join();
    for (const mark of this.#marksOf(item)) if (!this.#marks.has(mark)) this.#marks.set(mark, shape);
    for (const id of this.#referencesOf(item)) this.#marks.set(referenceMark(id), shape);
  }

  depends(item: BulkItem): boolean {
    if (this.#marks.size === 0) return false;
    for (const id of this.#referencesOf(item)) if (this.#marks.has(idMark(id))) return true;
    for (const mark of this.#namedBy(item)) if (this.#marks.has(mark)) return true;
    const { id } = item.values;
    if (typeof id === 'string' && this.#marks.has(referenceMark(id))) return true;
    for (const mark of this.#marksOf(item)) if (this.#collides(mark, item)) return true;
    return false;
  }

  /** Of new records with the same properties, which one statement writes in their order, the first with a key is written. */
  #collides(mark: string, { values }: BulkItem): boolean {
    const shape = this.#marks.get(mark);
    if (shape === undefined) return false;
    return !this.#creates || mark.startsWith(ID) || shape !== Object.keys(values).join();
  }

  #referencesOf({ values, links }: BulkItem): readonly string[] {
    if (this.#references.length === 0 && links.length === 0) return NONE;
    const linked = links.flatMap(({ navigation, ids }) => (navigation.target === this.#entity ? ids : []));
    const named = this.#references.flatMap((name) => {
      const value = values[name];
      return typeof value === 'string' ? value : [];
    });
    return [...named, ...linked];
  }

  /** Records of the entity that it refers to by another key: they may be among those before it. */
  *#namedBy({ named = [] }: BulkItem): Generator<string> {
    for (const { entity, alternate } of named) {
      if (entity.name !== this.#entity) continue;
      const { properties } = alternate.key;
      yield keyMark(
        properties,
        properties.map((name) => alternate.values[name]),
      );
    }
  }

  *#marksOf({ values, key }: BulkItem): Generator<string> {
    if (typeof values.id === 'string') yield idMark(values.id);
    if (key.length > 0) yield `${this.#found.join()} ${JSON.stringify(key)}`;
    for (const properties of this.#keys) {
      const given = properties.map((name) => values[name]);
      if (given.every((value) => value !== undefined && value !== null)) yield keyMark(properties, given);
    }
  }
}

const NONE: readonly string[] = [];
const ID = 'id ';
const idMark = (id: string): string => ID + id.toLowerCase();
/** The same for a number and its text. */
const keyMark = (properties: readonly string[], values: readonly unknown[]): string =>
  `${properties.join()} ${JSON.stringify(values.map(String))}`;
const referenceMark = (id: string): string => `reference ${id.toLowerCase()}`;
