// Field type `text`: one line of text with a bounded length. It must not normalise: what is sent is what is stored.
import type { FieldDocument } from '../documents.ts';
import type { FieldType, JsonSchema } from '../field-type.ts';
import { patternProblem, wholeValuePattern } from '../linear-pattern.ts';
import { OPERATORS } from '../operators.ts';

const DEFAULT_MAX_LENGTH = 255;
/** Above this a text is a document, not a field; it also bounds what a pattern runs over. */
const LARGEST_MAX_LENGTH = 10_000;

const maxLengthOf = (field: FieldDocument): number => (field.max_length as number | undefined) ?? DEFAULT_MAX_LENGTH;

function valueSchemaOf(field: FieldDocument): JsonSchema {
  return {
    type: 'string',
    wellFormed: true,
    maxLength: maxLengthOf(field),
    ...(field.min_length === undefined ? {} : { minLength: field.min_length }),
    ...(field.pattern === undefined ? {} : { pattern: wholeValuePattern(field.pattern as string) }),
  };
}

export const fieldType: FieldType = {
  name: 'text',
  options: {
    max_length: { type: 'integer', minimum: 1, maximum: LARGEST_MAX_LENGTH, default: DEFAULT_MAX_LENGTH },
    min_length: { type: 'integer', minimum: 0, maximum: LARGEST_MAX_LENGTH },
    pattern: {
      type: 'string',
      minLength: 1,
      maxLength: 500,
      description:
        'Regular expression that the whole value must match; every next character must leave one way to go on',
    },
  },
  verify: (field) => {
    const findings = [];
    if (((field.min_length as number | undefined) ?? 0) > maxLengthOf(field)) {
      findings.push({ pointer: '/min_length', reason: 'min_length is greater than max_length' });
    }
    const problem = field.pattern === undefined ? undefined : patternProblem(field.pattern as string);
    if (problem !== undefined) {
      const hint = 'Write the pattern so that every character has one possible meaning, e.g. [A-Z]{2}-\\d{4}';
      findings.push({ pointer: '/pattern', reason: problem, hint });
    }
    return findings;
  },
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.String',
      sqlType: 'text collate "und-x-icu"',
      maxLength: maxLengthOf(field),
      check: (column) => `char_length(${column}) <= ${maxLengthOf(field)}`,
    },
  ],
  valueSchema: (field, context) => ({ [context.field]: valueSchemaOf(field) }),
  operators: OPERATORS.text,
  control: (field) => ({ widget: 'text', props: { maxLength: maxLengthOf(field) } }),
  examples: [
    {
      field: { type: 'text', max_length: 10 },
      valid: ['', ' ', '😀😀😀😀😀😀😀😀😀😀', '0', '10', '9', 'a', 'A', 'ab', 'Ünïcödé', 'я'],
      invalid: ['12345678901', '😀😀😀😀😀😀😀😀😀😀😀', 'a\u0000b', '\ud83d', '\ude00a', 1, true, {}, []],
    },
    {
      field: { type: 'text', min_length: 1, pattern: '[A-Z]{2}-\\d{4}' },
      valid: ['AB-0001', 'AB-0002', 'ZZ-9999'],
      invalid: ['', 'AB-001', 'ab-0001', 'AB-0001 ', 'xAB-0001', 'AB-0001\n'],
    },
    {
      field: { type: 'text' },
      valid: ["'", '"', '\\', '%', '<b>', "O'Brien", `${'x'.repeat(255)}`],
      invalid: ['x'.repeat(256)],
    },
  ],
};
