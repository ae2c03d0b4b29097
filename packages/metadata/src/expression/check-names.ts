// What a path names where an expression stands: a property of the record, or of the member that a variable stands for.
// It reports nothing; who asks says what is wrong.
import { type ResolvedPath, type ResolvedRecords, type Scope, THIS } from './types.ts';

/** What a variable stands for: a member of an array, or a record of a collection. */
export type Binding =
  | { readonly kind: 'value'; readonly path: ResolvedPath }
  | { readonly kind: 'record'; readonly scope: Scope };

export interface Names {
  /** Of paths that begin with no variable. */
  readonly scope: Scope;
  /** Variable by which typed nodes call the record of `scope`; undefined for that of the whole expression. */
  readonly root: string | undefined;
  /** Of $it. */
  readonly it: Scope | 'refused';
  readonly variables: ReadonlyMap<string, Binding>;
}

interface Place {
  readonly scope: Scope;
  readonly root: string | undefined;
  readonly rest: readonly string[];
}

/** The record that a path begins at, and the path from there; undefined where it begins at no record. */
function placeOf({ scope, root, it, variables }: Names, segments: readonly string[]): Place | undefined {
  const [first = '', ...rest] = segments;
  const binding = variables.get(first);
  if (binding !== undefined) return binding.kind === 'value' ? undefined : { scope: binding.scope, root: first, rest };
  if (first === '$it') return it === 'refused' ? undefined : { scope: it, root: undefined, rest };
  // The member of a collection that is filtered: the record of the scope.
  if (first === THIS) return { scope, root, rest };
  return { scope, root, rest: segments };
}

export interface NamedPath {
  readonly path: ResolvedPath;
  /** The record that the path begins at (see Names.root). */
  readonly root: string | undefined;
  /** The variable, where the path is one that stands for a value. */
  readonly value: string | undefined;
}

/** What a path names; undefined for what names no property. */
export function resolvePath(names: Names, segments: readonly string[]): NamedPath | undefined {
  const [first = ''] = segments;
  const binding = names.variables.get(first);
  if (binding?.kind === 'value')
    return segments.length === 1 ? { path: binding.path, root: undefined, value: first } : undefined;
  const place = placeOf(names, segments);
  if (place === undefined || place.rest.length === 0) return undefined;
  const path = place.scope.resolve(place.rest);
  return path && { path, root: place.root, value: undefined };
}

/** The records that a path leads to, with the record that it begins at; see Scope.records. */
export function resolveRecords(
  names: Names,
  segments: readonly string[],
): (ResolvedRecords & { readonly root?: string }) | 'refused' | undefined {
  const place = placeOf(names, segments);
  if (place === undefined || place.rest.length === 0) return undefined;
  const records = place.scope.records?.(place.rest);
  if (records === undefined || records === 'refused' || place.root === undefined) return records;
  return { ...records, root: place.root };
}
