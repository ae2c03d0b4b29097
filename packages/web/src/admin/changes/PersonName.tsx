// Somebody by name, of whom only the id is told: asked for once, however many places show him.
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useApi } from '../../data/api.ts';
import { useModel } from '../../data/model.tsx';

/** Null: the product itself. Who may not be read is told as such, without an id that says nothing. */
export function PersonName({ id }: { readonly id: string | null }) {
  const api = useApi();
  const translate = useTranslate();
  const users = useModel().entities.user;
  const { data } = useQuery({
    queryKey: ['person', id],
    enabled: id !== null && users !== undefined,
    staleTime: 300_000,
    queryFn: async ({ signal }) => {
      const title = users?.display_property ?? 'id';
      const list = await api.get<{ readonly value: readonly Record<string, unknown>[] }>(
        `${users?.set}?$select=${title}&$filter=${encodeURIComponent(`id eq ${id}`)}`,
        { signal },
      );
      const name = list.value[0]?.[title];
      return typeof name === 'string' ? name : '';
    },
  });
  if (id === null) return <>{translate('changes.product')}</>;
  return <>{data === undefined ? '…' : data === '' ? translate('changes.somebody') : data}</>;
}
