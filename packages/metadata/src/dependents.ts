// Which places of which documents name a part of the Model. The linker says it itself: it is asked to link the documents without
// that part, and whatever it misses depends on it. So no second list of what may name what can fall behind the first.
import type { DocumentKind, SourceDocument } from './documents.ts';

import { linkSteps } from './link.ts';
import { type EffectiveDocuments, type LayerOptions, parseSteps } from './parse.ts';
import type { Steps } from './steps.ts';

/** A part of documents: a whole one (`name` empty), a field of an entity, or a value of a choice. */
export interface DocumentPart {
  readonly what: Exclude<DocumentKind, 'organization'> | 'field' | 'choice_value';
  /** Name of the document. */
  readonly subject: string;
  /** Of a field or value; else empty. */
  readonly name: string;
}

/** A place that cannot be linked without a part. */
export interface DependentPlace {
  readonly kind: DocumentKind;
  readonly name: string;
  /** JSON pointer into the effective document. */
  readonly pointer: string;
  /** The parts it was looked for with, as `deal.amount` or `stage`. */
  readonly on: readonly string[];
}

/** Fields of documents that may be linked for one question: more parts are looked for together then. */
const MOST_LINKED_FIELDS = 100_000;
const MOST_LINKS = 50;

/**
 * The places of `sources` that name one of the parts, in pieces. The documents link without errors, all parts there; `options` are those
 * that they were published with.
 */
export function* dependentPlaces(
  sources: readonly SourceDocument[],
  parts: readonly DocumentPart[],
  options: LayerOptions,
): Steps<readonly DependentPlace[]> {
  if (parts.length === 0) return [];
  const { documents } = yield* parseSteps(sources, options);
  const places: DependentPlace[] = [];
  for (const group of grouped(parts, documents)) places.push(...(yield* placesOf(documents, group)));
  return places;
}

function* placesOf(documents: EffectiveDocuments, parts: readonly DocumentPart[]): Steps<DependentPlace[]> {
  const linked = yield* linkSteps(without(documents, parts), { revision: 0 });
  if (linked.ok) return [];
  const on = parts.map(({ subject, name }) => (name === '' ? subject : `${subject}.${name}`));
  const places = new Map<string, DependentPlace>();
  for (const { source, pointer } of linked.errors) {
    const [kind, name = ''] = source.split(' ');
    places.set(`${source} ${pointer}`, { kind: kind as DocumentKind, name, pointer, on });
  }
  return [...places.values()];
}

/** One part by itself where that is not too much work, else several at a time. */
function grouped(parts: readonly DocumentPart[], { entities }: EffectiveDocuments): DocumentPart[][] {
  const fields = [...entities.values()].reduce((sum, entity) => sum + Object.keys(entity.fields).length, 0);
  const links = Math.max(1, Math.min(MOST_LINKS, Math.floor(MOST_LINKED_FIELDS / Math.max(1, fields))));
  const size = Math.ceil(parts.length / links);
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, at) => parts.slice(at * size, (at + 1) * size));
}

const MEMBERS = {
  entity: 'entities',
  choice: 'choices',
  role: 'roles',
  view: 'views',
  form: 'forms',
  duplicate_rule: 'duplicateRules',
  assignment_rule: 'assignmentRules',
  mapping: 'mappings',
} as const;

function without(documents: EffectiveDocuments, parts: readonly DocumentPart[]): EffectiveDocuments {
  const [entities, choices] = [new Map(documents.entities), new Map(documents.choices)];
  const left = {
    ...{ entities, choices, roles: new Map(documents.roles) },
    ...{ views: new Map(documents.views), forms: new Map(documents.forms) },
    ...{ duplicateRules: new Map(documents.duplicateRules), assignmentRules: new Map(documents.assignmentRules) },
    mappings: new Map(documents.mappings),
  };
  for (const { what, subject, name } of parts) {
    if (what === 'field') withoutMember(entities, subject, 'fields', name);
    else if (what === 'choice_value') withoutMember(choices, subject, 'values', name);
    else left[MEMBERS[what]].delete(subject);
  }
  // What an error names as its source says here of which document it is.
  const sourceOf = (kind: DocumentKind, name: string): string => `${kind} ${name}`;
  return { ...documents, ...left, sourceOf };
}

function withoutMember<M extends string, T extends { readonly [member in M]: Readonly<Record<string, unknown>> }>(
  documents: Map<string, T>,
  subject: string,
  member: M,
  name: string,
): void {
  const document = documents.get(subject);
  if (document === undefined) return;
  const members = Object.fromEntries(Object.entries(document[member]).filter(([key]) => key !== name));
  documents.set(subject, { ...document, [member]: members });
}
