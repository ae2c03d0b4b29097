// What explain_access tells of a record and a principal. Types, the request, and what of it is a share. docs/rest.md has every member.
import type { ClientEntity } from '@kartoteka/metadata';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../data/api.ts';

export interface NamedHolder {
  readonly kind: string;
  readonly id?: string;
  readonly name?: string;
}

export interface Cover {
  readonly by: string;
  readonly of?: NamedHolder & { readonly entity?: string; readonly title?: string };
}

export interface Grant {
  readonly role: { readonly name: string; readonly label?: string };
  readonly held_by: NamedHolder;
  readonly depth: string;
  readonly condition?: { readonly text: string; readonly holds: boolean; readonly failing?: readonly string[] };
  readonly allows: boolean;
  readonly covers?: readonly Cover[];
}

export interface SmallestGrant {
  readonly change: string;
  readonly role?: { readonly name: string; readonly label?: string };
  readonly privilege?: string;
  readonly depth?: string;
  readonly condition?: { readonly text: string };
}

export interface ExplainedPrivilege {
  readonly granted: boolean;
  readonly applicable?: boolean;
  readonly code?: string;
  readonly blocked_by?: readonly string[];
  readonly grants?: readonly Grant[];
  readonly smallest_grants?: readonly SmallestGrant[];
}

export interface Explanation {
  readonly principal: NamedHolder & { readonly active?: boolean };
  readonly privileges: Readonly<Record<string, ExplainedPrivilege>>;
}

/** Rights that a share can give, in the order in which they are shown. */
export const SHARED_RIGHTS = ['read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const;

/** Of the caller (`principal` undefined) or somebody else. */
export function useExplanation(
  entity: ClientEntity,
  id: string,
  principal: string | null | undefined,
  enabled: boolean,
) {
  const api = useApi();
  return useQuery({
    queryKey: ['explain', entity.set, id, principal ?? 'me'],
    queryFn: ({ signal }) =>
      api.get<Explanation>(
        `${entity.set}(${id})/explain_access${principal == null ? '' : `?principal_id=${principal}`}`,
        { signal },
      ),
    enabled,
    retry: false,
    staleTime: 0,
  });
}
