// An example of a property's value for documentation: one that a client could send, taken from the examples by which its field type
// is tested, so that every type has them. It invents nothing and asks no database.
import type { FieldExample, JsonSchema } from './field-type.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { checkFieldValue } from './field-value.ts';
import type { EdmType, EntityType, Property } from './model.ts';

/** Of what nobody sends, and of properties that no field owns. */
const BY_TYPE: Readonly<Record<EdmType, unknown>> = {
  'Edm.String': 'text',
  'Edm.Int64': 7,
  'Edm.Decimal': 12.5,
  'Edm.Boolean': true,
  'Edm.Date': '2027-01-31',
  'Edm.DateTimeOffset': '2027-01-31T12:00:00Z',
  'Edm.Guid': '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d',
  'Edm.Duration': 'PT1H30M',
  'Edm.Untyped': {},
  'Collection(Edm.String)': [],
};

/** What people would write: letters and digits with some punctuation between, and nothing that a page could take for markup. */
const READABLE = /^[\w(+][\w .,:;@/+()?=&-]{0,58}[\w)]$/;

const kept = new WeakMap<EntityType, Map<string, unknown>>();

/** A value that a write of the property accepts, or one that a read shows; undefined where no example of its type fits its options. */
export function exampleValue(entity: EntityType, property: Property): unknown {
  const examples = kept.get(entity) ?? new Map<string, unknown>();
  kept.set(entity, examples);
  if (!examples.has(property.name)) examples.set(property.name, findExample(entity, property));
  return examples.get(property.name);
}

function findExample(entity: EntityType, property: Property): unknown {
  const { valueSchema, field, type, values, maxLength } = property;
  if (valueSchema === undefined || field === null) {
    const value = values?.[0] ?? BY_TYPE[type];
    return typeof value === 'string' && maxLength !== undefined ? value.slice(0, maxLength) : value;
  }
  return candidates(entity, property).find((value) => checkFieldValue(valueSchema, value) === undefined);
}

/** Best first: the default, an active value, what the field type gives, and what its EDM type has. */
function candidates(entity: EntityType, { name, field, valueSchema, type, ...property }: Property): readonly unknown[] {
  const own = entity.fields.get(field ?? '');
  const active = Array.isArray(valueSchema?.enum) ? valueSchema.enum : (property.values ?? []);
  const members = type.startsWith('Collection(') ? active.slice(0, 1).map((value) => [value]) : active;
  const examples = FIELD_TYPES.get(own?.type ?? '')?.examples ?? [];
  const given = own?.properties[0] === name ? examples.flatMap(readableFirst) : [];
  const default_ = property.default === undefined ? [] : [property.default];
  const ruled = (valueSchema?.jsonValue as { readonly schema?: JsonSchema } | undefined)?.schema;
  const smallest = ruled === undefined ? [] : [smallestOf(ruled)];
  return [...default_, ...members, ...smallest, ...given, ...examples.flatMap(readableFirst), BY_TYPE[type]];
}

/** The least that a JSON Schema asks for, as far as its own members say it; whether it fits is checked by who takes it. */
function smallestOf(schema: JsonSchema): unknown {
  const {
    type,
    required = [],
    properties = {},
    minProperties = 0,
    additionalProperties = {},
  } = schema as {
    readonly type?: string;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly minProperties?: number;
    readonly additionalProperties?: JsonSchema;
  };
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (type === 'object') {
    const others = Array.from({ length: Math.max(0, minProperties - required.length) }, (_, at) => `name${at + 1}`);
    const members = [...required, ...others];
    return Object.fromEntries(members.map((name) => [name, smallestOf(properties[name] ?? additionalProperties)]));
  }
  return BY_JSON_TYPE[type ?? ''] ?? {};
}

const BY_JSON_TYPE: Readonly<Record<string, unknown>> = {
  array: [],
  string: 'text',
  number: 1,
  integer: 1,
  boolean: true,
};

/** They stand in ascending order, with the extremes at both ends: those in the middle are the usual ones. */
function readableFirst({ valid }: FieldExample): readonly unknown[] {
  const middle = Math.floor(valid.length / 2);
  const inOrder = [...valid.slice(middle), ...valid.slice(0, middle).reverse()];
  const isReadable = (value: unknown): boolean => typeof value !== 'string' || READABLE.test(value);
  return [...inOrder.filter(isReadable), ...inOrder.filter((value) => !isReadable(value))];
}
