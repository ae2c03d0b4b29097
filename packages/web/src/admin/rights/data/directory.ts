// Users, teams, units, memberships and roles that are held: the entity sets of the platform's directory, which every Model has, read and
// changed as any other records. It judges nothing.
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type Api, useApi } from '../../../data/api.ts';
import { queryText } from '../../../data/data-provider.ts';
import type { Unit } from '../logic/units.ts';

/** Begins the keys of everything here. */
const DIRECTORY = 'directory';
const PAGE = 50;
/** Units, roles of one holder and members of one team that a page shows at most. */
const MOST = 5_000;

interface ListAnswer<T> {
  readonly value: readonly T[];
  readonly '@odata.nextLink'?: string;
}

export interface User {
  readonly id: string;
  readonly full_name: string;
  readonly email: string;
  readonly active: boolean;
  readonly service_principal: boolean;
  readonly job_title: string | null;
  readonly phone: string | null;
  readonly language: string | null;
  readonly time_zone: string | null;
  readonly owning_business_unit_id: string;
  readonly '@odata.etag'?: string;
}
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly owning_business_unit_id: string;
  readonly '@odata.etag'?: string;
}
export interface Assignment {
  readonly id: string;
  readonly role: string;
  readonly user_id: string | null;
  readonly team_id: string | null;
}
export interface Membership {
  readonly id: string;
  readonly user_id: string;
  readonly team_id: string;
}

/** Text for OData's `$search`: a phrase, so that nothing in it is an operator. */
const phrase = (text: string): string => `"${text.replaceAll(/["\\]/g, ' ').trim()}"`;

/** A list page after page; `search` is typed text. */
export function usePagedList<T>(
  set: string,
  options: { readonly search?: string; readonly orderby: string; readonly filter?: string },
) {
  const api = useApi();
  const { search = '', orderby, filter } = options;
  const first = `${set}${queryText({
    $orderby: orderby,
    $filter: filter,
    $search: search.trim() === '' ? undefined : phrase(search),
  })}`;
  return useInfiniteQuery({
    queryKey: [DIRECTORY, set, first],
    initialPageParam: first,
    queryFn: ({ pageParam, signal }) =>
      api.get<ListAnswer<T>>(pageParam, { signal, headers: { prefer: `maxpagesize=${PAGE}` } }),
    getNextPageParam: (last) => {
      const link = last['@odata.nextLink'];
      return link === undefined ? undefined : api.pathOf(link);
    },
  });
}

/** A list whole, up to 5,000 records. */
async function all<T>(api: Api, path: string, signal: AbortSignal): Promise<readonly T[]> {
  const found: T[] = [];
  for (let next: string | undefined = path; next !== undefined && found.length < MOST; ) {
    const page: ListAnswer<T> = await api.get(next, { signal, headers: { prefer: 'maxpagesize=1000' } });
    found.push(...page.value);
    const link: string | undefined = page['@odata.nextLink'];
    next = link === undefined ? undefined : api.pathOf(link);
  }
  return found.slice(0, MOST);
}

function useAll<T>(set: string, filter?: string, enabled = true) {
  const api = useApi();
  const path = `${set}${queryText({ $filter: filter })}`;
  return useQuery({ queryKey: [DIRECTORY, set, path], queryFn: ({ signal }) => all<T>(api, path, signal), enabled });
}

/** Every business unit that may be read. */
export const useUnits = () => useAll<Unit>('business_units');

/** Roles that a user or a team holds by itself. */
export const useAssignments = (holder: 'user_id' | 'team_id', id: string) =>
  useAll<Assignment>('role_assignments', `${holder} eq ${id}`);

/** Who holds a role by himself. */
export const useHolders = (role: string) =>
  useAll<Assignment>('role_assignments', `role eq '${role.replaceAll("'", "''")}'`);

export const useMemberships = (by: 'user_id' | 'team_id', id: string) =>
  useAll<Membership>('team_members', `${by} eq ${id}`);

/** Records by their ids, in requests of 50. */
export function useRecords<T>(set: string, ids: readonly string[]) {
  const api = useApi();
  const wanted = [...new Set(ids)].sort();
  return useQuery({
    queryKey: [DIRECTORY, set, 'ids', wanted],
    enabled: wanted.length > 0,
    queryFn: async ({ signal }) => {
      const parts = Array.from({ length: Math.ceil(wanted.length / PAGE) }, (_, at) =>
        wanted.slice(at * PAGE, (at + 1) * PAGE),
      );
      const found = await Promise.all(
        parts.map((part) => all<T>(api, `${set}${queryText({ $filter: `id in (${part.join(',')})` })}`, signal)),
      );
      return found.flat();
    },
  });
}

export function useRecord<T>(set: string, id: string) {
  const api = useApi();
  return useQuery({
    queryKey: [DIRECTORY, set, 'one', id],
    queryFn: ({ signal }) => api.get<T>(`${set}(${id})`, { signal }),
  });
}

/** What was changed is read anew. */
export function useChanged(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(() => client.invalidateQueries({ queryKey: [DIRECTORY] }), [client]);
}
