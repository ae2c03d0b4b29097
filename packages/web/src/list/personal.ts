// What a person keeps of a list in this browser (ra-core's store), under the user's id: the state it was left in, and columns that differ
// from the view's. Views of his own are records of the service (views/saved-views.ts).
import { useStore } from 'ra-core';
import { useCallback, useMemo } from 'react';
import { useModel } from '../data/model.tsx';
import type { ChosenColumn } from './columns/columns.ts';

interface Kept {
  /** Query of the URL when the list was left. */
  readonly last?: string;
  /** By view. */
  readonly columns?: Readonly<Record<string, readonly ChosenColumn[]>>;
  /** The list opened with a saved view last time: which ones there are is waited for before rows are asked for. */
  readonly opensSaved?: boolean;
}

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
      opensSaved: kept.opensSaved === true,
      rememberOpening: (opensSaved: boolean) => {
        if ((kept.opensSaved === true) !== opensSaved) put(() => ({ opensSaved }));
      },
      /** Nothing where it is remembered already: whoever follows what is kept would be called again without end. */
      remember: (last: string) => {
        if (kept.last !== last) put(() => ({ last }));
      },
      setColumns: (view: string, columns: readonly ChosenColumn[] | undefined) =>
        put((before) => {
          const { [view]: _, ...others } = before.columns ?? {};
          return { columns: columns === undefined ? others : { ...others, [view]: columns } };
        }),
    }),
    [kept, put],
  );
}

export type Personal = ReturnType<typeof usePersonal>;
