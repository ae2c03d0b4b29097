// Documents of a model far larger than any that ships: entities with fields of many types, lookups among them, shared choices
// and formulas. The same in every run.
import type { SourceDocument } from '@kartoteka/metadata';

const label = (en: string): { en: string } => ({ en });
const VALUES = { a: { label: label('A'), order: 1 }, b: { label: label('B'), order: 2 } };
const CHOICES = 20;

/** Makes the field with a number of the entity with a number. */
type MakeField = (entity: number, field: number, entities: number) => Readonly<Record<string, unknown>>;

/** Drawn from in turn; about what a grown installation consists of. */
const FIELDS: readonly MakeField[] = [
  () => ({ type: 'text', max_length: 200, label: label('A text') }),
  () => ({ type: 'text', max_length: 100 }),
  () => ({ type: 'integer', min: 0, max: 1000 }),
  (entity, field) => ({ type: 'choice', choice: choiceName((entity + field) % CHOICES) }),
  () => ({ type: 'boolean', default: false }),
  () => ({ type: 'date' }),
  () => ({ type: 'datetime' }),
  () => ({ type: 'decimal', precision: 12, scale: 2 }),
  () => ({ type: 'long_text', max_length: 2000 }),
  (entity, field, entities) =>
    field > 30
      ? { type: 'email' }
      : { type: 'lookup', targets: [entityName((entity * 7 + field) % entities)], inverse: `in_${entity}_${field}` },
  () => ({ type: 'text', required_when: 'f_2 gt 10', max_length: 50 }),
  () => ({ type: 'formula', result: 'integer', expression: 'f_2 add 1' }),
];

const entityName = (number: number): string => `big_${number}`;
const choiceName = (number: number): string => `big_choice_${number}`;

/** `entities` entities of `fields` fields each, and the choices that they share, to be put beside the shipped documents. */
export function bigDocuments(entities: number, fields: number): SourceDocument[] {
  const choices = Array.from({ length: CHOICES }, (_, number) => {
    const name = choiceName(number);
    return source('choice', name, { name, label: label(name), values: VALUES });
  });
  return [...choices, ...Array.from({ length: entities }, (_, number) => bigEntity(number, fields, entities))];
}

function bigEntity(number: number, fields: number, entities: number): SourceDocument {
  const name = entityName(number);
  const made = Array.from({ length: fields - 1 }, (_, at) => {
    const make = FIELDS[at % FIELDS.length] as MakeField;
    return [`f_${at}`, make(number, at, entities)];
  });
  return source('entity', name, {
    name,
    set: `${name}_set`,
    label: label(name),
    plural_label: label(name),
    ownership: 'user',
    title: 'name',
    fields: { name: { type: 'text', required: true, search: true }, ...Object.fromEntries(made) },
    indexes: { by_date: ['f_5', 'name'] },
  });
}

function source(kind: SourceDocument['kind'], name: string, body: unknown): SourceDocument {
  return { kind, name, layer: 'base', source: `${kind}/${name}.json`, body };
}
