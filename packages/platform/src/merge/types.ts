// What a merge has done, as it is kept for its undoing: types, bounds, and how it is forgotten.

/** Records merged into one at once. */
export const MOST_MERGED = 10;
/** Records and links moved by one merge. */
export const MOST_MOVED = 10_000;
/** Links are moved one by one. */
export const MOST_LINKS = 1_000;
export const UNDO_DAYS = 30;

/** A reference that led to a merged record (`from`), and where it leads now (null: nowhere). */
export interface MovedReference {
  readonly entity: string;
  readonly id: string;
  readonly property: string;
  readonly from: string;
  readonly to: string | null;
}

export interface MovedLink {
  readonly navigation: string;
  readonly from: string;
  readonly other: string;
  /** False: the survivor had the link before the merge. */
  readonly added: boolean;
}

export interface MergedShare {
  readonly principal: string;
  /** Rights on the survivor before (null: none) and after. */
  readonly before: number | null;
  readonly after: number;
}

export interface MergeLog {
  readonly merged: readonly string[];
  readonly references: readonly MovedReference[];
  /** Records that could not go along, because the survivor has one with the same key; they are in the recycle bin. */
  readonly collided: readonly { readonly entity: string; readonly id: string }[];
  readonly links: readonly MovedLink[];
  readonly shares: readonly MergedShare[];
  /** Of the survivor, what was written. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Merges that cannot be taken back any more, with the values in them. $1: how many at once. */
export const REMOVE_MERGES = `with gone as (delete from kartoteka.merge where id in (
  select id from kartoteka.merge where merged_on < now() - interval '${UNDO_DAYS} days' limit $1::int) returning 1)
select count(*)::text as total from gone`;

/** Takes the values of a record out of what would be put back. $1: its id. */
export const FORGET_VALUES = `update kartoteka.merge set log = log || '{"before": {}, "after": {}}'::jsonb
where survivor_id = $1::uuid or log -> 'merged' ? $1::text`;
