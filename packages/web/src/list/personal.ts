// What a person keeps of a list: the state it was left in, columns, views of his own. The service has no place for it, so it is kept in
// this browser (ra-core's store), under the user's id; the page says so where a view is saved.
import { useStore } from 'ra-core';
import { useCallback, useMemo } from 'react';
import { useModel } from '../data/model.tsx';
import type { ChosenColumn } from './columns/columns.ts';

/** A view that a person made. */
export interface OwnView {
  /** `my:` and a random id: no document's name looks like it. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly ChosenColumn[];
  readonly filter: string;
  readonly sort: string;
}

interface Kept {
  /** Query of the URL when the list was left. */
  readonly last?: string;
  /** By view. */
  readonly columns?: Readonly<Record<string, readonly ChosenColumn[]>>;
  readonly views?: readonly OwnView[];
}

export const MOST_OWN_VIEWS = 50;
export const newName = (): string => `my:${crypto.randomUUID()}`;

const NOTHING: Kept = {};

/** `place`: the set, or another name where a list of it stands elsewhere. */
export function usePersonal(place: string) {
  const { user } = useModel();
  const [stored, setKept] = useStore<Kept>(`list.${user.id}.${place}`, NOTHING);
  const kept = stored ?? NOTHING;
  const put = useCallback(
    (part: (kept: Kept) => Kept) => setKept((before: Kept | undefined) => ({ ...before, ...part(before ?? NOTHING) })),
    [setKept],
  );
  return useMemo(
    () => ({
      last: kept.last,
      columns: kept.columns ?? {},
      views: kept.views ?? [],
      /** Nothing where it is remembered already: whoever follows what is kept would be called again without end. */
      remember: (last: string) => {
        if (kept.last !== last) put(() => ({ last }));
      },
      setColumns: (view: string, columns: readonly ChosenColumn[] | undefined) =>
        put((before) => {
          const { [view]: _, ...others } = before.columns ?? {};
          return { columns: columns === undefined ? others : { ...others, [view]: columns } };
        }),
      saveView: (view: OwnView) =>
        put(({ views = [] }) => ({
          views: [...views.filter(({ name }) => name !== view.name), view].slice(-MOST_OWN_VIEWS),
        })),
      removeView: (name: string) => put(({ views = [] }) => ({ views: views.filter((view) => view.name !== name) })),
    }),
    [kept, put],
  );
}

export type Personal = ReturnType<typeof usePersonal>;
