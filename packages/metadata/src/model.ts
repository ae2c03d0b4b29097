// The Model: what every other layer knows about entities. Frozen, one per metadata revision, built by link.ts only.
// It must not know about databases, drivers, HTTP or any entity by name.

import type { FieldDocument, LabelDocument } from './documents.ts';
import type { TypedExpression } from './expression/types.ts';
import type { Form, View } from './model-presentation.ts';
import type { Navigation, Reference } from './model-relations.ts';
import type { Role } from './model-roles.ts';
import type { AssignmentRule, DuplicateRule, Mapping } from './model-rules.ts';

export type { Form, FormField, FormSection, View } from './model-presentation.ts';
export type {
  Cascading,
  Discriminator,
  Junction,
  LinkRecords,
  Navigation,
  OnDelete,
  Reference,
} from './model-relations.ts';
export type { Depth, FieldPermission, FieldRight, Privilege, Role, RoleGrant } from './model-roles.ts';
export type {
  Assignment,
  AssignmentRule,
  DuplicateMatch,
  DuplicateRule,
  MappedProperty,
  Mapping,
} from './model-rules.ts';

/** How records of an entity belong to principals (2-documents). */
export type Ownership = 'user' | 'business_unit' | 'organization' | 'parent';

export type EdmType =
  | 'Edm.String'
  | 'Edm.Int64'
  | 'Edm.Decimal'
  | 'Edm.Boolean'
  | 'Edm.Date'
  | 'Edm.DateTimeOffset'
  | 'Edm.Guid'
  | 'Edm.Duration'
  | 'Edm.Untyped'
  | 'Collection(Edm.String)';

/** One structural property of an entity type: one REST name, one physical column. */
export interface Property {
  readonly name: string;
  /** Name of the field that owns the property; null for a system property. */
  readonly field: string | null;
  readonly type: EdmType;
  /** Physical column; equals `name` unless a hidden column of that name existed at publish. Empty: it has none (`computed`). */
  readonly column: string;
  /** PostgreSQL type with modifiers and collation, as in a column definition, e.g. `numeric(19,4)`. */
  readonly sqlType: string;
  readonly nullable: boolean;
  /** The client may never write it (system, derived). */
  readonly readOnly: boolean;
  readonly readOnlyAfterCreate: boolean;
  /** Who and when of the row: given at create by who holds the capability import, and by nobody else. */
  readonly importable?: true;
  /** Named in payloads, filters and selects only through a role's secured-field permission. */
  readonly secured: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** Allowed values (choice, currency), in order. */
  readonly values?: readonly string[];
  /** Of `values` those with which the record is closed: it has no part in what is done to open records. */
  readonly closed?: readonly string[];
  /**
   * Days after which a record that still has the value is stale, by value; the others never are. Every choice has it, so that views of
   * stale records outlast a custom layer's process that knows none. Absent: nobody can ask.
   */
  readonly staleAfter?: Readonly<Record<string, number>>;
  /** Filter operators and functions that apply (lower case OData names: eq, lt, contains ...). */
  readonly operators: ReadonlySet<string>;
  /** Default as the JSON value a client would have sent; undefined = none. */
  readonly default?: unknown;
  /** Written by the engine from other properties of the record: SQL over the new row (see FieldType.derived). */
  readonly derived?: DerivedProperty;
  /** Drawn by the database with the row (column default); every property that has one has a unique key of its field's name. */
  readonly numbering?: Numbering;
  /** False: its values stay out of the change log's images. Absent: as the entity's other properties (logged). */
  readonly audit?: boolean;
  /** Personal data: redacted by erasure. */
  readonly personalData?: boolean;
  /** $search looks through it (search-text.ts). */
  readonly search?: boolean;
  /** Text of sentences, searched by its words (see PropertySpec). */
  readonly prose?: true;
  /** The form in which an accepted value is stored (see PropertySpec). */
  readonly normalize?: (value: unknown) => unknown;
  /** False: in no $orderby, key or index. */
  readonly sortable?: false;
  /** An index that the field type asks for. */
  readonly index?: 'gin';
  /** JSON Schema of a payload value, without null; absent for what a client never writes. */
  readonly valueSchema?: Readonly<Record<string, unknown>>;
  /** Computed in the query: it has no column, and is in nothing that is stored, written or logged (see isStored). */
  readonly computed?: Computed;
  /** An amount of money: what it takes to know its currency. */
  readonly money?: MoneyLinks;
}

