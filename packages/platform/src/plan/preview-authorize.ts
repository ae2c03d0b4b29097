// The authorize step of a preview: what can be judged without a record. Seeing what a change of rights would do takes the rights
// to make it; those on the records themselves become conditions of statements (preview/savable.ts).
import type { EntityType, Model, Privilege } from '@kartoteka/metadata';
import type { PreviewRequest } from '../preview/request.ts';
import type { Save } from '../preview/saves.ts';
import type { Access, Principal } from '../security/types.ts';
import { requireCapability } from './authorize.ts';
import { requireReadOfHolders } from './authorize-explain.ts';
import { PUBLISH_METADATA } from './metadata-authorize.ts';
import { requireUse } from './secured.ts';
import { requirePrivilege } from './write-authorize.ts';

declare const authorized: unique symbol;

/** A preview that passed authorization. Only this module makes one, and only this type compiles to SQL. */
export interface AuthorizedPreview {
  readonly request: PreviewRequest;
  readonly saves: readonly Save[];
  readonly model: Model;
  /** Who asks. */
  readonly principal: Principal;
  access(entity: EntityType, privilege: Privilege): Access;
  readonly [authorized]: true;
}

const NEEDED: Readonly<Record<Save['operation'], readonly Privilege[]>> = {
  create: ['create'],
  update: ['write', 'read'],
  delete: ['delete', 'read'],
};

/**
 * Throws missing_capability, missing_privilege, secured_property: what making the change would, and what explaining the rights of
 * others does, since a preview shows who holds what.
 */
export function authorizePreview(
  request: PreviewRequest,
  saves: readonly Save[],
  model: Model,
  principal: Principal,
): AuthorizedPreview {
  requireReadOfHolders(model, principal);
  if (request.roles.length > 0) requireCapability(principal, PUBLISH_METADATA);
  for (const { entity, operation, values } of saves) {
    for (const privilege of NEEDED[operation]) requirePrivilege(principal, entity, privilege);
    if (operation === 'delete') continue;
    for (const name of Object.keys(values)) {
      const property = entity.properties.get(name);
      if (property !== undefined) requireUse(principal, entity, property, operation);
    }
  }
  const access = (entity: EntityType, privilege: Privilege): Access => principal.access(entity.name, privilege);
  return { request, saves, model, principal, access } as AuthorizedPreview;
}
