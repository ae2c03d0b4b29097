// Unsaved work, kept for the time of the browser's tab: what was typed into a record, with the version that it began with. It comes
// back when the record is opened again. Of whoever is signed in, and removed when it is saved or given up.
import { jsonText } from '@kartoteka/sdk';
import { parseExactJson, UnreadJson } from '../fields/json-text.ts';
import type { RecordValues } from '../fields/types.ts';

export interface KeptDraft {
  /** The record as it was when the work began: what a conflict is judged by. */
  readonly base: RecordValues;
  readonly changes: RecordValues;
  /** Milliseconds. */
  readonly at: number;
}

const keyOf = (user: string, set: string, id: string): string => `kartoteka.draft ${user} ${set} ${id}`;
/** A form with more than this is not kept: the browser gives few megabytes to all. */
const MOST_CHARACTERS = 500_000;

export interface DraftStore {
  read(): KeptDraft | undefined;
  /** False: there was no room, and what was kept before is as it was. */
  write(draft: KeptDraft): boolean;
  remove(): void;
}

/** Where the draft of a record is kept; `id` is `new` for one that is still to be made. */
export function draftStore(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  user: string,
  set: string,
  id: string,
): DraftStore {
  const key = keyOf(user, set, id);
  return {
    read: () => {
      const parsed = parseExactJson(storage.getItem(key) ?? '');
      const draft = parsed.ok ? (parsed.value as KeptDraft | null) : null;
      if (typeof draft?.changes !== 'object' || typeof draft.base !== 'object') return undefined;
      const changes = Object.entries(draft.changes).map(([name, value]) => [name, UnreadJson.revive(value)]);
      return { ...draft, changes: Object.fromEntries(changes) };
    },
    write: (draft) => {
      const text = jsonText(draft);
      if (text.length > MOST_CHARACTERS) return false;
      try {
        storage.setItem(key, text);
        return true;
      } catch {
        return false;
      }
    },
    remove: () => storage.removeItem(key),
  };
}
