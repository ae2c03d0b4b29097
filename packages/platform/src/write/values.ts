// The payload of a write, judged without the database: every finding at once, then each value as the text that is bound.
// Conditions that need the record (rules, required_when, targets) are the statement's.
import {
  canonicalValue,
  compilePayloadValidator,
  type EntityType,
  isStored,
  type PayloadFinding,
  type PolymorphicLookup,
  type Property,
  polymorphicLookups,
} from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import { requireUse } from '../plan/secured.ts';
import { mayImport } from '../plan/write-authorize.ts';
import type { Principal } from '../security/types.ts';

export interface Payload {
  readonly entity: EntityType;
  readonly operation: 'create' | 'update';
  readonly principal: Principal;
  /** What is to be written, hooks' patches included. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the client sent: read-only properties are refused to the client, not to hooks. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Each value as text for its column. Throws validation_failed with a detail per bad property, before it secured_property. */
function canonicalPayload(payload: Payload): Record<string, string | null> {
  const { entity, operation, principal, values } = payload;
  const lookups = polymorphicLookups(entity);
  const accepted = operation === 'create' && mayImport(principal) ? 'import' : operation;
  const found = compilePayloadValidator(entity, accepted)(values);
  const findings = lookups.length === 0 ? found : withHalfReferences(found, lookups, payload);
  if (findings.length > 0) refuse(payload, findings);
  const canonical: Record<string, string | null> = {};
  for (const name in values) {
    const property = entity.properties.get(name);
    if (property !== undefined) canonical[name] = canonicalValue(property, values[name]);
  }
  // A lookup with several targets that loses its id loses what the id was of.
  for (const { id, type } of lookups) if (canonical[id] === null) canonical[type] = null;
  return canonical;
}

/** A lookup with several targets is written whole: an id means nothing without its type, nor a type without an id. */
function withHalfReferences(
  found: readonly PayloadFinding[],
  lookups: readonly PolymorphicLookup[],
  { operation, values }: Payload,
): readonly PayloadFinding[] {
  const halves = lookups.flatMap(({ id, type }): PayloadFinding[] => {
    const isGiven = (name: string): boolean => values[name] !== undefined && values[name] !== null;
    if (isGiven(id)) return isGiven(type) ? [] : [{ property: type, code: 'required', reason: 'is required' }];
    if (Object.hasOwn(values, id)) {
      const reason = `must be null where ${id} is null`;
      return isGiven(type) ? [{ property: type, code: 'invalid_value', reason }] : [];
    }
    const alone = isGiven(type) || (operation === 'update' && Object.hasOwn(values, type));
    return alone ? [{ property: id, code: 'required', reason: 'is required' }] : [];
  });
  return [...found, ...halves.filter(({ property }) => !found.some((other) => other.property === property))];
}

/**
 * The same without what the statement does not take as given: the id, which it has anyway, and the owner where the creator names
 * himself. Throws validation_failed.
 */
export function columnValues(payload: Payload): Record<string, string | null> {
  const { entity, operation, principal } = payload;
  const values = canonicalPayload(payload);
  delete values.id;
  if (operation === 'create' && entity.ownership === 'user' && values.owner_id === principal.id) delete values.owner_id;
  return values;
}

function refuse(payload: Payload, findings: readonly PayloadFinding[]): void {
  const details = findings
    .filter((finding) => !isTrusted(payload, finding))
    .map((finding) => detailOf(payload.entity, finding));
  if (details.length === 0) return;
  refuseSecured(payload);
  throw new PlatformError('validation_failed', {}, { details });
}

/** A secured property is refused in the same words for every value, those that are not valid among them. */
function refuseSecured({ entity, operation, principal, sent }: Payload): void {
  for (const name of Object.keys(sent)) {
    const property = entity.properties.get(name);
    if (property !== undefined) requireUse(principal, entity, property, operation);
  }
}

/** Whether hooks and trusted work write the property where clients may not. */
export function isTrustedWith(property: Property): boolean {
  const { field, derived, numbering } = property;
  return field !== null && derived === undefined && numbering === undefined && isStored(property);
}

/** Hooks and trusted work write fields that clients may not; nobody writes what the engine computes. */
function isTrusted({ entity, principal, sent }: Payload, finding: PayloadFinding): boolean {
  const property = entity.properties.get(finding.property);
  if (finding.code !== 'read_only' || property === undefined || !isTrustedWith(property)) return false;
  return principal.kind === 'system' || !Object.hasOwn(sent, finding.property);
}

function detailOf(entity: EntityType, { code, property, reason }: PayloadFinding): ErrorDetail {
  return errorDetail(code, { name: property, entity: entity.name, reason }, property);
}
