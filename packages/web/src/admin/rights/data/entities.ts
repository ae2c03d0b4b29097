// Entities that a role can give rights on, with the change set's own: of the Model as whoever looks sees it, and those that he may not see, whose
// documents he may read.

import type { Ownership, Text } from '@kartoteka/metadata';
import { useMemo } from 'react';
import { useModel, useText } from '../../../data/model.tsx';
import { useLayered, useNamesOf } from '../../model/data/documents.ts';
import { effectiveOf } from '../../model/logic/layered.ts';
import type { LabelledEntity } from '../MatrixGrid.tsx';

export function useRightsEntities(): readonly LabelledEntity[] {
  const text = useText();
  const { entities } = useModel();
  const names = useNamesOf('entity');
  const others = names.filter(({ name }) => entities[name] === undefined);
  const { documents } = useLayered(others.map(({ kind, name }) => ({ kind, name })));
  return useMemo(() => {
    const seen = Object.values(entities).map(({ name, ownership, plural_label }) => ({
      ...{ name, ownership: ownership as Ownership, label: text(plural_label) || name },
    }));
    const hidden = documents.flatMap((document) => {
      const body = effectiveOf(document);
      if (body === null || typeof body.ownership !== 'string') return [];
      const label = text(body.plural_label as Text | undefined) || document.name;
      return [{ name: document.name, ownership: body.ownership as Ownership, label }];
    });
    return [...seen, ...hidden].toSorted((one, other) => one.label.localeCompare(other.label));
  }, [entities, documents, text]);
}
