// The shared pieces of one OpenAPI document: each is there once, and only if something refers to it.
import type { Json, JsonObject } from './types.ts';

type Kind = 'schemas' | 'responses' | 'parameters' | 'headers' | 'examples';

export class Components {
  readonly #pointer: (kind: Kind, name: string) => string;
  readonly #kept = new Map<Kind, Map<string, JsonObject>>();
  /** Name of a piece by kind and content. */
  readonly #names = new Map<string, string>();

  /** `pointer`: where pieces stand in the document. */
  constructor(pointer: (kind: Kind, name: string) => string = (kind, name) => `#/components/${kind}/${name}`) {
    this.#pointer = pointer;
  }

  /** A reference to the piece of this name, which `make` gives when it is asked for first. It may refer to itself. */
  ref(kind: Kind, name: string, make: () => JsonObject): JsonObject {
    const pieces = this.#of(kind);
    if (!pieces.has(name)) {
      pieces.set(name, {});
      pieces.set(name, make());
    }
    return this.#reference(kind, name);
  }

  /** A reference to a piece with this content, under `name` where it is the first. */
  same(kind: Kind, name: string, content: JsonObject): JsonObject {
    const key = `${kind} ${JSON.stringify(content)}`;
    const known = this.#names.get(key);
    if (known !== undefined) return this.#reference(kind, known);
    const free = this.#of(kind).has(name) ? `${name}.${checksum(key)}` : name;
    this.#names.set(key, free);
    return this.ref(kind, free, () => content);
  }

  /** The content of a piece. */
  get(kind: Kind, name: string): JsonObject | undefined {
    return this.#of(kind).get(name);
  }

  /** `components` of the document. */
  all(): Record<string, Json> {
    return Object.fromEntries([...this.#kept].map(([kind, pieces]) => [kind, Object.fromEntries(pieces)]));
  }

  /** Names have nothing that a JSON pointer or a URI fragment escapes. */
  #reference(kind: Kind, name: string): JsonObject {
    return { $ref: this.#pointer(kind, name) };
  }

  #of(kind: Kind): Map<string, JsonObject> {
    const pieces = this.#kept.get(kind) ?? new Map<string, JsonObject>();
    this.#kept.set(kind, pieces);
    return pieces;
  }
}

/** A short name for a content, the same on every node. */
export function checksum(text: string): string {
  let hash = 5381;
  for (const char of text) hash = (Math.imul(hash, 33) ^ (char.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}

/** Names of the product's own pieces; those of entities begin with the entity's name, and none ends like these. */
export const own = (name: string): string => `kartoteka.${name}`;
