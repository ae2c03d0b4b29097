// Shapes of the JSON documents as they are written (2-documents), after schema validation. Types, and the list of kinds.

/** Text per language tag, e.g. {"en": "Deal", "ru": "Сделка"}. */
export type LabelDocument = Readonly<Record<string, string>>;

/** The kinds of documents that there are. */
export const DOCUMENT_KINDS = [
  'entity',
  'choice',
  'role',
  'view',
  'form',
  'duplicate_rule',
  'assignment_rule',
  'mapping',
  'organization',
] as const;

export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** Folder of the files of each kind; the settings of the organization are one file, `organization.json`. */
export const DOCUMENT_FOLDERS = {
  entity: 'entities',
  choice: 'choices',
  role: 'roles',
  view: 'views',
  form: 'forms',
  duplicate_rule: 'duplicate_rules',
  assignment_rule: 'assignment_rules',
  mapping: 'mappings',
} as const satisfies Partial<Record<DocumentKind, string>>;

/**
 * Where a document stands: shipped with the product, brought by an installed package, or an administrator's. Later layers go
 * over earlier ones: base, packages (each after those it depends on), custom.
 */
export type Layer = 'base' | `package:${string}` | 'custom';

/** A document with where it came from, so that errors can name the file and the pointer. */
export interface SourceDocument {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly layer: Layer;
  /** File name or `database`, for error messages only. */
  readonly source: string;
  readonly body: unknown;
}

/** Options every field type has; the type's own options come beside them. */
export interface FieldDocument {
  readonly type: string;
  readonly label?: LabelDocument;
  readonly description?: LabelDocument;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly unique?: boolean;
  readonly search?: boolean;
  readonly audit?: boolean;
  readonly personal_data?: boolean;
  readonly secured?: boolean;
  readonly read_only?: boolean;
  readonly read_only_after_create?: boolean;
  readonly required_when?: string;
  readonly visible_when?: string;
  readonly read_only_when?: string;
  readonly [option: string]: unknown;
}

export interface EntityDocument {
  readonly name: string;
  readonly set: string;
  readonly label: LabelDocument;
  readonly plural_label: LabelDocument;
  readonly description?: LabelDocument;
  /** Name of a picture of the web application. */
  readonly icon?: string;
  /** Place in a navigation; lower comes first. */
  readonly order?: number;
  readonly ownership: 'user' | 'business_unit' | 'organization' | 'parent';
  /** Ownership `parent`: the lookup field that names the record whose rights count. */
  readonly parent?: string;
  readonly title: string;
  readonly audit?: boolean;
  readonly track_changes?: boolean;
  /** Its records are entries in the timelines of the records that the lookup field `over` names, `at` the first time that there is. */
  readonly timeline?: { readonly over: string; readonly at: readonly string[] };
  readonly fields: Readonly<Record<string, FieldDocument>>;
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
  readonly rules?: Readonly<Record<string, { readonly invalid_when: string; readonly error: LabelDocument }>>;
}

export interface ChoiceDocument {
  readonly name: string;
  readonly label: LabelDocument;
  readonly values: Readonly<
    Record<
      string,
      {
        readonly label: LabelDocument;
        readonly order: number;
        readonly color?: string;
        readonly active?: boolean;
        readonly category?: 'open' | 'won' | 'lost';
        readonly probability?: number;
        /** Values of the parent with which it may be used, in fields that name a `parent`; absent: with all. */
        readonly parents?: readonly string[];
      }
    >
  >;
}

export type PrivilegeDocument = string | { readonly depth: string; readonly when?: string };

export interface RoleDocument {
  readonly name: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  /** Entity name (or `*` for every entity not named) -> privilege (or `*`) -> depth, or depth with a condition. */
  readonly privileges: Readonly<Record<string, Readonly<Record<string, PrivilegeDocument>>>>;
  /** Secured fields: entity (or `*`) -> field (or `*` for every secured one) -> what its holder may do with them. */
  readonly fields?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly capabilities?: readonly string[];
}

