// JSON Schemas (draft 2020-12) of the documents, assembled from the field-type registry. Data in, data out: parse.ts compiles
// them, `npm run generate` writes them beside the shipped documents for editors.
import type { DocumentKind } from './documents.ts';
import type { FieldType, JsonSchema } from './field-type.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { NAME_PATTERN, PREFIX_PATTERN } from './names.ts';
import { assignmentRuleDocumentSchema, duplicateRuleDocumentSchema, mappingDocumentSchema } from './rule-schema.ts';
import { CONDITION, document, LABEL, LABEL_REF, NAME, named } from './schema-parts.ts';
import { formDocumentSchema, viewDocumentSchema } from './view-schema.ts';

const CHOICE_VALUE: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['label', 'order'],
  properties: {
    label: LABEL_REF,
    order: { type: 'integer' },
    color: { type: 'string', pattern: '^#[0-9a-fA-F]{6}$' },
    active: { type: 'boolean', default: true, description: 'False: kept where it is stored, refused in new values' },
    category: { type: 'string', enum: ['open', 'won', 'lost'] },
    probability: { type: 'integer', minimum: 0, maximum: 100 },
    parents: {
      type: 'array',
      minItems: 1,
      maxItems: 500,
      uniqueItems: true,
      items: { ...NAME, maxLength: 63 },
      description: "Values of the field's parent with which it may be used; all when left out",
    },
  },
};

/** Options that every field type has (2-documents). */
const FIELD_OPTIONS: Readonly<Record<string, JsonSchema>> = {
  label: LABEL_REF,
  description: LABEL_REF,
  required: { type: 'boolean', default: false, description: 'Never null' },
  default: { description: 'Value of a new record when the client gives none' },
  unique: { type: 'boolean', default: false, description: 'A key of its own, named like the field' },
  search: { type: 'boolean', default: false, description: 'Counts for $search' },
  audit: { type: 'boolean', description: "False: kept out of the change log; otherwise as the entity's audit" },
  personal_data: { type: 'boolean', default: false },
  secured: { type: 'boolean', default: false, description: 'Only through a role that says so' },
  read_only: { type: 'boolean', default: false },
  read_only_after_create: { type: 'boolean', default: false },
  required_when: CONDITION,
  visible_when: CONDITION,
  read_only_when: CONDITION,
};

/** Names of the options that every field type has. */
export const COMMON_FIELD_OPTIONS: ReadonlySet<string> = new Set(Object.keys(FIELD_OPTIONS));

function fieldDefinition(type: FieldType): JsonSchema {
  const common = Object.entries(FIELD_OPTIONS).filter(([name]) => type.commonOptions?.includes(name) ?? true);
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type', ...(type.requiredOptions ?? [])],
    properties: { type: { const: type.name }, ...Object.fromEntries(common), ...type.options },
  };
}

/** One definition per type, chosen by `type`, so that a finding names the type's own options. */
function fieldSchema(types: readonly FieldType[]): JsonSchema {
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', enum: types.map((type) => type.name) } },
    allOf: types.map((type) => ({
      if: { type: 'object', required: ['type'], properties: { type: { const: type.name } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: `#/$defs/field_${type.name}` },
    })),
  };
}

const propertyList: JsonSchema = { type: 'array', minItems: 1, maxItems: 16, uniqueItems: true, items: NAME };

/** Schema of an entity document, with one definition per registered field type. */
export function entityDocumentSchema(registry: ReadonlyMap<string, FieldType> = FIELD_TYPES): JsonSchema {
  const types = [...registry.values()];
  const rule = {
    type: 'object',
    additionalProperties: false,
    required: ['invalid_when', 'error'],
    properties: { invalid_when: CONDITION, error: LABEL_REF },
  };
  const properties = {
    name: NAME,
    set: NAME,
    label: LABEL_REF,
    plural_label: LABEL_REF,
    description: LABEL_REF,
    icon: {
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,39}$',
      description: 'Picture beside its name; an application shows a letter for one that it does not have',
    },
    order: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      description: 'Place among the entities of a navigation; those without come last',
    },
    ownership: { type: 'string', enum: ['user', 'business_unit', 'organization', 'parent'] },
    parent: { ...NAME, description: 'With ownership parent: the required lookup whose record decides who may do what' },
    title: { ...NAME, description: "Property shown as the record's title" },
    audit: { type: 'boolean', default: true, description: 'False: no field of it is kept in the change log' },
    timeline: {
      type: 'object',
      additionalProperties: false,
      required: ['over', 'at'],
      description: 'Its records are entries in the timelines of other records',
      properties: {
        over: { ...NAME, description: 'The lookup field that names in whose timeline' },
        at: {
          ...{ type: 'array', minItems: 1, maxItems: 3, uniqueItems: true, items: NAME },
          description: 'When: the first of these timestamps that is not empty; the last of them never is',
        },
      },
    },
    fields: named({ $ref: '#/$defs/field' }),
    keys: named(propertyList),
    indexes: named(propertyList),
    rules: named(rule),
  };
  const required = ['name', 'set', 'label', 'plural_label', 'ownership', 'title', 'fields'];
  return {
    ...document('entity', properties, required),
    $defs: {
      label: LABEL,
      choice_value: CHOICE_VALUE,
      field: fieldSchema(types),
      ...Object.fromEntries(types.map((type) => [`field_${type.name}`, fieldDefinition(type)])),
    },
  };
}

