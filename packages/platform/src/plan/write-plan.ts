// Nodes of a planned write: names resolved against the Model, nothing authorized yet, no SQL, no values.
// One plan serves every request that writes the same properties of the same entity.
import type { Dependency, EntityType, Field, Privilege, Process, Property, Rule } from '@kartoteka/metadata';

/** A lookup whose property is written. */
export interface LookupNode {
  /** Holds the target's id. */
  readonly property: Property;
  /** With several targets: holds the name of the target's entity. */
  readonly type: Property | null;
  /** Entity of the record that is going to be named; null where a lookup with several targets is cleared. */
  readonly target: EntityType | null;
  /** Entities of which one holds the record that was named before. */
  readonly former: readonly EntityType[];
}

/** A field whose values go with certain values of a parent only. */
export interface DependentNode {
  readonly property: Property;
  readonly dependency: Dependency;
  /** Property of the record whose change can part them, too: the parent itself, or the lookup that leads to it. */
  readonly source: Property;
  /** Entity that holds the parent's value; null: the record itself. */
  readonly target: EntityType | null;
}
/** A field of which the process says how its values follow each other. */
export interface ProcessNode {
  readonly property: Property;
  readonly process: Process;
}

/**
 * Of the lookups with several targets that a write names: the target's entity by the property that holds it, null where the
 * lookup is cleared. A plan is made for these, so that a statement looks at the table of the named entity alone.
 */
export type TargetTypes = ReadonlyMap<string, string | null>;

/** Where the record's owner (or, for entities owned by a business unit, its unit) comes from. */
export type OwnerSource =
  /** The entity has no owner, or an update leaves it. */
  | 'none'
  /** Create: the principal and the principal's unit. */
  | 'creator'
  /** Named by the payload. */
  | 'given'
  /** Create: named by a hook, for the organization. The rights are those of the creator on a record of his own. */
  | 'ruled'
  /** Copied from the record that the parent lookup names: at create, and where an update writes that lookup. */
  | 'parent';

export interface WritePlan {
  readonly operation: 'create' | 'update';
  readonly entity: EntityType;
  /** Properties whose values come with the request, in the entity's order. */
  readonly given: readonly Property[];
  /** Create: properties not given that have a default. */
  readonly defaults: readonly Property[];
  /** Properties computed from others of which one is written. */
  readonly derived: readonly Property[];
  /** Create: who and when of the row, where they are given. */
  readonly stamps: readonly Property[];
  readonly lookups: readonly LookupNode[];
  readonly owner: OwnerSource;
  /** Other records follow the owner that this update may change: it runs in a transaction (write/owners.ts). */
  readonly followed: boolean;
  /** Rules that read a property the write changes. */
  readonly rules: readonly Rule[];
  /** Fields that a condition may require after this write. */
  readonly requiredWhen: readonly Field[];
  /** Update: written fields that a condition on the record as it was may freeze. */
  readonly readOnlyWhen: readonly Field[];
  /** Written fields whose process may refuse the value that they get. */
  readonly processes: readonly ProcessNode[];
  /** Fields whose values depend on a parent, when the write touches them or the parent. */
  readonly dependents: readonly DependentNode[];
  /** If-Match names versions. */
  readonly versioned: boolean;
  /** Every access whose predicate may be printed; together their shapes decide the SQL. The first is the operation's own. */
  readonly accesses: readonly AccessNode[];
}

export interface AccessNode {
  readonly entity: EntityType;
  readonly privilege: Privilege;
}
