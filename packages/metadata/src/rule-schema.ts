// JSON Schemas of duplicate rules, assignment rules and mappings. Data only; what the names lead to is link-duplicate-rule.ts,
// link-assignment-rule.ts and link-mapping.ts.
import type { JsonSchema } from './field-type.ts';
import { CONDITION, document, LABEL, LABEL_REF, NAME } from './schema-parts.ts';

/** Each is a condition of one statement. */
const MOST_MATCHES = 8;
const MOST_USERS = 200;
const MOST_MAPPED = 500;

const ACTIVE: JsonSchema = { type: 'boolean', default: true, description: 'False: kept, and not applied' };
const HEAD: Readonly<Record<string, JsonSchema>> = { name: NAME, label: LABEL_REF, description: LABEL_REF };
const REACTION: JsonSchema = { type: 'string', enum: ['ignore', 'warn', 'refuse'], default: 'ignore' };

/** Schema of a duplicate rule. */
export function duplicateRuleDocumentSchema(): JsonSchema {
  const how = {
    type: 'string',
    enum: ['exact', 'normalised', 'fuzzy'],
    description: 'normalised: without case, ё as е, white space and, but in addresses, punctuation as one blank',
  };
  const match = {
    type: 'object',
    additionalProperties: false,
    required: ['how'],
    properties: {
      how,
      other: { ...NAME, description: 'Property of the records compared with, where it is called otherwise' },
      threshold: {
        type: 'number',
        minimum: 0.3,
        maximum: 1,
        description: 'Of fuzzy matches: share of the trigrams that are in both texts; 0.6 unless said otherwise',
      },
    },
  };
  const properties = {
    ...HEAD,
    entity: NAME,
    against: { ...NAME, description: 'Entity of the records looked through; the same unless said otherwise' },
    match: {
      type: 'object',
      description: 'By property; all have to match, and what is empty matches nothing',
      minProperties: 1,
      maxProperties: MOST_MATCHES,
      propertyNames: NAME,
      additionalProperties: match,
    },
    when: { ...CONDITION, description: 'Records that the rule looks at' },
    on_create: REACTION,
    on_update: REACTION,
    on_import: REACTION,
    active: ACTIVE,
  };
  return { ...document('duplicate_rule', properties, ['name', 'entity', 'label', 'match']), $defs: { label: LABEL } };
}

/** Schema of an assignment rule. */
export function assignmentRuleDocumentSchema(): JsonSchema {
  const text = { type: 'string', minLength: 1, maxLength: 320 };
  const load = {
    type: 'object',
    additionalProperties: false,
    required: ['entity'],
    properties: { entity: NAME, filter: { ...CONDITION, description: 'In the language of $filter' } },
    description:
      "What counts as load: records of this entity by their owner; the rule's own entity unless said otherwise",
  };
  const assign = {
    type: 'object',
    additionalProperties: false,
    required: ['method'],
    properties: {
      method: { type: 'string', enum: ['round_robin', 'least_load', 'fixed'] },
      users: {
        type: 'array',
        minItems: 1,
        maxItems: MOST_USERS,
        uniqueItems: true,
        items: text,
        description: 'By e-mail address',
      },
      team: { ...text, description: 'Name of a team: its members' },
      queue: { ...text, description: 'Name of a team that gets the record when nobody else can' },
      load,
    },
  };
  const properties = {
    ...HEAD,
    entity: NAME,
    order: { type: 'integer', description: 'Lower is asked first; the first rule that fits decides' },
    when: CONDITION,
    assign,
    skip_absent: { type: 'boolean', default: true, description: 'Users who are absent are passed over' },
    active: ACTIVE,
  };
  const required = ['name', 'entity', 'label', 'order', 'assign'];
  return { ...document('assignment_rule', properties, required), $defs: { label: LABEL } };
}

/** Schema of a mapping. */
export function mappingDocumentSchema(): JsonSchema {
  const value = { type: 'object', additionalProperties: false, required: ['value'], properties: { value: {} } };
  const mapped = {
    type: ['string', 'object'],
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { ...CONDITION, description: "A property's name, or another expression over the record" },
    else: value,
  };
  const properties = {
    ...HEAD,
    from: NAME,
    to: NAME,
    fields: {
      type: 'object',
      description: 'By property of `to`',
      minProperties: 1,
      maxProperties: MOST_MAPPED,
      propertyNames: NAME,
      additionalProperties: mapped,
    },
    active: ACTIVE,
  };
  return { ...document('mapping', properties, ['name', 'from', 'to', 'label', 'fields']), $defs: { label: LABEL } };
}
