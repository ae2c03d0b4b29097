// The document that brings a removed field or entity back: found in the history of publishes, where it stood before it was taken away. Pure;
// the revisions are read by whoever asks.
import type { DocumentRevision, HiddenItem, Revision } from '../api-types.ts';

export interface Proposed {
  readonly kind: 'entity';
  readonly name: string;
  readonly patch?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** What brings the item back, if this publish took it away from the custom layer; null: it did not. */
export function proposalFrom(documents: readonly DocumentRevision[], item: HiddenItem): Proposed | null {
  for (const { kind, layer, name, before, after } of documents) {
    if (kind !== 'entity' || layer !== 'custom' || !isObject(before)) continue;
    const of = typeof before.extends === 'string' ? before.extends : name;
    if (of !== item.entity) continue;
    if (item.property === null || (after === undefined && typeof before.extends !== 'string')) {
      if (after === undefined) return { kind: 'entity', name: of, body: before };
      continue;
    }
    const field = lostField(before, after, item.property);
    if (field !== null) return { kind: 'entity', name: of, patch: { fields: field } };
  }
  return null;
}

/** The field of `before` that has the property and is not in `after`, by its name. */
function lostField(before: Json, after: unknown, property: string): Json | null {
  const had = isObject(before.fields) ? before.fields : {};
  const has = isObject(after) && isObject(after.fields) ? after.fields : {};
  const lost = Object.keys(had).filter((name) => !Object.hasOwn(has, name));
  // A property is that of the field whose name it begins with, the longest of them: `site_id` of `site`.
  const of = lost.filter((name) => property === name || property.startsWith(`${name}_`));
  const name = of.sort((a, b) => b.length - a.length)[0];
  return name === undefined ? null : { [name]: had[name] };
}

/** Revisions that may have hidden the item, the most probable first: those at that moment, then those before. */
export function candidates(revisions: readonly Revision[], item: HiddenItem): readonly Revision[] {
  if (item.hidden_on === null) return revisions;
  const hidden = Date.parse(item.hidden_on);
  const distance = ({ created_on }: Revision): number => Math.abs(Date.parse(created_on) - hidden);
  return revisions.toSorted((a, b) => distance(a) - distance(b));
}

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
