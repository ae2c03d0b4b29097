// Form of a field: which options a type has and by what each is edited, from the JSON Schemas of the field types. No type is named here;
// an option whose schema says too little (the name of an entity is a string like others) has its editor in the table below.
import { COMMON_FIELD_OPTIONS, FIELD_TYPES, type JsonSchema } from '@kartoteka/metadata';

/** What an option is edited by. */
export type OptionEditor =
  | 'text'
  | 'number'
  | 'exact_number'
  | 'date'
  | 'switch'
  | 'inherited_switch'
  | 'select'
  | 'multi_select'
  | 'names'
  | 'codes'
  | 'condition'
  | 'related_condition'
  | 'expression'
  | 'entity'
  | 'entities'
  | 'choice'
  | 'choice_values'
  | 'property'
  | 'properties'
  | 'collection'
  | 'object'
  | 'json'
  | 'value';

export interface OptionField {
  readonly name: string;
  readonly editor: OptionEditor;
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** What holds where the document says nothing. */
  readonly preset: unknown;
  /** Members of an option that is an object of options. */
  readonly members: readonly OptionField[];
}

export type OptionGroup = 'type' | 'behaviour' | 'protection' | 'conditions';

/** Options whose meaning their schema does not tell. */
const EDITORS: Readonly<Record<string, OptionEditor>> = {
  ...{ required_when: 'condition', visible_when: 'condition', read_only_when: 'condition' },
  ...{ filter: 'related_condition', expression: 'expression', default: 'value' },
  ...{ targets: 'entities', target: 'entity', through: 'entity' },
  ...{ choice: 'choice', values: 'choice_values', joined: 'properties', otherwise: 'property', parent: 'property' },
  ...{ relation: 'collection', currencies: 'codes', schema: 'json' },
};

const GROUPS: Readonly<Record<string, OptionGroup>> = {
  ...{ personal_data: 'protection', secured: 'protection', audit: 'protection' },
  ...{ required_when: 'conditions', visible_when: 'conditions', read_only_when: 'conditions' },
};

/** Edited beside the name, in every language at once. */
const TEXTS = new Set(['label', 'description']);

function editorOf(name: string, schema: JsonSchema): OptionEditor {
  const named = EDITORS[name];
  if (named !== undefined) return named;
  if (schema.exactDecimal !== undefined) return 'exact_number';
  if (schema.enum !== undefined) return 'select';
  if (schema.format === 'date') return 'date';
  if (schema.type === 'array')
    return (schema.items as JsonSchema | undefined)?.enum === undefined ? 'names' : 'multi_select';
  return BY_TYPE[String(schema.type)]?.(schema) ?? 'json';
}

const BY_TYPE: Readonly<Record<string, (schema: JsonSchema) => OptionEditor>> = {
  integer: () => 'number',
  number: () => 'number',
  string: () => 'text',
  // Without a default it is as the entity has it.
  boolean: (schema) => (schema.default === undefined ? 'inherited_switch' : 'switch'),
  object: (schema) => (schema.properties === undefined ? 'json' : 'object'),
};

function optionField(name: string, schema: JsonSchema, required: boolean): OptionField {
  const editor = editorOf(name, schema);
  const members =
    editor === 'object'
      ? Object.entries(schema.properties as Readonly<Record<string, JsonSchema>>).map(([member, inner]) =>
          optionField(member, inner, false),
        )
      : [];
  return { name, editor, required, schema, preset: schema.default, members };
}

/** Options of a type in the order of its form, without label and description; none for a type that there is not. */
export function optionsOf(
  type: string,
  commonSchemas: Readonly<Record<string, JsonSchema>>,
): ReadonlyMap<OptionGroup, readonly OptionField[]> {
  const groups = new Map<OptionGroup, OptionField[]>();
  const found = FIELD_TYPES.get(type);
  if (found === undefined) return groups;
  const common = [...COMMON_FIELD_OPTIONS].filter((name) => found.commonOptions?.includes(name) ?? true);
  const add = (group: OptionGroup, option: OptionField): void => {
    groups.set(group, [...(groups.get(group) ?? []), option]);
  };
  for (const [name, schema] of Object.entries(found.options))
    add('type', optionField(name, schema, found.requiredOptions?.includes(name) ?? false));
  for (const name of common) {
    const schema = commonSchemas[name];
    if (TEXTS.has(name) || schema === undefined || Object.hasOwn(found.options, name)) continue;
    add(GROUPS[name] ?? 'behaviour', optionField(name, schema, false));
  }
  return groups;
}

/** Schemas of the options that every type has, from the schema of entity documents. */
export function commonOptionSchemas(entitySchema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const definitions = entitySchema.$defs as Readonly<Record<string, JsonSchema>>;
  const schemas: Record<string, JsonSchema> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    if (!name.startsWith('field_')) continue;
    const properties = definition.properties as Readonly<Record<string, JsonSchema>>;
    for (const option of COMMON_FIELD_OPTIONS) {
      const schema = properties[option];
      if (schema !== undefined) schemas[option] ??= schema;
    }
  }
  return schemas;
}
