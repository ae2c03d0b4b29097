// The field-type contract: one file in field-types/ per type implements it and is listed in
// field-types/registry.generated.ts by `npm run generate`.
// Everything else in the product reaches a type through this table; nothing switches on a type's name.

import type { FieldDocument, LabelDocument } from './documents.ts';
import type { ExpressionType } from './expression/types.ts';
import type {
  Aggregate,
  Cascading,
  DerivedProperty,
  Discriminator,
  EdmType,
  MoneyLinks,
  Numbering,
  OnDelete,
  OrganizationSettings,
} from './model.ts';

/** JSON Schema (draft 2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a field type may look at besides the field's own document. */
export interface FieldContext {
  /** Field name, e.g. `amount`. */
  readonly field: string;
  readonly organization: OrganizationSettings;
  /** The values of a shared choice; undefined when there is no such choice. */
  choice(name: string): ChoiceValues | undefined;
}

/** The values of a choice, whose own or shared. */
export interface ChoiceValues {
  /** All values and those that are active, in order. */
  readonly values: readonly string[];
  readonly active: readonly string[];
  /** Those whose category says that the record is done with: won or lost. */
  readonly closed: readonly string[];
  readonly labels: ReadonlyMap<string, LabelDocument>;
  /** Of values that depend on a parent: the parent values with which they may be used. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

/** That values of a field may be stored only beside certain values of a parent. */
export interface DependencySpec {
  /** `pipeline`: a field of the record; `pipeline/kind`: a property of the record that a lookup names. */
  readonly path: string;
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

/** One property a field owns, before names and columns are resolved. */
export interface PropertySpec {
  readonly name: string;
  readonly type: EdmType;
  /** Column definition type, e.g. `numeric(19,4)` or `text collate "und-x-icu"`. */
  readonly sqlType: string;
  readonly readOnly?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly values?: readonly string[];
  /** Of `values` those with which the record is closed. */
  readonly closed?: readonly string[];
  /** Days after which a record that still has the value is stale, by value; the others never are. */
  readonly staleAfter?: Readonly<Record<string, number>>;
  readonly derived?: DerivedProperty;
  /** The database gives every new row the next value of a sequence; no two rows have the same. Implies a unique key. */
  readonly numbering?: Numbering;
  /** False: never null, whether or not the field is required (a currency); null in a payload is refused. */
  readonly nullable?: boolean;
  /** Filter operators when they differ from the type's own (the currency beside an amount). */
  readonly operators?: readonly string[];
  /**
   * Table CHECK over the column, e.g. (c) => `char_length(${c}) <= 200`; null-safe (a null column must pass). `columnOf` gives
   * the column of another property of the field.
   */
  readonly check?: (column: string, columnOf: (property: string) => string) => string;
  /** Default of this property when the document gives none (e.g. currency); the document's `default` is for the first. */
  readonly default?: unknown;
  /**
   * The one form in which an accepted value is stored, as a JSON value of the same schema: `normalize(normalize(v))` equals
   * `normalize(v)`. Every value that is written passes through it: of clients, hooks and documents. Absent: stored as sent.
   */
  readonly normalize?: (value: unknown) => unknown;
  /** False: its values have no order worth asking for, so it stands in no $orderby, key or index. */
  readonly sortable?: false;
  /** Its text is made of sentences: $search asks for words of it in any of their forms instead of parts of it. */
  readonly prose?: true;
  /** An index that the type needs whatever the document says: GIN over the members of an array. */
  readonly index?: 'gin';
  /** Computed in the query, without a column; the linker resolves what it names (link-computed.ts). Implies `readOnly`. */
  readonly computed?: ComputedSpec;
  readonly money?: MoneyLinks;
}

/** A computed value as the document asks for it, before names are resolved. */
export type ComputedSpec = FormulaSpec | RollupSpec;

export interface FormulaSpec {
  readonly kind: 'formula';
  readonly expression: string;
  /** Type that the expression must have. */
  readonly expects: Exclude<ExpressionType, 'null'>;
  /** The form of the result: numbers are rounded and bounded, texts cut. */
  readonly fit:
    | { readonly kind: 'number'; readonly scale: number; readonly limit: string }
    | { readonly kind: 'text'; readonly maxLength: number }
    | null;
  /** What the property shows of the result; `currency` and `base` are of a result of money only. */
  readonly part: 'value' | 'currency' | 'base';
  readonly money: boolean;
}

export interface RollupSpec {
  readonly kind: 'rollup';
  readonly relation: string;
  readonly aggregate: Aggregate;
  readonly field: string | null;
  readonly filter: string | null;
}

/** A check for which JSON Schema has no keyword of its own, as a keyword of value schemas. */
export interface ValueKeyword {
  /** JSON types whose values are checked; values of other types pass. */
  readonly type: readonly ('string' | 'number' | 'boolean' | 'array' | 'object')[];
  /** JSON type of what stands behind the keyword in a schema. */
  readonly value: 'boolean' | 'string' | 'object';
  /** Made once per schema. The check answers why a value is refused, in words that follow its name, or undefined. */
  readonly make: (limits: never) => (value: unknown) => string | undefined;
  /** Where making a check would make code: what of the limits can be checked without. Absent: all of them. */
  readonly withoutCode?: (limits: never) => unknown;
}

/** A to-one relation a field makes (lookup); with several targets one per target, in the order of `targets`. */
export interface RelationSpec {
  readonly navigation: string;
  readonly target: string;
  readonly property: string;
  /** With several targets: where it holds. */
  readonly discriminator?: Discriminator;
  readonly inverse: string | null;
  readonly onDelete: OnDelete;
  readonly cascade?: Cascading;
}

/** A many-to-many relation a field makes: a collection on both sides. */
export interface AssociationSpec {
  readonly navigation: string;
  readonly target: string;
  readonly inverse: string | null;
  /** Entity whose records are the links, with its lookups to both sides where the document names them; null: a table of its own. */
  readonly through: { readonly entity: string; readonly own: string | null; readonly other: string | null } | null;
  /** As the field says it; undefined: as the entity. */
  readonly audit: boolean | undefined;
}

/**
 * A value as people read it in a language (a tag of BCP 47): of a choice its label. `record` is what is shown beside it. Undefined:
 * there is nothing to say that the value does not say itself.
 */
export type DisplayValue = (
  value: unknown,
  language: string,
  record: Readonly<Record<string, unknown>>,
) => string | undefined;

export interface FieldType {
  readonly name: string;
  /** JSON Schema properties of the options the document may give, besides those every type has. */
  readonly options: Readonly<Record<string, JsonSchema>>;
  readonly requiredOptions?: readonly string[];
  /** Which of the options that every type has it takes; all when left out. */
  readonly commonOptions?: readonly string[];
  /** Findings that JSON Schema cannot express (min > max, unknown choice); pointer is relative to the field. */
  readonly verify?: (
    field: FieldDocument,
    context: FieldContext,
  ) => readonly { pointer: string; reason: string; hint?: string }[];
  /** Columns and properties: first the main one. */
  readonly properties: (field: FieldDocument, context: FieldContext) => readonly PropertySpec[];
  readonly relations?: (field: FieldDocument, context: FieldContext) => readonly RelationSpec[];
  readonly associations?: (field: FieldDocument, context: FieldContext) => readonly AssociationSpec[];
  /** What the values of its first property depend on; undefined when on nothing. Resolved and checked when linked. */
  readonly dependency?: (field: FieldDocument, context: FieldContext) => DependencySpec | undefined;
  /** JSON Schema of a payload value per writable property name (without null; the compiler adds it). */
  readonly valueSchema: (field: FieldDocument, context: FieldContext) => Readonly<Record<string, JsonSchema>>;
  /** Keywords that its value schemas use besides those of value-keywords.ts; names are the product's, so no two alike. */
  readonly keywords?: Readonly<Record<string, ValueKeyword>>;
  /** Its properties are computed in the query: it has no columns, and a record holds nothing of it. */
  readonly computed?: { readonly examples: readonly ComputedExample[] };
  /** Filter operators and functions that apply, lower-case OData names; empty: it cannot be filtered. */
  readonly operators: readonly string[];
  /** Formatted values by property, for those whose value people read in another form; on request only. */
  readonly display?: (field: FieldDocument, context: FieldContext) => Readonly<Record<string, DisplayValue>>;
  /** Widget name and props, as data. */
  readonly control: (
    field: FieldDocument,
    context: FieldContext,
  ) => { readonly widget: string; readonly props: Readonly<Record<string, unknown>> };
  /** Drive the shared contract test: one field document with values that must be accepted and refused. */
  readonly examples: readonly FieldExample[];
}

export interface FieldExample {
  readonly field: FieldDocument;
  /** Payload values of the main property, in ascending $orderby order, stored and read back as `normalize` gives them. */
  readonly valid: readonly unknown[];
  /** Values of other properties of the field that go with every valid one, by what follows the field's name (`_type`). */
  readonly beside?: Readonly<Record<string, unknown>>;
  readonly invalid: readonly unknown[];
}

/** Drives the contract test of computed types: records, and the value that each of them must show. */
export interface ComputedExample {
  readonly field: FieldDocument;
  /** Fields that stand beside it in the entity of the given name. */
  readonly beside: (entity: string) => Readonly<Record<string, FieldDocument>>;
  /**
   * Records in ascending $orderby order of the value, no two values alike: what is sent of the record, and of those that refer
   * to it over the lookup `whole`.
   */
  readonly cases: readonly {
    readonly given: Readonly<Record<string, unknown>>;
    readonly parts?: readonly Readonly<Record<string, unknown>>[];
    readonly value: unknown;
  }[];
}
