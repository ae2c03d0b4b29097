// Where two packages say different things of the same member of a document. Neither of them is right, so that neither wins: the
// administrator decides by a customisation, or one of the packages depends on the other and so knows what it changes.
import { canonicalJson } from './content-hash.ts';
import type { DocumentError, Layer, SourceDocument } from './documents.ts';
import { pointerExists, pointerTo } from './json-pointer.ts';
import { type LayerOrder, packageOf } from './layer-order.ts';
import type { LayeredDocument } from './layers.ts';

interface Said {
  readonly source: SourceDocument;
  readonly text: string;
}

/** One finding per member, at the package that comes later. */
export function packageConflicts(document: LayeredDocument, order: LayerOrder): DocumentError[] {
  const parts = document.parts.filter(({ source }) => packageOf(source.layer) !== null);
  if (new Set(parts.map(({ source }) => source.layer)).size < 2) return [];
  const custom = document.parts.filter(({ source }) => source.layer === 'custom');
  const said = new Map<string, Said>();
  const errors: DocumentError[] = [];
  for (const { source, body } of parts) {
    for (const [pointer, value] of leaves(body, '')) {
      const text = canonicalJson(value);
      const other = said.get(pointer);
      said.set(pointer, { source, text });
      if (other === undefined || other.text === text || order.buildsOn(source.layer, other.source.layer)) continue;
      if (custom.some((each) => pointerExists(each.body, pointer))) continue;
      errors.push(conflict(source, pointer, other.source.layer));
    }
  }
  return errors;
}

function conflict({ source }: SourceDocument, pointer: string, other: Layer): DocumentError {
  const reason = `The package ${packageOf(other)} says something else here`;
  const hint = 'Decide by a customisation of this member';
  return { source, pointer, code: 'package_conflict', reason, hint };
}

/** What is no object, and objects without members, with pointers. */
function* leaves(value: unknown, pointer: string): Generator<[pointer: string, value: unknown]> {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const members = isObject ? Object.entries(value) : [];
  if (members.length === 0) yield [pointer, value];
  for (const [name, member] of members) yield* leaves(member, pointer + pointerTo(name));
}
