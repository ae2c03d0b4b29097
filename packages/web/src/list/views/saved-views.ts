// Views that people have put together, as records of the service: one's own, and those of others that are shared and offered. The one place
// that knows how such a record is made. What it holds was written by somebody: it is read with care.
import type { ClientEntity } from '@kartoteka/metadata';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '../../data/api.ts';
import { useModel } from '../../data/model.tsx';
import type { ChosenColumn } from '../columns/columns.ts';

/** The entity of such records; a Model without it has no views of one's own. */
const ENTITY = 'saved_view';
/** As many are offered in one list. */
export const MOST_SAVED_VIEWS = 200;
export const LONGEST_NAME = 100;

export interface Definition {
  readonly columns: readonly ChosenColumn[];
  /** OData. */
  readonly filter: string;
  readonly sort: string;
  readonly grouping?: string;
}

export interface SavedView extends Definition {
  readonly id: string;
  readonly label: string;
  readonly isMine: boolean;
  readonly isDefault: boolean;
  readonly isOffered: boolean;
}

interface Stored {
  readonly id: string;
  readonly name: string;
  readonly definition: unknown;
  readonly owner_id: string;
  readonly is_default: boolean | null;
  readonly shared: boolean | null;
}

/** How a saved view is called in URLs: no document's name has a colon. */
export const viewName = (id: string): string => `saved:${id}`;
export const isSavedName = (name: string | undefined): boolean => name?.startsWith('saved:') === true;

const isText = (value: unknown): value is string => typeof value === 'string';

/** What a record says that is a definition; undefined for anything else. */
export function definitionOf(value: unknown): Definition | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { columns, filter, sort, grouping } = value as Record<string, unknown>;
  if (!Array.isArray(columns) || !isText(filter) || !isText(sort)) return undefined;
  const chosen = columns.flatMap((column: { path?: unknown; width?: unknown } | null): ChosenColumn[] => {
    if (!isText(column?.path)) return [];
    return [{ path: column.path, ...(typeof column.width === 'number' ? { width: column.width } : {}) }];
  });
  return { columns: chosen, filter, sort, ...(isText(grouping) ? { grouping } : {}) };
}

function viewOf(stored: Stored, me: string): readonly SavedView[] {
  const definition = definitionOf(stored.definition);
  if (definition === undefined) return [];
  const isMine = stored.owner_id === me;
  return [
    {
      ...definition,
      id: stored.id,
      label: stored.name,
      isMine,
      // With what somebody else's list opens is his affair.
      isDefault: isMine && stored.is_default === true,
      isOffered: stored.shared === true,
    },
  ];
}

/** The saved views of an entity's list, and what can be done with them. Undefined where this person has no such records. */
export function useSavedViews(entity: ClientEntity, isOffered: boolean) {
  const api = useApi();
  const client = useQueryClient();
  const { entities, user } = useModel();
  const of = entities[ENTITY];
  const key = useMemo(() => ['saved-views', user.id, entity.name], [user.id, entity.name]);
  const query = useQuery({
    queryKey: key,
    enabled: isOffered && of?.privileges.read === true,
    staleTime: 60_000,
    retry: 1,
    queryFn: async ({ signal }) => {
      const filter = `list eq '${entity.name}' and (owner_id eq ${user.id} or shared eq true)`;
      const select = 'id,name,definition,owner_id,is_default,shared';
      const path = `${of?.set}?$select=${select}&$filter=${encodeURIComponent(filter)}&$orderby=name&$top=${MOST_SAVED_VIEWS}`;
      const { value } = await api.get<{ value: readonly Stored[] }>(path, { signal });
      return value.flatMap((stored) => viewOf(stored, user.id));
    },
  });
  return useMemo(() => {
    const views = query.data ?? [];
    const again = () => client.invalidateQueries({ queryKey: key });
    const patch = async (id: string, body: object): Promise<void> => {
      await api.send('PATCH', `${of?.set}(${id})`, body);
      await again();
    };
    return {
      entity: of,
      views,
      /** False while it is not known which there are. */
      isKnown: !isOffered || of?.privileges.read !== true || query.data !== undefined || query.isError,
      mayCreate: isOffered && of?.privileges.create === true && views.length < MOST_SAVED_VIEWS,
      create: async (name: string, definition: Definition): Promise<string> => {
        const body = { name, list: entity.name, definition };
        const { id } = await api.send<{ id: string }>('POST', `${of?.set}?$select=id`, body);
        await again();
        return id;
      },
      update: (id: string, definition: Definition) => patch(id, { definition }),
      rename: (id: string, name: string) => patch(id, { name }),
      offer: (id: string) => patch(id, { shared: true }),
      remove: async (id: string): Promise<void> => {
        await api.send('DELETE', `${of?.set}(${id})`);
        await again();
      },
      restore: async (id: string): Promise<void> => {
        await api.send('POST', `${of?.set}(${id})/restore`);
        await again();
      },
      /** The list opens with this one from now on; null: with the first of the documents. */
      openWith: async (id: string | null): Promise<void> => {
        for (const view of views)
          if (view.isDefault && view.id !== id)
            await api.send('PATCH', `${of?.set}(${view.id})`, { is_default: false });
        if (id !== null) await api.send('PATCH', `${of?.set}(${id})`, { is_default: true });
        await again();
      },
    };
  }, [api, client, key, of, entity.name, isOffered, query.data, query.isError]);
}
