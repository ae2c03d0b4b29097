// Views and forms of an entity: those of the published Model, and those that the draft adds or changes.
import { useMemo } from 'react';
import { useModel } from '../../../data/model.tsx';
import { effectiveOf, type LayeredDocument } from '../logic/layered.ts';
import { useLayered } from './documents.ts';
import { useDraft } from './draft.tsx';

/** The layered documents of a kind that are of the entity. */
export function usePresentations(
  kind: 'view' | 'form',
  entity: string,
): { readonly ready: boolean; readonly error: unknown; readonly documents: readonly LayeredDocument[] } {
  const client = useModel();
  const { detail } = useDraft();
  const published = (client.entities[entity]?.[kind === 'view' ? 'views' : 'forms'] ?? []).map(({ name }) => name);
  const drafted = (detail?.documents ?? []).filter((each) => each.kind === kind).map(({ name }) => name);
  const names = [...new Set([...published, ...drafted])];
  const { ready, error, documents } = useLayered(names.map((name) => ({ kind, name })));
  const own = useMemo(
    () => documents.filter((document) => effectiveOf(document)?.entity === entity),
    [documents, entity],
  );
  return { ready, error, documents: own };
}
