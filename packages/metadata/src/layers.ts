// Solution layers: puts the documents of all layers together into one effective document per kind and name, and remembers
// which source said what. It looks at names and layers only, never at what a document means.
import type { DocumentError, DocumentKind, Layer, SourceDocument } from './documents.ts';
import { pointerExists, pointerTo } from './json-pointer.ts';
import { packageConflicts } from './layer-conflicts.ts';
import { addedNames, wholeDocumentNames } from './layer-names.ts';
import { type LayerOrder, packageOf } from './layer-order.ts';
import { atOnce, type Steps } from './steps.ts';

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
export function layerAt(document: LayeredDocument, pointer: string): Layer {
  return partAt(document, pointer)?.layer ?? 'base';
}

/**
 * Layers by pointer: '' has that of the document itself, every other pointer one that differs from what stands around it. What
 * has members is of the layer that put it there, what has none of the layer that spoke last.
 */
export function originsOf(document: LayeredDocument): Readonly<Record<string, Layer>> {
  const origins: Record<string, Layer> = {};
  const walk = (value: unknown, pointer: string, around: Layer | null): void => {
    const first = document.parts.find(({ body }) => pointerExists(body, pointer))?.source.layer ?? 'base';
    const layer = isObject(value) ? first : layerAt(document, pointer);
    if (layer !== around) origins[pointer] = layer;
    if (isObject(value))
      for (const [name, member] of Object.entries(value)) walk(member, pointer + pointerTo(name), layer);
  };
  walk(document.body, '', null);
  return origins;
}

function partAt(document: LayeredDocument, pointer: string): SourceDocument | undefined {
  const part = document.parts.findLast(({ body }) => pointerExists(body, pointer)) ?? document.parts[0];
  return part?.source;
}

/** What an extension may not say, because it is fixed once the document exists. */
const IMMUTABLE: Readonly<Record<DocumentKind, readonly string[]>> = {
  entity: ['name', 'set', 'ownership', 'parent'],
  choice: ['name'],
  role: ['name'],
  view: ['name', 'entity'],
  form: ['name', 'entity'],
  duplicate_rule: ['name', 'entity', 'against'],
  assignment_rule: ['name', 'entity'],
  mapping: ['name', 'from', 'to'],
  organization: ['name'],
};

/**
 * Merges sources by kind and name, layer by layer. Every problem is reported; a document with a problem of its own is left
 * out.
 */
export function mergeLayers(sources: readonly SourceDocument[], order: LayerOrder): MergedLayers {
  return atOnce(mergeSteps(sources, order));
}

interface MergedLayers {
  readonly documents: LayeredDocument[];
  readonly errors: DocumentError[];
}

/** As mergeLayers, in pieces. */
export function* mergeSteps(sources: readonly SourceDocument[], order: LayerOrder): Steps<MergedLayers> {
  const errors: DocumentError[] = [];
  const documents = new Map<string, LayeredDocument>();
  const readable = sources
    .filter((source) => isReadable(source, order, errors))
    .sort((a, b) => order.compare(a.layer, b.layer));
  for (const source of readable.filter(({ body }) => !isExtension(body))) {
    yield;
    const key = `${source.kind} ${source.name}`;
    const other = documents.get(key);
    if (other !== undefined) {
      const reason = `The ${source.kind} ${source.name} is already defined in ${sourceAt(other, '')}`;
      errors.push({ source: source.source, pointer: '/name', code: 'duplicate_document', reason });
      continue;
    }
    errors.push(...wholeDocumentErrors(source, order));
    const body = without(source.body as Json, ['$schema']);
    documents.set(key, { kind: source.kind, name: source.name, body, parts: [{ source, body }] });
  }
  for (const source of readable.filter(({ body }) => isExtension(body))) {
    yield;
    extend(documents, source, order, errors);
  }
  for (const document of documents.values()) errors.push(...packageConflicts(document, order));
  return { documents: [...documents.values()], errors };
}

