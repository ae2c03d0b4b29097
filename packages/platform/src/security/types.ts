// What the rest of the platform knows of a principal and of access: data only.
import type { Privilege, TypedExpression } from '@kartoteka/metadata';

/** Where a grant's rows come from (3-security, "How it is enforced"). */
export type AccessSource = 'all' | 'owners' | 'units' | 'shares';

/**
 * How many rows an arm selects, which decides the shape of a list's SQL:
 * few = probe each owner/unit/share through its index; many = walk the sort order and test each row.
 */
export type Cardinality = 'one' | 'few' | 'many';

/** One source of access with the condition of its grant. Arms add up (OR). */
export interface AccessArm {
  readonly source: AccessSource;
  readonly cardinality: Cardinality;
  readonly when: TypedExpression | null;
  /**
   * PostgreSQL array literal `{uuid,...}` bound as one text parameter: owner ids (me and my teams) for `owners`, unit ids
   * for `units`, principal ids (me and my teams) for `shares`; `{}` for `all`.
   */
  readonly ids: string;
}

/** What a principal may do with one privilege on one entity. Computed once per principal and entity, then kept. */
export interface Access {
  readonly entity: string;
  readonly privilege: Privilege;
  /** False: no role gives the privilege at any depth; the answer is 403 missing_privilege. */
  readonly granted: boolean;
  /** True: every record, without condition; the predicate is empty. */
  readonly unrestricted: boolean;
  readonly arms: readonly AccessArm[];
  /** Equal for two accesses whose SQL text is equal (ids differ, sources, cardinalities and conditions do not). */
  readonly shapeKey: string;
}

/** A principal as resolved for requests; rebuilt when its rights change. */
export interface Principal {
  /** `system` passes every check; it is handed on explicitly by trusted internal work, never derived from a request. */
  readonly kind: 'user' | 'system';
  readonly id: string;
  readonly businessUnitId: string;
  readonly teamIds: readonly string[];
  readonly capabilities: ReadonlySet<string>;
  access(entity: string, privilege: Privilege): Access;
  /** Compiled plans that fit this principal's rights, by request shape (bounded by the owner of the map). */
  readonly plans: Map<string, unknown>;
}

/** Bits of kartoteka.share.rights. `create` cannot be shared. */
export const SHARE_RIGHT_BITS: Readonly<Record<Exclude<Privilege, 'create'>, number>> = {
  read: 1,
  write: 2,
  delete: 4,
  append: 8,
  append_to: 16,
  assign: 32,
  share: 64,
};
