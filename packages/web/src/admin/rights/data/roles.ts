// The roles that there are, by name and label, as they are published. Reading documents takes the capability publish_metadata; without it roles
// that are held are shown by their names.
import type { Text } from '@kartoteka/metadata';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useApi } from '../../../data/api.ts';
import { useModel, useText } from '../../../data/model.tsx';

/** Roles that are read at most; a CRM has some dozens. */
const MOST = 500;

export interface PublishedRole {
  readonly name: string;
  readonly layers: readonly string[];
  readonly label: Text | undefined;
  readonly description: Text | undefined;
}

interface Listed {
  readonly name: string;
  readonly layers: readonly string[];
}

export function useRoles() {
  const api = useApi();
  const { revision } = useModel();
  return useQuery({
    queryKey: ['metadata', 'roles', revision],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<readonly PublishedRole[]> => {
      const headers = { prefer: `maxpagesize=${MOST}` };
      const { value } = await api.get<{ readonly value: readonly Listed[] }>('metadata/documents?kind=role', {
        signal,
        headers,
      });
      return Promise.all(
        value.map(async ({ name, layers }) => {
          const path = `metadata/documents/role/${encodeURIComponent(name)}`;
          const { body } = await api.get<{ readonly body: { readonly label?: Text; readonly description?: Text } }>(
            path,
            { signal },
          );
          return { name, layers, label: body.label, description: body.description };
        }),
      );
    },
  });
}

/** Names of all roles, and their labels in the language of the page; `error`: why they are not told, then there are no names. */
export function useRoleNames(): {
  readonly names: readonly string[];
  readonly labelOf: (role: string) => string;
  readonly error: unknown;
} {
  const { data = [], error } = useRoles();
  const text = useText();
  const labelOf = useCallback(
    (role: string) => text(data.find(({ name }) => name === role)?.label) || role,
    [data, text],
  );
  return { names: data.map(({ name }) => name), labelOf, error };
}
