// Names of types: made of the names of entities and choices, which are identifiers of their own kind and may meet in one type name.
import { type SchemaDocument, sorted } from './document.ts';

/** What a generated file declares or uses itself. */
const TAKEN: readonly string[] = [
  ...['Schema', 'Operations', 'SchemaData', 'Decimal', 'Int64'],
  ...['Required', 'Pick', 'Array', 'Record', 'Object', 'Promise'],
];

/** What the parts of names in `$defs` become: `deal.read` is `Deal`. */
const SUFFIXES: Readonly<Record<string, string>> = { read: '', create: '_create', update: '_update' };

export class TypeNames {
  readonly #taken = new Set<string>(TAKEN);

  /** The name itself, or with a number where it is taken already. The same calls in the same order give the same names. */
  take(text: string): string {
    const name = pascal(text);
    for (let n = 1; ; n += 1) {
      const candidate = n === 1 ? name : `${name}${n}`;
      if (this.#taken.has(candidate)) continue;
      this.#taken.add(candidate);
      return candidate;
    }
  }
}

/** Names of all types of a document by their names in `$defs`; records first, so that these have the plain ones. */
export function typeNames({ $defs }: SchemaDocument, names: TypeNames): ReadonlyMap<string, string> {
  const order = (name: string): number => (name.endsWith('.read') ? 0 : name.startsWith('values.') ? 2 : 1);
  const all = sorted($defs)
    .map(([name]) => name)
    .sort((a, b) => order(a) - order(b));
  return new Map(all.map((name) => [name, names.take(plainName(name))]));
}

/** `deal.create` -> `deal_create`, `values.deal.stage` -> `deal_stage`, `kartoteka.reference` -> `reference`. */
function plainName(name: string): string {
  const parts = name.split('.');
  if (parts[0] === 'values') return parts.slice(1).join('_');
  if (parts[0] === 'kartoteka') return parts.slice(1).join('_');
  const [entity = '', ...rest] = parts;
  return `${entity}${rest.map((part) => SUFFIXES[part] ?? `_${part}`).join('')}`;
}

/** `deal_stage` -> `DealStage`. Always an identifier. */
function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Z]/.test(name) ? name : `T${name}`;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A member's name as it stands in a type or an object. */
export function memberName(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}