/** How a property without a column gets its value. */
export type Computed = FormulaValue | RollupValue;

/** Computed from the record itself. Formulas that it names are put in place; what is left are columns and rollups. */
export interface FormulaValue {
  readonly kind: 'formula';
  readonly expression: TypedExpression;
  /** Entities whose records rollups in it read. */
  readonly reads: readonly string[];
  /** How many times it names a rollup: each is a subquery. */
  readonly rollups: number;
}

export type Aggregate = 'count' | 'sum' | 'min' | 'max' | 'average' | 'count_distinct';

/** Computed from the records of a collection, those that the reader may read. */
export interface RollupValue {
  readonly kind: 'rollup';
  /** Collection navigation of the record's entity. */
  readonly navigation: string;
  readonly aggregate: Aggregate;
  /** What is aggregated, over the columns of a related record; null for count. */
  readonly value: TypedExpression | null;
  /** Which related records count, over their columns; null for all. */
  readonly filter: TypedExpression | null;
  /** Digits after the point that an average is rounded to; 0 for other aggregates. */
  readonly scale: number;
  /** The entity whose records are read. */
  readonly reads: readonly string[];
}

/** Properties beside an amount: of its currency (null: the base currency), and of its value in the base currency. */
export interface MoneyLinks {
  readonly currency: string | null;
  readonly base: string;
}

export interface DerivedProperty {
  /** Properties the value is computed from; it is recomputed when one of them is written. */
  readonly from: readonly string[];
  /** SQL of the value; `column` gives the SQL of a property of the new row. No parameters, no user text. */
  readonly sql: (column: (property: string) => string) => string;
  /** Records that are there when the field is published, or made from something else, get the value as well. */
  readonly fillsStored?: true;
}

/** A value that the database draws for every new row. */
export interface Numbering {
  /**
   * SQL of the value as text from SQL of the counter (bigint) and of the moment of creation (timestamptz); each row's value
   * is its own. No parameters, no user text but what the field type has found harmless.
   */
  readonly sql: (counter: string, moment: string) => string;
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly document: FieldDocument;
  /** The properties the field owns, first the main one (`amount`, then `amount_currency`, `amount_base`). */
  readonly properties: readonly string[];
  readonly required: boolean;
  readonly requiredWhen: TypedExpression | null;
  readonly readOnlyWhen: TypedExpression | null;
  /** For forms only: the server neither hides nor refuses the field by it. */
  readonly visibleWhen?: TypedExpression | null;
  readonly label: LabelDocument;
  /** What the values of its first property depend on. */
  readonly dependency?: Dependency;
  /** How the values of its first property may follow each other. */
  readonly process?: Process;
}

/** What a change of a value from a closed set takes; values that neither map has are free. */
export interface Process {
  /** Values to which a value may change. */
  readonly next: ReadonlyMap<string, readonly string[]>;
  /** Properties that a record must have when it gets the value. */
  readonly requires: ReadonlyMap<string, readonly string[]>;
}

