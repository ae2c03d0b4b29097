// Saving a record: what is wrong is said at its fields before anything is sent, the page shows the new values at once, and a record
// that has moved on meanwhile is put beside what was typed.
import type { ClientEntity } from '@kartoteka/metadata';
import { CrmError, PreconditionFailedError } from '@kartoteka/sdk';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useCallback, useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { useApi } from '../data/api.ts';
import { useModel } from '../data/model.tsx';
import type { RecordValues } from '../fields/types.ts';
import { type Choices, changesOf, type Difference, differences, merged, type Writable } from './draft.ts';
import { etagOf, forgetLists, readRecord, recordKey, shownPath, WRITE_HEADERS } from './record-data.ts';
import { placedErrors } from './server-errors.ts';
import type { Draft } from './use-draft.ts';
import { useFindings } from './use-findings.ts';

export interface Conflict {
  readonly found: readonly Difference[];
  readonly mine: RecordValues;
  readonly theirs: RecordValues;
}

export interface Saving {
  readonly isSaving: boolean;
  /** What is wrong and stands at no field of the form. */
  readonly problems: readonly string[];
  readonly error: unknown;
  readonly conflict: Conflict | undefined;
  /** True: it is saved, or there was nothing to save. */
  readonly save: () => Promise<boolean>;
  readonly resolve: (choices: Choices) => Promise<void>;
  readonly leaveConflict: () => void;
  readonly forget: () => void;
}

type Form = UseFormReturn<Record<string, unknown>>;

/** Puts the findings of a refused write at their fields; answers those that have none. */
export function useErrorsAtFields() {
  const translate = useTranslate();
  return useCallback(
    (form: Form, error: CrmError, shown: ReadonlySet<string>): readonly string[] => {
      const { fields, others } = placedErrors(error, shown);
      const say = ({ code, message }: { code: string; message: string }): string =>
        translate(`record.error.${code}`, { _: message });
      for (const [property, detail] of fields) form.setError(property, { type: detail.code, message: say(detail) });
      const [first] = fields.keys();
      if (first !== undefined) form.setFocus(first);
      return others.map(say);
    },
    [translate],
  );
}

export function useSave(entity: ClientEntity, id: string, draft: Draft, writable: Writable): Saving {
  const api = useApi();
  const model = useModel();
  const client = useQueryClient();
  const atFields = useErrorsAtFields();
  const findings = useFindings(entity, 'update');
  const [isSaving, setSaving] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();
  const [conflict, setConflict] = useState<Conflict>();
  const translate = useTranslate();
  const { form } = draft;
  const key = recordKey(entity.set, id);

  const forget = useCallback(() => {
    setProblems([]);
    setError(undefined);
  }, []);

  const write = async (base: RecordValues, values: RecordValues): Promise<boolean> => {
    const body = changesOf(writable, base, values);
    if (body === null) {
      draft.begin(base);
      return true;
    }
    const before = client.getQueryData<RecordValues>(key);
    client.setQueryData(key, { ...before, ...body });
    try {
      const ifMatch = etagOf(base);
      const path = shownPath(model, entity, id);
      const saved = await api.send<RecordValues>('PATCH', path, body, {
        headers: WRITE_HEADERS,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      client.setQueryData(key, saved);
      draft.begin(saved);
      void forgetLists(client, entity.set, id);
      return true;
    } catch (refused) {
      client.setQueryData(key, before);
      await refuse(refused, base, values);
      return false;
    }
  };

  const refuse = async (refused: unknown, base: RecordValues, mine: RecordValues): Promise<void> => {
    if (refused instanceof PreconditionFailedError) {
      const theirs = await readRecord(api, model, entity, id);
      const found = differences(writable, base, mine, theirs);
      // Both have made the same changes: there is nothing to choose.
      if (found.length === 0) {
        client.setQueryData(key, theirs);
        draft.begin(theirs);
      } else setConflict({ found, mine: withoutStale(base, mine), theirs });
      return;
    }
    const shown = new Set(writable.groups.flat());
    if (refused instanceof CrmError && refused.status === 400) setProblems(atFields(form, refused, shown));
    else if (refused instanceof CrmError && refused.status === 409) setProblems(atFields(form, refused, shown));
    else setError(refused);
  };

  const busy = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    setSaving(true);
    forget();
    try {
      return await work();
    } catch (failed) {
      setError(failed);
      return otherwise;
    } finally {
      setSaving(false);
    }
  };

  const save = (): Promise<boolean> => {
    if (isSaving) return Promise.resolve(false);
    const values = form.getValues();
    const wrong = findings(values, draft.changes() ?? {}, form);
    if (wrong !== null) {
      setProblems(wrong);
      return Promise.resolve(false);
    }
    return busy(() => write(draft.base, values), false);
  };

  const resolve = (choices: Choices): Promise<void> =>
    busy(async () => {
      if (conflict === undefined) return;
      const values = merged(conflict.found, choices, conflict.mine, conflict.theirs);
      setConflict(undefined);
      draft.begin(conflict.theirs, values);
      if (!(await write(conflict.theirs, values))) return;
      notifications.show({
        message: translate('record.saved'),
        color: 'green',
        autoClose: 2500,
        withCloseButton: false,
      });
    }, undefined);

  return { isSaving, problems, error, conflict, save, resolve, leaveConflict: () => setConflict(undefined), forget };
}

/** My values without what was displayed of the ones that I have changed: titles of records that are named no longer. */
export function withoutStale(base: RecordValues, mine: RecordValues): RecordValues {
  const isStale = (name: string): boolean => {
    const at = name.indexOf('@');
    const property = name.slice(0, at);
    return at > 0 && base[property] !== mine[property];
  };
  return Object.fromEntries(Object.entries(mine).filter(([name]) => !isStale(name)));
}
