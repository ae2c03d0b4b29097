// Random additive changes of the documents: what an administrator may do at any time without anybody noticing. For tests of
// publish and for the load test. It only composes documents; publishing them is the caller's business.
import { type EntityDocument, parseDocuments, type SourceDocument } from '@kartoteka/metadata';
import type { DocumentChange } from '../publish/plan.ts';

export interface RandomChange {
  /** For the log of a failed run, e.g. `field x_f3a of type money on deal`. */
  readonly description: string;
  readonly changes: readonly DocumentChange[];
}

type Json = Record<string, unknown>;
type Random = () => number;

/** A repeatable source of numbers in [0, 1) (mulberry32); equal seeds, equal changes. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One additive change of the stored documents (all layers), drawn from KINDS: a field of any type, a relation, an index,
 * a value of a choice, a label, an entity, wider limits. Publish it with the revision the documents were read at.
 */
export function randomAdditiveChange(documents: readonly SourceDocument[], random: Random): RandomChange {
  const context = { documents, random, entities: [...parseDocuments(documents).documents.entities.values()] };
  for (;;) {
    const change = pick(KINDS, random)(context);
    if (change !== null) return change;
  }
}

interface Context {
  readonly documents: readonly SourceDocument[];
  readonly random: Random;
  /** Effective entities. */
  readonly entities: readonly EntityDocument[];
}

type Kind = (context: Context) => RandomChange | null;

const FIELDS: Readonly<Record<string, (random: Random) => Json>> = {
  text: (random) => ({ type: 'text', max_length: 20 + Math.floor(random() * 200) }),
  'unique text': () => ({ type: 'text', max_length: 50, unique: true }),
  'required text': () => ({ type: 'text', required: true, default: 'none' }),
  'text required when': () => ({ type: 'text', required_when: '1 eq 2' }),
  integer: () => ({ type: 'integer', min: 0, max: 1000, default: 0 }),
  decimal: (random) => ({ type: 'decimal', precision: 12, scale: Math.floor(random() * 5) }),
  money: () => ({ type: 'money', min: 0 }),
  boolean: () => ({ type: 'boolean', required: true, default: false }),
  date: () => ({ type: 'date' }),
  datetime: () => ({ type: 'datetime' }),
  choice: () => ({ type: 'choice', values: VALUES }),
  'long text': () => ({ type: 'long_text', max_length: 5000, format: 'markdown' }),
  email: () => ({ type: 'email' }),
  url: () => ({ type: 'url' }),
  phone: () => ({ type: 'phone', default_region: 'US' }),
  duration: () => ({ type: 'duration' }),
  'multi choice': () => ({ type: 'multi_choice', values: VALUES, default: ['a'] }),
  address: () => ({ type: 'address' }),
  'auto number': (random) => ({ type: 'auto_number', pattern: `N${Math.floor(random() * 100)}-{000}` }),
  json: () => ({ type: 'json' }),
  formula: (random) => ({ type: 'formula', result: 'integer', expression: `version add ${Math.floor(random() * 9)}` }),
};
const VALUES = { a: { label: { en: 'A' }, order: 1 }, b: { label: { en: 'B' }, order: 2 } };

/** A field of a type drawn from those that need no other document. */
export function fieldOfAnyType(random: Random): { readonly type: string; readonly field: Json } {
  const [type, make] = pick(Object.entries(FIELDS), random);
  return { type, field: make(random) };
}

const addField: Kind = ({ documents, entities, random }) => {
  const entity = pick(entities, random);
  const { type, field } = fieldOfAnyType(random);
  const name = freshName('f', random);
  const description = `field ${name} of type ${type} on ${entity.name}`;
  return { description, changes: [extend(documents, entity.name, { fields: { [name]: field } })] };
};

/** A choice, and another whose values depend on it. */
const addDependentChoice: Kind = ({ documents, entities, random }) => {
  const entity = pick(entities, random);
  const [parent, name] = [freshName('f', random), freshName('f', random)];
  const values = { a1: { ...VALUES.a, parents: ['a'] }, any: VALUES.b };
  const fields = { [parent]: { type: 'choice', values: VALUES }, [name]: { type: 'choice', parent, values } };
  return {
    description: `choice ${name} that depends on ${parent} on ${entity.name}`,
    changes: [extend(documents, entity.name, { fields })],
  };
};

const addMany: Kind = ({ documents, entities, random }) => {
  const [from, to] = [pick(entities, random), pick(entities, random)];
  const name = freshName('m', random);
  const field = { type: 'many', target: to.name, inverse: freshName('i', random) };
  const description = `links ${name} between ${from.name} and ${to.name}`;
  return { description, changes: [extend(documents, from.name, { fields: { [name]: field } })] };
};

/** A count over the records that refer to the entity, where there are some. */
const addRollup: Kind = ({ documents, entities, random }) => {
  const entity = pick(entities, random);
  const relations = entities.flatMap(({ fields }) =>
    Object.values(fields).flatMap(({ type, inverse, targets }) =>
      type === 'lookup' && typeof inverse === 'string' && (targets as string[]).includes(entity.name) ? [inverse] : [],
    ),
  );
  if (relations.length === 0) return null;
  const name = freshName('s', random);
  const field = { type: 'rollup', relation: pick(relations, random), aggregate: 'count' };
  const description = `rollup ${name} of ${entity.name} over ${field.relation}`;
  return { description, changes: [extend(documents, entity.name, { fields: { [name]: field } })] };
};

