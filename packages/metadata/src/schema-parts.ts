// Pieces that the JSON Schemas of several kinds of document share. Data only.
import type { DocumentKind } from './documents.ts';
import type { JsonSchema } from './field-type.ts';
import { NAME_PATTERN } from './names.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
export const NAME: JsonSchema = { type: 'string', pattern: NAME_PATTERN };
export const CONDITION: JsonSchema = { type: 'string', minLength: 1, maxLength: 4000 };
export const LABEL: JsonSchema = {
  type: 'object',
  description: 'Text per language',
  minProperties: 1,
  propertyNames: { type: 'string', format: 'language-tag' },
  additionalProperties: { type: 'string', minLength: 1, maxLength: 2000 },
};
export const LABEL_REF: JsonSchema = { $ref: '#/$defs/label' };

/** Schema of a whole document of a kind. */
export const document = (
  kind: DocumentKind,
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
) => ({
  $schema: DIALECT,
  title: kind,
  type: 'object',
  additionalProperties: false,
  required,
  properties: { $schema: { type: 'string' }, ...properties },
});

/** An object keyed by names. */
export function named(value: JsonSchema): JsonSchema {
  return { type: 'object', propertyNames: NAME, additionalProperties: value };
}
