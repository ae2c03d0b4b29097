// Field type `text`: one line of text with a bounded length, given by a client or joined by the engine from other texts of the
// record, such as the full name of a person. It must not normalise: what is sent is what is stored.
import type { FieldDocument } from '../documents.ts';
import type { FieldContext, FieldType, JsonSchema } from '../field-type.ts';
import { patternProblem, wholeValuePattern } from '../linear-pattern.ts';
import type { DerivedProperty } from '../model.ts';
import { NAME_PATTERN } from '../names.ts';
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

/** Options that say nothing about a text which nobody gives. */
const NOT_JOINED = [
  ...['required', 'default', 'min_length', 'pattern'],
  ...['read_only', 'read_only_after_create', 'required_when', 'read_only_when'],
];

/** Texts of other properties that are not empty, with a space between them; without any, that of `otherwise`. */
function joinedTexts(field: FieldDocument): DerivedProperty | undefined {
  const parts = field.joined as readonly string[] | undefined;
  if (parts === undefined) return undefined;
  const otherwise = field.otherwise as string | undefined;
  // Parts may be of several collations, and none of them would be that of the whole.
  const filled = (text: string): string => `nullif(btrim(${text} collate "C"), '')`;
  return {
    from: otherwise === undefined ? parts : [...parts, otherwise],
    fillsStored: true,
    sql: (column) => {
      const joined = `nullif(concat_ws(' ', ${parts.map((part) => filled(column(part))).join(', ')}), '')`;
      const whole = otherwise === undefined ? joined : `coalesce(${joined}, ${filled(column(otherwise))})`;
      return `left(${whole}, ${maxLengthOf(field)})`;
    },
  };
}

function verifyJoined(field: FieldDocument, { field: name }: FieldContext): { pointer: string; reason: string }[] {
  const parts = field.joined as readonly string[] | undefined;
  if (parts === undefined) {
    return field.otherwise === undefined ? [] : [{ pointer: '/otherwise', reason: 'Only a joined text has it' }];
  }
  const findings = NOT_JOINED.filter((option) => field[option] !== undefined).map((option) => ({
    pointer: `/${option}`,
    reason: `A joined text is never given: ${option} does not apply`,
  }));
  if ([...parts, field.otherwise].includes(name)) findings.push({ pointer: '', reason: 'A text is no part of itself' });
  return findings;
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
    joined: {
      type: 'array',
      items: { type: 'string', pattern: NAME_PATTERN },
      minItems: 1,
      maxItems: 10,
      uniqueItems: true,
      description: 'Properties whose texts the engine joins to this one, cut at max_length; nobody else writes it',
    },
    otherwise: {
      type: 'string',
      pattern: NAME_PATTERN,
      description: 'Property whose text it is when all joined are empty',
    },
  },
  verify: (field, context) => {
    const findings: { pointer: string; reason: string; hint?: string }[] = verifyJoined(field, context);
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
      ...(field.joined === undefined ? {} : { readOnly: true, derived: joinedTexts(field) }),
    },
  ],
  valueSchema: (field, context): Record<string, JsonSchema> =>
    field.joined === undefined ? { [context.field]: valueSchemaOf(field) } : {},
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
