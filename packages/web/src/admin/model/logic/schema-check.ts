// What is wrong with the options of a field while they are typed, by the keywords that the schemas of options use. The policy of the
// application's pages permits no compiled validators at run time; the service checks everything again, and more. Pure.
import type { JsonSchema } from '@kartoteka/metadata';
import type { OptionField } from './options.ts';
import { isObject, type Json } from './paths.ts';

/** A finding: `code` is a key of the texts, `limit` what stands in it. */
export interface OptionProblem {
  /** Ways to the option: `max_length`, `cascade/assign`. */
  readonly option: string;
  readonly code: string;
  readonly limit?: string;
}

type Keyword = (value: unknown, limit: never) => boolean;

const length = (value: unknown): number => [...String(value)].length;

/** Keyword -> whether the value keeps to it; values of other types pass, as JSON Schema has it. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  enum: (value, limit: readonly unknown[]) => limit.includes(value),
  minimum: (value, limit: number) => typeof value !== 'number' || value >= limit,
  maximum: (value, limit: number) => typeof value !== 'number' || value <= limit,
  minLength: (value, limit: number) => typeof value !== 'string' || length(value) >= limit,
  maxLength: (value, limit: number) => typeof value !== 'string' || length(value) <= limit,
  pattern: (value, limit: string) => typeof value !== 'string' || new RegExp(limit, 'u').test(value),
  minItems: (value, limit: number) => !Array.isArray(value) || value.length >= limit,
  maxItems: (value, limit: number) => !Array.isArray(value) || value.length <= limit,
  uniqueItems: (value, limit: boolean) => !limit || !Array.isArray(value) || new Set(value).size === value.length,
  minProperties: (value, limit: number) => !isObject(value) || Object.keys(value).length >= limit,
  exactDecimal: (value) => /^-?\d{1,60}(\.\d{1,30})?$/.test(String(value)),
};

/** Of these there is something to tell beside that it is wrong. */
const TOLD = new Set(['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties']);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
};

function isOfType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  return (Array.isArray(type) ? type : [type]).some((each) => TYPES[String(each)]?.(value) ?? true);
}

function valueProblems(option: string, value: unknown, schema: JsonSchema): readonly OptionProblem[] {
  if (!isOfType(value, schema.type)) return [{ option, code: 'type' }];
  const own = Object.entries(KEYWORDS).flatMap(([keyword, keeps]) => {
    const limit = schema[keyword];
    if (limit === undefined || keeps(value, limit as never)) return [];
    return [{ option, code: keyword, ...(TOLD.has(keyword) ? { limit: String(limit) } : {}) }];
  });
  const items = Array.isArray(value) && isObject(schema.items) ? schema.items : undefined;
  const inner = items === undefined ? [] : (value as unknown[]).flatMap((item) => valueProblems(option, item, items));
  return [...own, ...inner];
}

/** All that is wrong with the options that a field gives. */
export function optionProblems(options: Iterable<OptionField>, field: Json, path = ''): readonly OptionProblem[] {
  return [...options].flatMap((option) => {
    const name = path + option.name;
    const value = field[option.name];
    if (value === undefined || value === '') return option.required ? [{ option: name, code: 'required' }] : [];
    if (option.editor === 'object' && isObject(value)) return optionProblems(option.members, value, `${name}/`);
    if (option.each !== null && isObject(value)) return mapProblems(option, option.each, value, name);
    return valueProblems(name, value, option.schema);
  });
}

/** Of an object whose keys are free: how many there are, and each of its values. */
function mapProblems(option: OptionField, each: OptionField, value: Json, name: string): readonly OptionProblem[] {
  const inner = Object.keys(value).flatMap((key) =>
    optionProblems([{ ...each, name: key, required: true }], value, `${name}/`),
  );
  return [...valueProblems(name, value, option.schema), ...inner];
}
