// Edits of a document: which request brings the custom layer of a change set to what is wanted, as the smallest merge patch. Pure.
import { mergePatch } from '@kartoteka/metadata';
import { belowOf, customOf, isExtended, type LayeredDocument } from './layered.ts';
import { isObject, type Json, nested, same, valueAt, type Way } from './paths.ts';

/** What the API is asked for, below `/metadata/change_sets/{name}/documents/{kind}/{document}`. */
export type EditRequest =
  | { readonly method: 'PATCH' | 'PUT'; readonly body: Json }
  /** The custom layer is to have the document no longer. */
  | { readonly method: 'DELETE' }
  /** The set says nothing of it any more. */
  | { readonly method: 'REVERT' }
  | { readonly method: 'NONE' };

/** A value at a place; undefined takes what is there out. */
export interface Change {
  readonly way: Way;
  readonly value: unknown;
}

/** What makes `after` of `before`, member by member: what is the same in both is not said, so that it stays as its layer has it. */
export function changesBetween(way: Way, before: unknown, after: unknown): readonly Change[] {
  if (same(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ way, value: after }];
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...members].flatMap((member) => changesBetween([...way, member], before[member], after[member]));
}

/** Merge patch of several changes. */
export function patchOf(changes: readonly Change[]): Json {
  return changes.reduce<Json>(
    (patch, { way, value }) => join(patch, nested(way, value === undefined ? null : value)),
    {},
  );
}

/** One patch after the other as one; unlike a merge, null stays. */
function join(first: Json, then: unknown): Json {
  if (!isObject(then)) return first;
  const joined: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(then)) {
    const before = joined[name];
    joined[name] = isObject(before) && isObject(value) ? join(before, value) : value;
  }
  return joined;
}

/** Without objects that have become empty: an extension says what it changes and nothing else. */
function withoutEmpty(body: Json): Json {
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      if (!isObject(value)) return [[name, value]];
      const inner = withoutEmpty(value);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

/** The merge patch that makes `to` of `from`. */
export function differencePatch(from: Json, to: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    const before = from[name];
    if (same(before, value)) continue;
    patch[name] = isObject(before) && isObject(value) ? differencePatch(before, value) : value;
  }
  return patch;
}

const isBare = (body: Json): boolean => Object.keys(body).every((name) => name === 'extends' || name === '$schema');

/**
 * What to ask for so that the changes hold in the change set. Where the draft comes to what is published already, the set says nothing of
 * the document any more; an extension that says nothing is taken away.
 */
export function planEdit(document: LayeredDocument, changes: readonly Change[]): EditRequest {
  const present = customOf(document);
  const extension = isExtended(document);
  const start = present ?? (extension ? { extends: document.name } : { name: document.name });
  // What lower layers say as well is taken out: so a value that is set back follows them again.
  const below = belowOf(document);
  const needed = changes.map(({ way, value }) => ({
    way,
    value: same(value, valueAt(below, way)) ? undefined : value,
  }));
  const wanted = mergePatch(start, patchOf(needed)) as Json;
  const next = extension ? withoutEmpty(wanted) : wanted;
  if (same(present, next)) return { method: 'NONE' };
  const gone = extension && isBare(next);
  if (same(document.published, gone ? null : next)) return { method: document.draft === undefined ? 'NONE' : 'REVERT' };
  if (gone) return { method: 'DELETE' };
  if (!extension && present === null) return { method: 'PUT', body: next };
  // A patch, so that what somebody else puts into the same document of the set stays.
  return { method: 'PATCH', body: differencePatch(present ?? start, next) };
}

/** What to ask for so that the custom layer has the document no longer. One that is only in the draft leaves the set. */
export function planRemoval({ published, draft }: LayeredDocument): EditRequest {
  if (published === null) return { method: draft === undefined ? 'NONE' : 'REVERT' };
  return { method: draft === null ? 'NONE' : 'DELETE' };
}
