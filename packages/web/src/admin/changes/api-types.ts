// What is below /metadata as the OpenAPI document of the service describes it. Types only.

export interface ChangeSet {
  readonly name: string;
  readonly comment: string;
  readonly base_revision: number;
  readonly version: number;
  readonly created_by_id: string | null;
  readonly created_on: string;
  readonly modified_by_id: string | null;
  readonly modified_on: string;
}

export interface DocumentName {
  readonly kind: string;
  readonly name: string;
}

export interface ChangedDocument extends DocumentName {
  readonly removed: boolean;
  readonly version: number;
  readonly modified_by_id: string | null;
  readonly modified_on: string;
}

export interface ChangeSetDetail extends ChangeSet {
  /** Revision that is published now. */
  readonly revision: number;
  readonly documents: readonly ChangedDocument[];
}

export interface Difference {
  readonly pointer: string;
  readonly conflict: boolean;
  readonly base?: unknown;
  readonly theirs?: unknown;
  readonly yours?: unknown;
}

export interface MovedDocument extends DocumentName {
  readonly conflict: boolean;
  readonly differences: readonly Difference[];
}

export interface Differences {
  readonly base_revision: number;
  readonly revision: number;
  readonly documents: readonly MovedDocument[];
}

export interface Finding {
  readonly layer: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly pointer: string;
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}

export interface ModelChange {
  readonly what: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly subject: string;
  /** Empty for the subject itself. */
  readonly name: string;
  readonly effect: 'additive' | 'restrictive' | 'destructive' | 'metadata_only';
  readonly words: string;
}

/** 64-bit numbers are texts. */
type Count = number | string | null;

export interface Counted {
  readonly records: Count;
  readonly more: boolean;
}

export interface PlannedStep {
  readonly sql: string;
  readonly description: string;
  readonly phase: 'transaction' | 'background';
  readonly table: string | null;
  readonly lock: string;
  readonly held: string;
  readonly rewrites: boolean;
  readonly scans: boolean;
  readonly rows: Count;
}

export interface RightChange {
  readonly role: string;
  readonly entity: string | null;
  readonly field: string | null;
  readonly right: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface PlanReport {
  readonly revision: number;
  readonly fingerprint: string;
  readonly destructive: boolean;
  readonly changes: readonly ModelChange[];
  readonly steps: readonly PlannedStep[];
  readonly checks: readonly { readonly sql: string; readonly reason: string; readonly under_lock: boolean }[];
  readonly losses: readonly (Counted & { readonly what: string; readonly how: 'removed' | 'not_converted' })[];
  readonly conversions: readonly (Counted & { readonly what: string; readonly from: string; readonly to: string })[];
  readonly retired: readonly (Counted & {
    readonly what: string;
    /** Null of whole tables. */
    readonly column: string | null;
    readonly restored: boolean;
    readonly restorable: boolean;
  })[];
  readonly unfit: readonly (Counted & {
    readonly what: string;
    readonly why: 'value_removed' | 'value_missing';
    readonly value: string | null;
    readonly refuses: boolean;
  })[];
  readonly dependents: readonly (DocumentName & { readonly pointer: string; readonly on: string })[];
  readonly rights: readonly RightChange[];
  readonly capacity: readonly {
    readonly entity: string;
    readonly what: string;
    readonly used: number;
    readonly limit: number;
    readonly words: string;
  }[];
}

export interface Published {
  readonly revision: number;
  readonly outcome: 'published' | 'unchanged';
  readonly pending_steps: number;
}

export interface BackgroundStep {
  readonly id: string | number;
  readonly revision: number;
  readonly kind: string;
  readonly table: string;
  readonly object: string;
  readonly sql: string;
  readonly state: 'pending' | 'running' | 'waiting' | 'done' | 'given_up';
  readonly due_on: string | null;
  readonly attempts: number;
  readonly rows_done: Count;
  readonly rows_total: Count;
  readonly phase: string | null;
  readonly error: string | null;
}

export interface Revision {
  readonly number: number;
  readonly created_on: string;
  readonly author_id: string | null;
  readonly caller_id: string | null;
  readonly comment: string | null;
  readonly change_count: number | null;
}

export interface DocumentRevision extends DocumentName {
  readonly layer: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface RevisionDetail extends Revision {
  readonly complete: boolean;
  readonly changes: readonly ModelChange[];
  readonly document_count: number;
  readonly documents: readonly DocumentRevision[];
  readonly bodies_left_out: boolean;
}

export interface HiddenItem extends Counted {
  readonly item: string;
  readonly kind: 'column' | 'table';
  readonly table: string;
  readonly column: string | null;
  readonly entity: string;
  readonly property: string | null;
  readonly hidden_on: string | null;
  readonly bytes: Count;
}

export interface PurgePlan {
  readonly revision: number;
  readonly fingerprint: string;
  readonly items: readonly HiddenItem[];
  readonly steps: readonly { readonly sql: string; readonly lock: string }[];
}

export interface PreviewedChange {
  readonly entity: string;
  readonly privilege: string;
  readonly principal_ids: readonly string[];
  readonly gained: { readonly count: Count };
  readonly lost: { readonly count: Count };
}

export interface Preview {
  readonly examined: Count;
  readonly not_examined: Count;
  readonly principals: readonly {
    readonly id: string;
    readonly title: string | null;
    readonly capabilities?: { readonly gained: readonly string[]; readonly lost: readonly string[] };
    readonly secured_fields?: { readonly gained: readonly string[]; readonly lost: readonly string[] };
  }[];
  readonly changes: readonly PreviewedChange[];
}
