// Solution layers: puts the documents of all layers together into one effective document per kind and name, and remembers
// which source said what. It looks at names and layers only, never at what a document means.
import type { DocumentError, DocumentKind, SourceDocument } from './documents.ts';
import { pointerExists, pointerTo } from './json-pointer.ts';

type Json = Readonly<Record<string, unknown>>;

/** One effective document and the sources it was merged from, lowest layer first. */
export interface LayeredDocument {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly body: Json;
  readonly parts: readonly { readonly source: SourceDocument; readonly body: Json }[];
}

/** Source that says what stands at the pointer: the topmost layer that has it, else the lowest. */
export function sourceAt(document: LayeredDocument, pointer: string): string {
  return partAt(document, pointer)?.source ?? document.name;
}

/** The layer of that source. */
export function layerAt(document: LayeredDocument, pointer: string): SourceDocument['layer'] {
  return partAt(document, pointer)?.layer ?? 'base';
}

function partAt(document: LayeredDocument, pointer: string): SourceDocument | undefined {
  const part = document.parts.findLast(({ body }) => pointerExists(body, pointer)) ?? document.parts[0];
  return part?.source;
}

/** Members of a document whose keys are names that a customer may add to (layers merge by key). */
export const NAMED_MEMBERS: Readonly<Record<DocumentKind, readonly string[]>> = {
  entity: ['fields', 'keys', 'indexes', 'rules'],
  choice: ['values'],
  role: [],
  // Columns, fields and related lists are keyed by names that exist elsewhere.
  view: [],
  form: ['sections'],
  organization: [],
};

/** What an extension may not say, because it is fixed once the document exists. */
const IMMUTABLE: Readonly<Record<DocumentKind, readonly string[]>> = {
  entity: ['name', 'set', 'ownership', 'parent'],
  choice: ['name'],
  role: ['name'],
  view: ['name', 'entity'],
  form: ['name', 'entity'],
  organization: ['name'],
};

/** Merges sources by kind and name. Every problem is reported; a document with a problem of its own is left out. */
export function mergeLayers(
  sources: readonly SourceDocument[],
  prefixes: readonly string[],
): { documents: LayeredDocument[]; errors: DocumentError[] } {
  const errors: DocumentError[] = [];
  const documents = new Map<string, LayeredDocument>();
  const readable = sources.filter((source) => isReadable(source, errors));
  for (const source of readable.filter(({ body }) => !isExtension(body))) {
    const key = `${source.kind} ${source.name}`;
    const other = documents.get(key);
    if (other !== undefined) {
      const reason = `The ${source.kind} ${source.name} is already defined in ${sourceAt(other, '')}`;
      errors.push({ source: source.source, pointer: '/name', code: 'duplicate_document', reason });
      continue;
    }
    errors.push(...wholeDocumentErrors(source, prefixes));
    const body = without(source.body as Json, ['$schema']);
    documents.set(key, { kind: source.kind, name: source.name, body, parts: [{ source, body }] });
  }
  for (const source of readable.filter(({ body }) => isExtension(body))) extend(documents, source, prefixes, errors);
  return { documents: [...documents.values()], errors };
}

const isExtension = (body: unknown): boolean => Object.hasOwn(body as object, 'extends');

function isReadable(source: SourceDocument, errors: DocumentError[]): boolean {
  if (source.body !== null && typeof source.body === 'object' && !Array.isArray(source.body)) return true;
  errors.push({ source: source.source, pointer: '', code: 'not_an_object', reason: 'A document is a JSON object' });
  return false;
}

function wholeDocumentErrors(source: SourceDocument, prefixes: readonly string[]): DocumentError[] {
  const errors: DocumentError[] = [];
  const body = source.body as Json;
  if (typeof body.name === 'string' && body.name !== source.name) {
    const reason = `The document is called ${body.name} but was handed in as ${source.name}`;
    const hint = 'Name the file after the document';
    errors.push({ source: source.source, pointer: '/name', code: 'name_mismatch', reason, hint });
  }
  const expected = source.layer === 'custom';
  if (source.kind !== 'organization') errors.push(...prefixErrors(source, '/name', source.name, expected, prefixes));
  if (source.kind === 'entity' && typeof body.set === 'string') {
    errors.push(...prefixErrors(source, '/set', body.set, expected, prefixes));
  }
  if (source.layer === 'base') {
    for (const [pointer, name] of namedMembers(source.kind, body)) {
      errors.push(...prefixErrors(source, pointer, name, false, prefixes));
    }
  }
  return errors;
}

