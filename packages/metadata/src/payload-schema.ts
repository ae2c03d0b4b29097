// JSON Schema of what a client sends to create or update a record, with labels: what the payload validator compiles and what
// client code is generated from. Data only.
import type { JsonSchema } from './field-type.ts';
import { labelText } from './label-text.ts';
import type { EntityType, Field, Property } from './model.ts';

/** `import`: a create by who holds the capability. */
export type PayloadOperation = 'create' | 'import' | 'update';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * Schema of a payload object: one member per property the operation may write, none beside them. Create requires what is
 * not null and has no default; null is allowed where the property is nullable. Labels are in `language`, English where that says
 * nothing: schemas are read by programmers.
 */
export function payloadSchema(entity: EntityType, operation: PayloadOperation, language = 'en'): JsonSchema {
  const writable = [...entity.properties.values()].filter((property) => isWritable(property, operation));
  const members = writable.map((property): [string, JsonSchema] => [
    property.name,
    { ...wordsFor(entity, property, language), ...nullableSchema(property) },
  ]);
  return {
    $schema: DIALECT,
    title: `${entity.name} ${operation}`,
    type: 'object',
    additionalProperties: false,
    required: operation === 'update' ? [] : writable.filter(isRequiredAtCreate).map(({ name }) => name),
    properties: Object.fromEntries(members),
  };
}

/** Whether a client may write the property in the operation at all. */
export function isWritable(property: Property, operation: PayloadOperation): boolean {
  if (property.importable === true && operation === 'import') return true;
  if (property.readOnly || property.valueSchema === undefined) return false;
  return operation !== 'update' || !property.readOnlyAfterCreate;
}

/** System properties have values of the engine's when the client gives none. */
function isRequiredAtCreate(property: Property): boolean {
  return property.field !== null && !property.nullable && property.default === undefined;
}

function nullableSchema(property: Property): JsonSchema {
  const schema = property.valueSchema ?? {};
  if (!property.nullable) return schema;
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [schema.type as string];
  const values = Array.isArray(schema.enum) ? { enum: [...(schema.enum as unknown[]), null] } : {};
  return { ...schema, type: [...types, 'null'], ...values };
}

function wordsFor(entity: EntityType, property: Property, language: string): JsonSchema {
  const field: Field | undefined = property.field === null ? undefined : entity.fields.get(property.field);
  const words: Record<string, unknown> = {};
  if (field !== undefined) words.title = labelText(field.label, language);
  if (field?.document.description !== undefined) words.description = labelText(field.document.description, language);
  if (property.default !== undefined) words.default = property.default;
  return words;
}