/** That values may be stored only beside certain values of a parent: another property, or one of the record a lookup names. */
export interface Dependency {
  /** Lookup to walk; null when the parent is a property of the record itself. */
  readonly navigation: string | null;
  /** Property that holds the parent's value, a string of a closed set. */
  readonly property: string;
  /** Parent values by value; a value that is not in it goes with every parent, with none as well. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

export interface Rule {
  readonly name: string;
  readonly invalidWhen: TypedExpression;
  readonly error: LabelDocument;
}

/** A unique key (alternate key): property names. */
export interface Key {
  readonly name: string;
  readonly properties: readonly string[];
}

/** An index asked for by the document. The DDL derives one physical index per grant source from it. */
export interface Index {
  readonly name: string;
  readonly properties: readonly string[];
}

/** In whose timeline a record is an entry, and where in it. */
export interface Timeline {
  /** Property that holds the id of the record whose timeline it is (`regarding_id`). */
  readonly property: string;
  /** Timestamps of which the first that is not null counts; the last is never null. */
  readonly at: readonly string[];
}

export interface EntityType {
  readonly name: string;
  readonly set: string;
  readonly label: LabelDocument;
  readonly pluralLabel: LabelDocument;
  readonly description?: LabelDocument;
  readonly icon?: string;
  readonly order?: number;
  readonly ownership: Ownership;
  /** Ownership `parent`: the lookup field whose record's owner, unit and shares are this record's too. */
  readonly parent?: string;
  /** Property shown as the record's title. */
  readonly title: string;
  /** Its records are entries in the timelines of others. */
  readonly timeline?: Timeline;
  /** Physical table name, without schema; the schema is always `data`. */
  readonly table: string;
  /** `deleted`: its records are those of the table that are in the recycle bin (recycle-bin.ts). Absent: the live ones. */
  readonly records?: 'deleted';
  readonly fields: ReadonlyMap<string, Field>;
  /** System properties first, then the fields' in document order. */
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations: ReadonlyMap<string, Navigation>;
  readonly keys: ReadonlyMap<string, Key>;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly rules: readonly Rule[];
  /** To-many navigations of OTHER records to this one, for soft delete: every lookup whose target is this entity. */
  readonly referencedBy: readonly Reference[];
  /** Content hash of all that the compiler reads, so that compiled artefacts are shared between revisions. */
  readonly hash: string;
}

export interface OrganizationSettings {
  readonly baseCurrency: string;
  /** Currency code -> units of base currency per unit, as a decimal string. Contains the base currency with "1". */
  readonly rates: ReadonlyMap<string, string>;
  /** IANA time zone in which today() and date parts are computed. */
  readonly timeZone: string;
  readonly locale: string;
  readonly languages: readonly string[];
  readonly fiscalYearStart: string;
  readonly retention: {
    readonly changesDays: number;
    readonly recycleBinDays: number;
    readonly securityLogDays: number;
    readonly notificationsDays: number;
  };
}

export interface Choice {
  readonly name: string;
  readonly label?: LabelDocument;
  readonly values: ReadonlyMap<
    string,
    {
      readonly label: LabelDocument;
      readonly order: number;
      readonly active: boolean;
      /** Of stages: what the value means for the record, and its usual chance in percent. */
      readonly category?: 'open' | 'won' | 'lost';
      readonly probability?: number;
      /** Values of the parent with which it may be used, in fields that name one. */
      readonly parents?: readonly string[];
    }
  >;
}

export interface Model {
  /** Revision number of the documents in the database; 0 for a model linked from files alone. */
  readonly revision: number;
  readonly entities: ReadonlyMap<string, EntityType>;
  readonly sets: ReadonlyMap<string, EntityType>;
  readonly choices: ReadonlyMap<string, Choice>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly views: ReadonlyMap<string, View>;
  readonly forms: ReadonlyMap<string, Form>;
  /** Inactive ones too. */
  readonly duplicateRules: ReadonlyMap<string, DuplicateRule>;
  /** Inactive ones too, in the order in which they are asked. */
  readonly assignmentRules: ReadonlyMap<string, AssignmentRule>;
  /** Inactive ones too; of two entities at most one is active. */
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly organization: OrganizationSettings;
}
