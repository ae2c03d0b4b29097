// What a plan says of a publish before it happens: plain JSON, the same for clients, the command line and tests. Types only.
import type { DocumentKind, ModelChange } from '@kartoteka/metadata';

/** A statement of the publish, in the order in which they run. */
export interface PlannedStep {
  readonly sql: string;
  readonly description: string;
  /** `transaction`: commits with the documents. `background`: runs after the commit, and again until it succeeds. */
  readonly phase: 'transaction' | 'background';
  /** Table in schema `data` whose lock it takes; null: none that existed before. */
  readonly table: string | null;
  /** Mode of the lock in PostgreSQL's words, and whom it holds up. */
  readonly lock: string;
  /** How long the lock is held. */
  readonly held: string;
  /** It writes stored rows anew, batch by batch; no statement rewrites a table as a whole. */
  readonly rewrites: boolean;
  /** It reads every row of the table. */
  readonly scans: boolean;
  /** Rows of the table, as PostgreSQL estimates them; null where none are read or written. */
  readonly rows: number | null;
}

/** A question about stored records that is asked before the change, and refuses it where it has an answer. */
export interface PlannedCheck {
  readonly sql: string;
  /** What the publish would be refused with. */
  readonly reason: string;
  /** Asked again under the lock of the table, which is held for as long as that takes. */
  readonly under_lock: boolean;
}

/** A number of records that was counted up to a bound, and for a while. */
export interface RecordCount {
  /** Null: counting took too long. */
  readonly records: number | null;
  /** There are more than `records`. */
  readonly more: boolean;
}

/** Values that nobody reaches any more after the publish. They stay, hidden, until they are purged. */
export interface PlannedLoss extends RecordCount {
  /** `deal`, `deal.probability` (property) or `deal.partners` (links). */
  readonly what: string;
  /** `removed`: the values of all these records. `not_converted`: those of the records whose value has no counterpart in the new type. */
  readonly how: 'removed' | 'not_converted';
}

/** Values of a field that changes its type, which a background step brings over. */
export interface PlannedConversion extends RecordCount {
  /** `deal.probability`: `records` of it have a value that is converted. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

/** Hidden values of a former field of the name that a new one takes, or records and links of a former entity or relation. */
export interface RetiredValues extends RecordCount {
  /** `deal.probability`, `deal` or `deal.partners` (links). */
  readonly what: string;
  /** Column that holds them; null of records and links. */
  readonly column: string | null;
  /** They come back with this publish; otherwise they stay hidden. */
  readonly restored: boolean;
  /** `restore` of the publish can bring them back: they have the type of the new field, or the ownership of the new entity. */
  readonly restorable: boolean;
}

/** Stored records that do not meet what the documents ask from now on. */
export interface PlannedUnfit extends RecordCount {
  /** `deal.stage`. */
  readonly what: string;
  /** They have a value that is removed, or none in a field that is required: then they are asked for one when somebody changes them. */
  readonly why: 'value_removed' | 'value_missing';
  /** The value that is removed. */
  readonly value: string | null;
  /** The publish is refused while there are such records. */
  readonly refuses: boolean;
}

/** A place in a document that names what is removed or changed. */
export interface Dependent {
  readonly kind: DocumentKind;
  readonly name: string;
  /** JSON pointer into the effective document. */
  readonly pointer: string;
  /** What it depends on, as `deal.probability`; several names where they were looked for together. */
  readonly on: string;
}

/** What holders of a role gain or lose. */
export interface RightChange {
  readonly role: string;
  /** Null: a capability. */
  readonly entity: string | null;
  /** Null: a privilege on the entity. */
  readonly field: string | null;
  /** Privilege, right on a field (read, create, update) or capability. */
  readonly right: string;
  /** Depth and condition of a privilege, `granted` of others; null: not held. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Something of an entity that is nearly used up. */
export interface CapacityWarning {
  readonly entity: string;
  readonly what: 'columns' | 'indexes' | 'row_bytes';
  readonly used: number;
  readonly limit: number;
  readonly words: string;
}

export interface PlanReport {
  /** Revision that the plan stands on. */
  readonly revision: number;
  /** Tells this plan from every other: what `publish` is given, so that what is done is what was seen. */
  readonly fingerprint: string;
  /** The publish needs `allow_destructive`. */
  readonly destructive: boolean;
  readonly changes: readonly ModelChange[];
  readonly steps: readonly PlannedStep[];
  readonly checks: readonly PlannedCheck[];
  readonly losses: readonly PlannedLoss[];
  readonly conversions: readonly PlannedConversion[];
  readonly retired: readonly RetiredValues[];
  readonly unfit: readonly PlannedUnfit[];
  readonly dependents: readonly Dependent[];
  readonly rights: readonly RightChange[];
  readonly capacity: readonly CapacityWarning[];
}
