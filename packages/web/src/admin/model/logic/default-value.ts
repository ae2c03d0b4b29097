// By what the default of a field is edited: from the JSON Schema of its values, as the field type gives it. Pure.
import { FIELD_TYPES, type FieldDocument } from '@kartoteka/metadata';
import type { Json } from './paths.ts';
import { attempt, contextOf, type EditedModel } from './scope.ts';

export type DefaultEditor =
  | { readonly editor: 'select' | 'multi_select'; readonly values: readonly string[] }
  | { readonly editor: 'boolean' | 'number' | 'text' | 'json' };

const BY_TYPE: Readonly<Record<string, 'boolean' | 'number' | 'text'>> = {
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
  string: 'text',
};

/** The editor of a field's default; null where its type has no value that a document could give. */
export function defaultEditor(model: EditedModel, name: string, field: FieldDocument): DefaultEditor | null {
  const type = FIELD_TYPES.get(field.type);
  const context = contextOf(model, name);
  const main = attempt(() => type?.properties(field, context)[0]?.name);
  const schemas = attempt(() => type?.valueSchema(field, context));
  const schema = main === undefined ? undefined : (schemas?.[main] as Json | undefined);
  if (schema === undefined) return null;
  const inner = (schema.items as Json | undefined)?.enum;
  if (Array.isArray(schema.enum)) return { editor: 'select', values: schema.enum.map(String) };
  if (Array.isArray(inner)) return { editor: 'multi_select', values: inner.map(String) };
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).map(String);
  return { editor: BY_TYPE[types[0] ?? ''] ?? 'json' };
}
