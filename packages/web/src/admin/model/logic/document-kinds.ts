// Kinds of documents that have no pages of their own: their editor is drawn from their schema. A kind that is added to the schemas is here at
// once. Pure.
import { type DocumentKind, documentSchemas } from '@kartoteka/metadata';
import { documentOptions, type OptionField } from './options.ts';

/** Edited on their own pages. */
const ELSEWHERE: ReadonlySet<string> = new Set<DocumentKind>(['entity', 'choice', 'role', 'view', 'form']);
/** There is one, and always: its name is the kind. */
const SINGLE: ReadonlySet<string> = new Set<DocumentKind>(['organization']);

export interface DocumentForm {
  readonly kind: string;
  readonly options: readonly OptionField[];
  readonly isLabelled: boolean;
  readonly isSingle: boolean;
}

const formOf = ([kind, schema]: [string, ReturnType<typeof documentSchemas>[DocumentKind]]): DocumentForm => ({
  kind,
  options: documentOptions(schema),
  isLabelled: Object.hasOwn(schema.properties as object, 'label'),
  isSingle: SINGLE.has(kind),
});

export const DOCUMENT_FORMS: readonly DocumentForm[] = Object.entries(documentSchemas())
  .filter(([kind]) => !ELSEWHERE.has(kind))
  .map(formOf);
