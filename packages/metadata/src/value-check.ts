// Checks one value of a payload by the schema of its property, without making code: what the payload validator finds, for pages whose
// Content-Security-Policy lets nothing be compiled. It knows the keywords that value schemas use, and no others.
import type { ErrorObject } from 'ajv/dist/2020.js';
import { canonicalJson } from './content-hash.ts';
import type { JsonSchema } from './field-type.ts';
import { findingReason } from './finding-words.ts';
import { VALUE_FORMATS } from './value-formats.ts';
import { valueKeyword } from './value-keywords.ts';

/** What is wrong with a value: the keyword that refuses it, what that says, and the payload validator's words. */
export interface ValueFinding {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

type Params = Readonly<Record<string, unknown>>;
/** Answers the parameters of the error, or undefined where the value is good. */
type Check = (limit: never, value: unknown) => Params | undefined;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

const onText =
  (check: (limit: never, text: string) => boolean, params: (limit: never) => Params): Check =>
  (limit, value) =>
    typeof value !== 'string' || check(limit, value) ? undefined : params(limit);
const onItems =
  (check: (limit: never, items: readonly unknown[]) => boolean): Check =>
  (limit, value) =>
    !Array.isArray(value) || check(limit, value) ? undefined : { limit };

/** As JSON Schema counts: code points. */
const lengthOf = (text: string): number => [...text].length;
const limitOf = (limit: number): Params => ({ limit });

/** JSON Schema's own keywords, in the order in which the validator finds them. */
const CHECKS: Readonly<Record<string, Check>> = {
  maxLength: onText((most: number, text) => lengthOf(text) <= most, limitOf),
  minLength: onText((least: number, text) => lengthOf(text) >= least, limitOf),
  pattern: onText(
    (pattern: string, text) => new RegExp(pattern, 'u').test(text),
    (pattern: string) => ({ pattern }),
  ),
  format: onText(
    (format: string, text) => VALUE_FORMATS[format]?.(text) !== false,
    (format: string) => ({ format }),
  ),
  enum: (allowed: readonly unknown[], value) =>
    allowed.some((each) => each === value) ? undefined : { allowedValues: allowed },
  minItems: onItems((least: number, items) => items.length >= least),
  maxItems: onItems((most: number, items) => items.length <= most),
  uniqueItems: onItems(
    (asked: boolean, items) => !asked || new Set(items.map((item) => canonicalJson(item))).size === items.length,
  ),
};

/** Keywords that say nothing about which values are good. */
const SILENT = new Set(['type', 'items', 'contentMediaType', 'title', 'description', 'default', 'examples']);

/**
 * The first thing wrong with a value, or undefined. `schema`: a property's value schema (`Property.valueSchema`), `value`: JSON, never null.
 * What a keyword would have to make code for (the schema of a field of type json) is left to the service.
 * @throws Error for a keyword that it does not know
 */
export function checkValue(schema: JsonSchema, value: unknown): ValueFinding | undefined {
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value) === true)) {
    return finding('type', { type: types });
  }
  for (const item of Array.isArray(value) && schema.items !== undefined ? value : []) {
    const found = checkValue(schema.items as JsonSchema, item);
    if (found !== undefined) return found;
  }
  const unknown = Object.keys(schema).find(
    (name) => CHECKS[name] === undefined && !SILENT.has(name) && valueKeyword(name) === undefined,
  );
  if (unknown !== undefined) throw new Error(`The keyword ${unknown} is not known`);
  for (const [keyword, check] of Object.entries(CHECKS)) {
    if (schema[keyword] === undefined) continue;
    const params = check(schema[keyword] as never, value);
    if (params !== undefined) return finding(keyword, params);
  }
  return ownFinding(schema, value);
}

function typesOf({ type }: JsonSchema): readonly string[] {
  if (type === undefined) return [];
  return Array.isArray(type) ? (type as readonly string[]) : [type as string];
}

/** By the keywords that make values exact and those of field types, which are functions already. */
function ownFinding(schema: JsonSchema, value: unknown): ValueFinding | undefined {
  for (const [name, limits] of Object.entries(schema)) {
    const keyword = valueKeyword(name);
    if (keyword === undefined || !keyword.type.some((type) => TYPES[type]?.(value) === true)) continue;
    const { withoutCode = (all: never): unknown => all } = keyword;
    const reason = keyword.make(withoutCode(limits as never) as never)(value);
    if (reason !== undefined) return { keyword: name, params: paramsOf(limits), reason };
  }
  return undefined;
}

/** What the keyword says, under names that texts can use. */
function paramsOf(limits: unknown): Params {
  return typeof limits === 'object' && limits !== null ? (limits as Params) : { limit: limits };
}

function finding(keyword: string, params: Params): ValueFinding {
  return { keyword, params, reason: findingReason({ keyword, params } as unknown as ErrorObject) };
}
