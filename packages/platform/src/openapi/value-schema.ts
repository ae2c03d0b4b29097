// JSON Schemas of values as OpenAPI 3.1 has them: what a property shows, and what the payload schema says of what it takes, without
// the product's own keywords.
import {
  displayValues,
  type EdmType,
  type EntityType,
  type JsonSchema,
  labelText,
  type Property,
} from '@kartoteka/metadata';
import type { Json, JsonObject, OpenApiScope } from './types.ts';

/** Exact numbers are strings with IEEE754Compatible. */
const SHOWN: Readonly<Record<EdmType, JsonObject>> = {
  'Edm.String': { type: 'string' },
  'Edm.Int64': { type: ['integer', 'string'], format: 'int64' },
  'Edm.Decimal': { type: ['number', 'string'], format: 'decimal' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.Duration': { type: 'string', format: 'duration' },
  'Edm.Untyped': {},
  'Collection(Edm.String)': { type: 'array', items: { type: 'string' } },
};

/** The value of a property in an answer. */
export function shownSchema(scope: OpenApiScope, entity: EntityType, property: Property): JsonObject {
  const words = wordsOf(scope, entity, property);
  const schema = SHOWN[property.type];
  if (property.values !== undefined) {
    const values = valuesSchema(scope, entity, property, property.values);
    if (schema.type === 'array') return { ...words, type: 'array', items: values };
    return { ...words, ...(property.nullable ? { anyOf: [values, { type: 'null' }] } : values) };
  }
  const length: JsonObject =
    schema.type === 'string' && property.maxLength !== undefined ? { maxLength: property.maxLength } : {};
  return { ...words, ...(property.nullable ? orNull(schema) : schema), ...length };
}

/** Label and description of the field whose main property it is; system properties have texts of their own. */
function wordsOf({ language }: OpenApiScope, entity: EntityType, { name, field }: Property): JsonObject {
  const owner = field === null ? undefined : entity.fields.get(field);
  if (owner === undefined) return SYSTEM[name] === undefined ? {} : { description: SYSTEM[name] };
  if (owner.properties[0] !== name) return { title: `${labelText(owner.label, language)} (${name})` };
  const { description } = owner.document;
  return {
    title: labelText(owner.label, language),
    ...(description === undefined ? {} : { description: labelText(description, language) }),
  };
}

const SYSTEM: Readonly<Record<string, string>> = {
  id: 'Of the record: a UUID (version 7), made by the service unless the client gives one',
  owner_id: 'The user or team that owns the record',
  owning_business_unit_id: 'The business unit that the record belongs to',
  created_on: 'When the record was made',
  created_by_id: 'Who made it',
  modified_on: 'When it was changed last',
  modified_by_id: 'Who changed it last',
  version: '1 at first, and one more with each change: the number in the ETag',
  deleted_on: 'When it was deleted',
  deleted_by_id: 'Who deleted it',
};

function orNull(schema: JsonObject): JsonObject {
  if (schema.type === undefined) return schema;
  return { ...schema, type: [...(Array.isArray(schema.type) ? schema.type : [schema.type as string]), 'null'] };
}

/** A closed set of texts with their labels, shared by all properties that have the same. */
function valuesSchema(
  { model, language, components }: OpenApiScope,
  entity: EntityType,
  { name, type }: Property,
  values: readonly string[],
): JsonObject {
  const label = displayValues(model, entity).get(name);
  const list = type.startsWith('Collection(');
  const texts = values.map((value) => label?.(list ? [value] : value, language, {}));
  const content: JsonObject = texts.some((text) => text !== undefined)
    ? { type: 'string', oneOf: values.map((value, at) => ({ const: value, title: texts[at] ?? value })) }
    : { type: 'string', enum: values };
  return components.same('schemas', `values.${entity.name}.${name}`, content);
}

/** The value of a property in a body, from its payload schema. */
export function takenSchema(
  scope: OpenApiScope,
  entity: EntityType,
  property: Property,
  schema: JsonSchema,
): JsonObject {
  const taken = translated(schema);
  if (Array.isArray(taken.enum)) {
    const { enum: all, type, ...words } = taken as JsonObject & { enum: readonly Json[] };
    const active = all.filter((value): value is string => typeof value === 'string');
    const values = valuesSchema(scope, entity, property, active);
    return all.includes(null) ? { ...words, anyOf: [values, { type: 'null' }] } : { ...words, ...values };
  }
  const items = taken.items as JsonObject | undefined;
  if (items !== undefined && Array.isArray(items.enum))
    return { ...taken, items: valuesSchema(scope, entity, property, items.enum as readonly string[]) };
  // Tools ask what a list holds even where it is one of several types: anything.
  const mayBeList = Array.isArray(taken.type) && taken.type.includes('array');
  return mayBeList && items === undefined ? { ...taken, items: {} } : taken;
}

/** Keywords of JSON Schema that say the same to everybody. */
const STANDARD: ReadonlySet<string> = new Set([
  ...['type', 'title', 'description', 'default', 'enum', 'const', 'format', 'pattern', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'minItems', 'maxItems', 'uniqueItems'],
]);

interface NumberLimits {
  readonly precision?: number;
  readonly scale?: number;
  readonly minimum?: string;
  readonly maximum?: string;
}

/** What the product's keywords are to others. Those that are not here become extensions. */
const TRANSLATED: Readonly<Record<string, (value: never) => JsonObject>> = {
  exactDecimal: ({ precision, scale, ...limits }: NumberLimits) => ({
    format: 'decimal',
    ...limitsOf(limits),
    ...(precision === undefined ? {} : { 'x-precision': precision }),
    ...(scale === undefined ? {} : { 'x-scale': scale }),
  }),
  exactInteger: (limits: NumberLimits) => ({ format: 'int64', ...limitsOf(limits) }),
  // Said of all texts.
  wellFormed: () => ({}),
};

/** Limits that a JSON number holds exactly. */
function limitsOf(limits: NumberLimits): JsonObject {
  return Object.fromEntries(
    (['minimum', 'maximum'] as const).flatMap((name) => {
      const limit = limits[name];
      return limit === undefined || String(Number(limit)) !== limit ? [] : [[name, Number(limit)]];
    }),
  );
}

function translated(schema: JsonSchema): JsonObject {
  const parts = Object.entries(schema).map(([keyword, value]): JsonObject => {
    if (keyword === 'items') return { items: translated(value as JsonSchema) };
    if (STANDARD.has(keyword)) return { [keyword]: value as Json };
    const translate = TRANSLATED[keyword];
    return translate === undefined ? { [extension(keyword)]: value as Json } : translate(value as never);
  });
  return Object.assign({}, ...parts);
}

/** `countryCode` -> `x-country-code`. */
const extension = (keyword: string): string =>
  `x-${keyword.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
