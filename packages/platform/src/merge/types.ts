// What a merge has done, as it is kept for its undoing. Types and bounds only.

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
  /** False: the survivor had the link already. */
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
