// What the names in views and forms lead to: properties, and paths over to-one navigations. It works on drafts and says
// nothing about what is wrong already with the entity itself.

import { isBrokenName } from './link-condition.ts';
import type { EntityDraft } from './link-entity.ts';
import type { Property } from './model.ts';
import type { EffectiveDocuments } from './parse.ts';

export type ResolvedName =
  | { readonly kind: 'property'; readonly property: Property }
  /** A part of it could not be linked, which is reported there. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'unknown'; readonly reason: string; readonly hint?: string };

/** The property at `name` or `company/name`, beginning at an entity. */
export function resolveName(path: string, start: EntityDraft, drafts: ReadonlyMap<string, EntityDraft>): ResolvedName {
  const segments = path.split('/');
  let at = start;
  for (const name of segments.slice(0, -1)) {
    const navigation = at.navigations.get(name);
    const next = navigation === undefined ? undefined : drafts.get(navigation.target);
    if (navigation === undefined || next === undefined) {
      if (isUnlinked(at, name)) return { kind: 'broken' };
      return { kind: 'unknown', reason: `${at.name} has no lookup ${name}` };
    }
    if (navigation.collection) {
      const hint = 'A path leads over lookups only';
      return { kind: 'unknown', reason: `${name} of ${at.name} leads to many records`, hint };
    }
    at = next;
  }
  const name = segments.at(-1) ?? '';
  const property = at.properties.get(name);
  if (property !== undefined) return { kind: 'property', property };
  return isBrokenName(at, name) ? { kind: 'broken' } : unknownProperty(at, name);
}

function unknownProperty(draft: EntityDraft, name: string): ResolvedName {
  const reason = `There is no property ${name} on ${draft.name}`;
  const owned = draft.fields.find((field) => field.name === name)?.properties ?? [];
  if (owned.length === 0) return { kind: 'unknown', reason };
  return { kind: 'unknown', reason, hint: `The field ${name} has the properties ${owned.join(', ')}` };
}

/** Whether a lookup with errors of its own would have made a collection of the name on the other side. */
export function isLostNavigation(
  name: string,
  drafts: ReadonlyMap<string, EntityDraft>,
  { lostNavigations }: Pick<EffectiveDocuments, 'lostNavigations'>,
): boolean {
  return (
    lostNavigations.has(name) ||
    [...drafts.values()].some(({ broken, document }) =>
      [...broken].some((field) => document.fields[field]?.inverse === name),
    )
  );
}

/** Whether the entity has a field that would make the navigation, had its target, or the field itself, no errors. */
export function isUnlinked(draft: EntityDraft, navigation: string): boolean {
  return (
    isBrokenName(draft, navigation) ||
    draft.fields.some(({ relations }) => relations.some((relation) => relation.navigation === navigation))
  );
}