function* namedMembers(kind: DocumentKind, body: Json): Generator<[pointer: string, name: string]> {
  for (const member of NAMED_MEMBERS[kind]) {
    const names = body[member];
    if (names === null || typeof names !== 'object') continue;
    for (const name of Object.keys(names)) yield [pointerTo(member, name), name];
  }
}

/** A custom name carries one of the prefixes, a shipped one none of them. */
function prefixErrors(
  source: SourceDocument,
  pointer: string,
  name: string,
  expected: boolean,
  prefixes: readonly string[],
): DocumentError[] {
  const carries = prefixes.some((prefix) => name.startsWith(prefix));
  if (carries === expected) return [];
  const list = prefixes.join(', ');
  const reason = expected
    ? `The custom name ${name} does not begin with ${list}`
    : `The shipped name ${name} begins with a prefix of custom names (${list})`;
  const hint = expected ? `Call it ${prefixes[0] ?? ''}${name}` : 'Take the prefix off';
  return [{ source: source.source, pointer, code: 'name_prefix', reason, hint }];
}

function extend(
  documents: Map<string, LayeredDocument>,
  source: SourceDocument,
  prefixes: readonly string[],
  errors: DocumentError[],
): void {
  const { extends: target, ...rest } = source.body as Json & { extends: unknown };
  const body = without(rest, ['$schema']);
  const key = `${source.kind} ${String(target)}`;
  const below = documents.get(key);
  if (source.layer === 'base') {
    const reason = 'Only a custom document extends another one';
    errors.push({ source: source.source, pointer: '/extends', code: 'extends_in_base', reason });
  } else if (below === undefined) {
    const reason = `There is no ${source.kind} ${String(target)} to extend`;
    errors.push({ source: source.source, pointer: '/extends', code: 'unknown_document', reason });
  } else {
    errors.push(...extensionErrors(source, body, below, prefixes));
    documents.set(key, { ...below, body: mergeJson(below.body, body), parts: [...below.parts, { source, body }] });
  }
}

function extensionErrors(
  source: SourceDocument,
  body: Json,
  below: LayeredDocument,
  prefixes: readonly string[],
): DocumentError[] {
  const errors: DocumentError[] = [];
  for (const member of IMMUTABLE[source.kind].filter((name) => Object.hasOwn(body, name))) {
    const reason = `${member} is fixed once the ${source.kind} exists`;
    errors.push({ source: source.source, pointer: pointerTo(member), code: 'immutable', reason });
  }
  for (const [pointer, name] of namedMembers(source.kind, body)) {
    if (pointerExists(below.body, pointer)) continue;
    errors.push(...prefixErrors(source, pointer, name, true, prefixes));
  }
  if (source.kind === 'entity') errors.push(...retypedFields(source, body, below));
  return errors;
}

function retypedFields(source: SourceDocument, body: Json, below: LayeredDocument): DocumentError[] {
  const [above, under] = [body.fields, below.body.fields] as [Record<string, Json>, Record<string, Json>];
  if (above === null || typeof above !== 'object') return [];
  return Object.entries(above).flatMap(([name, field]) => {
    const type = Object.hasOwn(under ?? {}, name) ? under[name]?.type : undefined;
    if (type === undefined || field?.type === undefined || field.type === type) return [];
    const reason = `The field ${name} has the type ${String(type)}; an extension cannot change it`;
    return [{ source: source.source, pointer: pointerTo('fields', name, 'type'), code: 'immutable', reason }];
  });
}

/** Objects merge by key; scalars and arrays of the upper layer replace. Never touches a prototype. */
export function mergeJson(lower: Json, upper: Json): Json {
  const merged = new Map<string, unknown>(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const under = merged.get(key);
    merged.set(key, isObject(under) && isObject(value) ? mergeJson(under, value) : value);
  }
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** A copy of its own: the Model freezes what it keeps. */
function without(body: Json, keys: readonly string[]): Json {
  return structuredClone(Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key))));
}
