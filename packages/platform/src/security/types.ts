// What the rest of the platform knows of a principal and of access: data only.
import type { FieldRight, Model, Privilege, SharePath, TypedExpression } from '@kartoteka/metadata';

/** Where a grant's rows come from (3-security, "How it is enforced"). */
export type AccessSource = 'all' | 'owners' | 'units' | 'shares' | 'parent_shares';

/**
 * What an arm's ids select, which decides the shape of a list's SQL (sql/list-keys.ts):
 * one/few = owners or units probed one by one through their index, merged in order (for shares, few = joined by record id);
 * many = a LATERAL probe per id (for shares: walk the sort order and look each row up in a hash of the shared ids);
 * sparse = many ids but few rows: fetch them all, then sort; dense = walk the sort order and test each row.
 * For shares of other records: few = the records below them, found by their lookup; many = as for shares.
 * Correct whatever it says: it is a measure, not a right.
 */
export type Cardinality = 'one' | 'few' | 'many' | 'sparse' | 'dense';

/** Of the cardinalities of many ids: which one the data asks for. */
export type Coverage = Extract<Cardinality, 'many' | 'sparse' | 'dense'>;

/** One source of access with the condition of its grant. Arms add up (OR). */
export interface AccessArm {
  readonly source: AccessSource;
  readonly cardinality: Cardinality;
  /** Probes that the SQL text has for `one` and `few` (the number of ids, rounded up to a power of two); else 0. */
  readonly probes: number;
  readonly when: TypedExpression | null;
  /** Of `parent_shares`: the way to the records whose shares they are. */
  readonly path?: SharePath;
  /**
   * PostgreSQL array literal `{uuid,...}` bound as one text parameter: owner ids (me and my teams) for `owners`, unit ids
   * for `units`, principal ids (me and my teams) for shares; `{}` for `all`. In an entity without `owner_id` (users,
   * teams) `owners` means the records that ARE these principals: a principal owns itself.
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
  /**
   * A second access that must cover the record as well: where one user acts as another and both are restricted. It is neither
   * unrestricted nor not granted, and has no `also` of its own.
   */
  readonly also?: Access;
  /** The arms are those of who acts as the principal: what the principal will own need not be among them. */
  readonly ofCaller?: true;
  /** Equal for two accesses whose SQL text is equal (ids differ, sources, cardinalities and conditions do not). */
  readonly shapeKey: string;
}

/** A principal as resolved for requests; rebuilt when its rights change. */
export interface Principal {
  /** `system` passes every check; it is handed on explicitly by trusted internal work, never derived from a request. */
  readonly kind: 'user' | 'system';
  /** The Model its rights were compiled from; its requests keep to it. Undefined for the system, which fits every Model. */
  readonly model?: Model;
  readonly id: string;
  /** Who acts as this user, with the smaller of both rights; absent: nobody does. */
  readonly callerId?: string;
  readonly businessUnitId: string;
  /** The language in which the user wants to be answered, if his record says one: a tag of BCP 47, or what he wrote for it. */
  readonly language?: string;
  readonly teamIds: readonly string[];
  readonly capabilities: ReadonlySet<string>;
  access(entity: string, privilege: Privilege): Access;
  /** Whether a role permits it with a secured field; asked for secured fields only. The same for all records. */
  permits(entity: string, field: string, right: FieldRight): boolean;
  /**
   * Measures what read access to these entities selects, once per principal, so that lists get their best shape.
   * Optional: without it access() is right, only the shape for principals of very many units is a guess. Resolves at
   * once when nothing needs measuring.
   */
  ready(entities: Iterable<string>): Promise<void>;
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
