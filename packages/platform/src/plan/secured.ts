// Column security: which properties of an entity a principal may read or write. Only the authorize steps ask; permissions
// belong to principal and field, never to a record, so that they are known before the statement is.
import type { EntityType, FieldRight, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';

/** Whether the principal may do this with the property. What is not secured is everybody's who may use the record. */
export function mayUse(principal: Principal, entity: EntityType, property: Property, right: FieldRight): boolean {
  return !property.secured || principal.permits(entity.name, property.field ?? property.name, right);
}

/** Throws secured_property, in the same words whatever the property holds. */
export function requireUse(principal: Principal, entity: EntityType, property: Property, right: FieldRight): void {
  if (mayUse(principal, entity, property, right)) return;
  const values = { name: property.name, entity: entity.name };
  throw new PlatformError('secured_property', values, { target: property.name });
}

/** Names of the secured properties the principal may read: what two principals' answers of one entity differ in. */
export function readableSecured(principal: Principal, entity: EntityType): string {
  const secured = securedProperties(entity);
  if (secured.length === 0) return '';
  return secured
    .filter((property) => mayUse(principal, entity, property, 'read'))
    .map(({ name }) => name)
    .join(',');
}

/**
 * Secured properties among the values of a write that its client has not sent: hooks gave them, and what hooks do is no use
 * that the client makes of them.
 */
export function trustedProperties(
  entity: EntityType,
  values: Readonly<Record<string, unknown>>,
  sent: Readonly<Record<string, unknown>>,
): readonly string[] {
  const properties = securedProperties(entity);
  if (properties.length === 0) return NONE;
  const names = properties.map(({ name }) => name);
  return names.filter((name) => Object.hasOwn(values, name) && !Object.hasOwn(sent, name));
}

/** The owner of a new record, where a hook names one that its client has not sent: as a list, to be trusted with the others. */
export function ruledOwner(
  { ownership }: EntityType,
  operation: 'create' | 'update',
  values: Readonly<Record<string, unknown>>,
  sent: Readonly<Record<string, unknown>>,
): readonly string[] {
  const isRuled =
    operation === 'create' && ownership === 'user' && Object.hasOwn(values, OWNER) && !Object.hasOwn(sent, OWNER);
  return isRuled ? RULED : NONE;
}

export const OWNER = 'owner_id';
const RULED: readonly string[] = [OWNER];
const NONE: readonly string[] = [];

const secured = new WeakMap<EntityType, readonly Property[]>();

function securedProperties(entity: EntityType): readonly Property[] {
  let properties = secured.get(entity);
  if (properties === undefined) {
    properties = [...entity.properties.values()].filter((property) => property.secured);
    secured.set(entity, properties);
  }
  return properties;
}
