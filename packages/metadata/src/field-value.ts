// Tests one value against the value schema of a field (a default, an example). Compiled schemas are kept: documents repeat
// the same few. One Ajv compiles them all, because making one costs more than most schemas; it is thrown away with them.
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { canonicalJson } from './content-hash.ts';
import type { JsonSchema } from './field-type.ts';
import { findingReason } from './finding-words.ts';
import { createAjv } from './value-keywords.ts';

const MOST_SCHEMAS = 500;
const compiled = new Map<string, ValidateFunction>();
let ajv = createAjv({ allErrors: false });

/** Why the value does not fit the schema, in words that follow its name; undefined when it fits. */
export function checkFieldValue(schema: JsonSchema, value: unknown): string | undefined {
  const key = canonicalJson(schema);
  let validate = compiled.get(key);
  if (validate === undefined) {
    if (compiled.size >= MOST_SCHEMAS) {
      compiled.clear();
      ajv = createAjv({ allErrors: false });
    }
    validate = ajv.compile(schema);
    compiled.set(key, validate);
  }
  if (validate(value)) return undefined;
  const error = validate.errors?.[0];
  return error === undefined ? 'is not valid' : findingReason(error);
}
