// One role document -> its grants: wildcards expanded over the entities, depths and conditions checked against each.
import type { PrivilegeDocument, RoleDocument } from './documents.ts';
import { PRIVILEGES } from './entity-schema.ts';
import type { TypedExpression } from './expression/types.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import { linkCondition } from './link-condition.ts';
import type { EntityDraft } from './link-entity.ts';
import { linkFieldPermissions } from './link-role-fields.ts';
import type { Depth, Ownership, Privilege, Role, RoleGrant } from './model.ts';
import type { EffectiveDocuments } from './parse.ts';

/** Depths that mean something for an ownership (3-security), from the least to the greatest. */
const DEPTHS_OF: Readonly<Record<Ownership, ReadonlySet<Depth>>> = {
  user: new Set<Depth>(['none', 'user', 'business_unit', 'parent_child', 'organization']),
  business_unit: new Set<Depth>(['none', 'business_unit', 'parent_child', 'organization']),
  organization: new Set<Depth>(['none', 'organization']),
  parent: new Set<Depth>(['none', 'user', 'business_unit', 'parent_child', 'organization']),
};

/** Privileges that mean nothing for an ownership, and why. */
const WITHOUT: Readonly<Record<Ownership, { readonly privileges: ReadonlySet<string>; readonly why: string }>> = {
  user: { privileges: new Set(), why: '' },
  business_unit: { privileges: new Set(), why: '' },
  organization: { privileges: new Set(['assign', 'share']), why: 'belong to the organization' },
  parent: { privileges: new Set(['assign']), why: 'belong to whom their parent belongs' },
};

/** Depths above none that a role can give on records of an ownership, from the least to the greatest. */
export function depthsOf(ownership: Ownership): readonly RoleGrant['depth'][] {
  return [...DEPTHS_OF[ownership]].filter((depth): depth is RoleGrant['depth'] => depth !== 'none');
}

/** Whether the privilege means something for records of an ownership: no role can give it otherwise. */
export function isApplicable(privilege: Privilege, ownership: Ownership): boolean {
  return !WITHOUT[ownership].privileges.has(privilege);
}

interface Asked {
  readonly depth: Depth;
  readonly when: string | undefined;
  readonly pointer: string;
  /** Stands under the entity `*`: what does not apply to an entity is left out without a finding. */
  readonly everyEntity: boolean;
  /** Stands under the privilege `*`: what does not apply to the ownership is left out without a finding. */
  readonly everyPrivilege: boolean;
}

/** The role with one grant per entity and privilege above depth none. Reports unknown entities and bad conditions. */
export function linkRole(
  document: RoleDocument,
  drafts: ReadonlyMap<string, EntityDraft>,
  documents: Pick<EffectiveDocuments, 'isBroken'>,
  report: Report,
): Role {
  for (const entity of Object.keys(document.privileges)) {
    if (entity === '*' || drafts.has(entity) || documents.isBroken('entity', entity)) continue;
    const pointer = pointerTo('privileges', entity);
    report('role', document.name, pointer, 'unknown_entity', `There is no entity ${entity}`);
  }
  const grants: RoleGrant[] = [];
  const reported = new Set<string>();
  const once: Report = (kind, name, pointer, code, reason, hint) => {
    const key = `${pointer} ${reason}`;
    if (!reported.has(key)) report(kind, name, pointer, code, reason, hint);
    reported.add(key);
  };
  for (const entity of drafts.values()) {
    for (const privilege of PRIVILEGES) {
      const asked = privilegeAsked(document, entity.name, privilege);
      const grant = asked && linkGrant(document.name, entity, privilege, asked, once);
      if (grant) grants.push(grant);
    }
  }
  const fieldPermissions = linkFieldPermissions(document, drafts, documents, report);
  const capabilities = new Set(document.capabilities ?? []);
  return { name: document.name, document, grants, fieldPermissions, capabilities };
}

/** The most exact entry: the entity's privilege, the entity's `*`, then the same under the entity `*`. */
function privilegeAsked(document: RoleDocument, entity: string, privilege: Privilege): Asked | undefined {
  const row = Object.hasOwn(document.privileges, entity) ? entity : '*';
  const privileges = document.privileges[row];
  if (privileges === undefined) return undefined;
  const column = Object.hasOwn(privileges, privilege) ? privilege : '*';
  const entry: PrivilegeDocument | undefined = privileges[column];
  if (entry === undefined) return undefined;
  const { depth, when } = typeof entry === 'string' ? { depth: entry, when: undefined } : entry;
  const pointer = pointerTo('privileges', row, column);
  return { depth: depth as Depth, when, pointer, everyEntity: row === '*', everyPrivilege: column === '*' };
}

function linkGrant(
  role: string,
  entity: EntityDraft,
  privilege: Privilege,
  asked: Asked,
  report: Report,
): RoleGrant | undefined {
  const { depth, pointer } = asked;
  const { ownership } = entity.document;
  if (depth === 'none') return undefined;
  if (WITHOUT[ownership].privileges.has(privilege)) {
    const reason = `Records of ${entity.name} ${WITHOUT[ownership].why}: ${privilege} does not apply`;
    if (!asked.everyEntity && !asked.everyPrivilege) report('role', role, pointer, 'privilege_not_applicable', reason);
    return undefined;
  }
  if (!DEPTHS_OF[ownership].has(depth)) {
    const belongs = ownership === 'organization' ? 'the organization' : 'business units';
    const reason = `Records of ${entity.name} belong to ${belongs}: the depth ${depth} does not apply`;
    if (!asked.everyEntity) report('role', role, pointer, 'privilege_not_applicable', reason);
    return undefined;
  }
  let when: TypedExpression | null = null;
  if (asked.when !== undefined) {
    const text = asked.when;
    when = linkCondition(text, entity, (reason, hint) =>
      report('role', role, `${pointer}/when`, 'invalid_condition', `${entity.name}: ${reason}`, hint),
    );
    if (when === null) return undefined;
  }
  return { entity: entity.name, privilege, depth, when };
}
