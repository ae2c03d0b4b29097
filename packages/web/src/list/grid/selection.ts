// Which records are chosen, by id: it survives scrolling and refetching. Pure.

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Row from which a range goes on (Shift). */
  readonly anchor: number | undefined;
}

export const NONE: Selection = { ids: new Set(), anchor: undefined };

export function toggle({ ids }: Selection, id: string, index: number): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: index };
}

/** Everything between the anchor and a row as well; rows that are not there at the moment are left out. */
export function extend(selection: Selection, index: number, idAt: (index: number) => string | undefined): Selection {
  const anchor = selection.anchor ?? index;
  const next = new Set(selection.ids);
  for (let at = Math.min(anchor, index); at <= Math.max(anchor, index); at += 1) {
    const id = idAt(at);
    if (id !== undefined) next.add(id);
  }
  return { ids: next, anchor };
}

export const selectAll = (ids: Iterable<string>): Selection => ({ ids: new Set(ids), anchor: undefined });

/** Without records that are gone. */
export function without({ ids, anchor }: Selection, gone: Iterable<string>): Selection {
  const next = new Set(ids);
  for (const id of gone) next.delete(id);
  return { ids: next, anchor };
}
