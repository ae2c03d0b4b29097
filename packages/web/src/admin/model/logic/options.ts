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
  | 'map'
  | 'mapped'
  | 'list_condition'
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
  /** What each value of an object is whose keys are free; null: it is no such object. */
  readonly each: OptionField | null;
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

/** Of documents other than entities: what their schemas do not tell of properties of these names. */
const OF_DOCUMENTS: Readonly<Record<string, OptionEditor>> = {
  ...{ entity: 'entity', against: 'entity', from: 'entity', to: 'entity' },
  ...{ when: 'condition', filter: 'list_condition' },
};

const GROUPS: Readonly<Record<string, OptionGroup>> = {
  ...{ personal_data: 'protection', secured: 'protection', audit: 'protection' },
  ...{ required_when: 'conditions', visible_when: 'conditions', read_only_when: 'conditions' },
};

/** Edited beside the name, in every language at once. */
const TEXTS = new Set(['label', 'description']);

type Editors = Readonly<Record<string, OptionEditor>>;

function editorOf(name: string, schema: JsonSchema, editors: Editors): OptionEditor {
  const named = editors[name];
  if (named !== undefined) return named;
  // A text, or an object in its place: an expression, or a fixed value.
  if (Array.isArray(schema.type) && schema.type.includes('object')) return 'mapped';
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
  object: (schema) =>
    schema.properties !== undefined ? 'object' : isSchema(schema.additionalProperties) ? 'map' : 'json',
};

const isSchema = (given: unknown): given is JsonSchema => typeof given === 'object' && given !== null;
/** Key of what a map holds: it has no name of its own. */
const EACH = '*';

function optionField(name: string, schema: JsonSchema, required: boolean, editors: Editors = EDITORS): OptionField {
  const editor = editorOf(name, schema, editors);
  const needed = (schema.required ?? []) as readonly string[];
  const members =
    editor === 'object'
      ? Object.entries(schema.properties as Readonly<Record<string, JsonSchema>>).map(([member, inner]) =>
          optionField(member, inner, needed.includes(member), editors),
        )
      : [];
  const each = editor === 'map' ? optionField(EACH, schema.additionalProperties as JsonSchema, false, editors) : null;
  return { name, editor, required, schema, preset: schema.default, members, each };
}

/** What has an editor of its own on every page of a document: its name and texts, and what it is of. */
const HEAD = new Set(['$schema', 'name', 'label', 'description', 'extends']);

/** Options of a document of a kind that has no pages of its own, in the order of its schema. */
export function documentOptions(schema: JsonSchema): readonly OptionField[] {
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries(schema.properties as Readonly<Record<string, JsonSchema>>).flatMap(([name, inner]) =>
    HEAD.has(name) ? [] : [optionField(name, inner, required.includes(name), OF_DOCUMENTS)],
  );
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
