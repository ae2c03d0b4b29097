// Field type `json`: any JSON value, or one that fits the schema in the document. The schema is the administrator's, the
// value the client's: neither may cost more time than its size, so patterns and uniqueness are checked by our own means.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { canonicalJson } from '../content-hash.ts';
import type { FieldDocument } from '../documents.ts';
import { ExactNumber, exactJsonText } from '../exact-number.ts';
import { canonicalNumber, MAX_NUMBER_DIGITS } from '../expression/literals.ts';
import type { FieldType, JsonSchema, ValueKeyword } from '../field-type.ts';
import { patternProblem, wholeValuePattern } from '../linear-pattern.ts';
import { OPERATORS } from '../operators.ts';
import { VALUE_FORMATS } from '../value-formats.ts';

const DEFAULT_MAX_LENGTH = 10_000;
const LARGEST_MAX_LENGTH = 250_000;
const DEEPEST = 64;

interface JsonRules {
  readonly max_length: number;
  readonly schema?: JsonSchema;
}

/** Why PostgreSQL could not keep the value, or not exactly; undefined when it can. */
function contentReason(value: unknown, depth: number): string | undefined {
  if (depth > DEEPEST) return `must not be nested deeper than ${DEEPEST} levels`;
  if (typeof value === 'string') return textReason(value);
  if (typeof value === 'number' || value instanceof ExactNumber) {
    // A few characters (1e999) would come back as a thousand digits.
    const fits = canonicalNumber(String(value)) !== undefined;
    return fits ? undefined : `must not hold numbers of more than ${MAX_NUMBER_DIGITS} digits`;
  }
  if (value === null || typeof value !== 'object') return undefined;
  for (const [name, member] of Object.entries(value)) {
    const reason = textReason(name) ?? contentReason(member, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function textReason(text: string): string | undefined {
  return text.includes('\u0000') || !text.isWellFormed() ? 'must not contain NUL or lone surrogates' : undefined;
}

function jsonCheck({ max_length, schema }: JsonRules): (value: unknown) => string | undefined {
  const validate = schema === undefined ? undefined : compileSchema(schema);
  return (value) => {
    const content = contentReason(value, 1);
    if (content !== undefined) return content;
    const text = exactJsonText(value);
    if (text.length > max_length) return `must have at most ${max_length} characters as JSON`;
    if (validate === undefined || validate(JSON.parse(text))) return undefined;
    const error = validate.errors?.[0];
    const place = error === undefined || error.instancePath === '' ? 'it' : error.instancePath;
    return `does not fit its schema: ${place} ${error?.message ?? 'is not valid'}`;
  };
}

/** Throws Error with the reason when the schema is not JSON Schema 2020-12, or holds a pattern that is not linear. */
function compileSchema(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    ownProperties: true,
    formats: VALUE_FORMATS,
    code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not have an item twice' },
    validate: (asked: boolean, items: readonly unknown[]) =>
      !asked || new Set(items.map((item) => canonicalJson(item))).size === items.length,
  });
  return ajv.compile(schema);
}

function linearRegExp(pattern: string, flags: string): RegExp {
  const inner = /^\^(.*)\$$/s.exec(pattern)?.[1];
  if (inner === undefined) throw new Error(`The pattern ${pattern} must begin with ^ and end with $`);
  const problem = patternProblem(inner);
  if (problem !== undefined) throw new Error(`${pattern}: ${problem}`);
  return new RegExp(wholeValuePattern(inner), flags);
}

function rulesOf(field: FieldDocument): JsonRules {
  const rules = { max_length: (field.max_length as number | undefined) ?? DEFAULT_MAX_LENGTH };
  return field.schema === undefined ? rules : { ...rules, schema: field.schema as JsonSchema };
}

const jsonValue: ValueKeyword = {
  type: ['object', 'array', 'string', 'number', 'boolean'],
  value: 'object',
  make: jsonCheck,
  withoutCode: ({ max_length }: JsonRules) => ({ max_length }),
};

function schemaProblem(schema: JsonSchema): string | undefined {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const fieldType: FieldType = {
  name: 'json',
  options: {
    max_length: {
      type: 'integer',
      minimum: 2,
      maximum: LARGEST_MAX_LENGTH,
      default: DEFAULT_MAX_LENGTH,
      description: 'Most characters of the value as JSON without white space',
    },
    schema: {
      type: 'object',
      description: 'JSON Schema 2020-12 of the value; patterns begin with ^, end with $ and leave one way to go on',
    },
  },
  verify: (field) => {
    const problem = field.schema === undefined ? undefined : schemaProblem(field.schema as JsonSchema);
    return problem === undefined ? [] : [{ pointer: '/schema', reason: problem }];
  },
  properties: (_field, context) => [{ name: context.field, type: 'Edm.Untyped', sqlType: 'jsonb', sortable: false }],
  valueSchema: (field, context) => ({
    [context.field]: { type: ['object', 'array', 'string', 'number', 'boolean'], jsonValue: rulesOf(field) },
  }),
  keywords: { jsonValue },
  operators: OPERATORS.presence,
  control: (field) => ({ widget: 'json', props: { schema: field.schema ?? null } }),
  examples: [
    {
      field: { type: 'json', max_length: 400 },
      valid: [
        {},
        [],
        '',
        'null',
        0,
        -1.5,
        true,
        false,
        { a: null, b: [1, 'two', { three: [] }], 'Ключ "с" кавычками': '\\ \n 😀' },
        [[[[[1]]]]],
        { contacts: 'a', 'contacts@odata.nextLink': null },
        'x'.repeat(398),
      ],
      invalid: [
        'x'.repeat(399),
        { a: 'b\u0000' },
        { '\u0000': 1 },
        ['\ud83d'],
        '\u0000',
        JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`),
      ],
    },
    {
      field: {
        type: 'json',
        schema: {
          $id: 'https://example.com/size',
          type: 'object',
          required: ['size'],
          additionalProperties: false,
          properties: {
            size: { type: 'number', minimum: 0 },
            code: { $ref: '#/$defs/code' },
            on: { type: 'string', format: 'date' },
            tags: { type: 'array', uniqueItems: true, items: { type: 'string' } },
          },
          $defs: { code: { type: 'string', pattern: '^[A-Z]{2}|x$' } },
        },
      },
      valid: [{ size: 0 }, { size: 1.5, code: 'AB', on: '2026-11-22', tags: ['a', 'b'] }],
      invalid: [
        ...[{}, [], 'size', 1, true, { size: '1' }, { size: -1 }, { size: 1, code: 'ABx' }, { size: 1, more: 1 }],
        ...[{ size: 1, on: '2026-02-30' }, { size: 1, tags: ['a', 'a'] }, { size: null }],
      ],
    },
  ],
};
