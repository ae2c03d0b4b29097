// Small documents for the tests of this package: an organization and the entities that ownership needs, to add others to.
import type { DocumentError, DocumentKind, FieldDocument, SourceDocument } from './documents.ts';
import { compileDocuments } from './link.ts';
import type { Model } from './model.ts';
import type { StorageRecord } from './storage-shape-types.ts';

const label = (text: string) => ({ en: text });

export function source(
  kind: DocumentKind,
  name: string,
  body: unknown,
  layer: SourceDocument['layer'] = 'base',
): SourceDocument {
  return { kind, name, layer, source: `${layer}/${name}.json`, body };
}

/** A whole entity document; `more` replaces or adds members. */
export function entityBody(name: string, fields: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return {
    name,
    set: `${name}s`,
    label: label(name),
    plural_label: label(`${name}s`),
    ownership: 'organization',
    title: 'name',
    fields: { name: { type: 'text', max_length: 100 }, ...fields },
    ...more,
  };
}

export const entity = (
  name: string,
  fields: Record<string, FieldDocument | Record<string, unknown>>,
  more: Record<string, unknown> = {},
): SourceDocument => source('entity', name, entityBody(name, fields, more));

export const ORGANIZATION: SourceDocument = source('organization', 'organization', {
  name: 'organization',
  base_currency: 'USD',
  rates: { USD: '1', EUR: '1.08' },
  time_zone: 'UTC',
  locale: 'en',
  languages: ['en', 'ru'],
});

export const DIRECTORY: readonly SourceDocument[] = [
  entity('user', {}, { ownership: 'business_unit' }),
  entity('team', {}, { ownership: 'business_unit' }),
  entity('business_unit', {}),
];

/** Everything parse and link find wrong with the documents, as `pointer code`. */
export function findings(...documents: readonly SourceDocument[]): string[] {
  return errorsOf(...documents).map(({ pointer, code }) => `${pointer} ${code}`);
}

export function errorsOf(...documents: readonly SourceDocument[]): readonly DocumentError[] {
  const linked = compileDocuments([ORGANIZATION, ...DIRECTORY, ...documents], { revision: 0 });
  return linked.ok ? [] : linked.errors;
}

/** The Model of the documents, with directory and organization. Throws what is wrong with them. */
export function modelOf(documents: readonly SourceDocument[], storage?: StorageRecord): Model {
  const given = new Set(documents.map(({ kind, name }) => `${kind} ${name}`));
  const rest = [ORGANIZATION, ...DIRECTORY].filter(({ kind, name }) => !given.has(`${kind} ${name}`));
  const options = { revision: 1, ...(storage === undefined ? {} : { storage }) };
  const linked = compileDocuments([...rest, ...documents], options);
  if (!linked.ok) throw new Error(JSON.stringify(linked.errors, null, 1));
  return linked.model;
}

export const choice = (name: string, values: readonly string[], inactive: readonly string[] = []): SourceDocument =>
  source('choice', name, {
    name,
    label: label(name),
    values: Object.fromEntries(
      values.map((value, index) => [value, { label: label(value), order: index, active: !inactive.includes(value) }]),
    ),
  });
