// Validates a payload by the schema compiled from the Model: every bad property at once, in words. It compiles lazily and
// keeps what it compiled by the entity's content hash, so that revisions share it. It changes no value.
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { ExactNumber } from './exact-number.ts';
import { findingReason } from './finding-words.ts';
import type { EntityType } from './model.ts';
import { isWritable, type PayloadOperation, payloadSchema } from './payload-schema.ts';
import { createAjv } from './value-keywords.ts';

/** One thing wrong with a payload. `reason` follows the property's name: `must be a calendar date`. */
export interface PayloadFinding {
  readonly property: string;
  readonly code: 'required' | 'read_only' | 'unknown_property' | 'invalid_value';
  readonly reason: string;
}

/** Findings of a payload, empty when it is good; at most one per property. */
export type PayloadValidator = (payload: Readonly<Record<string, unknown>>) => PayloadFinding[];

/** Compiled validators kept at a time; a thousand entities with both operations fit. */
const MOST_VALIDATORS = 2000;
/** Findings of members that the entity does not have; a payload of a thousand strangers gets no thousand answers. */
const MOST_UNKNOWN = 100;

const validators = new Map<string, PayloadValidator>();

/**
 * The validator of an entity and operation. Numbers are exact: JavaScript numbers, ExactNumber and strings of digits are
 * accepted. Keys that begin with `@` are reported like other unknown properties: take annotations out before.
 */
export function compilePayloadValidator(entity: EntityType, operation: PayloadOperation): PayloadValidator {
  const key = `${operation} ${entity.hash}`;
  let validator = validators.get(key);
  if (validator === undefined) {
    const oldest = validators.size >= MOST_VALIDATORS ? validators.keys().next().value : undefined;
    if (oldest !== undefined) validators.delete(oldest);
    validator = makeValidator(entity, operation);
    validators.set(key, validator);
  }
  return validator;
}

function makeValidator(entity: EntityType, operation: PayloadOperation): PayloadValidator {
  let validate: ValidateFunction | undefined;
  return (payload) => {
    validate ??= createAjv().compile(payloadSchema(entity, operation));
    const findings = new Map<string, PayloadFinding>();
    const candidate = preparePayload(entity, operation, payload, findings);
    if (!validate(candidate)) {
      for (const error of validate.errors ?? []) {
        const finding = findingOf(error, candidate);
        if (!findings.has(finding.property)) findings.set(finding.property, finding);
      }
    }
    return [...findings.values()];
  };
}

/**
 * What the schema is to see: members it cannot judge are reported and left out, exact numbers become text, except in
 * untyped values, where text is something else. Returns the payload itself when there is nothing to change, which is the usual case.
 */
function preparePayload(
  entity: EntityType,
  operation: PayloadOperation,
  payload: Readonly<Record<string, unknown>>,
  findings: Map<string, PayloadFinding>,
): Readonly<Record<string, unknown>> {
  const changed = new Map<string, unknown>();
  let unknown = 0;
  for (const [name, value] of Object.entries(payload)) {
    const property = entity.properties.get(name);
    const finding = memberFinding(entity, operation, name, value);
    if (finding !== undefined) {
      if (property !== undefined || ++unknown <= MOST_UNKNOWN) findings.set(name, finding);
      changed.set(name, undefined);
    } else if (property?.type === 'Edm.Untyped') continue;
    else if (value instanceof ExactNumber) changed.set(name, value.text);
    else if (typeof value === 'number' && !Number.isFinite(value)) changed.set(name, String(value));
  }
  if (changed.size === 0) return payload;
  const kept = Object.entries(payload).filter(([name]) => !changed.has(name) || changed.get(name) !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, changed.get(name) ?? value]));
}

/** Findings that need no schema; sizes come first, so that a pattern never runs over a text longer than its field. */
function memberFinding(
  entity: EntityType,
  operation: PayloadOperation,
  name: string,
  value: unknown,
): PayloadFinding | undefined {
  const property = entity.properties.get(name);
  if (property === undefined) return { property: name, code: 'unknown_property', reason: unknownReason(entity, name) };
  if (!isWritable(property, operation)) {
    const reason =
      !property.readOnlyAfterCreate || property.readOnly
        ? 'cannot be written'
        : 'cannot be changed after the record is created';
    return { property: name, code: 'read_only', reason };
  }
  const { maxLength } = property;
  if (maxLength !== undefined && typeof value === 'string' && value.length > 2 * maxLength) {
    return { property: name, code: 'invalid_value', reason: `must have at most ${maxLength} characters` };
  }
  return undefined;
}

function unknownReason(entity: EntityType, name: string): string {
  const field = entity.fields.get(name);
  const navigation = entity.navigations.get(name);
  if (field !== undefined && field.properties.length > 0) return `is written as ${field.properties[0]}`;
  if (navigation?.junction !== undefined) return `is linked by ${name}@odata.bind`;
  if (navigation !== undefined && !navigation.collection) return `is written as ${navigation.property}`;
  return `is not a property of ${entity.name}`;
}

function findingOf(error: ErrorObject, payload: Readonly<Record<string, unknown>>): PayloadFinding {
  if (error.keyword === 'required') {
    return { property: error.params.missingProperty as string, code: 'required', reason: 'is required' };
  }
  // The first step of the path; names of properties need no unescaping.
  const property = error.instancePath.split('/')[1] ?? '';
  if (payload[property] === null) return { property, code: 'required', reason: 'must not be null' };
  return { property, code: 'invalid_value', reason: findingReason(error) };
}
