// Reading and writing one record: requests with what is displayed beside values, the cache of TanStack Query, and what a write makes stale.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type Api, useApi } from '../data/api.ts';
import { useModel } from '../data/model.tsx';
import { DISPLAY_HEADERS, type RecordValues } from '../fields/types.ts';
import { ownerExpand } from './owner-expand.ts';

export const recordKey = (set: string, id: string) => ['record', set, id] as const;

/** The answer of a write is the record as a read of it shows it. */
export const WRITE_HEADERS: Readonly<Record<string, string>> = {
  prefer: `return=representation,${DISPLAY_HEADERS.prefer}`,
};

export const etagOf = (record: RecordValues): string | undefined => {
  const etag = record['@odata.etag'];
  return typeof etag === 'string' ? etag : undefined;
};

/** The path of a record as pages show it. */
export const shownPath = (model: ClientModel, entity: ClientEntity, id: string): string =>
  `${entity.set}(${encodeURIComponent(id)})${ownerExpand(model, entity)}`;

export const readRecord = (api: Api, model: ClientModel, entity: ClientEntity, id: string, signal?: AbortSignal) =>
  api.get<RecordValues>(shownPath(model, entity, id), { headers: DISPLAY_HEADERS, ...(signal ? { signal } : {}) });

export function useRecord(entity: ClientEntity, id: string) {
  const api = useApi();
  const model = useModel();
  return useQuery({
    queryKey: recordKey(entity.set, id),
    queryFn: ({ signal }) => readRecord(api, model, entity, id, signal),
    retry: false,
    staleTime: 5_000,
  });
}

/** What is shown of records of a set elsewhere - lists, related lists, histories - is asked for anew. */
export function forgetLists(client: QueryClient, set: string, exceptRecord?: string): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey }) => queryKey.includes(set) && !(queryKey[0] === 'record' && queryKey[2] === exceptRecord),
  });
}

/** As forgetLists, for components. */
export function useForgetLists() {
  const client = useQueryClient();
  return useCallback((set: string, exceptRecord?: string) => forgetLists(client, set, exceptRecord), [client]);
}

/** What the caller may do with a record, as explain_access tells it; undefined while it is not known. */
export type RecordRights = Readonly<Record<string, { readonly granted: boolean; readonly applicable?: boolean }>>;

export function useRights(entity: ClientEntity, id: string): RecordRights | undefined {
  const api = useApi();
  const query = useQuery({
    queryKey: ['rights', entity.set, id],
    queryFn: async ({ signal }) =>
      (await api.get<{ privileges: RecordRights }>(`${entity.set}(${id})/explain_access`, { signal })).privileges,
    retry: false,
    staleTime: 30_000,
  });
  return query.data;
}

/** Whether the caller may do something: as known of the record, else as of the entity. */
export function may(
  entity: ClientEntity,
  rights: RecordRights | undefined,
  privilege: keyof ClientEntity['privileges'],
): boolean {
  if (!entity.privileges[privilege]) return false;
  const known = rights?.[privilege];
  return known === undefined || (known.granted && known.applicable !== false);
}
