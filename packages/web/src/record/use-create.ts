// Creating a record: what is wrong is said at its fields, before and after the service is asked.
import type { ClientEntity } from '@kartoteka/metadata';
import { CrmError } from '@kartoteka/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type UseFormReturn, useForm } from 'react-hook-form';
import { useApi } from '../data/api.ts';
import { useModel } from '../data/model.tsx';
import type { RecordValues } from '../fields/types.ts';
import { createBody, type Writable } from './draft.ts';
import { ownerExpand } from './owner-expand.ts';
import { forgetLists, recordKey, WRITE_HEADERS } from './record-data.ts';
import { useFindings } from './use-findings.ts';
import { useErrorsAtFields } from './use-save.ts';

export interface Creating {
  readonly form: UseFormReturn<Record<string, unknown>>;
  readonly isSaving: boolean;
  readonly problems: readonly string[];
  readonly error: unknown;
  /** The new record; undefined where it was refused. */
  readonly create: () => Promise<RecordValues | undefined>;
}

/**
 * `begins`: what the form shows at first, the documents' defaults among it. `given`: what was decided before and may stand at no
 * field of the form; it is sent all the same.
 */
export function useCreate(
  entity: ClientEntity,
  begins: RecordValues,
  writable: Writable,
  given: RecordValues,
): Creating {
  const api = useApi();
  const model = useModel();
  const client = useQueryClient();
  const atFields = useErrorsAtFields();
  const findings = useFindings(entity, 'create');
  const form = useForm<Record<string, unknown>>({ defaultValues: { ...begins } });
  const [isSaving, setSaving] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();

  const refuse = (refused: unknown): void => {
    const shown = new Set(writable.groups.flat());
    const isMendable = refused instanceof CrmError && (refused.status === 400 || refused.status === 409);
    if (isMendable) setProblems(atFields(form, refused, shown));
    else setError(refused);
  };

  const create = async (): Promise<RecordValues | undefined> => {
    if (isSaving) return undefined;
    const values = { ...form.getValues() };
    const body = { ...given, ...createBody(writable, begins, values) };
    setError(undefined);
    const wrong = findings(values, body, form);
    setProblems(wrong ?? []);
    if (wrong !== null) return undefined;
    setSaving(true);
    try {
      const path = `${entity.set}${ownerExpand(model, entity)}`;
      const created = await api.send<RecordValues>('POST', path, body, { headers: WRITE_HEADERS });
      client.setQueryData(recordKey(entity.set, String(created.id)), created);
      void forgetLists(client, entity.set, String(created.id));
      return created;
    } catch (refused) {
      refuse(refused);
      return undefined;
    } finally {
      setSaving(false);
    }
  };
  return { form, isSaving, problems, error, create };
}
