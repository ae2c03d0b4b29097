// Which names a layer may give: customisations the organization's prefixes, a package its publisher's, the base none of the
// organization's. So that a later version of what is below never takes a name that somebody has given above.
import type { DocumentError, DocumentKind, SourceDocument } from './documents.ts';
import { pointerExists, pointerTo } from './json-pointer.ts';
import { type LayerOrder, packageOf } from './layer-order.ts';

type Json = Readonly<Record<string, unknown>>;

/** Members of a document whose keys are names that a layer may add to (layers merge by key). */
export const NAMED_MEMBERS: Readonly<Record<DocumentKind, readonly string[]>> = {
  entity: ['fields', 'keys', 'indexes', 'rules'],
  choice: ['values'],
  role: [],
  // Columns, fields and related lists are keyed by names that exist elsewhere.
  view: [],
  form: ['sections'],
  // Matches and mapped fields are keyed by properties.
  duplicate_rule: [],
  assignment_rule: [],
  mapping: [],
  organization: [],
};

/** Findings about the names of a document that extends no other. */
export function wholeDocumentNames(source: SourceDocument, order: LayerOrder): DocumentError[] {
  const body = source.body as Json;
  const errors: DocumentError[] = [];
  if (source.kind !== 'organization') errors.push(...prefixErrors(source, '/name', source.name, order));
  if (source.kind === 'entity' && typeof body.set === 'string') {
    errors.push(...prefixErrors(source, '/set', body.set, order));
  }
  if (source.layer !== 'base') return errors;
  for (const [pointer, name] of namedMembers(source.kind, body))
    errors.push(...prefixErrors(source, pointer, name, order));
  return errors;
}

/** Findings about the names that an extension adds to the document below it. */
export function addedNames(source: SourceDocument, body: Json, below: Json, order: LayerOrder): DocumentError[] {
  return [...namedMembers(source.kind, body)].flatMap(([pointer, name]) =>
    pointerExists(below, pointer) ? [] : prefixErrors(source, pointer, name, order),
  );
}

function* namedMembers(kind: DocumentKind, body: Json): Generator<[pointer: string, name: string]> {
  for (const member of NAMED_MEMBERS[kind]) {
    const names = body[member];
    if (names === null || typeof names !== 'object') continue;
    for (const name of Object.keys(names)) yield [pointerTo(member, name), name];
  }
}

function prefixErrors(source: SourceDocument, pointer: string, name: string, order: LayerOrder): DocumentError[] {
  const expected = source.layer !== 'base';
  const prefixes = expected ? order.prefixesOf(source.layer) : order.customPrefixes;
  if (prefixes.some((prefix) => name.startsWith(prefix)) === expected) return [];
  const list = prefixes.join(', ');
  const owner = packageOf(source.layer);
  const whose = owner === null ? 'custom name' : `package ${owner}'s name`;
  const reason = expected
    ? `The ${whose} ${name} does not begin with ${list}${pointer.includes('/', 1) ? ', and nothing below is called so' : ''}`
    : `The shipped name ${name} begins with a prefix of custom names (${list})`;
  const hint = expected ? `Call it ${prefixes[0] ?? ''}${name}` : 'Take the prefix off';
  return [{ source: source.source, pointer, code: 'name_prefix', reason, hint }];
}
