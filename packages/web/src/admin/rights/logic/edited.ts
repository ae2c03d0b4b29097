// A role with edits that are not saved yet: the document as it would be, and what a preview of it is asked for. Pure.
import { mergePatch } from '@kartoteka/metadata';
import { type Change, type EditRequest, planEdit } from '../../model/logic/edit.ts';
import { customOf, isExtended, type LayeredDocument } from '../../model/logic/layered.ts';
import type { Json } from '../../model/logic/paths.ts';

/** The document after an edit. */
export function edited(document: LayeredDocument, changes: readonly Change[]): LayeredDocument {
  const edit = planEdit(document, changes);
  return OUTCOMES[edit.method](document, edit);
}

const startOf = (document: LayeredDocument): Json =>
  customOf(document) ?? (isExtended(document) ? { extends: document.name } : { name: document.name });

type Outcome = (document: LayeredDocument, edit: EditRequest) => LayeredDocument;
const bodyOf = (edit: EditRequest): Json => ('body' in edit ? edit.body : {});

const OUTCOMES: Readonly<Record<EditRequest['method'], Outcome>> = {
  NONE: (document) => document,
  REVERT: (document) => ({ ...document, draft: undefined }),
  DELETE: (document) => ({ ...document, draft: null }),
  PUT: (document, edit) => ({ ...document, draft: bodyOf(edit) }),
  PATCH: (document, edit) => ({ ...document, draft: mergePatch(startOf(document), bodyOf(edit)) as Json }),
};

/** Whether the edits change anything. */
export const changesAnything = (document: LayeredDocument, changes: readonly Change[]): boolean =>
  planEdit(document, changes).method !== 'NONE';

/**
 * The role as `preview_role_change` takes it: what the custom layer would say, or that it would say nothing any more. Undefined where that is
 * what is published.
 */
export function previewedRole(document: LayeredDocument, changes: readonly Change[]): Json | undefined {
  const after = edited(document, changes);
  if (after.draft === undefined) return undefined;
  if (after.draft !== null) return after.draft;
  if (document.published === null) return undefined;
  return isExtended(document) ? { extends: document.name, remove: true } : { name: document.name, remove: true };
}
