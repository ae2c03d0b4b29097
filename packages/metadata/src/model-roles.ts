// The part of the Model that says what roles give: privileges with their depth, and secured fields. Types only; link-role.ts makes
// them, and the platform judges by them.
import type { RoleDocument } from './documents.ts';
import type { TypedExpression } from './expression/types.ts';

export type Privilege = 'create' | 'read' | 'write' | 'delete' | 'append' | 'append_to' | 'assign' | 'share';
export type Depth = 'none' | 'user' | 'business_unit' | 'parent_child' | 'organization';

export interface RoleGrant {
  readonly entity: string;
  readonly privilege: Privilege;
  readonly depth: Exclude<Depth, 'none'>;
  readonly when: TypedExpression | null;
}

/** What a role lets its holder do with a secured field of any record that the privileges cover. */
export type FieldRight = 'read' | 'create' | 'update';

export interface FieldPermission {
  readonly entity: string;
  readonly field: string;
  readonly right: FieldRight;
}

export interface Role {
  readonly name: string;
  readonly document: RoleDocument;
  /** One per entity and privilege with a depth above none; `"*"` of the document is expanded to every entity. */
  readonly grants: readonly RoleGrant[];
  /** Permissions on secured fields, wildcards expanded; empty for most roles. */
  readonly fieldPermissions: readonly FieldPermission[];
  readonly capabilities: ReadonlySet<string>;
}
