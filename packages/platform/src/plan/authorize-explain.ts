// The authorize step of explaining access: whose rights may be shown to whom. Rights on the record itself are a condition of the
// statement, as of every read.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { holdersOf } from '../security/acting.ts';
import { DIRECTORY, entityOf } from '../security/directory.ts';
import type { Access, Principal } from '../security/types.ts';
import { mayUse } from './secured.ts';
import { requirePrivilege } from './write-authorize.ts';

declare const authorized: unique symbol;

/** An explanation that its asker may have, if the record and the principal are readable. Only this module makes one. */
export interface AuthorizedExplain {
  readonly model: Model;
  readonly entity: EntityType;
  access(entity: EntityType, privilege: 'read'): Access;
  /** Whether the asker may know what a property of an entity holds, where the record may be read. */
  mayRead(entity: EntityType, property: string): boolean;
  readonly [authorized]: true;
}

/**
 * Everybody may know his own rights. Those of another show who is in which team and holds which role: whoever asks for them must be
 * able to read all of that. `of`: a record, which must be readable, or the entity as a whole. Throws missing_privilege.
 */
export function authorizeExplain(
  entity: EntityType,
  of: 'record' | 'set',
  model: Model,
  caller: Principal,
  subjectId: string,
): AuthorizedExplain {
  if (of === 'record') requirePrivilege(caller, entity, 'read');
  const reader = readerOf(caller, subjectId);
  if (reader !== null) requireReadOfHolders(model, reader);
  return {
    model,
    entity,
    access: (node, privilege) => caller.access(node.name, privilege),
    mayRead: (node, name) => {
      const property = node.properties.get(name);
      return property !== undefined && mayUse(caller, node, property, 'read');
    },
  } as AuthorizedExplain;
}

/** Throws missing_privilege for who may not read who is in which team and holds which role, all of it. */
export function requireReadOfHolders(model: Model, caller: Principal): void {
  for (const name of [DIRECTORY.roleAssignment, DIRECTORY.teamMember]) requireAll(caller, entityOf(model, name));
}

/**
 * Who must be able to read roles and memberships; null where somebody asks about himself. Whoever acts as the user that is asked about
 * is told what that user holds: he must be able to read it himself.
 */
function readerOf(caller: Principal, subjectId: string): Principal | null {
  if (subjectId !== caller.id) return caller;
  const [, acting = null] = holdersOf(caller);
  return acting;
}

/** A part of them would make an explanation that is wrong. */
function requireAll(caller: Principal, entity: EntityType): void {
  requirePrivilege(caller, entity, 'read');
  if (caller.access(entity.name, 'read').unrestricted) return;
  throw new PlatformError(
    'missing_privilege_on_record',
    { privilege: 'read', entity: entity.name },
    { target: entity.name },
  );
}
