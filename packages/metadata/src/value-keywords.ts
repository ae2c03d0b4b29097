// The product's own strict Ajv: JSON Schema 2020-12 plus the keywords that make values exact (digits, days, moments, text)
// and those that field types bring. One place makes instances; nothing here knows documents or entities.
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import { compareDecimals, type Decimal, decimalFits, parseDecimal } from './exact-decimal.ts';
import type { ValueKeyword } from './field-type.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { VALUE_FORMATS } from './value-formats.ts';

interface IntegerLimits {
  readonly minimum: string;
  readonly maximum: string;
}

interface DecimalLimits {
  readonly precision: number;
  readonly scale: number;
  readonly minimum?: string;
  readonly maximum?: string;
}

/** A check made from a keyword's value: answers the reason why a value is refused, or undefined. */
type Check = (value: unknown) => string | undefined;

function limitReason(value: Decimal, limits: { minimum?: string; maximum?: string }): string | undefined {
  const [minimum, maximum] = [parseDecimal(limits.minimum ?? ''), parseDecimal(limits.maximum ?? '')];
  if (minimum && compareDecimals(value, minimum) < 0) return `must be at least ${limits.minimum}`;
  if (maximum && compareDecimals(value, maximum) > 0) return `must be at most ${limits.maximum}`;
  return undefined;
}

function integerCheck(limits: IntegerLimits): Check {
  return (input) => {
    const value = parseDecimal(String(input));
    if (value === undefined || value.scale > 0) return 'must be a whole number';
    return limitReason(value, limits);
  };
}

function decimalCheck(limits: DecimalLimits): Check {
  return (input) => {
    const value = parseDecimal(String(input));
    if (value === undefined) return 'must be a number';
    if (value.scale > limits.scale) return `must have at most ${limits.scale} decimal places`;
    if (!decimalFits(value, limits.precision, limits.scale)) {
      return `must have at most ${limits.precision - limits.scale} digits before the decimal point`;
    }
    return limitReason(value, limits);
  };
}

function wellFormedCheck(): Check {
  return (input) => {
    const text = input as string;
    if (text.includes('\u0000')) return 'must not contain NUL';
    return text.isWellFormed() ? undefined : 'must not contain lone surrogates';
  };
}

const dateMinimumCheck =
  (limit: string): Check =>
  (input) =>
    (input as string) < limit ? `must not be before ${limit}` : undefined;
const dateMaximumCheck =
  (limit: string): Check =>
  (input) =>
    (input as string) > limit ? `must not be after ${limit}` : undefined;

/** The keywords that several field types share. */
const SHARED_KEYWORDS: Readonly<Record<string, ValueKeyword>> = {
  exactInteger: { type: ['number', 'string'], value: 'object', make: integerCheck },
  exactDecimal: { type: ['number', 'string'], value: 'object', make: decimalCheck },
  wellFormed: { type: ['string'], value: 'boolean', make: wellFormedCheck },
  dateMinimum: { type: ['string'], value: 'string', make: dateMinimumCheck },
  dateMaximum: { type: ['string'], value: 'string', make: dateMaximumCheck },
};

const KEYWORDS: ReadonlyMap<string, ValueKeyword> = new Map([
  ...Object.entries(SHARED_KEYWORDS),
  ...[...FIELD_TYPES.values()].flatMap((type) => Object.entries(type.keywords ?? {})),
]);

/** The keyword of that name, beside JSON Schema's own. */
export const valueKeyword = (name: string): ValueKeyword | undefined => KEYWORDS.get(name);

/** Names of the keywords beside JSON Schema's own; their Ajv errors carry the reason as message. */
export const VALUE_KEYWORDS: ReadonlySet<string> = new Set(KEYWORDS.keys());

/** A strict instance of our own: no coercion, no defaults, nothing removed, all errors, own properties only. */
export function createAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    ownProperties: true,
    validateFormats: true,
    ...options,
  });
  for (const [name, validate] of Object.entries(VALUE_FORMATS)) ajv.addFormat(name, validate);
  for (const [keyword, { type, value, make }] of KEYWORDS) {
    ajv.addKeyword({
      keyword,
      type: [...type],
      schemaType: value,
      errors: true,
      compile: (limits: unknown) => validateFunction(keyword, make(limits as never)),
    });
  }
  return ajv;
}

function validateFunction(keyword: string, check: Check): DataValidateFunction {
  const run: DataValidateFunction = (value) => {
    const reason = check(value);
    if (reason === undefined) return true;
    run.errors = [{ keyword, message: reason, params: {} }];
    return false;
  };
  return run;
}
