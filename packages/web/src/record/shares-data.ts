// Shares of one record as the service tells them, page after page, and what changes them.
import type { ClientEntity } from '@kartoteka/metadata';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../data/api.ts';

export interface Share {
  readonly principal_id: string;
  readonly kind: string;
  readonly name: string | null;
  readonly active: boolean | null;
  readonly rights: readonly string[];
  readonly granted_on: string;
  readonly granted_by_name: string | null;
}

interface Page {
  readonly value: readonly Share[];
  readonly '@odata.nextLink'?: string;
}

const PAGE = 50;

export function useShares(entity: ClientEntity, id: string, enabled: boolean) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ['shares', entity.set, id],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page>(pageParam, { signal, headers: { prefer: `odata.maxpagesize=${PAGE}` } }),
    initialPageParam: `${entity.set}(${id})/shares`,
    getNextPageParam: (page) => {
      const next = page['@odata.nextLink'];
      return next === undefined ? undefined : api.pathOf(next);
    },
    enabled,
    retry: false,
    staleTime: 0,
  });
}

/** Gives, sets and takes back rights of one principal on the record; what is shown of them is asked for anew. Throws CrmError. */
export function useShareActions(entity: ClientEntity, id: string) {
  const api = useApi();
  const client = useQueryClient();
  const act = async (action: string, body: object): Promise<void> => {
    await api.send('POST', `${entity.set}(${id})/${action}`, body);
    await Promise.all(
      ['shares', 'explain'].map((kind) => client.invalidateQueries({ queryKey: [kind, entity.set, id] })),
    );
  };
  return {
    share: (principal_id: string, rights: readonly string[]) => act('share', { principal_id, rights }),
    modify: (principal_id: string, rights: readonly string[]) => act('modify', { principal_id, rights }),
    revoke: (principal_id: string) => act('revoke', { principal_id }),
  };
}

export type ShareActions = ReturnType<typeof useShareActions>;
