// A change set beside what others have published since its base: base, theirs and yours, place by place, and what goes together. It
// stores nothing.
import { canonicalJson, type ThreeWayDifference, threeWay } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { Executor } from '../storage/types.ts';
import { documentName } from './change-set-store.ts';
import { customLayerAt, type DocumentKey, type Json, keyOf } from './custom-layer.ts';

/** A document that the change set has and others have published as well since its base. */
export interface MovedDocument extends DocumentKey {
  readonly differences: readonly ThreeWayDifference[];
  /** What both did, put together; null: the document is taken away. */
  readonly merged: Json | null;
  /** As it is published now; null: it is not. */
  readonly theirs: Json | null;
}

type Changed = DocumentKey & { readonly body: Json | null };

/** Documents of `changed` whose published body differs between two revisions, but for those that are what is published now. */
export async function movedDocuments(
  executor: Executor,
  changed: readonly Changed[],
  revisions: { readonly base: number; readonly now: number },
  take: 'theirs' | 'yours' = 'yours',
): Promise<readonly MovedDocument[]> {
  if (revisions.base === revisions.now || changed.length === 0) return [];
  const base = await customLayerAt(executor, revisions.base, changed);
  const now = await customLayerAt(executor, revisions.now, changed);
  return changed.flatMap(({ kind, name, body }) => {
    const key = keyOf({ kind, name });
    const [before, theirs] = [base.get(key)?.body, now.get(key)?.body];
    if (isSame(before, theirs)) return [];
    const { merged = null, differences } = threeWay(before, theirs, body ?? undefined, take);
    return [{ kind, name, differences, merged: merged as Json | null, theirs: theirs ?? null }];
  });
}

const isSame = (a: Json | undefined, b: Json | undefined): boolean => canonicalJson(a) === canonicalJson(b);

/** Whether both changed a place, in different ways. */
export const isConflicting = ({ differences }: MovedDocument): boolean => differences.some(({ conflict }) => conflict);

/** As answers tell it: members that are not there are left out. */
export function shownDocument({ kind, name, differences }: MovedDocument): object {
  const shown = differences.map(({ pointer, conflict, base, theirs, yours }) => ({
    ...{ pointer, conflict },
    ...(base === undefined ? {} : { base }),
    ...(theirs === undefined ? {} : { theirs }),
    ...(yours === undefined ? {} : { yours }),
  }));
  return { kind, name, conflict: differences.some(({ conflict }) => conflict), differences: shown };
}

/** Details of one error; conflicts go first. */
const MOST_DETAILS = 1_000;

/** 409 with the three-way difference of each place. */
export function documentsMoved(base: number, moved: readonly MovedDocument[]): PlatformError {
  const details = moved.flatMap((document) =>
    document.differences.map((difference) => ({ difference, detail: detailOf(document, difference) })),
  );
  const sorted = details.toSorted((a, b) => Number(b.difference.conflict) - Number(a.difference.conflict));
  return new PlatformError(
    'documents_moved',
    { base: String(base) },
    { details: sorted.slice(0, MOST_DETAILS).map(({ detail }) => detail) },
  );
}

function detailOf(document: DocumentKey, { pointer, conflict, base, theirs, yours }: ThreeWayDifference): ErrorDetail {
  const code = conflict ? 'document_conflict' : 'document_difference';
  const name = documentName(document);
  return {
    ...errorDetail(code, { document: name, pointer }, `${name}#${pointer}`),
    ...(base === undefined ? {} : { '@kartoteka.base': base }),
    ...(theirs === undefined ? {} : { '@kartoteka.theirs': theirs }),
    ...(yours === undefined ? {} : { '@kartoteka.yours': yours }),
  };
}
