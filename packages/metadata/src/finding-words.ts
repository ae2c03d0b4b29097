// Words for what JSON Schema found wrong with a value. One table, so that defaults, examples and payloads are refused in the
// same words.
import type { ErrorObject } from 'ajv/dist/2020.js';
import { VALUE_KEYWORDS } from './value-keywords.ts';

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  date: 'must be a calendar date YYYY-MM-DD between 0001-01-01 and 9999-12-31',
  'date-time': 'must be a timestamp with offset such as 2026-11-22T10:00:00Z, with microseconds at most',
  uuid: 'must be a UUID',
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'must be a string',
  boolean: 'must be true or false',
  array: 'must be an array',
  'integer,string': 'must be a whole number',
  'number,string': 'must be a number, or a string of digits',
};

const WORDS: Readonly<Record<string, (error: ErrorObject) => string>> = {
  type: ({ params }) => typeWords(params.type as string | readonly string[]),
  enum: ({ params }) => `must be one of ${listed(params.allowedValues as readonly unknown[])}`,
  maxLength: ({ params }) => `must have at most ${params.limit} characters`,
  minLength: ({ params }) =>
    params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`,
  pattern: () => 'does not have the form the field asks for',
  minItems: ({ params }) => (params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} values`),
  uniqueItems: () => 'must not have a value twice',
  format: ({ params }) => FORMAT_WORDS[params.format as string] ?? `is not a valid ${params.format}`,
};

/** Why a value was refused, without naming the property: `must have at most 200 characters`. */
export function findingReason(error: ErrorObject): string {
  if (VALUE_KEYWORDS.has(error.keyword)) return error.message ?? 'is not valid';
  return WORDS[error.keyword]?.(error) ?? error.message ?? 'is not valid';
}

function typeWords(type: string | readonly string[]): string {
  const types = (typeof type === 'string' ? type.split(',') : type).filter((each) => each !== 'null');
  return TYPE_WORDS[types.join(',')] ?? `must be ${types.join(' or ')}`;
}

function listed(values: readonly unknown[]): string {
  const shown = values.filter((value) => value !== null).slice(0, 30);
  return shown.join(', ') + (values.length > 31 ? ', ...' : '');
}
