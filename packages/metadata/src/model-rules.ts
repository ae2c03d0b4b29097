// The part of the Model that says what is done with records by rules: which are duplicates, who gets new ones, what a record takes
// over from another. Types only; link-duplicate-rule.ts, link-assignment-rule.ts and link-mapping.ts make them.
import type { AssignmentDocument, DuplicateReaction, LabelDocument } from './documents.ts';
import type { TypedExpression } from './expression/types.ts';

/** One pair of properties that has to match. */
export interface DuplicateMatch {
  readonly property: string;
  /** Property of the records that it is compared with. */
  readonly other: string;
  readonly how: 'exact' | 'normalised' | 'fuzzy';
  /** Of fuzzy matches: the least similarity, above 0 and up to 1; null for others. */
  readonly threshold: number | null;
}

export interface DuplicateRule {
  readonly name: string;
  readonly entity: string;
  /** Entity of the records that are looked through; often the same. */
  readonly against: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly match: readonly DuplicateMatch[];
  /** Over the properties of the record that is written; null: every record. */
  readonly when: TypedExpression | null;
  readonly onCreate: DuplicateReaction;
  readonly onUpdate: DuplicateReaction;
  readonly onImport: DuplicateReaction;
  readonly active: boolean;
}

export interface Assignment {
  readonly method: AssignmentDocument['method'];
  /** E-mail addresses, as they are written. */
  readonly users: readonly string[];
  readonly team: string | null;
  readonly queue: string | null;
  /** `filter` in the language of `$filter`; null counts every record. */
  readonly load: { readonly entity: string; readonly filter: string | null };
}

export interface AssignmentRule {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly order: number;
  /** Over the properties of the new record; null: every record. */
  readonly when: TypedExpression | null;
  readonly assign: Assignment;
  readonly skipAbsent: boolean;
  readonly active: boolean;
}

/** What a property of the target gets: the source's property as it is, what an expression over the source gives, or a value. */
export type MappedProperty =
  | { readonly property: string; readonly source: string }
  | { readonly property: string; readonly expression: TypedExpression }
  | { readonly property: string; readonly value: unknown };

export interface Mapping {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  readonly fields: readonly MappedProperty[];
  readonly active: boolean;
}
