// The authorize step of a write: the privileges that can be judged without the record, and every property that is named.
// Rights on the record itself become conditions of the statement, printed from the accesses an AuthorizedWrite hands out.
import type { EntityType, Model, Ownership, Privilege, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Access, Principal } from '../security/types.ts';
import type { LinkNode } from './link.ts';
import type { RedactionPlan } from './redact.ts';
import { mayUse, requireUse } from './secured.ts';
import { ownerProperty } from './write.ts';
import type { WritePlan } from './write-plan.ts';

declare const authorized: unique symbol;

/** A planned write that passed authorization. Only this module makes one, and only this type compiles to SQL. */
export interface AuthorizedWrite {
  readonly plan: WritePlan;
  readonly model: Model;
  readonly principal: Principal;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

/**
 * A value that is held against a secured parent tells it to who may try others. Of a new record the parent is its creator's own
 * value, or the default. Throws secured_property.
 */
function requireParents({ dependents, entity, operation }: WritePlan, principal: Principal): void {
  for (const { dependency, target } of dependents) {
    if (target === null && operation === 'create') continue;
    const parent = (target ?? entity).properties.get(dependency.property);
    if (parent !== undefined) requireUse(principal, target ?? entity, parent, 'read');
  }
}

/**
 * Throws missing_privilege for the operation itself, secured_property for a property the principal may not write; `trusted`
 * are properties whose values the client has not given.
 */
export function authorizeWrite(
  plan: WritePlan,
  model: Model,
  principal: Principal,
  trusted: readonly string[] = [],
): AuthorizedWrite {
  requirePrivilege(principal, plan.entity, plan.operation === 'create' ? 'create' : 'write');
  if (plan.operation === 'update') requirePrivilege(principal, plan.entity, 'read');
  requireParents(plan, principal);
  if (plan.stamps.length > 0 && !mayImport(principal)) {
    throw new PlatformError('missing_capability', { name: 'import' }, { target: plan.stamps[0]?.name ?? '' });
  }
  for (const property of plan.given)
    if (!trusted.includes(property.name)) requireUse(principal, plan.entity, property, plan.operation);
  const access = (entity: EntityType, privilege: Privilege): Access => principal.access(entity.name, privilege);
  return { plan, model, principal, access } as AuthorizedWrite;
}

/** Whether records may come with a history: who created and changed them, and when. */
export function mayImport(principal: Principal): boolean {
  return principal.kind === 'system' || principal.capabilities.has('import');
}

/** A delete that passed authorization; rights on the records that go with it are judged when they are known. */
export interface AuthorizedDelete {
  readonly entity: EntityType;
  readonly model: Model;
  readonly principal: Principal;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

/** Throws missing_privilege when the principal may delete, or read, no record of the entity. */
export function authorizeDelete(entity: EntityType, model: Model, principal: Principal): AuthorizedDelete {
  requirePrivilege(principal, entity, 'delete');
  requirePrivilege(principal, entity, 'read');
  const access = (node: EntityType, privilege: Privilege): Access => principal.access(node.name, privilege);
  return { entity, model, principal, access } as AuthorizedDelete;
}

/** Links between two records that passed authorization; rights on the records are conditions of the statement. */
export interface AuthorizedLink {
  readonly link: LinkNode;
  readonly model: Model;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

/**
 * Throws missing_privilege when the principal may read no record of the one side, or link none of either. Of the other side
 * every record is hidden from who may read none.
 */
export function authorizeLink(link: LinkNode, model: Model, principal: Principal): AuthorizedLink {
  requirePrivilege(principal, link.entity, 'read');
  for (const entity of [link.entity, link.target]) {
    requirePrivilege(principal, entity, 'append');
    requirePrivilege(principal, entity, 'append_to');
  }
  const access = (node: EntityType, privilege: Privilege): Access => principal.access(node.name, privilege);
  return { link, model, access } as AuthorizedLink;
}

/**
 * Whether a request for many records has a chance at all; every record is authorized with the properties it gives besides.
 * Throws missing_privilege.
 */
export function authorizeBulk(mode: 'create' | 'update' | 'upsert', entity: EntityType, principal: Principal): void {
  const mayWrite = principal.access(entity.name, 'write').granted;
  if (mode === 'create' || (mode === 'upsert' && !mayWrite)) requirePrivilege(principal, entity, 'create');
  if (mode !== 'update') return;
  requirePrivilege(principal, entity, 'write');
  requirePrivilege(principal, entity, 'read');
}

/** Why records of these ownerships are assigned to nobody. */
const UNASSIGNABLE: Readonly<Partial<Record<Ownership, string>>> = {
  parent: 'they belong to whom their parent belongs; assign that',
  organization: 'they belong to the organization, and nobody owns one',
};

/**
 * The property that says to whom records of the entity are assigned.
 * @throws PlatformError action_not_applicable, and missing_privilege where no record can be assigned by the principal
 */
export function authorizeAssign(entity: EntityType, principal: Principal): Property {
  const property = ownerProperty(entity);
  if (property === undefined) {
    const reason = UNASSIGNABLE[entity.ownership] ?? 'they have no owner';
    throw new PlatformError('action_not_applicable', { action: 'assign', entity: entity.name, reason });
  }
  for (const privilege of ['write', 'read', 'assign'] as const) requirePrivilege(principal, entity, privilege);
  return property;
}

/** A redaction that passed authorization; rights on the record are conditions of its statement. */
export interface AuthorizedRedaction {
  readonly plan: RedactionPlan;
  readonly model: Model;
  readonly principal: Principal;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

/** Before anything is said of the request. Throws missing_capability, missing_privilege. */
export function requireRedaction(principal: Principal, entity: EntityType): void {
  if (principal.kind !== 'system' && !principal.capabilities.has('redact'))
    throw new PlatformError('missing_capability', { name: 'redact' });
  requirePrivilege(principal, entity, 'read');
  requirePrivilege(principal, entity, 'write');
  if (entity.records === 'deleted') requirePrivilege(principal, entity, 'delete');
}

/** Throws as requireRedaction, and secured_property for a property that the principal may not write. */
export function authorizeRedaction(plan: RedactionPlan, model: Model, principal: Principal): AuthorizedRedaction {
  requireRedaction(principal, plan.entity);
  for (const property of plan.values.keys()) requireUse(principal, plan.entity, property, 'update');
  const access = (node: EntityType, privilege: Privilege): Access => principal.access(node.name, privilege);
  return { plan, model, principal, access } as AuthorizedRedaction;
}

/** A key by which records are looked for, that passed authorization. */
export interface AuthorizedKey {
  readonly entity: EntityType;
  readonly properties: readonly Property[];
  readonly model: Model;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

/** Throws secured_property: finding a record by a value tells that somebody has it. */
export function authorizeKey(
  entity: EntityType,
  properties: readonly Property[],
  model: Model,
  principal: Principal,
): AuthorizedKey {
  const hidden = properties.find((property) => !mayUse(principal, entity, property, 'read'));
  if (hidden !== undefined) {
    throw new PlatformError('secured_property', { name: hidden.name, entity: entity.name }, { target: 'key' });
  }
  const access = (node: EntityType, privilege: Privilege): Access => principal.access(node.name, privilege);
  return { entity, properties, model, access } as AuthorizedKey;
}

/**
 * Whether shares of the entity's records are the principal's to see or change at all. Throws action_not_applicable (records without owner),
 * missing_privilege.
 */
export function requireSharing(principal: Principal, entity: EntityType, action: string): void {
  if (entity.ownership === 'organization') {
    const reason = 'they belong to the organization, and nobody owns one';
    throw new PlatformError('action_not_applicable', { action, entity: entity.name, reason });
  }
  requirePrivilege(principal, entity, 'read');
  requirePrivilege(principal, entity, 'share');
}

/** Throws missing_privilege when no role gives the privilege on the entity at any depth. */
export function requirePrivilege(principal: Principal, entity: EntityType, privilege: Privilege): void {
  if (principal.access(entity.name, privilege).granted) return;
  throw new PlatformError('missing_privilege', { privilege, entity: entity.name }, { target: entity.name });
}