const addRelation: Kind = ({ documents, entities, random }) => {
  const [from, to, other] = [pick(entities, random), pick(entities, random), pick(entities, random)];
  const [name, inverse] = [freshName('r', random), freshName('i', random)];
  const field = {
    type: 'lookup',
    targets: random() < 0.7 ? [to.name] : [...new Set([to.name, other.name])],
    inverse,
    on_delete: pick(['restrict', 'set_null', 'cascade'], random),
  };
  const description = `relation ${name} from ${from.name} to ${field.targets.join(' or ')}`;
  return { description, changes: [extend(documents, from.name, { fields: { [name]: field } })] };
};

/** Types whose field has a property of its own name and is small enough to index. */
const INDEXED = new Set(['text', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'choice']);
/** Texts together must fit an index entry (650 characters); two that were widened as far as it goes still do. */
const LONGEST_INDEXED = 250;
const LONGEST_WIDENED = 300;
/** So that a long run does not spend itself on indexes. */
const MOST_INDEXES = 6;

const addIndex: Kind = ({ documents, entities, random }) => {
  const entity = pick(entities, random);
  const isShort = (length: unknown): boolean => Number(length ?? 255) <= LONGEST_INDEXED;
  const fields = Object.entries(entity.fields).filter(
    ([, field]) => INDEXED.has(field.type) && (field.type !== 'text' || isShort(field.max_length)),
  );
  if (fields.length === 0 || Object.keys(entity.indexes ?? {}).length >= MOST_INDEXES) return null;
  const columns = [...new Set([pick(fields, random)[0], pick(fields, random)[0]])];
  const name = freshName('x', random);
  const description = `index ${name} of ${entity.name} over ${columns.join(', ')}`;
  return { description, changes: [extend(documents, entity.name, { indexes: { [name]: columns } })] };
};

const addChoiceValue: Kind = ({ documents, random }) => {
  const choices = [...parseDocuments(documents).documents.choices.values()];
  if (choices.length === 0) return null;
  const choice = pick(choices, random);
  const value = freshName('v', random);
  const values = { [value]: { label: { en: value }, order: 1000 + Object.keys(choice.values).length } };
  const description = `value ${value} of the choice ${choice.name}`;
  return { description, changes: [layerOver(documents, 'choice', choice.name, { values })] };
};

const changeLabel: Kind = ({ documents, entities, random }) => {
  const entity = pick(entities, random);
  const label = { en: `${entity.name} ${freshName('l', random)}` };
  return { description: `label of ${entity.name}`, changes: [extend(documents, entity.name, { label })] };
};

/** Longer texts of a custom field: the check is replaced by a wider one. */
const widenText: Kind = ({ documents, entities, random }) => {
  const texts = entities.flatMap((entity) =>
    Object.entries(entity.fields)
      .filter(
        ([name, field]) => name.startsWith('x_') && field.type === 'text' && Number(field.max_length) < LONGEST_WIDENED,
      )
      .map(([name, field]) => ({ entity: entity.name, name, length: Number(field.max_length) })),
  );
  if (texts.length === 0) return null;
  const { entity, name, length } = pick(texts, random);
  const fields = { [name]: { max_length: length + 10 } };
  return { description: `longer ${entity}.${name}`, changes: [extend(documents, entity, { fields })] };
};

/** Few, because each costs a table in every later comparison. */
const MOST_CUSTOM_ENTITIES = 5;

const OWNERSHIPS = [
  { ownership: 'user' },
  { ownership: 'business_unit' },
  { ownership: 'organization' },
  { ownership: 'parent', parent: 'about' },
];

const addEntity: Kind = ({ entities, random }) => {
  if (entities.filter((entity) => entity.name.startsWith('x_')).length >= MOST_CUSTOM_ENTITIES) return null;
  const name = freshName('e', random);
  const target = pick(entities, random).name;
  const ownership = pick(OWNERSHIPS, random);
  const inverse = freshName('i', random);
  const required = 'parent' in ownership ? { required: true } : {};
  const about = { type: 'lookup', targets: [target], inverse, on_delete: 'cascade', ...required };
  const body = {
    name,
    set: `${name}_set`,
    label: { en: name },
    plural_label: { en: name },
    ...ownership,
    title: 'name',
    fields: { name: { type: 'text', required: true }, about },
  };
  return { description: `entity ${name}`, changes: [{ kind: 'entity', name, body }] };
};

/** Fields most often, as in life. */
const KINDS: readonly Kind[] = [
  ...[addField, addField, addField, addField, addField, addField],
  ...[addDependentChoice, addMany, addRollup],
  ...[addRelation, addIndex, addIndex, addChoiceValue, changeLabel, widenText, addEntity],
];

function extend(documents: readonly SourceDocument[], entity: string, addition: Json): DocumentChange {
  return layerOver(documents, 'entity', entity, addition);
}

/** The custom document of that name with the addition merged in; a new extension when there is none. */
function layerOver(
  documents: readonly SourceDocument[],
  kind: 'entity' | 'choice',
  name: string,
  addition: Json,
): DocumentChange {
  const stored = documents.find((each) => each.layer === 'custom' && each.kind === kind && each.name === name);
  const body = merge((stored?.body as Json | undefined) ?? { extends: name }, addition);
  return { kind, name, layer: 'custom', body };
}

function merge(lower: Json, upper: Json): Json {
  const merged: Json = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    const under = merged[key];
    merged[key] = isObject(under) && isObject(value) ? merge(under, value) : value;
  }
  return merged;
}

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const freshName = (prefix: string, random: Random): string =>
  `x_${prefix}${Math.floor(random() * 2 ** 32).toString(36)}`;

export function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)] as T;
}