const choiceDocumentSchema = (): JsonSchema => ({
  ...document(
    'choice',
    {
      name: NAME,
      label: LABEL_REF,
      values: {
        type: 'object',
        minProperties: 1,
        propertyNames: { ...NAME, maxLength: 63 },
        additionalProperties: { $ref: '#/$defs/choice_value' },
      },
    },
    ['name', 'label', 'values'],
  ),
  $defs: { label: LABEL, choice_value: CHOICE_VALUE },
});

/** Privileges in the order of 3-security; `*` of a role document stands for all that are not named. */
export const PRIVILEGES = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const;
export const DEPTHS = ['none', 'user', 'business_unit', 'parent_child', 'organization'] as const;
/** What a role can permit with a secured field. */
const FIELD_RIGHTS = ['read', 'create', 'update'] as const;
export const CAPABILITIES = [
  'export',
  'import',
  'merge',
  'publish_metadata',
  'act_as',
  'manage_credentials',
  'audit',
  'redact',
  'manage_jobs',
  'send_to_many',
] as const;

const roleDocumentSchema = (): JsonSchema => {
  const depth = { type: 'string', enum: DEPTHS };
  const conditional = {
    type: 'object',
    additionalProperties: false,
    required: ['depth'],
    properties: { depth, when: CONDITION },
  };
  const matrix = {
    type: 'object',
    propertyNames: { type: 'string', enum: ['*', ...PRIVILEGES] },
    additionalProperties: {
      type: ['string', 'object'],
      if: { type: 'string' },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: depth,
      else: conditional,
    },
  };
  const entities = { type: 'string', pattern: `^\\*$|${NAME_PATTERN}` };
  const rights = { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: FIELD_RIGHTS } };
  const properties = {
    name: NAME,
    label: LABEL_REF,
    description: LABEL_REF,
    privileges: { type: 'object', propertyNames: entities, additionalProperties: matrix },
    fields: {
      type: 'object',
      description: 'Secured fields: entity or * -> field or * -> what is permitted',
      propertyNames: entities,
      additionalProperties: { type: 'object', propertyNames: entities, additionalProperties: rights },
    },
    capabilities: { type: 'array', uniqueItems: true, items: { type: 'string', enum: CAPABILITIES } },
  };
  return { ...document('role', properties, ['name', 'label', 'privileges']), $defs: { label: LABEL } };
};

/** Delta links hold for a week at least: clients sleep over weekends. */
const FEWEST_CHANGES_DAYS = 7;

const organizationDocumentSchema = (): JsonSchema => {
  const days = { type: 'integer', minimum: 1, maximum: 36_500 };
  const properties = {
    name: { const: 'organization' },
    base_currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    rates: {
      type: 'object',
      description: 'Units of base currency per unit of the currency, as a decimal string',
      propertyNames: { type: 'string', pattern: '^[A-Z]{3}$' },
      additionalProperties: { type: 'string', pattern: '^[0-9]{1,12}(\\.[0-9]{1,12})?$' },
    },
    time_zone: { type: 'string', format: 'time-zone' },
    locale: { type: 'string', format: 'language-tag' },
    languages: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', format: 'language-tag' } },
    prefixes: {
      type: 'array',
      maxItems: 10,
      uniqueItems: true,
      items: { type: 'string', pattern: PREFIX_PATTERN },
      description: 'What names of customisations may begin with besides x_, for example to make a package of them',
    },
    fiscal_year_start: { type: 'string', pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', description: 'MM-DD' },
    retention: {
      type: 'object',
      additionalProperties: false,
      properties: {
        changes_days: { ...days, minimum: FEWEST_CHANGES_DAYS },
        recycle_bin_days: days,
        security_log_days: days,
        notifications_days: days,
      },
    },
  };
  return document('organization', properties, ['name', 'base_currency', 'rates', 'time_zone', 'locale', 'languages']);
};

/** Schema of each kind of document. `$schema` of a document names the file these are written to. */
export function documentSchemas(
  registry: ReadonlyMap<string, FieldType> = FIELD_TYPES,
): Record<DocumentKind, JsonSchema> {
  return {
    entity: entityDocumentSchema(registry),
    choice: choiceDocumentSchema(),
    role: roleDocumentSchema(),
    view: viewDocumentSchema(),
    form: formDocumentSchema(),
    duplicate_rule: duplicateRuleDocumentSchema(),
    assignment_rule: assignmentRuleDocumentSchema(),
    mapping: mappingDocumentSchema(),
    organization: organizationDocumentSchema(),
  };
}
