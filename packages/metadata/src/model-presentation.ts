// The part of the Model that says how records are shown: views and forms. Types only; link-view.ts and link-form.ts make them.
import type { LabelDocument } from './documents.ts';

/** A saved list of one entity's records. What is hidden is left out; everything is in its order. */
export interface View {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  /** The view an entity's records are shown with unless another is asked for. */
  readonly default: boolean;
  readonly columns: readonly { readonly path: string; readonly width?: number }[];
  /** In the language of `$filter`, as written; null shows every record. */
  readonly filter: string | null;
  readonly sort: readonly { readonly path: string; readonly direction: 'asc' | 'desc' }[];
  /** Property or path whose equal values stand together; null: not grouped. */
  readonly grouping: string | null;
}

export interface FormField {
  /** Name of a field, or of a system property. */
  readonly name: string;
  /** Columns of the section it covers. */
  readonly span: number;
  /** Shown only, whatever the field allows. */
  readonly readOnly: boolean;
}

export interface FormSection {
  readonly name: string;
  readonly label: LabelDocument;
  readonly columns: number;
  readonly fields: readonly FormField[];
}

/** How one record is shown and filled in. What is hidden is left out; everything is in its order. */
export interface Form {
  readonly name: string;
  readonly entity: string;
  readonly label: LabelDocument;
  readonly description?: LabelDocument;
  /** The form an entity's records are shown with unless another is asked for. */
  readonly default: boolean;
  readonly sections: readonly FormSection[];
  /** Lists of related records: a collection navigation and the view that lists its records (null: their default one). */
  readonly related: readonly { readonly navigation: string; readonly view: string | null }[];
}
