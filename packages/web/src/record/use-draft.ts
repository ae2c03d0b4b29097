// The form of one record: what it began with, whether anything in it is unsaved, and its draft in the browser's tab, which comes back
// when the record is opened again.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type UseFormReturn, useForm } from 'react-hook-form';
import type { RecordValues } from '../fields/types.ts';
import { changesOf, type Writable } from './draft.ts';
import type { DraftStore } from './kept-drafts.ts';

export interface Draft {
  readonly form: UseFormReturn<Record<string, unknown>>;
  /** The version that the work began with. */
  readonly base: RecordValues;
  readonly isDirty: boolean;
  /** When the draft was kept that was put back; undefined: none was. */
  readonly restoredAt: number | undefined;
  /** What differs from `base`. */
  readonly changes: () => Record<string, unknown> | null;
  /** Begins anew with a version of the record; `values`: what the form shows of it, the version itself where left out. */
  readonly begin: (base: RecordValues, values?: RecordValues) => void;
}

/** A form over a record. A newer version takes its place while nothing is unsaved. */
export function useDraft(record: RecordValues, writable: Writable, store: DraftStore): Draft {
  const [kept] = useState(() => store.read());
  const first = kept?.base ?? record;
  const [base, setBase] = useState<RecordValues>(first);
  const [restoredAt, setRestoredAt] = useState(kept?.at);
  const form = useForm<Record<string, unknown>>({ defaultValues: { ...first, ...kept?.changes } });
  const [isDirty, setDirty] = useState(kept !== undefined);
  const current = useRef(base);
  current.current = base;

  const changes = useCallback(() => changesOf(writable, current.current, form.getValues()), [form, writable]);
  const begin = useCallback(
    (next: RecordValues, values: RecordValues = next) => {
      current.current = next;
      setBase(next);
      setRestoredAt(undefined);
      form.reset({ ...values });
      const rest = changesOf(writable, next, values);
      setDirty(rest !== null);
      if (rest === null) store.remove();
      else store.write({ base: next, changes: rest, at: Date.now() });
    },
    [form, store, writable],
  );
  useKeeping(form, { current, writable, store, setDirty });

  const shown = useRef(record);
  useEffect(() => {
    if (shown.current === record) return;
    shown.current = record;
    if (changes() === null) begin(record);
  }, [record, begin, changes]);

  return useMemo(
    () => ({ form, base, isDirty, restoredAt, changes, begin }),
    [form, base, isDirty, restoredAt, changes, begin],
  );
}

interface Keeping {
  readonly current: { readonly current: RecordValues };
  readonly writable: Writable;
  readonly store: DraftStore;
  readonly setDirty: (dirty: boolean) => void;
}

/** Follows what is typed: whether anything is unsaved, and the draft. */
function useKeeping(form: Draft['form'], { current, writable, store, setDirty }: Keeping): void {
  useEffect(() => {
    // At once: a page that is left answers its defaults, and would take the draft away.
    const subscription = form.watch((_, { name }) => {
      if (name === undefined) return;
      const changes = changesOf(writable, current.current, form.getValues());
      setDirty(changes !== null);
      if (changes === null) store.remove();
      else store.write({ base: current.current, changes, at: Date.now() });
    });
    return () => subscription.unsubscribe();
  }, [form, writable, store, setDirty, current]);
}