const isExtension = (body: unknown): boolean => Object.hasOwn(body as object, 'extends');

/** Kind and name of the effective document that a source is part of; null where it is no JSON object. */
export function documentKey({ kind, name, body }: SourceDocument): string | null {
  if (!isObject(body)) return null;
  return `${kind} ${isExtension(body) ? String(body.extends) : name}`;
}

/** Keys of the whole documents among the sources, in the order in which they are merged. */
export function documentOrder(sources: readonly SourceDocument[], order: LayerOrder): readonly string[] {
  const whole = sources.filter(({ layer, body }) => isObject(body) && !isExtension(body) && order.has(layer));
  const sorted = whole.sort((a, b) => order.compare(a.layer, b.layer));
  return [...new Set(sorted.map(({ kind, name }) => `${kind} ${name}`))];
}

function isReadable(source: SourceDocument, order: LayerOrder, errors: DocumentError[]): boolean {
  const report = (code: string, reason: string): false => {
    errors.push({ source: source.source, pointer: '', code, reason });
    return false;
  };
  if (!isObject(source.body)) return report('not_an_object', 'A document is a JSON object');
  if (!order.has(source.layer)) {
    return report('unknown_package', `There is no package ${packageOf(source.layer)} whose document this could be`);
  }
  if (source.kind !== 'organization' || packageOf(source.layer) === null) return true;
  return report('not_in_package', 'The settings of an organization are its own: a package cannot say them');
}

function wholeDocumentErrors(source: SourceDocument, order: LayerOrder): DocumentError[] {
  const body = source.body as Json;
  const names = wholeDocumentNames(source, order);
  if (typeof body.name !== 'string' || body.name === source.name) return names;
  const reason = `The document is called ${body.name} but was handed in as ${source.name}`;
  const hint = 'Name the file after the document';
  return [{ source: source.source, pointer: '/name', code: 'name_mismatch', reason, hint }, ...names];
}

function extend(
  documents: Map<string, LayeredDocument>,
  source: SourceDocument,
  order: LayerOrder,
  errors: DocumentError[],
): void {
  const { extends: target, ...rest } = source.body as Json & { extends: unknown };
  const body = without(rest, ['$schema']);
  const key = `${source.kind} ${String(target)}`;
  const below = documents.get(key);
  const report = (code: string, reason: string, hint?: string): number =>
    errors.push({ source: source.source, pointer: '/extends', code, reason, ...(hint === undefined ? {} : { hint }) });
  if (source.layer === 'base') {
    report('extends_in_base', 'Only a custom document or that of a package extends another one');
  } else if (below === undefined) {
    report('unknown_document', `There is no ${source.kind} ${String(target)} to extend`);
  } else {
    const owner = below.parts[0]?.source.layer ?? 'base';
    if (owner !== source.layer && !order.buildsOn(source.layer, owner)) {
      const other = packageOf(owner);
      const reason = `The ${source.kind} ${String(target)} is no part of what lies below: it belongs to ${other ?? owner}`;
      const hint =
        other === null ? 'A package cannot build on a customisation' : `Name ${other} among the dependencies`;
      report('undeclared_dependency', reason, hint);
    }
    errors.push(...extensionErrors(source, body, below, order));
    documents.set(key, { ...below, body: mergeJson(below.body, body), parts: [...below.parts, { source, body }] });
  }
}

function extensionErrors(
  source: SourceDocument,
  body: Json,
  below: LayeredDocument,
  order: LayerOrder,
): DocumentError[] {
  const errors: DocumentError[] = [];
  for (const member of IMMUTABLE[source.kind].filter((name) => Object.hasOwn(body, name))) {
    const reason = `${member} is fixed once the ${source.kind} exists`;
    errors.push({ source: source.source, pointer: pointerTo(member), code: 'immutable', reason });
  }
  errors.push(...addedNames(source, body, below.body, order));
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