/** A part of a view or form at its place. `hidden`: a layer's way of taking out what a lower one shows. */
export interface PlacedDocument {
  readonly order: number;
  readonly hidden?: boolean;
}

export interface ViewDocument {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly default?: boolean;
  /** Property, or path over to-one navigations such as `company/name`. */
  readonly columns: Readonly<Record<string, PlacedDocument & { readonly width?: number }>>;
  readonly filter?: string;
  readonly sort?: Readonly<Record<string, PlacedDocument & { readonly direction: 'asc' | 'desc' }>>;
  readonly grouping?: string;
}

export interface FormSectionDocument extends PlacedDocument {
  readonly label: LabelDocument;
  readonly columns?: number;
  /** Name of a field, or of a system property such as `owner_id`. */
  readonly fields: Readonly<Record<string, PlacedDocument & { readonly span?: number; readonly read_only?: boolean }>>;
}

export interface FormDocument {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly default?: boolean;
  readonly sections: Readonly<Record<string, FormSectionDocument>>;
  /** Collection navigation -> the list of its records. */
  readonly related?: Readonly<Record<string, PlacedDocument & { readonly view?: string }>>;
}

/** What happens to a write whose record looks like one that is there. */
export type DuplicateReaction = 'ignore' | 'warn' | 'refuse';

/** When records of `entity` are the same as others, of `against` or of the entity itself. All of `match` has to hold. */
export interface DuplicateRuleDocument {
  readonly name: string;
  readonly entity: string;
  readonly against?: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  /** By property of `entity`; `other` names the one of `against`, where it is called otherwise. */
  readonly match: Readonly<
    Record<
      string,
      { readonly how: 'exact' | 'normalised' | 'fuzzy'; readonly other?: string; readonly threshold?: number }
    >
  >;
  /** Records that the rule looks at. */
  readonly when?: string;
  readonly on_create?: DuplicateReaction;
  readonly on_update?: DuplicateReaction;
  readonly on_import?: DuplicateReaction;
  readonly active?: boolean;
}

export interface AssignmentDocument {
  readonly method: 'round_robin' | 'least_load' | 'fixed';
  /** Users by e-mail address. */
  readonly users?: readonly string[];
  /** Name of a team: its members. */
  readonly team?: string;
  /** Name of a team that gets the record when nobody else can. */
  readonly queue?: string;
  /** What counts as load: records of an entity that somebody owns, of those the ones that the filter shows. */
  readonly load?: { readonly entity: string; readonly filter?: string };
}

/** Who gets new records of `entity` that meet `when`. Rules are asked in their order, the first that fits decides. */
export interface AssignmentRuleDocument {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly order: number;
  readonly when?: string;
  readonly assign: AssignmentDocument;
  readonly skip_absent?: boolean;
  readonly active?: boolean;
}

/** What a record of `to` takes over from one of `from`. */
export interface MappingDocument {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  /** By property of `to`: an expression over the record of `from` (mostly a property's name), or a value. */
  readonly fields: Readonly<Record<string, string | { readonly value: unknown }>>;
  readonly active?: boolean;
}

export interface OrganizationDocument {
  readonly name: 'organization';
  readonly base_currency: string;
  readonly rates: Readonly<Record<string, string>>;
  readonly time_zone: string;
  readonly locale: string;
  readonly languages: readonly string[];
  /** Beginnings of custom names besides `x_`. */
  readonly prefixes?: readonly string[];
  readonly fiscal_year_start?: string;
  readonly retention?: {
    readonly changes_days?: number;
    readonly recycle_bin_days?: number;
    readonly security_log_days?: number;
    readonly notifications_days?: number;
  };
}

/** One finding of parse or link. All findings are reported at once. */
export interface DocumentError {
  readonly source: string;
  /** JSON pointer (RFC 6901) into the document. */
  readonly pointer: string;
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}
